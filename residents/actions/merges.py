"""Deeds that make two rows one person, and take that back whole."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from grid import registries, sealing
from grid.actions.audit import EditedMeanwhile, claim_version, confirm_scope, deed
from grid.actions.notices import notify
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from residents import identity
from residents.actions import merged_rows
from residents.actions import people as shared
from residents.actions.twins import note_twins
from residents.models import Household, Merge, MoveOffer, Resident
from residents.models.twins import TAKEN_OVER
from residents.rules import merging
from residents.rules.id_numbers import IdNumber, IdType
from residents.rules.merging import Values

_CONTEXT = "merge"


class CannotMerge(ValidationError):
    """The two cannot be made one as things stand; the words say why."""


class CannotTakeBack(ValidationError):
    """The merge cannot be taken back as things stand; the words say why."""


def values_of(person: Resident) -> Values:
    """The fields of a person that a merge weighs, the number in clear."""
    plain = {name: getattr(person, name) for name in merging.FIELDS if name != "number"}
    return plain | {"number": identity.unsealed(person.id_type, person.id_sealed)}


def merge_people(
    *,
    kept: Resident,
    duplicate: Resident,
    versions: tuple[int, int],
    choices: Mapping[str, str],
    by: Actor,
    at: datetime,
) -> Merge:
    """Makes `duplicate` a part of `kept`: fields as chosen (`rules.merging`), whatever hangs on it follows.

    The apps above hear "people_merged" (kept, duplicate, moved, by, at) and write into `moved` what they brought over:
    model label → ids. With it "people_unmerged" is told when the merge is taken back.

    `versions` are those of kept and duplicate that the page showed. Merged already in this way: gives back that merge.
    Raises EditedMeanwhile, also where one of them stands behind another door than was shown; CannotMerge, Unchosen,
    PermissionDenied.
    """
    with _number_free_or(CannotMerge), transaction.atomic():
        now = hold(kept, duplicate)
        kept_now, duplicate_now = now[kept.pk], now[duplicate.pk]
        if duplicate_now.merged_into_id == kept.pk and (done := standing(kept_now, duplicate_now)):
            return done
        for person in (kept_now, duplicate_now):
            confirm_scope(by, Permission.DECIDE_REGISTER, person.grid, at)
        if any(person.left_on or person.merged_into_id for person in now.values()):
            raise CannotMerge(_("One of the two does not live here any more, or was merged already."))
        return merge_held(kept_now, duplicate_now, values_of(duplicate_now), versions, choices, by=by, at=at)


def merge_held(
    kept: Resident, duplicate: Resident, theirs: Values, versions: tuple[int, int], choices: Mapping[str, str],
    *, by: Actor, at: datetime, offer: MoveOffer | None = None,
) -> Merge:  # fmt: skip
    """The merge itself, of two people who are held (`hold`); the caller has asked whether the actor may.

    `theirs` is what of the duplicate is weighed. `offer` is the one by which a street took her over: taking that merge
    back is the receiver's matter alone. Raises EditedMeanwhile, CannotMerge, Unchosen.
    """
    if (kept.version, duplicate.version) != versions:  # what differs may be other fields by now, which nobody chose
        raise EditedMeanwhile
    before = values_of(kept)
    after = merging.merged(before, theirs, choices)
    facts = {"changed": _changed(before, after), "duplicate": duplicate.pk}
    with deed("people_merged", by=by, at=at, place=kept.grid_id, subject=kept, **facts):
        for person, version in zip((kept, duplicate), versions, strict=True):
            claim_version(Resident.unscoped.all(), person.pk, version)
        # First the one that goes: the number that comes over must be free in the street.
        Resident.unscoped.filter(pk=duplicate.pk).update(merged_into=kept.pk)
        Resident.unscoped.filter(pk=kept.pk).update(**_columns(before, after))
        waiting = MoveOffer.unscoped.filter(resident__in=[kept, duplicate], state="open")
        if waiting.count() > 1:
            raise CannotMerge(_("Both wait for an answer from another street. Take one of the two offers back first."))
        moved = merged_rows.bring_over(kept, duplicate, at)
        registries.tell("people_merged", kept=kept, duplicate=duplicate, moved=moved, by=by, at=at)
        note_twins(people=[kept.pk], at=at)
        if offer is not None:
            moved[TAKEN_OVER] = [offer.pk]
        return Merge.unscoped.create(
            kept=kept, duplicate=duplicate, grid_id=kept.grid_id, moved=moved, at=at, by_id=by.staff_id,
            sealed_fields=seal_fields(before, after),
        )  # fmt: skip


def take_merge_back(*, merge: Merge, by: Actor, at: datetime) -> list[str]:
    """Makes two people of one again; the names of the fields that stay, because somebody changed them since.

    Done already: nothing. Raises CannotTakeBack, PermissionDenied.
    """
    with _number_free_or(CannotTakeBack), transaction.atomic():
        now = hold(merge.kept, merge.duplicate)
        row = Merge.unscoped.select_for_update().get(pk=merge.pk)
        if row.undone_at is not None:
            return []
        return _take_back(row, now[row.kept_id], now[row.duplicate_id], by=by, at=at)


@contextmanager
def _number_free_or(refusal: type[ValidationError]) -> Iterator[None]:
    """Where a third record of the street has the number that comes over or goes back, that is said as `refusal`."""
    try:
        with shared.refusals_named():
            yield
    except shared.AlreadyRegistered:
        raise refusal(
            _("The ID number lives at another record of this street meanwhile. Merge that one first, or mend it.")
        ) from None


def preview(merge: Merge) -> tuple[Values, list[str]]:
    """What would go back now, and the names of the fields that would stay."""
    now = values_of(merge.kept)
    fields, stay = merging.going_back(*fields_of(merge), now)
    return {name: value for name, value in fields.items() if value != now[name]}, stay


def _take_back(row: Merge, kept: Resident, duplicate: Resident, *, by: Actor, at: datetime) -> list[str]:
    for person in (kept,) if row.taken_over else (kept, duplicate):
        confirm_scope(by, Permission.DECIDE_REGISTER, person.grid, at)
    if kept.merged_into_id is not None:
        raise CannotTakeBack(_("This record was itself merged into another one later. Take that back first."))
    if kept.left_on is not None:  # what ended with the leaving was perhaps the other one's
        raise CannotTakeBack(_("This person has left since. Let her live here again first, then take the merge back."))
    fields, stay = merging.going_back(*fields_of(row), values_of(kept))
    current = values_of(kept)
    changed = _words_of(name for name, value in fields.items() if value != current[name])
    with deed(
        "people_unmerged", by=by, at=at, place=kept.grid_id, subject=kept, duplicate=duplicate.pk,
        changed=changed, stayed=_words_of(stay),
    ):  # fmt: skip
        back = _columns(current, current | fields)
        Resident.unscoped.filter(pk=kept.pk).update(version=F("version") + 1, **back)
        Resident.unscoped.filter(pk=duplicate.pk).update(merged_into=None, version=F("version") + 1)
        merged_rows.bring_back(row, kept, duplicate)
        registries.tell("people_unmerged", kept=kept, duplicate=duplicate, moved=row.moved, by=by, at=at)
        Merge.unscoped.filter(pk=row.pk).update(undone_at=at, undone_by=by.staff_id)
        if row.taken_over:
            _give_back(row, duplicate, by=by, at=at)
        note_twins(people=[kept.pk, duplicate.pk], at=at)
    return stay


def _give_back(row: Merge, person: Resident, *, by: Actor, at: datetime) -> None:
    """Whoever was taken over from another street is the sender's again, who is told; an offer of her alone failed."""
    offers = MoveOffer.unscoped.filter(pk__in=row.moved[TAKEN_OVER], resident=person, state="accepted")
    offers.update(state="declined", decided_note="given_back", version=F("version") + 1)
    notify("given_back", place=person.grid_id, by=by, at=at, subject=person.household)


def hold(one: Resident, other: Resident) -> dict[int, Resident]:
    """Both people, locked in the order of their ids after their doors, as every deed does.

    Raises EditedMeanwhile where one of them moved to another door while the locks were awaited.
    """
    doors = sorted({one.household_id, other.household_id})
    list(Household.unscoped.filter(pk__in=doors).order_by("pk").select_for_update().values_list("pk"))
    # Locked alone and read afterwards: a join taken before a move would miss the row that moved while it was awaited.
    rows = Resident.unscoped.filter(pk__in=[one.pk, other.pk])
    list(rows.order_by("pk").select_for_update().values_list("pk"))
    now = {row.pk: row for row in rows.select_related("grid", "household")}
    if len(now) < 2 or sorted({row.household_id for row in now.values()}) != doors:
        raise EditedMeanwhile
    return now


def standing(kept: Resident, duplicate: Resident) -> Merge | None:
    """The merge that made the one a part of the other, where it holds."""
    return Merge.unscoped.filter(kept=kept, duplicate=duplicate, undone_at=None).first()


def _columns(before: Values, after: Values) -> dict[str, Any]:
    """The columns that change from one set of values to another."""
    changed = {name: after[name] for name in merging.FIELDS if after[name] != before[name]}
    if "name" in changed:
        changed |= identity.name_fields(changed["name"])
    if "number" in changed:
        changed |= identity.identity_fields(changed.pop("number"))
    return changed


def _changed(before: Values, after: Values) -> list[str]:
    return _words_of(name for name in merging.FIELDS if after[name] != before[name])


def _words_of(names: Any) -> list[str]:
    """Names of fields as the audit knows them."""
    return ["id_number" if name == "number" else name for name in names]


def seal_fields(before: Values, after: Values) -> bytes:
    """The kept person's fields before and after, sealed: a number stands among them."""
    return sealing.seal(json.dumps([_plain(before), _plain(after)]).encode(), context=_CONTEXT)


def fields_of(row: Merge) -> tuple[Values, Values]:
    """The kept person's fields before and after the merge."""
    before, after = json.loads(sealing.unseal(bytes(row.sealed_fields), context=_CONTEXT))
    return _read(before), _read(after)


def _plain(values: Values) -> dict[str, Any]:
    dates = {name: values[name].isoformat() if values[name] else None for name in ("birth_date", "away_until")}
    number = values["number"]
    return values | dates | {"number": [number.type.value, number.number] if number else None}


def _read(plain: dict[str, Any]) -> Values:
    dates = {name: date.fromisoformat(plain[name]) if plain[name] else None for name in ("birth_date", "away_until")}
    number = plain["number"]
    return plain | dates | {"number": IdNumber(IdType(number[0]), number[1]) if number else None}

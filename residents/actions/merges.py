"""Deeds that make two rows one person, and take that back whole."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from grid import registries, sealing
from grid.actions.audit import EditedMeanwhile, claim_version, confirm_scope, deed
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from residents import identity
from residents.actions import people as shared
from residents.actions.twins import note_twins
from residents.models import Contact, Household, ImportRow, Merge, MoveOffer, Resident, TwinPair
from residents.rules import merging
from residents.rules.id_numbers import IdNumber, IdType
from residents.rules.merging import Values

_CONTEXT = "merge"
_CONTACTS, _OFFERS, _LIST_ROWS, _PAIRS = (model._meta.label for model in (Contact, MoveOffer, ImportRow, TwinPair))


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
    with shared.refusals_named(), transaction.atomic():
        now = _hold(kept, duplicate)
        kept_now, duplicate_now = now[kept.pk], now[duplicate.pk]
        if duplicate_now.merged_into_id == kept.pk and (done := _standing(kept_now, duplicate_now)):
            return done
        for person in (kept_now, duplicate_now):
            confirm_scope(by, Permission.DECIDE_REGISTER, person.grid, at)
        if any(person.left_on or person.merged_into_id for person in now.values()):
            raise CannotMerge(_("One of the two does not live here any more, or was merged already."))
        before, theirs = values_of(kept_now), values_of(duplicate_now)
        after = merging.merged(before, theirs, choices)
        facts = {"changed": _changed(before, after), "duplicate": duplicate.pk}
        with deed("people_merged", by=by, at=at, place=kept_now.grid_id, subject=kept_now, **facts):
            for key, version in zip((kept.pk, duplicate.pk), versions, strict=True):
                claim_version(Resident.unscoped.all(), key, version)
            # First the one that goes: the number that comes over must be free in the street.
            Resident.unscoped.filter(pk=duplicate.pk).update(merged_into=kept.pk)
            Resident.unscoped.filter(pk=kept.pk).update(**_columns(before, after))
            moved = _bring_over(kept_now, duplicate_now, at)
            registries.tell("people_merged", kept=kept_now, duplicate=duplicate_now, moved=moved, by=by, at=at)
            note_twins(people=[kept.pk], at=at)
            return Merge.unscoped.create(
                kept=kept_now, duplicate=duplicate_now, grid_id=kept_now.grid_id, moved=moved, at=at,
                by_id=by.staff_id, sealed_fields=seal_fields(before, after),
            )  # fmt: skip


def take_merge_back(*, merge: Merge, by: Actor, at: datetime) -> list[str]:
    """Makes two people of one again; the names of the fields that stay, because somebody changed them since.

    Done already: nothing. Raises CannotTakeBack, PermissionDenied.
    """
    try:
        with shared.refusals_named(), transaction.atomic():
            now = _hold(merge.kept, merge.duplicate)
            row = Merge.unscoped.select_for_update().get(pk=merge.pk)
            if row.undone_at is not None:
                return []
            return _take_back(row, now[row.kept_id], now[row.duplicate_id], by=by, at=at)
    except shared.AlreadyRegistered:
        raise CannotTakeBack(
            _("The ID number lives at another record of this street meanwhile. Merge that one first, or mend it.")
        ) from None


def preview(merge: Merge) -> tuple[Values, list[str]]:
    """What would go back now, and the names of the fields that would stay."""
    now = values_of(merge.kept)
    fields, stay = merging.going_back(*fields_of(merge), now)
    return {name: value for name, value in fields.items() if value != now[name]}, stay


def _take_back(row: Merge, kept: Resident, duplicate: Resident, *, by: Actor, at: datetime) -> list[str]:
    for person in (kept, duplicate):
        confirm_scope(by, Permission.DECIDE_REGISTER, person.grid, at)
    if kept.merged_into_id is not None:
        raise CannotTakeBack(_("This record was itself merged into another one later. Take that back first."))
    fields, stay = merging.going_back(*fields_of(row), values_of(kept))
    with deed(
        "people_unmerged", by=by, at=at, place=kept.grid_id, subject=kept, duplicate=duplicate.pk,
        changed=_words_of(fields), stayed=_words_of(stay),
    ):  # fmt: skip
        current = values_of(kept)
        back = _columns(current, current | fields)
        Resident.unscoped.filter(pk=kept.pk).update(version=F("version") + 1, **back)
        Resident.unscoped.filter(pk=duplicate.pk).update(merged_into=None, version=F("version") + 1)
        _bring_back(row, kept, duplicate)
        registries.tell("people_unmerged", kept=kept, duplicate=duplicate, moved=row.moved, by=by, at=at)
        Merge.unscoped.filter(pk=row.pk).update(undone_at=at, undone_by=by.staff_id)
        note_twins(people=[kept.pk, duplicate.pk], at=at)
    return stay


def _hold(one: Resident, other: Resident) -> dict[int, Resident]:
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


def _standing(kept: Resident, duplicate: Resident) -> Merge | None:
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


def _bring_over(kept: Resident, duplicate: Resident, at: datetime) -> dict[str, list[int]]:
    """Hangs on `kept` what hung on `duplicate`; model label → ids."""
    moved: dict[str, list[int]] = {}
    contacts = Contact.unscoped.filter(resident=duplicate)
    moved[_CONTACTS] = list(contacts.values_list("pk", flat=True))
    contacts.update(resident=kept.pk, grid=kept.grid_id)
    offers = MoveOffer.unscoped.filter(resident=duplicate)
    if offers.filter(state="open").exists() and MoveOffer.unscoped.filter(resident=kept, state="open").exists():
        raise CannotMerge(_("Both wait for an answer from another street. Take one of the two offers back first."))
    moved[_OFFERS] = list(offers.values_list("pk", flat=True))
    offers.update(resident=kept.pk, household=kept.household_id, grid=kept.grid_id, street=kept.street_id)
    list_rows = ImportRow.unscoped.filter(resident_id=duplicate.pk)
    moved[_LIST_ROWS] = list(list_rows.values_list("pk", flat=True))
    list_rows.update(resident_id=kept.pk)
    moved[_PAIRS] = _copy_decisions(kept, duplicate)
    pair = {"first": min(kept.pk, duplicate.pk), "second": max(kept.pk, duplicate.pk)}
    TwinPair.unscoped.filter(**pair).update(decision="merged", decided_at=at)
    return moved


def _copy_decisions(kept: Resident, duplicate: Resident) -> list[int]:
    """Whom somebody told apart from the duplicate is told apart from the kept one, too. The pairs made for that."""
    made = []
    pairs = TwinPair.unscoped.filter(Q(first=duplicate) | Q(second=duplicate), decision="apart")
    for pair in pairs.select_related("first", "second"):
        other = pair.second if pair.first_id == duplicate.pk else pair.first
        if other.pk == kept.pk:
            continue
        first, second = sorted((kept, other), key=lambda person: person.pk)
        copy, new = TwinPair.unscoped.get_or_create(
            first=first, second=second,
            defaults={
                "grid_id": first.grid_id, "strength": pair.strength, "reasons": pair.reasons, "found_at": pair.found_at,
                "decision": "apart", "decided_at": pair.decided_at, "decided_by_id": pair.decided_by_id,
            },
        )  # fmt: skip
        made += [copy.pk] if new else []
    return made


def _bring_back(row: Merge, kept: Resident, duplicate: Resident) -> None:
    """What followed goes back where it still hangs on `kept`; an offer that was answered since stays where it led."""
    door = {"household": duplicate.household_id, "grid": duplicate.grid_id, "street": duplicate.street_id}
    moved = row.moved
    contacts = Contact.unscoped.filter(pk__in=moved.get(_CONTACTS, []), resident=kept)
    contacts.update(resident=duplicate.pk, grid=duplicate.grid_id)
    offers = MoveOffer.unscoped.filter(pk__in=moved.get(_OFFERS, []), resident=kept)
    offers.filter(Q(decided_at=None) | Q(decided_at__lte=row.at)).update(resident=duplicate.pk, **door)
    ImportRow.unscoped.filter(pk__in=moved.get(_LIST_ROWS, []), resident_id=kept.pk).update(resident_id=duplicate.pk)
    TwinPair.unscoped.filter(pk__in=moved.get(_PAIRS, []), decision="apart").delete()
    pair = {"first": min(kept.pk, duplicate.pk), "second": max(kept.pk, duplicate.pk)}
    TwinPair.unscoped.filter(**pair, decision="merged").update(decision="", decided_at=None, decided_by=None)


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

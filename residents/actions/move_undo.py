"""A move taken back whole, by whoever made it and for a minute: what stood before is read in the history."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, ProtectedError
from django.utils.translation import gettext as _

from grid import registries
from grid.actions.audit import confirm_open, confirm_scope, deed
from grid.actions.notices import settle
from grid.models import AuditRecord
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from residents import identity
from residents.actions.moves import tell_grids
from residents.models import Household, HouseholdEvent, Resident, ResidentEvent  # type: ignore[attr-defined]
from residents.models.household import DOOR_FIELDS

TAKEN_BACK_WITHIN = timedelta(minutes=1)


class CannotMoveBack(ValidationError):
    """The move cannot be taken back any more; the words say why."""


def undo_move(*, move: AuditRecord, by: Actor, at: datetime) -> Household:
    """Everybody stands again where the move took them from, with relations, beds and what they waited for.

    `move` is the record of the deed. The household they are back in; done already: nothing more. Raises CannotMoveBack
    after a minute or where anything of it was changed since, PlaceClosed, PermissionDenied.
    """
    doors = sorted({move.facts["left"], move.facts["household"]})
    with transaction.atomic():
        rows = {row.pk: row for row in Household.unscoped.filter(pk__in=doors).order_by("pk").select_for_update()}
        old, there = rows.get(move.facts["left"]), rows.get(move.facts["household"])
        if old and AuditRecord.objects.filter(deed="move_undone", facts__move=move.pk).exists():
            return old
        if by.staff_id != move.staff_id or at - move.at > TAKEN_BACK_WITHIN:
            raise CannotMoveBack(_("A move is taken back within a minute, by who made it. Now move them again."))
        if old is None or there is None or old.merged_into_id or there.merged_into_id:
            raise _changed()
        people, houses = _touched(move)
        before = houses.get(old.pk)
        grid_id = before.grid_id if before else old.grid_id
        confirm_open(grid_id)
        with deed("move_undone", by=by, at=at, place=grid_id, subject=old, move=move.pk, household=there.pk):
            left = there.grid_id
            if before:
                _stand_again(old, before)
                old.refresh_from_db()
                _rejoin(move, old)
            else:
                _carry_back(people, old, there, houses, by=by, at=at)
            confirm_scope(by, Permission.EDIT_PEOPLE, old.grid, at)  # where they stand again, as for any move
            for kind in ("moved_in", "moved_out"):
                settle(kind=kind, subject=there, at=at)
            tell_grids("moved", left, old, by=by, at=at)
    return old


def _changed() -> CannotMoveBack:
    return CannotMoveBack(_("Something was changed since the move. Look who lives where, and move them again."))


def _touched(move: AuditRecord) -> tuple[dict[int, Any], dict[int, Any]]:
    """People and doors that the move changed, each with what stood before (None: the move made the row).

    Raises CannotMoveBack where one of them was changed since.
    """
    mine, found = _written_by(move), []
    for events, door in ((ResidentEvent.objects, "household__in"), (HouseholdEvent.objects, "pgh_obj_id__in")):
        written = events.filter(**mine, **{door: [move.facts["left"], move.facts["household"]]})
        contexts = dict(written.values_list("pgh_obj_id", "pgh_context"))
        before: dict[int, Any] = {}
        for key, context in contexts.items():
            others = events.filter(pgh_obj_id=key).exclude(pgh_context=context).order_by("pk")
            last, own = others.last(), events.filter(pgh_obj_id=key, pgh_context=context).order_by("pk").last()
            if last is not None and last.pk > own.pk:
                raise _changed()
            before[key] = last
        found.append(before)
    people, houses = found
    living = Resident.unscoped.current().filter(pk__in=people).order_by("pk").select_for_update()
    if not (people or houses) or len(list(living.values_list("pk"))) < len(people):
        raise _changed()
    return people, houses


def _written_by(move: AuditRecord) -> dict[str, Any]:
    """What tells the versions that the move wrote."""
    said = {"deed": move.deed, "staff": move.staff_id, "at": move.at.isoformat()}
    return {f"pgh_context__metadata__{name}": value for name, value in said.items()}


def _stand_again(household: Household, before: Any) -> None:
    """A household that kept its row stands at its door again; its people follow by the database."""
    door = identity.prepare_door(**{name: getattr(before, name) for name in DOOR_FIELDS})
    where = {"grid": before.grid_id, "street": before.street_id, "empty_since": before.empty_since}
    Household.unscoped.filter(pk=household.pk).update(version=F("version") + 1, **where, **door)


def _rejoin(move: AuditRecord, household: Household) -> None:
    """Whoever had left and was left behind stands with them again; the row that was made for her goes.

    Not where somebody came to live in that row meanwhile.
    """
    door = {name: getattr(household, name) for name in ("street_id", "grid_id", *DOOR_FIELDS)}
    beside = Household.unscoped.current().filter(**door).exclude(pk=household.pk)
    made = HouseholdEvent.objects.filter(pgh_obj_id__in=beside, pgh_label="insert", **_written_by(move))
    for behind in beside.filter(pk__in=list(made.values_list("pgh_obj_id", flat=True))).select_for_update():
        there = Resident.unscoped.filter(household=behind)
        if not there.current().exists():
            there.update(household=household, version=F("version") + 1)
            _remove(behind)


def _carry_back(
    people: dict[int, Any], old: Household, there: Household, houses: dict[int, Any], *, by: Actor, at: datetime
) -> None:
    for key, before in people.items():
        if before is None or before.household_id != old.pk:
            raise _changed()
        Resident.unscoped.filter(pk=key).update(
            household=old, grid=old.grid_id, street=old.street_id, relation=before.relation, bed=before.bed,
            version=F("version") + 1,
        )  # fmt: skip
    context = ResidentEvent.objects.filter(pgh_obj_id__in=people, household=there.pk).order_by("pk").last()
    registries.tell("residents_moved", resident_ids=list(people), household_id=old.pk, left=there.pk, by=by, at=at)
    registries.tell("households_parted", kept=there, other=old, joined_in=context.pgh_context_id, by=by, at=at)
    if there.pk not in houses:
        return
    if houses[there.pk] is not None:
        Household.unscoped.filter(pk=there.pk).update(empty_since=houses[there.pk].empty_since)
        return
    _remove(there)


def _remove(made: Household) -> None:
    """Takes away the door that the move made. Where somebody hung something on it, an empty door is no harm."""
    with suppress(ProtectedError), transaction.atomic():
        Household.unscoped.filter(pk=made.pk).delete()

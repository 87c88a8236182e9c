"""Leaving for good, being away for some days, and coming back."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import F

from grid import registries
from grid.actions.audit import EditedMeanwhile, claim_version, confirm_open, confirm_scope, deed
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from residents.actions import people as shared
from residents.actions.moves import Arrival, held_doors, new_household, tell_grids
from residents.models import Household, Resident


def leave(
    *, household: Household, people: Mapping[int, int], reason: str, on: date, where: str, by: Actor, at: datetime
) -> None:
    """These people (id → version that the page showed) of a household moved out or died.

    `where` is a remark on where to, kept with the person. What the apps above end with them, they hear by
    "residents_left". Raises EditedMeanwhile where one of them is not as the page showed, PermissionDenied.
    """
    with transaction.atomic():
        door = shared.held(Household.unscoped.all(), household)
        rows = Resident.unscoped.current().filter(household=door, pk__in=people).select_for_update().order_by("pk")
        now = {row.pk: row.version for row in rows}
        if now != dict(people):
            raise EditedMeanwhile
        subject = Resident.unscoped.get(pk=next(iter(now))) if len(now) == 1 else door
        with deed("residents_left", by=by, at=at, place=door.grid_id, subject=subject, people=len(now), why=reason):
            confirm_scope(by, Permission.EDIT_PEOPLE, door.grid, at, door=door)
            facts = {"left_on": on, "left_reason": reason, "away_until": None, "version": F("version") + 1}
            for row in rows:
                note = "；".join(filter(None, (row.note, where)))
                Resident.unscoped.filter(pk=row.pk).update(note=note, **facts)
            registries.tell("residents_left", resident_ids=list(now), reason=reason, on=on, by=by, at=at)


def come_back(*, resident: Resident, version: int, to: Arrival | None, by: Actor, at: datetime) -> Household:
    """Somebody who left lives here again, at her old door or, with `to`, at another one of the street.

    Raises AlreadyRegistered where her number lives in the street by now, EditedMeanwhile, PlaceClosed, NobodyThere,
    PermissionDenied, ValueError for a grid of another street.
    """
    with shared.refusals_named(), transaction.atomic():
        home, beside = Household(pk=resident.household_id), None
        if to is None:
            old = shared.held_door(home)
            confirm_open(old.grid_id)
            shared.confirm_not_offered(old)
        else:  # both doors in the order of their ids, as moves do
            old, beside = held_doors(home, to)
        now = shared.held(Resident.unscoped.filter(merged_into=None), resident)
        if to is not None and to.grid.street_id != now.street_id:
            raise ValueError("a person comes back from another street by an offer that the street accepts")
        with deed("resident_back", by=by, at=at, place=now.grid_id, subject=now):
            confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at, door=now)
            if to is not None:  # whoever helps in one building stays in it
                there = beside or Household(grid=to.grid, **to.door._asdict())
                confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at, door=there)
            claim_version(Resident.unscoped.exclude(left_on=None), now.pk, version)
            there = old if to is None else beside or new_household(to)
            Household.unscoped.filter(pk=there.pk).exclude(empty_since=None).update(empty_since=None)
            where = {"household": there, "grid": there.grid_id, "street": there.street_id}
            if there.pk != now.household_id:
                where |= {"relation": "", "bed": ""}
            Resident.unscoped.filter(pk=now.pk).update(left_on=None, left_reason="", **where)
            registries.tell("residents_back", resident_ids=[now.pk], by=by, at=at)
            tell_grids("moved", now.grid_id, there, by=by, at=at)
    return there


def go_away(*, resident: Resident, version: int, until: date, by: Actor, at: datetime) -> None:
    """She is away up to and including the day; the day after she counts as back, and nothing has to run for it.

    Raises EditedMeanwhile, PermissionDenied.
    """
    with transaction.atomic():
        now = shared.held(Resident.unscoped.current(), resident)
        with deed("resident_away", by=by, at=at, place=now.grid_id, subject=now):
            _set_away(now, version, until, by=by, at=at)


def end_away(*, resident: Resident, version: int, by: Actor, at: datetime) -> None:
    """She is back before the day that was said. Raises EditedMeanwhile, PermissionDenied."""
    with transaction.atomic():
        now = shared.held(Resident.unscoped.current(), resident)
        with deed("resident_not_away", by=by, at=at, place=now.grid_id, subject=now):
            _set_away(now, version, None, by=by, at=at)


def _set_away(now: Resident, version: int, until: date | None, *, by: Actor, at: datetime) -> None:
    confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at, door=now)
    claim_version(Resident.unscoped.current(), now.pk, version)
    Resident.unscoped.filter(pk=now.pk).update(away_until=until)

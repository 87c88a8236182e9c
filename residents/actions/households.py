"""Deeds about a door: add it with its people, change it; who is head, who sleeps where, whether anybody is in."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import F

from grid.actions.audit import EditedMeanwhile, claim_version, confirm_open, confirm_scope, deed
from grid.models import Place
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from residents import identity
from residents.actions import people as shared
from residents.actions.twins import note_twins
from residents.models import Household, Resident
from residents.rules.addresses import Door
from residents.rules.people import PersonFacts
from residents.rules.relations import HEAD, SELF


def add_household(
    *, key: int, grid: Place, door: Door, note: str, people: Iterable[PersonFacts], by: Actor, at: datetime
) -> Household:
    """A door and everybody behind it, all or nothing.

    `key` is the id reserved for the household when its form was opened, so that a form sent twice makes one.
    Raises AlreadyAdded for the second one, AlreadyRegistered for a number that lives in the street, PlaceClosed,
    PermissionDenied.
    """
    people = list(people)
    with (
        shared.refusals_named(),
        deed("household_added", by=by, at=at, place=grid, subject=(Household, key), people=len(people)),
    ):
        street_id = grid.street_id or 0  # never empty: a grid stands below a street, by CHECK
        prepared = identity.prepare_door(**door._asdict())
        household = Household(pk=key, grid=grid, street_id=street_id, note=note, **prepared)
        confirm_scope(by, Permission.EDIT_PEOPLE, grid, at, door=household)
        confirm_open(grid.pk)
        household.save(force_insert=True)
        added = Resident.unscoped.bulk_create(
            Resident(household=household, grid=grid, street_id=street_id, **shared.columns(facts)) for facts in people
        )
        note_twins(people=[one.pk for one in added], at=at)
    return household


def edit_household(
    *, household: Household, version: int, grid: Place, door: Door, note: str, by: Actor, at: datetime
) -> None:
    """Changes door, remark and grid; the database moves the people's grid along.

    Raises EditedMeanwhile if somebody saved since `version`, PlaceClosed for a new grid that is closed,
    PermissionDenied, ValueError for a grid of another street.
    """
    new = identity.prepare_door(**door._asdict()) | {"note": note, "grid_id": grid.pk}
    with transaction.atomic():
        now = shared.held(Household.unscoped.all(), household)
        if grid.street_id != now.street_id:
            raise ValueError("a household moves to another street by an offer that the street accepts")
        changed = sorted(name for name, value in new.items() if getattr(now, name) != value)
        with deed("household_edited", by=by, at=at, place=grid, subject=now, changed=changed):
            confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at, door=now)
            confirm_scope(by, Permission.EDIT_PEOPLE, grid, at, door=Household(**new))
            if grid.pk != now.grid_id:
                confirm_open(grid.pk)
            claim_version(Household.unscoped.all(), now.pk, version)
            Household.unscoped.filter(pk=now.pk).update(**new)


def nobody_in(*, household: Household, since: date | None, version: int, by: Actor, at: datetime) -> None:
    """Notes since when nobody is in, or with None that somebody is in again. People stay registered here.

    Noted already: nothing happens. Raises EditedMeanwhile, PermissionDenied.
    """
    with transaction.atomic():
        now = shared.held(Household.unscoped.all(), household)
        if now.empty_since == since:
            return
        with deed("presence_noted", by=by, at=at, place=now.grid_id, subject=now, changed=["empty_since"]):
            confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at, door=now)
            claim_version(Household.unscoped.all(), now.pk, version)
            Household.unscoped.filter(pk=now.pk).update(empty_since=since)


def change_head(
    *, household: Household, seen: Mapping[int, int], relations: Mapping[int, str], by: Actor, at: datetime
) -> None:
    """Says anew who is the head and what everybody is to the head; `seen` and what is raised: as in `_write_each`.

    Raises ValueError unless exactly one of them is the head.
    """
    if sum(code in (SELF, HEAD) for code in relations.values()) != 1:
        raise ValueError("a household has one head")
    with transaction.atomic():
        now = shared.held(Household.unscoped.all(), household)
        if people := _differing(now, "relation", relations):
            head = next(pk for pk, code in relations.items() if code in (SELF, HEAD))
            facts = {"head": head, "people": len(people), "changed": ["relation"]}
            with deed("head_changed", by=by, at=at, place=now.grid_id, subject=now, **facts):
                _write_each(now, "relation", seen, relations, by, at)


def set_beds(
    *, household: Household, seen: Mapping[int, int], beds: Mapping[int, str], by: Actor, at: datetime
) -> None:
    """Says who sleeps in which bed of a dormitory; `seen` and what is raised: as in `_write_each`."""
    with transaction.atomic():
        now = shared.held(Household.unscoped.all(), household)
        if people := _differing(now, "bed", beds):
            with deed("beds_changed", by=by, at=at, place=now.grid_id, subject=now, people=len(people)):
                _write_each(now, "bed", seen, beds, by, at)


def _differing(household: Household, field: str, values: Mapping[int, str]) -> list[int]:
    """Whose value would change; nobody where the same form was sent before."""
    people = Resident.unscoped.current().filter(household=household).order_by("pk").select_for_update()
    return [one.pk for one in people if values.get(one.pk, "") != getattr(one, field)]


def _write_each(
    now: Household, field: str, seen: Mapping[int, int], values: Mapping[int, str], by: Actor, at: datetime
) -> None:
    """One value for everybody behind the door. `seen`: the version of each person that the page showed.

    Raises EditedMeanwhile if anybody came, left or was changed since, PermissionDenied.
    """
    confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at, door=now)
    people = {one.pk: one for one in Resident.unscoped.current().filter(household=now)}
    if {pk: one.version for pk, one in people.items()} != dict(seen):
        raise EditedMeanwhile
    for value in set(values.values()):
        keys = [pk for pk, one in people.items() if values.get(pk, "") == value != getattr(one, field)]
        Resident.unscoped.filter(pk__in=keys).update(**{field: value}, version=F("version") + 1)

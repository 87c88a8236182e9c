"""Deeds about doors: add one with its people, change one."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from grid.actions.audit import claim_version, confirm_open, confirm_scope, deed
from grid.models import Place
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from residents import identity
from residents.actions import people as shared
from residents.models import Household, Resident
from residents.rules.addresses import Door
from residents.rules.people import PersonFacts


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
        Resident.unscoped.bulk_create(
            Resident(household=household, grid=grid, street_id=street_id, **shared.columns(facts)) for facts in people
        )
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

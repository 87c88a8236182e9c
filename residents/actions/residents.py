"""Deeds about people: add one to a door, change one, look at an ID number."""

from datetime import datetime
from typing import Any

from django.db import transaction

from grid.actions.audit import claim_version, confirm_scope, deed
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from residents import identity
from residents.actions import people as shared
from residents.actions.twins import note_twins
from residents.models import Household, Resident
from residents.rules.people import PersonFacts

_SECRET = ("id_sealed", "id_digest", "id_tail_digest")


def add_resident(*, key: int, household: Household, facts: PersonFacts, by: Actor, at: datetime) -> Resident:
    """One more person behind a door. `key` and what is raised: as in `add_household`; and OfferedAway."""
    with (
        shared.refusals_named(),
        deed("resident_added", by=by, at=at, place=household.grid_id, subject=(Resident, key)),
    ):
        now = shared.held_door(household)
        confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at, door=now)
        shared.confirm_not_offered(now)
        resident = Resident(
            pk=key, household=now, grid_id=now.grid_id, street_id=now.street_id, **shared.columns(facts)
        )
        resident.save(force_insert=True)
        note_twins(people=[key], at=at)
    return resident


def edit_resident(*, resident: Resident, version: int, facts: PersonFacts, by: Actor, at: datetime) -> None:
    """Changes what is known of a person. Without a number in `facts` the stored one stays.

    Raises EditedMeanwhile if somebody saved since `version`, AlreadyRegistered, PermissionDenied.
    """
    new = shared.columns(facts)
    if facts.id_number is None:
        for name in ("id_type", *_SECRET):
            del new[name]
    with shared.refusals_named(), transaction.atomic():
        now = shared.held(Resident.unscoped.all(), resident)
        with deed("resident_edited", by=by, at=at, place=now.grid_id, subject=now, changed=_changed(now, new)):
            confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at, door=now)
            claim_version(Resident.unscoped.all(), now.pk, version)
            Resident.unscoped.filter(pk=now.pk).update(**new)
            note_twins(people=[now.pk], at=at)


def _changed(stored: Resident, new: dict[str, Any]) -> list[str]:
    """The names of the fields that get another value."""
    changed = sorted(name for name, value in new.items() if name not in _SECRET and getattr(stored, name) != value)
    if "id_digest" in new and bytes(stored.id_digest or b"") != new["id_digest"]:
        changed.append("id_number")
    return changed


def reveal_id(*, resident: Resident, reason: str, by: Actor, at: datetime) -> str:
    """The whole ID number, for the reason given (a code of `forms.residents.REVEAL_REASONS`); the look is recorded.

    Raises PermissionDenied; ValueError where no number is stored.
    """
    with transaction.atomic():
        now = shared.held(Resident.unscoped.all(), resident)
        number = identity.unsealed(now.id_type, now.id_sealed)
        if number is None:
            raise ValueError("no ID number is stored")
        with deed("id_revealed", by=by, at=at, place=now.grid_id, subject=now, reason=reason):
            confirm_scope(by, Permission.REVEAL_ID, now.grid, at)
    return number.number

"""Deeds about people: add one to a door, change one, look at an ID number."""

from datetime import datetime

from grid.actions.audit import claim_version, confirm_scope, deed
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from residents import identity
from residents.actions import people as shared
from residents.models import Household, Resident
from residents.rules.people import PersonFacts

_SECRET = ("id_sealed", "id_digest", "id_tail_digest")


def add_resident(*, key: int, household: Household, facts: PersonFacts, by: Actor, at: datetime) -> Resident:
    """One more person behind a door. `key` and what is raised: as in `add_household`."""
    with (
        shared.refusals_named(),
        deed("resident_added", by=by, at=at, place=household.grid_id, subject=(Resident, key)),
    ):
        # The door may have moved to another grid since it was read: what counts is where it stands now.
        now = Household.unscoped.select_for_update().get(pk=household.pk)
        confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at)
        resident = Resident(
            pk=key, household=now, grid_id=now.grid_id, street_id=now.street_id, **shared.columns(facts)
        )
        resident.save(force_insert=True)
    return resident


def edit_resident(*, resident: Resident, version: int, facts: PersonFacts, by: Actor, at: datetime) -> None:
    """Changes what is known of a person. Without a number in `facts` the stored one stays.

    Raises EditedMeanwhile if somebody saved since `version`, AlreadyRegistered, PermissionDenied.
    """
    new = shared.columns(facts)
    if facts.id_number is None:
        for name in ("id_type", *_SECRET):
            del new[name]
    changed = sorted(name for name, value in new.items() if name not in _SECRET and getattr(resident, name) != value)
    if facts.id_number is not None and bytes(resident.id_digest or b"") != new["id_digest"]:
        changed.append("id_number")
    with (
        shared.refusals_named(),
        deed("resident_edited", by=by, at=at, place=resident.grid_id, subject=resident, changed=changed),
    ):
        confirm_scope(by, Permission.EDIT_PEOPLE, resident.grid, at)
        claim_version(Resident.unscoped.all(), resident.pk, version)
        Resident.unscoped.filter(pk=resident.pk).update(**new)


def reveal_id(*, resident: Resident, reason: str, by: Actor, at: datetime) -> str:
    """The whole ID number, for the reason given (a code of `forms.residents.REVEAL_REASONS`); the look is recorded.

    Raises PermissionDenied; ValueError where no number is stored.
    """
    number = identity.unsealed(resident.id_type, resident.id_sealed)
    if number is None:
        raise ValueError("no ID number is stored")
    with deed("id_revealed", by=by, at=at, place=resident.grid_id, subject=resident, reason=reason):
        confirm_scope(by, Permission.REVEAL_ID, resident.grid, at)
    return number.number

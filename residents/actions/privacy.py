"""A person's rights over her data: her file printed for her, and her wish that it be removed."""

from datetime import datetime

from django.db import transaction

from grid.actions.audit import confirm_scope, deed
from grid.actions.notices import notify
from grid.models import Notice
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from residents import identity
from residents.actions import people as shared
from residents.models import Resident
from residents.queries.person_file import wish_of


def print_person_file(*, resident: Resident, reason: str, by: Actor, at: datetime) -> str:
    """Records that everything stored of the person was printed, and gives the whole ID number for it ("" without one).

    `reason` is a code of `forms.privacy.FILE_REASONS`. Raises PermissionDenied.
    """
    with transaction.atomic():
        now = shared.held(Resident.unscoped.all(), resident)
        with deed("person_file_printed", by=by, at=at, place=now.grid_id, subject=now, reason=reason):
            confirm_scope(by, Permission.REVEAL_ID, now.grid, at, door=now)
        number = identity.unsealed(now.id_type, now.id_sealed)
    return number.number if number else ""


def ask_removal(*, resident: Resident, ground: str, by: Actor, at: datetime) -> None:
    """Notes that the person's data are to be removed, and tells the street; the owner of the database removes them.

    `ground` is a code of `rules.removals.GROUNDS`. Asked already: nothing. Raises PermissionDenied.
    """
    with transaction.atomic():
        now = shared.held(Resident.unscoped.all(), resident)
        confirm_scope(by, Permission.DECIDE_REGISTER, now.grid, at, door=now)
        if wish_of(now) is None:
            with deed("removal_asked", by=by, at=at, place=now.grid_id, subject=now, ground=ground):
                notify("removal_asked", place=now.street_id, by=by, at=at, subject=now)


def withdraw_removal(*, resident: Resident, by: Actor, at: datetime) -> None:
    """Takes the wish back; where none stands: nothing. Raises PermissionDenied."""
    with transaction.atomic():
        now = shared.held(Resident.unscoped.all(), resident)
        confirm_scope(by, Permission.DECIDE_REGISTER, now.grid, at, door=now)
        if wish_of(now) is not None:
            with deed("removal_withdrawn", by=by, at=at, place=now.grid_id, subject=now):
                told = Notice.unscoped.filter(kind="removal_asked", subject_kind="resident", subject_id=now.pk)
                told.delete()

"""Deeds with supply requests: ask, deliver, take a delivery back, cancel."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F

from grid.actions.audit import confirm_scope, deed, reserve_id
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from quarantine.models import SupplyLine, SupplyRequest
from quarantine.rules.supplies import UNDO_WITHIN
from residents.actions.people import held_door
from residents.models import Household, Resident


class Line(NamedTuple):
    """One thing asked for; an unknown quantity is None ("some eggs")."""

    item: str
    quantity: Decimal | None
    unit: str


class NotOpen(Exception):
    """The request was delivered or cancelled by somebody else first; `request` is the row as it stands now."""

    def __init__(self, request: SupplyRequest) -> None:
        super().__init__(f"request {request.pk} is {request.state}")
        self.request = request


class TooLate(Exception):
    """A delivery can be taken back for a minute, by whoever recorded it."""


def ask_for_supplies(
    *,
    household: Household,
    resident: Resident | None,
    lines: Sequence[Line],
    urgent: bool,
    note: str,
    uuid: UUID,
    by: Actor,
    at: datetime,
) -> SupplyRequest:
    """Writes one request of a door. The same uuid twice is one request: the second call gives the first one's row."""
    known = SupplyRequest.unscoped.filter(uuid=uuid, household=household)
    if existing := known.first():
        return existing
    try:
        return _write_request(household, resident, lines, urgent, note, uuid, by, at)
    except IntegrityError:  # the twin of a double tap was faster
        if existing := known.first():
            return existing
        if SupplyRequest.unscoped.filter(uuid=uuid).exists():  # another door's: no page of ours sends that
            raise PermissionDenied from None
        raise


def _write_request(
    household: Household,
    resident: Resident | None,
    lines: Sequence[Line],
    urgent: bool,
    note: str,
    uuid: UUID,
    by: Actor,
    at: datetime,
) -> SupplyRequest:
    key = reserve_id(SupplyRequest)
    facts = {"household": household.pk, "lines": len(lines), "urgent": urgent}
    with transaction.atomic():
        # The door may have moved to another grid since the page was shown: what counts is where it stands now.
        door = held_door(household)
        confirm_scope(by, Permission.RECORD_SUPPLIES, door.grid, at, door=door)
        with deed("supply_asked", by=by, at=at, place=door.grid_id, subject=(SupplyRequest, key), **facts):
            request = SupplyRequest(
                pk=key, household=door, resident=resident, grid_id=door.grid_id, street_id=door.street_id,
                uuid=uuid, urgent=urgent, note=note, asked_at=at, asked_by_id=by.staff_id,
            )  # fmt: skip
            request.save(force_insert=True)
            SupplyLine.objects.bulk_create([SupplyLine(request=request, **line._asdict()) for line in lines])
    return request


def _locked(request: SupplyRequest, by: Actor, at: datetime) -> SupplyRequest:
    """The request as it stands now, locked for the transaction, its scope asked at the grid of now."""
    row = SupplyRequest.unscoped.select_for_update().get(pk=request.pk)
    confirm_scope(by, Permission.RECORD_SUPPLIES, row.grid, at, door=row)
    return row


def deliver(*, request: SupplyRequest, handed_over: str, by: Actor, at: datetime) -> None:
    """Marks an open request as delivered, all of it. One of two who try wins; the other gets `NotOpen`."""
    with transaction.atomic():
        now = _locked(request, by, at)
        with deed("supply_delivered", by=by, at=at, place=now.grid_id, subject=now):
            _leave_open(now, state="delivered", delivered_at=at, delivered_by=by.staff_id, handed_over=handed_over)


def cancel(*, request: SupplyRequest, reason: str, by: Actor, at: datetime) -> None:
    """Closes an open request that needs no delivery any more; `reason` is a key of `CANCEL_REASONS`."""
    with transaction.atomic():
        now = _locked(request, by, at)
        with deed("supply_cancelled", by=by, at=at, place=now.grid_id, subject=now, reason=reason):
            _leave_open(now, state="cancelled")


def _leave_open(request: SupplyRequest, **changes: object) -> None:
    """The claim: one conditional UPDATE. Raising here takes the audit record back with it."""
    if not SupplyRequest.unscoped.open().filter(pk=request.pk).update(version=F("version") + 1, **changes):
        raise NotOpen(SupplyRequest.unscoped.select_related("delivered_by").get(pk=request.pk))


def take_delivery_back(*, request: SupplyRequest, by: Actor, at: datetime) -> None:
    """Opens a request again that the same person marked as delivered within the last minute, else `TooLate`."""
    with transaction.atomic():
        now = _locked(request, by, at)
        with deed("supply_reopened", by=by, at=at, place=now.grid_id, subject=now):
            mine = SupplyRequest.unscoped.just_delivered(by.staff_id, at - UNDO_WITHIN).filter(pk=now.pk)
            cleared = {"delivered_at": None, "delivered_by": None, "handed_over": ""}
            if not mine.update(state="open", version=F("version") + 1, **cleared):
                raise TooLate

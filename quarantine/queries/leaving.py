"""What of isolation and supplies ends when people leave, and what a receiver must know of whom she takes."""

from datetime import datetime
from typing import Any

from grid.models import Staff
from grid.rules.permissions import Permission
from quarantine.models import IsolationCase, SupplyRequest
from residents.models import Household, MoveOffer, Resident


def ending_with(staff: Staff, subject: Resident | Household, at: datetime) -> dict[str, Any]:
    """The open cases of those who leave, and how many open requests a door without people would have."""
    alone = isinstance(subject, Resident)
    household = subject.household if isinstance(subject, Resident) else subject
    cases = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).open()
    cases = cases.filter(resident=subject) if alone else cases.filter(resident__household=household)
    staying = Resident.objects.visible_to(staff).current().filter(household=household)
    nobody_left = not alone or not staying.exclude(pk=subject.pk).exists()
    requests = SupplyRequest.objects.visible_to(staff).open().filter(household=household)
    return {
        "cases": list(cases.select_related("resident").order_by("pk")),
        "requests": requests.count() if nobody_left else 0,
    }


def isolated_in(_staff: Staff, offer: MoveOffer, _at: datetime) -> dict[str, Any]:
    """Who of an open offer is in isolation, and until when: asked for a reader to whom the offer was made."""
    cases = IsolationCase.unscoped.open().filter(resident__household=offer.household_id)
    if offer.resident_id:
        cases = cases.filter(resident=offer.resident_id)
    return {"cases": list(cases.select_related("resident").order_by("pk"))}

"""What of the work stands at places, counted before a place is changed."""

from django.db.models import QuerySet

from quarantine.models import IsolationCase, SupplyRequest


def open_cases() -> QuerySet[IsolationCase]:
    """Isolation records that are not closed."""
    return IsolationCase.unscoped.open()


def open_requests() -> QuerySet[SupplyRequest]:
    """Requests neither delivered nor cancelled."""
    return SupplyRequest.unscoped.open()

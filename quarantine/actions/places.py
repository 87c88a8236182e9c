"""What of the work stands at places: counted before a place is changed, and what follows when it was."""

from datetime import datetime

from django.db.models import QuerySet

from grid.models import Place
from grid.rules.actors import Actor
from quarantine.models import AlertAddress, IsolationCase, SupplyRequest


def hear_place_merged(*, place: Place, into: Place, by: Actor, at: datetime) -> None:
    """The hook "place_merged": whoever heard of the alerts of the place hears of those of the one it went to, or its
    group chat would fall silent without a word."""
    AlertAddress.unscoped.filter(grid=place, ended_at=None).update(grid=into)


def open_cases() -> QuerySet[IsolationCase]:
    """Isolation records that are not closed."""
    return IsolationCase.unscoped.open()


def open_requests() -> QuerySet[SupplyRequest]:
    """Requests neither delivered nor cancelled."""
    return SupplyRequest.unscoped.open()

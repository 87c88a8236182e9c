"""Readings that lists bring: which list brought one, and which of them still alarm."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import NAMESPACE_OID, UUID, uuid5

from grid.rules.clock import local_day, moment

CHANNEL = "list"


def uuid_of(list_id: int, case_id: int, day: date, slot: str, degrees: Decimal | None) -> UUID:
    """The uuid of a list's reading: it follows from what is stored, so that anybody can tell which list brought it."""
    return uuid5(NAMESPACE_OID, f"list {list_id} case {case_id} {day.isoformat()} {slot} {degrees}")


def alerting_since(at: datetime) -> datetime:
    """Since when an observation of a list raises an alert: a list of last week wakes nobody at night."""
    return moment(local_day(at) - timedelta(days=1), time())

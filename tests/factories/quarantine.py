"""Isolation cases and check-ins for tests, by the deeds themselves."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from grid.models import Place
from grid.rules.actors import SYSTEM
from grid.rules.clock import local_day
from quarantine.actions.cases import open_case
from quarantine.actions.check_ins import Said, record_check_in
from quarantine.models import CheckIn, IsolationCase
from residents.models import Household, Resident
from tests.factories.residents import make_household, make_resident


def make_case(
    *,
    at: datetime,
    grid: Place | None = None,
    household: Household | None = None,
    resident: Resident | None = None,
    first_day: date | None = None,
    reason: str = "close_contact",
    **person: Any,
) -> IsolationCase:
    """An open case; its first day is today unless it is said."""
    if resident is None:
        resident = make_resident(household or make_household(grid), **person)
    return open_case(resident=resident, reason=reason, first_day=first_day or local_day(at), by=SYSTEM, at=at)


def make_check_in(
    case: IsolationCase,
    *,
    at: datetime,
    temperature: str | None = None,
    observed_at: datetime | None = None,
    **said: Any,
) -> CheckIn:
    """A check-in; the case row that was given is read again."""
    degrees = Decimal(temperature) if temperature else None
    row = record_check_in(
        case=case,
        uuid=uuid4(),
        said=Said(temperature=degrees, **said),
        observed_at=observed_at or at,
        by=SYSTEM,
        at=at,
    )
    case.refresh_from_db(from_queryset=IsolationCase.unscoped.all())
    return row

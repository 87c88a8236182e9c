"""Cases with test days and their samples for tests, by the deeds themselves."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from grid.rules.actors import SYSTEM
from grid.rules.clock import local_day
from quarantine.actions.cases import open_case
from quarantine.actions.samples import note_results, note_sample
from quarantine.models import IsolationCase, TestSample
from tests.factories.residents import make_household, make_resident

ONE_TEST = "2022年12月 密接 5天"  # five days, one test on the last one
V9 = "第九版 密接的密接 7天"  # seven days, tests on 1, 4 and 7


def make_tested_case(*, at: datetime, grid: Any = None, day: int = 1, rules: str = V9, **person: Any) -> IsolationCase:
    """An open case by rules with test days; today is this day of it, and its record began on day 1."""
    household = person.pop("household", None) or make_household(grid)
    first_day = local_day(at) - timedelta(days=day - 1)
    began_at = at - timedelta(days=day - 1)
    resident = person.pop("resident", None) or make_resident(household, **person)
    return open_case(
        resident=resident, reason="close_contact", first_day=first_day, by=SYSTEM, at=began_at, rules_name=rules
    )


def make_sample(case: IsolationCase, *, at: datetime, taken_on: date | None = None, result: str = "") -> TestSample:
    """A sample, of today unless it is said, with its result where one is named; the case row given is read again."""
    row = note_sample(case=case, uuid=uuid4(), taken_on=taken_on or local_day(at), by=SYSTEM, at=at)
    if result:
        note_results(sample_ids=[row.pk], result=result, by=SYSTEM, at=at)
        row.refresh_from_db(from_queryset=TestSample.unscoped.all())
    case.refresh_from_db(from_queryset=IsolationCase.unscoped.select_related("rule_set", "grid"))
    return row

"""What test samples say of a case: which scheduled day comes next, and what the newest one showed.

All is computed anew from every sample that stands, so that late, corrected and withdrawn ones are right in any order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from grid.rules.clock import local_day
from quarantine.rules import stages

NEGATIVE, POSITIVE, UNCLEAR = "negative", "positive", "unclear"
RESULTS = (NEGATIVE, POSITIVE, UNCLEAR)


@dataclass(frozen=True)
class Sample:
    """A sample that was not withdrawn. `result` is empty until it comes."""

    taken_on: date
    noted_at: datetime
    result: str


@dataclass(frozen=True)
class TestFacts:
    """What a case row says of its tests."""

    next_test_on: date | None = None
    last_test_on: date | None = None
    last_test_result: str = ""

    __test__ = False  # nothing for the test runner


def schedule_of(case: Any) -> list[date]:
    """The days on which a test of this case is due, by its rules: within its period, from the day its record began.

    `case` is a case row with its rule set.
    """
    rules, began_on = case.rule_set, local_day(case.opened_at)
    days = stages.test_days_of(
        case.first_day, case.monitoring_from, rules.test_days or [], rules.monitoring_test_days or []
    )
    return [day for day in days if began_on <= day <= case.last_day]


def facts_of_samples(samples: Iterable[Sample], scheduled: Sequence[date]) -> TestFacts:
    """The facts that stand after these samples. An unclear one must be repeated: it does for no scheduled day.

    The newest sample is the one of the latest day; of two on one day, the one noted later.
    """
    standing = sorted(samples, key=lambda sample: (sample.taken_on, sample.noted_at))
    coming = stages.next_test_on(scheduled, [sample.taken_on for sample in standing if sample.result != UNCLEAR])
    if not standing:
        return TestFacts(coming)
    return TestFacts(coming, standing[-1].taken_on, standing[-1].result)

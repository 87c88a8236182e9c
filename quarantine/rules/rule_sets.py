"""The rule sets that are shipped, what a rule set must hold, and worked examples of it.

Sources: the national plans as domain facts (V1-V7 of 2020, V8 of May 2021, V9 of June 2022, the notices of November and
December 2022). Practice differed from place to place: each of these is data that a place may change in a new version.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from quarantine.rules import case_clock
from quarantine.rules.stages import end_of, test_days_of

ISOLATION, CARE = "isolation", "care"
SYMPTOMS = ("fever", "dry_cough", "fatigue", "sore_throat", "loss_of_smell", "diarrhoea", "breathless", "other")
CARE_DAYS = 365  # after a year somebody says whether the visits are still wanted
MOST_DAYS = 400
_TWICE_A_DAY = case_clock.DEFAULT_SLOTS


@dataclass(frozen=True)
class RuleSetData:
    """A rule set as it is written down. Days are counted from 1; slots as in `case_clock.slots_from`."""

    name: str
    isolation_days: int
    monitoring_days: int = 0
    day_one: str = "counts"  # or "follows": day 1 is the last contact, and the days are counted from the next one
    purpose: str = ISOLATION
    slots: list[dict[str, Any]] = field(default_factory=lambda: [dict(slot) for slot in _TWICE_A_DAY])
    threshold: Any = case_clock.DEFAULT_THRESHOLD  # ℃; None: no temperature is taken
    at_threshold_is_fever: bool = True
    symptoms: list[str] = field(default_factory=lambda: list(SYMPTOMS))
    test_days: list[int] = field(default_factory=list)
    monitoring_test_days: list[int] = field(default_factory=list)
    release_needs: list[str] = field(default_factory=lambda: ["checked"])
    ladders: dict[str, Any] | None = None  # None: those that are shipped
    quiet: dict[str, str] | None = None  # None: those that are shipped; {}: none
    outcome_minutes: int = 60


def _visits(name: str, every: int) -> RuleSetData:
    slot = {"slot": "visit", "from": "08:00", "until": "20:00", "grace": 0, "every": every}
    return RuleSetData(name, CARE_DAYS, purpose=CARE, slots=[slot], threshold=None, release_needs=[])


def _tested(
    name: str, days: int, tests: list[int], *, monitoring: int = 0, monitoring_tests: list[int] | None = None
) -> RuleSetData:
    needs = ["last_test_negative", "no_symptoms", "checked"]
    return RuleSetData(
        name, days, monitoring, test_days=tests, monitoring_test_days=monitoring_tests or [], release_needs=needs
    )


SHIPPED: tuple[RuleSetData, ...] = (
    RuleSetData(case_clock.DEFAULT_NAME, 14, release_needs=["no_symptoms", "checked"]),
    _tested("第八版 14天隔离+7天监测", 14, [1, 4, 7, 14], monitoring=7, monitoring_tests=[2, 7]),
    _tested("第九版 密接 7天+3天", 7, [1, 2, 3, 5, 7], monitoring=3, monitoring_tests=[3]),
    _tested("第九版 密接的密接 7天", 7, [1, 4, 7]),
    _tested("2022年11月 密接 5天+3天", 5, [1, 2, 3, 5], monitoring=3, monitoring_tests=[1, 3]),
    _tested("2022年11月 高风险区 7天", 7, [1, 3, 5, 7]),
    _tested("2022年12月 密接 5天", 5, [5]),
    _visits("关爱走访 每天", 1),
    _visits("关爱走访 每3天", 3),
    _visits("关爱走访 每周", 7),
)


def shipped(name: str) -> RuleSetData | None:
    """The shipped rule set of this name."""
    return next((found for found in SHIPPED if found.name == name), None)


@dataclass(frozen=True)
class Example:
    """What a rule set makes of a first day."""

    first_day: date
    isolation_until: date
    last_day: date
    tests: list[date]


def example_of(rules: Any, first_day: date) -> Example:
    """A worked example; `rules` is a rule set or its data."""
    last, monitoring = end_of(first_day, rules.isolation_days, rules.monitoring_days, rules.day_one)
    isolation_until = date.fromordinal(monitoring.toordinal() - 1) if monitoring else last
    tests = test_days_of(first_day, monitoring, rules.test_days or [], rules.monitoring_test_days or [])
    return Example(first_day, isolation_until, last, tests)

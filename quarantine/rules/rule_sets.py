"""The rule sets that are shipped, what a rule set must hold, and worked examples of it.

Sources: the national plans as domain facts (V1-V7 of 2020, V8 of May 2021, V9 of June 2022, the notices of November and
December 2022). Practice differed from place to place: each of these is data that a place may change in a new version.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from quarantine.rules import case_clock, ladder
from quarantine.rules.stages import NEEDS, end_of, test_days_of

ISOLATION, CARE = "isolation", "care"
SYMPTOMS = ("fever", "dry_cough", "fatigue", "sore_throat", "loss_of_smell", "diarrhoea", "breathless", "other")
CARE_DAYS = 365  # after a year somebody says whether the visits are still wanted
MOST_DAYS = 400
_TWICE_A_DAY = case_clock.DEFAULT_SLOTS
_HOURS_AND_MINUTES = re.compile(r"[0-2][0-9]:[0-5][0-9]")


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


@dataclass(frozen=True)
class Fault:
    """What is wrong with a rule set: at which field, as a code, and what it is about."""

    field: str
    code: str
    about: str = ""


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


LONGEST_WAIT = 2880  # minutes that a step of a ladder may last: two days
LONGEST_GRACE = 720
MOST_MONITORING = 60
MOST_EVERY = 31


def faults_of(rules: RuleSetData) -> list[Fault]:
    """Everything that is wrong with a rule set, all at once; empty where it may be followed."""
    return [
        *_faults_of_days(rules), *_faults_of_tests(rules), *_faults_of_slots(rules.slots), *_faults_of_reading(rules),
        *_faults_of_ladders(rules.ladders or {}), *_faults_of_quiet(rules),
    ]  # fmt: skip


def _faults_of_days(rules: RuleSetData) -> Iterator[Fault]:
    if not rules.name.strip() or len(rules.name) > 60:
        yield Fault("name", "name")
    if not 1 <= rules.isolation_days <= MOST_DAYS:
        yield Fault("isolation_days", "days", str(MOST_DAYS))
    if not 0 <= rules.monitoring_days <= MOST_MONITORING:
        yield Fault("monitoring_days", "monitoring", str(MOST_MONITORING))
    if rules.day_one not in case_clock.DAY_ONE_LABELS:
        yield Fault("day_one", "choice")
    if rules.purpose == CARE and (rules.monitoring_days or rules.test_days or rules.release_needs):
        yield Fault("purpose", "care_only")


def _faults_of_tests(rules: RuleSetData) -> Iterator[Fault]:
    longest = rules.isolation_days + (rules.day_one == "follows")
    for name, days, most in (
        ("test_days", rules.test_days, longest),
        ("monitoring_test_days", rules.monitoring_test_days, rules.monitoring_days),
    ):
        if outside := sorted(day for day in days if not 1 <= day <= most):
            yield Fault(name, "outside_period", " ".join(map(str, outside)))
    if unknown := set(rules.release_needs) - set(NEEDS):
        yield Fault("release_needs", "choice", " ".join(sorted(unknown)))
    if "last_test_negative" in rules.release_needs and not (rules.test_days or rules.monitoring_test_days):
        yield Fault("release_needs", "needs_tests")


def _faults_of_slots(slots: list[dict[str, Any]]) -> Iterator[Fault]:
    if not slots:
        yield Fault("slots", "no_slot")
        return
    names = [str(row.get("slot", "")).strip() for row in slots]
    if len(set(names)) != len(names) or any(not name or len(name) > 20 for name in names):
        yield Fault("slots", "slot_names")
    if any(not 0 <= int(row.get("grace", 0)) <= LONGEST_GRACE for row in slots):
        yield Fault("slots", "grace", str(LONGEST_GRACE))
    every = {int(row.get("every", 1)) for row in slots}
    if len(every) > 1 or not 1 <= min(every) <= max(every) <= MOST_EVERY:
        yield Fault("slots", "every", str(MOST_EVERY))
    try:
        hours = [(_clock(row["from"]), _clock(row["until"])) for row in slots]
    except ValueError:
        yield Fault("slots", "slot_times")
        return
    starts = [start for start, _until in hours]
    if starts != sorted(set(starts)):
        yield Fault("slots", "slot_order")
        return
    for number, (start, until) in enumerate(hours):
        last = number == len(hours) - 1
        # Only the last one may go on past midnight, and not into the first one of the next day.
        free_until = starts[0] if last and until <= start else None if last else starts[number + 1]
        if (until <= start and not last) or (free_until is not None and until > free_until):
            yield Fault("slots", "slot_overlap", names[number])


def _clock(text: str) -> time:
    """Hours and minutes alone: "06Z" is a time too, and one of a zone cannot be compared. Raises ValueError."""
    if not _HOURS_AND_MINUTES.fullmatch(text):
        raise ValueError(text)
    return time.fromisoformat(text)


def _faults_of_reading(rules: RuleSetData) -> Iterator[Fault]:
    degrees = rules.threshold
    if degrees is not None and not case_clock.LOWEST <= degrees <= case_clock.HIGHEST:
        yield Fault("threshold", "threshold")
    if unknown := set(rules.symptoms) - set(SYMPTOMS):
        yield Fault("symptoms", "choice", " ".join(sorted(unknown)))
    if not 1 <= rules.outcome_minutes <= LONGEST_WAIT:
        yield Fault("outcome_minutes", "minutes", str(LONGEST_WAIT))


def _faults_of_ladders(ladders: dict[str, Any]) -> Iterator[Fault]:
    for kind, steps in ladders.items():
        levels = [level for level, _minutes in steps]
        if kind not in ladder.DEFAULT_LADDERS or not steps or levels != sorted(set(levels)):
            yield Fault("ladders", "ladder_levels", kind)
        if any(level not in list(ladder.Level) for level in levels):
            yield Fault("ladders", "ladder_levels", kind)
        if any(not 1 <= minutes <= LONGEST_WAIT for _level, minutes in steps):
            yield Fault("ladders", "ladder_minutes", kind)


def _faults_of_quiet(rules: RuleSetData) -> Iterator[Fault]:
    if not rules.quiet:
        return
    try:
        begins, ends = (_clock(rules.quiet.get(name, "")) for name in ("from", "until"))
    except ValueError:
        yield Fault("quiet", "quiet")
        return
    if begins == ends:
        yield Fault("quiet", "quiet")


@dataclass(frozen=True)
class Moved:
    """What becomes of a period under other rules; `kept` are days added (or taken) by hand, which stay."""

    last_day: date
    monitoring_from: date | None
    kept: int


def under_other_rules(first_day: date, last_day: date, monitoring_from: date | None, old: Any, new: Any) -> Moved:
    """The period computed anew from its first day, with what was extended or shortened by hand on top."""
    old_last, old_monitoring = end_of(first_day, old.isolation_days, old.monitoring_days, old.day_one)
    new_last, begins = end_of(first_day, new.isolation_days, new.monitoring_days, new.day_one)
    kept = last_day - old_last
    last = max(new_last + kept, first_day)
    if begins is not None:
        by_hand = monitoring_from - old_monitoring if monitoring_from and old_monitoring else kept
        begins = max(begins + by_hand, first_day + timedelta(days=1))
        begins = begins if begins <= last else None
    return Moved(last, begins, kept.days)

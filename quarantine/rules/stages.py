"""The stages of an isolation, what a release still needs, and when the sweep must look at a case again."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from grid.rules.clock import local_day, moment
from quarantine.rules import case_clock
from quarantine.rules.case_clock import Slot

PLANNED, ISOLATION, MONITORING, READY, PAUSED, CLOSED = (
    "planned", "isolation", "monitoring", "ready", "paused", "closed",
)  # fmt: skip
# Which stage may follow which. A closed case only opens again by taking its closing back.
MOVES: dict[str, frozenset[str]] = {
    PLANNED: frozenset({ISOLATION, MONITORING, READY, PAUSED, CLOSED}),
    ISOLATION: frozenset({PLANNED, MONITORING, READY, PAUSED, CLOSED}),
    MONITORING: frozenset({ISOLATION, READY, PAUSED, CLOSED}),
    READY: frozenset({ISOLATION, MONITORING, PAUSED, CLOSED}),
    PAUSED: frozenset({PLANNED, ISOLATION, MONITORING, READY, CLOSED}),
    CLOSED: frozenset({PLANNED, ISOLATION, MONITORING, READY, PAUSED}),
}
# What a release may need, beyond the period itself: the rule set says which. "checked" is said by whoever releases.
NEEDS = ("last_test_negative", "no_symptoms", "checked")
OVERDUE_FROM = time(9)  # on the day after the last one, and each day again


@dataclass(frozen=True)
class Standing:
    """What a case row says, as stages and releases see it. Days are local; `tests` hold (scheduled day, result)."""

    first_day: date
    last_day: date
    monitoring_from: date | None
    watched_from: datetime  # since when somebody asks after her: the record was opened, or went on after a pause
    is_closed: bool = False
    is_paused: bool = False
    needs: frozenset[str] = frozenset()
    next_test_on: date | None = None
    has_tests: bool = False  # whether its rules schedule any
    last_test_result: str = ""
    last_asked_at: datetime | None = None
    last_abnormal_at: datetime | None = None
    known_at: datetime | None = None


def may_follow(old: str, new: str) -> bool:
    """Whether a case may come from one stage to the other; the database holds the same moves."""
    return old == new or new in MOVES[old]


def end_of(
    first_day: date, isolation_days: int, monitoring_days: int, day_one: str = "counts"
) -> tuple[date, date | None]:
    """The last day of all, and the first of monitoring (None without it).

    The first day is day 1 always, and tests are numbered from it. It "counts" as a whole day (14 days from the 1st end
    on the 14th), or the days "follow" it, as where 14 × 24 hours are counted: then they end on the 15th.
    """
    last = case_clock.last_day_of(first_day, isolation_days) + timedelta(days=day_one == "follows")
    if not monitoring_days:
        return last, None
    return last + timedelta(days=monitoring_days), last + timedelta(days=1)


def shifted(
    first_day: date, last_day: date, monitoring_from: date | None, new_last_day: date, today: date
) -> date | None:
    """The first day of monitoring once the whole period ends on another day.

    Isolation itself becomes longer or shorter while it lasts, and monitoring keeps its length; once monitoring has
    begun, it does. None: no monitoring is left.
    """
    if monitoring_from is None:
        return None
    begins = monitoring_from
    if today < monitoring_from:
        begins = max(monitoring_from + (new_last_day - last_day), first_day + timedelta(days=1))
    return begins if begins <= new_last_day else None


@dataclass(frozen=True)
class DayOf:
    """Which day of which part of the period a day is: day 5 of 14 in isolation, day 2 of 7 in monitoring."""

    part: str  # ISOLATION or MONITORING
    number: int
    total: int


def part_of_day(first_day: date, last_day: date, monitoring_from: date | None, day: date) -> DayOf | None:
    """Where the day stands in the period; None outside."""
    if not first_day <= day <= last_day:
        return None
    if monitoring_from is not None and day >= monitoring_from:
        return DayOf(MONITORING, (day - monitoring_from).days + 1, (last_day - monitoring_from).days + 1)
    ends = last_day if monitoring_from is None else monitoring_from - timedelta(days=1)
    return DayOf(ISOLATION, (day - first_day).days + 1, (ends - first_day).days + 1)


def test_days_of(
    first_day: date, monitoring_from: date | None, test_days: Iterable[int], monitoring_test_days: Iterable[int] = ()
) -> list[date]:
    """The local days on which a test is due, in order. Monitoring days are numbered from its own first day."""
    days = [first_day + timedelta(days=number - 1) for number in test_days]
    if monitoring_from is not None:
        days += [monitoring_from + timedelta(days=number - 1) for number in monitoring_test_days]
    return sorted(set(days))


def next_test_on(scheduled: Sequence[date], sampled: Collection[date]) -> date | None:
    """The earliest scheduled day for which no sample was taken. A sample of a later day does for an earlier one."""
    newest = max(sampled, default=None)
    return next((day for day in scheduled if newest is None or day > newest), None)


def missing_for_release(case: Standing, today: date) -> list[str]:
    """What a release still needs, as codes: "period", "tests", "last_test_negative", "no_symptoms", "checked".

    A newest test that is positive stands against a release whatever the rules ask for. No symptoms means: somebody
    asked yesterday or today, after anything abnormal was seen, and found none. "checked"
    is always among them where the rules ask for it: only whoever releases can say it.
    """
    missing = [] if today >= case.last_day else ["period"]
    if "last_test_negative" in case.needs and case.has_tests:
        if case.next_test_on is not None and case.next_test_on <= min(today, case.last_day):
            missing.append("tests")
        elif case.last_test_result != "negative":
            missing.append("last_test_negative")
    elif case.last_test_result == "positive":
        missing.append("last_test_negative")
    if "no_symptoms" in case.needs:
        asked, abnormal = case.last_asked_at, case.last_abnormal_at
        lately = asked is not None and local_day(asked) >= today - timedelta(days=1)
        if not lately or (abnormal is not None and asked is not None and asked <= abnormal):
            missing.append("no_symptoms")
    return missing + (["checked"] if "checked" in case.needs else [])


def stage_of(case: Standing, at: datetime) -> str:
    """The stage at the moment. Ready: the last day has come and nothing is missing but the check."""
    today = local_day(at)
    if case.is_closed:
        return CLOSED
    if case.is_paused:
        return PAUSED
    if today < case.first_day:
        return PLANNED
    if not set(missing_for_release(case, today)) - {"checked"}:
        return READY
    return MONITORING if case.monitoring_from is not None and today >= case.monitoring_from else ISOLATION


def silent_at(case: Standing, slots: Sequence[Slot]) -> datetime | None:
    """See `case_clock.silent_at`; whoever is paused or closed is never silent."""
    if case.is_closed or case.is_paused:
        return None
    return case_clock.silent_at(
        case.first_day, case.last_day, slots, known_at=case.known_at, watched_from=case.watched_from
    )  # fmt: skip


def is_silent(case: Standing, slots: Sequence[Slot], at: datetime) -> bool:
    """Whether two slots have gone by in silence. Once the period is over, the release is what is overdue."""
    silent = silent_at(case, slots)
    return silent is not None and silent <= at and case_clock.slot_ended(at, slots).day <= case.last_day


def is_release_overdue(case: Standing, at: datetime) -> bool:
    """Whether the last day is over, nobody has released, and it is a time of day at which somebody may be told."""
    if case.is_closed or case.is_paused:
        return False
    return local_day(at) > case.last_day and at >= moment(local_day(at), OVERDUE_FROM)


def look_at(case: Standing, slots: Sequence[Slot], at: datetime) -> datetime | None:
    """The next moment after this one at which something may be true of the case that nobody's deed will tell.

    The day that begins it, the ones that change its stage, 09:00 of each day after its end, the end of a silence and
    of each further slot in it. None when closed or paused.
    """
    if case.is_closed or case.is_paused:
        return None
    days = [case.first_day, case.last_day, *([case.monitoring_from] if case.monitoring_from else [])]
    moments = [moment(day, time()) for day in days]
    # From the last day on each midnight may take "ready" back: what was asked becomes too old.
    over = max(local_day(at), case.last_day + timedelta(days=1))
    moments += [moment(day, clock) for day in (over, over + timedelta(days=1)) for clock in (time(), OVERDUE_FROM)]
    silent = silent_at(case, slots)
    if silent is not None and silent > at:
        moments.append(silent)
    elif silent is not None:
        ended = case_clock.slot_ended(at, slots)
        moments.append(next(case_clock.slots_after(ended.starts_at, slots)).grace_until)
    return min(found for found in moments if found > at)

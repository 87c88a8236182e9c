"""Who answers an alert, how long she has, and whom it climbs to.

An alert begins at the first step of its ladder. While nobody says 我来处理, it climbs a step each time its minutes have
passed; at the last step it is repeated. Whoever takes it has so many minutes for an outcome; then it climbs on.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from enum import IntEnum
from typing import Any, NamedTuple

from grid.rules.clock import LOCAL, moment


class Level(IntEnum):
    """Who is asked to act; whoever stands higher is asked when the one below has not answered."""

    WORKER = 1
    STAND_IN = 2  # helpers and stand-ins of the grid
    LEAD = 3
    STREET = 4


class Step(NamedTuple):
    """A step of a ladder: who is asked, and after how many minutes without an answer it goes on."""

    level: Level
    minutes: int


# Kinds about one person …
ABNORMAL = "abnormal"  # at or above the threshold, a listed symptom, or said to be unwell
WHEREABOUTS = "whereabouts"  # 去向不明
POSITIVE = "positive"  # a positive test
SILENT = "silent"  # two slots without contact
FAILED_TRIES = "failed_tries"  # two tries in vain at somebody who is alone or over 75
RELEASE_OVERDUE = "release_overdue"  # the last day is over and nobody has released
# … and kinds about a grid: one item, however many people.
ROUND_OPEN = "round_open"  # grace is over: 还差17户
RELEASE_DUE = "release_due"  # people whose last day is today
TEST_DUE = "test_due"  # tests of today that nobody has taken
NO_WORKER = "no_worker"  # open records in a grid that nobody walks
NAMES_LATE = "names_late"  # names to verify past their deadline

OF_CASE = (ABNORMAL, WHEREABOUTS, POSITIVE, SILENT, FAILED_TRIES, RELEASE_OVERDUE)
OF_GRID = (ROUND_OPEN, RELEASE_DUE, TEST_DUE, NO_WORKER, NAMES_LATE)
URGENT = frozenset({ABNORMAL, WHEREABOUTS, POSITIVE, FAILED_TRIES})  # no hour is too quiet for these
OLD_AGE = 75  # years; over it, two tries in vain are an alert
TRIES_IN_VAIN = 2

DEFAULT_LADDERS: dict[str, list[list[int]]] = {
    ABNORMAL: [[Level.WORKER, 10], [Level.STAND_IN, 5], [Level.LEAD, 15], [Level.STREET, 30]],
    WHEREABOUTS: [[Level.LEAD, 15], [Level.STREET, 30]],
    POSITIVE: [[Level.LEAD, 10], [Level.STREET, 20]],
    SILENT: [[Level.WORKER, 30], [Level.STAND_IN, 15], [Level.LEAD, 60], [Level.STREET, 120]],
    FAILED_TRIES: [[Level.WORKER, 15], [Level.STAND_IN, 15], [Level.LEAD, 30], [Level.STREET, 60]],
    RELEASE_OVERDUE: [[Level.LEAD, 120], [Level.STREET, 240]],
    ROUND_OPEN: [[Level.WORKER, 30], [Level.STAND_IN, 30], [Level.LEAD, 120], [Level.STREET, 240]],
    RELEASE_DUE: [[Level.LEAD, 240], [Level.STREET, 480]],
    TEST_DUE: [[Level.WORKER, 120], [Level.STAND_IN, 60], [Level.LEAD, 240], [Level.STREET, 480]],
    NO_WORKER: [[Level.LEAD, 60], [Level.STREET, 120]],
    NAMES_LATE: [[Level.WORKER, 60], [Level.LEAD, 120], [Level.STREET, 240]],
}
DEFAULT_QUIET = {"from": "22:00", "until": "07:00"}
DEFAULT_OUTCOME_MINUTES = 60
OUTCOMES = ("well", "to_hospital", "found", "released", "done", "slip", "passed_on")


def steps_of(kind: str, ladders: Mapping[str, Sequence[Sequence[int]]] | None) -> list[Step]:
    """The ladder of a kind: the rule set's own, or the one that is shipped."""
    rows = (ladders or {}).get(kind) or DEFAULT_LADDERS[kind]
    return [Step(Level(level), int(minutes)) for level, minutes in rows]


def step_after(level: int, steps: Sequence[Step]) -> Step:
    """The step that follows; the last one again where none does."""
    return next((step for step in steps if step.level > level), steps[-1])


def step_at(level: int, steps: Sequence[Step]) -> Step:
    """The step an alert of this level stands at: the highest one that is not above it."""
    return next((step for step in reversed(steps) if step.level <= level), steps[0])


def after_quiet(at: datetime, kind: str, quiet: Mapping[str, Any] | None) -> datetime:
    """The moment itself, or the end of the quiet hours that it falls in. Urgent kinds know no quiet hours."""
    hours = DEFAULT_QUIET if quiet is None else quiet
    if kind in URGENT or not hours:
        return at
    begins, ends = time.fromisoformat(hours["from"]), time.fromisoformat(hours["until"])
    local = at.astimezone(LOCAL)
    clock = local.time()
    across_midnight = ends <= begins
    if across_midnight and clock >= begins:
        return moment(local.date() + timedelta(days=1), ends)
    if (across_midnight and clock < ends) or (not across_midnight and begins <= clock < ends):
        return moment(local.date(), ends)
    return at


def climbs_at(at: datetime, minutes: int, kind: str, quiet: Mapping[str, Any] | None) -> datetime:
    """When the alert climbs if nobody takes it: minutes that fall into quiet hours do not count."""
    begun = after_quiet(at, kind, quiet)
    return after_quiet(begun + timedelta(minutes=minutes), kind, quiet)

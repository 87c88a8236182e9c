"""Who answers an alert, how long she has, and whom it climbs to.

An alert begins at the first step of its ladder. While nobody says 我来处理, it climbs a step each time its minutes have
passed; at the last step it is repeated. Whoever takes it has so many minutes for an outcome; then it climbs on.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time, timedelta
from enum import IntEnum
from typing import Any, NamedTuple

from grid.rules.clock import LOCAL, local_day, moment


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
_OUTCOMES_OF: dict[str, tuple[str, ...]] = {
    ABNORMAL: ("well", "to_hospital", "done", "slip", "passed_on"),
    WHEREABOUTS: ("found", "to_hospital", "slip", "passed_on"),
    POSITIVE: ("to_hospital", "done", "slip", "passed_on"),
    SILENT: ("well", "found", "to_hospital", "passed_on"),
    FAILED_TRIES: ("well", "found", "to_hospital", "passed_on"),
    RELEASE_OVERDUE: ("released", "done", "passed_on"),
}


def outcomes_of(kind: str) -> tuple[str, ...]:
    """What may have come of an alert of this kind, in the order in which it is asked."""
    return _OUTCOMES_OF.get(kind, ("done", "passed_on"))


def steps_of(kind: str, ladders: Mapping[str, Sequence[Sequence[int]]] | None) -> list[Step]:
    """The ladder of a kind from the lowest level up: the rule set's own, or the one that is shipped.

    A step lasts a minute at least, whatever somebody wrote down.
    """
    rows = (ladders or {}).get(kind) or DEFAULT_LADDERS[kind]
    return sorted(Step(Level(level), max(int(minutes), 1)) for level, minutes in rows)


def first_step(steps: Sequence[Step], held: Collection[int]) -> Step:
    """Where an alert begins: the lowest step at which there is somebody; the last one where there is nobody at all."""
    return next((step for step in steps if step.level in held), steps[-1])


def next_step(level: int, steps: Sequence[Step], held: Collection[int]) -> Step:
    """Where an alert of this level goes on: a level at which nobody is there is passed over. Never down.

    Where nobody stands higher, the level itself is asked again.
    """
    higher = next((step for step in steps if step.level > level and step.level in held), None)
    return higher or Step(Level(level), step_at(level, steps).minutes)


def step_at(level: int, steps: Sequence[Step]) -> Step:
    """The step an alert of this level stands at: the highest one that is not above it."""
    return next((step for step in reversed(steps) if step.level <= level), steps[0])


class _Quiet(NamedTuple):
    """Quiet hours on the local clock; across midnight where they end before they begin."""

    begins: time
    ends: time

    def ends_at(self, at: datetime) -> datetime | None:
        """When the quiet that the moment falls in is over; None where it falls in none."""
        local = at.astimezone(LOCAL)
        day, clock = local.date(), local.time()
        if self.begins < self.ends:
            return moment(day, self.ends) if self.begins <= clock < self.ends else None
        if clock >= self.begins:
            return moment(day + timedelta(days=1), self.ends)
        return moment(day, self.ends) if clock < self.ends else None

    def begins_after(self, at: datetime) -> datetime:
        """When it is quiet next, seen from a moment that is not."""
        today = moment(local_day(at), self.begins)
        return today if today >= at else today + timedelta(days=1)


def _quiet_for(kind: str, quiet: Mapping[str, Any] | None) -> _Quiet | None:
    hours = DEFAULT_QUIET if quiet is None else quiet
    if kind in URGENT or not hours or hours["from"] == hours["until"]:
        return None
    return _Quiet(time.fromisoformat(hours["from"]), time.fromisoformat(hours["until"]))


def after_quiet(at: datetime, kind: str, quiet: Mapping[str, Any] | None) -> datetime:
    """The moment itself, or the end of the quiet hours that it falls in. Urgent kinds know no quiet hours.

    `quiet`: {"from": "22:00", "until": "07:00"} on the local clock; None is what is shipped, {} is none. Hours that end
    when they begin are none.
    """
    hours = _quiet_for(kind, quiet)
    return at if hours is None else hours.ends_at(at) or at


def climbs_at(at: datetime, minutes: int, kind: str, quiet: Mapping[str, Any] | None) -> datetime:
    """When the alert climbs if nobody takes it: minutes that fall into quiet hours do not count. Never in them."""
    hours = _quiet_for(kind, quiet)
    begun, left = after_quiet(at, kind, quiet), timedelta(minutes=minutes)
    while hours is not None and (quiet_from := hours.begins_after(begun)) <= begun + left:
        left -= quiet_from - begun
        begun = after_quiet(quiet_from, kind, quiet)
    return begun + left

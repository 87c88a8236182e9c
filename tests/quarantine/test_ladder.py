"""The ladder by property: quiet hours, the order of steps, nobody at a level."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grid.rules.clock import LOCAL
from quarantine.rules import ladder
from quarantine.rules.ladder import Level, Step

KINDS = st.sampled_from([*ladder.OF_CASE, *ladder.OF_GRID])
CALM = st.sampled_from([kind for kind in (*ladder.OF_CASE, *ladder.OF_GRID) if kind not in ladder.URGENT])
MOMENTS = st.datetimes(datetime(2026, 2, 1), datetime(2026, 3, 20)).map(lambda naive: naive.replace(tzinfo=LOCAL))
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
QUIET = st.one_of(
    st.none(), st.just({}), st.builds(lambda a, b: {"from": f"{a:%H:%M}", "until": f"{b:%H:%M}"}, CLOCKS, CLOCKS)
)
STEPS = st.lists(st.tuples(st.sampled_from(list(Level)), st.integers(-5, 600)), min_size=1, max_size=6)
HELD = st.frozensets(st.sampled_from(list(Level)))


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=LOCAL)


def is_quiet(at: datetime, quiet: dict[str, str] | None) -> bool:
    """By the minute, the plain way."""
    hours = ladder.DEFAULT_QUIET if quiet is None else quiet
    if not hours:
        return False
    begins, ends = time.fromisoformat(hours["from"]), time.fromisoformat(hours["until"])
    clock = at.astimezone(LOCAL).time()
    return begins <= clock < ends if begins <= ends else clock >= begins or clock < ends


@pytest.mark.parametrize(
    ("at", "minutes", "climbs"),
    [
        ("04 08:30", 30, "04 09:00"),
        ("04 21:50", 9, "04 21:59"),
        ("04 21:50", 10, "05 07:00"),  # at 22:00 it is quiet
        ("04 21:50", 30, "05 07:20"),  # ten minutes before the night, twenty after it
        ("04 23:00", 30, "05 07:30"),
        ("05 03:00", 30, "05 07:30"),
        ("05 07:00", 30, "05 07:30"),
        ("04 21:00", 60 + 15 * 60 + 5, "06 07:05"),  # over a whole day and the next night
    ],
)
def test_minutes_of_the_night_do_not_count(at: str, minutes: int, climbs: str) -> None:
    assert ladder.climbs_at(local(at), minutes, ladder.SILENT, None) == local(climbs)


def test_no_hour_is_too_quiet_for_what_is_urgent() -> None:
    for kind in ladder.URGENT:
        assert ladder.climbs_at(local("04 23:00"), 10, kind, None) == local("04 23:10")


@settings(max_examples=30)
@given(MOMENTS, st.integers(1, 900), CALM, QUIET)
def test_a_climb_lies_ahead_never_in_quiet_hours_and_its_minutes_are_loud_ones(at, minutes, kind, quiet) -> None:
    at = at.replace(second=0, microsecond=0)
    climbs = ladder.climbs_at(at, minutes, kind, quiet)
    assert climbs > at and not is_quiet(climbs, quiet)
    loud = sum(
        not is_quiet(at + timedelta(minutes=number), quiet) for number in range((climbs - at) // timedelta(minutes=1))
    )
    assert loud == minutes


@given(MOMENTS, CALM, QUIET)
def test_after_the_quiet_is_the_first_moment_that_is_not_quiet(at, kind, quiet) -> None:
    found = ladder.after_quiet(at, kind, quiet)
    assert found >= at and not is_quiet(found, quiet) and found - at < timedelta(days=1)
    assert found == at or is_quiet(found - timedelta(microseconds=1), quiet)


@given(KINDS, st.one_of(st.none(), STEPS), HELD, st.sampled_from(list(Level)))
def test_a_ladder_goes_up_passes_over_nobody_and_stays_at_its_end(kind, rows, held, level) -> None:
    steps = ladder.steps_of(kind, {kind: rows} if rows else None)
    assert [step.level for step in steps] == sorted(step.level for step in steps)
    assert all(step.minutes >= 1 for step in steps)
    first = ladder.first_step(steps, held)
    assert first in steps and (first.level in held or not held & {step.level for step in steps})
    seen = [first.level]
    for _climb in range(6):
        following = ladder.next_step(seen[-1], steps, held)
        assert following.minutes >= 1
        seen.append(following.level)
    assert seen == sorted(seen) and seen[-1] == seen[-2]
    assert all(found in held for found in seen[1:] if found != first.level)
    assert {step.level for step in steps if step.level > first.level and step.level in held} <= set(seen)
    # A ladder that was changed meanwhile never takes an alert down.
    assert ladder.next_step(level, steps, held).level >= level


def test_who_is_not_there_is_passed_over_at_once() -> None:
    steps = ladder.steps_of(ladder.ABNORMAL, None)
    assert ladder.first_step(steps, {Level.STAND_IN, Level.LEAD}) == Step(Level.STAND_IN, 5)
    assert ladder.next_step(Level.WORKER, steps, {Level.WORKER, Level.STREET}) == Step(Level.STREET, 30)
    assert ladder.next_step(Level.STREET, steps, {Level.STREET}) == Step(Level.STREET, 30)
    assert ladder.first_step(steps, set()) == Step(Level.STREET, 30)


@given(KINDS)
def test_each_kind_knows_what_may_have_come_of_it(kind) -> None:
    assert set(ladder.outcomes_of(kind)) <= set(ladder.OUTCOMES) and len(ladder.outcomes_of(kind)) >= 2

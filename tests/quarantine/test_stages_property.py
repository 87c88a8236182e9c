"""The rules of stages, tests and ends, by property."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grid.rules.clock import LOCAL, local_day, moment
from quarantine.rules import case_clock, stages
from quarantine.rules.case_clock import Observation

FIRST = date(2026, 3, 1)
SLOTS = case_clock.slots_from(case_clock.DEFAULT_SLOTS)
DAYS = st.dates(date(2026, 2, 20), date(2026, 4, 10))
MOMENTS = st.datetimes(datetime(2026, 2, 20), datetime(2026, 4, 10)).map(lambda naive: naive.replace(tzinfo=LOCAL))
NEEDS = st.frozensets(st.sampled_from(stages.NEEDS))


@st.composite
def standings(draw: st.DrawFn) -> stages.Standing:
    days, monitoring = draw(st.integers(1, 21)), draw(st.integers(0, 7))
    last, begins = stages.end_of(FIRST, days, monitoring, draw(st.sampled_from(case_clock.DAY_ONE_LABELS)))
    return stages.Standing(
        first_day=FIRST, last_day=last, monitoring_from=begins, watched_from=draw(MOMENTS),
        is_closed=draw(st.booleans()), is_paused=draw(st.booleans()), needs=draw(NEEDS),
        next_test_on=draw(st.none() | DAYS), has_tests=draw(st.booleans()),
        last_test_result=draw(st.sampled_from(["", "negative", "positive", "unclear"])),
        last_asked_at=draw(st.none() | MOMENTS), last_abnormal_at=draw(st.none() | MOMENTS),
        known_at=draw(st.none() | MOMENTS),
    )  # fmt: skip


@given(days=st.integers(1, 400), monitoring=st.integers(0, 60), first=DAYS)
def test_both_ways_of_counting_differ_by_one_day_and_monitoring_follows_isolation(days, monitoring, first) -> None:
    counts, begins = stages.end_of(first, days, monitoring)
    follows, begins_later = stages.end_of(first, days, monitoring, "follows")
    assert follows - counts == timedelta(days=1)
    assert (counts - first).days + 1 == days + monitoring
    assert (begins is None) == (monitoring == 0)
    if begins is not None and begins_later is not None:
        assert (counts - begins).days + 1 == monitoring and begins_later - begins == timedelta(days=1)


@given(case=standings(), at=MOMENTS)
def test_there_is_one_stage_and_it_says_no_more_than_the_facts(case: stages.Standing, at: datetime) -> None:
    stage, today = stages.stage_of(case, at), local_day(at)
    assert stage in stages.MOVES
    if stage == stages.READY:
        assert today >= case.last_day and set(stages.missing_for_release(case, today)) <= {"checked"}
    if stage == stages.MONITORING:
        assert case.monitoring_from is not None and today >= case.monitoring_from
    assert (stage == stages.CLOSED) == case.is_closed
    assert (stage == stages.PAUSED) == (case.is_paused and not case.is_closed)


@given(case=standings(), at=MOMENTS, hours=st.integers(0, 24 * 40))
def test_as_time_goes_by_every_stage_may_follow_the_one_before(case: stages.Standing, at: datetime, hours: int) -> None:
    later = at + timedelta(hours=hours)
    assert stages.may_follow(stages.stage_of(case, at), stages.stage_of(case, later))


@given(case=standings(), at=MOMENTS)
def test_a_look_is_ahead_and_none_where_nothing_is_watched(case: stages.Standing, at: datetime) -> None:
    look = stages.look_at(case, SLOTS, at)
    assert (look is None) == (case.is_closed or case.is_paused)
    assert look is None or look > at


@given(case=standings(), at=MOMENTS)
def test_the_stage_changes_at_no_moment_that_is_not_looked_at_but_by_what_grows_old(case, at) -> None:
    """Whoever is not asked any more stops being ready at a midnight; a release asks again at its own moment."""
    look = stages.look_at(case, SLOTS, at)
    if look is None:
        return
    before = look - timedelta(microseconds=1)
    grown_old = stages.READY in (stages.stage_of(case, at), stages.stage_of(case, before))
    assert stages.stage_of(case, at) == stages.stage_of(case, before) or grown_old


@given(case=standings(), today=DAYS)
def test_what_is_missing_is_told_once_and_a_release_never_comes_early(case: stages.Standing, today: date) -> None:
    missing = stages.missing_for_release(case, today)
    assert len(missing) == len(set(missing))
    assert ("period" in missing) == (today < case.last_day)
    assert ("checked" in missing) == ("checked" in case.needs)
    assert not {"tests", "last_test_negative"} <= set(missing)
    if case.last_test_result == "positive" and case.has_tests and "last_test_negative" in case.needs:
        assert {"tests", "last_test_negative"} & set(missing)


def no_symptoms(asked: str | None, abnormal: str | None) -> bool:
    def at(clock: str | None) -> datetime | None:
        return moment(date(2026, 3, int(clock[:2])), time.fromisoformat(clock[3:])) if clock else None

    case = stages.Standing(
        FIRST, date(2026, 3, 14), None, moment(FIRST, time()), needs=frozenset({"no_symptoms"}),
        last_asked_at=at(asked), last_abnormal_at=at(abnormal),
    )  # fmt: skip
    return "no_symptoms" not in stages.missing_for_release(case, date(2026, 3, 14))


@pytest.mark.parametrize(
    ("asked", "abnormal", "is_free"),
    [(None, None, False), ("12 23:59", None, False), ("13 00:00", None, True), ("14 08:00", None, True),
     ("14 08:00", "14 08:00", False), ("14 08:00", "14 09:00", False), ("14 09:00", "14 08:00", True)],
)  # fmt: skip
def test_no_symptoms_means_asked_lately_and_after_anything_abnormal(asked, abnormal, is_free: bool) -> None:
    assert no_symptoms(asked, abnormal) is is_free


@given(scheduled=st.lists(DAYS, unique=True).map(sorted), sampled=st.sets(DAYS))
def test_the_next_test_comes_after_every_sample_and_none_is_skipped(scheduled, sampled) -> None:
    coming = stages.next_test_on(scheduled, sampled)
    newest = max(sampled, default=None)
    left = [day for day in scheduled if newest is None or day > newest]
    assert coming == (left[0] if left else None)


@given(case=standings(), by=st.integers(-30, 30), today=DAYS)
def test_a_moved_end_never_leaves_monitoring_outside_the_period(case: stages.Standing, by: int, today: date) -> None:
    new_last = max(case.first_day, case.last_day + timedelta(days=by))
    begins = stages.shifted(case.first_day, case.last_day, case.monitoring_from, new_last, today)
    assert begins is None or case.first_day < begins <= new_last
    if case.monitoring_from is None:
        assert begins is None
    elif today >= case.monitoring_from and begins is not None:
        assert begins == case.monitoring_from
    elif by >= 0 and begins is not None:
        assert new_last - begins == case.last_day - case.monitoring_from


@given(case=standings(), day=DAYS)
def test_each_day_of_the_period_is_one_of_isolation_or_of_monitoring(case: stages.Standing, day: date) -> None:
    part = stages.part_of_day(case.first_day, case.last_day, case.monitoring_from, day)
    assert (part is None) == (not case.first_day <= day <= case.last_day)
    if part is not None:
        assert 1 <= part.number <= part.total
        assert (part.part == stages.MONITORING) == (case.monitoring_from is not None and day >= case.monitoring_from)


# the clock: midnight, phones whose clocks are wrong, slots of several days


WEEKLY = case_clock.slots_from([{"slot": "visit", "from": "08:00", "until": "20:00", "grace": 0, "every": 7}])
NIGHT = case_clock.slots_from(
    [{"slot": "noon", "from": "08:00", "until": "12:00"}, {"slot": "night", "from": "20:00", "until": "02:00"}]
)


@pytest.mark.parametrize("slots", [SLOTS, NIGHT, WEEKLY])
@given(at=MOMENTS)
def test_the_running_slot_is_the_last_that_began_and_runs_on_its_day(slots, at: datetime) -> None:
    running = case_clock.slot_at(at, slots)
    slot = next(slot for slot in slots if slot.name == running.name)
    assert running.starts_at <= at and slot.runs_on(running.day)
    assert next(case_clock.slots_after(running.starts_at, slots)).starts_at > at


@pytest.mark.parametrize("slots", [SLOTS, NIGHT, WEEKLY])
@given(at=MOMENTS, seen=st.sets(MOMENTS, max_size=6))
def test_what_is_due_is_of_the_period_and_unknown_and_nothing_earlier_is(slots, at, seen) -> None:
    last = date(2026, 3, 21)
    satisfied = {(slot.day, slot.name) for slot in (case_clock.slot_at(when, slots) for when in seen)}
    due = case_clock.next_due_at(FIRST, last, slots, satisfied, at)
    if due is not None:
        slot = case_clock.slot_at(due, slots)
        assert slot.starts_at == due and FIRST <= slot.day <= last and (slot.day, slot.name) not in satisfied
    assert due is None or due >= case_clock.slot_at(at, slots).starts_at


@given(at=MOMENTS, wrong_by=st.integers(-10 * 24, 10 * 24), clocks=st.lists(MOMENTS, min_size=1, max_size=5))
def test_a_phone_whose_clock_is_days_wrong_moves_its_own_entry_only(at, wrong_by: int, clocks) -> None:
    def entry(when: datetime) -> Observation:
        slot = case_clock.slot_at(when, SLOTS)
        return Observation(slot.day, slot.name, when, None, asked=True, reached=False, abnormal=False)

    facts = {"first_day": FIRST, "last_day": date(2026, 3, 14), "slots": SLOTS, "closed": False, "at": at}
    right = case_clock.facts_of([entry(when) for when in clocks], **facts)
    wrong = case_clock.facts_of([*map(entry, clocks), entry(clocks[0] + timedelta(hours=wrong_by))], **facts)
    assert right.last_asked_at is not None and wrong.last_asked_at is not None
    assert wrong.last_asked_at >= right.last_asked_at
    assert wrong.last_measured_at is None and wrong.last_abnormal_at is None and wrong.failed_tries == 0

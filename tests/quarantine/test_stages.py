"""Silence and the next look, by property: slots across midnight, weekly visits, late entries, a record begun late."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grid.rules.clock import LOCAL, moment
from quarantine.rules import case_clock, stages
from quarantine.rules.stages import Standing

FIRST = date(2026, 3, 2)  # a Monday
DAILY = case_clock.slots_from(case_clock.DEFAULT_SLOTS)
NIGHT = case_clock.slots_from(
    [{"slot": "noon", "from": "10:00", "until": "14:00"}, {"slot": "night", "from": "20:00", "until": "02:00"}]
)
WEEKLY = case_clock.slots_from([{"slot": "visit", "from": "08:00", "until": "20:00", "grace": 0, "every": 7}])
THIRDS = case_clock.slots_from([{"slot": "visit", "from": "08:00", "until": "20:00", "grace": 0, "every": 3}])
SLOTS = st.sampled_from([DAILY, NIGHT, WEEKLY, THIRDS])
MOMENTS = st.datetimes(datetime(2026, 2, 25), datetime(2026, 4, 20)).map(lambda naive: naive.replace(tzinfo=LOCAL))
STANDINGS = st.builds(
    Standing,
    first_day=st.just(FIRST),
    last_day=st.integers(0, 40).map(lambda days: FIRST + timedelta(days=days)),
    monitoring_from=st.none(),
    watched_from=MOMENTS,
    known_at=st.one_of(st.none(), MOMENTS),
    last_asked_at=st.one_of(st.none(), MOMENTS),
    last_abnormal_at=st.one_of(st.none(), MOMENTS),
    needs=st.frozensets(st.sampled_from(["no_symptoms", "checked"])),
    is_paused=st.sampled_from([False, False, False, True]),
)


def local(day: int, clock: str) -> datetime:
    return moment(date(2026, 3, day), time.fromisoformat(clock))


def standing(**facts) -> Standing:
    begun = {"first_day": FIRST, "last_day": FIRST + timedelta(days=13), "monitoring_from": None}
    return Standing(**(begun | {"watched_from": local(2, "08:00")} | facts))


@pytest.mark.parametrize(
    ("slots", "facts", "silent"),
    [
        (DAILY, {}, local(2, "23:00")),
        (DAILY, {"known_at": local(3, "09:00")}, local(4, "14:00")),
        (DAILY, {"known_at": local(3, "02:00")}, local(3, "23:00")),  # 02:00 is of the evening before
        (DAILY, {"watched_from": local(2, "23:30")}, local(3, "23:00")),  # that evening was over when the record began
        (DAILY, {"watched_from": local(2, "09:00"), "known_at": local(2, "08:50")}, local(3, "14:00")),
        (DAILY, {"known_at": local(14, "09:00")}, local(15, "14:00")),
        (DAILY, {"known_at": local(15, "09:00")}, None),  # one slot is left
        (DAILY, {"is_paused": True}, None),
        (NIGHT, {"known_at": local(3, "01:00")}, local(4, "03:00")),
        (WEEKLY, {"last_day": date(2026, 3, 31)}, local(15, "20:00")),
        (WEEKLY, {}, local(15, "20:00")),
    ],
)
def test_silence_is_two_whole_slots_in_which_nothing_was_learnt(slots, facts, silent) -> None:
    assert stages.silent_at(standing(**facts), slots) == silent


@given(STANDINGS, SLOTS, MOMENTS)
def test_the_next_look_lies_ahead_and_not_a_moment_that_matters_is_missed(case, slots, at) -> None:
    coming = stages.look_at(case, slots, at)
    if case.is_paused:
        assert coming is None
        return
    assert coming is not None and coming > at
    before = coming - timedelta(microseconds=1)
    assert stages.stage_of(case, before) == stages.stage_of(case, at)
    assert stages.is_silent(case, slots, before) in (stages.is_silent(case, slots, at), False)
    if stages.is_release_overdue(case, before):
        assert stages.is_release_overdue(case, at)


@given(STANDINGS, SLOTS)
def test_two_slots_lie_between_the_last_word_and_the_silence(case, slots) -> None:
    silent = stages.silent_at(case, slots)
    if silent is None:
        return
    missed = [
        found
        for number in range((case.last_day - case.first_day).days + 1)
        for slot in slots
        if slot.runs_on(case.first_day + timedelta(days=number))
        and (found := case_clock.slot_on(case.first_day + timedelta(days=number), slot)).grace_until <= silent
        and found.until > case.watched_from
        and (case.known_at is None or found.starts_at > case.known_at)
    ]
    assert len(missed) == 2 and missed[-1].grace_until == silent


@given(STANDINGS, SLOTS, MOMENTS)
def test_a_word_never_brings_the_silence_nearer(case, slots, known) -> None:
    """Entries may come late and in any order: the last word counts, and one of long ago changes nothing."""
    before, words = stages.silent_at(case, slots), [found for found in (case.known_at, known) if found]
    after = stages.silent_at(replace(case, known_at=max(words)), slots)
    assert after is None or (before is not None and after >= before)
    if not case.is_paused and after is not None:
        assert after > known


@given(SLOTS, MOMENTS)
def test_the_slot_that_ended_is_the_newest_whose_grace_is_over(slots, at) -> None:
    ended = case_clock.slot_ended(at, slots)
    following = next(case_clock.slots_after(ended.starts_at, slots))
    assert ended.grace_until <= at < following.grace_until

"""The rules of the case's clock, by property: day edges, midnight slots, entries in any order."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grid.rules.clock import LOCAL, local_day, moment
from quarantine.rules import case_clock
from quarantine.rules.case_clock import Observation

SLOTS = case_clock.slots_from(case_clock.DEFAULT_SLOTS)
NIGHT = case_clock.slots_from(
    [{"slot": "noon", "from": "00:00", "until": "12:00"}, {"slot": "night", "from": "20:00", "until": "02:00"}]
)
FIRST = date(2026, 3, 1)
MOMENTS = st.datetimes(datetime(2026, 2, 27), datetime(2026, 3, 20)).map(lambda naive: naive.replace(tzinfo=LOCAL))


def at(day: int, clock: str) -> datetime:
    return moment(date(2026, 3, day), time.fromisoformat(clock))


def seen(when: datetime, **said) -> Observation:
    slot = case_clock.slot_at(when, SLOTS)
    facts = {"temperature": None, "asked": False, "reached": False, "abnormal": False} | said
    return Observation(day=slot.day, slot=slot.name, observed_at=when, **facts)


def facts(observations, now, closed=False):
    last = case_clock.last_day_of(FIRST, 14)
    return case_clock.facts_of(observations, first_day=FIRST, last_day=last, slots=SLOTS, closed=closed, at=now)


OBSERVATIONS = st.lists(
    st.builds(
        seen,
        MOMENTS,
        temperature=st.one_of(st.none(), st.decimals(34, 43, places=1)),
        asked=st.booleans(),
        reached=st.booleans(),
        abnormal=st.booleans(),
        outcome=st.sampled_from(["", "well", "no_answer"]),
    ),
    max_size=8,
)


def test_fourteen_days_from_the_first_end_on_the_fourteenth() -> None:
    assert case_clock.last_day_of(FIRST, 14) == date(2026, 3, 14)


@pytest.mark.parametrize(
    ("clock", "day", "name"),
    [("06:00", 2, "morning"), ("12:59", 2, "morning"), ("13:00", 2, "evening"), ("23:59", 2, "evening"),
     ("00:00", 1, "evening"), ("02:00", 1, "evening"), ("05:59", 1, "evening")],
)  # fmt: skip
def test_a_moment_belongs_to_the_slot_that_started_last(clock: str, day: int, name: str) -> None:
    slot = case_clock.slot_at(at(2, clock), SLOTS)
    assert (slot.day.day, slot.name) == (day, name)


@pytest.mark.parametrize("slots", [SLOTS, NIGHT])
@given(now=MOMENTS)
def test_the_running_slot_has_begun_within_a_day_and_no_other_began_since(slots, now: datetime) -> None:
    running = case_clock.slot_at(now, slots)
    assert running.starts_at <= now < running.starts_at + timedelta(days=1)
    days = [local_day(now) - timedelta(days=1), local_day(now)]
    begun = [start for day in days for slot in slots if (start := case_clock.slot_on(day, slot).starts_at) <= now]
    assert running.starts_at == max(begun)


def test_a_slot_may_last_past_midnight() -> None:
    assert case_clock.slot_at(at(2, "01:00"), NIGHT).name == "noon"
    assert case_clock.slot_on(date(2026, 3, 1), NIGHT[1]).until == at(2, "02:00")


@pytest.mark.parametrize(
    ("observed", "received", "late"),
    [(at(1, "12:30"), at(1, "12:59"), False), (at(2, "02:00"), at(2, "02:00"), True),
     (at(1, "12:30"), at(1, "15:00"), True), (at(1, "22:01"), at(1, "22:01"), True)],
)  # fmt: skip
def test_an_entry_after_its_slots_hours_is_late(observed: datetime, received: datetime, late: bool) -> None:
    assert case_clock.is_late(observed, received, SLOTS) is late


@given(observations=OBSERVATIONS, now=MOMENTS)
def test_what_is_due_next_is_the_first_slot_not_satisfied_from_the_running_one_on(observations, now) -> None:
    running = case_clock.slot_at(now, SLOTS)
    satisfied = {(row.day, row.slot) for row in observations if row.reached or row.asked or row.temperature is not None}
    period = [FIRST + timedelta(days=number) for number in range(14)]
    wanted = [
        start
        for day in period
        for slot in SLOTS
        if (start := case_clock.slot_on(day, slot).starts_at) >= running.starts_at and (day, slot.name) not in satisfied
    ]
    assert facts(observations, now).next_due_at == min(wanted, default=None)


@given(observations=OBSERVATIONS, now=MOMENTS)
def test_left_now_means_in_the_period_and_not_satisfied_in_the_running_slot(observations, now) -> None:
    running = case_clock.slot_at(now, SLOTS)
    due = facts(observations, now).next_due_at
    done = any(
        (row.day, row.slot) == (running.day, running.name) and (row.reached or row.asked or row.temperature is not None)
        for row in observations
    )
    in_period = FIRST <= running.day <= case_clock.last_day_of(FIRST, 14)
    assert (due is not None and due <= now) == (in_period and not done)


@given(observations=OBSERVATIONS, now=MOMENTS, order=st.randoms())
def test_the_order_in_which_entries_come_changes_nothing(observations, now, order) -> None:
    moments = {row.observed_at for row in observations}
    shuffled = list(observations)
    order.shuffle(shuffled)
    if len(moments) == len(observations):
        assert facts(shuffled, now) == facts(observations, now)


@given(observations=OBSERVATIONS, now=MOMENTS)
def test_a_later_normal_reading_never_silences_an_abnormal_one(observations, now) -> None:
    before = facts(observations, now).last_abnormal_at
    normal = seen(at(19, "12:00"), temperature=Decimal("36.5"), reached=True)
    assert facts([*observations, normal], now).last_abnormal_at == before


@given(observations=OBSERVATIONS, now=MOMENTS)
def test_each_fact_comes_from_its_own_kind_of_entry_only(observations, now) -> None:
    found = facts(observations, now)
    for fact, kind in (
        (found.last_measured_at, lambda row: row.temperature is not None),
        (found.last_asked_at, lambda row: row.asked),
        (found.last_reached_at, lambda row: row.reached),
        (found.last_abnormal_at, lambda row: row.abnormal),
        (found.last_try_at, lambda row: row.outcome),
    ):
        assert fact == max((row.observed_at for row in observations if kind(row)), default=None)


@given(observations=OBSERVATIONS, now=MOMENTS)
def test_a_closed_case_is_never_due(observations, now) -> None:
    assert facts(observations, now, closed=True).next_due_at is None


def test_the_last_evening_is_due_until_the_next_morning_and_nothing_after() -> None:
    assert facts([], at(15, "02:00")).next_due_at == at(14, "13:00")
    assert facts([], at(15, "06:00")).next_due_at is None


@given(reading=st.decimals(34, 43, places=1), at_or_above=st.booleans())
def test_fever_is_at_or_above_or_only_above_as_the_rule_says(reading: Decimal, at_or_above: bool) -> None:
    threshold = Decimal("37.3")
    expected = reading > threshold or (at_or_above and reading == threshold)
    assert case_clock.is_fever(reading, threshold, at_or_above) is expected


def test_contact_is_said_or_an_outcome_of_contact_and_never_a_try_in_vain() -> None:
    assert case_clock.is_contact("", said_reached=True)
    for outcome in ("well", "unwell", "refused", "no_thermometer"):
        assert case_clock.is_contact(outcome, said_reached=False)
    for outcome in ("", "no_answer", "nobody_in", "not_at_home", "wrong_number"):
        assert not case_clock.is_contact(outcome, said_reached=False)


@pytest.mark.parametrize("data", [[], [{"slot": "b", "from": "13:00", "until": "22:00"}] * 2])
def test_slots_that_are_missing_or_start_together_are_refused(data) -> None:
    with pytest.raises(ValueError, match="slots"):
        case_clock.slots_from(data)

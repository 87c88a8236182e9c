"""The clock of an isolation: its days, its slots, what is due, and which facts stand.

Sources: plans V1-V7 for close contacts (14 days, temperature morning and evening, 37.3 ℃); number and comparison are
data of the rule set, because sources differ. Everything here is a function of facts and a clock reading.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from grid.rules.clock import LOCAL, local_day, moment

# The first version of the rules. A place that needs others gets a new version; cases keep the one they began with.
DEFAULT_NAME = "居家隔离医学观察14天"
DEFAULT_ISOLATION_DAYS = 14
DEFAULT_SLOTS = [
    {"slot": "morning", "from": "06:00", "until": "13:00"},
    {"slot": "evening", "from": "13:00", "until": "22:00"},
]
DEFAULT_THRESHOLD = Decimal("37.3")  # ℃, at or above

# A first day further away than this is a slip of the finger (a wrong month or year).
DAYS_BACK, DAYS_AHEAD = 60, 30

LOWEST, HIGHEST = Decimal("34.0"), Decimal("43.0")  # ℃; outside, a thermometer or a finger erred
# Somebody spoke, so there was contact. "Not at home" and the like are tries.
REACHED_OUTCOMES = frozenset({"well", "unwell", "refused", "no_thermometer"})


@dataclass(frozen=True)
class Slot:
    """A time of day in which one check-in is due. `until` at or before `start` means the next morning."""

    name: str
    start: time
    until: time


class SlotOfDay(NamedTuple):
    """A slot on its local day, with the moments at which it starts and after which an entry is late."""

    day: date
    name: str
    starts_at: datetime
    until: datetime


@dataclass(frozen=True)
class Observation:
    """A check-in that stands, as the clock sees it."""

    day: date
    slot: str
    observed_at: datetime
    temperature: Decimal | None
    asked: bool
    reached: bool
    abnormal: bool
    outcome: str = ""
    staff_id: int | None = None


@dataclass(frozen=True)
class Facts:
    """What a case row says of its check-ins. Measured, asked and reached are three facts; none implies another."""

    next_due_at: datetime | None = None
    last_measured_at: datetime | None = None
    last_temperature: Decimal | None = None
    last_asked_at: datetime | None = None
    last_reached_at: datetime | None = None
    last_abnormal_at: datetime | None = None
    last_try_at: datetime | None = None
    last_try_outcome: str = ""
    last_try_by_id: int | None = None


def slots_from(data: Sequence[Mapping[str, str]]) -> tuple[Slot, ...]:
    """The slots of a rule set's data, in order. Raises ValueError where they are empty or out of order."""
    slots = tuple(Slot(row["slot"], time.fromisoformat(row["from"]), time.fromisoformat(row["until"])) for row in data)
    starts = [slot.start for slot in slots]
    if not slots or starts != sorted(set(starts)):
        raise ValueError("slots must be there, each starting after the one before")
    return slots


def is_too_long_ago(first_day: date, today: date) -> bool:
    """Whether a first day lies further back than anybody means."""
    return first_day < today - timedelta(days=DAYS_BACK)


def is_too_far_ahead(first_day: date, today: date) -> bool:
    """Whether a first day lies further ahead than anybody means."""
    return first_day > today + timedelta(days=DAYS_AHEAD)


def last_day_of(first_day: date, isolation_days: int) -> date:
    """The last day: day 1 counts, so 14 days from the 1st end on the 14th."""
    return first_day + timedelta(days=isolation_days - 1)


def is_of_isolation(observed_at: datetime, first_day: date, last_day: date) -> bool:
    """Whether something seen then can belong to the isolation: from the first day to the day after the last one.

    The day after, because the last evening goes on past midnight.
    """
    return first_day <= local_day(observed_at) <= last_day + timedelta(days=1)


def slot_on(day: date, slot: Slot) -> SlotOfDay:
    """The slot on that local day."""
    ends_on = day if slot.until > slot.start else day + timedelta(days=1)
    return SlotOfDay(day, slot.name, moment(day, slot.start), moment(ends_on, slot.until))


def slot_at(at: datetime, slots: Sequence[Slot]) -> SlotOfDay:
    """The slot that started last at the moment: 02:00 belongs to the evening before."""
    day, clock = local_day(at), at.astimezone(LOCAL).time()
    started = [slot for slot in slots if slot.start <= clock]
    return slot_on(day, started[-1]) if started else slot_on(day - timedelta(days=1), slots[-1])


def is_late(observed_at: datetime, received_at: datetime, slots: Sequence[Slot]) -> bool:
    """Whether the entry came after its slot's hours (补录), be it seen late or only typed late."""
    return received_at > slot_at(observed_at, slots).until


def next_due_at(
    first_day: date, last_day: date, slots: Sequence[Slot], satisfied: Collection[tuple[date, str]], at: datetime
) -> datetime | None:
    """Start of the earliest slot, from the running one on, that is not satisfied; None when nothing more is due.

    `satisfied` holds (local day, slot) in which the person was measured, asked or reached. Slots that went by are
    missed, not due. "Left now" is a start that is not after now.
    """
    running = slot_at(at, slots)
    day = max(first_day, running.day)
    while day <= last_day:
        for slot in slots:
            candidate = slot_on(day, slot)
            if candidate.starts_at >= running.starts_at and (day, slot.name) not in satisfied:
                return candidate.starts_at
        day += timedelta(days=1)
    return None


def is_fever(temperature: Decimal | None, threshold: Decimal, at_threshold_is_fever: bool) -> bool:
    """Whether a reading in ℃ is at (where the rule says so) or above the threshold."""
    if temperature is None:
        return False
    return temperature >= threshold if at_threshold_is_fever else temperature > threshold


def is_abnormal(fever: bool, symptoms: Collection[str], outcome: str) -> bool:
    """Fever, any symptom found, or somebody said to be unwell."""
    return fever or bool(symptoms) or outcome == "unwell"


def is_contact(outcome: str, said_reached: bool) -> bool:
    """Whether somebody was reached: said so, or an outcome of contact. Neither a reading nor a question says it."""
    return said_reached or outcome in REACHED_OUTCOMES


def facts_of(
    observations: Iterable[Observation], *, first_day: date, last_day: date, slots: Sequence[Slot], closed: bool,
    at: datetime,
) -> Facts:  # fmt: skip
    """The facts that stand after these check-ins, in whatever order they came. A normal one clears no abnormal one."""
    standing = sorted(observations, key=lambda observation: observation.observed_at)
    latest: dict[str, Any] = {}
    for seen in standing:
        if seen.temperature is not None:
            latest |= {"last_measured_at": seen.observed_at, "last_temperature": seen.temperature}
        if seen.asked:
            latest["last_asked_at"] = seen.observed_at
        if seen.reached:
            latest["last_reached_at"] = seen.observed_at
        if seen.abnormal:
            latest["last_abnormal_at"] = seen.observed_at
        if seen.outcome:
            latest |= {"last_try_at": seen.observed_at, "last_try_outcome": seen.outcome}
            latest["last_try_by_id"] = seen.staff_id
    satisfied = {(seen.day, seen.slot) for seen in standing if seen.reached or seen.asked or seen.temperature}
    due = None if closed else next_due_at(first_day, last_day, slots, satisfied, at)
    return Facts(next_due_at=due, **latest)

"""The clock of an isolation: its days, its slots, what is due, and which facts stand.

Sources: plans V1-V7 for close contacts (14 days, temperature morning and evening, 37.3 ℃); number and comparison are
data of the rule set, because sources differ. Everything here is a function of facts and a clock reading.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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


DEFAULT_GRACE = 60  # minutes after a slot's hours until whoever was not reached is said to be missing


@dataclass(frozen=True)
class Slot:
    """A time of day in which one check-in is due. `until` at or before `start` means the next morning.

    `every` is the number of days from one to the next, the same days for everybody: 1 daily, 7 on Mondays. A slot of
    several days may be answered until the last of them. `grace` is in minutes.
    """

    name: str
    start: time
    until: time
    grace: int = DEFAULT_GRACE
    every: int = 1

    def runs_on(self, day: date) -> bool:
        """Whether it starts on the local day. Days are counted from a Monday, so that 7 means Mondays."""
        return day.toordinal() % self.every == 1 % self.every


class SlotOfDay(NamedTuple):
    """A slot on its local day, with the moments at which it starts and after which an entry is late."""

    day: date
    name: str
    starts_at: datetime
    until: datetime
    grace_until: datetime


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
    call_back_at: datetime | None = None

    @property
    def is_known(self) -> bool:
        """Whether any of the three facts is there: a reading, a question, a contact."""
        return self.reached or self.asked or self.temperature is not None


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
    failed_tries: int = 0  # since somebody was last known to be there
    call_back_at: datetime | None = None  # asked for in the newest entry, and nothing is known since


def slots_from(data: Sequence[Mapping[str, Any]]) -> tuple[Slot, ...]:
    """The slots of a rule set's data, in order. Raises ValueError where they are empty or out of order."""
    slots = tuple(
        Slot(
            row["slot"], time.fromisoformat(row["from"]), time.fromisoformat(row["until"]),
            int(row.get("grace", DEFAULT_GRACE)), int(row.get("every", 1)),
        )
        for row in data
    )  # fmt: skip
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


# How the end follows from the first day: places count from the first day observed, or from the contact before it.
DAY_ONE_LABELS = ("counts", "follows")


def last_day_of(first_day: date, isolation_days: int) -> date:
    """The last day: day 1 counts, so 14 days from the 1st end on the 14th."""
    return first_day + timedelta(days=isolation_days - 1)


def is_of_isolation(observed_at: datetime, first_day: date, last_day: date) -> bool:
    """Whether something seen then can belong to an open isolation: from its first day on.

    Past the last day too, within reach: whoever is not released yet must still be asked, or never could be.
    """
    return first_day <= local_day(observed_at) <= last_day + timedelta(days=DAYS_BACK)


def slot_on(day: date, slot: Slot) -> SlotOfDay:
    """The slot on that local day."""
    ends_on = day + timedelta(days=slot.every - 1 + (slot.until <= slot.start))
    until = moment(ends_on, slot.until)
    return SlotOfDay(day, slot.name, moment(day, slot.start), until, until + timedelta(minutes=slot.grace))


def slot_at(at: datetime, slots: Sequence[Slot]) -> SlotOfDay:
    """The slot that started last at the moment: 02:00 belongs to the evening before."""
    day, clock = local_day(at), at.astimezone(LOCAL).time()
    started = [slot for slot in slots if slot.start <= clock and slot.runs_on(day)]
    while not started:
        day -= timedelta(days=1)
        started = [slot for slot in slots if slot.runs_on(day)]
    return slot_on(day, started[-1])


def coming(at: datetime, clock: time) -> datetime:
    """The next moment at which a local clock shows this: today, or tomorrow where it has passed."""
    today = moment(local_day(at), clock)
    return today if today > at else moment(local_day(at) + timedelta(days=1), clock)


def slots_after(at: datetime, slots: Sequence[Slot]) -> Iterator[SlotOfDay]:
    """The slots that start after the moment, in order, without end."""
    day = local_day(at)
    while True:
        yield from (
            found for slot in slots if slot.runs_on(day) and (found := slot_on(day, slot)).starts_at > at
        )  # fmt: skip
        day += timedelta(days=1)


def silent_at(
    first_day: date, last_day: date, slots: Sequence[Slot], *, known_at: datetime | None, watched_from: datetime
) -> datetime | None:
    """When two whole slots will have gone by, grace and all, in which nothing was learnt of the person.

    `known_at` is the last reading, question or contact. Slots before the first day, after the last one, or before
    somebody watched are nobody's silence. None: there are not two slots left.
    """
    begins = max(watched_from, moment(first_day, time()))
    running = slot_at(begins, slots)
    if known_at is not None and known_at >= running.starts_at:
        coming = slots_after(slot_at(known_at, slots).starts_at, slots)
    else:  # the slot that runs when the record begins counts, where it lies in the period and is not over yet
        coming = slots_after(running.starts_at - timedelta(microseconds=1), slots)
    missed = 0
    for slot in coming:
        if slot.day > last_day:
            return None
        missed += slot.day >= first_day and slot.until > begins
        if missed == 2:
            return slot.grace_until
    return None


def slot_ended(at: datetime, slots: Sequence[Slot]) -> SlotOfDay:
    """The slot that started last of those whose grace is over at the moment: whoever was not reached in it is late."""
    day = local_day(at)
    while True:
        found = (slot_on(day, slot) for slot in slots if slot.runs_on(day))
        ended = [slot for slot in found if slot.grace_until <= at]
        if ended:
            return ended[-1]
        day -= timedelta(days=1)


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
            if not slot.runs_on(day):
                continue
            candidate = slot_on(day, slot)
            if candidate.starts_at >= running.starts_at and (day, slot.name) not in satisfied:
                return candidate.starts_at
        day += timedelta(days=1)
    return None


def is_fever(temperature: Decimal | None, threshold: Decimal | None, at_threshold_is_fever: bool) -> bool:
    """Whether a reading in ℃ is at (where the rule says so) or above the threshold; rules without one know no fever."""
    if temperature is None or threshold is None:
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
        failed = 0 if seen.is_known else latest.get("failed_tries", 0) + bool(seen.outcome)
        latest |= {"failed_tries": failed, "call_back_at": seen.call_back_at}
    satisfied = {(seen.day, seen.slot) for seen in standing if seen.is_known}
    due = None if closed else next_due_at(first_day, last_day, slots, satisfied, at)
    return Facts(next_due_at=due, **latest)

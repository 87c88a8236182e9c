"""Readings that lists bring: judged against the cases, stored as check-ins of the channel "list", taken back.

The list says day and slot, no more: a reading stands in that slot of the person's case by the case's own rules, at the
moment that `rules.sheets.moment_in` says. An open case takes it whose days hold it; a closed one takes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from grid.models import Place
from grid.rules.actors import Actor
from quarantine.actions.check_ins import ManyEntry, Said, record_many
from quarantine.actions.withdrawals import withdraw_many
from quarantine.models import CheckIn, IsolationCase
from quarantine.rules import case_clock, sheets
from quarantine.rules.case_clock import Slot
from quarantine.rules.entries import Entry, standing_of
from quarantine.rules.list_readings import CHANNEL, alerting_since, uuid_of
from residents.lists.readings import Answer, Asked

_AT_ONCE = 1000  # cases in one go: each is locked, and its clock computed anew
_Fact = tuple[int, date, str, Decimal]  # case, day, slot, ℃


@dataclass(frozen=True, slots=True)
class _New:
    """A reading that is to be stored."""

    case: IsolationCase
    fact: _Fact
    observed_at: datetime


@dataclass
class _Book:
    """The cases of some people, and what lists have brought of them already."""

    at: datetime
    cases: dict[int, list[IsolationCase]]
    stored: set[_Fact]
    # By rule set, day and slot, the same few for everybody on the list: what `_moment` says.
    moments: dict[tuple[int, date, str], tuple[bool, datetime | None]] = field(default_factory=dict)

    @classmethod
    def read(cls, resident_ids: set[int], at: datetime) -> "_Book":
        """Two queries."""
        cases: dict[int, list[IsolationCase]] = {}
        found = IsolationCase.unscoped.filter(resident__in=resident_ids).select_related("rule_set").order_by("-pk")
        for case in found:
            cases.setdefault(case.resident_id, []).append(case)
        of_open = [case.pk for one in cases.values() for case in one if case.closed_at is None]
        names = ("pk", "corrects", "withdrawn", "case", "local_day", "slot", "temperature", "channel")
        rows = list(CheckIn.unscoped.filter(case__in=of_open).values_list(*names))
        stands = standing_of(Entry(*row[:3]) for row in rows).stands
        return cls(at, cases, {row[3:7] for row in rows if row[0] in stands and row[7] == CHANNEL})

    def sorted_out(self, row: Asked) -> tuple[Answer, list[_New]]:
        """What is to become of a row, and what is to be stored of it; each reading once."""
        answer, new = Answer(), []
        for day, slot, degrees in row.check_ins:
            if degrees is None:
                answer.in_words += 1
                continue
            case, code, observed_at = self._case_of(row.resident_id, day, slot)
            if case is None or observed_at is None:
                answer.left += 1
                answer.fault = answer.fault or code
                continue
            fact = (case.pk, day, slot, Decimal(f"{degrees:.1f}"))
            if fact in self.stored:
                answer.same += 1
                continue
            self.stored.add(fact)
            new.append(_New(case, fact, observed_at))
            rules = case.rule_set
            answer.abnormal += case_clock.is_fever(fact[3], rules.threshold, rules.at_threshold_is_fever)
        answer.new = len(new)
        return _with_fault(answer), new

    def _case_of(
        self, resident_id: int, day: date, slot: str
    ) -> tuple[IsolationCase | None, str, datetime | None]:  # fmt: skip
        """The open case that holds the slot, with the moment in it; else why there is none."""
        code = "no_isolation"
        for case in self.cases.get(resident_id, []):
            if not case.first_day <= day <= case.last_day:
                continue
            if case.closed_at is not None:
                code = "isolation_closed"
                continue
            key = (case.rule_set_id, day, slot)
            if key not in self.moments:
                self.moments[key] = self._moment(case_clock.slots_from(case.rule_set.slots), day, slot)
            is_known, seen = self.moments[key]
            if is_known:
                return (case, "", seen) if seen else (None, "readings_coming", None)
        return None, code, None

    def _moment(self, slots: tuple[Slot, ...], day: date, slot: str) -> tuple[bool, datetime | None]:
        """Whether there is such a slot on that day, and the moment in it."""
        of_day = sheets.slot_named(day, slot, slots)
        return (False, None) if of_day is None else (True, sheets.moment_in(of_day, slots, self.at))


def _with_fault(answer: Answer) -> Answer:
    if answer.new or answer.same:
        answer.fault = f"readings_left:{answer.left}" if answer.left else ""
    elif not answer.fault and answer.in_words:
        answer.fault = "readings_in_words"
    return answer


def judge(rows: Sequence[Asked], at: datetime) -> list[Answer]:
    """What would become of each row now. Stores nothing; two queries."""
    book = _Book.read({row.resident_id for row in rows}, at)
    return [book.sorted_out(row)[0] for row in rows]


def take_in(
    rows: Sequence[Asked], *, list_id: int, by: Actor, at: datetime, note_progress: Callable[[int], object]
) -> list[Answer]:
    """Stores the readings of a list in the caller's transaction; the same list again finds them stored.

    An alert is raised for readings of today and yesterday alone. Raises PermissionDenied where the actor may not note
    what a row says.
    """
    book = _Book.read({row.resident_id for row in rows}, at)
    answers, entries, row_of = [], [], {}
    for number, row in enumerate(rows):
        answer, new = book.sorted_out(row)
        answers.append(answer)
        for one in new:
            uuid = uuid_of(list_id, *one.fact)
            row_of[uuid] = number
            said = Said(temperature=one.fact[3], channel=CHANNEL)
            entries.append(ManyEntry(one.case.pk, uuid, said, one.observed_at))
    done = 0
    for some in _some_cases_each(entries):
        recorded = record_many(entries=some, by=by, at=at, alert_since=alerting_since(at))
        for uuid in recorded.refused:  # closed in this very moment
            answer = answers[row_of[uuid]]
            answer.new, answer.left = answer.new - 1, answer.left + 1
            answer.fault = f"readings_left:{answer.left}" if answer.new or answer.same else "isolation_closed"
        done += len(some)
        note_progress(done * len(rows) // len(entries))
    return answers


def _some_cases_each(entries: list[ManyEntry]) -> Iterator[list[ManyEntry]]:
    """The entries by case, some cases at a time."""
    entries.sort(key=lambda entry: (entry.case_id, entry.observed_at))
    some: list[ManyEntry] = []
    cases: set[int] = set()
    for entry in entries:
        if entry.case_id not in cases and len(cases) == _AT_ONCE:
            yield some
            some, cases = [], set()
        some.append(entry)
        cases.add(entry.case_id)
    if some:
        yield some


def _brought_by(list_id: int, place: Place, since: datetime) -> list[CheckIn]:
    """The check-ins that a list, taken in for the place at `since`, brought, with their cases."""
    rows = CheckIn.unscoped.filter(received_at=since, channel=CHANNEL, grid__path__startswith=place.path)
    rows = rows.select_related("case__grid", "case__resident__household").order_by("case", "observed_at", "pk")
    return [
        row for row in rows if row.uuid == uuid_of(list_id, row.case_id, row.local_day, row.slot, row.temperature)
    ]  # fmt: skip


def take_back(*, list_id: int, place: Place, since: datetime, by: Actor, at: datetime) -> tuple[int, int]:
    """Takes back what a list brought and nobody touched, of open cases in the place; how many, and how many stay."""
    brought = _brought_by(list_id, place, since)
    here = [row for row in brought if row.case.grid.path.startswith(place.path)]
    back = 0
    for start in range(0, len(here), _AT_ONCE):
        taken = withdraw_many(check_ins=here[start : start + _AT_ONCE], by=by, at=at, place=place)
        back += len(taken)
    return back, len(brought) - back

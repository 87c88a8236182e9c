"""What a pasted text of a chat group says of the people of a grid, and what of it may be recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from grid.models import Place, Staff
from grid.models.place import PlaceQuerySet
from grid.rules.permissions import Permission
from grid.rules.places import Kind
from quarantine.models import IsolationCase
from quarantine.queries.cases import SlotFacts, not_reached, slot_word
from quarantine.queries.stops import Person
from quarantine.rules import case_clock
from quarantine.rules.case_clock import Slot
from quarantine.rules.chat.pairs import OTHER_DAY
from quarantine.rules.group_text import OTHER, SAME, SLOT, Entry, Isolated, Line, read_group_text
from quarantine.rules.sheets import moment_in

MOST_OPTIONS = 8  # people offered for one reading; more would be a list and not a question
# Where the text tells of another time than this slot, one tap would note it for a wrong one.
_NOT_BY_ONE_TAP = (OTHER_DAY,)


@dataclass(frozen=True)
class Option:
    """Who may have a reading, and of which slot: what one tap records."""

    key: str
    person: Person
    slot: str  # as the rules name it; "" is the running one

    @property
    def slot_word(self) -> str:
        """The slot for a reader; "" for the running one."""
        return slot_word(self.slot) if self.slot else ""


@dataclass(frozen=True)
class Found:
    """A reading of the text. `key` is its place: the line's number and which one of the line it is."""

    key: str
    line: Line
    entry: Entry
    options: tuple[Option, ...]
    people: tuple[Person, ...]  # who may be meant, also where no tap is offered

    @property
    def is_sure(self) -> bool:
        """Recorded unless it is left out."""
        return self.entry.is_sure and self.entry.earlier != SAME and len(self.options) == 1

    @property
    def is_again(self) -> bool:
        """Said before with the same value: not recorded a second time."""
        return self.entry.is_sure and self.entry.earlier == SAME

    @property
    def is_asked(self) -> bool:
        """Recorded only by a tap."""
        return not self.is_sure and not self.is_again and bool(self.options)

    @property
    def is_left_open(self) -> bool:
        """Nothing of it can be recorded here."""
        return not self.options and not self.is_again

    @property
    def is_later(self) -> bool:
        """Whether it is asked only because the same person said another value further up."""
        return not self.entry.unclear and self.entry.earlier == OTHER

    @property
    def is_fever(self) -> bool:
        """At or above the threshold of whoever may have it."""
        return any(
            case_clock.is_fever(
                self.entry.value, person.case.rule_set.threshold, person.case.rule_set.at_threshold_is_fever
            )
            for person in self.people
        )


@dataclass(frozen=True)
class Sheet:
    """A text as it was read at a moment, with the people of the grid."""

    at: datetime
    slots: tuple[Slot, ...]
    lines: tuple[Line, ...]
    found: tuple[Found, ...]

    @property
    def sure(self) -> list[Found]:
        """What is recorded unless it is left out."""
        return [one for one in self.found if one.is_sure]

    @property
    def asked(self) -> list[Found]:
        """What is recorded only by a tap."""
        return [one for one in self.found if one.is_asked]

    @property
    def left_open(self) -> list[Found]:
        """Readings that cannot be recorded here."""
        return [one for one in self.found if one.is_left_open]

    @property
    def again(self) -> list[Found]:
        """Repetitions."""
        return [one for one in self.found if one.is_again]

    @property
    def to_look_at(self) -> list[Line]:
        """Lines with words of an illness."""
        return [line for line in self.lines if line.symptoms]

    @property
    def chatter(self) -> list[Line]:
        """Lines without a reading."""
        return [line for line in self.lines if line.text and not line.entries and not line.is_unread]

    @property
    def unread(self) -> list[Line]:
        """Lines that were too long to be read, or behind the end."""
        return [line for line in self.lines if line.is_unread]

    @property
    def stamp(self) -> str:
        """Tells whether the same was shown: differs where the text, the people or the slot are others."""
        told = [(one.key, one.entry, [option.key for option in one.options]) for one in self.found]
        return sha256(repr(told).encode()).hexdigest()[:16]

    def observed_at(self, slot: str) -> datetime:
        """When a reading of a slot of today counts as seen; without a slot it is of now."""
        named = next((one for one in self.slots if one.name == slot), None)
        if named is None:
            return self.at
        today = case_clock.slot_at(self.at, self.slots).day
        return moment_in(case_clock.slot_on(today, named), self.slots, self.at) or self.at


def whole_grids(staff: Staff) -> PlaceQuerySet:
    """The open grids whose round the member of staff may see as a whole: no namesake is out of her sight."""
    grids: PlaceQuerySet = Place.objects.within(staff.paths_with(Permission.SEE_ROUND)).open()
    return grids.filter(kind=Kind.GRID)


def read_sheet(staff: Staff, grid: Place, text: str, at: datetime) -> Sheet:
    """Reads a text for the people in isolation of a grid: three queries, however many they are."""
    people = {person.case.pk: person for person in _people(staff, grid, at)}
    slots = _slots_of(list(people.values()))
    facts = [_facts(person.case) for person in people.values()]
    lines = read_group_text(text, facts, at=at, slots=slots)
    found = [
        _found(f"{line.number}-{place}", line, entry, people, slots)
        for line in lines
        for place, entry in enumerate(line.entries)
    ]
    return Sheet(at, slots, tuple(lines), tuple(found))


def people_left(staff: Staff, grid: Place, at: datetime) -> list[IsolationCase]:
    """Of whom nothing is known yet in the running slot, in walking order."""
    cases = IsolationCase.objects.visible_to(staff, Permission.RECORD_CHECK_IN).filter(
        not_reached(SlotFacts.read(at)), grid=grid, rule_set__threshold__isnull=False
    )
    return list(cases.select_related("resident__household").in_walking_order())


def _people(staff: Staff, grid: Place, at: datetime) -> list[Person]:
    running = SlotFacts.read(at).running
    cases = IsolationCase.objects.visible_to(staff, Permission.RECORD_CHECK_IN).open()
    rows = cases.filter(grid=grid, rule_set__threshold__isnull=False).select_related("resident__household", "rule_set")
    return [
        Person(case, running[case.rule_set_id], at)
        for case in rows.in_walking_order()
        if case_clock.is_of_isolation(at, case.first_day, case.last_day)
    ]


def _slots_of(people: Sequence[Person]) -> tuple[Slot, ...]:
    """The slots that most of them follow; the usual ones where nobody isolates."""
    followed = [case_clock.slots_from(person.case.rule_set.slots) for person in people]
    return max(followed, key=followed.count, default=case_clock.slots_from(case_clock.DEFAULT_SLOTS))


def _facts(case: IsolationCase) -> Isolated:
    person, door = case.resident, case.resident.household
    return Isolated(
        case.pk, person.name, door.pk, door.compound, door.building, door.unit, door.room, person.relation, person.sex
    )


def _found(key: str, line: Line, entry: Entry, people: dict[int, Person], slots: Sequence[Slot]) -> Found:
    meant = tuple(people[case] for case in entry.case_ids)
    can_be_tapped = entry.value is not None and entry.unclear not in _NOT_BY_ONE_TAP and len(meant) <= MOST_OPTIONS
    named = [slot.name for slot in slots] if entry.unclear == SLOT else [entry.slot]
    options = tuple(
        Option(f"{person.case.pk}-{slot}" if slot else str(person.case.pk), person, slot)
        for person in (meant if can_be_tapped else ())
        for slot in named
    )
    return Found(key, line, entry, options, meant)

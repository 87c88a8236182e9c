"""Today's round: what is due at which door, in walking order. A stop is a door."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grid.models import Place, Staff
from grid.models.place import building_in_words
from grid.queries.places import grids_of
from grid.rules.clock import LOCAL, local_day, moment
from grid.rules.permissions import Permission
from quarantine.models import IsolationCase
from quarantine.queries.cases import SlotFacts, abnormal_today, not_reached, with_family
from quarantine.rules import case_clock
from quarantine.rules.case_clock import SlotOfDay
from residents.models import Household
from residents.models.resident import CARE_TAG_LABELS


@dataclass
class Person:
    """An isolated person of a stop, and what is known of her in the running slot."""

    case: IsolationCase
    slot: SlotOfDay

    def _in_slot(self, moment_of_fact: datetime | None) -> bool:
        return moment_of_fact is not None and moment_of_fact >= self.slot.starts_at

    @property
    def is_due(self) -> bool:
        """Whether the running slot lies in the person's period."""
        return self.case.first_day <= self.slot.day <= self.case.last_day

    @property
    def is_measured(self) -> bool:
        """Measured in the running slot."""
        return self._in_slot(self.case.last_measured_at)

    @property
    def is_reached(self) -> bool:
        """Reached in the running slot."""
        return self._in_slot(self.case.last_reached_at)

    @property
    def is_asked(self) -> bool:
        """Asked about symptoms in the running slot."""
        return self._in_slot(self.case.last_asked_at)

    @property
    def is_known(self) -> bool:
        """Measured, asked or reached in the running slot."""
        return self.is_measured or self.is_asked or self.is_reached

    @property
    def is_left(self) -> bool:
        """Due, and none of the three facts is there."""
        return self.is_due and not self.is_known

    @property
    def is_abnormal(self) -> bool:
        """Something abnormal was observed today."""
        day_began = moment(self.slot.day, datetime.min.time())
        return self.case.last_abnormal_at is not None and self.case.last_abnormal_at >= day_began

    @property
    def abnormal_temperature(self) -> Decimal | None:
        """The reading that was abnormal, in ℃; None where it was something else, or another reading came since."""
        same = self.case.last_measured_at == self.case.last_abnormal_at
        return self.case.last_temperature if same else None

    @property
    def tried_in_vain(self) -> bool:
        """The last try in the running slot reached nobody, and nothing is known by another way."""
        vain = self.case.last_try_outcome not in case_clock.REACHED_OUTCOMES
        return self._in_slot(self.case.last_try_at) and vain and not self.is_known

    @property
    def state(self) -> str:
        """What is known in the running slot, in a word: the reading, reached or asked only, or nothing."""
        if self.is_measured:
            return f"{self.case.last_temperature}℃"
        if self.is_reached:
            return _("Reached, not measured")
        return _("Asked, not measured") if self.is_asked else _("Not reached")

    @property
    def detail(self) -> str:
        """Day 5/14 and the last reading."""
        words = _("day %(number)s/%(total)s") % {"number": self.day_number, "total": self.case.days_in_all}
        if self.case.last_measured_at is None:
            return words
        seen = self.case.last_measured_at.astimezone(LOCAL)
        when = seen.strftime("%H:%M")
        if seen.date() != self.slot.day:
            when = f"{date_format(seen, 'MONTH_DAY_FORMAT')} {when}"
        return f"{words} · {self.case.last_temperature}℃ {when}"

    @property
    def tags(self) -> list[dict[str, str]]:
        """Care tags, each a word."""
        labels = dict(CARE_TAG_LABELS)
        return [{"word": str(labels.get(tag, tag)), "kind": "care"} for tag in self.case.resident.care_tags]

    @property
    def day_number(self) -> int:
        """Which day of the isolation the slot's day is."""
        return self.case.day_number(self.slot.day)


@dataclass
class Stop:
    """A door with isolated people."""

    household: Household
    people: list[Person]
    may_record: bool  # whether the reader may note anything at this door
    may_ask: bool  # … and ask for supplies

    @property
    def short(self) -> str:
        """The door within its building: `1-502`."""
        return "-".join(part for part in (self.household.unit, self.household.room) if part) or self.household.door

    @property
    def left(self) -> list[Person]:
        """Of whom nothing is known yet."""
        return [person for person in self.people if person.is_left]

    @property
    def unasked(self) -> list[Person]:
        """Who was measured or reached, but not asked about symptoms yet."""
        return [person for person in self.people if person.is_due and person.is_known and not person.is_asked]


@dataclass
class Building:
    """The stops left in one building."""

    name: str
    stops: list[Stop]


@dataclass
class Round:
    """One grid's round in the running slot."""

    grid: Place
    slot: SlotOfDay
    at: datetime
    stops: list[Stop] = field(default_factory=list)

    @property
    def stops_left(self) -> list[Stop]:
        """Doors with somebody left, in walking order."""
        return [stop for stop in self.stops if stop.left]

    @property
    def stops_done(self) -> list[Stop]:
        """Doors where something is known of everybody due."""
        return [stop for stop in self.stops if not stop.left]

    @property
    def people_left(self) -> int:
        """How many people are left."""
        return sum(len(stop.left) for stop in self.stops)

    @property
    def abnormal(self) -> list[Person]:
        """People with something abnormal today, in walking order."""
        return [person for stop in self.stops for person in stop.people if person.is_abnormal]

    def stop_of(self, household_id: int | None) -> Stop | None:
        """The stop of a door."""
        return next((stop for stop in self.stops if stop.household.pk == household_id), None)

    def stop_after(self, household_id: int | None) -> Stop | None:
        """The stop to open after a deed at this door: the same while somebody is left, else the next one walked to.

        Behind the last door it starts again with the first that is left.
        """
        keys = [stop.household.pk for stop in self.stops]
        start = keys.index(household_id) if household_id in keys else 0
        return next((stop for stop in [*self.stops[start:], *self.stops[:start]] if stop.left), None)

    def buildings_left(self, without: Stop | None) -> list[Building]:
        """The stops left other than the open one, by building."""
        stops = [stop for stop in self.stops_left if stop is not without]
        by_building = groupby(stops, key=lambda stop: building_of(stop.household))
        return [Building(name, list(found)) for name, found in by_building]


@dataclass(frozen=True)
class GridLeft:
    """A grid of the table: doors and people left."""

    grid: Place
    doors: int
    people: int


def grids_of_round(staff: Staff) -> list[Place]:
    """The open grids whose round the member of staff may see, in administrative order."""
    return list(grids_of(staff, Permission.SEE_ROUND))


def grid_of_door(staff: Staff, household_id: int) -> int | None:
    """The grid of a door in sight, or None."""
    doors = Household.objects.visible_to(staff, Permission.SEE_ROUND)
    found: int | None = doors.filter(pk=household_id).values_list("grid_id", flat=True).first()
    return found


def round_of(staff: Staff, grid: Place, facts: SlotFacts, at: datetime) -> Round:
    """The round of one grid: one query, bounded by the grid's open cases."""
    cases = _with_door(IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).open().filter(grid=grid))
    default = slot_of_page(facts, at)
    people = [Person(case, facts.running[case.rule_set_id]) for case in cases.in_walking_order()]
    people = [person for person in people if person.is_due or person.is_abnormal]
    doors = (list(group) for _key, group in groupby(people, key=lambda who: who.case.resident.household_id))
    stops = [_stop(staff, found) for found in doors]
    return Round(grid, people[0].slot if people else default, at, stops)


def _stop(staff: Staff, people: list[Person]) -> Stop:
    case = people[0].case
    may_record = staff.may_at_door(Permission.RECORD_CHECK_IN, case)
    return Stop(case.resident.household, people, may_record, staff.may_at_door(Permission.RECORD_SUPPLIES, case))


def table_of_grids(staff: Staff, grids: Iterable[Place], facts: SlotFacts) -> list[GridLeft]:
    """Doors and people left in each grid: one query."""
    cases = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).filter(not_reached(facts))
    counts = {
        row["grid"]: row
        for row in cases.values("grid").annotate(doors=Count("resident__household", distinct=True), people=Count("pk"))
    }
    nobody = {"doors": 0, "people": 0}
    return [
        GridLeft(grid, counts.get(grid.pk, nobody)["doors"], counts.get(grid.pk, nobody)["people"]) for grid in grids
    ]


def abnormal_people(staff: Staff, facts: SlotFacts) -> list[Person]:
    """Everybody in sight with something abnormal today: one query."""
    cases = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).filter(abnormal_today(facts))
    return [Person(case, facts.running[case.rule_set_id]) for case in _with_door(cases).in_walking_order()]


def headline(slot: SlotOfDay, doors: int, people: int, at: datetime) -> str:
    """The first line of the page: what is left this morning or evening."""
    is_before_today = slot.day < local_day(at)
    if doors == 0:
        return {
            "morning": _("This morning: everybody done"),
            "evening": _("Last evening: everybody done") if is_before_today else _("This evening: everybody done"),
        }.get(slot.name, _("Everybody done"))
    words = {
        "morning": _("This morning: %(doors)s doors, %(people)s people left"),
        "evening": _("Last evening: %(doors)s doors, %(people)s people left")
        if is_before_today
        else _("This evening: %(doors)s doors, %(people)s people left"),
    }.get(slot.name, _("%(doors)s doors, %(people)s people left"))
    return words % {"doors": doors, "people": people}


def _with_door(cases: QuerySet[IsolationCase]) -> Any:
    """Each case with its person and door, whom of the family to ring, and who tried last."""
    return with_family(cases).select_related("resident__household", "grid", "last_try_by")


def slot_of_page(facts: SlotFacts, at: datetime) -> SlotOfDay:
    """The slot that a page speaks of: the newest rule set's, or the default rules' where no case was opened yet."""
    default = case_clock.slots_from(case_clock.DEFAULT_SLOTS)
    return next(reversed(facts.running.values()), case_clock.slot_at(at, default))


def building_of(household: Household) -> str:
    """The building in words, as one walks: 望江花园 3栋; empty where the door names none."""
    return building_in_words(household.compound, household.building)

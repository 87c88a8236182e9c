"""Today's round: what is due at which door, in walking order. A stop is a door."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, OuterRef, Q, QuerySet, When
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from grid.models import Place, Staff
from grid.queries.places import grids_of
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.models import Alert, IsolationCase, SupplyLine, SupplyRequest
from quarantine.queries.alerts import walked
from quarantine.queries.cases import SlotFacts, abnormal_today, not_reached, with_family
from quarantine.queries.headline import Share
from quarantine.queries.papers import valid_paper, without_notice
from quarantine.queries.questions import to_ask
from quarantine.queries.releases import ending_soon
from quarantine.queries.samples import to_be_tested
from quarantine.queries.stops import Building, Person, Stop, building_of
from quarantine.rules import case_clock
from quarantine.rules.case_clock import SlotOfDay
from residents.models import Contact, Household

WALK, PHONE = "walk", "phone"
ORDERS = (WALK, PHONE)


@dataclass
class Round:
    """One grid's round in the running slot, in the order in which it is walked or rung."""

    grid: Place
    slot: SlotOfDay
    at: datetime
    stops: list[Stop] = field(default_factory=list)  # in walking order
    order: str = WALK

    @property
    def stops_left(self) -> list[Stop]:
        """Doors with somebody left, in the chosen order."""
        left = [stop for stop in self.stops if stop.left]
        return sorted(left, key=lambda stop: stop.phone_rank) if self.order == PHONE else left

    @property
    def stops_done(self) -> list[Stop]:
        """Doors where something is known of everybody due and nothing else is to be done."""
        return [stop for stop in self.stops if not stop.left and not stop.has_errands]

    @property
    def errands(self) -> list[Stop]:
        """Doors where everybody is known, but a sample or a delivery is still due."""
        return [stop for stop in self.stops if not stop.left and stop.has_errands]

    @property
    def isolation(self) -> Share | None:
        """What is left of those who isolate; None where there are visits only."""
        nobody = None if self.visits else Share(self.slot, 0, 0)
        return self._share(is_care=False) or nobody

    @property
    def visits(self) -> Share | None:
        """What is left of the visits; None where nobody is visited."""
        return self._share(is_care=True)

    def _share(self, *, is_care: bool) -> Share | None:
        people = [one for stop in self.stops for one in stop.people if one.is_care == is_care and one.is_due]
        if not people:
            return None
        left = [person for person in people if person.is_left]
        slot = people[0].slot
        if len({(person.slot.day, person.slot.name) for person in people}) > 1:
            slot = slot._replace(name="")  # rules of several kinds run at once
        return Share(slot, len({person.case.resident.household_id for person in left}), len(left))

    @property
    def missing(self) -> int:
        """How many are left though their slot and its grace are over."""
        return sum(person.is_missing for stop in self.stops for person in stop.people)

    @property
    def urgent(self) -> list[Person]:
        """People with something abnormal today or an urgent alert, in walking order."""
        return [person for stop in self.stops for person in stop.people if person.is_urgent]

    def stop_of(self, household_id: int | None) -> Stop | None:
        """The stop of a door."""
        return next((stop for stop in self.stops if stop.household.pk == household_id), None)

    def stop_after(self, household_id: int | None) -> Stop | None:
        """The stop to open after a deed at this door: the same while somebody is left, else the next one."""
        here = self.stop_of(household_id)
        return here if here is not None and not here.waits else self.next_stop(here)

    def next_stop(self, here: Stop | None) -> Stop | None:
        """The next door with somebody left: rung first, or walked to; behind the last one it starts again.

        Doors that wait for an agreed moment come when nothing else is left.
        """
        around = self.stops_left
        if self.order == WALK and here is not None:
            place = self.stops.index(here)
            around = [stop for stop in [*self.stops[place + 1 :], *self.stops[:place]] if stop.left]
        others = [stop for stop in around if stop is not here]
        return next((stop for stop in others if not stop.waits), next(iter(others), None))

    def buildings_left(self, without: Stop | None) -> list[Building]:
        """The stops left other than the open one, by building; in the order of ringing all in one."""
        stops = [stop for stop in self.stops_left if stop is not without]
        if self.order == PHONE:
            return [Building(_("In the order of ringing"), stops)] if stops else []
        by_building = groupby(stops, key=lambda stop: building_of(stop.household))
        return [Building(name, list(found)) for name, found in by_building]


@dataclass(frozen=True)
class GridLeft:
    """A grid of the table: doors and people left of those who isolate, and people to visit."""

    grid: Place
    doors: int
    people: int
    visits: int
    is_walked: bool  # whether somebody works the whole grid


@dataclass(frozen=True)
class Ahead:
    """What a lead's day brings besides the rounds, in people."""

    overdue: int
    ending: int
    to_test: int
    without_notice: int


def grids_of_round(staff: Staff) -> list[Place]:
    """The open grids whose round the member of staff may see, in administrative order."""
    return list(grids_of(staff, Permission.SEE_ROUND))


def grid_of_door(staff: Staff, household_id: int) -> int | None:
    """The grid of a door in sight, or None."""
    doors = Household.objects.visible_to(staff, Permission.SEE_ROUND)
    found: int | None = doors.filter(pk=household_id).values_list("grid_id", flat=True).first()
    return found


def round_of(staff: Staff, grid: Place, facts: SlotFacts, at: datetime, order: str = WALK) -> Round:
    """The round of one grid: six queries, bounded by the grid's open cases, requests and alerts."""
    cases = _with_door(IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).open().filter(grid=grid))
    alerts = _open_alerts(staff, grid=grid)
    people = [
        Person(case, facts.running[case.rule_set_id], at, alerts.get(case.pk, [])) for case in cases.in_walking_order()
    ]
    people = [person for person in people if person.is_on_round]
    asked = to_ask(staff, [person.case.pk for person in people], at)
    for person in people:
        person.questions = asked.get(person.case.pk, [])
    doors = (list(group) for _key, group in groupby(people, key=lambda who: who.case.resident.household_id))
    supplies = _open_supplies(staff, grid)
    stops = [_stop(staff, found, supplies) for found in doors]
    isolating = [person for person in people if person.is_due and not person.is_care] or people
    return Round(grid, isolating[0].slot if isolating else slot_of_page(facts, at), at, stops, order)


def _stop(staff: Staff, people: list[Person], supplies: dict[int, list[SupplyRequest]]) -> Stop:
    case = people[0].case
    door = case.resident.household
    may_record = staff.may_at_door(Permission.RECORD_CHECK_IN, case)
    may_ask = staff.may_at_door(Permission.RECORD_SUPPLIES, case)
    return Stop(door, people, may_record, may_ask, supplies.get(door.pk, []))


def _open_alerts(staff: Staff, **among: Any) -> dict[int, list[Alert]]:
    """The open alerts about people of a grid (`grid=`) or of cases (`case__in=`), by case: one query."""
    rows = Alert.objects.visible_to(staff, Permission.SEE_ROUND).open().filter(**among).exclude(case=None)
    found: dict[int, list[Alert]] = {}
    for alert in rows.select_related("taken_by").order_by("raised_at", "pk"):
        found.setdefault(alert.case_id or 0, []).append(alert)
    return found


def _open_supplies(staff: Staff, grid: Place) -> dict[int, list[SupplyRequest]]:
    """What was not brought yet in the grid, by door, each with its lines (`things`): one query."""
    lines = SupplyLine.objects.filter(request=OuterRef("pk")).order_by("pk")
    things = ArraySubquery(lines.values(line=JSONObject(item="item", quantity="quantity", unit="unit")))
    rows = SupplyRequest.objects.visible_to(staff, Permission.SEE_SUPPLIES).open().filter(grid=grid)
    found: dict[int, list[SupplyRequest]] = {}
    for request in rows.urgent_first().annotate(things=things):
        found.setdefault(request.household_id, []).append(request)
    return found


def ahead(staff: Staff, at: datetime) -> Ahead | None:
    """How many are on each list that a lead works off, in three queries; None where nobody is, or decides nothing."""
    if not staff.posts_with(Permission.DECIDE_CASES):
        return None
    today, going_on = local_day(at), Q(paused_at=None)
    ends = ending_soon(staff, at).aggregate(
        overdue=Count("pk", filter=going_on & Q(last_day__lt=today)),
        ending=Count("pk", filter=going_on & Q(last_day=today)),
    )
    found = Ahead(**ends, to_test=to_be_tested(staff, at).count(), without_notice=without_notice(staff).count())
    return found if any(vars(found).values()) else None


def table_of_grids(staff: Staff, grids: Sequence[Place], facts: SlotFacts, at: datetime) -> list[GridLeft]:
    """Doors and people left in each grid, and whether it has a worker: two queries."""
    cases = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).filter(not_reached(facts))
    visited = Q(rule_set__in=facts.care)
    counts = {
        row["grid"]: row
        for row in cases.values("grid").annotate(
            doors=Count("resident__household", distinct=True, filter=~visited),
            people=Count("pk", filter=~visited),
            visits=Count("pk", filter=visited),
        )
    }
    nobody = {"doors": 0, "people": 0, "visits": 0}
    rows = ((grid, counts.get(grid.pk, nobody)) for grid in grids)
    has_worker = walked({grid.pk: grid.path for grid in grids}, at)
    return [GridLeft(grid, row["doors"], row["people"], row["visits"], grid.pk in has_worker) for grid, row in rows]


def abnormal_people(staff: Staff, facts: SlotFacts, at: datetime) -> list[Person]:
    """Everybody in sight with something abnormal today, and what of it is still open: four queries at most."""
    cases = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).filter(abnormal_today(facts))
    rows = list(_with_door(cases).in_walking_order())
    alerts = _open_alerts(staff, case__in=[case.pk for case in rows])
    return [Person(case, facts.running[case.rule_set_id], at, alerts.get(case.pk, [])) for case in rows]


def _with_door(cases: QuerySet[IsolationCase]) -> Any:
    """Each case with its person, door and rules, whom to ring for her, who tried last and what was noted last."""
    contacts = Contact.unscoped.filter(resident=OuterRef("resident")).exclude(phones=[]).order_by("pk")
    line = JSONObject(name="name", phones="phones", relation="relation", has_key="has_key", may_report="may_report")
    tried = Q(last_try_at__isnull=False)
    ways = When(tried | Q(resident__phones=[]), then=ArraySubquery(contacts.values(line=line)))
    rows = with_family(cases, also=tried).annotate(
        contacts_to_ring=Case(ways),
        has_notice=valid_paper("isolation_notice"),
    )
    # The few grids and rules are read once each: with every case again they are a seventh of what the page costs.
    rows = rows.prefetch_related("grid", "rule_set")
    return rows.select_related("resident__household", "last_try_by", "last_check_in")


def slot_of_page(facts: SlotFacts, at: datetime) -> SlotOfDay:
    """The slot that a page speaks of: the newest rules of isolation, or the default ones where there are none yet."""
    default = case_clock.slots_from(case_clock.DEFAULT_SLOTS)
    of_isolation = [slot for key, slot in facts.running.items() if key not in facts.care]
    return of_isolation[-1] if of_isolation else case_clock.slot_at(at, default)

"""Whatever is done to people, doors and places, in whatever order: nobody is lost, nobody is doubled, and what was
stays where it was."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grid.actions.audit import EditedMeanwhile, reserve_id
from grid.actions.place_changes import merge_places, move_buildings, reopen_place, split_place
from grid.actions.places import close_place
from grid.models import AuditRecord, Place
from grid.queries.place_changes import Plan, buildings_of, look
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from grid.rules.places import Kind
from quarantine.models import CheckIn, IsolationCase, SupplyRequest
from residents.actions import joining, leaving, merges, moves, offers
from residents.actions.history import CannotUndo, undo_change
from residents.actions.households import add_household
from residents.actions.move_undo import undo_move
from residents.actions.people import AlreadyRegistered
from residents.actions.residents import add_resident, edit_resident
from residents.models import Contact, Household, Merge, MoveOffer, Resident
from residents.queries.history import change_of
from residents.rules.addresses import Door
from residents.rules.id_numbers import IdNumber, canonical
from residents.rules.merging import BOTH, KEPT, may_join, undecided
from residents.rules.people import PersonFacts
from tests.factories.grid import make_place, make_staff
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_id_number
from tests.factories.supplies import make_supply_request
from tests.grid.place_invariants import assert_places_are_sound

# A refusal in words is an answer like another: what counts is that nothing is half done.
REFUSALS = (ValidationError, EditedMeanwhile, AlreadyRegistered, joining.CannotPart)


class Register:
    """Two streets, the deeds that the register knows, and a book of who must be in it."""

    def __init__(self) -> None:
        self.at = timezone.now()
        district = make_place(Kind.DISTRICT)
        self.streets = [make_place(Kind.STREET, district) for _number in range(2)]
        for street in self.streets:
            make_staff(Role.COMMUNITY_LEAD, street)  # who could answer an offer
            for _number in range(2):
                community = make_place(Kind.COMMUNITY, street)
                make_place(Kind.GRID, community)
                make_place(Kind.GRID, community)
        self.living: set[int] = set()
        self.left: set[int] = set()
        self.merged: dict[int, int] = {}
        self.past: dict[int, int] = {}  # check-in → the grid where it happened
        self.codes = 0

    # -- choosing -------------------------------------------------------------------------------------------------

    def grid(self, number: int, street: Place | None = None) -> Place:
        grids = Place.objects.open().filter(kind=Kind.GRID).select_related("parent").order_by("pk")
        found = list(grids.filter(street=street) if street else grids)
        return found[number % len(found)]

    def person(self, number: int) -> Resident | None:
        keys = sorted(self.living)
        return self.read(keys[number % len(keys)]) if keys else None

    def read(self, key: int) -> Resident:
        return Resident.unscoped.select_related("household__grid", "grid").get(pk=key)

    def household(self, number: int) -> Household | None:
        found = list(Household.unscoped.current().select_related("grid").order_by("pk"))
        return found[number % len(found)] if found else None

    def arrival(self, number: int, street_id: int) -> moves.Arrival:
        """With others where the number is even, in a household of their own where it is odd."""
        there = list(Household.unscoped.current().filter(street=street_id, grid__closed_at=None).order_by("pk"))
        if number % 2 == 0 and there:
            beside = there[number // 2 % len(there)]
            door = Door(beside.compound, beside.building, beside.unit, beside.room)
            return moves.Arrival(beside.grid, door, beside.pk, reserve_id(Household))
        grid = self.grid(number, Place.objects.get(pk=street_id))
        return moves.Arrival(grid, self.door(number), None, reserve_id(Household))

    def door(self, number: int) -> Door:
        return Door("望江花园", str(number % 3 + 1), "1", str(101 + number % 7))

    # -- deeds ----------------------------------------------------------------------------------------------------

    def add_household(self, one: int, other: int) -> None:
        facts = [self.facts(one + place) for place in range(other % 3 + 1)]
        key = reserve_id(Household)
        grid, door = self.grid(one), self.door(other)
        add_household(key=key, grid=grid, door=door, note="", people=facts, by=SYSTEM, at=self.at)
        self.living |= set(Resident.unscoped.filter(household=key).values_list("pk", flat=True))

    def facts(self, number: int) -> PersonFacts:
        read = canonical(make_id_number(date(1960, 1, 1) + timedelta(days=number % 9000))) if number % 3 else None
        number_read = read if isinstance(read, IdNumber) else None
        phone = f"1990000{number % 9999:04}"
        return PersonFacts(name=f"人{'甲乙丙丁'[number % 4]}", id_number=number_read, phones=(phone,))

    def add_person(self, one: int, other: int) -> None:
        if household := self.household(one):
            key = reserve_id(Resident)
            add_resident(key=key, household=household, facts=self.facts(other), by=SYSTEM, at=self.at)
            self.living.add(key)

    def move_person(self, one: int, other: int) -> None:
        if person := self.person(one):
            to = self.arrival(other, person.street_id)
            moves.move_resident(resident=person, version=person.version, to=to, by=SYSTEM, at=self.at)

    def move_household(self, one: int, other: int) -> None:
        if household := self.household(one):
            to = self.arrival(other, household.street_id)
            moves.move_household(household=household, version=household.version, to=to, by=SYSTEM, at=self.at)

    def to_another_street(self, one: int, other: int) -> None:
        person = self.person(one)
        if person is None:
            return
        street = next(street for street in self.streets if street.pk != person.street_id)
        offer = offers.offer_move(
            household=person.household, resident=person if other % 2 else None, to_place=street, door=self.door(other),
            note="", uuid=uuid4(), by=SYSTEM, at=self.at,
        )  # fmt: skip
        if other % 5 == 0:
            offers.withdraw_offer(offer=offer, by=SYSTEM, at=self.at)
        elif other % 5 < 3:
            self.accept(offer, other)

    def accept(self, offer: MoveOffer, other: int) -> None:
        to = self.arrival(other, offer.to_place_id)
        offers.accept_offer(offer=offer, version=offer.version, to=to, by=SYSTEM, at=self.at)

    def answer(self, one: int, other: int) -> None:
        """What was left open some deeds ago: they may have moved, left, or be one with somebody else."""
        waiting = list(MoveOffer.unscoped.filter(state="open").select_related("to_place").order_by("pk"))
        if waiting:
            self.accept(waiting[one % len(waiting)], other)

    def move_back(self, one: int, other: int) -> None:
        moves_made = AuditRecord.objects.filter(deed__in=["resident_moved", "household_moved"]).order_by("-pk")
        if moves_made:
            undo_move(move=moves_made[one % min(len(moves_made), 3)], by=SYSTEM, at=self.at)

    def edit(self, one: int, other: int) -> None:
        if person := self.person(one):
            edit_resident(resident=person, version=person.version, facts=self.facts(other), by=SYSTEM, at=self.at)

    def undo(self, one: int, other: int) -> None:
        """Any change of anybody or of any door, from the history."""
        subject = self.person(one) if other % 2 else self.household(one)
        rows = type(subject).pgh_event_model.objects.filter(pgh_obj_id=subject.pk) if subject else []
        keys = [row.pgh_id for row in rows]
        if keys and (found := change_of(subject, keys[other % len(keys)])):
            change, with_number = found
            with suppress(CannotUndo):
                undo_change(
                    subject=subject, change=change, with_number=with_number, version=subject.version, by=SYSTEM,
                    at=self.at,
                )  # fmt: skip

    def reopen(self, one: int, other: int) -> None:
        closed = list(Place.objects.exclude(closed_at=None).select_related("parent").order_by("pk"))
        if closed:
            place = closed[one % len(closed)]
            reopen_place(place=place, version=place.version, by=SYSTEM, at=self.at)

    def split(self, one: int, other: int) -> None:
        if household := self.household(one):
            people = list(Resident.unscoped.current().filter(household=household).order_by("pk"))
            joining.split_household(
                household=household, version=household.version, key=reserve_id(Household),
                people=[person.pk for person in people[: max(len(people) // 2, 1)]], head=None,
                grid=self.grid(other, Place.objects.get(pk=household.street_id)), door=self.door(other), by=SYSTEM,
                at=self.at,
            )  # fmt: skip

    def join(self, one: int, other: int) -> None:
        kept, gone = self.household(one), self.household(other)
        if kept and gone and kept.pk != gone.pk and kept.street_id == gone.street_id:
            versions = {"kept_version": kept.version, "other_version": gone.version}
            joining.join_households(kept=kept, other=gone, **versions, by=SYSTEM, at=self.at)

    def part(self, one: int, other: int) -> None:
        gone = list(Household.unscoped.exclude(merged_into=None).order_by("pk"))
        if gone:
            joining.part_households(other=gone[one % len(gone)], by=SYSTEM, at=self.at)

    def merge(self, one: int, other: int) -> None:
        kept, gone = self.person(one), self.person(other)
        if kept is None or gone is None or kept.pk == gone.pk:
            return
        mine, theirs = merges.values_of(kept), merges.values_of(gone)
        asked = undecided(mine, theirs)
        choices = {name: BOTH if other % 2 and may_join(name, mine, theirs) else KEPT for name in asked}
        versions = (kept.version, gone.version)
        merges.merge_people(kept=kept, duplicate=gone, versions=versions, choices=choices, by=SYSTEM, at=self.at)
        self.living.discard(gone.pk)
        self.merged[gone.pk] = kept.pk

    def unmerge(self, one: int, other: int) -> None:
        standing = list(Merge.unscoped.filter(undone_at=None).select_related("kept", "duplicate").order_by("pk"))
        if standing:
            merge = standing[one % len(standing)]
            merges.take_merge_back(merge=merge, by=SYSTEM, at=self.at)
            del self.merged[merge.duplicate_id]
            self.living.add(merge.duplicate_id)

    def leave(self, one: int, other: int) -> None:
        if person := self.person(one):
            reason = "died" if other % 3 == 0 else "moved_out"
            leaving.leave(
                household=person.household, people={person.pk: person.version}, reason=reason, on=date(2026, 11, 1),
                where="", by=SYSTEM, at=self.at,
            )  # fmt: skip
            self.living.discard(person.pk)
            self.left.add(person.pk)

    def come_back(self, one: int, other: int) -> None:
        if self.left:
            person = self.read(sorted(self.left)[one % len(self.left)])
            to = self.arrival(other, person.street_id) if other % 2 else None
            leaving.come_back(resident=person, version=person.version, to=to, by=SYSTEM, at=self.at)
            self.left.discard(person.pk)
            self.living.add(person.pk)

    def isolate(self, one: int, other: int) -> None:
        person = self.person(one)
        if person is None:
            return
        case = IsolationCase.unscoped.open().filter(resident=person).first()
        case = case or make_case(resident=person, at=self.at)
        entry = make_check_in(case, at=self.at, temperature="36.5")
        self.past[entry.pk] = entry.grid_id

    def ask_for_supplies(self, one: int, other: int) -> None:
        if person := self.person(one):
            make_supply_request(at=self.at, household=person.household, resident=person, items=("大米",))
            Contact.unscoped.create(resident=person, grid_id=person.grid_id, name="邻居", relation="neighbour")

    def merge_grids(self, one: int, other: int) -> None:
        place = self.grid(one)
        plan = Plan(place, into=self.grid(other, place.street))
        merge_places(plan=plan, seen=look(plan, self.at).stamp, by=SYSTEM, at=self.at)

    def split_grid(self, one: int, other: int) -> None:
        place = self.grid(one)
        keys = tuple(buildings_of(place))[:1]
        self.codes += 1
        plan = Plan(place, code=f"9{self.codes:011}", name=f"新网格{self.codes}", buildings=keys)
        split_place(plan=plan, seen=look(plan, self.at).stamp, by=SYSTEM, at=self.at)

    def move_a_building(self, one: int, other: int) -> None:
        place = self.grid(one)
        plan = Plan(place, into=self.grid(other, place.street), buildings=tuple(buildings_of(place))[:1])
        move_buildings(plan=plan, seen=look(plan, self.at).stamp, by=SYSTEM, at=self.at)

    def merge_communities(self, one: int, other: int) -> None:
        communities = list(Place.objects.open().filter(kind=Kind.COMMUNITY).order_by("pk"))
        place = communities[one % len(communities)]
        beside = [community for community in communities if community.street_id == place.street_id]
        plan = Plan(place, into=beside[other % len(beside)])
        merge_places(plan=plan, seen=look(plan, self.at).stamp, by=SYSTEM, at=self.at)

    def close(self, one: int, other: int) -> None:
        place = self.grid(one)
        close_place(place=place, version=place.version, by=SYSTEM, at=self.at)

    # -- what must hold ---------------------------------------------------------------------------------------------

    def check(self) -> None:
        rows = {row.pk: row for row in Resident.unscoped.select_related("household")}
        assert rows.keys() == self.living | self.left | self.merged.keys(), "somebody is lost or doubled"
        current = {key for key, row in rows.items() if row.left_on is None and row.merged_into_id is None}
        assert current == self.living
        assert {key: rows[key].merged_into_id for key in self.merged} == self.merged
        for row in rows.values():
            assert (row.grid_id, row.street_id) == (row.household.grid_id, row.household.street_id)
            assert row.pk not in current or row.household.merged_into_id is None, "behind a door that was joined"
        assert dict(CheckIn.unscoped.values_list("pk", "grid_id")) == self.past, "the past moved"
        open_cases = list(IsolationCase.unscoped.open().values_list("resident", flat=True))
        assert len(open_cases) == len(set(open_cases)) and set(open_cases) <= current
        doors = {rows[key].household_id for key in current}
        assert set(SupplyRequest.unscoped.open().values_list("household", flat=True)) <= doors, "nobody to bring it to"
        for offer in MoveOffer.unscoped.filter(state="open"):
            offered = {key for key in current if rows[key].household_id == offer.household_id}
            assert offer.resident_id in offered if offer.resident_id else offered, "nobody is offered"
        assert_places_are_sound()
        self._check_sums()

    def _check_sums(self) -> None:
        """What a place counts is the sum of what its children count."""
        for place in Place.objects.exclude(kind=Kind.GRID):
            below = [people_in(child) for child in Place.objects.filter(parent=place)]
            assert people_in(place) == sum(below), place


def people_in(place: Place) -> int:
    """How many people live in a place and below it."""
    return int(Resident.unscoped.current().filter(grid__path__startswith=place.path).count())


DEEDS: list[Callable[[Register, int, int], None]] = [
    Register.add_household, Register.add_household, Register.add_person, Register.move_person, Register.move_household,
    Register.to_another_street, Register.split, Register.join, Register.part, Register.merge, Register.merge,
    Register.unmerge, Register.leave, Register.come_back, Register.isolate, Register.isolate,
    Register.ask_for_supplies, Register.merge_grids, Register.split_grid, Register.move_a_building,
    Register.merge_communities, Register.close, Register.reopen, Register.answer, Register.edit, Register.undo,
    Register.move_back, Register.move_back,
]  # fmt: skip
steps = st.lists(
    st.tuples(st.sampled_from(DEEDS), st.integers(0, 60), st.integers(0, 60)), min_size=12, max_size=30
)  # fmt: skip


class _Enough(Exception):
    """Ends an example and takes its rows back."""


@pytest.mark.django_db
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=steps)
def test_nobody_is_lost_or_doubled_and_the_past_stays(steps: list[tuple[Any, int, int]]) -> None:
    with suppress(_Enough), transaction.atomic():
        register = Register()
        register.add_household(1, 2)
        register.add_household(4, 1)
        for deed, one, other in steps:
            register.at += timedelta(milliseconds=1)
            with suppress(*REFUSALS), transaction.atomic():
                deed(register, one, other)
        register.check()
        raise _Enough

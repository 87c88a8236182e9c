"""Two at once at one household: each guard with its twin that shows what breaks without it."""

from typing import Any

import pytest
from django.utils import timezone

from grid.actions.audit import EditedMeanwhile
from grid.rules.actors import SYSTEM
from residents.actions import joining, leaving, moves
from residents.actions import people as shared
from residents.actions.households import nobody_in
from residents.actions.residents import add_resident
from residents.models import Household, Resident
from residents.rules.addresses import Door
from residents.rules.people import PersonFacts
from tests.factories.grid import make_place
from tests.factories.residents import make_household, make_resident
from tests.residents.test_merge_races import while_it_waits

pytestmark = pytest.mark.usefixtures("fresh_database")
KEY = 9_000_001


def two_households() -> tuple[Household, Household]:
    grid = make_place()
    one, other = make_household(grid), make_household(grid)
    for household in (one, other):
        make_resident(household)
    return one, other


def join(kept: Household, other: Household) -> Any:
    deed = {"kept": kept, "other": other, "kept_version": 1, "other_version": 1, "by": SYSTEM, "at": timezone.now()}
    return lambda: joining.join_households(**deed)


def split(household: Household, person: Resident) -> Any:
    deed = {"household": household, "version": 1, "key": KEY, "people": [person.pk], "head": None}
    deed |= {"grid": household.grid, "door": Door("", "9", "", "1"), "by": SYSTEM, "at": timezone.now()}
    return lambda: joining.split_household(**deed)


def add(household: Household) -> Any:
    deed = {"key": KEY, "household": household, "facts": PersonFacts(name="张三"), "by": SYSTEM, "at": timezone.now()}
    return lambda: add_resident(**deed)


def move(person: Resident, there: Household) -> Any:
    door = Door(there.compound, there.building, there.unit, there.room)
    to = moves.Arrival(grid=there.grid, door=door, beside=there.pk, key=KEY + 1)
    return lambda: moves.move_resident(resident=person, version=1, to=to, by=SYSTEM, at=timezone.now())


def test_two_who_join_crosswise_make_one_household_and_the_second_is_told() -> None:
    one, other = two_households()
    assert [type(fault) for fault in while_it_waits(join(one, other), join(other, one))] == [EditedMeanwhile]
    assert Household.unscoped.current().get() == one
    assert set(Resident.unscoped.values_list("household", flat=True)) == {one.pk}


def test_without_the_version_both_doors_would_be_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two_households()
    monkeypatch.setattr(joining, "_claim", lambda *_row: None)
    assert while_it_waits(join(one, other), join(other, one)) == []
    assert not Household.unscoped.current().exists()


def test_whoever_is_added_during_a_joining_comes_to_the_people() -> None:
    one, other = two_households()
    assert while_it_waits(join(one, other), add(other)) == []
    assert Resident.unscoped.get(pk=KEY).household == one


def test_without_following_she_would_stand_behind_a_door_that_no_list_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two_households()
    monkeypatch.setattr(shared, "held_door", lambda read: shared.held(Household.unscoped.all(), read))
    assert while_it_waits(join(one, other), add(other)) == []
    assert Resident.unscoped.get(pk=KEY).household == other


def test_whoever_moved_away_meanwhile_is_not_fetched_back_by_a_split() -> None:
    here, there = two_households()
    person = make_resident(here)
    assert [type(fault) for fault in while_it_waits(move(person, there), split(here, person))] == [EditedMeanwhile]
    assert Resident.unscoped.get(pk=person.pk).household == there and not Household.unscoped.filter(pk=KEY).exists()


def test_by_the_people_as_read_before_she_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = two_households()
    person = make_resident(here)
    as_read = list(Resident.unscoped.filter(household=here))
    monkeypatch.setattr(joining, "_people_of", lambda _household: as_read)
    assert while_it_waits(move(person, there), split(here, person)) == []
    assert Resident.unscoped.get(pk=person.pk).household_id == KEY


def test_a_split_during_an_adding_leaves_the_newcomer_where_she_came() -> None:
    here, _other = two_households()
    person = Resident.unscoped.get(household=here)
    assert while_it_waits(add(here), split(here, person)) == []
    assert Resident.unscoped.get(pk=KEY).household == here and Resident.unscoped.get(pk=person.pk).household_id == KEY


def test_of_two_who_note_nobody_in_at_once_the_second_is_told() -> None:
    here, _other = two_households()
    today = timezone.localdate()
    earlier = today.replace(year=today.year - 1, day=1)

    def note(since: Any) -> Any:
        version = Household.unscoped.get(pk=here.pk).version
        return lambda: nobody_in(household=here, since=since, version=version, by=SYSTEM, at=timezone.now())

    assert while_it_waits(note(today), note(today)) == []
    assert [type(fault) for fault in while_it_waits(note(None), note(earlier))] == [EditedMeanwhile]


def test_who_returns_takes_both_doors_in_the_order_of_all_deeds() -> None:
    """Else a move the other way round and she would wait for each other in a circle, and the database end one."""
    there, old = two_households()
    gone = Resident.unscoped.get(household=old)
    Resident.unscoped.filter(pk=gone.pk).update(left_on=timezone.localdate(), left_reason="moved_out")
    to = moves.Arrival(there.grid, Door(there.compound, there.building, there.unit, there.room), there.pk, KEY)

    def hold(door: Household) -> Any:
        return lambda: Household.unscoped.select_for_update(nowait=True).get(pk=door.pk)

    def come_back() -> None:
        leaving.come_back(resident=gone, version=1, to=to, by=SYSTEM, at=timezone.now())

    assert while_it_waits(hold(there), come_back, hold(old)) == []
    assert Resident.unscoped.current().filter(household=there).count() == 2

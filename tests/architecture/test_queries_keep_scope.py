"""Each read that takes the member of staff keeps to her places by itself, whatever door, grid or person it is handed.

The pages ask for rows in scope before they call these; that they would refuse without it, too, is the second wall.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from grid import registries
from grid.models import Post, Staff
from grid.queries import figures
from grid.rules.permissions import Permission, Role, roles_with
from quarantine.models import CasePaper
from quarantine.queries import cases, panels, supplies
from quarantine.queries import round as rounds
from quarantine.queries.cases import SlotFacts
from quarantine.views.person_file import part_of_file
from residents.queries import history, households, person_file, search
from residents.rules.addresses import Door
from tests.architecture.conftest import rolled_back
from tests.architecture.world import Rows, World
from tests.factories.grid import LONG_AGO, make_staff
from tests.policy import ROLES


@pytest.fixture(autouse=True)
def gone_afterwards(world: World):
    """Whatever a test writes."""
    with rolled_back():
        yield


@pytest.fixture(params=["W", "L", "S"])
def reader(world: World, request: pytest.FixtureRequest) -> tuple[Staff, list[Rows]]:
    """A member of staff, and what stands beyond her places."""
    role = ROLES[request.param]
    return make_staff(role, world.place_of(role)), world.beyond(role)


def grids(rows: Iterable[Any]) -> set[int]:
    """The grids in which the rows stand."""
    return {row.grid_id for row in rows}


@pytest.mark.parametrize("role", sorted(roles_with(Permission.SEE_FIGURES)))
@pytest.mark.parametrize("key", sorted({figure.source.key for figure in registries.FIGURES.values()}))
def test_rows_behind_figures(world: World, role: Role, key: str) -> None:
    source = next(figure.source for figure in registries.FIGURES.values() if figure.source.key == key)
    found = grids(source.rows(make_staff(role, world.place_of(role))))
    assert world.own.grid.pk in found
    assert found.isdisjoint(rows.grid.pk for rows in world.beyond(role))


def test_rows_of_a_figure_at_a_place_beyond(reader: tuple[Staff, list[Rows]]) -> None:
    staff, beyond = reader
    for figure in registries.FIGURES.values():
        facts = figure.source.facts(timezone.now())
        for rows in beyond:
            assert not figures.rows_of_figure(staff, figure, rows.grid, facts).exists()
            assert figures.family_of(staff, rows.grid.pk) is None


def test_doors_and_people(world: World, reader: tuple[Staff, list[Rows]]) -> None:
    (staff, beyond), at = reader, timezone.now()
    assert list(households.doors_of_grid(staff, world.own.grid)) == [world.own.household]
    for rows in beyond:
        door = Door(rows.household.compound, "3", "1", rows.room)
        assert list(households.doors_of_grid(staff, rows.grid)) == []
        assert households.households_at(staff, rows.grid, door) == []
        for words in (rows.phone, rows.room, rows.household.compound, f"{rows.resident.name} {rows.room}"):
            found = search.search(staff, words, at, with_left=True)
            assert rows.resident not in found.people and rows.household not in found.doors
        marks = registries.marks_for(staff, [rows.resident.pk], [rows.household.pk], at)
        assert marks == registries.Marks()


def test_the_round(world: World, reader: tuple[Staff, list[Rows]]) -> None:
    staff, beyond = reader
    at = timezone.now()
    facts = SlotFacts.read(at)
    assert rounds.round_of(staff, world.own.grid, facts, at).stops
    assert world.own.case in [person.case for person in rounds.abnormal_people(staff, facts, at)]
    for rows in beyond:
        assert rounds.round_of(staff, rows.grid, facts, at).stops == []
        assert rounds.grid_of_door(staff, rows.household.pk) is None
        assert rows.case not in [person.case for person in rounds.abnormal_people(staff, facts, at)]


def test_the_table_of_grids(world: World, reader: tuple[Staff, list[Rows]]) -> None:
    """Counted on the next day, when everybody is due again."""
    staff, beyond = reader
    at = world.own.case.opened_at + timedelta(days=1)
    there = rounds.table_of_grids(staff, [world.own.grid, *(rows.grid for rows in beyond)], SlotFacts.read(at), at)
    assert [line.people for line in there] == [1, *(0 for _ in beyond)]


def test_what_a_lead_s_day_brings(world: World, reader: tuple[Staff, list[Rows]]) -> None:
    """Everywhere somebody lacks her notice; she counts her own only."""
    staff, beyond = reader
    hers = len(world.corners) - len(beyond)
    at = world.own.case.opened_at + timedelta(days=1)
    with rolled_back():
        CasePaper.unscoped.update(withdrawn_at=at)
        found = rounds.ahead(staff, at)
    assert (found.without_notice if found else 0) == (hers if staff.posts_with(Permission.DECIDE_CASES) else 0)


def test_panels(world: World, reader: tuple[Staff, list[Rows]]) -> None:
    staff, beyond = reader
    at = timezone.now()
    assert panels.panel_of_resident(staff, world.own.resident, at)["case"] == world.own.case
    for rows in beyond:
        of_person = panels.panel_of_resident(staff, rows.resident, at)
        assert of_person["case"] is None and of_person["past"] == []
        assert panels.panel_of_household(staff, rows.household, at)["isolated"] == []
        assert supplies.supplies_of_household(staff, rows.household, at)["requests"] == []


def test_history_and_printed_file(world: World, reader: tuple[Staff, list[Rows]]) -> None:
    staff, beyond = reader
    at = timezone.now()
    assert history.history_of(staff, world.own.resident) and history.history_of(staff, world.own.household)
    assert part_of_file(staff, world.own.resident, at)["cases"]
    for rows in beyond:
        assert history.history_of(staff, rows.resident) == history.history_of(staff, rows.household) == []
        part = part_of_file(staff, rows.resident, at)
        assert part["cases"] == part["requests"] == []
        file = person_file.file_of(staff, rows.resident)
        assert [file[name] for name in ("contacts", "merges", "offers", "lists", "lines")] == [[], [], [], [], []]


def test_check_ins(world: World, reader: tuple[Staff, list[Rows]]) -> None:
    staff, beyond = reader
    found = set(cases.check_ins_in_sight(staff))
    assert world.own.check_in in found
    assert found.isdisjoint(rows.check_in for rows in beyond)


def test_supplies(world: World, reader: tuple[Staff, list[Rows]]) -> None:
    staff, beyond = reader
    at = timezone.now()
    assert world.own.supply in list(supplies.open_supplies(staff, grid_id=None, page="1", at=at).page)
    assert supplies.people_who_may_ask(staff, world.own.household) == [world.own.resident, world.own.free_resident]
    for rows in beyond:
        assert supplies.people_who_may_ask(staff, rows.household) == []
        assert supplies.open_supplies(staff, grid_id=rows.grid.pk, page="1", at=at).number == 0
        assert rows.supply not in list(supplies.open_supplies(staff, grid_id=None, page="1", at=at).page)


def test_what_one_may_count_at_two_places_is_counted_at_both(world: World) -> None:
    staff = make_staff(Role.COMMUNITY_LEAD, world.community)
    other = world.corners["next_street"]
    Post.objects.create(staff=staff, place=other.community, role=Role.COMMUNITY_LEAD, since=LONG_AGO)
    assert {place.pk for place in figures.top_places(staff)} == {world.community.pk, other.community.pk}

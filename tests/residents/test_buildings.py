"""The buildings of a grid, and one of them floor by floor and as a chart."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from residents.models import Household, Resident
from residents.rules.buildings import entrances_of
from tests.factories.quarantine import make_case
from tests.factories.residents import make_household, make_resident
from tests.residents.support import Street, client_of, make_street


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


@pytest.fixture
def worker(street: Street) -> Client:
    return client_of(street.worker)


ROOMS = st.one_of(st.text(max_size=4), st.integers(0, 99999).map(str), st.sampled_from(["B101", "负一层2", "502A"]))


@given(st.lists(st.tuples(st.sampled_from(["", "1", "2", "10"]), ROOMS), max_size=30))
def test_every_door_stands_in_one_place(doors: list[tuple[str, str]]) -> None:
    entrances = entrances_of((unit, room, number) for number, (unit, room) in enumerate(doors))
    placed = [door for one in entrances for floor in one.floors for cell in floor.cells for door in cell]
    placed += [door for one in entrances for door in one.others]
    assert sorted(placed) == list(range(len(doors)))
    for one in entrances:
        numbers = [floor.number for floor in one.floors]
        assert numbers == sorted(set(numbers), reverse=True) and 0 not in numbers
        assert all(len(floor.cells) == len(one.numbers) for floor in one.floors)


@pytest.mark.usefixtures("clock")
def test_the_top_floor_comes_first_and_every_room_says_who_and_how(street: Street, worker: Client) -> None:
    now = timezone.now()
    low, high = make_household(street.grid, room="102"), make_household(street.grid, room="1203")
    twice, cellar = make_household(street.grid, room="102"), make_household(street.grid, room="B101")
    odd = make_household(street.grid, room="东厢房", unit="2", empty_since=now.date())
    make_case(resident=make_resident(high, "李明", care_tags=["pregnant"]), at=now)
    make_resident(twice, "王芳")
    make_resident(cellar, "赵六")
    other = make_household(street.grid, building="4", room="999")
    joined = make_household(street.grid, room="888", merged_into=low)
    page = worker.get(f"/buildings/{low.pk}/").content.decode()
    order = [
        page.index(words)
        for words in ("Floor 12", "李明", "Floor 1\n", "王芳", "Basement 1", "赵六", "Entrance 2\n</h2>", "东厢房")
    ]
    assert order == sorted(order)
    assert "pregnant" in page and "In isolation: 1" in page and "Still due: 1" in page and "nobody in" in page
    assert all(f"/households/{door.pk}/" in page for door in (low, high, twice, cellar, odd))
    assert not any(f'/households/{door.pk}/"' in page for door in (other, joined))
    lines = worker.get("/buildings/").content.decode()
    assert "5 doors · 3 people" in lines and "1 door · 0 people" in lines and "In isolation: 1" in lines


def test_the_chart_names_nobody_until_asked(street: Street, worker: Client) -> None:
    door = make_household(street.grid, room="502")
    make_resident(door, "李明")
    make_resident(make_household(street.grid, room="601"), "王芳")
    page = worker.get(f"/buildings/{door.pk}/chart/").content.decode()
    assert "李明" not in page and "1 person" in page and '<th scope="col">02</th>' in page
    assert page.index(">601<") < page.index(">502<")
    assert "李明" in worker.get(f"/buildings/{door.pk}/chart/?names=1").content.decode()


def test_a_building_in_two_grids_shows_ones_own_part_and_says_so(street: Street, worker: Client) -> None:
    own, beside = make_household(street.grid, room="101"), make_household(street.sibling, room="201")
    make_resident(beside, "张三")
    page = worker.get(f"/buildings/{own.pk}/").content.decode()
    assert "belongs to another grid" in page and "张三" not in page and "201" not in page
    assert worker.get(f"/buildings/{beside.pk}/").status_code == 404
    assert worker.get(f"/buildings/{beside.pk}/chart/").status_code == 404
    whole = client_of(street.lead).get(f"/buildings/{own.pk}/").content.decode()
    assert "belongs to another grid" not in whole and "张三" in whole


def test_four_hundred_doors_cost_as_many_queries_as_one(street: Street, worker: Client) -> None:
    first = make_household(street.grid, room="101")
    make_resident(first)
    asked = []
    for extra in (0, 399):
        door = {"grid": street.grid, "street_id": street.grid.street_id, "compound": first.compound, "building": "3"}
        rooms = [(str(number % 4), f"{number // 40 + 1}{number % 40:02}") for number in range(extra)]
        doors = [Household(**door, unit=unit, room=room, walk_key=f"{unit} {room}") for unit, room in rooms]
        made = Household.unscoped.bulk_create(doors)
        Resident.unscoped.bulk_create(
            Resident(household=door, grid=door.grid, street_id=door.street_id, name="测试甲") for door in made * 2
        )
        for address in (f"/buildings/{first.pk}/", f"/buildings/{first.pk}/chart/", "/buildings/"):
            with CaptureQueriesContext(connection) as queries:
                assert worker.get(address).status_code == 200
            asked.append(len([sql for sql in queries if "residents_" in sql["sql"] or "quarantine_" in sql["sql"]]))
    assert asked == [6, 6, 3] * 2  # one of them counts the alerts beside 提醒, as on every page


def test_a_lead_chooses_the_grid_first_and_a_page_takes_no_post(street: Street, worker: Client) -> None:
    door = make_household(street.sibling)
    lead = client_of(street.lead)
    page = lead.get("/buildings/").content.decode()
    assert f"?grid={street.sibling.pk}" in page and f"?grid={street.far.pk}" not in page
    assert f"/buildings/{door.pk}/" in lead.get(f"/buildings/?grid={street.sibling.pk}").content.decode()
    assert f"/buildings/{door.pk}/" not in lead.get(f"/buildings/?grid={street.far.pk}").content.decode()
    for address in ("/buildings/", f"/buildings/{door.pk}/", f"/buildings/{door.pk}/chart/"):
        assert lead.post(address).status_code == 405

"""Somebody who helps in one building of a grid: her doors as a worker's; the neighbour building does not exist."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from grid.models import Post, Staff
from grid.models.scope import door_of
from grid.rules.permissions import Permission, Role
from residents.models import Household
from tests.architecture.conftest import rolled_back
from tests.architecture.test_access_matrix import HTMX, address, found_in, outcome
from tests.architecture.world import World
from tests.factories.grid import LONG_AGO, make_staff
from tests.policy import POLICY, PUBLIC, Line

WORKERS = {name: line for name, line in POLICY.items() if "W" in line.allowed and line.allowed != PUBLIC}
# What a worker may do with a door of her whole grid only: it leads out of the building, or speaks of the grid.
WHOLE_GRID_ONLY = {"household_move", "resident_move", "household_offer", "resident_offer", "offer_withdraw"}
# The address names the grid; what stands on the page are the doors that are hers.
OF_HER_DOORS = {"round_sheet", "sheet_key", "sheet_undo"}


@pytest.fixture(autouse=True)
def gone_afterwards(world: World, bare_refusals: None):
    """Whatever a test writes."""
    with rolled_back():
        yield


@pytest.fixture
def helper(world: World) -> Staff:
    """Helps in the building where the corner's own household lives; the compound, a sign in her menu, is empty."""
    Household.unscoped.filter(pk=world.own.household.pk).update(compound="")
    staff, here = make_staff(), {"place": world.own.grid, "building": world.own.household.building}
    Post.objects.create(staff=staff, role=Role.GRID_WORKER, since=LONG_AGO, **here)
    return staff


def client_of(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def answers(client: Client, name: str, line: Line, rows: Any) -> list[tuple[str, list[str]]]:
    """What comes of each method, as page and part, and which signs of the corner it shows."""
    found = []
    for method in line.methods.split():
        for headers in ({}, HTMX):
            with rolled_back():
                send = client.get if method == "GET" else client.post
                form = {"data": line.form} if method == "POST" else {}
                response = send(address(name, line, rows), headers=headers, **form)
                found.append((outcome(response, line), found_in(response, rows.words)))
    return found


def next_building(world: World) -> None:
    """The household, and all that hangs on it, stands in the neighbour building of the same grid."""
    Household.unscoped.filter(pk=world.own.household.pk).update(building="4")


@pytest.mark.parametrize("name", sorted(name for name, line in WORKERS.items() if line.names))
def test_rows_behind_a_door(world: World, helper: Staff, name: str) -> None:
    line, client = WORKERS[name], client_of(helper)
    row = getattr(world.own, line.names)
    of_a_door = getattr(type(row), "door_path", None) is not None
    there = {came for came, _shown in answers(client, name, line, world.own)}
    if of_a_door and name not in WHOLE_GRID_ONLY:
        assert there == {"ok"}
    else:
        assert there == {"ok"} if name in OF_HER_DOORS else there <= {"403", "404"}
    next_building(world)
    for came, shown in answers(client, name, line, world.own):
        assert came == "404" if of_a_door else came in ("403", "404") or name in OF_HER_DOORS
        assert shown == []


@pytest.mark.parametrize("name", sorted(name for name, line in WORKERS.items() if not line.names))
def test_pages_without_a_row(world: World, helper: Staff, name: str) -> None:
    line, client = WORKERS[name], client_of(helper)
    assert {came for came, _shown in answers(client, name, line, world.own)} == {"ok"}
    next_building(world)
    assert all(came == "ok" and shown == [] for came, shown in answers(client, name, line, world.own))


def test_her_pages_show_her_building(world: World, helper: Staff) -> None:
    client, own = client_of(helper), world.own
    for page in (f"/residents/?grid={own.grid.pk}", reverse("today"), reverse("supply_list")):
        assert f"{own.household.unit}-{own.room}" in client.get(page).content.decode(), page
    found = client.post("/residents/", {"words": own.phone})
    assert found_in(found, [f"人{own.sign[0]}"])
    next_building(world)
    for page in (f"/residents/?grid={own.grid.pk}", f"/today/?grid={own.grid.pk}", f"/supplies/?grid={own.grid.pk}"):
        assert not found_in(client.get(page), own.words), page
    for words in (own.phone, own.phone[-4:], f"人{own.sign}", own.id_number, f"4-1-{own.room}"):
        # What she typed stands in the box; a person's or door's page must not be named.
        page = client.post("/residents/", {"words": words}).content.decode()
        assert reverse("resident_detail", args=[own.resident.pk]) not in page
        assert reverse("household_detail", args=[own.household.pk]) not in page
    assert client.get(reverse("today"), {"door": own.household.pk}).status_code in (200, 404)
    assert not found_in(client.get(reverse("today"), {"door": own.household.pk}), own.words)


def test_a_building_opens_no_place(world: World, helper: Staff) -> None:
    for permission in Permission:
        assert not helper.may(permission, world.own.grid)
        assert helper.paths_with(permission) == []
    assert helper.may(Permission.RECORD_CHECK_IN) and not helper.may(Permission.SEE_FIGURES)
    assert helper.may_at_door(Permission.RECORD_CHECK_IN, world.own.case)
    assert not helper.may_at_door(Permission.DECIDE_CASES, world.own.case)
    assert not helper.may_at_door(Permission.SEE_PEOPLE, world.own.notice)
    assert not helper.may_at_door(Permission.RECORD_CHECK_IN, world.corners["next_door"].case)


@pytest.mark.parametrize(
    ("post", "covered"),
    [
        ({"compound": "院鸑鷟", "building": "3"}, True),
        ({"compound": "别院", "building": "3"}, False),
        ({"compound": "", "building": "3"}, False),  # means doors that name no compound
        ({"compound": "院鸑鷟", "building": "13"}, False),
    ],
)
def test_compound_and_number_both_count(world: World, post: dict[str, str], covered: bool) -> None:
    staff, own = make_staff(), world.own
    Post.objects.create(staff=staff, place=own.grid, role=Role.GRID_WORKER, since=LONG_AGO, **post)
    assert Household.objects.visible_to(staff).filter(pk=own.household.pk).exists() is covered
    assert staff.may_at_door(Permission.SEE_PEOPLE, own.household) is covered
    # The same number in another grid is another building.
    assert not Household.objects.visible_to(staff).exclude(grid=own.grid).exists()


def test_sight_of_a_street_and_hands_in_a_building(world: World, helper: Staff) -> None:
    """A supervisor who helps in one building sees everything and notes there alone."""
    Post.objects.create(staff=helper, place=world.street, role=Role.STREET_SUPERVISOR, since=LONG_AGO)
    client = client_of(helper)
    with rolled_back():
        assert client.get(reverse("check_in_more", args=[world.own.case.pk])).status_code == 200
    assert client.get(reverse("check_in_more", args=[world.corners["next_door"].case.pk])).status_code == 403
    next_building(world)
    assert client.get(reverse("case_detail", args=[world.own.case.pk])).status_code == 200
    assert client.get(reverse("check_in_more", args=[world.own.case.pk])).status_code == 403


def test_every_row_about_people_says_its_door_or_stays_hidden(world: World, helper: Staff) -> None:
    """`door_of` walks what `visible_to` joins: both must reach the same household."""
    for name in ("household", "resident", "contact", "case", "check_in", "supply"):
        row = getattr(world.own, name)
        assert door_of(row) == world.own.household
        assert type(row).objects.visible_to(helper).filter(pk=row.pk).exists(), name
    assert door_of(world.own.notice) is None

"""Ids in query strings and forms: what an address does not name must not open what the address would hide."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grid.models import Place, Post, Staff
from grid.rules.actors import SYSTEM
from quarantine.actions.supplies import deliver
from quarantine.models import CheckIn, IsolationCase, SupplyRequest
from residents.forms.households import ticket_for
from residents.models import Household, ImportBatch, ImportRow, Resident
from tests.architecture.conftest import rolled_back
from tests.architecture.test_access_matrix import found_in, words_beyond
from tests.architecture.world import Rows, World
from tests.factories.residents import make_household, make_resident
from tests.policy import ROLES

WORKERS = "WL"


@pytest.fixture(autouse=True)
def gone_afterwards(world: World):
    """Whatever a test writes."""
    with rolled_back():
        yield


def nearest(world: World, who: str) -> Rows:
    """The sibling's rows beside her own."""
    return world.beyond(ROLES[who])[0]


def counts() -> list[int]:
    """How many rows there are of each kind a form could make."""
    models: list[Any] = [Household, Resident, IsolationCase, CheckIn, SupplyRequest, ImportBatch]
    return [*(model.unscoped.count() for model in models), Post.objects.count(), Place.objects.count()]


def searches_for(rows: Rows) -> list[str]:
    """What somebody types to find the person: name, phone and its end, door, ID number and its end."""
    door, number = f"3-1-{rows.room}", rows.id_number
    return [f"人{rows.sign}", rows.phone, rows.phone[-4:], door, number, number[-4:]]


# --- searches -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", "WLS")
def test_a_search_finds_nobody_beyond(world: World, who: str) -> None:
    client = world.client(who)
    for rows in world.beyond(ROLES[who]):
        for words in (
            f"人{rows.sign}",
            rows.phone,
            rows.phone[-4:],
            f"3-1-{rows.room}",
            rows.id_number,
            rows.id_number[-4:],
        ):
            for headers in ({}, {"hx-request": "true"}):
                response = client.post(reverse("resident_search"), {"words": words}, headers=headers)
                assert response.status_code == 200
                shown = [word for word in found_in(response, words_beyond(world, who)) if word not in words]
                assert shown == [], words


def test_a_search_finds_ones_own(world: World) -> None:
    """The same words would find somebody, were she in sight."""
    for words in searches_for(world.own):
        response = world.client("W").post(reverse("resident_search"), {"words": words})
        assert f"院{world.own.sign}" in response.content.decode(), words


@pytest.mark.parametrize("who", "WLS")
@pytest.mark.parametrize("name", ["resident_search", "supply_list", "today"])
def test_a_grid_in_the_query_string_opens_nothing(world: World, who: str, name: str) -> None:
    for rows in world.beyond(ROLES[who]):
        response = world.client(who).get(reverse(name), {"grid": rows.grid.pk})
        assert response.status_code == (404 if name == "today" else 200)
        assert found_in(response, words_beyond(world, who)) == []


@pytest.mark.parametrize("who", "WLS")
def test_a_door_in_the_query_string_of_the_round_opens_nothing(world: World, who: str) -> None:
    for rows in world.beyond(ROLES[who]):
        for asked in ({"door": rows.household.pk}, {"case": rows.case.pk}, {"after": rows.household.pk}):
            response = world.client(who).get(reverse("today"), asked)
            assert found_in(response, words_beyond(world, who)) == [], asked
        if who != "W":  # a worker's only grid is chosen whatever the door
            assert world.client(who).get(reverse("today"), {"door": rows.household.pk}).status_code == 404


@pytest.mark.parametrize("who", "WLS")
def test_the_undo_of_anothers_check_in_is_not_offered(world: World, who: str) -> None:
    rows = nearest(world, who)
    asked = {"grid": world.own.grid.pk, "done": rows.check_in.pk}
    response = world.client(who).get(reverse("today"), asked)
    assert found_in(response, words_beyond(world, who)) == []
    assert reverse("check_in_withdraw", args=[rows.check_in.pk]) not in response.content.decode()


def test_an_audit_search_stays_in_the_auditors_places(world: World) -> None:
    rows = nearest(world, "U")
    today = str(timezone.localdate())
    asked = {"first_day": today, "last_day": today, "who": "", "deed": "", "place": str(rows.grid.pk)}
    response = world.client("U").post(reverse("audit_search"), asked)
    assert response.status_code == 422
    response = world.client("U").post(reverse("audit_search"), asked | {"place": "", "who": rows.staff.name})
    assert found_in(response, [word for word in words_beyond(world, "U") if word not in rows.staff.name]) == []


def test_a_staff_search_finds_nobody_beyond(world: World) -> None:
    for rows in world.beyond(ROLES["A"]):
        for words in (rows.staff.name, rows.staff.user_name):
            response = world.client("A").post(reverse("staff_list"), {"words": words})
            assert reverse("staff_detail", args=[rows.staff.pk]) not in response.content.decode()


# --- forms --------------------------------------------------------------------------------------------------------


def refused(world: World, who: str, address: str, form: dict[str, Any]) -> None:
    """The form is refused (422 or 404), makes nothing and shows nothing."""
    before = counts()
    response = world.client(who).post(address, form)
    assert response.status_code in (404, 422), response.status_code
    assert counts() == before
    assert found_in(response, words_beyond(world, who)) == []


def hidden(client: Client, address: str) -> dict[str, Any]:
    """The hidden fields of the page's forms, as a browser would send them."""
    page = client.get(address).content.decode()
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def form_of_new_household(world: World, who: str, grid: Place) -> dict[str, Any]:
    """A sound form for a door in the grid."""
    person = {"p0-name": "张三丰", "p0-sex": "M"}
    door = {"grid": str(grid.pk), "compound": "望江花园", "building": "1", "unit": "1", "room": "101"}
    return {**hidden(world.client(who), reverse("household_add")), "rows": "1", **door, **person}


@pytest.mark.parametrize("who", WORKERS)
def test_no_door_is_added_beyond(world: World, who: str) -> None:
    """Who has one grid only gets it whatever the form says; who has several must name one of them."""
    for rows in world.beyond(ROLES[who]):
        with rolled_back():
            before = Household.unscoped.filter(grid=rows.grid).count()
            response = world.client(who).post(reverse("household_add"), form_of_new_household(world, who, rows.grid))
            assert response.status_code == (302 if who == "W" else 422)
            assert Household.unscoped.filter(grid=rows.grid).count() == before
            assert found_in(response, words_beyond(world, who)) == []
    own = form_of_new_household(world, who, world.own.grid)
    assert world.client(who).post(reverse("household_add"), own).status_code == 302


@pytest.mark.parametrize("who", WORKERS)
def test_a_ticket_does_not_tell_whether_a_row_beyond_exists(world: World, who: str) -> None:
    """The ticket of a form that was saved leads to what it made; one of a row out of sight leads nowhere."""
    client = world.client(who)
    staff = Staff.objects.get(pk=client.session["_auth_user_id"])
    resident_add = reverse("resident_add", args=[world.own.household.pk])
    for rows in (world.own, *world.beyond(ROLES[who])):
        expected = 302 if rows is world.own else 422
        for address, row in ((reverse("household_add"), rows.household), (resident_add, rows.resident)):
            assert client.post(address, {"ticket": ticket_for(type(row), row.pk, staff)}).status_code == expected


@pytest.mark.parametrize("who", WORKERS)
def test_no_door_is_moved_beyond(world: World, who: str) -> None:
    own = world.own.household
    form = {"compound": own.compound, "building": "3", "unit": "1", "room": own.room, "version": str(own.version)}
    for rows in world.beyond(ROLES[who]):
        with rolled_back():
            address = reverse("household_edit", args=[own.pk])
            response = world.client(who).post(address, form | {"grid": str(rows.grid.pk)})
            assert response.status_code == (302 if who == "W" else 422)
            assert Household.unscoped.get(pk=own.pk).grid == world.own.grid


@pytest.mark.parametrize("who", WORKERS)
def test_an_id_number_known_beyond_tells_nothing_of_its_owner(world: World, who: str) -> None:
    for rows in world.beyond(ROLES[who]):
        form = {"name": "张三丰", "id_type": "resident_id", "id_number": rows.id_number}
        address = reverse("resident_add", args=[world.own.household.pk])
        response = world.client(who).post(address, hidden(world.client(who), address) | form)
        assert found_in(response, words_beyond(world, who)) == []


@pytest.mark.parametrize("who", WORKERS)
def test_nobody_of_another_door_asks_for_supplies(world: World, who: str) -> None:
    for rows in world.beyond(ROLES[who]):
        form = {"resident": str(rows.resident.pk), "rows": "3", "uuid": str(uuid4()), "item_1": "鸡蛋"}
        refused(world, who, reverse("supply_add", args=[world.own.household.pk]), form)


@pytest.mark.parametrize("who", WORKERS)
def test_no_check_in_corrects_anothers(world: World, who: str) -> None:
    address = reverse("check_in_more", args=[world.own.case.pk])
    for rows in world.beyond(ROLES[who]):
        asked = f"{address}?corrects={rows.check_in.pk}"
        assert world.client(who).get(asked).status_code == 404
        refused(world, who, asked, {"uuid": str(uuid4()), "temperature": "36.5"})


@pytest.mark.parametrize("who", WORKERS)
def test_asking_at_ones_own_door_answers_for_nobody_else(world: World, who: str) -> None:
    rows = nearest(world, who)
    before = CheckIn.unscoped.filter(case=rows.case).count()
    form = {"uuid": str(uuid4()), "cases": [str(world.own.case.pk), str(rows.case.pk)]}
    world.client(who).post(reverse("door_asked", args=[world.own.household.pk]), form)
    assert CheckIn.unscoped.filter(case=rows.case).count() == before


def test_no_list_is_taken_in_for_a_place_beyond(world: World) -> None:
    file = SimpleUploadedFile("list.csv", "姓名,手机号码\n张三丰,19900001234\n".encode())
    for rows in world.beyond(ROLES["L"]):
        file.seek(0)
        refused(world, "L", reverse("list_upload"), {"file": file, "place": str(rows.community.pk)})


def test_who_was_moved_beyond_is_not_shown_by_the_list_that_brought_her(world: World) -> None:
    rows, batch = nearest(world, "L"), world.own.list_done
    ImportBatch.unscoped.filter(pk=batch.pk).update(state="undone", undone_at=timezone.now())
    ImportRow.unscoped.filter(batch=batch, verdict="new").update(resident_id=rows.resident.pk)
    response = world.client("L").get(reverse("list_result", args=[batch.pk]))
    assert response.status_code == 200
    assert found_in(response, words_beyond(world, "L")) == []


def test_no_post_is_given_beyond(world: World) -> None:
    post = {"role": "grid_worker", "since": "2026-01-01"}
    person = {"user_name": "newcomer", "name": "新人"}
    for rows in world.beyond(ROLES["A"]):
        refused(world, "A", reverse("staff_add"), {**person, **post, "place": str(rows.grid.pk)})
        form = {**post, "place": str(rows.grid.pk), "version": str(world.own.staff.version)}
        refused(world, "A", reverse("post_add", args=[world.own.staff.pk]), form)


# --- panels and neighbours ----------------------------------------------------------------------------------------


def test_a_moved_persons_check_ins_are_seen_by_whoever_has_her_now(world: World) -> None:
    """And by nobody else: the grid of a check-in is the one of then."""
    rows = nearest(world, "W")
    Household.unscoped.filter(pk=rows.household.pk).update(grid=world.own.grid)
    assert world.client("W").get(reverse("case_detail", args=[rows.case.pk])).status_code == 200
    Household.unscoped.filter(pk=world.own.household.pk).update(grid=rows.grid)
    for name, subject in (("case_detail", world.own.case), ("check_in_confirm", world.own.check_in)):
        assert world.client("W").get(reverse(name, args=[subject.pk])).status_code == 404


@pytest.mark.parametrize("who", "WLS")
def test_what_somebody_delivered_before_her_post_moved_is_not_shown(world: World, who: str) -> None:
    rows = nearest(world, who)
    client = world.client(who)
    staff_id = int(client.session["_auth_user_id"])
    deliver(request=rows.supply, handed_over="", by=SYSTEM, at=timezone.now())
    SupplyRequest.unscoped.filter(pk=rows.supply.pk).update(delivered_by=staff_id)
    response = client.get(reverse("supply_list"))
    assert found_in(response, words_beyond(world, who)) == []
    assert reverse("supply_reopen", args=[rows.supply.pk]) not in response.content.decode()


def test_a_neighbour_at_the_same_address_beyond_is_not_named(world: World) -> None:
    """A door of the same words in another grid: adding it says nothing of who lives there."""
    rows = nearest(world, "W")
    there = make_household(rows.grid, compound="望江花园", building="1", unit="1", room="101")
    make_resident(there, name=f"人{rows.sign}三")
    response = world.client("W").post(reverse("household_add"), form_of_new_household(world, "W", world.own.grid))
    assert response.status_code == 302
    assert found_in(response, words_beyond(world, "W")) == []

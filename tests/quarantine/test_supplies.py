"""物资: a door asks, somebody delivers, and both are told the truth."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grid.models import AuditRecord, Place, Staff
from grid.rules.actors import SYSTEM, Actor
from grid.rules.permissions import Role
from grid.rules.places import Kind
from quarantine.actions import supplies as actions
from quarantine.models import SupplyRequest
from residents.models import Household
from tests.factories.grid import make_place, make_staff
from tests.factories.residents import make_household, make_resident
from tests.factories.supplies import make_supply_request

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def grid() -> Place:
    return make_place(Kind.GRID)


@pytest.fixture
def worker(grid: Place) -> Staff:
    return make_staff(Role.GRID_WORKER, grid, name="王芳")


@pytest.fixture
def portal(client: Client, worker: Staff) -> Client:
    client.force_login(worker)
    return client


def reread(supply: SupplyRequest) -> SupplyRequest:
    return SupplyRequest.unscoped.get(pk=supply.pk)


def asked(resident: object = "other", **fields: str) -> dict[str, str]:
    return {"resident": str(resident), "rows": "3", "uuid": str(uuid4()), "item_1": "鸡蛋", **fields}


# --- asking -------------------------------------------------------------------------------------------------------


def test_a_request_keeps_its_lines_who_asked_and_who_noted_it(portal: Client, grid: Place, worker: Staff) -> None:
    door = make_household(grid)
    person = make_resident(door, name="李晓明")
    fields = asked(person.pk, quantity_1="２", unit_1="板", item_2="降压药", urgent="on", note="放门口")
    response = portal.post(reverse("supply_add", args=[door.pk]), fields)
    assert response.url == reverse("household_detail", args=[door.pk])
    supply = SupplyRequest.unscoped.get()
    assert (supply.resident, supply.asked_by, supply.grid, supply.urgent) == (person, worker, grid, True)
    assert supply.asked_at == timezone.now()
    lines = [(line.item, line.quantity, line.unit) for line in supply.lines.order_by("pk")]
    assert lines == [("鸡蛋", Decimal("2"), "板"), ("降压药", None, "")]
    record = AuditRecord.objects.get(deed="supply_asked")
    assert (record.staff, record.place, record.subject_id) == (worker, grid, supply.pk)
    assert "鸡蛋" not in str(record.facts)


def test_nobody_is_chosen_beforehand(portal: Client, grid: Place) -> None:
    door = make_household(grid)
    make_resident(door, name="李晓明")
    content = portal.get(reverse("supply_add", args=[door.pk])).content.decode()
    assert "李晓明" in content and " checked" not in content


def test_people_of_another_door_are_not_offered_or_accepted(portal: Client, grid: Place) -> None:
    door = make_household(grid)
    stranger = make_resident(make_household(grid), name="赵隔壁")
    assert "赵隔壁" not in portal.get(reverse("supply_add", args=[door.pk])).content.decode()
    assert portal.post(reverse("supply_add", args=[door.pk]), asked(stranger.pk)).status_code == 422
    assert not SupplyRequest.unscoped.exists()


def test_the_same_page_sent_twice_is_one_request(portal: Client, grid: Place) -> None:
    door = make_household(grid)
    fields = asked()
    first = portal.post(reverse("supply_add", args=[door.pk]), fields)
    second = portal.post(reverse("supply_add", args=[door.pk]), fields)
    assert first.url == second.url
    assert SupplyRequest.unscoped.count() == 1
    assert AuditRecord.objects.filter(deed="supply_asked").count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"resident": ""},
        {"item_1": " "},
        {"item_1": "", "quantity_1": "2"},
        {"quantity_1": "-1"},
        {"quantity_1": "很多"},
        {"quantity_1": "NaN"},
        {"quantity_1": "1.25"},
        {"item_1": "x" * 61},
    ],
)
def test_a_fault_is_told_and_everything_typed_is_kept(portal: Client, grid: Place, fields: dict[str, str]) -> None:
    door = make_household(grid)
    response = portal.post(reverse("supply_add", args=[door.pk]), asked() | {"note": "三楼放门口"} | fields)
    content = response.content.decode()
    assert response.status_code == 422
    assert "error-summary" in content and "三楼放门口" in content
    assert not SupplyRequest.unscoped.exists()


def test_one_more_row_keeps_what_was_typed_and_stores_nothing(portal: Client, grid: Place) -> None:
    door = make_household(grid)
    fields = asked(note="三楼", urgent="on")
    response = portal.post(reverse("supply_add", args=[door.pk]), {**fields, "add_row": "1"})
    content = response.content.decode()
    assert response.status_code == 200
    assert 'name="item_4"' in content and 'value="鸡蛋"' in content and 'value="三楼"' in content
    assert "error-summary" not in content and fields["uuid"] in content
    assert content.count(" checked") == 2  # who asked, and urgent
    assert not SupplyRequest.unscoped.exists()
    portal.post(reverse("supply_add", args=[door.pk]), {**fields, "rows": "4", "item_4": "挂面"})
    assert SupplyRequest.unscoped.get().lines.count() == 2


def test_more_rows_than_the_form_allows_are_not_made(portal: Client, grid: Place) -> None:
    door = make_household(grid)
    response = portal.post(reverse("supply_add", args=[door.pk]), {**asked(), "rows": "20", "add_row": "1"})
    content = response.content.decode()
    assert 'name="item_20"' in content and 'name="item_21"' not in content


# --- the list -----------------------------------------------------------------------------------------------------


def test_urgent_ones_come_first_the_rest_as_one_walks(portal: Client, grid: Place) -> None:
    now = timezone.now()
    for building, room, urgent in (("10", "101", False), ("2", "101", False), ("10", "201", True)):
        make_supply_request(at=now, household=make_household(grid, building=building, room=room), urgent=urgent)
    content = portal.get(reverse("supply_list")).content.decode()
    places = [content.index(text) for text in ("10-1-201", "2-1-101", "10-1-101")]
    assert places == sorted(places)


def test_the_longest_wait_is_said(portal: Client, grid: Place) -> None:
    now = timezone.now()
    make_supply_request(at=now - timedelta(hours=5, minutes=3), grid=grid)
    make_supply_request(at=now - timedelta(minutes=9), grid=grid)
    first_line = portal.get(reverse("supply_list"), headers={"accept-language": "en"}).content.decode()
    assert "2 not delivered, the longest waits 5" in first_line


def test_what_is_delivered_or_cancelled_is_gone(portal: Client, grid: Place) -> None:
    now = timezone.now()
    gone = [make_supply_request(at=now, household=make_household(grid, room=f"77{number}")) for number in (1, 2)]
    portal.post(reverse("supply_deliver", args=[gone[0].pk]))
    portal.post(reverse("supply_cancel", args=[gone[1].pk]), {"reason": "not_needed"})
    portal.get(reverse("supply_list"))  # the messages name the doors once
    assert "-1-77" not in portal.get(reverse("supply_list")).content.decode().replace("3-1-771：送到了", "")


def test_a_lead_may_look_at_one_grid_only(client: Client) -> None:
    community = make_place(Kind.COMMUNITY)
    grids = [make_place(Kind.GRID, community, name=name) for name in ("甲网格", "乙网格")]
    for grid, room in zip(grids, ("4001", "4002"), strict=True):
        make_supply_request(at=timezone.now(), household=make_household(grid, room=room))
    client.force_login(make_staff(Role.COMMUNITY_LEAD, community))
    both = client.get(reverse("supply_list")).content.decode()
    one = client.get(reverse("supply_list"), {"grid": grids[0].pk}).content.decode()
    assert "4001" in both and "4002" in both
    assert "4001" in one and "4002" not in one


def test_a_supervisor_sees_and_does_not_deliver(client: Client, grid: Place) -> None:
    supply = make_supply_request(at=timezone.now(), grid=grid)
    client.force_login(make_staff(Role.STREET_SUPERVISOR, grid.street))
    content = client.get(reverse("supply_list")).content.decode()
    assert supply.household.room in content
    assert reverse("supply_deliver", args=[supply.pk]) not in content


def test_the_list_is_paged(portal: Client, grid: Place) -> None:
    for number in range(31):
        make_supply_request(at=timezone.now(), household=make_household(grid, room=str(3000 + number)))
    first = portal.get(reverse("supply_list")).content.decode()
    second = portal.get(reverse("supply_list"), {"page": "2"}).content.decode()
    assert "3029" in first and "3030" not in first and "3030" in second


def test_htmx_gets_the_part_and_history_the_page(portal: Client, grid: Place) -> None:
    make_supply_request(at=timezone.now(), grid=grid)
    part = portal.get(reverse("supply_list"), headers={"hx-request": "true"}).content.decode()
    whole = portal.get(
        reverse("supply_list"), headers={"hx-request": "true", "hx-history-restore-request": "true"}
    ).content.decode()
    assert 'id="supplies"' in part and "<html" not in part
    assert 'id="supplies"' in whole and "<html" in whole


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_as_often_for_three_as_for_one(
    portal: Client, grid: Place, rows: int, django_assert_num_queries
) -> None:
    for _number in range(rows):
        door = make_household(grid)
        make_supply_request(at=timezone.now(), household=door, resident=make_resident(door), items=("鸡蛋", "大米"))
    portal.get(reverse("supply_list"))
    with django_assert_num_queries(10):
        portal.get(reverse("supply_list"))


# --- delivering ---------------------------------------------------------------------------------------------------


def test_delivered_says_when_by_whom_and_to_whom(portal: Client, grid: Place, worker: Staff) -> None:
    supply = make_supply_request(at=timezone.now(), grid=grid)
    response = portal.post(reverse("supply_deliver", args=[supply.pk]), {"handed_over": "邻居张姐", "page": "1"})
    assert response.url == reverse("supply_list") + "?page=1"
    now = reread(supply)
    assert (now.state, now.delivered_by, now.delivered_at) == ("delivered", worker, timezone.now())
    assert now.handed_over == "邻居张姐"
    assert AuditRecord.objects.get(deed="supply_delivered").subject_id == supply.pk


def test_a_second_tap_is_harmless(portal: Client, grid: Place) -> None:
    supply = make_supply_request(at=timezone.now(), grid=grid)
    for _tap in range(2):
        response = portal.post(reverse("supply_deliver", args=[supply.pk]), follow=True)
        assert "送到了" in response.content.decode()
    assert AuditRecord.objects.filter(deed="supply_delivered").count() == 1
    assert reread(supply).version == 2


def test_the_second_worker_is_told_who_was_first_and_when(portal: Client, grid: Place, clock) -> None:
    supply = make_supply_request(at=timezone.now(), grid=grid)
    other = Client()
    other.force_login(make_staff(Role.GRID_WORKER, grid, name="陈平"))
    portal.post(reverse("supply_deliver", args=[supply.pk]))
    clock.shift(timedelta(minutes=10))
    content = other.post(reverse("supply_deliver", args=[supply.pk]), follow=True).content.decode()
    assert "王芳" in content and "08:30" in content
    assert AuditRecord.objects.filter(deed="supply_delivered").count() == 1


def test_a_delivery_is_taken_back_within_a_minute(portal: Client, grid: Place, clock) -> None:
    supply = make_supply_request(at=timezone.now(), grid=grid)
    portal.post(reverse("supply_deliver", args=[supply.pk]), {"handed_over": "邻居"})
    clock.shift(timedelta(seconds=59))
    undo = reverse("supply_reopen", args=[supply.pk])
    assert undo in portal.get(reverse("supply_list")).content.decode()
    for _tap in range(2):
        assert portal.post(undo).url == reverse("supply_list")
    now = reread(supply)
    assert (now.state, now.delivered_at, now.delivered_by, now.handed_over) == ("open", None, None, "")
    assert AuditRecord.objects.filter(deed="supply_reopened").count() == 1


def test_after_a_minute_it_stays_delivered(portal: Client, grid: Place, clock) -> None:
    supply = make_supply_request(at=timezone.now(), grid=grid)
    portal.post(reverse("supply_deliver", args=[supply.pk]))
    clock.shift(timedelta(seconds=61))
    undo = reverse("supply_reopen", args=[supply.pk])
    assert undo not in portal.get(reverse("supply_list")).content.decode()
    portal.post(undo)
    assert reread(supply).state == "delivered"
    assert not AuditRecord.objects.filter(deed="supply_reopened").exists()


def test_what_was_just_delivered_is_found_without_reading_all_deliveries_ever(worker: Staff) -> None:
    rows = SupplyRequest.unscoped.just_delivered(worker.pk, timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert "delivered_supplies" in rows[:1].explain()


def test_nobody_takes_back_what_another_delivered(portal: Client, grid: Place) -> None:
    supply = make_supply_request(at=timezone.now(), grid=grid)
    portal.post(reverse("supply_deliver", args=[supply.pk]))
    other = Client()
    other.force_login(make_staff(Role.GRID_WORKER, grid))
    other.post(reverse("supply_reopen", args=[supply.pk]))
    assert reread(supply).state == "delivered"


def test_cancelling_asks_for_a_reason(portal: Client, grid: Place) -> None:
    supply = make_supply_request(at=timezone.now(), grid=grid)
    address = reverse("supply_cancel", args=[supply.pk])
    assert portal.get(address).status_code == 200
    assert portal.post(address, {}).status_code == 422
    assert reread(supply).state == "open"
    assert portal.post(address, {"reason": "got_it_otherwise"}).url == reverse("supply_list")
    assert reread(supply).state == "cancelled"
    assert AuditRecord.objects.get(deed="supply_cancelled").facts == {"reason": "got_it_otherwise"}


def test_a_move_meanwhile_is_seen_by_every_deed_on_supplies(grid: Place) -> None:
    now, stale = timezone.now(), make_household(grid)
    new_grid = make_place(Kind.GRID, grid.parent)
    Household.unscoped.filter(pk=stale.pk).update(grid=new_grid)
    facts = {"by": Actor.staff(make_staff(Role.GRID_WORKER, new_grid).pk), "at": now}
    supply = make_supply_request(household=stale, **facts)
    assert (supply.grid, AuditRecord.objects.get(deed="supply_asked").place) == (new_grid, new_grid)
    Household.unscoped.filter(pk=stale.pk).update(grid=grid)  # and back; `supply` knows nothing of it
    with pytest.raises(PermissionDenied):
        actions.deliver(request=supply, handed_over="", **facts)
    facts["by"] = Actor.staff(make_staff(Role.GRID_WORKER, grid).pk)
    actions.deliver(request=supply, handed_over="", **facts)
    actions.take_delivery_back(request=supply, **facts)
    actions.cancel(request=supply, reason="not_needed", **facts)
    deeds = AuditRecord.objects.filter(deed__in=["supply_delivered", "supply_reopened", "supply_cancelled"])
    assert {record.place for record in deeds} == {grid} and deeds.count() == 3


def test_what_is_cancelled_cannot_be_delivered(portal: Client, grid: Place) -> None:
    supply = make_supply_request(at=timezone.now(), grid=grid)
    portal.post(reverse("supply_cancel", args=[supply.pk]), {"reason": "not_needed"})
    portal.post(reverse("supply_deliver", args=[supply.pk]))
    assert reread(supply).state == "cancelled"
    assert not AuditRecord.objects.filter(deed="supply_delivered").exists()


# --- whose business it is -----------------------------------------------------------------------------------------

DEEDS = ["supply_deliver", "supply_reopen", "supply_cancel"]


@pytest.mark.parametrize("name", DEEDS)
def test_a_stranger_gets_404_and_a_reader_403(client: Client, grid: Place, name: str) -> None:
    supply = make_supply_request(at=timezone.now(), grid=grid)
    for role, place, status in (
        (Role.GRID_WORKER, make_place(Kind.GRID, grid.parent), 404),
        (Role.STREET_SUPERVISOR, grid.street, 403),
    ):
        client.force_login(make_staff(role, place))
        assert client.post(reverse(name, args=[supply.pk]), {"reason": "not_needed"}).status_code == status
    assert reread(supply).state == "open"


def test_a_stranger_cannot_ask_for_a_door(client: Client, grid: Place) -> None:
    door = make_household(grid)
    for role, place, status in (
        (Role.GRID_WORKER, make_place(Kind.GRID, grid.parent), 404),
        (Role.STREET_SUPERVISOR, grid.street, 403),
    ):
        client.force_login(make_staff(role, place))
        assert client.post(reverse("supply_add", args=[door.pk]), asked()).status_code == status
    assert not SupplyRequest.unscoped.exists()


@pytest.mark.parametrize("name", ["supply_deliver", "supply_reopen"])
def test_a_deed_refuses_get(portal: Client, grid: Place, name: str) -> None:
    supply = make_supply_request(at=timezone.now(), grid=grid)
    assert portal.get(reverse(name, args=[supply.pk])).status_code == 405


def test_the_doors_page_shows_what_is_open_and_the_way_to_ask(portal: Client, grid: Place) -> None:
    door = make_household(grid)
    make_supply_request(at=timezone.now(), household=door, items=("老花镜",))
    content = portal.get(reverse("household_detail", args=[door.pk])).content.decode()
    assert "老花镜" in content
    assert reverse("supply_add", args=[door.pk]) in content


@pytest.mark.django_db
def test_the_mark_of_another_door_s_form_is_refused_in_words() -> None:
    at = timezone.now()
    taken = make_supply_request(at=at)
    with pytest.raises(PermissionDenied):
        actions.ask_for_supplies(
            household=make_household(), resident=None, lines=[actions.Line("鸡蛋", None, "")], urgent=False, note="",
            uuid=taken.uuid, by=SYSTEM, at=at,
        )  # fmt: skip

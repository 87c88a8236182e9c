"""Place pages: the tree, adding below, renaming with conflicts told, closing only what is empty."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grid import registries
from grid.models import AuditRecord, Place, Post, Staff
from grid.rules.permissions import Role
from grid.rules.places import Kind
from tests.factories.grid import make_place, make_staff
from tests.grid.support import deeds, log_in, street

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return street()


@pytest.fixture
def admin(client, house):
    log_in(client, house.administrator)
    return client


def close(client, place: Place):
    return client.post(f"/places/{place.pk}/close/", {"version": Place.objects.get(pk=place.pk).version})


def test_the_tree_stands_in_administrative_order(admin, house) -> None:
    Place.objects.filter(pk=house.street.pk).update(code="420198001")
    Place.objects.filter(pk=house.river.pk).update(code="420198001001")
    Place.objects.filter(pk=house.garden.pk).update(code="420198001002")
    page = admin.get("/places/").content.decode().split("<tbody")[1]
    names = [house.street.name, house.river.name, house.garden.name, house.cell.name]
    assert sorted(names, key=page.index) == names


def test_a_grid_is_added_below_its_community(admin, house) -> None:
    answer = admin.post(f"/places/{house.garden.pk}/add/", {"name": " 花园二网格 ", "code": "420198001002002"})
    grid = Place.objects.get(name="花园二网格")
    assert answer["Location"] == f"/places/{grid.pk}/"
    assert (grid.kind, grid.path, grid.street_id) == ("grid", f"{house.garden.path}{grid.pk}/", house.street.pk)
    assert AuditRecord.objects.get(deed="place_added").place_id == grid.pk


def test_from_the_page_of_a_place_somebody_gets_a_post_there(admin, house) -> None:
    way = f"/staff/?place={house.cell.pk}"
    assert f'href="{way}"' in admin.get(f"/places/{house.cell.pk}/").content.decode()
    for page in (admin.get(way), admin.post(way, {"words": house.worker.name})):
        assert f'href="/staff/{house.worker.pk}/posts/add/?place={house.cell.pk}"' in page.content.decode()
        assert f'href="/staff/add/?place={house.cell.pk}"' in page.content.decode()
    for address in (f"/staff/{house.worker.pk}/posts/add/", "/staff/add/"):
        assert f'value="{house.cell.pk}" selected' in admin.get(f"{address}?place={house.cell.pk}").content.decode()
    for elsewhere in (make_place().pk, "x", "9" * 40, ""):
        page = admin.get(f"/staff/add/?place={elsewhere}").content.decode()
        assert not re.search(r'<select name="place".*?value="\d+" selected', page, re.S)
        assert admin.get(f"/staff/?place={elsewhere}").status_code == 200


def test_a_street_names_itself(house) -> None:
    from grid.actions.places import add_place
    from grid.rules.actors import SYSTEM

    city = make_place(Kind.DISTRICT)
    new = add_place(parent=city, code="420198099", name="新街道", by=SYSTEM, at=timezone.now())
    assert new.street_id == new.pk and new.path == f"{city.path}{new.pk}/"


def test_the_same_place_sent_twice_is_added_once(admin, house) -> None:
    facts = {"name": "花园二网格", "code": "420198001002002"}
    first = admin.post(f"/places/{house.garden.pk}/add/", facts)
    assert admin.post(f"/places/{house.garden.pk}/add/", facts)["Location"] == first["Location"]
    assert Place.objects.filter(name="花园二网格").count() == 1 and deeds().count("place_added") == 1


@pytest.mark.parametrize(("name", "code"), [("", "42"), ("花园", "42a"), ("花园", ""), ("花园", "1" * 21)])
def test_faults_are_told_and_nothing_is_lost(admin, house, name, code) -> None:
    answer = admin.post(f"/places/{house.garden.pk}/add/", {"name": name, "code": code})
    assert answer.status_code == 422 and "error-summary" in answer.content.decode()


def test_a_code_that_is_taken_is_told_at_the_field(admin, house) -> None:
    answer = admin.post(f"/places/{house.garden.pk}/add/", {"name": "新的", "code": house.cell.code})
    assert answer.status_code == 422 and "已有别的地方" in answer.content.decode()


def test_nothing_is_added_below_a_grid(admin, house) -> None:
    assert admin.get(f"/places/{house.cell.pk}/add/").status_code == 404


def test_a_new_code_changes_no_path(admin, house) -> None:
    facts = {"name": "大花园社区", "code": "420198001777", "version": 1}
    assert admin.post(f"/places/{house.garden.pk}/rename/", facts).status_code == 302
    place = Place.objects.get(pk=house.garden.pk)
    assert (place.name, place.code, place.path, place.version) == ("大花园社区", "420198001777", house.garden.path, 2)
    assert AuditRecord.objects.get(deed="place_renamed").facts == {"fields": ["code", "name"]}


def test_who_saves_second_sees_both_and_loses_nothing(admin, house) -> None:
    path = f"/places/{house.garden.pk}/rename/"
    admin.post(path, {"name": "甲改的", "code": house.garden.code, "version": 1})
    answer = admin.post(path, {"name": "乙改的", "code": house.garden.code, "version": 1})
    page = answer.content.decode()
    assert answer.status_code == 422 and "刚刚有人改过" in page and "甲改的" in page and 'value="乙改的"' in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version and version.group(1) == "2"
    assert admin.post(path, {"name": "乙改的", "code": house.garden.code, "version": 2}).status_code == 302


def test_an_empty_grid_closes_keeps_its_history_and_leaves_the_choices(admin, house) -> None:
    Post.objects.filter(staff=house.worker).update(until=timezone.now())
    for _time in range(2):
        assert close(admin, house.cell)["Location"] == f"/places/{house.cell.pk}/"
    assert Place.objects.get(pk=house.cell.pk).closed_at and deeds().count("place_closed") == 1
    assert house.cell.name in admin.get("/places/").content.decode()
    assert f'value="{house.cell.pk}"' not in admin.get("/staff/add/").content.decode()
    assert admin.get(f"/places/{house.cell.pk}/rename/").status_code == 404
    assert admin.get(f"/places/{house.cell.pk}/add/").status_code == 404


def test_what_still_stands_there_is_said_with_the_way_to_it(admin, house) -> None:
    page = admin.get(f"/places/{house.cell.pk}/close/").content.decode()
    assert "还有1个岗位没结束" in page and f"/places/{house.cell.pk}/#posts" in page
    assert close(admin, house.cell).status_code == 422
    answer = close(admin, house.garden)
    assert answer.status_code == 422 and "还有1个下级没停用" in answer.content.decode()
    assert not Place.objects.exclude(closed_at=None).exists() and "place_closed" not in deeds()


def test_a_place_with_people_does_not_close(admin, house, monkeypatch) -> None:
    Post.objects.filter(staff=house.worker).update(until=timezone.now())
    monkeypatch.setattr(registries, "tenants_of", lambda place: [("户", 3)])
    answer = close(admin, house.cell)
    assert answer.status_code == 422 and "户3" in answer.content.decode()


def test_closing_on_an_old_version_is_told(admin, house) -> None:
    Post.objects.filter(staff=house.worker).update(until=timezone.now())
    Place.objects.filter(pk=house.cell.pk).update(version=5)
    answer = admin.post(f"/places/{house.cell.pk}/close/", {"version": 4})
    assert answer.status_code == 422 and "刚刚有人改过" in answer.content.decode()


def paths_of(place: Place) -> list[tuple[str, dict]]:
    facts = {"name": "新名", "code": "4201", "version": 1}
    return [(f"/places/{place.pk}/{deed}/", facts) for deed in ("add", "rename", "close")]


def test_places_of_another_street_do_not_exist(admin, house) -> None:
    foreign = make_place(Kind.COMMUNITY, name="外街社区")
    assert foreign.name not in admin.get("/places/").content.decode()
    assert admin.get(f"/places/{foreign.pk}/").status_code == 404
    for path, facts in paths_of(foreign):
        assert (admin.get(path).status_code, admin.post(path, facts).status_code) == (404, 404), path


def test_above_ones_own_places_nothing_opens(client, house) -> None:
    log_in(client, make_staff(Role.ADMINISTRATOR, house.garden))
    assert client.get(f"/places/{house.garden.pk}/").status_code == 200
    assert client.get(f"/places/{house.street.pk}/").status_code == 404


def test_a_reader_gets_403_and_a_stranger_the_login(client, house) -> None:
    for path, facts in [*paths_of(house.garden), ("/places/", {})]:
        assert client.post(path, facts)["Location"] == "/login/", path
    log_in(client, house.worker)
    for path, facts in paths_of(house.garden):
        assert client.post(path, facts).status_code == 403, path
    assert client.get("/places/").status_code == 403


@pytest.mark.parametrize("grids", [1, 3])
def test_a_page_of_places_costs_two_queries_beside_the_frames(admin, house, grids) -> None:
    for _grid in range(grids):
        make_place(Kind.GRID, house.garden)
    with CaptureQueriesContext(connection) as found:
        admin.get("/places/")
    assert len(found) == 6


def test_many_places_come_by_the_page_and_are_found_by_name_or_code(admin, house) -> None:
    for number in range(60):
        make_place(Kind.GRID, house.river, name=f"江边{number}网格", code=f"42019800{number:03}")
    page = admin.get("/places/").content.decode()
    assert page.count("<tr>") == 51 and "page=2" in page
    below = admin.get(f"/places/{house.river.pk}/").content.decode().split('id="below"')[1]
    assert "江边0网格" in below and "江边59网格" not in below
    assert "江边59网格" in admin.get(f"/places/{house.river.pk}/?page=2").content.decode()
    for words in ("江边42", "42019800042"):
        found = admin.post("/places/", {"words": words}).content.decode()
        assert "江边42网格" in found and "江边41网格" not in found
    found = admin.post("/places/", {"words": "网格", "page": "2"}).content.decode()
    assert found.count("<tr>") == 12 and "江边59网格" not in admin.post("/places/", {"words": "没有"}).content.decode()
    cell = admin.get(f"/places/{house.cell.pk}/").content.decode()
    crumbs = cell.split('class="crumbs"')[1].split("</ol>")[0]
    assert f"/places/{house.street.pk}/" in crumbs and f"/places/{house.garden.pk}/" in crumbs


@pytest.mark.parametrize("people", [1, 3])
def test_a_places_page_costs_the_same_however_much_stands_there(admin, house, people) -> None:
    for _person in range(people):
        make_place(Kind.GRID, house.garden)
        make_staff(Role.COMMUNITY_LEAD, house.garden)
    with CaptureQueriesContext(connection) as found:
        admin.get(f"/places/{house.garden.pk}/")
    assert len(found) == 9


def test_the_first_administrator_comes_from_the_command_line(capsys) -> None:
    from django.core.management import CommandError, call_command

    facts = {"user_name": "chief", "name": "主任"}
    with pytest.raises(CommandError, match="no place yet"):
        call_command("add_administrator", **facts)
    call_command("add_administrator", **facts, place_name="望江街道", place_code="420198001")
    chief = Staff.objects.get(user_name="chief")
    assert chief.current_posts[0].place.kind == Kind.STREET and chief.must_change_password
    assert "chief: " in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("add_administrator", **facts)

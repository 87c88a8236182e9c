"""Staff pages: an administrator adds, gives and ends posts, resets and closes logins, within her places only."""

import datetime
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from grid.models import AuditRecord, KnownDevice, Post, Staff
from grid.rules.permissions import Permission, Role
from grid.rules.places import Kind
from residents.models import Household
from tests.factories.grid import LONG_AGO, make_place, make_staff
from tests.factories.residents import make_household
from tests.grid.support import deeds, log_in, on_own_phone, pages_open, street

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return street()


@pytest.fixture
def admin(client, house) -> Client:
    log_in(client, house.administrator)
    return client


@pytest.fixture
def elsewhere() -> Staff:
    """A worker of another street."""
    return make_staff(Role.GRID_WORKER, name="外街李雷")


def new_person(house, **fields) -> dict:
    start = {"name": "赵敏", "user_name": "zhaomin", "phone": "19900000001", "role": "grid_worker"}
    return {**start, "place": house.cell.pk, "last_day": "", **fields}


def password_on(page: str) -> str | None:
    found = re.search(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", page)
    return found.group() if found else None


def deeds_on(house, staff: Staff, post: Post) -> list[tuple[str, dict]]:
    """Every POST about one member of staff."""
    return [
        (f"/staff/{staff.pk}/posts/add/", {"role": "grid_worker", "place": house.cell.pk, "version": staff.version}),
        (f"/posts/{post.pk}/end/", {}),
        (f"/staff/{staff.pk}/password/", {"version": staff.version}),
        (f"/staff/{staff.pk}/disable/", {"version": staff.version, "wanted": "disabled"}),
    ]


def test_a_new_worker_logs_in_with_the_password_shown_once(admin, house) -> None:
    answer = admin.post("/staff/add/", new_person(house), follow=True)
    password = password_on(answer.content.decode())
    assert password
    assert password_on(admin.get(answer.request["PATH_INFO"]).content.decode()) is None
    worker = Staff.objects.get(user_name="zhaomin")
    assert worker.may(Permission.RECORD_CHECK_IN, house.cell) and worker.must_change_password
    assert log_in(Client(), worker, password)["Location"] == "/password/"
    record = AuditRecord.objects.get(deed="staff_added")
    assert (record.staff_id, record.place_id, record.subject_id) == (house.administrator.pk, house.cell.pk, worker.pk)
    assert "赵敏" not in str(record.facts)


def test_sending_the_form_twice_makes_one_person(admin, house) -> None:
    admin.post("/staff/add/", new_person(house))
    again = admin.post("/staff/add/", new_person(house))
    assert again.status_code == 422 and "已有人用" in again.content.decode()
    assert Staff.objects.filter(user_name="zhaomin").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("user_name", "Zhao Min"), ("phone", "12345"), ("name", ""), ("role", "street_supervisor"), ("place", "999999")],
)
def test_a_fault_is_told_at_its_field_and_nothing_typed_is_lost(admin, house, field, value) -> None:
    answer = admin.post("/staff/add/", new_person(house, **{field: value}))
    page = answer.content.decode()
    assert answer.status_code == 422 and f'href="#id_{field}"' in page
    assert 'value="zhaomin"' in page or 'value="Zhao Min"' in page
    assert not Staff.objects.filter(phone="19900000001").exists()


def test_only_open_places_of_ones_own_can_be_chosen(admin, house, elsewhere) -> None:
    closed = make_place(Kind.GRID, house.garden, name="旧网格")
    closed.closed_at = LONG_AGO
    closed.save()
    page = admin.get("/staff/add/").content.decode()
    assert "花园一网格" in page and "旧网格" not in page
    foreign = Post.objects.get(staff=elsewhere).place
    assert foreign.name not in page
    assert admin.post("/staff/add/", new_person(house, place=foreign.pk)).status_code == 422


def test_a_stand_in_ends_with_her_last_day(admin, house, clock) -> None:
    answer = admin.post(f"/staff/{house.worker.pk}/posts/add/", stand_in(house, "2026-03-05"))
    assert answer["Location"] == f"/staff/{house.worker.pk}/"
    clock.move_to(datetime.datetime(2026, 3, 5, 23, 59, tzinfo=LONG_AGO.tzinfo))
    assert Staff.objects.get(pk=house.worker.pk).may(Permission.SEE_ROUND, house.river)
    clock.shift(datetime.timedelta(minutes=2))
    assert not Staff.objects.get(pk=house.worker.pk).may(Permission.SEE_ROUND, house.river)


def stand_in(house, last_day: str) -> dict:
    return {"role": "community_lead", "place": house.river.pk, "last_day": last_day, "version": house.worker.version}


def test_a_last_day_in_the_past_is_refused(admin, house, clock) -> None:
    assert admin.post(f"/staff/{house.worker.pk}/posts/add/", stand_in(house, "2026-03-03")).status_code == 422


def test_the_same_post_sent_twice_is_given_once(admin, house) -> None:
    path, facts = f"/staff/{house.worker.pk}/posts/add/", stand_in(house, "")
    assert [admin.post(path, facts)["Location"], admin.post(path, facts)["Location"]] == [
        f"/staff/{house.worker.pk}/"
    ] * 2
    assert Post.objects.filter(staff=house.worker).count() == 2


def test_two_administrators_at_once_the_second_is_told(admin, house) -> None:
    path = f"/staff/{house.worker.pk}/posts/add/"
    admin.post(path, stand_in(house, ""))
    answer = admin.post(path, {"role": "grid_worker", "place": house.garden.pk, "version": house.worker.version})
    page = answer.content.decode()
    assert answer.status_code == 422 and "刚刚有人改过" in page
    assert f'value="{house.garden.pk}" selected' in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    again = {"role": "grid_worker", "place": house.garden.pk, "version": version.group(1)}
    assert admin.post(path, again).status_code == 302


def test_ending_a_post_takes_its_rights_at_the_next_request_and_twice_is_harmless(admin, house) -> None:
    post = Post.objects.get(staff=house.worker)
    for _time in range(2):
        assert admin.post(f"/posts/{post.pk}/end/").status_code == 302
    assert not Staff.objects.get(pk=house.worker.pk).may(Permission.SEE_ROUND)
    assert deeds().count("post_ended") == 1


def test_ones_own_last_administrators_post_cannot_be_ended(admin, house) -> None:
    post = Post.objects.get(staff=house.administrator)
    answer = admin.post(f"/posts/{post.pk}/end/")
    assert answer.status_code == 422 and "最后一个管理员岗位" in answer.content.decode()
    assert house.administrator.may(Permission.MANAGE_STAFF) and "post_ended" not in deeds()


def test_a_reset_ends_sessions_pin_and_known_phones(admin, house) -> None:
    phone = Client()
    on_own_phone(phone, house.worker)
    answer = admin.post(f"/staff/{house.worker.pk}/password/", {"version": house.worker.version}, follow=True)
    assert password_on(answer.content.decode())
    assert not pages_open(phone)
    assert not KnownDevice.objects.exists() and not Staff.objects.get(pk=house.worker.pk).pin
    assert admin.post(f"/staff/{house.worker.pk}/password/", {"version": house.worker.version}).status_code == 422


def test_closing_a_login_ends_its_sessions_for_good(admin, house) -> None:
    phone = Client()
    log_in(phone, house.worker)
    path, facts = f"/staff/{house.worker.pk}/disable/", {"version": house.worker.version}
    for _time in range(2):
        assert admin.post(path, {**facts, "wanted": "disabled"}).status_code == 302
    assert not pages_open(phone) and log_in(Client(), house.worker).status_code == 422
    version = Staff.objects.get(pk=house.worker.pk).version
    opened = admin.post(path, {"version": version, "wanted": "enabled"}, follow=True)
    password = password_on(opened.content.decode())
    assert password and not pages_open(phone)
    assert log_in(Client(), Staff.objects.get(pk=house.worker.pk), password).status_code == 302
    assert deeds().count("staff_disabled") == 1


@pytest.mark.parametrize("path", ["password/", "disable/"])
def test_nobody_closes_or_resets_her_own_login(admin, house, path) -> None:
    own = Staff.objects.get(pk=house.administrator.pk)
    answer = admin.post(f"/staff/{own.pk}/{path}", {"version": own.version, "wanted": "disabled"})
    assert answer.status_code == 422 and pages_open(admin)


def test_people_of_another_street_do_not_exist(admin, house, elsewhere) -> None:
    post = Post.objects.get(staff=elsewhere)
    assert admin.get(f"/staff/{elsewhere.pk}/").status_code == 404
    assert elsewhere.name not in admin.post("/staff/", {"words": "李雷"}).content.decode()
    for path, facts in deeds_on(house, elsewhere, post):
        assert admin.post(path, facts).status_code == 404, path
    assert deeds() == ["logged_in"]


def test_who_also_works_outside_is_seen_but_not_locked_out(admin, house) -> None:
    both = make_staff(Role.COMMUNITY_LEAD, house.garden, name="两头跑")
    outside = Post.objects.create(
        staff=both, place=make_place(Kind.STREET), role=Role.STREET_SUPERVISOR, since=LONG_AGO
    )
    page = admin.get(f"/staff/{both.pk}/").content.decode()
    assert "两头跑" in page and f"/staff/{both.pk}/disable/" not in page
    assert admin.post(f"/staff/{both.pk}/password/", {"version": 1}).status_code == 403
    assert admin.post(f"/staff/{both.pk}/disable/", {"version": 1, "wanted": "disabled"}).status_code == 403
    assert admin.post(f"/posts/{outside.pk}/end/").status_code == 404
    assert Staff.objects.get(pk=both.pk).version == 1


def test_a_reader_gets_403_and_a_stranger_the_login(client, house) -> None:
    post = Post.objects.get(staff=house.worker)
    paths = [*deeds_on(house, house.worker, post), ("/staff/add/", new_person(house)), ("/staff/", {"words": "王"})]
    for path, facts in paths:
        assert client.post(path, facts)["Location"] == "/login/", path
    log_in(client, house.worker)
    for path, facts in paths:
        assert client.post(path, facts).status_code == 403, path


def test_deeds_refuse_get(admin, house) -> None:
    post = Post.objects.get(staff=house.worker)
    for path, _facts in deeds_on(house, house.worker, post)[1:]:
        assert admin.get(path).status_code == 405, path


def test_the_scope_is_asked_again_inside_the_deed(house) -> None:
    from django.core.exceptions import PermissionDenied
    from django.utils import timezone

    from grid.actions import staff as actions
    from grid.rules.actors import Actor

    Post.objects.filter(staff=house.administrator).update(until=timezone.now())
    facts = {"by": Actor.staff(house.administrator.pk), "at": timezone.now()}
    with pytest.raises(PermissionDenied):
        actions.end_post(post_id=Post.objects.get(staff=house.worker).pk, **facts)
    with pytest.raises(PermissionDenied):
        actions.disable(staff_id=house.worker.pk, version=1, **facts)
    assert deeds() == []


def test_search_words_find_by_name_and_stay_out_of_the_address(admin, house) -> None:
    page = admin.post("/staff/", {"words": "王"}).content.decode()
    assert "王芳" in page and "管理员甲" not in page.split("<main")[1]
    assert "没找到人" in admin.post("/staff/", {"words": "没这人"}).content.decode()


def test_the_list_goes_by_pinyin(admin, house) -> None:
    for name in ("赵一", "陈二", "Ann", "安三"):
        make_staff(name=name)
    page = admin.get("/staff/").content.decode()
    places = [page.index(f">{name}<") for name in ("Ann", "安三", "陈二", "王芳", "赵一")]
    assert places == sorted(places)


def test_the_list_says_who_holds_no_post(admin, house) -> None:
    make_staff(name="没岗位的人")
    assert "1人能登录但没有岗位" in admin.get("/staff/").content.decode()
    main = admin.get("/staff/?show=without_post").content.decode().split("<main")[1]
    assert "没岗位的人" in main and "王芳" not in main


@pytest.mark.parametrize("people", [1, 3])
def test_the_list_costs_the_same_queries_however_long(admin, house, people) -> None:
    for _person in range(people):
        make_staff(Role.GRID_WORKER, house.cell)
    with CaptureQueriesContext(
        connection,
    ) as found:
        admin.get("/staff/")
    assert len(found) == 9


@pytest.mark.parametrize("posts", [1, 3])
def test_a_persons_page_costs_the_same_queries_however_many_posts(admin, house, posts) -> None:
    for _post in range(posts):
        Post.objects.create(staff=house.worker, place=house.garden, role=Role.GRID_WORKER, since=LONG_AGO)
    with CaptureQueriesContext(connection) as found:
        admin.get(f"/staff/{house.worker.pk}/")
    assert len(found) == 6


def test_in_a_city_the_place_is_typed_by_name_or_code(admin, house, monkeypatch) -> None:
    monkeypatch.setattr("grid.forms.place_field.MOST_IN_A_SELECT", 2)
    make_place(Kind.GRID, house.river, name="江边一网格", code="420198007001")
    make_place(Kind.GRID, house.garden, name="江边一网格", code="420198007002")
    foreign = make_place(Kind.GRID, name="外街网格")
    person = {"name": "新人", "user_name": "newcomer", "role": "grid_worker"}
    page = admin.get("/staff/add/").content.decode()
    assert "<select" in page and page.count("<option") < 9 and 'name="place"' in page
    for words, told in (("江边一网格", "420198007002"), (foreign.name, "没有"), (foreign.code, "没有"), ("", "")):
        answer = admin.post("/staff/add/", person | {"place": words})
        assert answer.status_code == 422 and told in answer.content.decode(), words
    assert admin.post("/staff/add/", person | {"place": "花园一"}).status_code == 302
    assert Staff.objects.get(user_name="newcomer").posts.get().place_id == house.cell.pk


def one_building(house, **fields) -> dict:
    start = {"role": "grid_worker", "place": house.cell.pk, "last_day": "", "version": house.worker.version}
    return {**start, "compound": "", "building": "3", **fields}


def test_a_post_for_one_building_of_a_grid(admin, house) -> None:
    there, beside = make_household(house.cell, building="3"), make_household(house.cell, building="12")
    path, helper = f"/staff/{house.worker.pk}/posts/add/", house.worker
    Post.objects.filter(staff=helper).delete()
    for _time in range(2):
        assert admin.post(path, one_building(house, building=" 3栋"))["Location"] == f"/staff/{helper.pk}/"
    post = Post.objects.get(staff=helper)
    assert (post.compound, post.building, post.until) == (there.compound, "3", None)
    assert AuditRecord.objects.get(deed="post_added").facts == {"role": "grid_worker", "buildings": 1}
    assert f"花园一网格 {there.compound} 3栋" in admin.get(f"/staff/{helper.pk}/").content.decode()
    seen = Household.objects.visible_to(Staff.objects.get(pk=helper.pk))
    assert there in seen and beside not in seen
    version = Staff.objects.get(pk=helper.pk).version
    admin.post(path, one_building(house, compound=beside.compound, building="12", version=version))
    assert beside in Household.objects.visible_to(Staff.objects.get(pk=helper.pk))
    assert admin.post("/staff/add/", new_person(house, building="12")).status_code == 302
    assert Post.objects.get(staff__user_name="zhaomin").building == "12"


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"building": "4"}, "building", "江南苑 3栋"),
        ({"building": ""}, "building", "江南苑 3栋"),
        ({"building": "3"}, "building", "江南苑 3栋, 江北苑 3栋"),
        ({"compound": "江东苑"}, "compound", "花园一网格"),
        ({"role": "community_lead", "place": "garden"}, "building", "网格员"),
        ({"place": "garden"}, "building", "网格员"),
    ],
)
def test_a_building_that_is_not_meant_for_sure_is_refused_in_words(admin, house, typed, field, words) -> None:
    make_household(house.cell, compound="江南苑", building="3")
    if typed == {"building": "3"}:
        make_household(house.cell, compound="江北苑", building="3")
    if typed == {"building": ""}:
        typed = typed | {"compound": "江南苑"}
    if "place" in typed:
        typed = typed | {"place": house.garden.pk}
    answer = admin.post(f"/staff/{house.worker.pk}/posts/add/", one_building(house, **typed))
    page = answer.content.decode()
    told = re.search(rf'<a href="#id_{field}">(.*?)</a>', page)
    assert answer.status_code == 422 and told and "<details open" in page
    assert all(word in told[1] for word in words.split(", "))
    assert Post.objects.filter(staff=house.worker).count() == 1

"""Helpers: a lead gives posts that end, for grids or single buildings, and sees which grids nobody walks."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grid.models import AuditRecord, KnownDevice, Place, Post, Staff
from grid.rules.clock import local_day
from grid.rules.permissions import Permission, Role
from grid.rules.places import Kind
from grid.rules.posts import end_of
from tests.factories.grid import LONG_AGO, PASSWORD, make_place, make_staff
from tests.factories.quarantine import make_case
from tests.factories.residents import make_household
from tests.grid.support import deeds, log_in, on_own_phone, pages_open
from tests.residents.support import Street, client_of, hidden, make_street

pytestmark = pytest.mark.django_db
PHONE = "19900009001"


@pytest.fixture
def street() -> Street:
    return make_street()


@pytest.fixture
def lead(street: Street) -> Client:
    return client_of(street.lead)


def in_days(days: int) -> date:
    return local_day(timezone.now()) + timedelta(days=days)


def helper_form(*grids: Place, **fields: Any) -> dict[str, Any]:
    start = {"name": "赵敏", "phone": PHONE, "spots": [str(grid.pk) for grid in grids]}
    return {**start, "last_day": str(in_days(7)), **fields}


def password_on(page: str) -> str | None:
    found = re.search(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", page)
    return found.group() if found else None


def test_a_helper_by_phone_logs_in_with_what_is_shown_once(street: Street, lead: Client) -> None:
    answer = lead.post("/helpers/add/", helper_form(street.grid, street.sibling))
    assert answer.status_code == 302 and answer["Location"] == "/helpers/"
    page = lead.get("/helpers/").content.decode()
    password = password_on(page)
    assert password and "赵敏" in page
    assert password_on(lead.get("/helpers/").content.decode()) is None
    helper = Staff.objects.get(phone=PHONE)
    assert PHONE not in helper.user_name and helper.must_change_password
    assert helper.may(Permission.RECORD_CHECK_IN, street.sibling) and not helper.may(Permission.SEE_PEOPLE, street.far)
    assert {post.until for post in helper.posts.all()} == {end_of(in_days(7))}
    browser = Client()
    assert browser.post("/login/", {"username": PHONE, "password": password}).status_code == 302
    assert browser.get("/helpers/").status_code in (302, 403)  # her own password first
    records = AuditRecord.objects.filter(deed="helper_added")
    assert [record.place_id for record in records] == sorted([street.grid.pk, street.sibling.pk])
    assert PHONE not in str(records.values()) and "赵敏" not in str(records.values())


def test_the_same_form_twice_is_one_helper(street: Street, lead: Client) -> None:
    for _tap in range(2):
        assert lead.post("/helpers/add/", helper_form(street.grid)).status_code == 302
    assert Staff.objects.filter(phone=PHONE).count() == 1 and Post.objects.filter(staff__phone=PHONE).count() == 1
    assert deeds().count("helper_added") == 1
    lead.post("/helpers/add/", helper_form(street.grid, last_day=str(in_days(9))))
    assert Post.objects.get(staff__phone=PHONE).until == end_of(in_days(9))


def test_a_lead_who_stands_in_gives_nothing_beyond_her_own_end(street: Street) -> None:
    """Else the login of a helper, whose password she reads, would go on opening the register."""
    stand_in = make_staff(Role.COMMUNITY_LEAD, street.grid.parent, until=end_of(in_days(2)))
    lead = client_of(stand_in)
    refused = lead.post("/helpers/add/", helper_form(street.grid, last_day=str(in_days(3))))
    assert refused.status_code == 422 and "Your own post there ends on" in refused.content.decode()
    assert not Staff.objects.filter(phone=PHONE).exists()
    assert lead.post("/helpers/add/", helper_form(street.grid, last_day=str(in_days(2)))).status_code == 302
    post = Post.objects.get(staff__phone=PHONE)
    assert lead.post(f"/helpers/{post.pk}/", {"last_day": str(in_days(3))}).status_code == 422
    assert lead.post(f"/helpers/{post.pk}/", {"last_day": str(in_days(1))}).status_code == 302
    colleague = make_staff(Role.GRID_WORKER, street.sibling)
    form = {"grids": [street.grid.pk], "to": colleague.pk, "until_when": "day", "last_day": str(in_days(3))}
    assert lead.post("/rounds/hand-over/", form).status_code == 422
    assert not Post.objects.filter(staff=colleague, place=street.grid).exists()


def test_a_one_time_password_runs_out_after_a_week(client: Client, street: Street, lead: Client, clock) -> None:
    lead.post("/helpers/add/", helper_form(street.grid, last_day="2026-03-30"))
    password = password_on(lead.get("/helpers/").content.decode())
    clock.shift(timedelta(days=6, hours=23))
    helper = Staff.objects.get(phone=PHONE)
    assert log_in(client, helper, password).status_code == 302
    clock.shift(timedelta(hours=1))
    assert log_in(Client(), helper, password).status_code == 422


def test_a_phone_of_staff_gets_the_post_by_its_name_only(street: Street, lead: Client) -> None:
    known = make_staff(Role.GRID_WORKER, street.far, name="李 明")
    Staff.objects.filter(pk=known.pk).update(phone=PHONE)
    refused = lead.post("/helpers/add/", helper_form(street.grid))
    assert refused.status_code == 422 and "another name" in refused.content.decode()
    assert "李 明" not in refused.content.decode() and 'value="赵敏"' in refused.content.decode()
    assert lead.post("/helpers/add/", helper_form(street.grid, name="李明")).status_code == 302
    assert Staff.objects.get(pk=known.pk).may(Permission.SEE_PEOPLE, street.grid)
    assert password_on(lead.get("/helpers/").content.decode()) is None
    Staff.objects.filter(pk=known.pk).update(is_active=False)
    closed = lead.post("/helpers/add/", helper_form(street.sibling, name="李明"))
    assert closed.status_code == 422 and "closed" in closed.content.decode()
    Staff.objects.filter(pk=known.pk).update(phone=None)
    Staff.objects.filter(pk=street.lead.pk).update(phone=PHONE)
    herself = lead.post("/helpers/add/", helper_form(street.grid, name=street.lead.name))
    assert herself.status_code == 422 and deeds().count("helper_added") == 1


@pytest.mark.parametrize(
    "fault", [{"last_day": ""}, {"days": -1}, {"days": 91}, {"phone": "12345"}, {"name": ""}, {"spots": []}]
)
def test_what_is_missing_or_wrong_is_told_and_kept(street: Street, lead: Client, fault: dict[str, Any]) -> None:
    if "days" in fault:
        fault = {"last_day": str(in_days(fault["days"]))}
    page = lead.post("/helpers/add/", helper_form(street.grid, **fault))
    assert page.status_code == 422 and "error-summary" in page.content.decode()
    assert not Staff.objects.filter(phone=PHONE).exists()


def test_no_grid_of_others_can_be_given(street: Street, lead: Client) -> None:
    assert lead.post("/helpers/add/", helper_form(street.far)).status_code == 422
    assert lead.post("/helpers/add/", helper_form(street.grid) | {"show": street.far.pk}).status_code == 404
    assert lead.post("/helpers/add/", helper_form(street.grid) | {"single": street.far.pk}).status_code == 404
    assert not Staff.objects.filter(phone=PHONE).exists()


def test_single_buildings_of_a_grid(street: Street, lead: Client) -> None:
    here, there = make_household(street.grid, building="12"), make_household(street.grid, building="2")
    make_household(street.sibling, compound="隔壁院")
    page = lead.post("/helpers/add/", helper_form(street.grid) | {"show": street.grid.pk})
    text = page.content.decode()
    assert page.status_code == 200 and 'value="赵敏"' in text and f'value="{PHONE}"' in text
    assert text.index("building 2") < text.index("building 12") and "隔壁院" not in text
    make_household(street.grid, building="1")  # registered while the form is open: what was ticked stays what it was
    form = helper_form() | {"single": street.grid.pk, "spots": re.findall(r'name="spots" value="([^"]+)"', text)[:1]}
    assert lead.post("/helpers/add/", form).status_code == 302
    helper = Staff.objects.get(phone=PHONE)
    Staff.objects.filter(pk=helper.pk).update(must_change_password=False)
    browser = client_of(helper)
    assert browser.get(f"/households/{there.pk}/").status_code == 200
    assert browser.get(f"/households/{here.pk}/").status_code == 404
    assert "building 2" in lead.get("/helpers/").content.decode()


def test_a_lead_changes_and_ends_what_ends(street: Street, lead: Client) -> None:
    lead.post("/helpers/add/", helper_form(street.grid))
    post = Post.objects.get(staff__phone=PHONE)
    address = f"/helpers/{post.pk}/"
    assert str(in_days(7)) in lead.get(address).content.decode()
    assert lead.post(address, {"last_day": str(in_days(91))}).status_code == 422
    for _tap in range(2):
        assert lead.post(address, {"last_day": str(in_days(20))}).status_code == 302
    assert Post.objects.get(pk=post.pk).until == end_of(in_days(20)) and deeds().count("helper_until") == 1
    assert lead.get(f"{address}end/").status_code == 405
    for _tap in range(2):
        assert lead.post(f"{address}end/").status_code == 302
    assert not Staff.objects.get(phone=PHONE).may(Permission.SEE_PEOPLE) and deeds().count("helper_ended") == 1
    assert lead.get(address).status_code == 404


def test_a_helper_who_lost_her_password_gets_a_new_one(street: Street, lead: Client) -> None:
    lead.post("/helpers/add/", helper_form(street.grid, street.sibling))
    lead.get("/helpers/")  # the first password is gone with this page
    helper = Staff.objects.get(phone=PHONE)
    helper.set_password(PASSWORD)
    helper.must_change_password = False
    helper.save()
    phone = Client()
    on_own_phone(phone, helper)
    post = helper.posts.get(place=street.grid)
    page = lead.get(f"/helpers/{post.pk}/").content.decode()
    address, form = f"/helpers/{post.pk}/password/", {"version": hidden(page, "version")}
    assert address in page and "She is logged out everywhere" in page
    assert lead.get(address).status_code == 405
    for _tap in range(2):
        assert lead.post(address, form)["Location"] == "/helpers/"
    password = password_on(lead.get("/helpers/").content.decode())
    assert password and password_on(lead.get("/helpers/").content.decode()) is None
    record = AuditRecord.objects.get(deed="password_reset")
    assert (record.place_id, record.subject_id, record.facts) == (street.grid.pk, helper.pk, {})
    assert not pages_open(phone) and not KnownDevice.objects.exists() and not Staff.objects.get(pk=helper.pk).pin
    assert log_in(Client(), helper).status_code == 422
    assert log_in(Client(), helper, password)["Location"] == "/password/"


@pytest.mark.parametrize("more", ["permanent", "lead", "elsewhere", "later", "community", "closed"])
def test_a_login_that_opens_more_is_not_the_leads(street: Street, lead: Client, more: str) -> None:
    until, now = end_of(in_days(5)), timezone.now()
    helper = make_staff(Role.GRID_WORKER, street.grid, until=until)
    post, community = helper.posts.get(), street.grid.parent
    others: dict[str, dict[str, Any]] = {
        "permanent": {"place": street.sibling},
        "lead": {"place": community, "role": Role.COMMUNITY_LEAD, "until": until},
        "elsewhere": {"place": street.far, "until": until},
        "later": {"place": street.far, "since": now + timedelta(days=1), "until": until},
        "community": {"place": community, "until": until},
    }
    if more == "closed":
        Staff.objects.filter(pk=helper.pk).update(is_active=False)
    else:
        Post.objects.create(staff=helper, **({"role": Role.GRID_WORKER, "since": LONG_AGO} | others[more]))
    page = lead.get(f"/helpers/{post.pk}/").content.decode()
    assert "The administrator gives her a new one" in page and f"/helpers/{post.pk}/password/" not in page
    before = Staff.objects.get(pk=helper.pk).password
    assert lead.post(f"/helpers/{post.pk}/password/", {"version": helper.version}).status_code == 403
    after = Staff.objects.get(pk=helper.pk)
    assert (after.password, after.version) == (before, helper.version) and "password_reset" not in deeds()


def test_what_a_lead_may_not_change(street: Street, lead: Client) -> None:
    until = end_of(in_days(5))
    permanent = street.worker.posts.get()
    beyond = make_staff(Role.GRID_WORKER, street.far, until=until).posts.get()
    clerk = make_staff(Role.ADMINISTRATOR, street.grid, until=until).posts.get()
    own = Post.objects.create(staff=street.lead, place=street.grid, role=Role.GRID_WORKER, since=LONG_AGO, until=until)
    for post in (permanent, beyond, clerk, own):
        assert lead.get(f"/helpers/{post.pk}/").status_code == 404
        assert lead.post(f"/helpers/{post.pk}/", {"last_day": str(in_days(9))}).status_code == 404
        assert lead.post(f"/helpers/{post.pk}/end/").status_code == 404
        assert lead.post(f"/helpers/{post.pk}/password/", {"version": post.staff.version}).status_code == 404
    ended = make_staff(Role.GRID_WORKER, street.grid, until=timezone.now()).posts.get()
    assert lead.post(f"/helpers/{ended.pk}/password/", {"version": 1}).status_code == 404
    assert "password_reset" not in deeds()
    for path in ("/helpers/", "/helpers/add/", "/helpers/missing/", f"/helpers/{permanent.pk}/"):
        assert client_of(street.worker).get(path).status_code == 403
        assert client_of(street.supervisor).get(path).status_code == 403


def test_grids_without_a_worker_and_what_stands_there(street: Street, lead: Client) -> None:
    page = lead.get("/helpers/missing/").content.decode()
    assert street.sibling.name in page and street.grid.name not in page
    for building in ("3", "5"):
        make_case(household=make_household(street.sibling, building=building), at=timezone.now())
    helper = make_staff(name="赵敏")
    Post.objects.create(
        staff=helper,
        place=street.sibling,
        role=Role.GRID_WORKER,
        since=LONG_AGO,
        until=end_of(in_days(1)),
        compound="望江花园",
        building="5",
    )
    page = lead.get("/helpers/missing/").content.decode()
    assert re.findall(r'<dd class="number">(\d+)</dd>', page) == ["1", "1"]
    assert f"/helpers/add/?grid={street.sibling.pk}" in page and f"/rounds/hand-over/?grid={street.sibling.pk}" in page
    assert "1 grid has no worker" in lead.get("/helpers/").content.decode()
    prefilled = lead.get(f"/helpers/add/?grid={street.sibling.pk}").content.decode()
    assert re.findall(r'<input type="checkbox"[^>]*value="(\d+)"[^>]*checked', prefilled) == [str(street.sibling.pk)]
    make_staff(Role.GRID_WORKER, street.sibling)
    assert "Every grid has a worker" in lead.get("/helpers/missing/").content.decode()


def test_a_closed_login_or_an_ended_post_walks_no_grid(street: Street, lead: Client) -> None:
    Staff.objects.filter(pk=street.worker.pk).update(is_active=False)
    assert street.grid.name in lead.get("/helpers/missing/").content.decode()
    Staff.objects.filter(pk=street.worker.pk).update(is_active=True)
    street.worker.posts.update(until=timezone.now())
    assert street.grid.name in lead.get("/helpers/missing/").content.decode()
    assert street.grid.parent
    make_staff(Role.GRID_WORKER, street.grid.parent)  # works the whole community
    assert "Every grid has a worker" in lead.get("/helpers/missing/").content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_pages_cost_the_same_whatever_stands_on_them(number: int) -> None:
    community = make_place(Kind.COMMUNITY)
    lead = make_staff(Role.COMMUNITY_LEAD, community)
    for _row in range(number):
        walked, bare = make_place(Kind.GRID, community), make_place(Kind.GRID, community)
        for staff in (make_staff(Role.GRID_WORKER, walked), make_staff(Role.GRID_WORKER, walked)):
            staff.posts.update(handed_over_by=lead, until=end_of(in_days(3)))
        make_case(household=make_household(bare), at=timezone.now())
    client = client_of(lead)
    pages = {path: 0 for path in ("/helpers/", "/helpers/missing/", "/rounds/hand-over/")}
    for path in pages:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200
        pages[path] = len(seen)
    assert pages == {"/helpers/": 7, "/helpers/missing/": 9, "/rounds/hand-over/": 8}

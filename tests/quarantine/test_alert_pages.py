"""提醒: what is for whom, 我来处理 and 处理完了, and who has it is said everywhere."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grid.models import AuditRecord, Post, Staff
from grid.queries.notices import unseen_count
from grid.rules.permissions import Role
from grid.rules.places import Kind
from quarantine.models import Alert, AlertStep
from quarantine.queries.alert_inbox import to_act_on
from quarantine.rules import ladder
from quarantine.rules.ladder import Level
from tests.factories.alerts import make_alert, make_item, make_street, reread
from tests.factories.grid import LONG_AGO, make_place, make_staff
from tests.factories.names import make_name
from tests.factories.quarantine import make_case, make_check_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def found() -> Any:
    return make_street(at=timezone.now())


def browser(staff: Staff) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(staff)
    return client


def page(staff: Staff, name: str = "notice_list", *args: int) -> str:
    response = browser(staff).get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode()


def post(staff: Staff, name: str, alert: Alert, **fields: str) -> Any:
    return browser(staff).post(reverse(name, args=[alert.pk]), fields)


def acts_on(staff: Staff) -> set[int]:
    return set(to_act_on(Staff.objects.get(pk=staff.pk)).values_list("pk", flat=True))


def level(alert: Alert, level: Level) -> None:
    Alert.unscoped.filter(pk=alert.pk).update(level=level)


# --- For whom ---


def test_an_alert_is_for_its_level_and_those_below_it_passed(found) -> None:
    stand_in = make_staff(Role.GRID_WORKER, found.grid, until=timezone.now() + timedelta(days=3))
    helper = make_staff()
    door = found.case.resident.household
    Post.objects.create(
        staff=helper, place=found.grid, role=Role.GRID_WORKER, since=LONG_AGO, compound=door.compound,
        building=door.building, until=timezone.now() + timedelta(days=3),
    )  # fmt: skip
    elsewhere = make_staff(Role.GRID_WORKER, make_place(Kind.GRID, found.grid.parent))
    alert = make_alert(found.case, at=timezone.now())
    everybody = [found.worker, stand_in, helper, found.lead, found.supervisor, elsewhere]
    expected = {
        Level.WORKER: [True, False, False, False, False, False],
        Level.STAND_IN: [True, True, True, False, False, False],
        Level.LEAD: [True, True, True, True, False, False],
        Level.STREET: [True, True, True, True, True, False],
    }
    for reached, who in expected.items():
        level(alert, reached)
        assert [acts_on(staff) == {alert.pk} for staff in everybody] == who


def test_the_count_on_every_page_holds_alerts_and_notices_and_is_asked_for_by_the_page_itself(found) -> None:
    make_alert(found.case, at=timezone.now())
    assert 'class="count">1<' in page(found.worker, "resident_search")
    assert 'hx-get="/notices/count/"' in page(found.worker, "resident_search")
    part = page(found.worker, "notice_count")
    assert part.strip().startswith('<span class="count">1<') and "<html" not in part
    assert page(found.lead, "notice_count").strip() == ""


def test_what_the_page_asks_by_itself_keeps_no_login_awake_and_leads_nowhere(found, clock, settings) -> None:
    client = browser(found.worker)
    for _minute in range(settings.SESSION_IDLE_UNKNOWN_DEVICE // 60 + 1):
        client.get("/notices/count/", headers={"HX-Request": "true"})
        clock.shift(60)
    answer = client.get("/notices/count/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content, answer.headers.get("HX-Redirect")) == (204, b"", None)
    assert client.get("/notices/count/").url.startswith("/login/")


def test_the_count_is_one_query_and_ends_at_ten(found, django_assert_num_queries) -> None:
    for kind in ladder.OF_CASE:
        make_alert(found.case, at=timezone.now(), kind=kind)
        make_alert(make_case(grid=found.grid, at=timezone.now()), at=timezone.now(), kind=kind)
    staff = Staff.objects.get(pk=found.worker.pk)
    assert staff.current_posts
    with django_assert_num_queries(1):
        assert unseen_count(staff, timezone.now()) == 10


# --- Taking ---


def test_whoever_takes_it_sees_it_under_hers_and_the_others_see_who_has_it(found) -> None:
    make_check_in(found.case, at=timezone.now(), temperature="38.5")
    alert = Alert.unscoped.get()
    level(alert, Level.LEAD)
    assert "发烧或不舒服" in page(found.worker) and "38.5℃" in page(found.worker)
    for _twice in range(2):
        assert post(found.worker, "alert_take", alert).url == reverse("alert_detail", args=[alert.pk])
    assert (reread(alert).taken_by, AuditRecord.objects.filter(deed="alert_taken").count()) == (found.worker, 1)
    assert AlertStep.objects.filter(alert=alert, kind="taken").count() == 1
    assert "我在处理" in page(found.worker) and "9:30" in page(found.worker)
    assert "别人在处理：1" in page(found.lead)
    assert "08:30 王芳接手" in page(found.worker, "case_detail", found.case.pk)
    assert "王芳" in page(found.lead, "today")
    assert acts_on(found.worker) == acts_on(found.lead) == set()
    response = browser(found.lead).post(reverse("alert_take", args=[alert.pk]), follow=True)
    assert "王芳" in response.content.decode() and reread(alert).taken_by == found.worker


def test_what_came_of_it_is_asked_with_nothing_chosen_and_closes_it(found) -> None:
    alert = make_alert(found.case, at=timezone.now())
    assert "alert_finish" not in page(found.worker, "alert_detail", alert.pk)
    assert post(found.worker, "alert_finish", alert, outcome="well").url.endswith(f"/alerts/{alert.pk}/")
    assert reread(alert).closed_at is None  # nobody had taken it
    post(found.worker, "alert_take", alert)
    text = page(found.worker, "alert_detail", alert.pk)
    assert " checked" not in text and 'value="to_hospital"' in text and 'value="released"' not in text
    for fields in ({}, {"outcome": "released"}, {"outcome": "well", "note": "x" * 201}):
        response = post(found.worker, "alert_finish", alert, **fields)
        assert response.status_code == 422 and "error-summary" in response.content.decode()
    for _twice in range(2):
        assert post(found.worker, "alert_finish", alert, outcome="to_hospital", note="120已接走").url == "/notices/"
    now = reread(alert)
    assert (now.outcome, now.note, now.closed_by, now.next_step_at) == ("to_hospital", "120已接走", found.worker, None)
    assert AuditRecord.objects.filter(deed="alert_closed").count() == 1
    text = page(found.worker, "alert_detail", alert.pk)
    assert "120已接走" in text and text.count("<li>") >= 3
    assert "120已接走" not in str(AuditRecord.objects.get(deed="alert_closed").facts)
    assert "已关闭" in page(found.worker, "case_detail", found.case.pk)


def test_given_back_it_is_for_the_next_level(found) -> None:
    alert = make_alert(found.case, at=timezone.now())
    assert post(found.worker, "alert_give_back", alert).status_code == 302
    assert AlertStep.objects.filter(alert=alert).count() == 1  # it was not hers
    post(found.worker, "alert_take", alert)
    for _twice in range(2):
        post(found.worker, "alert_give_back", alert)
    now = reread(alert)
    assert (now.taken_by, now.level) == (None, Level.LEAD)
    assert acts_on(found.lead) == {alert.pk}
    assert AlertStep.objects.filter(alert=alert, kind="given_back").count() == 1


@pytest.mark.parametrize("deed", ["alert_take", "alert_finish", "alert_give_back"])
def test_a_deed_refuses_a_look_a_stranger_and_a_reader(found, deed) -> None:
    alert = make_alert(found.case, at=timezone.now())
    assert browser(found.worker).get(reverse(deed, args=[alert.pk])).status_code == 405
    assert post(make_staff(Role.GRID_WORKER), deed, alert).status_code == 404
    assert post(make_staff(Role.DISTRICT_VIEWER, found.grid.street), deed, alert).status_code == 403


# --- Items of a grid ---


def test_an_item_of_a_grid_is_counted_when_it_is_looked_at_and_leads_to_its_round(found, clock) -> None:
    make_case(grid=found.grid, at=timezone.now())
    start = timezone.localtime(timezone.now()).replace(hour=6, minute=0)
    clock.shift(timedelta(hours=6))
    item = make_item(found.grid, ladder.ROUND_OPEN, start.isoformat(), at=timezone.now())
    text = page(found.worker)
    assert "3月4日 06:00起这一轮还差2户2人" in text and f"/today/?grid={found.grid.pk}" in text
    make_check_in(found.case, at=timezone.now(), outcome="well")
    assert "还差1户1人" in page(found.worker)
    post(found.worker, "alert_take", item)
    text = page(found.worker, "alert_detail", item.pk)
    assert 'value="done"' in text and 'value="well"' not in text


@pytest.mark.parametrize(
    ("kind", "way"),
    [(ladder.RELEASE_DUE, "release_list"), (ladder.TEST_DUE, "sample_list"), (ladder.NO_WORKER, "helper_list")],
)
def test_an_item_leads_to_the_page_for_it_where_she_may_use_it(found, kind, way) -> None:
    make_item(found.grid, kind, "2026-03-04", at=timezone.now())
    Alert.unscoped.update(level=Level.STREET)
    assert f'strong" href="{reverse(way)}"' in page(found.lead)
    worker_way = reverse(way) if way == "sample_list" else f"/today/?grid={found.grid.pk}"
    Alert.unscoped.update(level=Level.WORKER)
    assert f'strong" href="{worker_way}"' in page(found.worker)


def test_late_names_lead_to_the_names(found) -> None:
    make_name(found.grid.parent, at=timezone.now(), deadline=timezone.now())
    make_item(found.grid.parent, ladder.NAMES_LATE, "2026-03-04", at=timezone.now())
    Alert.unscoped.update(level=Level.LEAD)
    text = page(found.lead)
    assert "待核查超时：1人" in text and 'href="/names/"' in text


# --- What was seen to ---


def test_what_was_seen_to_stays_in_a_list_for_some_days(found, clock) -> None:
    alert = make_alert(found.case, at=timezone.now())
    assert reverse("alert_past") not in page(found.worker)
    post(found.worker, "alert_take", alert)
    post(found.worker, "alert_finish", alert, outcome="to_hospital", note="120接走")
    assert "眼下没有要处理的提醒" in page(found.lead) and reverse("alert_past") in page(found.lead)
    past = page(found.lead, "alert_past")
    assert all(words in past for words in ("测试甲", "王芳", "120接走", reverse("alert_detail", args=[alert.pk])))
    stranger = make_staff(Role.COMMUNITY_LEAD, make_place().parent)
    assert "测试甲" not in page(stranger, "alert_past")
    clock.shift(timedelta(days=8))
    assert "测试甲" not in page(found.lead, "alert_past") and reverse("alert_past") not in page(found.lead)


def test_a_round_that_was_closed_as_it_was_is_not_said_to_be_finished(found) -> None:
    item = make_item(found.grid, ladder.ROUND_OPEN, "2026-03-03T22:00:00+00:00", at=timezone.now())
    assert "户" in page(found.worker, "alert_detail", item.pk)
    Alert.unscoped.update(closed_at=timezone.now(), next_step_at=None)
    for name, *keys in (("alert_detail", item.pk), ("alert_past",)):
        assert "0户" not in page(found.worker, name, *keys)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_past_costs_the_same_queries(found, rows, django_assert_num_queries) -> None:
    for number in range(rows):
        make_alert(make_case(grid=found.grid, at=timezone.now()), at=timezone.now())
        make_item(found.grid, ladder.TEST_DUE, f"2026-03-0{number + 1}", at=timezone.now())
    Alert.unscoped.update(closed_at=timezone.now(), next_step_at=None)
    client = browser(found.worker)
    with django_assert_num_queries(8):
        assert client.get(reverse("alert_past")).status_code == 200


# --- What it costs ---


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_queries(found, rows, django_assert_num_queries) -> None:
    for number in range(rows):
        case = make_case(grid=found.grid, at=timezone.now())
        make_alert(case, at=timezone.now(), kind=ladder.SILENT)
        taken = make_alert(case, at=timezone.now())
        post(found.worker, "alert_take", taken)
        make_item(found.grid, ladder.TEST_DUE, f"2026-03-0{number + 1}", at=timezone.now())
    client = browser(found.worker)
    with django_assert_num_queries(10):
        assert client.get(reverse("notice_list")).status_code == 200


def test_a_reading_that_somebody_stands_by_goes_to_the_lead_at_once() -> None:
    grid = make_place()
    worker, lead = make_staff(Role.GRID_WORKER, grid), make_staff(Role.COMMUNITY_LEAD, grid.parent)
    case = make_case(at=timezone.now(), grid=grid)
    row = make_check_in(case, at=timezone.now(), temperature="38.5")
    assert case.resident.name not in page(lead)
    for _tap in range(2):
        browser(worker).post(reverse("check_in_confirm", args=[row.pk]))
    assert case.resident.name in page(lead)
    assert [step.kind for step in AlertStep.objects.order_by("pk")] == ["raised", "reported"]

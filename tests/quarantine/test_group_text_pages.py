"""粘贴接龙: the text is pasted, looked at, and recorded for many at once; without JavaScript, nothing stored before."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grid.models import AuditRecord, Staff
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from quarantine.actions.cases import close_case
from quarantine.models import Alert, CheckIn, IsolationCase
from tests.factories.grid import PASSWORD, make_place, make_staff
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_household

READ, RECORD, UNDO = 8, 23, 20  # queries
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def grid():
    return make_place()


@pytest.fixture
def worker(grid) -> Client:
    return logged_in(Role.GRID_WORKER, grid)


def logged_in(role: Role, place) -> Client:
    return login(make_staff(role, place))


def login(staff: Staff) -> Client:
    client = Client()
    assert client.post(reverse("login"), {"username": staff.user_name, "password": PASSWORD}).status_code in (302, 303)
    return client


def isolated(grid, name: str, room: str, **person: Any) -> IsolationCase:
    home = make_household(grid, compound="望江花园", building="3", unit="1", room=room)
    return make_case(at=timezone.now(), household=home, name=name, **person)


@pytest.fixture
def people(grid) -> dict[str, IsolationCase]:
    found = {name: isolated(grid, name, room) for name, room in (("李明", "502"), ("王芳", "601"), ("陈国强", "101"))}
    return found | {"another": isolated(grid, "李明", "702")}


def paste(client: Client, grid, text: str):
    return client.post(reverse("group_text", args=[grid.pk]), {"text": text})


def fields(page, **choices: str) -> dict[str, str]:
    """What the page's own form sends, with what is tapped there."""
    html = page.content.decode()
    form = re.search(r"<form[^>]*paste/record/.*?</form>", html, re.S)[0]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    hidden["text"] = unescape(re.search(r'<textarea name="text" hidden>\n(.*?)</textarea>', form, re.S)[1])
    return {name: unescape(value) for name, value in hidden.items()} | choices


def record(client: Client, grid, page, **choices: str):
    return client.post(reverse("group_text_record", args=[grid.pk]), fields(page, **choices))


def stored() -> list[tuple[str, Decimal]]:
    rows = CheckIn.unscoped.filter(withdrawn=False).order_by("case__resident__household__room", "pk")
    return [(row.case.resident.name, row.temperature) for row in rows.select_related("case__resident")]


def options(page) -> dict[str, list[str]]:
    """The radios of the page: what each reading may be."""
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r'type="radio" name="(choice-[0-9-]+)" value="([^"]+)"', page.content.decode()):
        found.setdefault(key, []).append(value)
    return found


def test_the_round_leads_to_the_field(worker, grid, people) -> None:
    assert reverse("group_text", args=[grid.pk]) in worker.get(reverse("today")).content.decode()
    page = worker.get(reverse("group_text", args=[grid.pk]))
    assert "粘贴接龙" in page.content.decode() and "<textarea" in page.content.decode()


def test_what_is_sure_is_shown_and_nothing_is_stored_before_it_is_confirmed(worker, grid, people) -> None:
    page = paste(worker, grid, "1. 3-1-502 李明 36.5\n2. 王芳 36度8\n收到，谢谢")
    html = page.content.decode()
    assert page.status_code == 200 and "确认记下2条" in html and " checked" not in html
    assert stored() == []
    done = record(worker, grid, page)
    assert "记下了2条" in done.content.decode()
    assert stored() == [("李明", Decimal("36.5")), ("王芳", Decimal("36.8"))]
    row = CheckIn.unscoped.first()
    assert (row.channel, row.reached, row.symptoms_asked, row.symptoms, row.outcome) == ("chat", False, False, [], "")
    assert AuditRecord.objects.filter(deed="check_ins_recorded").count() == 1
    assert "36.5" not in str(AuditRecord.objects.filter(deed="check_ins_recorded").values())


def test_who_is_still_missing_is_said(worker, grid, people) -> None:
    html = record(worker, grid, paste(worker, grid, "王芳 36.8")).content.decode()
    assert "还差 · 3" in html and "陈国强" in html


def test_a_second_tap_on_confirm_stores_nothing_twice(worker, grid, people) -> None:
    page = paste(worker, grid, "王芳 36.8\n李明 36.5")
    [key] = options(page)
    choice = {key: str(people["another"].pk)}
    first, second = record(worker, grid, page, **choice), record(worker, grid, page, **choice)
    assert "记下了2条" in first.content.decode() and "记下了2条" in second.content.decode()
    assert CheckIn.unscoped.count() == 2


def test_a_namesake_is_chosen_by_a_tap_and_only_by_one(worker, grid, people) -> None:
    page = paste(worker, grid, "李明 36.5")
    assert options(page) == {"choice-1-0": [str(people["李明"].pk), str(people["another"].pk), "skip"]}
    assert " checked" not in page.content.decode()
    nothing = record(worker, grid, page)
    assert nothing.status_code == 422 and "一条都没选" in nothing.content.decode() and stored() == []
    assert record(worker, grid, page, **{"choice-1-0": "skip"}).status_code == 422
    assert record(worker, grid, page, **{"choice-1-0": str(people["王芳"].pk)}).status_code == 422  # was not offered
    assert record(worker, grid, page, **{"choice-1-0": str(people["another"].pk)}).status_code == 200
    assert CheckIn.unscoped.get().case_id == people["another"].pk


def test_what_was_tapped_stays_when_the_page_comes_back(worker, grid, people) -> None:
    page = paste(worker, grid, "李明 36.5\n王芳 36.8")
    data = fields(page, **{"choice-1-0": str(people["another"].pk), "choice-2-0": "skip"}) | {"stamp": "0" * 16}
    again = worker.post(reverse("group_text_record", args=[grid.pk]), data)
    assert again.status_code == 422 and again.content.decode().count(" checked") == 2
    assert "李明 36.5" in again.content.decode() and stored() == []


def test_a_sure_reading_can_be_left_out(worker, grid, people) -> None:
    page = paste(worker, grid, "王芳 36.8\n陈国强 36.4")
    record(worker, grid, page, **{"choice-1-0": "skip"})
    assert stored() == [("陈国强", Decimal("36.4"))]


def test_a_later_reading_of_the_same_person_needs_a_tap_and_both_stand(worker, grid, people) -> None:
    page = paste(worker, grid, "王芳 36.8\n王芳 改一下 37.8\n王芳 36.8")
    assert options(page) == {"choice-2-0": [str(people["王芳"].pk), "skip"]}
    assert "前面报过另一个体温" in page.content.decode() and "重复报的 · 1" in page.content.decode()
    record(worker, grid, page, **{"choice-2-0": str(people["王芳"].pk)})
    assert sorted(value for _name, value in stored()) == [Decimal("36.8"), Decimal("37.8")]


def test_a_fever_raises_its_alert_and_asks_whether_it_was_a_slip(worker, grid, people) -> None:
    page = paste(worker, grid, "王芳 38.5 咳嗽")
    assert "咳嗽" in page.content.decode() and "体温异常" not in page.content.decode().split("认准的")[0]
    done = record(worker, grid, page)
    row = CheckIn.unscoped.get()
    assert row.abnormal and not row.symptoms and not row.symptoms_asked
    assert reverse("check_in_confirm", args=[row.pk]) in done.content.decode()
    assert Alert.unscoped.filter(case=people["王芳"]).exists()


def test_whoever_has_a_reading_in_this_slot_is_marked_and_may_have_another(worker, grid, people) -> None:
    make_check_in(people["王芳"], at=timezone.now(), temperature="36.2")
    page = paste(worker, grid, "王芳 36.8")
    assert "已测36.2℃" in page.content.decode()
    record(worker, grid, page)
    assert CheckIn.unscoped.count() == 2


def test_the_morning_of_today_is_noted_as_the_morning(grid, people, clock) -> None:
    clock.move_to(timezone.now().replace(hour=11, minute=30))  # 19:30 of the place
    worker = logged_in(Role.GRID_WORKER, grid)
    record(worker, grid, paste(worker, grid, "王芳 早36.8 晚36.9"))
    slots = CheckIn.unscoped.order_by("observed_at").values_list("slot", "temperature")
    assert list(slots) == [("morning", Decimal("36.8")), ("evening", Decimal("36.9"))]


def test_yesterday_is_not_noted_by_one_tap_but_leads_to_her_page(worker, grid, people) -> None:
    page = paste(worker, grid, "王芳 昨天36.8")
    assert options(page) == {} and "这里记不了的" in page.content.decode()
    assert reverse("check_in_more", args=[people["王芳"].pk]) in page.content.decode()


def test_all_of_it_is_undone_for_a_minute_by_who_did_it(worker, grid, people, clock) -> None:
    done = record(worker, grid, paste(worker, grid, "王芳 38.5\n陈国强 36.4"))
    rows = re.findall(r'name="rows" value="(\d+)"', done.content.decode())
    url = reverse("group_text_undo", args=[grid.pk])
    colleague = logged_in(Role.GRID_WORKER, grid)
    colleague.post(url, {"rows": rows})
    assert IsolationCase.unscoped.exclude(last_measured_at=None).count() == 2
    assert "撤销了2条" in worker.post(url, {"rows": rows}, follow=True).content.decode()
    assert not IsolationCase.unscoped.exclude(last_measured_at=None).exists()
    assert Alert.unscoped.get().outcome == "slip"
    worker.post(url, {"rows": rows})
    assert CheckIn.unscoped.count() == 4
    assert AuditRecord.objects.filter(deed="check_ins_withdrawn").count() == 1


def test_after_a_minute_nothing_is_undone_at_once(worker, grid, people, clock) -> None:
    done = record(worker, grid, paste(worker, grid, "王芳 36.8"))
    rows = re.findall(r'name="rows" value="(\d+)"', done.content.decode())
    clock.shift(timedelta(seconds=61))
    page = worker.post(reverse("group_text_undo", args=[grid.pk]), {"rows": rows}, follow=True)
    assert "已经过了一分钟" in page.content.decode()
    assert CheckIn.unscoped.count() == 1


def test_when_the_people_are_others_by_now_it_is_shown_again(worker, grid, people) -> None:
    page = paste(worker, grid, "王芳 36.8")
    isolated(grid, "王芳", "802")
    again = record(worker, grid, page)
    assert again.status_code == 422 and "网格里的人有变动" in again.content.decode()
    assert stored() == [] and len(options(again)["choice-1-0"]) == 3


def test_a_page_left_lying_is_shown_again_with_the_time_of_now(grid, people, clock) -> None:
    staff = make_staff(Role.GRID_WORKER, grid)
    page = paste(login(staff), grid, "王芳 36.8")
    clock.shift(timedelta(hours=4))
    worker = login(staff)
    again = record(worker, grid, page)
    assert again.status_code == 422 and stored() == []
    record(worker, grid, again)
    assert stored() == [("王芳", Decimal("36.8"))]


def test_the_time_of_the_page_cannot_be_made_up(worker, grid, people) -> None:
    page = paste(worker, grid, "王芳 36.8")
    other = logged_in(Role.GRID_WORKER, grid)
    assert record(other, grid, page).status_code == 422
    data = fields(page) | {"ticket": "2020-01-01T00:00:00+00:00"}
    assert worker.post(reverse("group_text_record", args=[grid.pk]), data).status_code == 422
    assert stored() == []


def test_an_empty_or_endless_text_comes_back(worker, grid, people) -> None:
    assert paste(worker, grid, " \n ").status_code == 422
    long = paste(worker, grid, "王芳 36.8\n" * 9_000)
    assert long.status_code == 422 and "王芳 36.8\n王芳" in long.content.decode()


def test_a_text_that_begins_with_blank_lines_keeps_its_lines(worker, grid, people) -> None:
    page = paste(worker, grid, "\r\n\r\n王芳 36.8\r\n")
    assert record(worker, grid, page).status_code == 200
    assert stored() == [("王芳", Decimal("36.8"))]


def test_a_text_is_shown_as_text(worker, grid, people) -> None:
    html = paste(worker, grid, "王芳 36.8 <script>x</script></textarea>").content.decode()
    assert "<script>x" not in html and html.count("</textarea>") == 2


def test_people_of_another_grid_are_nobody_here(worker, grid, people) -> None:
    other = make_place()
    isolated(other, "郭靖", "101")
    page = paste(worker, grid, "郭靖 36.5")
    assert options(page) == {} and "看不准是谁的" in page.content.decode()
    for name in ("group_text", "group_text_record", "group_text_undo"):
        assert worker.post(reverse(name, args=[other.pk]), {"text": "郭靖 36.5"}).status_code == 404


def test_readers_and_get_are_refused(worker, grid, people) -> None:
    supervisor = logged_in(Role.STREET_SUPERVISOR, grid.street)
    for name in ("group_text", "group_text_record", "group_text_undo"):
        assert supervisor.post(reverse(name, args=[grid.pk]), {}).status_code == 403
    for name in ("group_text_record", "group_text_undo"):
        assert worker.get(reverse(name, args=[grid.pk])).status_code == 405
    assert worker.post(reverse("group_text_record", args=[grid.pk]), {}).status_code == 422


def test_whose_isolation_ended_meanwhile_is_said_and_the_others_are_stored(worker, grid, people) -> None:
    page = paste(worker, grid, "王芳 36.8\n陈国强 36.4")
    fresh = fields(page)
    close_case(case=people["王芳"], closed_as="to_hospital", note="", version=1, by=SYSTEM, at=timezone.now())
    again = worker.post(reverse("group_text_record", args=[grid.pk]), fresh)
    assert again.status_code == 422  # nobody of that name is in isolation now: it is shown again
    record(worker, grid, again)
    assert stored() == [("陈国强", Decimal("36.4"))]


@pytest.mark.parametrize("number", [1, 3])
def test_reading_and_recording_cost_the_same_however_many(worker, grid, number, django_assert_num_queries) -> None:
    for room in range(101, 101 + number):
        isolated(grid, f"周{'甲乙丙'[room - 101]}", str(room))
    text = "\n".join(f"周{'甲乙丙'[place]} 36.{place}" for place in range(number))
    paste(worker, grid, text)
    with django_assert_num_queries(READ):
        page = paste(worker, grid, text)
    data = fields(page)
    with django_assert_num_queries(RECORD):
        done = worker.post(reverse("group_text_record", args=[grid.pk]), data)
    rows = re.findall(r'name="rows" value="(\d+)"', done.content.decode())
    assert len(rows) == number
    with django_assert_num_queries(UNDO):
        worker.post(reverse("group_text_undo", args=[grid.pk]), {"rows": rows})

"""今天, a stop: all that is due at a door, tries and what may follow them, the order of the doors, visits."""

import re
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grid.models import AuditRecord
from grid.rules.actors import SYSTEM
from grid.rules.clock import LOCAL
from grid.rules.permissions import Role
from quarantine.actions.alerts import raise_alerts
from quarantine.actions.cases import open_case
from quarantine.models import Alert, CheckIn, IsolationCase, SupplyRequest
from quarantine.rules import ladder
from tests.factories.grid import PASSWORD, make_place, make_staff
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_contact, make_household, make_resident
from tests.factories.supplies import make_supply_request

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def grid():
    return make_place()


def logged_in(staff) -> Client:
    client = Client()
    assert client.post(reverse("login"), {"username": staff.user_name, "password": PASSWORD}).status_code in (302, 303)
    return client


@pytest.fixture
def wang(grid):
    return make_staff(Role.GRID_WORKER, grid, name="王芳")


@pytest.fixture
def worker(wang) -> Client:
    return logged_in(wang)


def make_person(grid, room: str, name: str, **person: Any) -> IsolationCase:
    home = make_household(grid, room=room)
    return make_case(at=timezone.now(), resident=make_resident(home, name, **person))


def make_visited(grid, room: str, rules: str = "关爱走访 每天") -> IsolationCase:
    now = timezone.now()
    resident = make_resident(make_household(grid, room=room), f"老人{room}", phones=["19900003001"])
    return open_case(
        resident=resident, reason="living_alone", first_day=date(2026, 3, 2), rules_name=rules, by=SYSTEM, at=now
    )


def text(response) -> str:
    return response.content.decode()


def heading(response) -> str:
    return re.search(r"<h1>(.*?)</h1>", text(response), re.S)[1].strip()


def open_room(response) -> str:
    return re.search(r'id="stop-title"[^>]*>(.*?)<', text(response), re.S)[1].strip()


def stop_of(response) -> str:
    return re.search(r'<section class="stop".*?</section>\s*</div>', text(response), re.S)[0]


def tap(client: Client, case: IsolationCase, **fields):
    return client.post(reverse("check_in_add", args=[case.pk]), {"uuid": str(uuid4()), **fields}, follow=True)


def try_door(client: Client, cases: list[IsolationCase], outcome: str, **fields):
    address = reverse("door_tried", args=[cases[0].resident.household_id])
    form = {"uuid": str(uuid4()), "cases": [case.pk for case in cases], "outcome": outcome, **fields}
    return client.post(address, form, follow=True)


# -- all that is due at a door -------------------------------------------------------------------------------------


def test_a_stop_shows_the_sample_the_delivery_and_the_paper_that_are_due_there(worker, grid) -> None:
    case = make_person(grid, "101", "周桂英")
    IsolationCase.unscoped.filter(pk=case.pk).update(next_test_on=date(2026, 3, 3))
    supply = make_supply_request(at=timezone.now(), household=case.resident.household, items=("大米",))
    make_person(grid, "102", "何大勇")
    stop = stop_of(worker.get(reverse("today")))
    assert "核酸" in stop and "3月3日该做" in stop and "大米" in stop and "告知书还没发" in stop
    assert reverse("supply_deliver", args=[supply.pk]) in stop
    assert "何大勇" not in stop


def test_what_was_brought_is_said_on_the_round_and_can_be_taken_back_there(worker, grid) -> None:
    case = make_person(grid, "101", "周桂英")
    supply = make_supply_request(at=timezone.now(), household=case.resident.household, items=("大米",))
    page = worker.post(reverse("supply_deliver", args=[supply.pk]), {"back": "round"}, follow=True)
    assert open_room(page).endswith("101") and "大米" not in stop_of(page)
    assert reverse("supply_reopen", args=[supply.pk]) in text(page)
    assert SupplyRequest.unscoped.get().state == "delivered"
    page = worker.post(reverse("supply_reopen", args=[supply.pk]), {"back": "round"}, follow=True)
    assert "大米" in stop_of(page) and SupplyRequest.unscoped.get().state == "open"


def test_a_minute_later_a_reload_offers_no_way_back_from_a_delivery(worker, grid, clock) -> None:
    case = make_person(grid, "101", "周桂英")
    supply = make_supply_request(at=timezone.now(), household=case.resident.household, items=("大米",))
    address = worker.post(reverse("supply_deliver", args=[supply.pk]), {"back": "round"}).url
    clock.shift(timedelta(minutes=2))
    assert 'name="back"' not in text(worker.get(address.partition("#")[0]))


def test_a_door_where_everybody_is_known_stays_in_view_while_something_else_is_due(worker, grid) -> None:
    case = make_person(grid, "101", "周桂英")
    make_person(grid, "102", "何大勇")
    IsolationCase.unscoped.filter(pk=case.pk).update(next_test_on=date(2026, 3, 4))
    page = tap(worker, case, whole="36", tenth="5")
    assert open_room(page).endswith("102") and "还有别的事" in text(page)
    behind = re.search(r'aria-labelledby="ask-title".*?</section>', text(page), re.S)[0]
    assert "核酸" in behind and "问过，都没有" in behind
    assert heading(page) == "今早 还差1户1人"


def test_open_alerts_of_a_person_say_who_sees_to_them(worker, wang, grid) -> None:
    case = make_person(grid, "101", "周桂英")
    [alert] = raise_alerts(ladder.WHEREABOUTS, [case], by=SYSTEM, at=timezone.now())
    page = text(worker.get(reverse("today")))
    assert "要马上处理" in page and "去向不明" in page and "还没人接手" in page
    Alert.unscoped.filter(pk=alert.pk).update(taken_at=timezone.now(), taken_by=wang)
    assert "王芳 08:30起在处理" in text(worker.get(reverse("today")))


def test_who_is_paused_is_not_on_the_round(worker, grid) -> None:
    case = make_person(grid, "101", "周桂英")
    IsolationCase.unscoped.filter(pk=case.pk).update(paused_at=timezone.now(), stage="paused", next_due_at=None)
    assert "这里没有人居家隔离" in text(worker.get(reverse("today")))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_round_with_all_of_it_costs_ten_queries_beside_the_frame(
    worker, grid, rows, django_assert_num_queries
) -> None:
    now = timezone.now()
    for number in range(rows):
        case = make_person(grid, f"10{number}", f"周{number}", phones=[f"1990000600{number}"])
        make_supply_request(at=now, household=case.resident.household, items=("大米", "鸡蛋"))
        make_contact(case.resident, name=f"邻居{number}", relation="neighbour", phones=["19900003002"], has_key=True)
        make_check_in(case, at=now, outcome="no_answer")
        raise_alerts(ladder.WHEREABOUTS, [case], by=SYSTEM, at=now)
        make_visited(grid, f"20{number}")
        door = case.resident.household_id
    IsolationCase.unscoped.update(next_test_on=now.date())
    with django_assert_num_queries(15):  # 5 are of the frame
        page = worker.get(reverse("today"), {"door": door})
    assert "请邻居敲门" in text(page) and "核酸" in text(page)


def test_what_went_by_costs_nothing(worker, grid) -> None:
    """No query reads the check-ins of a case, and each that reads cases asks for open ones."""
    case = make_person(grid, "101", "周桂英")
    for _number in range(3):
        make_check_in(case, at=timezone.now(), temperature="36.5")
    with CaptureQueriesContext(connection) as found:
        worker.get(reverse("today"))
    asked = [query["sql"] for query in found.captured_queries]
    assert not [sql for sql in asked if 'FROM "quarantine_checkin"' in sql]
    of_cases = [sql for sql in asked if 'FROM "quarantine_isolationcase"' in sql]
    assert of_cases and all('"closed_at" IS NULL' in sql for sql in of_cases)


# -- tries, and what may follow ------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["at_hospital", "at_test", "whereabouts_unknown", "nobody_in", "wrong_number"])
def test_where_somebody_is_instead_is_an_outcome_of_its_own(worker, grid, outcome: str) -> None:
    case = make_person(grid, "101", "周桂英")
    assert f'value="{outcome}"' in stop_of(worker.get(reverse("today")))
    page = tap(worker, case, outcome=outcome, note="儿子说的")
    row = CheckIn.unscoped.get()
    assert (row.outcome, row.note, row.reached, row.abnormal) == (outcome, "儿子说的", False, False)
    assert heading(page) == "今早 还差1户1人" and 'value="not_at_home"' not in text(page)
    assert Alert.unscoped.filter(kind=ladder.WHEREABOUTS).exists() == (outcome == "whereabouts_unknown")


def test_after_no_answer_the_page_offers_whom_else_to_ring_who_can_knock_and_whom_to_tell(worker, grid) -> None:
    case = make_person(grid, "101", "周桂英", phones=["19900006001"])
    make_resident(case.resident.household, "周大海", phones=["19900006002"])
    make_contact(case.resident, name="女儿", relation="family", phones=["19900006003"], may_report=True)
    make_contact(case.resident, name="老李", relation="neighbour", phones=["19900006004"], has_key=True)
    make_staff(Role.COMMUNITY_LEAD, grid.parent, name="李建国")
    assert "没联系上，接着怎么办" not in text(worker.get(reverse("today")))
    offers = stop_of(tap(worker, case, outcome="no_answer"))
    family, neighbour = ["打给家里人：周大海", "打给女儿", "可以代报"], ["请邻居敲门：老李", "有钥匙"]
    for words in ["半小时后再打", *family, *neighbour, "我去上门", "报社区：李建国"]:
        assert words in offers, words
    assert "打给家里人：周桂英" not in offers and "08:30 王芳打过，没接" in offers


def test_whoever_rings_sees_who_rang_earlier_today_even_in_the_slot_before(wang, grid, clock) -> None:
    case = make_person(grid, "101", "周桂英")
    make_check_in(case, at=timezone.now(), outcome="no_answer")
    clock.shift(6 * 3600)
    stop = stop_of(logged_in(wang).get(reverse("today")))
    assert "08:30 打过，没接" in stop and "没联系上，接着怎么办" not in stop
    clock.shift(24 * 3600)
    assert "打过，没接" not in stop_of(logged_in(wang).get(reverse("today")))


def ring_again(client: Client, row: CheckIn, **fields):
    form = {"uuid": str(uuid4()), **fields}
    return client.post(reverse("check_in_call_back", args=[row.pk]), form, follow=True)


def test_ringing_again_is_agreed_once_and_passes_over_the_door_until_then(worker, wang, grid, clock) -> None:
    case, other = make_person(grid, "101", "周桂英"), make_person(grid, "102", "何大勇")
    tap(worker, case, outcome="no_answer")
    row, uuid = CheckIn.unscoped.get(), str(uuid4())
    for _twice in range(2):
        page = ring_again(worker, row, minutes="30", uuid=uuid)
    assert open_room(page).endswith("102") and "约09:00再打" in text(page)
    assert CheckIn.unscoped.count() == 2 and AuditRecord.objects.filter(deed="call_back_agreed").count() == 1
    found = IsolationCase.unscoped.get(pk=case.pk)
    assert (found.failed_tries, found.last_try_by, found.last_try_outcome) == (1, wang, "no_answer")
    assert found.call_back_at == timezone.now() + timedelta(minutes=30)
    tap(worker, other, outcome="no_answer")
    clock.shift(31 * 60)
    worker = logged_in(wang)
    assert open_room(worker.get(reverse("today"), {"order": "phone"})).endswith("101")
    tap(worker, case, whole="36", tenth="5")
    assert IsolationCase.unscoped.get(pk=case.pk).call_back_at is None


def test_a_door_that_was_tried_as_a_whole_is_rung_again_as_a_whole(worker, grid) -> None:
    first, far = make_person(grid, "101", "周桂英"), make_case(at=timezone.now())
    second = make_case(at=timezone.now(), household=first.resident.household, name="周大海")
    far_row = make_check_in(far, at=timezone.now(), outcome="no_answer")
    page = try_door(worker, [first, second], "no_answer")
    row, other = CheckIn.unscoped.filter(case__in=[first, second]).order_by("case_id")
    assert f'name="also" value="{other.pk}"' in stop_of(page)
    make_person(grid, "102", "何大勇")
    page = text(ring_again(worker, row, minutes="60", also=[other.pk, far_row.pk]))
    assert page.count("08:30 王芳打过，没接 · 约09:30再打") == 1
    waiting = IsolationCase.unscoped.filter(call_back_at__isnull=False)
    assert set(waiting) == {first, second} and not Alert.unscoped.exists()


def test_what_is_typed_late_of_an_earlier_hour_does_not_swallow_the_moment_agreed(worker, grid) -> None:
    case = make_person(grid, "101", "周桂英")
    tap(worker, case, outcome="no_answer")
    earlier = make_check_in(
        case, at=timezone.now(), outcome="nobody_in", observed_at=timezone.now() - timedelta(hours=1)
    )
    ring_again(worker, earlier, minutes="30")
    found = IsolationCase.unscoped.get(pk=case.pk)
    assert found.call_back_at == timezone.now() + timedelta(minutes=30)
    assert (found.failed_tries, found.last_try_outcome) == (2, "no_answer")


@pytest.mark.parametrize("fields", [{}, {"minutes": "45"}, {"clock": "25:00"}])
def test_a_time_that_nobody_can_mean_is_refused(worker, grid, fields) -> None:
    case = make_person(grid, "101", "周桂英")
    row = make_check_in(case, at=timezone.now(), outcome="no_answer")
    assert ring_again(worker, row, **fields).status_code == 422
    assert CheckIn.unscoped.count() == 1


def test_a_time_of_day_is_the_next_one_on_the_clock(worker, grid) -> None:
    case = make_person(grid, "101", "周桂英")
    row = make_check_in(case, at=timezone.now(), outcome="no_answer")
    ring_again(worker, row, clock="10:30")
    assert timezone.localtime(IsolationCase.unscoped.get().call_back_at).strftime("%d %H:%M") == "04 10:30"


def test_all_well_at_a_door_is_reached_and_never_measured_or_asked(worker, grid) -> None:
    first = make_person(grid, "101", "周桂英")
    home = first.resident.household
    second, third = (make_case(at=timezone.now(), household=home, name=name) for name in ("周大海", "周小海"))
    make_check_in(third, at=timezone.now(), temperature="36.6")
    uuid = str(uuid4())
    for _twice in range(2):
        page = try_door(worker, [first, second, third], "well", uuid=uuid, channel="visit")
    rows = CheckIn.unscoped.filter(case__in=[first.pk, second.pk])
    assert [(row.reached, row.temperature, row.symptoms_asked, row.channel) for row in rows] == [
        (True, None, False, "visit")
    ] * 2
    assert CheckIn.unscoped.filter(case=third).count() == 1 and heading(page) == "今早 都报完了"
    assert text(page).count("已联系·未测温") == 2 and "问过，都没有" in text(page)


def test_nobody_in_is_one_tap_for_the_door_and_everybody_stays_left(worker, grid) -> None:
    first = make_person(grid, "101", "周桂英")
    second = make_case(at=timezone.now(), household=first.resident.household, name="周大海")
    page = try_door(worker, [first, second], "nobody_in")
    assert [(row.outcome, row.channel, row.reached) for row in CheckIn.unscoped.all()] == [
        ("nobody_in", "visit", False)
    ] * 2
    assert heading(page) == "今早 还差1户2人" and "08:30 王芳敲过门，没人应" in stop_of(page)


def test_a_whole_door_is_not_refused_or_unwell_and_nobody_of_another_door_is_touched(worker, grid) -> None:
    case, far = make_person(grid, "101", "周桂英"), make_case(at=timezone.now())
    assert try_door(worker, [case], "unwell").status_code == 422
    try_door(worker, [case, far], "well")
    assert [row.case_id for row in CheckIn.unscoped.all()] == [case.pk]


def test_deeds_at_a_door_are_for_those_who_work_there(worker, grid) -> None:
    case, far = make_person(grid, "101", "周桂英"), make_case(at=timezone.now())
    row, far_row = (make_check_in(one, at=timezone.now(), outcome="no_answer") for one in (case, far))
    supervisor = logged_in(make_staff(Role.STREET_SUPERVISOR, grid.street))
    near = ("door_tried", case.resident.household_id), ("check_in_call_back", row.pk)
    away = ("door_tried", far.resident.household_id), ("check_in_call_back", far_row.pk)
    for name, key in near:
        assert worker.get(reverse(name, args=[key])).status_code == 405
        assert supervisor.post(reverse(name, args=[key])).status_code == 403
    for name, key in away:
        assert worker.post(reverse(name, args=[key])).status_code == 404
    assert CheckIn.unscoped.count() == 2


# -- order, and by which way ---------------------------------------------------------------------------------------


def test_ringing_begins_with_those_never_tried_and_the_one_without_a_phone_comes_last(worker, grid, clock) -> None:
    names = ("甲", "乙", "丙", "丁")
    first, second, third, fourth = (
        make_person(grid, f"10{number}", name, phones=[] if number == 1 else [f"1990000600{number}"])
        for number, name in enumerate(names, start=1)
    )
    make_check_in(second, at=timezone.now(), outcome="no_answer")
    clock.shift(60)
    make_check_in(third, at=timezone.now(), outcome="no_answer")
    page = worker.get(reverse("today"), {"order": "phone"})
    assert open_room(page).endswith("104")
    listed = re.findall(r'class="whole" href="[^"]*door=(\d+)', text(page))
    assert [int(key) for key in listed] == [case.resident.household_id for case in (second, third, first)]
    page = tap(worker, fourth, whole="36", tenth="5")
    assert open_room(page).endswith("102")  # the order is remembered, and what comes next follows it


def test_the_order_is_remembered_for_this_member_of_staff_alone(worker, grid) -> None:
    make_person(grid, "101", "周桂英", phones=[])
    make_person(grid, "102", "何大勇", phones=["19900006001"])
    worker.get(reverse("today"), {"order": "phone", "way": "phone"})
    assert open_room(worker.get(reverse("today"))).endswith("102")
    cookie = worker.cookies["round"].value
    other = logged_in(make_staff(Role.GRID_WORKER, grid))
    other.cookies["round"] = cookie
    assert open_room(other.get(reverse("today"))).endswith("101")
    worker.get(reverse("today"), {"order": "walk", "way": ""})
    assert open_room(worker.get(reverse("today"))).endswith("101")


def test_the_way_is_said_once_and_noted_with_each_tap_and_nobody_says_it_for_her(worker, grid) -> None:
    cases = [make_person(grid, f"10{number}", f"周{number}") for number in range(4)]
    tap(worker, cases[0], whole="36", tenth="5")
    page = worker.get(reverse("today"), {"way": "phone"})
    assert 'name="channel" value="phone"' in stop_of(page)
    tap(worker, cases[1], whole="36", tenth="5", channel="phone")
    tap(worker, cases[2], outcome="nobody_in", channel="phone")  # the word itself says the way
    assert [row.channel for row in CheckIn.unscoped.order_by("pk")] == ["", "phone", "visit"]


# -- visits, slots, lateness ---------------------------------------------------------------------------------------


def test_a_visit_takes_no_temperature_and_its_first_outcomes_are_one_tap(worker, grid) -> None:
    case = make_visited(grid, "301")
    page = worker.get(reverse("today"))
    stop = stop_of(page)
    assert 'class="pad"' not in stop and "关爱走访" in stop and heading(page) == "今日走访 还差1户1人"
    assert [stop.index(f'value="{key}"') for key in ("well", "unwell", "nobody_in")] == sorted(
        stop.index(f'value="{key}"') for key in ("well", "unwell", "nobody_in")
    )
    page = tap(worker, case, outcome="well")
    assert heading(page) == "今日走访 都走到了" and "问过，都没有" not in text(page)
    row = CheckIn.unscoped.get()
    assert row.reached and not row.symptoms_asked and row.temperature is None


def test_visits_of_a_week_are_said_beside_the_morning_and_not_counted_into_it(worker, grid) -> None:
    make_visited(grid, "301", "关爱走访 每周")
    assert heading(worker.get(reverse("today"))) == "本周走访 还差1户1人"
    case = make_person(grid, "101", "周桂英")
    assert heading(worker.get(reverse("today"))) == "今早 还差1户1人 · 本周走访 还差1户1人"
    page = tap(worker, case, whole="36", tenth="5")
    assert heading(page) == "今早 都报完了 · 本周走访 还差1户1人"


def test_a_lead_with_several_grids_sees_visits_in_a_column_of_their_own(grid) -> None:
    make_person(grid, "101", "周桂英")
    make_visited(make_place(parent=grid.parent), "301")
    page = logged_in(make_staff(Role.COMMUNITY_LEAD, grid.parent)).get(reverse("today"))
    assert heading(page) == "今早 还差1户1人" and ">走访<" in text(page)


def test_past_the_grace_who_is_left_is_called_not_reached_in_words(wang, grid, clock) -> None:
    case = make_person(grid, "101", "周桂英")
    clock.move_to(datetime(2026, 3, 4, 22, 30, tzinfo=LOCAL))  # late, and still within the grace
    worker = logged_in(wang)
    page = worker.get(reverse("today"))
    assert "现在记的" in text(page) and "没联系上1人" not in text(page) and "tag urgent" not in stop_of(page)
    clock.move_to(datetime(2026, 3, 4, 23, 10, tzinfo=LOCAL))
    worker = logged_in(wang)
    page = worker.get(reverse("today"))
    assert "没联系上1人" in text(page) and 'class="tag urgent">没联系上' in stop_of(page)
    page = tap(worker, case, whole="36", tenth="5")
    assert "补录" in text(page) and "没联系上1人" not in text(page)


def test_enter_in_the_remark_says_nothing_of_the_person(worker, grid) -> None:
    make_person(grid, "101", "周桂英")
    form = re.search(r'<form[^>]*>(?:(?!</form>).)*name="note".*?</form>', text(worker.get(reverse("today"))), re.S)[0]
    first = re.search(r"<button[^>]*>", form)[0]  # Enter presses the first one, and a disabled one does nothing
    assert "disabled" in first and "hidden" in first and "name=" not in first


def test_an_outcome_is_corrected_and_a_note_and_a_time_are_kept(worker, wang, grid) -> None:
    case = make_person(grid, "101", "周桂英")
    row = make_check_in(case, at=timezone.now(), outcome="no_answer")
    address = reverse("check_in_more", args=[case.pk]) + f"?corrects={row.pk}"
    page = worker.get(address)
    assert " checked" not in text(page) and 'value="not_at_home"' not in text(page)
    fields = {"uuid": str(uuid4()), "outcome": "at_test", "call_back": "10:30", "note": "去做核酸"}
    worker.post(address, fields)
    found = CheckIn.unscoped.get(corrects=row)
    assert (found.outcome, found.note, found.by) == ("at_test", "去做核酸", wang)
    assert timezone.localtime(IsolationCase.unscoped.get().call_back_at).strftime("%H:%M") == "10:30"

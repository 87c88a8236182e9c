"""The round on paper: what is printed, which codes stand on it, and what becomes of what was keyed."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from grid.models import AuditRecord
from grid.rules.clock import local_day
from grid.rules.permissions import Role
from quarantine.models import Alert, CheckIn, IsolationCase
from quarantine.rules import case_clock, sheets
from tests.factories.grid import make_place, make_staff
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_household, make_resident
from tests.factories.supplies import make_supply_request

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY, SLOTS = date(2026, 3, 4), case_clock.slots_from(case_clock.DEFAULT_SLOTS)
MORNING = "day=2026-03-04&slot=morning"


@pytest.fixture
def grid():
    return make_place()


def client_of(role: Role, place) -> Client:
    client = Client()
    client.force_login(make_staff(role, place, name="王芳"))
    return client


@pytest.fixture
def worker(grid) -> Client:
    return client_of(Role.GRID_WORKER, grid)


def case_at(grid, room: str, name: str = "李明", **more: Any) -> IsolationCase:
    return make_case(at=timezone.now(), resident=make_resident(make_household(grid, room=room), name), **more)


def key(client: Client, grid, page=None, slot: str = MORNING, **fields: str):
    """Posts a keyed sheet; p12_temperature stands for the field of case 12."""
    said = {name.replace("_", "-"): value for name, value in fields.items()}
    return client.post(f"{reverse('sheet_key', args=[grid.pk])}?{slot}", {"page": str(page or uuid4()), **said})


def row(case: IsolationCase, temperature: str = "", reached: bool = False, asked: bool = False) -> dict[str, str]:
    said = {f"p{case.pk}_temperature": temperature}
    return said | ({f"p{case.pk}_reached": "on"} if reached else {}) | ({f"p{case.pk}_asked": "on"} if asked else {})


# -- codes ------------------------------------------------------------------------------------------------------------


@given(st.integers(1, 10**7), st.sampled_from(["morning", "evening"]), st.integers(0, 2), st.integers(1, 9))
def test_a_slip_of_one_digit_meets_no_row(case_id: int, slot: str, place: int, by: int) -> None:
    first = case_id // 1000 * 1000
    codes = sheets.codes_of(range(max(1, first), first + 1000), DAY, slot)
    code = codes[case_id]
    slip = code[:place] + str((int(code[place]) + by) % 10) + code[place + 1 :]
    assert len(code) == 4 and code.isdigit() and slip not in codes.values()


def test_codes_stay_as_printed_whoever_comes_and_goes() -> None:
    printed = sheets.codes_of([17, 204, 1371], DAY, "morning")
    assert (
        sheets.codes_of([204, 1371, 1372, 90], DAY, "morning").items() >= {k: printed[k] for k in (204, 1371)}.items()
    )
    assert sheets.codes_of([17, 204, 1371], DAY, "evening") != printed


def test_two_whose_codes_would_be_one_get_their_whole_numbers() -> None:
    alone = {key: sheets.codes_of([key], DAY, "morning")[key] for key in range(5, 40_000, 1000)}
    first, second = next((a, b) for a in alone for b in alone if a < b and alone[a] == alone[b])
    both = sheets.codes_of([first, second], DAY, "morning")
    assert (both[first] != both[second] and both[first] == alone[first]) or len(both[second]) > 4


def test_a_ticked_row_speaks_of_now_while_its_slot_runs_and_of_its_last_minute_later() -> None:
    morning = case_clock.slot_on(DAY, SLOTS[0])
    assert sheets.moment_in(morning, SLOTS, morning.starts_at - timedelta(minutes=1)) is None
    during = morning.starts_at + timedelta(hours=2)
    assert sheets.moment_in(morning, SLOTS, during) == during
    received = during + timedelta(days=1)
    later = sheets.moment_in(morning, SLOTS, received)
    assert later == morning.until - timedelta(minutes=1)
    assert case_clock.slot_at(later, SLOTS).name == "morning" and case_clock.is_late(later, received, SLOTS)


# -- print ------------------------------------------------------------------------------------------------------------


def test_the_sheet_stands_in_walking_order_with_what_is_due(worker, grid) -> None:
    second, first = case_at(grid, "102", "后去的"), case_at(grid, "101", "先去的")
    IsolationCase.unscoped.filter(pk=first.pk).update(next_test_on=local_day(timezone.now()))
    make_supply_request(at=timezone.now(), household=second.resident.household, resident=second.resident)
    make_check_in(second, at=timezone.now(), temperature="36.6")
    page = worker.get(reverse("round_sheet", args=[grid.pk])).content.decode()
    rows = re.findall(r"<tr><th scope=\"row\".*?</tr>", page, re.S)
    assert [name in text for text, name in zip(rows, ("先去的", "后去的"), strict=True)] == [True, True]
    assert "测温 核酸" in rows[0] and "送物" in rows[1] and "测温" not in rows[1] and "36.6℃" in rows[1]
    codes = sheets.codes_of([first.pk, second.pk], DAY, "morning")
    assert codes[first.pk] in rows[0] and "1/14" in rows[0]
    assert "王芳" in page and f"{grid.pk}-0304-A" in page and "第1页，共1页" in page and "3月4日 星期三 早" in page


def test_a_long_sheet_says_page_and_place_on_each(worker, grid) -> None:
    for number in range(18):
        case_at(grid, str(101 + number))
    page = worker.get(reverse("round_sheet", args=[grid.pk])).content.decode()
    assert (
        "第1页，共2页" in page
        and "第2页，共2页" in page
        and page.count(f"<strong>{grid.parent.name} · {grid.name}") == 2
    )


def test_the_sheet_of_the_evening_is_printed_beforehand(worker, grid) -> None:
    case = case_at(grid, "101")
    page = worker.get(f"{reverse('round_sheet', args=[grid.pk])}?day=2026-03-04&slot=evening").content.decode()
    assert sheets.codes_of([case.pk], DAY, "evening")[case.pk] in page and f"{grid.pk}-0304-B" in page


def test_who_pauses_or_is_not_in_isolation_that_day_is_not_on_it(worker, grid) -> None:
    case_at(grid, "101", "明天才开始", first_day=DAY + timedelta(days=1))
    paused = case_at(grid, "102", "暂停的人")
    IsolationCase.unscoped.filter(pk=paused.pk).update(paused_at=timezone.now(), next_due_at=None)
    page = worker.get(reverse("round_sheet", args=[grid.pk])).content.decode()
    assert "明天才开始" not in page and "暂停的人" not in page


@pytest.mark.parametrize("people", [1, 3])
@pytest.mark.parametrize(("name", "queries"), [("round_sheet", 10), ("sheet_key", 9)])
def test_the_cost_does_not_grow_with_the_rows(
    worker, grid, people, name, queries, django_assert_num_queries: Callable[..., AbstractContextManager[Any]]
) -> None:
    for number in range(people):
        make_check_in(case_at(grid, str(101 + number)), at=timezone.now(), temperature="36.6")
    with django_assert_num_queries(queries):
        worker.get(f"{reverse(name, args=[grid.pk])}?{MORNING}")


# -- keying -----------------------------------------------------------------------------------------------------------


def test_the_page_asks_which_sheet_and_nothing_is_chosen_beforehand(worker, grid) -> None:
    case = case_at(grid, "101")
    page = worker.get(reverse("sheet_key", args=[grid.pk])).content.decode()
    assert MORNING.replace("&", "&amp;") in page and "slot=evening" in page and "day=2026-03-05" not in page
    page = worker.get(f"{reverse('sheet_key', args=[grid.pk])}?{MORNING}").content.decode()
    assert f'name="p{case.pk}-temperature"' in page and " checked" not in page and 'value="36' not in page


def test_what_was_ticked_is_stored_and_nothing_is_implied(worker, grid) -> None:
    measured, reached, asked, empty = (case_at(grid, str(101 + number)) for number in range(4))
    ticked = row(measured, "３６．５") | row(reached, reached=True) | row(asked, asked=True) | row(empty)
    answer = key(worker, grid, **ticked)
    page = worker.get(answer["Location"]).content.decode()
    facts = {one.case_id: (one.temperature, one.reached, one.symptoms_asked) for one in CheckIn.unscoped.all()}
    assert facts == {
        measured.pk: (Decimal("36.5"), False, False),
        reached.pk: (None, True, False),
        asked.pk: (None, False, True),
    }
    assert set(CheckIn.unscoped.values_list("channel", "observed_at")) == {("paper", timezone.now())}
    assert re.findall(r'<dd class="number">(\d+)</dd>', page) == ["1", "1", "1"] and "存好了" in page
    assert AuditRecord.objects.filter(deed="check_ins_recorded").count() == 1


def test_a_sheet_keyed_after_its_slot_is_stored_in_it_as_late(grid, clock) -> None:
    case = case_at(grid, "101")
    clock.move_to(datetime(2026, 3, 4, 20, 0, tzinfo=ZoneInfo("Asia/Shanghai")))
    key(client_of(Role.GRID_WORKER, grid), grid, **row(case, "36.5"))
    stored = CheckIn.unscoped.get()
    assert (stored.local_day, stored.slot) == (DAY, "morning")
    assert case_clock.is_late(stored.observed_at, stored.received_at, SLOTS)


def test_wrong_values_are_refused_by_row_and_the_others_stored(worker, grid) -> None:
    good, wrong, odd = (case_at(grid, str(101 + number), f"人{number}") for number in range(3))
    page = uuid4()
    answer = key(worker, grid, page, **row(good, "36.5"), **row(wrong, "365", reached=True), **row(odd, "abc"))
    text = answer.content.decode()
    assert answer.status_code == 422 and CheckIn.unscoped.get().case_id == good.pk
    assert "小数点也要打" in text and 'value="365"' in text and 'value="abc"' in text and text.count(" checked") == 1
    assert f'name="p{good.pk}-temperature"' not in text and "36.5℃" in text and str(page) in text
    answer = key(worker, grid, page, **row(wrong, "36.5", reached=True), **row(odd, "36.7"))
    assert answer.status_code == 302 and CheckIn.unscoped.count() == 3


def test_a_page_sent_twice_stores_once(worker, grid) -> None:
    case, page = case_at(grid, "101"), uuid4()
    first, second = (key(worker, grid, page, **row(case, "36.5")) for _twice in range(2))
    assert first["Location"] == second["Location"] and CheckIn.unscoped.count() == 1


def test_an_empty_page_is_refused_in_words(worker, grid) -> None:
    answer = key(worker, grid, **row(case_at(grid, "101")))
    assert answer.status_code == 422 and "至少录一行" in answer.content.decode()


def test_who_is_abnormal_by_it_is_named_and_raises_an_alert(worker, grid) -> None:
    case = case_at(grid, "101", "发烧的人")
    page = worker.get(key(worker, grid, **row(case, "38.5"))["Location"]).content.decode()
    assert "发烧的人" in page and reverse("check_in_confirm", args=[CheckIn.unscoped.get().pk]) in page
    assert Alert.unscoped.open().filter(case=case).count() == 1


def test_whoever_closed_or_left_meanwhile_is_told_and_the_others_are_stored(worker, grid) -> None:
    stays, closed, gone = (case_at(grid, str(101 + number), f"人{number}") for number in range(3))
    IsolationCase.unscoped.filter(pk=closed.pk).update(
        closed_at=timezone.now(), closed_as="moved_away", stage="closed", next_due_at=None, look_at=None
    )
    far = make_place()
    type(gone.resident.household).unscoped.filter(pk=gone.resident.household_id).update(grid=far, street=far.street)
    answer = key(worker, grid, **row(stays, "36.5"), **row(closed, "36.6"), **row(gone, "36.7"))
    text = answer.content.decode()
    assert answer.status_code == 422 and CheckIn.unscoped.get().case_id == stays.pk
    assert "人1" in text and "隔离已经结束" in text and "人2" not in text and "有1人已不归你管" in text


def test_a_slot_that_has_not_begun_takes_nothing(worker, grid) -> None:
    case = case_at(grid, "101")
    answer = key(worker, grid, slot="day=2026-03-05&slot=morning", **row(case, "36.5"))
    assert answer.status_code == 422 and not CheckIn.unscoped.exists()


# -- undo -------------------------------------------------------------------------------------------------------------


def undo(client: Client, grid, page) -> Any:
    said = {"sent": str(page), "day": "2026-03-04", "slot": "morning"}
    return client.post(reverse("sheet_undo", args=[grid.pk]), said)


def test_the_whole_sheet_is_taken_back_within_the_minute_it_is_offered(worker, grid, clock) -> None:
    case, other, page = case_at(grid, "101"), case_at(grid, "102"), uuid4()
    where = key(worker, grid, page, **row(case, "38.5"), **row(other, "36.5"))["Location"]
    assert reverse("sheet_undo", args=[grid.pk]) in worker.get(where).content.decode()
    undo(worker, grid, page)
    undo(worker, grid, page)
    case.refresh_from_db(from_queryset=IsolationCase.unscoped.all())
    assert case.last_measured_at is None and case.last_abnormal_at is None
    assert CheckIn.unscoped.filter(withdrawn=True).count() == 2
    assert Alert.unscoped.get().outcome == "slip"
    assert AuditRecord.objects.filter(deed="check_ins_withdrawn").count() == 1
    assert "撤回了" in worker.get(where).content.decode()
    clock.shift(61)
    assert reverse("sheet_undo", args=[grid.pk]) not in worker.get(where).content.decode()


def test_what_somebody_corrected_meanwhile_stays(worker, grid) -> None:
    case, page = case_at(grid, "101"), uuid4()
    key(worker, grid, page, **row(case, "36.5"))
    more = f"{reverse('check_in_more', args=[case.pk])}?corrects={CheckIn.unscoped.get().pk}"
    worker.post(more, {"uuid": str(uuid4()), "temperature": "36.8"})
    undo(worker, grid, page)
    case.refresh_from_db(from_queryset=IsolationCase.unscoped.all())
    assert case.last_temperature == Decimal("36.8") and not CheckIn.unscoped.filter(withdrawn=True).exists()


# -- who may ----------------------------------------------------------------------------------------------------------


def test_strangers_see_no_sheet_and_readers_key_none(grid) -> None:
    case = case_at(grid, "101")
    stranger, reader = client_of(Role.GRID_WORKER, make_place()), client_of(Role.STREET_SUPERVISOR, grid.parent.parent)
    for name in ("round_sheet", "sheet_key"):
        assert stranger.get(f"{reverse(name, args=[grid.pk])}?{MORNING}").status_code == 404
    assert key(stranger, grid, **row(case, "36.5")).status_code == undo(stranger, grid, uuid4()).status_code == 404
    assert reader.get(reverse("round_sheet", args=[grid.pk])).status_code == 200
    assert key(reader, grid, **row(case, "36.5")).status_code == undo(reader, grid, uuid4()).status_code == 403
    assert client_of(Role.GRID_WORKER, grid).get(reverse("sheet_undo", args=[grid.pk])).status_code == 405
    assert not CheckIn.unscoped.exists()


def test_a_row_of_another_grid_is_not_keyed_by_its_number(worker, grid) -> None:
    case_at(grid, "101")
    foreign = case_at(make_place(), "101", "别处的人")
    answer = key(worker, grid, **row(foreign, "36.5"))
    assert answer.status_code == 422 and "别处的人" not in answer.content.decode() and not CheckIn.unscoped.exists()


def test_who_was_measured_and_asked_afterwards_stands_on_the_paper_as_measured(worker, grid) -> None:
    case = case_at(grid, "101")
    make_check_in(case, at=timezone.now(), temperature="36.5")
    make_check_in(case, at=timezone.now() + timedelta(seconds=5), asked=True)
    for name in ("round_sheet", "sheet_key"):
        page = worker.get(f"{reverse(name, args=[grid.pk])}?{MORNING}").content.decode()
        assert "36.5℃" in page and "问过·未测温" not in page

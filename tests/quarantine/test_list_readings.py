"""Daily temperature sheets through the wizard: to check-ins, again, and back."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grid.models import AuditRecord
from quarantine.models import Alert, CheckIn, IsolationCase
from quarantine.rules import case_clock
from residents.models import ImportBatch, Resident
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_household, make_resident
from tests.residents.lists.support import (
    LISTS,
    Street,
    client_of,
    confirm,
    make_street,
    take_in,
    to_preview,
    work_off,
    workbook,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
SAMPLE = LISTS / "05-temperatures.xlsx"
HEADERS = ("姓名", "手机号码", "3月3日早", "3月3日晚", "3月4日早")
NAMES = "零甲乙丙丁戊"
LOCAL = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 4)


@pytest.fixture
def street() -> Street:
    return make_street()


@pytest.fixture
def lead(street: Street) -> Client:
    return client_of(street.lead)


def person(street: Street, number: int, first_day: date = DAY - timedelta(days=3), **more: Any) -> IsolationCase:
    """Somebody whom a list knows by name and phone."""
    resident = make_resident(
        make_household(street.grid), f"测试{NAMES[number]}", phones=[f"1990000100{number}"], **more
    )
    return make_case(at=timezone.now(), resident=resident, first_day=first_day)


def line(number: int, *readings: str) -> tuple[str, ...]:
    return (f"测试{NAMES[number]}", f"1990000100{number}", *readings)


def sheet(*lines: tuple[str, ...]) -> bytes:
    return workbook(*lines, headers=tuple(f"2026年{head}" if "月" in head else head for head in HEADERS))


def preview(client: Client, data: bytes) -> ImportBatch:
    return to_preview(client, data, kind="temperatures")


def brought(client: Client, data: bytes) -> ImportBatch:
    return take_in(client, data, kind="temperatures")


def page(client: Client, name: str, batch: ImportBatch, **query: str) -> str:
    return client.get(reverse(name, args=[batch.pk]), query).content.decode()


def stored() -> set[tuple[Any, ...]]:
    return set(CheckIn.unscoped.filter(withdrawn=False).values_list("local_day", "slot", "temperature"))


def test_the_preview_says_what_is_new_and_who_would_be_abnormal_and_stores_nothing(lead, street) -> None:
    person(street, 1), person(street, 2)
    batch = preview(lead, sheet(line(1, "36.5", "正常", "38.1"), line(2, "", "36.8℃", "")))
    assert (batch.counts["changed"], batch.counts["readings"], batch.counts["readings_abnormal"]) == (2, 3, 1)
    text = page(lead, "list_preview", batch)
    assert "新体温3次" in text and "异常：1人，1次" in text and "不算测温，不存：1处" in text and "体温入库" in text
    assert "有新体温" in text and not CheckIn.unscoped.exists()


def test_readings_become_check_ins_of_their_slots_and_say_nothing_else(lead, street) -> None:
    case = person(street, 1)
    batch = brought(lead, sheet(line(1, "36.5", "36.8", "36.6")))
    assert stored() == {
        (DAY - timedelta(days=1), "morning", Decimal("36.5")),
        (DAY - timedelta(days=1), "evening", Decimal("36.8")),
        (DAY, "morning", Decimal("36.6")),
    }
    rows = list(CheckIn.unscoped.order_by("observed_at"))
    assert {(row.channel, row.reached, row.symptoms_asked, row.by_id) for row in rows} == {
        ("list", False, False, street.lead.pk)
    }
    slots = case_clock.slots_from(case_clock.DEFAULT_SLOTS)
    assert [case_clock.slot_at(row.observed_at, slots)[:2] for row in rows] == [(r.local_day, r.slot) for r in rows]
    assert [case_clock.is_late(row.observed_at, row.received_at, slots) for row in rows] == [True, True, False]
    case.refresh_from_db(from_queryset=IsolationCase.unscoped.all())
    assert case.last_temperature == Decimal("36.6") and case.last_reached_at is None
    assert batch.counts["readings"] == 3 and "体温已入库" in page(lead, "list_result", batch)
    assert AuditRecord.objects.filter(deed="readings_taken_in", subject_id=batch.pk).count() == 1


def test_the_same_file_again_brings_nothing_and_what_was_added_to_it_does(lead, street) -> None:
    person(street, 1)
    data = sheet(line(1, "36.5", "36.8", ""))
    brought(lead, data)
    again = preview(lead, data)
    assert (again.counts["changed"], again.counts["same"], again.counts["readings_same"]) == (0, 1, 2)
    text = page(lead, "list_preview", again)
    assert "没有新的体温" in text and reverse("list_commit", args=[again.pk]) not in text
    longer = brought(lead, sheet(line(1, "36.5", "36.8", "36.9")))
    assert (longer.counts["readings"], longer.counts["readings_same"]) == (1, 2) and len(stored()) == 3


def test_a_commit_that_runs_twice_stores_once(lead, street) -> None:
    person(street, 1)
    batch = preview(lead, sheet(line(1, "36.5", "", "")))
    confirm(lead, batch)
    work_off()
    from residents.tasks import commit_list

    commit_list(at=timezone.now(), batch_id=batch.pk, staff_id=street.lead.pk)
    assert CheckIn.unscoped.count() == 1


def test_a_reading_tapped_on_the_round_is_not_the_lists(lead, street) -> None:
    case = person(street, 1)
    make_check_in(case, at=timezone.now(), temperature="36.6")
    assert brought(lead, sheet(line(1, "", "", "36.6"))).counts["readings"] == 1
    assert CheckIn.unscoped.count() == 2


def test_rows_that_nobody_fits_or_no_open_isolation_holds_are_refused_in_words(lead, street) -> None:
    make_resident(make_household(street.grid), "测试乙", phones=["19900001002"])
    closed = person(street, 3)
    IsolationCase.unscoped.filter(pk=closed.pk).update(
        closed_at=timezone.now(), closed_as="moved_away", stage="closed", next_due_at=None, look_at=None
    )
    person(street, 5)
    lines = (line(1, "36.5"), line(2, "36.5"), line(3, "36.5"), line(5, "正常"))
    batch = preview(lead, sheet(*[one + ("",) * (5 - len(one)) for one in lines]))
    assert (batch.counts["changed"], batch.counts["refused"]) == (0, 4)
    codes = [row.problems["row"] for row in batch.rows.order_by("number")]
    assert codes == ["nobody_fits", "no_isolation", "isolation_closed", "readings_in_words"]
    text = page(lead, "list_preview", batch, show="refused")
    for words in ("库里对不上这个人", "不在隔离期内", "隔离已经结束，不能再记", "没有用数字写的体温"):
        assert words in text


def test_days_before_the_isolation_or_to_come_are_left_and_said_the_others_stored(lead, street) -> None:
    person(street, 1, first_day=DAY)
    headers = ("姓名", "手机号码", "2026年3月3日早", "2026年3月4日早", "2026年3月9日早")
    batch = preview(lead, workbook(line(1, "36.5", "36.6", "36.7"), headers=headers))
    assert (batch.counts["readings"], batch.counts["readings_left"]) == (1, 2)
    assert "有2次体温不存" in page(lead, "list_preview", batch)
    confirm(lead, batch)
    work_off()
    assert stored() == {(DAY, "morning", Decimal("36.6"))}


def test_an_isolation_closed_after_the_preview_refuses_its_row(lead, street) -> None:
    case = person(street, 1)
    person(street, 2)
    batch = preview(lead, sheet(line(1, "36.5", "", ""), line(2, "36.5", "", "")))
    IsolationCase.unscoped.filter(pk=case.pk).update(
        closed_at=timezone.now(), closed_as="moved_away", stage="closed", next_due_at=None, look_at=None
    )
    confirm(lead, batch)
    work_off()
    batch.refresh_from_db()
    assert (batch.counts["refused"], batch.counts["readings"]) == (1, 1)
    assert "隔离已经结束，不能再记" in page(lead, "list_result", batch)


def test_a_row_for_each_day_is_no_row_twice(lead, street) -> None:
    person(street, 1)
    headers = ("姓名", "手机号码", "日期", "早上体温", "晚上体温")
    lines = (line(1, "2026-03-03", "36.5", "36.6"), line(1, "2026-03-04", "36.7", ""))
    batch = brought(lead, workbook(*lines, headers=headers))
    assert batch.counts["readings"] == 3 and batch.counts["refused"] == 0


def test_a_row_left_out_brings_nothing_and_the_numbers_say_so(lead, street) -> None:
    person(street, 1), person(street, 2)
    batch = preview(lead, sheet(line(1, "36.5", "", ""), line(2, "38.5", "", "")))
    out = batch.rows.get(number=3)
    said = {"row": out.pk, "reading": batch.choices["reading"], "left_out": "yes"}
    lead.post(reverse("list_leave_out", args=[batch.pk]), said)
    batch.refresh_from_db()
    assert (batch.counts["readings"], batch.counts["people_abnormal"]) == (1, 0)
    confirm(lead, batch)
    work_off()
    assert {row[2] for row in stored()} == {Decimal("36.5")}


def test_only_a_fever_of_today_or_yesterday_raises_an_alert_and_the_lead_is_told_of_all(lead, street) -> None:
    old, new = person(street, 1, first_day=DAY - timedelta(days=9)), person(street, 2)
    headers = ("姓名", "手机号码", "2026年2月28日早", "2026年3月3日早")
    batch = brought(lead, workbook(line(1, "38.5", ""), line(2, "", "38.6"), headers=headers))
    assert list(Alert.unscoped.open().values_list("case", flat=True)) == [new.pk]
    old.refresh_from_db(from_queryset=IsolationCase.unscoped.all())
    assert old.last_abnormal_at is not None
    text = page(lead, "list_result", batch)
    assert "昨天以前的，没有提醒" in text and "已报提醒" in text and "测试甲" in text and "测试乙" in text


def test_a_list_taken_back_takes_its_readings_and_leaves_what_was_corrected(lead, street) -> None:
    first, second = person(street, 1), person(street, 2)
    kept = make_check_in(first, at=timezone.now(), temperature="36.1")
    batch = brought(lead, sheet(line(1, "38.5", "36.8", ""), line(2, "36.5", "", "")))
    wrong = CheckIn.unscoped.get(case=second)
    more = f"{reverse('check_in_more', args=[second.pk])}?corrects={wrong.pk}"
    lead.post(more, {"uuid": str(uuid4()), "temperature": "36.7"})
    for _twice in range(2):
        lead.post(reverse("list_undo", args=[batch.pk]))
    batch.refresh_from_db()
    assert (batch.state, batch.counts["taken_back"], batch.counts["kept"]) == ("undone", 2, 1)
    for case in (first, second):
        case.refresh_from_db(from_queryset=IsolationCase.unscoped.all())
    assert (first.last_temperature, first.last_abnormal_at) == (Decimal("36.1"), None)
    assert second.last_temperature == Decimal("36.7") and Alert.unscoped.get().outcome == "slip"
    assert kept.pk in CheckIn.unscoped.filter(corrected_by=None).values_list("pk", flat=True)
    assert Resident.unscoped.count() == 2  # nobody was made, and nobody goes
    again = brought(lead, sheet(line(1, "38.5", "36.8", ""), line(2, "36.5", "", "")))
    assert again.counts["readings"] == 3


def test_people_of_another_community_are_out_of_reach(lead, street) -> None:
    resident = make_resident(make_household(street.elsewhere), "测试甲", phones=["19900001001"])
    make_case(at=timezone.now(), resident=resident, first_day=DAY - timedelta(days=3))
    batch = preview(lead, sheet(line(1, "36.5", "", "")))
    assert batch.counts["refused"] == 1 and batch.rows.get().problems == {"row": "known_elsewhere"}


def sample_people(street: Street) -> list[dict[str, Any]]:
    """The people of the sample list, registered and in isolation since its first day."""
    lines = SAMPLE.with_suffix(".truth.jsonl").read_text(encoding="utf-8").splitlines()
    people = [json.loads(text) for text in lines]
    for one in people:
        if one.get("id_number"):
            resident = make_resident(make_household(street.grid), one["name"], id_number=one["id_number"])
            make_case(at=timezone.now(), resident=resident, first_day=date(2020, 2, 1))
    return people


def test_the_sample_list_twice_and_back(street, clock) -> None:
    clock.move_to(datetime(2020, 2, 8, 9, 0, tzinfo=LOCAL))
    street = make_street()
    lead = client_of(street.lead)
    people = sample_people(street)
    sound = [one for one in people if one.get("id_number") and not one.get("problems")]
    truth = {
        (one["id_number"], said["date"], said["slot"], said["temperature"])
        for one in sound
        for said in one["check_ins"]
        if said["temperature"] is not None
    }
    data = Path(SAMPLE).read_bytes()
    batch = brought(lead, data)
    assert batch.counts["readings"] == len(truth) == CheckIn.unscoped.count()
    numbers = {one["name"]: one["id_number"] for one in sound}
    assert {
        (numbers[row.case.resident.name], row.local_day.isoformat(), row.slot, float(row.temperature))
        for row in CheckIn.unscoped.select_related("case__resident")
    } == truth
    again = preview(lead, data)
    assert (again.counts["readings"], again.counts["readings_same"]) == (0, len(truth))
    lead.post(reverse("list_undo", args=[batch.pk]))
    assert not IsolationCase.unscoped.exclude(last_measured_at=None).exists()
    assert brought(lead, data).counts["readings"] == len(truth)


@pytest.mark.parametrize("people", [1, 3])
def test_the_preview_costs_the_same_however_many_rows(lead, street, people, django_assert_num_queries) -> None:
    for number in range(people):
        person(street, number)
    batch = preview(lead, sheet(*(line(number, "36.5", "", "") for number in range(people))))
    lead.get(reverse("list_preview", args=[batch.pk]))
    with django_assert_num_queries(11):
        lead.get(reverse("list_preview", args=[batch.pk]))


def test_a_cell_that_is_no_temperature_refuses_its_row_in_words_and_no_other(street, lead) -> None:
    for number in (1, 2):
        person(street, number)
    batch = preview(lead, sheet(line(1, "365", "36.5"), line(2, "36.4", "36.6")))
    page = lead.get(reverse("list_preview", args=[batch.pk]))
    assert page.status_code == 200 and "34.0" in page.content.decode()
    assert (batch.counts["refused"], batch.counts["changed"]) == (1, 1)
    back = lead.post(reverse("list_refused", args=[batch.pk]))
    assert (
        back.status_code == 200 and b"".join(back.streaming_content if back.streaming else [back.content])[:2] == b"PK"
    )

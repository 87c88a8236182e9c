"""The pages of the wizard: who may see them, what they refuse, what they cost."""

from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grid.models import AuditRecord, Post
from grid.registries import DEEDS as DEEDS_IN_WORDS
from grid.rules.actors import Actor
from grid.rules.permissions import Role
from quarantine.models import IsolationCase
from residents.actions import lists as deeds
from residents.models import ImportBatch, Resident
from tests.factories.grid import LONG_AGO, make_staff
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.lists.support import (
    Street,
    batch_of,
    client_of,
    confirm,
    mapping_as_proposed,
    take_in,
    to_preview,
    upload,
    work_off,
    workbook,
)

pytestmark = pytest.mark.django_db
PAGES = ["list_mapping", "list_preview", "list_progress", "list_result"]
DEEDS = ["list_commit", "list_refused", "list_undo", "list_discard"]


def row(number: int, **said: str) -> tuple[str, ...]:
    values = {
        "name": f"测试{number}甲".translate(str.maketrans("0123456789", "零一二三四五六七八九")),
        "id": "",
        "phone": "",
        "door": f"望江花园3-1-{500 + number}",
        "day": "",
        "note": "",
    }
    return tuple((values | said).values())


@pytest.fixture
def batch(client: Any, street: Street) -> ImportBatch:
    return to_preview(client, workbook(row(1)), grid=str(street.grid.pk))


@pytest.mark.parametrize("name", PAGES + DEEDS)
def test_a_lead_of_another_community_does_not_see_that_the_list_exists(
    name: str, batch: ImportBatch, street: Street
) -> None:
    stranger = client_of(make_staff(Role.COMMUNITY_LEAD, street.elsewhere.parent))
    address = reverse(name, args=[batch.pk])
    assert (stranger.post if name in DEEDS else stranger.get)(address).status_code == 404
    assert ImportBatch.unscoped.get(pk=batch.pk).state == "preview"


@pytest.mark.parametrize("name", PAGES + DEEDS)
def test_a_worker_may_not_take_lists_in(name: str, batch: ImportBatch, street: Street) -> None:
    worker = client_of(make_staff(Role.GRID_WORKER, street.grid))
    address = reverse(name, args=[batch.pk])
    assert (worker.post if name in DEEDS else worker.get)(address).status_code == 403


@pytest.mark.parametrize("name", DEEDS)
def test_deeds_are_not_done_by_looking(name: str, batch: ImportBatch, client: Any) -> None:
    assert client.get(reverse(name, args=[batch.pk])).status_code == 405


def test_a_grid_outside_cannot_be_chosen(client: Any, street: Street) -> None:
    batch = batch_of(upload(client, workbook(row(1))))
    said = mapping_as_proposed(client, batch) | {"grid": str(street.elsewhere.pk), "isolation": "no"}
    answer = client.post(reverse("list_mapping", args=[batch.pk]), said)
    assert answer.status_code == 422 and "grid" in answer.context["form"].errors


def test_with_two_posts_no_place_is_chosen_for_her(client: Any, street: Street) -> None:
    elsewhere = street.elsewhere.parent
    Post.objects.create(staff=street.lead, place=elsewhere, role=Role.COMMUNITY_LEAD, since=LONG_AGO)
    data = SimpleUploadedFile("list.xlsx", workbook(row(1)))
    answer = client.post(reverse("list_upload"), {"file": data, "place": ""})
    assert answer.status_code == 422 and "place" in answer.context["form"].errors
    choices = list(client.get(reverse("list_home")).context["form"].fields["place"].choices)
    assert [str(value) for value, _label in choices][0] == "" and len(choices) == 3
    upload(client, workbook(row(1)), place=elsewhere)
    assert ImportBatch.unscoped.get().grid == elsewhere


def test_a_place_outside_cannot_be_chosen(client: Any, street: Street) -> None:
    answer = upload(client, workbook(row(1)), place=street.elsewhere.parent)
    assert answer.status_code == 422 and not ImportBatch.unscoped.exists()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.4 nothing",
        b"PK\x03\x04 broken",
        workbook(("1", "2", "3", "4", "5", "6"), headers=("甲", "乙", "丙", "丁", "戊", "己")),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words_and_not_stored(client: Any, data: bytes) -> None:
    answer = upload(client, data)
    assert answer.status_code == 422 and answer.context["form"].errors["file"]
    assert not ImportBatch.unscoped.exists()


def test_a_changed_mapping_counts(client: Any, street: Street) -> None:
    batch = batch_of(
        upload(client, workbook(("测试甲", "备注里的话", "望江花园3-1-502"), headers=("姓名", "说明", "地址")))
    )
    said = mapping_as_proposed(client, batch) | {"column-0-1": "", "grid": str(street.grid.pk), "isolation": "no"}
    client.post(reverse("list_mapping", args=[batch.pk]), said)
    page = client.get(reverse("list_preview", args=[batch.pk])).content.decode()
    batch.refresh_from_db()
    assert [column["field"] for column in batch.tables[0]["columns"]] == ["name", "", "address"] and "测试甲" in page


def test_two_columns_cannot_mean_the_same(client: Any, street: Street) -> None:
    batch = batch_of(upload(client, workbook(row(1))))
    said = mapping_as_proposed(client, batch) | {"column-0-5": "name", "isolation": "no"}
    answer = client.post(reverse("list_mapping", args=[batch.pk]), said)
    assert answer.status_code == 422 and "column-0-5" in answer.context["form"].errors
    assert answer.context["form"]["column-0-5"].value() == "name"  # what was chosen is still there


def test_what_stands_in_a_cell_is_never_markup(client: Any, street: Street) -> None:
    batch = to_preview(
        client, workbook(row(1, name="<b>甲</b>", note="<script>alert(1)</script>")), grid=str(street.grid.pk)
    )
    for name in ("list_mapping", "list_preview"):
        page = client.get(reverse(name, args=[batch.pk])).content.decode()
        assert "<script>alert" not in page and "<b>甲" not in page


def test_the_preview_costs_the_same_with_one_row_and_with_three(client: Any, street: Street) -> None:
    door = make_household(street.grid, compound="望江花园", building="3", unit="1", room="501")
    costs = []
    for count in (1, 3):
        people = [
            (make_resident(door, f"旧人{'甲乙丙丁戊己庚辛壬癸'[count * 2 + number]}"), number)
            for number in range(count)
        ]
        rows = [row(number, name=person.name, door="望江花园3-1-501", note="新") for person, number in people]
        batch = to_preview(
            client, workbook(*rows, *[row(100 + number) for number in range(count)]), grid=str(street.grid.pk)
        )
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("list_preview", args=[batch.pk]))
        costs.append(len(queries))
    assert costs == [11, 11]  # one of them counts the notices of the frame, one opens the blocks of the rows


def test_the_home_page_costs_the_same_with_one_list_and_with_three(client: Any, street: Street) -> None:
    costs = []
    for count in (1, 2):
        for number in range(count):
            upload(client, workbook(row(count * 10 + number)))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("list_home"))
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_the_preview_says_for_whom_no_isolation_record_is_opened(clock: Any, client: Any, street: Street) -> None:
    rows = [row(1, day="2026-03-01"), row(2, day="2009-02-03"), row(3, day="2026-09-01")]
    said = {"grid": str(street.grid.pk), "reason": "returnee"}
    batch = to_preview(client, workbook(*rows), isolation="yes", **said)
    page = english(client, "list_preview", batch)
    assert "opened for 1 person" in page and "For 2 people no isolation record is opened" in page
    assert page.count("No isolation record: the first day is too long ago or too far ahead.") == 2
    confirm(client, batch)
    work_off()
    assert Resident.unscoped.count() == 3
    assert [case.first_day for case in IsolationCase.unscoped.all()] == [date(2026, 3, 1)]
    opened = AuditRecord.objects.get(deed="cases_opened")
    assert (opened.place, opened.facts["count"], opened.facts["refused"]) == (batch.grid, 1, 2)
    client.post(reverse("list_undo", args=[batch.pk]))
    assert AuditRecord.objects.get(deed="cases_removed").place == batch.grid


def test_nothing_is_said_of_days_where_no_record_is_opened_anyway(clock: Any, client: Any, street: Street) -> None:
    batch = to_preview(client, workbook(row(1, day="2009-02-03")), isolation="no", grid=str(street.grid.pk))
    assert "too long ago" not in english(client, "list_preview", batch)


def test_an_english_page_of_lists_writes_its_dates_in_english(clock: Any, client: Any, batch: ImportBatch) -> None:
    page = client.get(reverse("list_home"), headers={"accept-language": "en"}).content.decode()
    assert "March 4" in page and "月" not in page


def english(client: Any, name: str, batch: ImportBatch) -> str:
    return str(client.get(reverse(name, args=[batch.pk]), headers={"accept-language": "en"}).content.decode())


def test_refused_rows_come_back_as_a_workbook_that_says_what_to_do(client: Any, street: Street) -> None:
    damaged = make_id_number()[:-1] + "*"
    rows = [row(1), row(2, id=damaged, day="2026-03-01", note="=1+1"), row(3, phone="12345")]
    batch = take_in(client, workbook(*rows), grid=str(street.grid.pk))
    answer = client.post(reverse("list_refused", args=[batch.pk]))
    sheet = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    assert [cell.value for cell in sheet[1]][:6] == ["姓名", "身份证号码", "手机号码", "住址", "返乡时间", "备注"]
    assert sheet.max_row == 3 and sheet["B2"].comment and sheet["C3"].comment and not sheet["A2"].comment
    assert sheet["B2"].fill.fgColor.rgb == "FFFFC7CE" and sheet["F2"].data_type == "s" and sheet["F2"].value == "=1+1"
    assert sheet["E2"].value == "2026-03-01" and sheet["G2"].value == "3"


def test_the_audit_tells_that_refused_rows_with_their_numbers_left(client: Any, street: Street) -> None:
    damaged = make_id_number()[:-1] + "*"
    batch = take_in(client, workbook(row(1), row(2, id=damaged)), grid=str(street.grid.pk))
    assert client.get(reverse("list_refused", args=[batch.pk])).status_code == 405
    client.post(reverse("list_refused", args=[batch.pk]))
    record = AuditRecord.objects.get(deed="refused_rows_fetched")
    assert (record.staff, record.place, record.subject_id) == (street.lead, batch.grid, batch.pk)
    assert record.facts == {"rows": 1} and "refused_rows_fetched" in DEEDS_IN_WORDS


def test_a_lead_whose_post_ended_in_this_moment_fetches_nothing(client: Any, street: Street) -> None:
    batch = take_in(client, workbook(row(1), row(2, phone="12345")), grid=str(street.grid.pk))
    Post.objects.filter(staff=street.lead).update(until=timezone.now())
    with pytest.raises(PermissionDenied):
        deeds.fetch_refused(batch=batch, by=Actor.staff(street.lead.pk), at=timezone.now())


def test_the_mended_workbook_takes_in_just_these_rows(client: Any, street: Street) -> None:
    damaged = make_id_number()[:-1] + "*"
    batch = take_in(client, workbook(row(1), row(2, id=damaged)), grid=str(street.grid.pk))
    answer = client.post(reverse("list_refused", args=[batch.pk]))
    book = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))
    book.active["B2"] = make_id_number()
    mended = BytesIO()
    book.save(mended)
    again = take_in(client, mended.getvalue(), grid=str(street.grid.pk))
    assert {verdict: again.counts[verdict] for verdict in ("new", "refused", "same")} == {
        "new": 1,
        "refused": 0,
        "same": 0,
    }


def test_an_old_list_leads_to_the_page_of_its_state(client: Any, batch: ImportBatch) -> None:
    assert client.get(reverse("list_result", args=[batch.pk]))["Location"] == reverse("list_preview", args=[batch.pk])
    confirm(client, batch)
    assert client.get(reverse("list_mapping", args=[batch.pk]))["Location"] == reverse("list_progress", args=[batch.pk])
    work_off()
    assert client.get(reverse("list_preview", args=[batch.pk]))["Location"] == reverse("list_result", args=[batch.pk])

"""What the user says to the wizard: several files, a pasted table, kinds, remembered columns, rows left out."""

from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from grid import registries
from grid.models import AuditRecord, OutboxTask
from grid.rules.permissions import Role
from residents.actions import lists as deeds
from residents.lists import memory
from residents.lists.headers import find_tables
from residents.lists.reading import read_sheets
from residents.lists.rows import read_people
from residents.lists.staging import plain_tables
from residents.models import ColumnMemory, ImportBatch, Resident
from tests.factories.grid import make_staff
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.lists.support import (
    LISTS,
    Street,
    batch_of,
    client_of,
    confirm,
    make_street,
    mapping_as_proposed,
    to_preview,
    upload,
    work_off,
    workbook,
)

pytestmark = pytest.mark.django_db
DOORS = [
    (f"测试{sign}", "", f"1990000100{number}", f"望江花园3-1-50{number}", "", "")
    for number, sign in enumerate("甲乙丙")
]
KINDS = {
    "01-returnees.xlsx": "to_find",
    "02-households.xlsx": "residents",
    "03-isolation-ledger.xls": "ledger",
    "05-temperatures.xlsx": "temperatures",
    "06-supplies.xlsx": "supplies",
}


def send(client: Any, street: Street, *files: tuple[str, bytes], pasted: str = "") -> Any:
    sent = [SimpleUploadedFile(name, data) for name, data in files]
    said = {"file": sent, "pasted": pasted, "place": street.community.pk}
    return client.post(reverse("list_upload"), said, headers={"accept-language": "en"})


def english(client: Any, address: str) -> str:
    return str(client.get(address, headers={"accept-language": "en"}).content.decode())


# -- files and pasted tables ----------------------------------------------------------------------------------------


def test_several_files_at_once_and_one_that_cannot_be_read(client: Any, street: Street) -> None:
    answer = send(client, street, ("a.xlsx", workbook(DOORS[0])), ("b.xlsx", workbook(DOORS[1])), ("c.xlsx", b"<html>"))
    assert answer["Location"] == reverse("list_home")
    page = english(client, answer["Location"])
    assert "2 lists were read" in page and "c.xlsx: This is a web page" in page
    assert sorted(ImportBatch.unscoped.values_list("file_name", flat=True)) == ["a.xlsx", "b.xlsx"]


def test_where_no_file_can_be_read_nothing_is_stored_and_nothing_typed_is_lost(client: Any, street: Street) -> None:
    answer = send(client, street, pasted="今天\t天气\n好\t不好")
    assert answer.status_code == 422 and "今天\t天气" in answer.content.decode()
    assert send(client, street).status_code == 422
    assert send(client, street, *[(f"{n}.csv", b"x") for n in range(11)]).status_code == 422
    assert not ImportBatch.unscoped.exists()


def test_a_table_pasted_from_a_workbook_is_a_list(client: Any, street: Street) -> None:
    lines = [("姓名", "手机号码", "楼栋", "单元", "房号"), ("测试甲", "19900001001", "3", "1", "502")]
    batch = batch_of(send(client, street, pasted="\r\n".join("\t".join(line) for line in lines)))
    fields = [column["field"] for column in batch.tables[0]["columns"]]
    assert fields == ["name", "phones", "building", "unit", "room"]
    said = mapping_as_proposed(client, batch) | {"grid": str(street.grid.pk)}
    client.post(reverse("list_mapping", args=[batch.pk]), said)
    batch.refresh_from_db()
    confirm(client, batch)
    work_off()
    person = Resident.unscoped.get()
    assert (person.name, person.phones, person.household.door) == ("测试甲", ["19900001001"], "3-1-502")


# -- kinds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_the_kind_of_a_list_is_recognised(name: str, kind: str) -> None:
    found = find_tables(read_sheets((LISTS / name).read_bytes(), name))
    assert memory.kind_of(found, plain_tables(found), "") == kind


def test_what_cannot_be_taken_in_yet_is_read_and_shown(client: Any, street: Street) -> None:
    batch = batch_of(upload(client, (LISTS / "06-supplies.xlsx").read_bytes(), "06-supplies.xlsx"))
    address = reverse("list_mapping", args=[batch.pk])
    page = english(client, address)
    assert "It cannot be taken in yet" in page and "Grid of doors" not in page
    answer = client.post(address, mapping_as_proposed(client, batch))
    assert answer["Location"] == reverse("list_preview", args=[batch.pk]), answer.context["form"].errors
    page = english(client, answer["Location"])
    assert "鸡蛋" in page and "It cannot be taken in yet" in page and "Take into the register" not in page
    batch.refresh_from_db()
    confirm(client, batch)
    assert not OutboxTask.objects.filter(task="commit_list").exists()
    assert ImportBatch.unscoped.get().state == "preview"


def test_the_kind_can_be_changed(client: Any, street: Street) -> None:
    batch = batch_of(upload(client, workbook(*DOORS)))
    said = mapping_as_proposed(client, batch) | {"kind": "supplies", "grid": str(street.grid.pk)}
    client.post(reverse("list_mapping", args=[batch.pk]), said)
    batch.refresh_from_db()
    assert batch.kind == "supplies"
    client.post(reverse("list_mapping", args=[batch.pk]), said | {"kind": "residents", "isolation": "no"})
    batch.refresh_from_db()
    assert batch.kind == "residents" and batch.counts["new"] == 3
    answer = client.post(reverse("list_mapping", args=[batch.pk]), said | {"kind": "nonsense"})
    assert answer.status_code == 422 and "kind" in answer.context["form"].errors


# -- columns remembered ---------------------------------------------------------------------------------------------

ODD = ("姓名", "怎么找到", "住址")
ODD_ROW = ("测试甲", "19900001001", "望江花园3-1-502")


def test_a_correction_is_remembered_for_the_street_office(client: Any, street: Street) -> None:
    first = batch_of(upload(client, workbook(ODD_ROW, headers=ODD)))
    assert first.tables[0]["columns"][1]["field"] == ""
    said = mapping_as_proposed(client, first) | {"column-0-1": "phones", "grid": str(street.grid.pk)}
    client.post(reverse("list_mapping", args=[first.pk]), said)
    colleague = client_of(make_staff(Role.COMMUNITY_LEAD, street.elsewhere.parent))
    second = batch_of(upload(colleague, workbook(("测试乙", *ODD_ROW[1:]), headers=ODD)))
    assert second.tables[0]["columns"][1]["field"] == "phones"
    assert "has corrected such columns before" in english(colleague, reverse("list_mapping", args=[second.pk]))
    abroad = make_street()
    third = batch_of(upload(client_of(abroad.lead), workbook(ODD_ROW, headers=ODD)))
    assert third.tables[0]["columns"][1]["field"] == "" and "recalled" not in third.tables[0]
    client.post(reverse("list_mapping", args=[first.pk]), said | {"column-0-1": ""})  # as it was proposed
    assert not ColumnMemory.objects.exists()


def test_nothing_is_remembered_where_nothing_was_corrected(client: Any, street: Street) -> None:
    to_preview(client, workbook(*DOORS), kind="to_find")  # as it was proposed
    assert not ColumnMemory.objects.exists()


# -- the preview ----------------------------------------------------------------------------------------------------


def leave_out(client: Any, batch: ImportBatch, *names: str, left_out: str = "yes", reading: int | None = None) -> Any:
    rows = [row.pk for row in batch.rows.order_by("pk")[: len(DOORS)] if DOORS[row.number - 2][0] in names]
    said = {"row": rows, "left_out": left_out, "reading": reading or batch.choices["reading"]}
    answer = client.post(reverse("list_leave_out", args=[batch.pk]), said)
    batch.refresh_from_db()
    return answer


def test_rows_left_out_stay_out_and_may_come_back(client: Any, street: Street) -> None:
    batch = to_preview(client, workbook(*DOORS), grid=str(street.grid.pk))
    before = batch.choices["reading"]
    leave_out(client, batch, "测试甲", "测试乙")
    assert (batch.counts["new"], batch.counts["left_out"]) == (1, 2)
    leave_out(client, batch, "测试甲", "测试乙", reading=before)  # twice, by a stale page
    leave_out(client, batch, "测试丙", reading=before)
    assert batch.counts["left_out"] == 2
    assert confirm(client, ImportBatch(pk=batch.pk, choices={"reading": before}))["Location"].endswith("/preview/")
    address = reverse("list_preview", args=[batch.pk]) + "?show=left_out"
    page = english(client, address)
    assert "测试甲" in page and "测试丙" not in page and "take it in after all" in page
    leave_out(client, batch, "测试乙", left_out="no")
    confirm(client, batch)
    work_off()
    batch.refresh_from_db()
    assert sorted(Resident.unscoped.values_list("name", flat=True)) == ["测试丙", "测试乙"]
    assert (batch.counts["new"], batch.counts["left_out"]) == (2, 1)
    assert [row.left_out for row in batch.rows.exclude(sealed_cells=None)] == [True]
    result = english(client, reverse("list_result", args=[batch.pk]))
    assert "Left out by you" in result and "Fetch the rows left out" in result
    told = AuditRecord.objects.filter(deed__startswith="list_rows").order_by("pk").values_list("deed", "facts")
    assert list(told) == [("list_rows_left_out", {"rows": 2}), ("list_rows_taken_again", {"rows": 1})]
    deeds.take_back(batch=batch, by=deeds.Actor.staff(street.lead.pk), at=timezone.now())
    assert not Resident.unscoped.exists()


def test_rows_left_out_go_back_on_request_below_the_refused_ones(client: Any, street: Street) -> None:
    damaged = ("测试丁", "", "12345", "望江花园3-1-504", "", "")
    batch = to_preview(client, workbook(*DOORS, damaged), grid=str(street.grid.pk))
    leave_out(client, batch, "测试甲", "测试乙")
    confirm(client, batch)
    work_off()
    address = reverse("list_refused", args=[batch.pk])

    def fetched(**said: str) -> list[tuple[Any, ...]]:
        answer = client.post(address, said, headers={"accept-language": "en"})
        book = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))
        return list(book.active.iter_rows(min_row=2, values_only=True))

    assert [line[0] for line in fetched()] == ["测试丁"]
    lines = fetched(left_out="yes")
    assert [(line[0], line[2]) for line in lines] == [
        ("测试丁", "12345"), ("测试甲", DOORS[0][2]), ("测试乙", DOORS[1][2]),
    ]  # fmt: skip
    assert [line[-1] for line in lines[1:]] == ["Left out by you."] * 2
    deeds.forget_old_lists(at=timezone.now() + deeds.KEPT)
    assert not batch.rows.exclude(sealed_cells=None).exists()


def test_a_known_person_who_is_left_out_stays_as_she_is(client: Any, street: Street) -> None:
    door = make_household(street.grid, compound="望江花园", building="3", unit="1", room="500")
    person = make_resident(door, "测试甲")
    batch = to_preview(client, workbook(DOORS[0], DOORS[1]), grid=str(street.grid.pk))
    leave_out(client, batch, "测试甲")
    confirm(client, batch)
    work_off()
    person.refresh_from_db()
    assert person.phones == [] and Resident.unscoped.count() == 2


def test_who_may_leave_rows_out(client: Any, street: Street) -> None:
    batch = to_preview(client, workbook(*DOORS), grid=str(street.grid.pk))
    address = reverse("list_leave_out", args=[batch.pk])
    assert client.get(address).status_code == 405
    assert client_of(make_staff(Role.GRID_WORKER, street.grid)).post(address).status_code == 403
    assert client_of(make_staff(Role.COMMUNITY_LEAD, street.elsewhere.parent)).post(address).status_code == 404
    other = to_preview(client, workbook(DOORS[0]), grid=str(street.grid.pk))
    foreign = other.rows.get().pk
    client.post(address, {"row": [foreign, "x"], "left_out": "yes", "reading": batch.choices["reading"]})
    assert not other.rows.filter(left_out=True).exists()


def test_faults_are_filters_with_their_counts(client: Any, street: Street) -> None:
    damaged = make_id_number()[:-1] + "*"
    rows = [(name, "", "12345", door, "", "") for name, _id, _phone, door, _day, _note in DOORS]
    batch = to_preview(
        client, workbook(*rows, ("测试丁", damaged, "", "望江花园3-1-9", "", "")), grid=str(street.grid.pk)
    )
    address = reverse("list_preview", args=[batch.pk])
    answer = client.get(address, {"show": "refused"})
    assert [(key.partition(".")[0], count) for key, _words, count in answer.context["faults"]] == [
        ("phones", 3),
        ("id_number", 1),
    ]
    key = answer.context["faults"][1][0]
    assert [row.name for row in client.get(address, {"show": "refused", "fault": key}).context["rows"]] == ["测试丁"]
    assert client.get(address, {"show": "refused", "fault": "nonsense'"}).status_code == 200


def test_the_list_counts_only_for_the_fields_that_were_ticked(client: Any, street: Street) -> None:
    door = make_household(street.grid, compound="望江花园", building="3", unit="1", room="500")
    person = make_resident(door, "测试甲", note="独居", sex="F")
    rows = workbook(("测试甲", "望江花园3-1-500", "男", "和女儿住"), headers=("姓名", "住址", "性别", "备注"))
    batch = to_preview(client, rows, grid=str(street.grid.pk))
    assert batch.counts["fields"] == {"sex": 1, "note": 1}
    confirm(client, batch, use_list=["note"])
    work_off()
    person.refresh_from_db()
    assert (person.note, person.sex) == ("和女儿住", "F")


def test_what_the_list_fills_in_can_be_unticked(client: Any, street: Street, monkeypatch: Any) -> None:
    door = make_household(street.grid, compound="望江花园", building="3", unit="1", room="500")
    person = make_resident(door, "测试甲", note="", sex="", phones=[])
    headers = ("姓名", "住址", "性别", "备注", "手机号码")
    rows = workbook(("测试甲", "望江花园3-1-500", "男", "独居", "19900001001"), headers=headers)
    batch = to_preview(client, rows, grid=str(street.grid.pk))
    assert batch.counts["fills"] == {"sex": 1, "note": 1, "phones": 1}
    address = reverse("list_preview", args=[batch.pk])
    assert client.get(address).context["form"]["fill_in"].value() == ["sex", "note", "phones"]
    monkeypatch.setattr(deeds.commit, "write_new", lambda *_said: 1 / 0)
    confirm(client, batch, asked="True", fill_in=["sex", "phones"])
    work_off()
    monkeypatch.undo()
    assert client.get(address).context["form"]["fill_in"].value() == ["sex", "phones"]
    page = client.get(reverse("list_progress", args=[batch.pk])).content.decode()
    assert '<input type="hidden" name="leave_blank" value="note">' in page
    confirm(client, batch, leave_blank=["note"])
    work_off()
    person.refresh_from_db()
    assert (person.sex, person.note, person.phones) == ("M", "", ["19900001001"])


def test_what_is_filled_in_is_counted_without_the_rows_left_out(client: Any, street: Street) -> None:
    door = make_household(street.grid, compound="望江花园", building="3", unit="1", room="500")
    make_resident(door, "测试甲", phones=[])
    batch = to_preview(client, workbook(*DOORS), grid=str(street.grid.pk))
    assert batch.counts["fills"] == {"phones": 1}
    leave_out(client, batch, "测试甲")
    assert batch.counts["fills"] == {} and "asked" not in english(client, reverse("list_preview", args=[batch.pk]))


# -- blank lists and refused rows -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["residents", "to_find", "ledger", "temperatures", "supplies"])
def test_a_blank_list_is_read_as_its_kind_and_its_example_is_skipped(
    client: Any, street: Street, kind: str, clock: Any
) -> None:
    assert kind in registries.LIST_KINDS
    data = b"".join(client.get(reverse("list_blank", args=[kind])).streaming_content)
    found = find_tables(read_sheets(data, "blank.xlsx"))
    assert memory.kind_of(found, plain_tables(found), "") == kind
    assert all(column.field for column in found[0][1].columns)
    assert read_people(found) == []
    book = openpyxl.load_workbook(BytesIO(data))
    columns = {str(cell.value): cell.column for cell in book.active[3]}
    for header, value in {
        "姓名": "测试甲",
        "楼栋": "3",
        "房号": "502",
        "现住地址": "3-1-502",
        "所需物资": "米1袋",
    }.items():
        if header in columns:
            book.active.cell(5, columns[header], value)
    filled = BytesIO()
    book.save(filled)
    people = read_people(find_tables(read_sheets(filled.getvalue(), "blank.xlsx")))
    assert [(person.name, person.problems) for person in people] == [("测试甲", {})]
    assert client.get("/lists/blank/nonsense.xlsx").status_code == 404


def test_the_refused_rows_go_back_below_their_title(client: Any, street: Street) -> None:
    """The title tells the compound and the year: mended and uploaded again, just these rows are taken in."""
    book = openpyxl.Workbook()
    for line in (
        ["2026年返乡人员登记表 望江花园小区"],
        ["姓名", "手机号码", "楼栋", "房号", "返乡时间"],
        ["测试甲", "19900001001", "3", "501", "3月1日"],
        ["测试乙", "12345", "3", "502", "3月1日"],
    ):
        book.active.append(line)
    book.active.merge_cells("A1:E1")
    data = BytesIO()
    book.save(data)
    batch = to_preview(client, data.getvalue(), grid=str(street.grid.pk))
    confirm(client, batch)
    work_off()
    refused = b"".join(client.post(reverse("list_refused", args=[batch.pk])).streaming_content)
    sheet = openpyxl.load_workbook(BytesIO(refused))
    assert sheet.active["A1"].value.startswith("2026年返乡") and sheet.active["B3"].comment
    sheet.active["B3"] = "19900001002"
    mended = BytesIO()
    sheet.save(mended)
    again = to_preview(client, mended.getvalue(), grid=str(street.grid.pk))
    assert (again.counts["new"], again.counts["refused"], again.rows_total) == (1, 0, 1)
    confirm(client, again)
    work_off()
    assert {person.household.door for person in Resident.unscoped.all()} == {"望江花园 3-501", "望江花园 3-502"}
    deeds.forget_old_lists(at=timezone.now() + deeds.KEPT)
    assert ImportBatch.unscoped.get(pk=batch.pk).tables[0]["title"] == ""

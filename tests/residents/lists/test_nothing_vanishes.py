"""What a list holds and nobody is made of is said, so that nothing vanishes."""

from io import BytesIO
from typing import Any

import pytest
from django.urls import reverse
from xlsxwriter import Workbook

from residents.lists.headers import find_tables
from residents.lists.reading import Sheet
from residents.lists.rows import read_all, read_people
from residents.models import Resident
from tests.residents.lists.support import (
    Street,
    batch_of,
    confirm,
    mapping_as_proposed,
    to_preview,
    upload,
    work_off,
    workbook,
)

HEADER = ("姓名", "手机号码", "住址")


def english(client: Any, page: str, key: int) -> str:
    return str(client.get(reverse(page, args=[key]), headers={"accept-language": "en"}).content.decode())


def test_lines_that_are_read_as_nobody_are_said_with_their_rows(client: Any, street: Street) -> None:
    rows = [
        ("张三", "19900001001", "1-1-101"),
        ("李四：", "", "1-1-102"),
        ("空户", "", "1-1-103"),
        ("2单元", "", ""),
        HEADER,
        ("", "", "1-1-104"),
        ("（示例）王五", "", "1-1-105"),
        ("小计", "2", ""),
        ("赵六", "19900001002", "1-1-106"),
        ("合计", "2", ""),
    ]
    batch = to_preview(client, workbook(*rows, headers=HEADER), grid=str(street.grid.pk))
    assert "2 lines were not read as people: rows 3, 7" in english(client, "list_preview", batch.pk)
    confirm(client, batch)
    work_off()
    assert "2 lines were not read as people: rows 3, 7" in english(client, "list_result", batch.pk)


def test_of_many_lines_the_first_twenty_are_named(client: Any, street: Street) -> None:
    rows = [("李四：", "", "1-1-102")] * 25
    batch = to_preview(
        client, workbook(*rows, ("赵六", "19900001002", "1-1-106"), headers=HEADER), grid=str(street.grid.pk)
    )
    page = english(client, "list_preview", batch.pk)
    assert "25 lines were not read" in page and "20, 21 …" in page and "22" not in batch.counts["unread"]["rows"]


def test_lines_that_are_numbered_beforehand_and_merged_names_are_no_lines_lost() -> None:
    rows: list[list[Any]] = [["序号", *HEADER], ["1", "张三", "19900001001", "1-1-101"], ["2", "", "19900001", ""]]
    rows += [["3", "", "", ""], ["4", "李四", "", "1-1-103"]]
    sheet = Sheet("", rows, [(2, 1, 3, 1)])
    people, unread = read_all(find_tables([sheet]))
    assert ([person.name for person in people], unread) == (["张三", "李四"], [])


def hidden_workbook(*sheets: tuple[str, bool]) -> bytes:
    book = BytesIO()
    with Workbook(book) as target:
        target.add_worksheet("说明").write(0, 0, "说明")
        for place, (name, hidden) in enumerate(sheets):
            sheet = target.add_worksheet(name)
            sheet.write_row(0, 0, HEADER)
            sheet.write_row(1, 0, (f"测试{'甲乙丙'[place]}", f"1990000100{place}", f"1-1-10{place}"))
            if hidden:
                sheet.hide()
    return book.getvalue()


@pytest.mark.parametrize("sheets", [[("甲", True), ("乙", False)], [("甲", True)]])
def test_a_hidden_sheet_is_offered_and_taken_in_only_on_her_word(
    client: Any, street: Street, sheets: list[tuple[str, bool]]
) -> None:
    batch = batch_of(upload(client, hidden_workbook(*sheets)))
    assert "Take in this hidden sheet" in english(client, "list_mapping", batch.pk)
    number = len(sheets) - 1
    said = mapping_as_proposed(client, batch) | {"grid": str(street.grid.pk), "kind": "residents"}
    assert f"use-{number}" not in said
    client.post(reverse("list_mapping", args=[batch.pk]), said | {f"use-{number}": "on"})
    batch.refresh_from_db()
    assert batch.counts["new"] == len(sheets)
    confirm(client, batch)
    work_off()
    assert Resident.unscoped.filter(name="测试甲").exists()


def test_a_sheet_of_more_tables_than_are_told_apart_loses_nobody() -> None:
    rows: list[list[Any]] = []
    for place in range(60):
        rows += [
            ["姓名", "手机号码", f"住址{place}"],
            [f"张{'一二三四五六七八九十'[place % 10]}", "19900001001", "1-1-1"],
        ]
    assert len(read_people(find_tables([Sheet("", rows)]))) == 60

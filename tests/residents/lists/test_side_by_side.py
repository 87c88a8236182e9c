"""Lists printed in two or three columns to save paper: the same header again to the right."""

import pytest

from residents.lists.headers import find_tables
from residents.lists.reading import Sheet
from residents.lists.rows import PersonRow, read_people
from tests.residents.lists.support import client_of, make_street, to_preview, workbook

ROW = list[object]


def read(
    rows: list[ROW], merged: list[tuple[int, int, int, int]] | None = None, name: str = "联系表"
) -> list[PersonRow]:
    return read_people(find_tables([Sheet(name, rows, merged or [])]))  # type: ignore[arg-type]


def facts(people: list[PersonRow]) -> list[tuple[str, int, str, tuple[str, ...]]]:
    return [(person.sheet, person.row, person.name, person.phones) for person in people]


def test_each_half_is_read_with_what_stands_above_both() -> None:
    people = read(
        [
            ["水秀苑3栋住户联系表", "", "", "", "", ""],
            ["单元", "房号", "姓名", "单元", "房号", "姓名"],
            ["1", "101", "张三", "2", "101", "王五"],
            ["1", "102", "李四", "", "", ""],
        ],
        [(1, 0, 1, 5)],
    )
    assert [(p.sheet, p.row, p.name, p.compound, p.building, p.unit, p.room) for p in people] == [
        ("联系表", 3, "张三", "水秀苑", "3", "1", "101"),
        ("联系表", 4, "李四", "水秀苑", "3", "1", "102"),
        ("联系表（第2栏）", 3, "王五", "水秀苑", "3", "2", "101"),
    ]


def test_three_parts_and_an_empty_column_between() -> None:
    head: ROW = ["姓名", "电话", "", "姓名", "电话", "", "姓名", "电话"]
    people = read([head, ["张三", "19900001234", "", "李四", "19900001235", "", "王五", "19900001236"]])
    assert facts(people) == [
        ("联系表", 2, "张三", ("19900001234",)),
        ("联系表（第2栏）", 2, "李四", ("19900001235",)),
        ("联系表（第3栏）", 2, "王五", ("19900001236",)),
    ]


def test_a_column_before_both_halves_and_a_line_over_them_belong_to_both() -> None:
    people = read(
        [
            ["楼栋", "姓名", "房号", "姓名", "房号"],
            ["2单元", "", "", "", ""],
            ["5栋", "张三", "301", "李四", "302"],
        ],
        [(2, 0, 2, 4)],
    )
    assert [(p.name, p.building, p.unit, p.room) for p in people] == [
        ("张三", "5", "2", "301"),
        ("李四", "5", "2", "302"),
    ]


def test_a_second_name_in_a_row_without_the_same_header_is_no_second_part() -> None:
    people = read([["姓名", "电话", "紧急联系人姓名", "紧急联系电话"], ["张三", "19900001234", "李四", "19900001235"]])
    assert facts(people) == [("联系表", 2, "张三", ("19900001234",))]


def test_relatives_under_a_header_of_their_own_are_nobody_of_the_list() -> None:
    people = read(
        [
            ["本人", "", "家属", ""],
            ["姓名", "电话", "姓名", "电话"],
            ["张三", "19900001234", "李四", "19900001235"],
        ],
        [(1, 0, 1, 1), (1, 2, 1, 3)],
    )
    assert facts(people) == [("联系表", 3, "张三", ("19900001234",))]


def test_a_sheet_that_is_already_called_so_keeps_its_rows_apart() -> None:
    halves = Sheet("表", [["姓名", "房号", "姓名", "房号"], ["张三", "5-1-301", "李四", "5-1-302"]])
    other = Sheet("表（第2栏）", [["姓名", "房号"], ["王五", "5-1-303"]])
    people = read_people(find_tables([halves, other]))
    assert len({(person.sheet, person.row) for person in people}) == 3


@pytest.mark.django_db
def test_both_halves_come_to_the_preview() -> None:
    street = make_street()
    head = ("姓名", "住址", "电话", "姓名", "住址", "电话")
    rows = (("张三", "望江花园3-1-101", "19900001234", "李四", "望江花园3-1-102", "19900001235"),)
    batch = to_preview(client_of(street.lead), workbook(*rows, headers=head), grid=str(street.grid.pk))
    found = [(row.sheet, row.number, row.verdict) for row in batch.rows.order_by("id")]
    assert found == [("名单", 2, "new"), ("名单（第2栏）", 2, "new")]

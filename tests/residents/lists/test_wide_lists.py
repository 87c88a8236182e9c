"""Daily temperature sheets: days across, one reading a slot, and no reading that nobody took."""

from collections.abc import Sequence
from datetime import date

import pytest

from residents.lists.cells import Cell
from residents.lists.days import day_and_slot, day_of, read_temperature
from residents.lists.headers import find_table, find_tables
from residents.lists.reading import Sheet
from residents.lists.rows import PersonRow, read_people
from residents.lists.values import BadValue
from residents.rules.dates import MonthDay


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("2月1日早", (MonthDay(2, 1), "morning")),
        ("2月1日（上午）体温", (MonthDay(2, 1), "morning")),
        ("2.1 晚", (MonthDay(2, 1), "evening")),
        ("2020-02-01 00:00下午", (date(2020, 2, 1), "evening")),
        ("1日早上", (1, "morning")),
        ("3号晚上体温(℃)", (3, "evening")),
        ("早体温", (None, "morning")),
        ("今日体温", (None, None)),
        ("2月1日体温", (MonthDay(2, 1), None)),
        ("姓名", None),
        ("开始隔离时间", None),
        ("返乡日期", None),
        ("2月1日核酸", None),
        ("早晚", None),
        ("1", None),
        ("", None),
    ],
)
def test_what_a_header_says_of_day_and_slot(header: str, said: object) -> None:
    assert day_and_slot(header) == said


def test_the_year_comes_from_the_list_or_the_day_stays_unknown() -> None:
    year = frozenset({2020})
    assert day_of(MonthDay(2, 1), "", year) == date(2020, 2, 1)
    assert day_of(MonthDay(2, 1), "", frozenset()) is None
    assert day_of(3, "2月份体温登记表", year) == date(2020, 2, 3)
    assert day_of(3, "体温登记表", year) is None
    assert day_of(None, "2020年2月6日体温登记", frozenset()) == date(2020, 2, 6)
    assert day_of(None, "2020年2月6日至2020年2月7日", year) is None


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (36.5, (True, 36.5)),
        ("36.5℃", (True, 36.5)),
        ("36.5度", (True, 36.5)),
        ("36度5", (True, 36.5)),
        ("３６．５", (True, 36.5)),
        ("37", (True, 37.0)),
        ("正常36.8", (True, 36.8)),
        ("正常", (True, None)),
        ("未测", (False, None)),
        ("/", (False, None)),
    ],
)
def test_a_reading_or_none(cell: str | float, said: tuple[bool, float | None]) -> None:
    assert read_temperature(cell) == said


@pytest.mark.parametrize("cell", ["365", 3.65, 98.6, "36.5/36.8", "发热", True, 50.0, 36.55, "三十六度五"])
def test_what_is_no_reading_is_reported(cell: str | float) -> None:
    with pytest.raises(BadValue):
        read_temperature(cell)


def sheet(*rows: list[str | float], title: str = "体温登记表（2020年）") -> list[PersonRow]:
    header: list[str | float] = ["姓名", "房号", "2月1日早", "2月1日晚"]
    found = Sheet("体温", [[title, "", "", ""], header, *rows])
    table = find_table(found)
    assert table is not None
    return read_people([(found, table)])


def test_sound_readings_stay_beside_a_bad_one() -> None:
    person, other = sheet(["张三", "1-1-101", 36.5, "365"], ["李四", "1-1-102", "", "正常"])
    assert person.check_ins == ((date(2020, 2, 1), "morning", 36.5),)
    assert person.problems["check_in"].code == "temperature_unreadable"
    assert other.check_ins == ((date(2020, 2, 1), "evening", None),) and not other.problems


def test_without_a_year_nothing_is_taken_and_it_is_said() -> None:
    (person,) = sheet(["张三", "1-1-101", 36.5, ""], title="体温登记表")
    assert person.check_ins == () and person.problems["check_in"].code == "day_or_slot_unknown"


def table_of(*rows: list[str | float]) -> list[PersonRow]:
    return read_people(find_tables([Sheet("体温", [list(row) for row in rows])]))


FIRST, SECOND = date(2022, 3, 1), date(2022, 3, 2)


def test_a_row_for_each_day() -> None:
    people = table_of(
        ["姓名", "日期", "早", "晚", "备注"],
        ["张三", "2022-3-1", 36.5, "未测", ""],
        ["张三", "2022.3.2", "36.6℃", "36.7", ""],
        ["李四", "3月1日", 36.8, "", ""],
    )
    assert [person.check_ins for person in people] == [
        ((FIRST, "morning", 36.5),),
        ((SECOND, "morning", 36.6), (SECOND, "evening", 36.7)),
        ((FIRST, "morning", 36.8),),
    ]


def test_a_row_for_each_part_of_a_day() -> None:
    people = table_of(
        ["登记日期", "时段", "姓名", "体温（℃）"],
        ["2022-03-01", "上午", "张三", 36.4],
        ["2022-03-01", "下午", "张三", 36.5],
        ["2022-03-01", "", "李四", 36.5],
    )
    assert people[0].check_ins == ((FIRST, "morning", 36.4),)
    assert people[1].check_ins == ((FIRST, "evening", 36.5),)
    assert people[2].check_ins == () and people[2].problems["check_in"].code == "day_or_slot_unknown"


def test_noon_is_neither_morning_nor_evening() -> None:
    (person,) = table_of(
        ["2022年体温表"], ["姓名", "3月1日", "", ""], ["", "早", "中", "晚"], ["张三", 36.1, 36.2, 36.3]
    )
    assert person.check_ins == ((FIRST, "morning", 36.1), (FIRST, "evening", 36.3)) and not person.problems


def test_hours_are_parts_of_the_day() -> None:
    (person,) = table_of(
        ["姓名", "2022-03-01", "", "2022-03-02"], ["", "8:00", "20:00", "8:00"], ["张三", 36.1, 36.2, "/"]
    )
    assert person.check_ins == ((FIRST, "morning", 36.1), (FIRST, "evening", 36.2))


def test_both_readings_of_a_day_in_one_cell() -> None:
    first, second = table_of(["2022年体温表"], ["姓名", "3月1日(早/晚)"], ["张三", "36.1/36.8"], ["李四", "36.5"])
    assert first.check_ins == ((FIRST, "morning", 36.1), (FIRST, "evening", 36.8))
    assert second.check_ins == () and second.problems["check_in"].code == "day_or_slot_unknown"


@pytest.mark.parametrize("headers", [["第1天早", "第1天晚"], ["早体温", "早体温"]])
def test_days_that_only_a_convention_would_tell_are_not_taken_from_the_title(headers: list[str | float]) -> None:
    (person,) = table_of(["2022年3月1日建档"], ["姓名", *headers], ["张三", 36.5, 36.6])
    assert person.check_ins == () and person.problems["check_in"].code == "day_or_slot_unknown"


def read(rows: list[list[Cell]], merged: Sequence[tuple[int, int, int, int]] = ()) -> list[PersonRow]:
    return read_people(find_tables([Sheet("体温", rows, list(merged))]))


@pytest.mark.parametrize("cell", ["早36.5 晚36.8", "早：36.5，晚：36.8", "上午36.5℃下午36.8℃", "晚36.8\n早36.5"])
def test_a_cell_that_says_which_reading_is_which(cell: str) -> None:
    (person,) = read([["体温登记表2020年2月"], ["姓名", "房号", "2月1日", "2月2日"], ["张三", "502", cell, "晚36.4"]])
    first, second = date(2020, 2, 1), date(2020, 2, 2)
    assert set(person.check_ins) == {(first, "morning", 36.5), (first, "evening", 36.8), (second, "evening", 36.4)}


def test_two_readings_of_one_part_of_a_day_are_not_taken() -> None:
    (person,) = read([["体温登记表2020年2月"], ["姓名", "房号", "2月1日"], ["张三", "502", "早36.5 早36.8"]])
    assert person.check_ins == () and "check_in" in person.problems


def test_a_heading_over_all_days_is_no_title() -> None:
    days: list[Cell] = ["日期", *[""] * 7]
    people = read(
        [
            ["2022年3月体温登记表"],
            ["姓名", "房号", *days],
            ["", "", "1日", "", "2日", "", "3日", "", "4日", ""],
            ["", "", *["早", "晚"] * 4],
            ["张三", "502", 36.5, "", 36.6, "", "", 36.7, "", ""],
        ],
        [(2, 2, 2, 9), *((3, 2 + 2 * day, 3, 3 + 2 * day) for day in range(4)), (2, 0, 4, 0), (2, 1, 4, 1)],
    )
    assert [(said.day, slot) for said, slot, _ in people[0].check_ins] == [
        (1, "morning"), (2, "morning"), (3, "evening"),
    ]  # fmt: skip


def test_a_sheet_named_by_a_day_holds_that_day() -> None:
    def read_day(sheet: str, title: str, filename: str = "") -> list[date | None]:
        rows: list[list[Cell]] = [[title], ["姓名", "房号", "上午体温"], ["张三", "502", 36.5]]
        people = read_people(find_tables([Sheet(sheet, rows)]), filename)
        return [said[0] for said in people[0].check_ins]

    assert read_day("4月3日", "健康监测", "2022年.xlsx") == read_day("4.3", "2022年健康监测") == [date(2022, 4, 3)]
    assert read_day("4月3日", "健康监测") == []  # of which year?
    assert read_day("4月3日", "2022年4月1日健康监测") == []  # of which of both?
    assert read_day("体温", "2022年4月1日-7日健康监测") == []

"""Where people live, as lists tell it: in one column or four, once for many rows, in a line between them."""

import pytest

from residents.lists.headers import find_tables
from residents.lists.reading import Sheet
from residents.lists.rows import PersonRow, read_people


def read(*rows: list[str], name: str = "") -> list[PersonRow]:
    return read_people(find_tables([Sheet(name, [list(row) for row in rows])]))


def doors(people: list[PersonRow]) -> list[tuple[str, str, str, str]]:
    return [(person.compound, person.building, person.unit, person.room) for person in people]


SPLIT = ["姓名", "小区", "楼栋", "单元", "房号", "电话"]


@pytest.mark.parametrize(
    ("cells", "door"),
    [
        (["水秀苑", "12栋", "3单元", "502室"], ("水秀苑", "12", "3", "502")),
        (["水秀苑", "12-3", "", "502"], ("水秀苑", "12", "3", "502")),
        (["水秀苑", "12栋3单元", "", "502"], ("水秀苑", "12", "3", "502")),
        (["水秀苑", "12", "", "3-502"], ("水秀苑", "12", "3", "502")),
        (["水秀苑", "12", "3", "12-3-502"], ("水秀苑", "12", "3", "502")),
        (["水秀苑", "12", "3", "5楼502"], ("水秀苑", "12", "3", "502")),
        (["水秀苑", "12", "3", "五楼2号"], ("水秀苑", "12", "3", "5楼2")),
        (["水秀苑", "12", "3", "502-1"], ("水秀苑", "12", "3", "502-1")),  # a bed
        (["水秀苑", "12", "3", "1203-1204"], ("水秀苑", "12", "3", "1203-1204")),  # two flats made one
        (["水秀苑12栋", "", "3", "502"], ("水秀苑", "12", "3", "502")),
        (["", "水秀苑12栋", "3", "502"], ("水秀苑", "12", "3", "502")),
        (["水秀苑", "3号宿舍楼", "", "412"], ("水秀苑", "3", "", "412")),
    ],
)
def test_a_door_in_four_columns(cells: list[str], door: tuple[str, ...]) -> None:
    people = read(SPLIT, ["张三", *cells, "19900001234"])
    assert doors(people) == [door] and not people[0].problems


def test_lines_between_the_rows_name_building_and_entrance() -> None:
    people = read(
        ["望江花园住户名册"],
        ["序号", "姓名", "房号", "电话"],
        ["3栋"],
        ["1", "张三", "101", ""],
        ["二单元"],
        ["2", "李四", "201", ""],
        ["水秀苑5号楼1单元"],
        ["3", "王五", "301", ""],
        ["B座"],
        ["4", "赵六", "401", ""],
    )
    assert doors(people) == [
        ("望江花园", "3", "", "101"),
        ("望江花园", "3", "2", "201"),
        ("水秀苑", "5", "1", "301"),
        ("水秀苑", "B", "", "401"),
    ]


def test_a_line_in_the_column_of_names_is_nobody() -> None:
    people = read(["姓名", "房号", "电话"], ["一单元", "", ""], ["张三", "5-1-101", ""], ["二、次密接人员", "", ""])
    assert [person.name for person in people] == ["张三"]


def test_the_first_line_below_a_header_is_no_second_level_of_it() -> None:
    people = read(["序号", "姓名", "房号"], ["一单元", "", ""], ["1", "张三", "101"], name="7栋")
    assert doors(people) == [("", "7", "1", "101")]


def test_building_and_entrance_written_where_they_begin() -> None:
    people = read(
        ["栋", "单元", "室", "姓名"],
        ["1栋", "1", "101", "张三"],
        ["", "", "102", "李四"],
        ["", "2", "101", "王五"],
        ["2栋", "1", "101", "赵六"],
        ["", "", "102", "钱七"],
        ["", "", "103", "孙八"],
    )
    assert [door[1:] for door in doors(people)] == [
        ("1", "1", "101"),
        ("1", "1", "102"),
        ("1", "2", "101"),
        ("2", "1", "101"),
        ("2", "1", "102"),
        ("2", "1", "103"),
    ]


def test_a_blank_among_buildings_that_are_written_each_time_stays_blank() -> None:
    people = read(
        ["栋", "室", "姓名"],
        ["1栋", "101", "张三"],
        ["3栋", "102", "李四"],
        ["", "103", "王五"],
        ["2栋", "104", "赵六"],
    )
    assert [person.building for person in people] == ["1", "3", "", "2"]


@pytest.mark.parametrize(
    "title", ["望江花园1-3栋居民名册", "望江花园1、3栋名册", "望江花园1栋至3栋名册", "1栋和3栋名册"]
)
def test_a_title_of_several_buildings_tells_none(title: str) -> None:
    people = read([title], ["姓名", "单元", "房号"], ["张三", "1", "101"])
    assert people[0].building == ""


def test_two_heads_behind_one_door_are_two_households() -> None:
    people = read(
        ["姓名", "与户主关系", "楼栋房号"],
        ["张三", "户主", "6-1-101"],
        ["李四", "大儿媳", "6-1-101"],
        ["王五", "户主", "6-1-101"],
        ["赵六", "房客", "6-1-101"],
    )
    keys = [person.household for person in people]
    assert keys[0] == keys[1] != keys[2] == keys[3]


def test_what_is_told_of_the_head_is_not_the_members() -> None:
    rows = [
        ["户主姓名", "户主电话", "户主身份证号", "楼栋房号", "成员姓名", "与户主关系"],
        ["张三", "19900001234", "420198198001010019", "6-1-101", "张三", "户主"],
        ["", "", "", "", "李四", "妻"],
    ]
    sheet = Sheet("", [list(row) for row in rows], [(2, column, 3, column) for column in range(4)])
    head, wife = read_people(find_tables([sheet]))
    assert (head.name, head.phones, wife.name, wife.phones, wife.room) == ("张三", ("19900001234",), "李四", (), "101")
    assert head.id_number is None is wife.id_number

"""Lists that other systems, other offices and group chats hand on."""

import pytest

from residents.lists.cells import Cell
from residents.lists.headers import find_tables
from residents.lists.headings import field_of
from residents.lists.reading import Sheet
from residents.lists.rows import PersonRow, read_people
from tests.residents.lists.support import MAN, WOMAN, sound_id


def read(rows: list[list[Cell]], merged: tuple[tuple[int, int, int, int], ...] = ()) -> list[PersonRow]:
    return read_people(find_tables([Sheet("名单", rows, list(merged))]))


def test_columns_named_by_the_initials_of_a_database() -> None:
    people = read(
        [
            ["XM", "XB", "SFZH", "LXDH", "XZZ"],
            ["张三", "男", MAN, "19900001234", "水秀苑3-2-501"],
            ["李四", "女", WOMAN, "", "水秀苑3-2-502"],
        ]
    )
    assert [(p.row, p.name, p.sex, p.phones, p.room) for p in people] == [
        (2, "张三", "M", ("19900001234",), "501"),
        (3, "李四", "F", (), "502"),
    ]
    assert field_of("xm") == field_of("XM") and field_of("XMX") is None


@pytest.mark.parametrize(("cell", "sex"), [("1-男", "M"), ("2-女", "F"), ("1男", "M"), ("女(2)", "F"), ("0.女性", "F")])
def test_a_sex_that_says_its_code_and_its_word(cell: str, sex: str) -> None:
    assert [p.sex for p in read([["姓名", "性别"], ["张三", cell], ["李四", cell]])] == [sex, sex]


def test_a_group_of_columns_may_hold_what_its_heading_does_not_name() -> None:
    people = read(
        [
            ["姓名", "住址", "", "", "", "人员类别（打√）", "", "身份证号"],
            ["", "小区", "楼栋", "单元", "房号", "孕产妇", "透析", ""],
            ["张三", "水秀苑", "3栋", "2", "501", "", "√", sound_id(3)],
        ],
        ((1, 0, 2, 0), (1, 1, 1, 4), (1, 5, 1, 6), (1, 7, 2, 7)),
    )
    assert [(p.row, p.compound, p.building, p.unit, p.room, p.id_number) for p in people] == [
        (3, "水秀苑", "3", "2", "501", sound_id(3))
    ]

"""Lists as they come: headers anywhere, cells merged or repeated, what one row says about the next."""

import csv
import io
from datetime import date

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from residents.lists.columns import unproven_sex_digits
from residents.lists.fields import Field
from residents.lists.headers import field_of, find_table, find_tables
from residents.lists.reading import Sheet, read_sheets
from residents.lists.rows import PersonRow, read_people
from tests.residents.lists.support import MAN, WOMAN, sound_id

ROW = list[object]


def read(rows: list[ROW], merged: tuple[str, ...] = (), name: str = "Sheet1") -> list[PersonRow]:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = name
    for row in rows:
        sheet.append(row)
    for area in merged:
        sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return read_people(find_tables(read_sheets(out.getvalue())))


def read_csv(rows: list[list[str]]) -> list[PersonRow]:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return read_people(find_tables(read_sheets(out.getvalue().encode())))


def test_header_of_two_levels_with_a_split_address() -> None:
    people = read(
        [
            ["望江街道登记表"],
            ["填报单位（盖章）：", None, None, None, None, None, "日期：2020年2月3日"],
            ["序号", "姓名", "住址", None, None, None, "联系方式"],
            [None, None, "小区", "楼栋", "单元", "房号", None],
            [1, "张三", "望江花园", "12栋", "3单元", "502室", "19900001234"],
        ],
        ("A1:G1", "A3:A4", "B3:B4", "C3:F3", "G3:G4"),
    )
    assert [(p.row, p.name, p.compound, p.building, p.unit, p.room) for p in people] == [
        (5, "张三", "望江花园", "12", "3", "502")
    ]


def test_header_whose_characters_stand_one_below_the_other() -> None:
    people = read([["姓\n名", "性\n别", "电 话"], ["张三", "男", "19900001234"], ["李四", "女", "19900001235"]])
    assert [(p.name, p.sex) for p in people] == [("张三", "M"), ("李四", "F")]
    people = read([["姓", "性", "联系"], ["名", "别", "电话"], ["张三", "男", "19900001234"]])
    assert [(p.row, p.name, p.sex, p.phones) for p in people] == [(3, "张三", "M", ("19900001234",))]


def test_list_without_a_header_is_understood_by_what_it_holds() -> None:
    people = read_csv([["张三", MAN, "19900001234"], ["李四", WOMAN, "19900001235"], ["王五", sound_id(3), ""]])
    assert [(p.row, p.name, p.sex) for p in people] == [(1, "张三", "M"), (2, "李四", "F"), (3, "王五", "M")]


def test_totals_headers_repeated_and_signatures_are_nobody() -> None:
    people = read_csv(
        [
            ["姓名", "身份证号", "电话"],
            ["张三", MAN, "19900001234"],
            ["小计", "1人", ""],
            ["姓名", "身份证号", "电话"],
            ["", "", ""],
            ["李四", WOMAN, ""],
            ["合计：2人", "", ""],
            ["填表人：王五", "", "联系电话：02780000000"],
        ]
    )
    assert [p.row for p in people] == [2, 6]


def test_family_below_its_head_shares_door_and_household_without_merged_cells() -> None:
    people = read_csv(
        [
            ["户号", "楼栋", "单元", "房号", "姓名", "与户主关系"],
            ["1", "12", "3", "502", "张三", "户主"],
            ["", "", "", "", "李四", "妻"],
            ["2", "12", "3", "503", "王五", "户主"],
        ]
    )
    assert [(p.building, p.room, p.relation) for p in people] == [
        ("12", "502", "02"),
        ("12", "502", "12"),
        ("12", "503", "02"),
    ]
    assert people[0].household == people[1].household != people[2].household


def test_same_as_above_repeats_a_door_but_stays_in_a_remark() -> None:
    people = read_csv([["姓名", "住址", "备注"], ["张三", "水秀苑12-3-502", ""], ["李四", "同上", "同上"]])
    assert (people[1].compound, people[1].room, people[1].note) == ("水秀苑", "502", "同上")
    people = read_csv([["姓名", "住址"], ["张三", "同上"], ["李四", "12-3-502"]])
    assert people[0].problems["address"].code == "nothing_above"


def test_sheet_named_for_its_building_and_rooms_within_it() -> None:
    people = read(
        [["望江花园居民登记表"], ["姓名", "门牌号", "电话"], ["张三", "502", ""], ["李四", "2-603", ""]], name="7栋"
    )
    assert [(p.compound, p.building, p.room) for p in people][0] == ("望江花园", "7", "502")


@pytest.mark.parametrize(
    ("codes", "sexes"),
    [(["1", "0", "1", "0", "1"], ["F", "M", "F", "M", "F"]), (["1", "1", "0", "0", "1"], ["F", "M", "F", "M", None])],
)
def test_digits_mean_a_sex_only_where_the_ids_prove_it(codes: list[str], sexes: list[str | None]) -> None:
    ids = [WOMAN, MAN, sound_id(4), sound_id(3), ""]
    rows = [[f"张{'一二三四五'[i]}", ids[i], codes[i]] for i in range(5)]
    people = read_csv([["姓名", "身份证号", "性别"], *rows])
    assert [p.sex for p in people] == sexes
    assert ("sex" in people[4].problems) is (sexes[4] is None)


def test_a_digit_of_both_sexes_beside_two_that_are_proven_means_not_stated() -> None:
    ids = [WOMAN, MAN, sound_id(4), sound_id(3), sound_id(6), sound_id(5), ""]
    codes = ["2", "1", "2", "1", "0", "0", "2"]
    people = read_csv(
        [["姓名", "身份证号", "性别"], *([f"张{'一二三四五六七'[i]}", ids[i], codes[i]] for i in range(7))]
    )
    assert [p.sex for p in people] == ["F", "M", "F", "M", "F", "M", "F"]
    assert not any(p.problems for p in people)


def test_digits_that_no_id_proves_are_asked_and_the_answer_counts() -> None:
    rows = [
        ["张三", "", "1"],
        ["李四", "", "2"],
        ["王五", WOMAN, "2"],
        ["赵六", MAN, "2"],
        ["钱七", "", "0"],
        ["合计", "", "5"],
    ]
    tables = find_tables([Sheet("", [["姓名", "身份证号", "性别"], *rows])])
    assert unproven_sex_digits(tables) == ["0", "1", "2"]
    people = read_people(tables, "", {"1": "M", "2": "F", "0": ""})
    assert [p.sex for p in people] == ["M", "F", "F", None, None]
    assert [p.problems["sex"].code for p in people if p.problems] == ["sex_contradicts_id"]


def test_an_answer_never_stands_against_a_proof() -> None:
    rows = [["张三", MAN, "1"], ["李四", sound_id(3), "1"], ["王五", "", "1"], ["赵六", "", "2"]]
    tables = find_tables([Sheet("", [["姓名", "身份证号", "性别"], *rows])])
    assert unproven_sex_digits(tables) == ["2"]
    people = read_people(tables, "", {"1": "F", "2": "M"})  # 2 cannot mean what 1 is proven to mean
    assert [p.sex for p in people] == ["M", "M", "M", None]
    assert people[3].problems["sex"].code == "sex_coding_unknown"


def test_sheet_and_id_that_contradict_are_both_left_to_a_person() -> None:
    people = read_csv([["姓名", "身份证号", "性别", "出生日期"], ["张三", WOMAN, "男", "1981-01-01"]])
    assert people[0].sex is None and people[0].birth_date is None
    assert people[0].problems["sex"].code == "sex_contradicts_id"
    assert people[0].problems["birth_date"].code == "birth_date_contradicts_id"


def test_an_id_typed_as_a_number_is_reported_and_never_repaired() -> None:
    people = read([["姓名", "身份证号", "电话"], ["张三", int(MAN), 19900001234]])
    assert people[0].id_number is None and people[0].problems["id_number"].code == "id_lost_digits"
    assert people[0].phones == ("19900001234",)
    people = read_csv([["姓名", "身份证号"], ["张三", "4.20198E+17"]])
    assert people[0].problems["id_number"].code == "id_lost_digits"


def test_a_period_without_years_crosses_the_new_year() -> None:
    people = read_csv(
        [
            ["姓名", "开始隔离时间", "解除隔离日期"],
            ["张三", "2020-12-25", "1月8日"],
            ["李四", "12月30日", "1月13日"],
            ["王五", "2020-12-28", "12月20日"],
        ]
    )
    assert [(p.isolation_start, p.isolation_end) for p in people[:2]] == [
        (date(2020, 12, 25), date(2021, 1, 8)),
        (date(2020, 12, 30), date(2021, 1, 13)),
    ]
    assert people[1].assumed == ("isolation_start", "isolation_end")


def test_one_column_may_hold_the_whole_period() -> None:
    people = read_csv(
        [["姓名", "隔离期"], ["张三", "2020.2.3至2020.2.17"], ["李四", "2.5-2.19"], ["王五", "2020年2月"]]
    )
    assert [(p.isolation_start, p.isolation_end) for p in people] == [
        (date(2020, 2, 3), date(2020, 2, 17)),
        (date(2020, 2, 5), date(2020, 2, 19)),
        (None, None),
    ]
    assert people[2].problems["isolation_start"].code == "date_unreadable"


def test_an_address_may_name_its_compound_only() -> None:
    people = read_csv([["姓名", "住址"], ["张三", "柳岸新村"], ["李四", "某处"]])
    assert (people[0].compound, people[0].problems) == ("柳岸新村", {})
    assert (people[1].address, people[1].problems["address"].code) == ("某处", "address_unreadable")


def test_a_corrected_mapping_is_obeyed() -> None:
    sheet = Sheet("", [["姓名", "甲", "乙"], ["张三", "19900001234", "12-3-502"]])
    table = find_table(sheet)
    assert table is not None
    corrected = table.with_fields({1: Field.NOTE, 2: Field.ADDRESS})
    person = read_people([(sheet, corrected)])[0]
    assert (person.note, person.room) == ("19900001234", "502")
    assert corrected.header_key() == table.header_key() == "姓名|甲|乙"


@pytest.mark.parametrize("first", ["单位宿舍", "合计中学", "以上新村", "审核小区", "第2页花园", "单位", "合计"])
def test_whoever_lives_behind_a_door_that_begins_like_a_total_is_read(first: str) -> None:
    rows = [[first, "3", "101", "张三", "19900001234"], [first, "3", "102", "李四", ""]]
    people = read_csv([["小区", "楼栋", "房号", "姓名", "电话"], *rows])
    assert [person.name for person in people] == ["张三", "李四"]
    people = read_csv([["住址", "姓名"], [f"{first}3-2-101", "张三"]])
    assert [person.name for person in people] == ["张三"]


@pytest.mark.parametrize(
    "words",
    ["合计", "合 计：", "合计3人", "共计三人", "小计 2", "单位（盖章）：", "填表人 王五", "审核人：", "第1页，共2页",
     "以上人员已核对", "以下空白", "说明：以上属实", "本表一式两份"],
)  # fmt: skip
def test_totals_signatures_and_notes_are_nobody(words: str) -> None:
    header, person = ["姓名", "电话", "住址"], ["张三", "19900001234", "1-1-101"]
    people = read_csv([header, person, [words, "", ""], ["李四", "19900001235", "1-1-102"], [words, "3", ""]])
    assert [person.name for person in people] == ["张三", "李四"]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("姓  名", Field.NAME),
        ("身份证号码*", Field.ID_NUMBER),
        ("护照/其他证件号码", Field.ID_NUMBER),
        ("户主（与户主关系）", Field.RELATION),
        ("隔离/医学观察开始时间", Field.ISOLATION_START),
        ("户籍详细地址", Field.REGISTERED_ADDRESS),
        ("满14天日期", Field.ISOLATION_END),
        ("乡镇（街道）", None),
        ("网格员电话", None),
        ("工作单位地址", None),
        ("来源地址", None),
        ("是否发热", None),
    ],
)
def test_headers_are_understood(header: str, field: Field | None) -> None:
    match = field_of(header)
    assert (match and match[0]) == field


CELLS = st.one_of(
    st.text(max_size=8),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.sampled_from(["姓名", "电话", "张三", "同上", "12-3-502", WOMAN]),
)


# Slow data: the machine is busy with other things, nothing that the reader does.
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELLS, max_size=5), max_size=8))
def test_no_sheet_breaks_the_reader(rows: list[list[object]]) -> None:
    header: list[object] = ["姓名", "身份证号", "住址", "返乡时间", "性别"]
    sheet = Sheet("x", [header, *rows], merged=[(2, 0, 4, 0), (2, 2, 9, 3)])  # type: ignore[list-item]
    people = read_people(find_tables([sheet]))
    assert len({person.row for person in people}) == len(people)


def test_two_tables_one_below_the_other() -> None:
    people = read(
        [
            ["密接人员"],
            ["姓名", "身份证号码", "电话"],
            ["张三", MAN, "19900001234"],
            ["合计1人"],
            [],
            ["次密接人员"],
            ["序号", "姓名", "电话", "住址"],
            [1, "李四", "19900001235", "3-1-502"],
            [2, "王五", "19900001236", "3-1-503"],
        ],
        ("A1:D1",),
    )
    assert [(p.row, p.name, p.phones, p.room) for p in people] == [
        (3, "张三", ("19900001234",), ""),
        (8, "李四", ("19900001235",), "502"),
        (9, "王五", ("19900001236",), "503"),
    ]

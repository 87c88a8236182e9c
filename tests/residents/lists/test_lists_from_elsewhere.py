"""Lists that other systems, other offices and group chats hand on."""

import pytest

from residents.lists.cells import Cell
from residents.lists.fields import Field
from residents.lists.headers import find_tables
from residents.lists.headings import field_of
from residents.lists.reading import Refusal, RefusedFile, Sheet, read_sheets
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


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("现住址-楼栋", Field.BUILDING),
        ("人员信息.姓名", Field.NAME),
        ("基本信息_身份证号", Field.ID_NUMBER),
        ("您的姓名是？（必填）", Field.NAME),
        ("3、您的手机号：", Field.PHONES),
        ("您的居住小区", Field.COMPOUND),
        ("楼栋-单元-房号", Field.ADDRESS),
        ("户籍地址-小区", Field.REGISTERED_ADDRESS),
        ("与户主的亲属关系", Field.RELATION),
        ("与病例关系", None),
        ("与填报人关系", None),
        ("关联病例-姓名", None),
        ("核酸检测/日期", None),
        ("单位-地址", None),
    ],
)
def test_a_path_or_a_question_names_its_last_step(header: str, field: Field | None) -> None:
    match = field_of(header)
    assert (match and match[0]) == field


def test_whom_somebody_met_is_nobody_of_her_household() -> None:
    (person,) = read(
        [
            ["病例姓名", "病例电话", "密接姓名", "与病例关系", "现住址"],
            ["王五", "19900009999", "张三", "配偶", "水秀苑3-2-501"],
        ]
    )
    assert (person.name, person.phones, person.relation) == ("张三", (), None)
    (person,) = read([["病例姓名", "病例电话", "现住址"], ["王五", "19900009999", "水秀苑3-2-501"]])
    assert (person.name, person.phones) == ("王五", ("19900009999",))


@pytest.mark.parametrize(("cell", "sex"), [("1-男", "M"), ("2-女", "F"), ("1男", "M"), ("女(2)", "F"), ("0.女性", "F")])
def test_a_sex_that_says_its_code_and_its_word(cell: str, sex: str) -> None:
    assert [p.sex for p in read([["姓名", "性别"], ["张三", cell], ["李四", cell]])] == [sex, sex]


@pytest.mark.parametrize("header", ["性别（1男2女）", "性别(1.男 2.女)", "性别：男-1/女-2", "性别(男=1，女=2)"])
def test_a_header_that_says_what_its_digits_mean(header: str) -> None:
    assert [p.sex for p in read([["姓名", header], ["张三", "1"], ["李四", 2.0]])] == ["M", "F"]


def test_what_ids_prove_counts_more_than_a_header() -> None:
    rows: list[list[Cell]] = [
        ["姓名", "性别（1男2女）", "身份证号"],
        *([f"张{x}", "2", sound_id(x * 2 + 1)] for x in (1, 2)),
    ]
    assert [p.sex for p in read(rows)] == ["M", "M"]


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


# -- chat groups ------------------------------------------------------------------------------------------------------


def test_lines_of_a_chat_group_are_people() -> None:
    people = read(
        [
            ["望江花园物资接龙"],
            ["格式：房号+姓名+电话+需求"],
            ["例：张三 1-1-101 19900000000"],
            ["1. 3-2-501 李四 19900001234 大米10斤、鸡蛋2板"],
            ["2、王五，5栋1单元302，19900001235，牛奶1箱"],
            [""],
            ["3）买买提·阿不都拉 6-1-101 19900001236/19900001237"],
            ["赵六 6-1-102"],
            ["以上已统计"],
        ]
    )
    assert [(p.row, p.name, p.compound, p.building, p.unit, p.room, p.phones) for p in people] == [
        (4, "李四", "望江花园", "3", "2", "501", ("19900001234",)),
        (5, "王五", "望江花园", "5", "1", "302", ("19900001235",)),
        (7, "买买提·阿不都拉", "望江花园", "6", "1", "101", ("19900001236", "19900001237")),
        (8, "赵六", "望江花园", "6", "1", "102", ()),
    ]
    assert people[0].needs == (("大米", 10, "斤"), ("鸡蛋", 2, "板")) and people[1].needs == (("牛奶", 1, "箱"),)


def test_name_and_door_that_stand_together_are_parted() -> None:
    people = read([["#接龙"], ["1. 张三3-2-501"], ["2. 李四5-1-302"], ["3. 王五6栋1单元101室"]])
    assert [(p.name, p.compound, p.building, p.unit, p.room) for p in people] == [
        ("张三", "", "3", "2", "501"),
        ("李四", "", "5", "1", "302"),
        ("王五", "", "6", "1", "101"),
    ]


def test_a_thing_before_a_name_is_no_name() -> None:
    lines = [
        "1. 3-2-501 降压药（硝苯地平）1盒 张三",
        "2. 3-2-502 牛奶 李四",
        "3. 3-2-503 大米 王五",
        "4、赵六（3-2-504）油",
    ]
    people = read([["物资接龙"], *([line] for line in lines)])
    assert [(p.name, p.room, p.needs[0].item) for p in people] == [
        ("张三", "501", "降压药（硝苯地平）"),
        ("李四", "502", "牛奶"),
        ("王五", "503", "大米"),
        ("赵六", "504", "油"),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ["1. 填写真实姓名", "2. 电话 19900001234", "3. 楼栋 1-1-101"],
        ["1、水秀苑3-2-501", "2、水秀苑3-2-502", "3、水秀苑3-2-503"],
        ["1. 大米 3-2-501", "2. 大米 3-2-502", "3. 大米 3-2-503"],
    ],
)
def test_numbered_lines_that_name_nobody_are_no_list(lines: list[str]) -> None:
    assert read([["通知"], *([line] for line in lines)]) == []


# -- web pages --------------------------------------------------------------------------------------------------------


def page(body: str, encoding: str = "utf-8") -> bytes:
    return f"<html><head><style>td {{}}</style></head><body><div>{body}</div></body></html>".encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_web_page_that_a_system_named_a_workbook(encoding: str) -> None:
    data = page(
        "<table><tr><td colspan=5>水秀苑登记表</td></tr>"
        "<tr><th>楼栋房号</th><th>姓名</th><th>身份证号</th><th>电话</th><th>备注</th></tr>"
        f"<tr><td rowspan='2'>3-2-501</td><td>张三 </td><td>{MAN}</td><td>19900001234<br>19900001235</td><td>&lt;无&gt;"
        f"<tr><td>李四</td><td>{WOMAN}</td><td></td><td>独居\n老人</td></tr></table>",
        encoding,
    )
    people = read_people(find_tables(read_sheets(data, "export.xls")))
    assert [(p.row, p.name, p.compound, p.room, p.phones, p.note) for p in people] == [
        (3, "张三", "水秀苑", "501", ("19900001234", "19900001235"), "<无>"),
        (4, "李四", "水秀苑", "501", (), "独居 老人"),
    ]


@pytest.mark.parametrize("body", ["", "<p>请登录</p>", "<table><tr><td>请登录</td></tr></table>", "<table><tr>" * 300])
def test_a_web_page_without_a_table_is_refused_with_the_reason(body: str) -> None:
    with pytest.raises(RefusedFile) as refused:
        read_sheets(page(body))
    assert refused.value.reason in (Refusal.HTML, Refusal.TOO_LARGE)


def test_a_web_page_may_not_claim_more_columns_than_a_list_has() -> None:
    with pytest.raises(RefusedFile) as refused:
        read_sheets(page("<table><tr><td colspan=9999>a</td></tr><tr><td>b</td></tr></table>"))
    assert refused.value.reason is Refusal.TOO_MANY_COLUMNS

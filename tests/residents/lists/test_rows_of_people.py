"""Which rows are people: neither lines, examples, notes, totals nor words of the header; and nobody is lost."""

import pytest

from residents.lists.headers import find_tables
from residents.lists.reading import Sheet
from residents.lists.rows import PersonRow, read_people
from tests.residents.lists.support import MAN, sound_id

HEAD = ["姓名", "楼栋房号", "电话"]


def read(*rows: list[str]) -> list[PersonRow]:
    return read_people(find_tables([Sheet("名单", [list(row) for row in rows])]))


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("张三（租户）", "张三"),
        ("李四(代)", "李四"),
        ("1、张三", "张三"),
        ("2.张三", "张三"),
        ("★张三", "张三"),
        ("张三*", "张三"),
        ("张三（已故）", "张三（已故）"),  # what matters stays to be seen
        ("John (Jack) Smith", "John (Jack) Smith"),
    ],
)
def test_marks_and_remarks_that_say_who_it_is_are_no_part_of_a_name(cell: str, name: str) -> None:
    assert [person.name for person in read(HEAD, [cell, "5-1-201", "19900001234"])] == [name]


@pytest.mark.parametrize("cell", ["张三19900001234", "张三、李四"])
def test_a_name_that_is_not_one_is_reported_and_the_row_is_not_lost(cell: str) -> None:
    (person,) = read(HEAD, [cell, "5-1-201", ""])
    assert person.name == "" and person.problems["name"].code == "name_unreadable"


@pytest.mark.parametrize(
    "row",
    [
        ["网格员签字：", "", "日期：2020.2.3"],
        ["社区书记：李四   网格员：王五", "", ""],
        ["以下空白", "", ""],
        ["例：李四", "1-1-101", "19900001234"],
        ["姓  名", "楼栋房号", "电 话"],
        ["", "5-1-202", ""],
        ["空户", "5-1-202", ""],
        ["常住人口", "", ""],
        ["（一）外出人员", "", ""],
        ["打印日期：2022-03-30", "", ""],
    ],
)
def test_nobody(row: list[str]) -> None:
    assert [person.name for person in read(HEAD, ["张三", "5-1-201", ""], row)] == ["张三"]


def test_an_example_row_is_known_by_its_first_cell() -> None:
    people = read(["序号", *HEAD], ["示例", "李四", "1-1-101", "19900001235"], ["1", "张三", "5-1-201", ""])
    assert [person.name for person in people] == ["张三"]


@pytest.mark.parametrize(
    "rows",
    [
        [["性别", "证件类型", "与户主关系", "民族"], ["男", "身份证", "户主", "汉族"], ["女", "护照", "配偶", "满族"]],
        [["社区", "户数", "负责人", "联系电话"], ["临江社区", "9", "张三", "19900001"], ["花园社区", "8", "李四", "0"]],
        [["网格", "网格员姓名", "网格员电话"], ["第1网格", "张三", "19900001234"], ["第2网格", "李四", "19900001235"]],
    ],
    ids=["choices", "summary", "staff"],
)
def test_tables_of_something_else_are_no_lists(rows: list[list[str]]) -> None:
    assert read(*rows) == []


def test_a_summary_beside_the_list_tells_nothing_of_its_people() -> None:
    people = read(
        ["序号", "姓名", "电话", "", "楼栋", "人数"],
        ["1", "张三", "19900001234", "", "1栋", "20"],
        ["2", "李四", "19900001235", "", "2栋", "30"],
    )
    assert [(person.name, person.building) for person in people] == [("张三", ""), ("李四", "")]


@pytest.mark.parametrize(
    ("header", "cell", "number"),
    [
        ("护照/其他证件号码", MAN, MAN),
        ("护照号码 Passport No.", "712345678", "712345678"),
        ("证件号码", f"身份证：{MAN}", MAN),
        ("证件号码", f"{MAN}（本人）", MAN),
        ("证件号码", f"{MAN}（女儿）", None),  # hers, not his
    ],
)
def test_documents_in_a_column_of_several_kinds(header: str, cell: str, number: str | None) -> None:
    (person,) = read(["姓名 Name", header, "电话 Tel."], ["张三", cell, "19900001234"])
    assert (person.id_number, "id_number" in person.problems) == (number, number is None)


def test_a_formula_for_sex_needs_no_value_where_the_number_proves_it() -> None:
    sheet = Sheet(
        "",
        [["姓名", "身份证号", "性别"], ["张三", MAN, ""], ["李四", "", ""]],
        valueless={(2, 2): "formula", (3, 2): "formula"},
    )
    first, second = read_people(find_tables([sheet]))
    assert (first.sex, first.problems) == ("M", {})
    assert second.problems["sex"].code == "cell_formula"


def test_a_number_cell_proves_no_sex_however_sound_it_looks() -> None:
    woman = next(n for n in map(sound_id, range(2, 1000, 2)) if n.isdigit() and int(float(n)) == int(n))
    sheet = Sheet("", [["姓名", "身份证号", "性别"], ["张三", MAN, "1"], ["李四", sound_id(3), "1"]])
    sheet.rows += [["王五", float(woman), "1"], ["赵六", "", "1"]]
    assert [person.sex for person in read_people(find_tables([sheet]))] == ["M", "M", "M", "M"]


def test_a_thing_its_quantity_and_its_unit_in_columns_of_their_own() -> None:
    people = read(
        ["姓名", "电话", "物资名称", "数量", "单位"],
        ["张三", "19900001234", "大米", "2", "袋"],
        ["李四", "19900001235", "白菜", "", ""],
        ["王五", "19900001236", "鸡蛋", "3板", ""],
    )
    assert [[tuple(need) for need in person.needs] for person in people] == [
        [("大米", 2, "袋")],
        [("白菜", None, None)],
        [("鸡蛋", 3, "板")],
    ]


def test_two_columns_of_needs_both_count() -> None:
    (person,) = read(["姓名", "电话", "物资需求", "药品需求"], ["张三", "19900001234", "大米2袋", "布洛芬1盒"])
    assert [need.item for need in person.needs] == ["大米", "布洛芬"]


def test_a_text_without_end_is_no_need() -> None:
    (person,) = read(["姓名", "电话", "物资需求"], ["张三", "19900001234", "米" * 501])
    assert person.needs == () and person.problems["needs"].code == "text_too_long"

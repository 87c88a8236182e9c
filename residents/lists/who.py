"""Which rows of a table are people, and which are headers again, examples, lines between them, totals or notes."""

import re
from collections.abc import Mapping
from math import isfinite

from residents.lists.cells import Cell, is_empty, text_of
from residents.lists.fields import SYNONYMS, Field
from residents.rules import names
from residents.rules.text import NOTHING, compact

EXAMPLE = "（示例）"  # before the name in the example row of a blank list
_IS_EXAMPLE = re.compile(r"[（(【\[]?(?:示例|样例|举例|例如|例)[）)】\]：:、]")
_EXAMPLE_ALONE = frozenset(("示例", "样例", "举例", "填写示例", "填表示例", "样表", "例"))
# A line between the rows, such as "一单元", "二、次密接人员".
_SECTION = re.compile(r".*(?:单元|[栋幢座组期区队]|号楼|小区|社区|网格|人员|人口|名单|家庭|住户)[:：]?")
# Texts of a name column that stand for nobody.
_NOBODY = NOTHING | {
    "空户", "空置", "空房", "空置房", "无人", "无人居住", "无人在家", "出租", "待租", "合计", "总计", "小计",
    "以下空白", "以下无内容", "以下无正文", "此页空白", "空白",
}  # fmt: skip
_HEADER_WORDS = frozenset(word for words in SYNONYMS.values() for word in words.split())
_MARKS = re.compile(r"[*★☆※●▲#]+|^[0-9]{1,3}[.、．)）]\s*")
_LABELLED = re.compile(r"(?!姓名)[\u3400-\u9fff]{2,8}[:：]")
# Totals, signature lines and notes below a table. The words stand alone or before a colon, a number, a blank: an
# address may begin with them too (单位宿舍3-2-101).
_FOOTER = re.compile(
    r"(?:(?:(?:本页|以上|全部)?(?:合计|总计|小计|共计|累计)(?:人数|户数)?|总人数|总户数|总数|本页"
    r"|(?:填[表报]|制表|审[核批]|经办|联系|负责|签[字名])(?:单位|部门|日期|时间|电话|意见|说明|人)?(?:签[字名]|盖章)?"
    r"|(?:社区|单位|部门)负责人|盖章|单位(?:盖章|公章|名称|领导|签[字章])?|日期|注|备注|说明|温馨提示|注意事项|以上|以下"
    r")(?:$|[:：、,，。；;（(_共是为#\d]|[一二三四五六七八九十百]+[人户]|\s)"
    r"|第\d+页|以上(?:人员|数据|名单|信息|内容|情况|均|各|所)|以下(?:空白|无)|此[表页](?!\d)|本表(?!\d))"
)
_DOOR = (Field.ADDRESS, Field.BUILDING, Field.UNIT, Field.ROOM)
_LEAST_ID, _LEAST_PHONE = 6, 7  # digits that make somebody of a row without a name


def name_in(cell: Cell) -> str:
    """The text of a name cell without padding, marks, numbering and remarks that say who it is."""
    if not isinstance(cell, str):
        return ""
    name = names.clean(cell)
    return name if name.isalpha() else names.clean(names.without_remark(_MARKS.sub("", name)))


def is_footer(row: list[Cell], at: Mapping[Field, int]) -> bool:
    """Whether a row is a total, a signature line or a note: its first filled cell says so, and nobody is named in it.

    `at`: field → its column.
    """
    first = next((cell for cell in row if not is_empty(cell)), "")
    return isinstance(first, str) and _says_footer(first) and not _names_somebody(row, at)


def _says_footer(text: str) -> bool:
    return bool(_FOOTER.match(compact(text)) or _FOOTER.match(text.strip()))


def _names_somebody(row: list[Cell], at: Mapping[Field, int]) -> bool:
    """Whether a row holds a name beside a number, a phone or a door."""

    def cell(field: Field) -> Cell:
        return row[at[field]] if field in at and at[field] < len(row) else ""

    name = name_in(cell(Field.NAME))
    if not name or name in _NOBODY or _says_footer(name) or not names.looks_like_name(name) or ":" in compact(name):
        return False
    if digits(cell(Field.ID_NUMBER)) >= _LEAST_ID or digits(cell(Field.PHONES)) >= _LEAST_PHONE:
        return True
    return any(digits(cell(field)) for field in _DOOR)


def is_person(name: str, row: list[Cell], identity: Cell, phone: Cell, at: Mapping[Field, int]) -> bool:
    """Whether a row is about somebody, by its name (as `name_in` gives it), document number and phones.

    `at`: field → its column.
    """
    if name in _HEADER_WORDS or (not name.isalpha() and _IS_EXAMPLE.match(name)):
        return False
    first = next((cell for cell in row if not is_empty(cell)), "")
    if isinstance(first, str) and first.strip() in _EXAMPLE_ALONE:
        return False
    if digits(identity) >= _LEAST_ID:
        return True
    if is_footer(row, at):
        return False
    if name and name not in _NOBODY and names.looks_like_name(name):
        alone = sum(not is_empty(cell) for cell in row) == 1
        if alone and (_SECTION.fullmatch(name) or not _may_stand_alone(name)):
            return False
        return not re.search("[:：]", name)
    if _LABELLED.match(name) and sum(not is_empty(cell) for cell in row) == 1:
        return False  # 打印日期：2022-03-30
    # A name cell with a phone in it ("张三19900001234") is somebody too, and so is a phone alone.
    return digits(name) >= _LEAST_PHONE or (digits(phone) >= _LEAST_PHONE and name not in _NOBODY - NOTHING)


def is_left_unread(row: list[Cell], at: Mapping[Field, int]) -> bool:
    """Whether a row that is no person says something that should not vanish: no line between the rows, no total, no
    example, no empty flat, no heading, and more than a number of its own.

    `at`: field → its column.
    """
    filled = [cell for cell in row if not is_empty(cell)]
    said = [row[index] for index in at.values() if index < len(row) and not is_empty(row[index])]
    if not said or is_footer(row, at):
        return False
    texts = {text_of(cell).strip() for cell in filled}
    if len(texts) == 1 and _SECTION.fullmatch(compact(next(iter(texts)))):
        return False
    name = name_in(row[at[Field.NAME]]) if at.get(Field.NAME, len(row)) < len(row) else ""
    nobody = name in _NOBODY - NOTHING or name in _HEADER_WORDS or _IS_EXAMPLE.match(name)
    return not nobody and text_of(filled[0]).strip() not in _EXAMPLE_ALONE


def _may_stand_alone(name: str) -> bool:
    """Whether a text that fills its row alone is rather a name than a line between the rows."""
    return names.looks_chinese(name) or not any("\u3400" <= character <= "\u9fff" for character in name)


def is_header_again(row: list[Cell], header: list[Cell] | None) -> bool:
    """Whether a row is the header again, at the top of a printed page."""
    if header is None or not row or text_of(row[0]).strip() != text_of(header[0]).strip():
        return False
    return row == header or [compact(text_of(cell)) for cell in row] == [compact(text_of(cell)) for cell in header]


def digits(cell: Cell) -> int:
    """How many digits a cell shows."""
    if isinstance(cell, str):
        return len(cell) if cell.isdigit() else sum(character.isdigit() for character in cell)
    return len(str(int(cell))) if isinstance(cell, float) and isfinite(cell) else 0

"""A blank list of each kind: the columns as lists head them, drop-downs, text where Excel would spoil digits.

Its example row is marked, and the reader skips rows marked so: it may stay where it is.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO

from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from residents.lists.fields import Field
from residents.lists.kinds import ListKind
from residents.lists.who import EXAMPLE

_ROWS = 2000  # prepared with drop-downs and text format
_DAYS = 7  # of temperatures
_WIDTH = 15  # characters
_HEADER_ROW = 2  # below the title and the advice
CHOICES = {
    Field.SEX: ["男", "女"],
    Field.URGENT: ["是", "否"],
    Field.RESIDENCY: ["常住", "流动", "人户分离"],
    Field.RELATION: [
        "户主",
        "配偶",
        "子",
        "女",
        "儿媳",
        "女婿",
        "父亲",
        "母亲",
        "孙子",
        "孙女",
        "其他亲属",
        "租户",
        "非亲属",
    ],
}
_EXAMPLES = {
    Field.NAME: f"{EXAMPLE}张三",
    Field.ID_NUMBER: "420198198005170013",
    Field.SEX: "男",
    Field.BIRTH_DATE: "1980-05-17",
    Field.PHONES: "19900000001",
    Field.ADDRESS: "望江花园3栋1单元502室",
    Field.COMPOUND: "望江花园",
    Field.BUILDING: "3",
    Field.UNIT: "1",
    Field.ROOM: "502",
    Field.RELATION: "户主",
    Field.RESIDENCY: "常住",
    Field.NEEDS: "鸡蛋2板、白菜3斤",
    Field.URGENT: "否",
}


def write(kind: ListKind, today: date) -> BytesIO:
    """The workbook of a kind of list; temperatures have the days from `today` on."""
    book = BytesIO()
    with Workbook(book, {"in_memory": True, "strings_to_numbers": False}) as workbook:
        title = workbook.add_format({"bold": True, "font_size": 16})
        head = workbook.add_format({"bold": True, "text_wrap": True, "bg_color": "#E3EEEA", "num_format": "@"})
        text = workbook.add_format({"num_format": "@"})
        example = workbook.add_format({"num_format": "@", "italic": True, "font_color": "#666666"})
        sheet = workbook.add_worksheet("名单")
        sheet.write_string(0, 0, f"{today.year}年{kind.label}", title)
        sheet.write_string(1, 0, _("Write below the headings. The row marked as an example is skipped."))
        for index, (header, field, said) in enumerate(_columns(kind, today)):
            sheet.set_column(index, index, _WIDTH if len(said) < 12 else 2 * _WIDTH, text)
            sheet.write_string(_HEADER_ROW, index, header, head)
            sheet.write_string(_HEADER_ROW + 1, index, said, example)
            _offer(sheet, index, field)
        sheet.freeze_panes(_HEADER_ROW + 1, 1)
    book.seek(0)
    return book


def _columns(kind: ListKind, today: date) -> Iterator[tuple[str, Field, str]]:
    """Header, field and example of each column."""
    for field in kind.blank:
        if field is Field.CHECK_IN:
            for number in range(_DAYS):
                day = today + timedelta(days=number)
                for slot in ("早", "晚"):
                    yield f"{day.month}月{day.day}日{slot}", field, "36.5"
        else:
            said = today.isoformat() if field in (Field.ISOLATION_START, Field.ISOLATION_END) else _EXAMPLES.get(field)
            yield kind.heading(field), field, said or ""


def _offer(sheet: Worksheet, index: int, field: Field) -> None:
    if choices := CHOICES.get(field):
        first = _HEADER_ROW + 1
        sheet.data_validation(
            first, index, first + _ROWS, index, {"validate": "list", "source": choices, "error_type": "warning"}
        )

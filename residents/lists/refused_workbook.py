"""The rows of a list that go back as a workbook, refused or left out: its title and columns, faulty cells coloured,
and in words what to do.

Every cell is written as text, so that nothing is calculated and no digit is lost. Mended, it can be uploaded as it is:
what the list's title or neighbouring rows told (year, compound) stands in the cells.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from io import BytesIO
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from residents.lists.blocks import unpack
from residents.lists.fields import Field
from residents.lists.reasons import reason_words
from residents.lists.rows import PersonRow
from residents.lists.staging import Plain, title_of
from residents.models import ImportRow

_WIDTH = 16  # characters
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_ROW, _ADVICE = gettext_noop("Row in your list"), gettext_noop("What to do")
_DATES = (Field.ISOLATION_START, Field.ISOLATION_END, Field.BIRTH_DATE)


@cache
def own_headers() -> frozenset[str]:
    """The headings that the list itself did not have, in every language."""
    found = set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {_(_ROW), _(_ADVICE)}
    return frozenset(found)


def write(tables: list[Plain], rows: Iterable[ImportRow]) -> BytesIO:
    """The workbook, one sheet for each sheet of the list that rows go back of."""
    book = BytesIO()
    workbook = Workbook(book, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    styles = {
        "title": workbook.add_format({"bold": True, "text_wrap": True, "num_format": "@"}),
        "head": workbook.add_format({"bold": True, "text_wrap": True, "bg_color": "#E3EEEA", "num_format": "@"}),
        "text": workbook.add_format({"num_format": "@"}),
        "fault": workbook.add_format({"num_format": "@", "bg_color": "#FFC7CE", "bold": True}),
        "words": workbook.add_format({"num_format": "@", "text_wrap": True}),
    }
    by_sheet = {table["sheet"]: table for table in tables}
    sheets: dict[str, tuple[Worksheet, int]] = {}
    for row in rows:
        if row.sheet not in sheets:
            sheets[row.sheet] = _begin(workbook, by_sheet[row.sheet], styles)
        sheet, last = sheets[row.sheet]
        sheets[row.sheet] = (sheet, last + 1)
        _write_row(sheet, last + 1, by_sheet[row.sheet]["columns"], row, styles)
    if not sheets:
        workbook.add_worksheet()
    workbook.close()
    book.seek(0)
    return book


def _sheet_name(name: str, taken: set[str]) -> str | None:
    """A name that Excel takes: 31 characters without its signs, no second one whatever the case."""
    clean = _NOT_IN_NAMES.sub(" ", name)[:31].strip().strip("'")
    number = 1
    while clean and clean.lower() in taken:
        number += 1
        clean = f"{clean[:26].strip()} ({number})"
    return clean or None


def _begin(workbook: Workbook, table: Plain, styles: dict[str, Any]) -> tuple[Worksheet, int]:
    """A sheet with title and headings, and the line of its headings."""
    sheet = workbook.add_worksheet(_sheet_name(table["sheet"], {one.name.lower() for one in workbook.worksheets()}))
    last = _width(table["columns"])
    line = 0
    if title := title_of(table):
        line = 1
        sheet.merge_range(0, 0, 0, last + 1, title, styles["title"])
    for column in table["columns"]:
        sheet.write_string(line, column["index"], column["header"], styles["head"])
    sheet.set_column(0, last - 1, _WIDTH, styles["text"])
    sheet.set_column(last, last + 1, _WIDTH * 3)
    sheet.write_string(line, last, _(_ROW), styles["head"])
    sheet.write_string(line, last + 1, _(_ADVICE), styles["head"])
    sheet.freeze_panes(line + 1, 0)
    return sheet, line


def _width(columns: list[Plain]) -> int:
    return 1 + max((column["index"] for column in columns), default=0)


def _write_row(sheet: Worksheet, line: int, columns: list[Plain], row: ImportRow, styles: dict[str, Any]) -> None:
    person, cells = unpack(row)
    faults = dict(_faults(columns, row.problems))
    for column in columns:
        index = column["index"]
        text = _clean(column["field"], person) or (cells[index] if index < len(cells) else "")
        sheet.write_string(line, index, text, styles["fault" if index in faults else "text"])
        if index in faults:
            sheet.write_comment(line, index, faults[index], {"x_scale": 2})
    last = _width(columns)
    sheet.write_string(line, last, str(row.number), styles["text"])
    reasons = [*reason_words(row.problems), *([_("Left out by you.")] if row.left_out else [])]
    sheet.write_string(line, last + 1, " ".join(reasons), styles["words"])


def _faults(columns: list[Plain], problems: dict[str, str]) -> Iterator[tuple[int, str]]:
    """Column → what to do about its cell; what concerns the whole row stands at the name."""
    index_of = {column["field"]: column["index"] for column in reversed(columns) if column["field"]}
    for name, code in problems.items():
        words = " ".join(reason_words({name: code}))
        yield index_of.get(name, index_of.get(Field.NAME, 0)), words


def _clean(field: str, person: PersonRow) -> str:
    """What the cell alone would not tell again: a day with its year, an address with its compound."""
    if field in _DATES and (day := getattr(person, field)):
        return str(day.isoformat())
    if field == Field.ADDRESS and person.compound and person.building and person.room:
        return person.compound + "-".join(part for part in (person.building, person.unit, person.room) if part)
    return ""

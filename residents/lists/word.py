"""The tables of a .docx as sheets of rows. Runs in the reader's child process: standard library only.

Word has no cell addresses: a cell may span columns and go on below, and a line of text above a table is its title.
"""

from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring

import prescan  # type: ignore[import-not-found]
from prescan import Refused  # type: ignore[import-not-found]

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TITLE_LENGTH = 60
_TABLES_LIMIT = 200


def sheets_of(document: bytes) -> list[dict[str, Any]]:
    """One sheet a table, named by the text above it. `document` is word/document.xml, free of entities.

    Raises `Refused`.
    """
    try:
        body = fromstring(document).find(f"{_W}body")  # noqa: S314  entities were refused by the pre-scan
    except (ParseError, RecursionError):
        raise Refused("damaged") from None
    sheets: list[dict[str, Any]] = []
    above: list[str] = []
    for part in body if body is not None else ():
        if part.tag == f"{_W}tbl":
            if len(sheets) >= _TABLES_LIMIT:
                raise Refused("too_large")
            sheets.append(_sheet(part, len(sheets) + 1, " ".join(above)))
            above = []
        elif text := _text(part).strip():
            above = [*above, text][-3:]
    if not sheets:
        raise Refused("not_a_list")
    return sheets


def _sheet(table: Element, number: int, title: str) -> dict[str, Any]:
    rows: list[list[str]] = []
    merged: list[list[int]] = []
    open_spans: dict[int, int] = {}  # column → row in which a cell began that goes on below
    for row in table.findall(f"{_W}tr"):
        if len(rows) >= prescan.ROWS_LIMIT:
            raise Refused("too_many_rows")
        cells: list[str] = []
        going_on: dict[int, int] = {}
        for cell in _cells(row):
            column, width = len(cells), _span(cell)
            if column + width > prescan.COLUMNS_LIMIT:
                raise Refused("too_many_columns")
            state = _going_down(cell)
            if state == "continue" and column in open_spans:
                going_on[column] = open_spans[column]
                cells += [""] * width
                continue
            if state:
                going_on[column] = len(rows) + 1
            cells += [_text(cell).strip()] + [""] * (width - 1)
            if width > 1:
                merged.append([len(rows) + 1, column, len(rows) + 1, column + width - 1])
        _close(open_spans, going_on, len(rows), merged)
        open_spans = going_on
        rows.append(cells)
    _close(open_spans, {}, len(rows), merged)
    name = f"{number} {title}".strip()[:_TITLE_LENGTH]
    return {"name": name, "hidden": False, "rows": rows, "merged": merged, "valueless": []}


def _close(was_open: dict[int, int], still: dict[int, int], last_row: int, merged: list[list[int]]) -> None:
    for column, first_row in was_open.items():
        if still.get(column) != first_row and last_row > first_row:
            merged.append([first_row, column, last_row, column])


def _cells(row: Element) -> list[Element]:
    """The cells of a row, those inside content controls too."""
    found: list[Element] = []
    for part in row:
        if part.tag == f"{_W}tc":
            found.append(part)
        elif part.tag == f"{_W}sdt" and (inside := part.find(f"{_W}sdtContent")) is not None:
            found += inside.findall(f"{_W}tc")
    return found


def _span(cell: Element) -> int:
    span = cell.find(f"{_W}tcPr/{_W}gridSpan")
    value = span.get(f"{_W}val", "1") if span is not None else "1"
    return max(int(value), 1) if value.isascii() and value.isdigit() and len(value) < 6 else 1


def _going_down(cell: Element) -> str:
    """ "restart" for a cell that goes on below, "continue" for its going on, "" for any other."""
    merge = cell.find(f"{_W}tcPr/{_W}vMerge")
    return "" if merge is None else merge.get(f"{_W}val", "continue")


def _text(part: Element) -> str:
    """What a reader of the page sees: deleted text is not there, a paragraph ends a line."""
    pieces: list[str] = []
    for element in part.iter():
        if element.tag == f"{_W}t":
            pieces.append(element.text or "")
        elif element.tag in (f"{_W}tab", f"{_W}br"):
            pieces.append(" ")
        elif element.tag == f"{_W}p" and pieces:
            pieces.append("\n")
    return "".join(pieces)

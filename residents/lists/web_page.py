"""The tables of a web page as sheets of rows: many systems write one and name it .xls. Runs in the reader's child
process: standard library only. Nothing of the page is run, loaded or kept but the texts of its cells.
"""

from html.parser import HTMLParser
from typing import Any

import prescan  # type: ignore[import-not-found]
from prescan import Refused  # type: ignore[import-not-found]

_TABLES_LIMIT = 200
_UNSEEN = frozenset(("script", "style", "title"))


class _Table:
    """Rows as they come; a cell that spans rows or columns is a merged area."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.merged: list[list[int]] = []
        self.below: dict[int, int] = {}  # column → rows that a cell above still goes on
        self.cell: list[str] | None = None  # pieces of the cell that is open
        self.at = 0  # its column

    def begin_row(self) -> None:
        self.end_cell()
        if len(self.rows) >= prescan.ROWS_LIMIT:
            raise Refused("too_many_rows")
        self.rows.append([])
        self._skip()

    def begin_cell(self, width: int, height: int) -> None:
        self.end_cell()
        if not self.rows:
            self.begin_row()
        row, number = self.rows[-1], len(self.rows)
        column = len(row)
        if column + width > prescan.COLUMNS_LIMIT:
            raise Refused("too_many_columns")
        row += [""] * width
        if width > 1 or height > 1:
            self.merged.append([number, column, number + height - 1, column + width - 1])
            self.below.update((column + place, height - 1) for place in range(width) if height > 1)
        self.cell, self.at = [], column

    def end_cell(self) -> None:
        if self.cell is not None:
            lines = (" ".join(line.split()) for line in "".join(self.cell).split("\n"))
            self.rows[-1][self.at] = "\n".join(line for line in lines if line)
            self.cell = None
            self._skip()

    def _skip(self) -> None:
        """Leaves out the columns in which a cell above goes on."""
        row = self.rows[-1]
        while self.below.get(len(row), 0):
            self.below[len(row)] -= 1
            row.append("")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[_Table] = []
        self.open: list[_Table] = []  # a table may stand in a cell of another
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self.unseen += 1
        elif tag == "table":
            if len(self.found) >= _TABLES_LIMIT:
                raise Refused("too_large")
            self.open.append(_Table())
            self.found.append(self.open[-1])
        elif self.open and tag == "tr":
            self.open[-1].begin_row()
        elif self.open and tag in ("td", "th"):
            said = dict(attrs)
            self.open[-1].begin_cell(_span(said.get("colspan")), _span(said.get("rowspan")))
        elif tag in ("br", "p", "div"):
            self._say("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self.unseen = max(self.unseen - 1, 0)
        elif self.open and tag in ("td", "th", "tr", "table"):
            self.open[-1].end_cell()
            if tag == "table":
                self.open.pop()

    def handle_data(self, data: str) -> None:
        self._say(" ".join(data.splitlines()))  # only <br> breaks a line

    def _say(self, text: str) -> None:
        if self.open and not self.unseen and (cell := self.open[-1].cell) is not None:
            cell.append(text)


def _span(value: str | None) -> int:
    return max(int(value), 1) if value and value.isascii() and value.isdigit() and len(value) < 6 else 1


def sheets_of(page: str) -> list[dict[str, Any]]:
    """One sheet a table of at least two rows and columns; one alone has no name. Raises `Refused`."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    tables = [table for table in reader.found if len(table.rows) > 1 and max(map(len, table.rows)) > 1]
    if not tables:
        raise Refused("html")
    return [
        {
            "name": str(number) if len(tables) > 1 else "",
            "hidden": False,
            "rows": table.rows,
            "merged": [[top, left, min(bottom, len(table.rows)), right] for top, left, bottom, right in table.merged],
            "valueless": [],
        }
        for number, table in enumerate(tables, 1)
    ]

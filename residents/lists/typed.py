"""A list typed line by line in the portal: as bytes that lie sealed like a file, and as the table that is read of it.

The bytes hold every field as it was typed, unfinished lines too, so that typing goes on where it stopped. No workbook
stands between: line 3 is row 3 of the preview, and no column has to be recognised.
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise

from residents.lists.cells import Cell
from residents.lists.faults import problem_words
from residents.lists.fields import DOOR, Field
from residents.lists.headers import Column, Table
from residents.lists.kinds import ListKind
from residents.lists.reading import Sheet
from residents.lists.reasons import reason_words
from residents.lists.rows import PersonRow, Problem, read_people

LINES_LIMIT = 200  # one page holds them all
_SAMPLES = 3
# A list without a day in it asks nothing about isolation: such a column counts once something stands in it.
_DAYS = (Field.ISOLATION_START, Field.ISOLATION_END)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line: its number from 1, the field, the code; `unread`: nobody would be read of the line."""

    line: int
    field: Field
    code: str
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: columns and their headings, the title on the paper, a tuple of texts for each line."""

    columns: tuple[Field, ...]
    headings: tuple[str, ...]
    title: str = ""
    lines: tuple[tuple[str, ...], ...] = ()
    salt: str = ""  # the digest of the bytes is in the audit: of a single short line it would tell what was typed

    @classmethod
    def blank(cls, kind: ListKind, title: str) -> "Typed":
        """A list of a kind without a line."""
        return cls(kind.blank, tuple(map(kind.heading, kind.blank)), title)

    def with_lines(self, lines: list[tuple[str, ...]]) -> "Typed":
        """The same list with these lines; the blank ones at the end are none."""
        while lines and not any(map(str.strip, lines[-1])):
            lines = lines[:-1]
        return replace(self, lines=tuple(lines), salt=self.salt or secrets.token_hex(16))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Typed":
        """What `as_bytes` made of it."""
        plain: dict[str, Any] = json.loads(data)
        columns = tuple(Field(name) for name in plain["columns"])
        lines = tuple(tuple(line) for line in plain["lines"])
        return cls(columns, tuple(plain["headings"]), plain["title"], lines, plain["salt"])

    def as_bytes(self) -> bytes:
        """The same bytes for the same words."""
        plain = {
            "columns": self.columns, "headings": self.headings, "title": self.title, "lines": self.lines,
            "salt": self.salt,
        }  # fmt: skip
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()

    def says_something(self, line: tuple[str, ...]) -> bool:
        """Whether a line says more than a door: that may only have been carried over from the line above."""
        pairs = zip(self.columns, line, strict=True)
        return any(text.strip() and field not in DOOR for field, text in pairs)

    def found(self) -> list[tuple[Sheet, Table]]:
        """The table, as the reading of a file would propose it."""
        blank = ("",) * len(self.columns)
        said = [line if self.says_something(line) else blank for line in self.lines]
        rows: list[list[Cell]] = [list(line) for line in said]
        table = Table("", 0, 1, len(rows), tuple(self._columns(said)), self.title)
        return [(Sheet("", rows), table)]

    def _columns(self, said: list[tuple[str, ...]]) -> Iterator[Column]:
        for index, (field, heading) in enumerate(zip(self.columns, self.headings, strict=True)):
            filled = [line[index] for line in said if line[index].strip()]
            if filled or field not in _DAYS:
                yield Column(index, heading, field, tuple(filled[:_SAMPLES]))

    def faults(self, file_name: str) -> list[Fault]:
        """Every fault of the lines, found by the readers that the preview uses, in the order of the fields."""
        read = {person.row: person for person in read_people(self.found(), file_name)}
        numbered = [(number, line) for number, line in enumerate(self.lines, 1) if self.says_something(line)]
        return [fault for number, line in numbered for fault in self._faults_of(number, line, read.get(number))]

    def _faults_of(self, number: int, line: tuple[str, ...], person: PersonRow | None) -> Iterator[Fault]:
        named = Field.NAME not in self.columns or line[self.columns.index(Field.NAME)].strip()
        if not named or person is None:
            yield Fault(number, Field.NAME, "name_unreadable" if named else "name_missing", unread=person is None)
        found: list[tuple[int, Problem]] = []
        for name, problem in person.problems.items() if person else ():
            index = problem.column if problem.column is not None else self.columns.index(Field(name))
            found.append((index, problem))
        for index, problem in sorted(found, key=lambda pair: pair[0]):
            yield Fault(number, self.columns[index], problem.code)


def words_of(fault: Fault) -> str | Promise:
    """What to do about it, in the words that lists use."""
    return reason_words({"row": fault.code})[0] if fault.code == "name_missing" else problem_words(Problem(fault.code))

"""From a sealed file to staged rows: what the user confirmed about its columns, and a verdict for every row."""

import json
import re
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from grid import sealing
from grid.bulk import copy_line, copy_lines, reserve_ids
from residents.identity import mask
from residents.lists import blocks
from residents.lists.blocks import StagedRow, pack
from residents.lists.cells import Cell
from residents.lists.fields import Field
from residents.lists.headers import Table, find_tables
from residents.lists.kinds import is_out_of_reach
from residents.lists.matching import PLAIN_FACTS, Judged, digests_of, judge
from residents.lists.reading import Sheet, read_sheets
from residents.lists.rows import PersonRow, read_people
from residents.models import ImportBatch, ImportRow

FILE_CONTEXT, TITLE_CONTEXT = "list file", "list title"
_ID_LIKE = re.compile(r"[0-9A-Za-z][0-9A-Za-z ]{11,}[0-9A-Za-z]")
SHEET_LENGTH = 60

Found = list[tuple[Sheet, Table]]
Plain = dict[str, Any]


@dataclass
class Staged:
    """The rows of a list with their verdicts, before anything is stored."""

    people: list[PersonRow]
    cells: list[list[Cell]]
    judged: list[Judged]
    digests: list[bytes | None]  # of the ID numbers

    def count(self, code: str) -> int:
        """How many rows are refused for a reason."""
        return sum(row.problems.get("row") == code for row in self.judged)

    def differing_fields(self) -> dict[str, int]:
        """Field → in how many rows the list contradicts the register; a door is none of them."""
        found = Counter(name for row in self.judged for name in row.differing if name in PLAIN_FACTS)
        return {name: found[name] for name in PLAIN_FACTS if found[name]}

    def counts(self, today: date) -> dict[str, int]:
        """Rows by verdict; and how many state a first day of isolation, within reach of today or not."""
        found = Counter(row.verdict for row in self.judged)
        counts = {verdict: found[verdict] for verdict in ("new", "changed", "same", "refused")}
        counts["differing"] = sum(bool(set(row.differing) - {"address"}) for row in self.judged)
        pairs = zip(self.people, self.judged, strict=True)
        days = [person.isolation_start for person, row in pairs if person.isolation_start and row.verdict != "refused"]
        counts["out_of_reach"] = sum(is_out_of_reach(day, today) for day in days)
        counts["isolation"] = len(days) - counts["out_of_reach"]
        return counts


# -- the tables of a file -------------------------------------------------------------------------------------------


def plain_tables(found: Found) -> list[Plain]:
    """Tables and their mapping as they are stored with the batch: headers and fields, no cell of a person."""
    return [
        {
            "sheet": sheet.name[:SHEET_LENGTH],
            "use": True,
            "title": _sealed_title(table),
            "columns": [
                {
                    "index": column.index,
                    "header": column.header[:60],
                    "field": column.field.value if column.field else "",
                }
                for column in table.columns
            ],
        }
        for sheet, table in found
    ]


def open_file(batch: ImportBatch) -> Found:
    """The tables of the stored file, as the reading proposes them."""
    data = sealing.unseal(bytes(batch.sealed_file or b""), context=FILE_CONTEXT)
    return find_tables(read_sheets(data, batch.file_name))


def _sealed_title(table: Table) -> str:
    """What stands above the table, for the refused rows that go back; sealed, for it may name a person."""
    return b64encode(sealing.seal(table.title[:500].encode(), context=TITLE_CONTEXT)).decode() if table.title else ""


def title_of(plain: Plain) -> str:
    """What stood above a table; "" where nothing did or it is forgotten."""
    sealed = plain.get("title")
    return sealing.unseal(b64decode(sealed), context=TITLE_CONTEXT).decode() if sealed else ""


def as_confirmed(found: Found, tables: list[Plain]) -> Found:
    """The tables that the user wants, with the columns as she said."""
    return [
        (
            sheet,
            table.with_fields(
                {column["index"]: Field(column["field"]) if column["field"] else None for column in plain["columns"]}
            ),
        )
        for (sheet, table), plain in zip(found, tables, strict=True)
        if plain["use"]
    ]


def samples(table: Table) -> dict[int, str]:
    """Column → some of its values. What may be an ID number shows its last two characters only."""
    return {
        column.index: " / ".join(_masked(sample, column.field is Field.ID_NUMBER) for sample in column.samples)
        for column in table.columns
    }


def _masked(sample: str, is_id: bool) -> str:
    if is_id:
        return mask(sample.strip())
    return _ID_LIKE.sub(lambda match: mask(match.group()), sample)[:60]


# -- rows -----------------------------------------------------------------------------------------------------------


def stage(
    batch: ImportBatch, found: Found, tables: list[Plain], default_grid: int | None, taken_in: bool = True
) -> Staged:
    """Reads the confirmed tables and compares every row with the register. Stores nothing.

    `taken_in`: whether people are to be made of it; otherwise nobody needs a door or a grid.
    """
    confirmed = as_confirmed(found, tables)
    people = read_people(confirmed, batch.file_name)
    sheets = {sheet.name: sheet for sheet, _table in confirmed}
    cells = [sheets[person.sheet].row(person.row) for person in people]
    digests = digests_of(people)
    judged = judge(people, place=batch.grid, default_grid=default_grid, digests=digests)
    for row in judged:
        if not taken_in and row.problems.get("row") in ("door_missing", "grid_missing"):
            row.verdict, row.problems = "new", {}
    return Staged(people, cells, judged, digests)


def write_rows(batch: ImportBatch, staged: Staged) -> None:
    """Stores the rows, sealed, in place of those staged before."""
    batch.rows.all().delete()
    batch.blocks.all().delete()
    ids = reserve_ids(ImportRow, len(staged.people))
    staged_rows = zip(ids, staged.people, staged.cells, staged.judged, staged.digests, strict=True)
    rows = [StagedRow(*row) for row in staged_rows]
    made: list[blocks.Block] = []
    columns = (
        "id", "batch_id", "sheet", "number", "sealed_cells", "verdict", "problems", "resident_id", "household_id",
        "grid_id", "differing", "made_door",
    )  # fmt: skip
    lines = (copy_line(_columns(batch, row)).encode() for row in _while_sealing(rows, made))
    copy_lines(ImportRow._meta.db_table, columns, lines)
    blocks.write(batch, made)


def _while_sealing(rows: list[StagedRow], made: list[blocks.Block]) -> Iterator[StagedRow]:
    """The rows as they come to be sealed, so that the database writes some while the next are made ready."""
    yield from (row for row in rows if row.judged.verdict == "refused")
    for some, block in blocks.sealed(rows):
        made.append(block)
        yield from some


def _columns(batch: ImportBatch, row: StagedRow) -> tuple[Any, ...]:
    judged, person = row.judged, row.person
    sealed = pack(person, row.cells) if judged.verdict == "refused" else None
    return (
        row.key, batch.pk, person.sheet[:SHEET_LENGTH], person.row, sealed, judged.verdict,
        _json(judged.problems), judged.resident_id, judged.household_id, judged.grid_id,
        _json(judged.differing), False,
    )  # fmt: skip


def _json(said: dict[str, str] | list[str]) -> str:
    return json.dumps(said) if said else str(said)

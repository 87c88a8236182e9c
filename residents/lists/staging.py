"""From a sealed file to staged rows: what the user confirmed about its columns, and a verdict for every row."""

import json
import re
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from grid import sealing
from grid.bulk import copy_line, copy_lines, reserve_ids
from residents.identity import mask, without_numbers
from residents.lists import blocks, names, readings, twins
from residents.lists.blocks import StagedRow, pack
from residents.lists.cells import Cell, text_of
from residents.lists.fields import Field
from residents.lists.grids import NOT_BELOW, SHARED, key_of
from residents.lists.headers import Table, find_tables
from residents.lists.kinds import ListKind, is_out_of_reach
from residents.lists.matching import FILLED, PLAIN_FACTS, Judged, digests_of, judge
from residents.lists.reading import Sheet, read_sheets
from residents.lists.rows import PersonRow, read_all
from residents.lists.typed import Typed
from residents.models import ImportBatch, ImportRow

FILE_CONTEXT, TITLE_CONTEXT = "list file", "list title"
_ID_LIKE = re.compile(r"[0-9A-Za-z][0-9A-Za-z ]{11,}[0-9A-Za-z]")
SHEET_LENGTH = 60
_SHOWN = 20  # of the lines that are read as nobody
# Codes of what a new door lacks.
NEEDED_FOR_DOORS = frozenset({"door_missing", "grid_missing", "door_in_other_grid", NOT_BELOW, SHARED})

Found = list[tuple[Sheet, Table]]
Plain = dict[str, Any]


@dataclass
class Staged:
    """The rows of a list with their verdicts, before anything is stored."""

    people: list[PersonRow]
    cells: list[list[Cell]]
    judged: list[Judged]
    digests: list[bytes | None]  # of the ID numbers
    possible: list[twins.Possible] = field(default_factory=list)  # whom new rows may be
    unread: list[tuple[str, int]] = field(default_factory=list)  # sheet and row of lines that are read as nobody
    readings: dict[str, int] = field(default_factory=dict)  # how many of them are what

    def count(self, code: str) -> int:
        """How many rows are refused for a reason."""
        return sum(row.problems.get("row") == code for row in self.judged)

    def grids_shared(self) -> set[str]:
        """Names of grids, as `grids.key_of` compares them, that several share and nothing tells apart."""
        pairs = zip(self.people, self.judged, strict=True)
        return {key_of(person.grid) for person, row in pairs if row.problems.get(Field.GRID) == SHARED}

    def differing_fields(self) -> dict[str, int]:
        """Field → in how many rows the list contradicts the register; a door is none of them."""
        found = Counter(name for row in self.judged for name in row.differing if name in PLAIN_FACTS)
        return {name: found[name] for name in PLAIN_FACTS if found[name]}

    def filled_fields(self) -> dict[str, int]:
        """Field → in how many rows the list says what the register does not hold yet."""
        found = Counter(name for row in self.judged for name in row.filling)
        return {name: found[name] for name in FILLED if found[name]}

    def fields(self) -> dict[str, dict[str, int]]:
        """What the preview lets her choose, as the list keeps it."""
        return {"fields": self.differing_fields(), "fills": self.filled_fields()}

    def lines_unread(self) -> Plain:
        """How many lines are read as nobody, and where the first of them stand."""
        several = len({sheet for sheet, _row in self.unread}) > 1
        return {"count": len(self.unread), "rows": [
            f"{sheet[:SHEET_LENGTH]} {number}" if several else str(number) for sheet, number in self.unread[:_SHOWN]
        ]}  # fmt: skip

    def counts(self, today: date) -> dict[str, int]:
        """Rows by verdict; and how many state a first day of isolation, within reach of today or not."""
        found = Counter(row.verdict for row in self.judged)
        counts = {verdict: found[verdict] for verdict in ("new", "changed", "same", "refused", "verify")}
        counts["differing"] = sum(bool(set(row.differing) - {"address"}) for row in self.judged)
        pairs = zip(self.people, self.judged, strict=True)
        days = [person.isolation_start for person, row in pairs if person.isolation_start and row.verdict != "refused"]
        counts["out_of_reach"] = sum(is_out_of_reach(day, today) for day in days)
        counts["isolation"] = len(days) - counts["out_of_reach"]
        counts["twins"] = len({one.ordinal for one in self.possible})
        return counts | self.readings


# -- the tables of a file -------------------------------------------------------------------------------------------


def plain_tables(found: Found) -> list[Plain]:
    """Tables and their mapping as they are stored with the batch: headers and fields, no cell of a person."""
    return [
        {
            "sheet": sheet.name[:SHEET_LENGTH],
            "use": not sheet.hidden,  # what its author hid is taken in on the user's word only
            "hidden": sheet.hidden,
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
    if batch.typed:
        return open_typed(batch).found()
    # Hidden sheets come last: a list stored before they were offered knows nothing of them.
    return find_tables(read_sheets(_bytes_of(batch), batch.file_name))[: len(batch.tables)]


def open_typed(batch: ImportBatch) -> Typed:
    """What was typed of a list, line by line."""
    return Typed.from_bytes(_bytes_of(batch))


def _bytes_of(batch: ImportBatch) -> bytes:
    return sealing.unseal(bytes(batch.sealed_file or b""), context=FILE_CONTEXT)


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


def words_under(found: Found, tables: list[Plain], field: Field) -> set[str]:
    """What stands in the columns of a field, in the tables that are used."""
    return {
        text_of(row[column.index])
        for sheet, table in as_confirmed(found, tables)
        for column in table.columns
        if column.field is field
        for row in sheet.rows[table.first_row - 1 : table.last_row]
        if column.index < len(row)
    }


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
    batch: ImportBatch, found: Found, tables: list[Plain], kind: ListKind, said: dict[str, Any], at: datetime
) -> Staged:
    """Reads the confirmed tables and compares every row with the register, or with the names that wait. Stores nothing.

    Where no people are to be made of a kind of list nobody needs a door or a grid. `said`: what the user said beside
    the columns, as the list keeps it (`ImportBatch.choices`).
    """
    confirmed = as_confirmed(found, tables)
    people, unread = read_all(confirmed, batch.file_name, said.get("sexes"))
    for person in people:
        person.note, person.address = without_numbers(person.note), without_numbers(person.address)
    sheets = {sheet.name: sheet for sheet, _table in confirmed}
    cells = [sheets[person.sheet].row(person.row) for person in people]
    if kind.makes_names:
        return Staged(people, cells, names.judge(people, place=batch.grid, at=at), [None] * len(people), [], unread)
    digests = digests_of(people)
    if kind.readings is not None:
        judged, counts = readings.judge_rows(people, kind.readings, place=batch.grid, digests=digests, at=at)
        return Staged(people, cells, judged, digests, [], unread, counts)
    judged = judge(
        people, place=batch.grid, default_grid=said.get("grid"), digests=digests, grids_said=said.get("grids")
    )
    for row in judged:
        if not kind.taken_in and {code.partition(":")[0] for code in row.problems.values()} & NEEDED_FOR_DOORS:
            row.verdict, row.problems = "new", {}
    possible = twins.find(people, judged, batch.grid) if kind.taken_in else []
    return Staged(people, cells, judged, digests, possible, unread)


def write_rows(batch: ImportBatch, staged: Staged) -> None:
    """Stores the rows, sealed, in place of those staged before."""
    batch.twins.all().delete()
    batch.rows.all().delete()
    batch.blocks.all().delete()
    ids = reserve_ids(ImportRow, len(staged.people))
    staged_rows = zip(ids, staged.people, staged.cells, staged.judged, staged.digests, strict=True)
    rows = [StagedRow(*row) for row in staged_rows]
    made: list[blocks.Block] = []
    columns = (
        "id", "batch_id", "sheet", "number", "sealed_cells", "verdict", "problems", "resident_id", "household_id",
        "grid_id", "differing", "filling", "made_door",
    )  # fmt: skip
    lines = (copy_line(_columns(batch, row)).encode() for row in _while_sealing(rows, made))
    copy_lines(ImportRow._meta.db_table, columns, lines)
    blocks.write(batch, made)
    twins.write(batch, staged.possible, ids)


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
        _json(judged.differing), _json(judged.filling) if judged.filling else None, False,
    )  # fmt: skip


def _json(said: dict[str, str] | list[str]) -> str:
    return json.dumps(said) if said else str(said)

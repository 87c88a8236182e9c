"""What the rows of a list say, sealed: by blocks while the list waits, each for itself once a row is refused.

A block is gone with the commit; a row that is refused or left out stays for its author, and can be removed without its
neighbours.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q

from grid import sealing
from grid.bulk import copy_into
from residents.lists.cells import Cell, text_of
from residents.lists.matching import Judged
from residents.lists.new_people import new_line
from residents.lists.rows import PersonRow
from residents.models import ImportBatch, ImportBlock, ImportRow
from residents.rules.needs import Need

_ROW_CONTEXT, _ROWS_CONTEXT, _LINES_CONTEXT = "list row", "list rows", "list block"
_AT_ONCE = 200  # rows of a block: a page of the preview opens one or two
_DATES = frozenset({"birth_date", "isolation_start", "isolation_end"})
_KEPT = tuple(field.name for field in fields(PersonRow) if field.name not in ("sheet", "row", "problems"))
_kept_of = attrgetter(*_KEPT)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=text_of).encode
_COVERING = """
    SELECT sealed_rows FROM residents_importblock WHERE batch_id = %s
    AND EXISTS (SELECT FROM unnest(%s::bigint[]) AS wanted WHERE wanted BETWEEN first_row AND last_row) ORDER BY id"""


class StagedRow(NamedTuple):
    """A row on its way into the database: its id, what the list says, and what is to become of it."""

    key: int
    person: PersonRow
    cells: list[Cell]
    judged: Judged
    digest: bytes | None  # of the ID number


Said = tuple[PersonRow, list[str]]  # clean values, and the cells as texts


# -- one row --------------------------------------------------------------------------------------------------------


def pack(person: PersonRow, cells: Sequence[Cell]) -> bytes:
    """The clean values and the cells of a row, sealed."""
    said = {name: value for name, value in zip(_KEPT, _kept_of(person), strict=True) if value}
    return sealing.seal(_encode({"person": said, "cells": cells}).encode(), context=_ROW_CONTEXT)


def unpack(row: ImportRow) -> Said:
    """A row that is sealed for itself, as it was read."""
    plain = json.loads(sealing.unseal(bytes(row.sealed_cells or b""), context=_ROW_CONTEXT))
    return _said(row, plain["person"], plain["cells"])


def _said(row: ImportRow, plain: dict[str, Any], cells: list[Any]) -> Said:
    said: dict[str, Any] = {
        name: date.fromisoformat(value) if value and name in _DATES else value for name, value in plain.items()
    }
    for name in ("phones", "assumed"):
        said[name] = tuple(said.get(name, ()))
    said["check_ins"] = tuple(
        (date.fromisoformat(day), slot, degrees) for day, slot, degrees in said.get("check_ins", ())
    )
    said["needs"] = tuple(Need(*need) for need in said.get("needs", ()))
    return PersonRow(row.sheet, row.number, **said), [text_of(cell) for cell in cells]


# -- blocks ---------------------------------------------------------------------------------------------------------


Block = tuple[int, int, bytes, bytes | None]  # id of the first row and of the last, what they say, their lines


def sealed(rows: list[StagedRow]) -> Iterator[tuple[list[StagedRow], Block]]:
    """The rows that are not refused, some at a time, with the block they go into."""
    for verdict in ("new", "changed", "same", "verify"):
        group = [row for row in rows if row.judged.verdict == verdict]
        for begin in range(0, len(group), _AT_ONCE):
            some = group[begin : begin + _AT_ONCE]
            said = {"names": _KEPT, "rows": [(row.key, _kept_of(row.person), row.cells) for row in some]}
            whole = sealing.seal(_encode(said).encode(), context=_ROWS_CONTEXT)
            yield some, (some[0].key, some[-1].key, whole, lines(some) if verdict == "new" else None)


def write(batch: ImportBatch, blocks: Iterable[Block]) -> None:
    """Stores the blocks of a list."""
    columns = ("batch_id", "first_row", "last_row", "sealed_rows", "sealed_lines")
    copy_into(ImportBlock._meta.db_table, columns, ((batch.pk, *block) for block in blocks))


def lines(rows: list[StagedRow]) -> bytes:
    """The new rows as COPY takes them, sealed."""
    whole = "".join(new_line(row.key, row.person, row.judged, row.digest) for row in rows)
    return sealing.seal(whole.encode(), context=_LINES_CONTEXT)


def lines_of(batch: ImportBatch) -> list[bytes]:
    """The rows to be added, as COPY takes them."""
    sealed_lines = batch.blocks.exclude(sealed_lines=None).order_by("pk").values_list("sealed_lines", flat=True)
    return [sealing.unseal(bytes(sealed or b""), context=_LINES_CONTEXT) for sealed in sealed_lines]


def said_by(rows: Sequence[ImportRow]) -> list[Said]:
    """What rows of one list say, in their order: one query at most. Nothing of those that are forgotten."""
    in_blocks = _from_blocks([row for row in rows if row.sealed_cells is None])
    return [
        unpack(row) if row.sealed_cells else in_blocks.get(row.pk) or (PersonRow(row.sheet, row.number), [])
        for row in rows
    ]


def _from_blocks(rows: list[ImportRow]) -> dict[int, Said]:
    if not rows:
        return {}
    wanted = {row.pk: row for row in rows}
    found: dict[int, Said] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COVERING, [rows[0].batch_id, list(wanted)])
        for (sealed,) in cursor.fetchall():
            plain = json.loads(sealing.unseal(bytes(sealed), context=_ROWS_CONTEXT))
            for key, values, cells in plain["rows"]:
                if key in wanted:
                    found[key] = _said(wanted[key], dict(zip(plain["names"], values, strict=True)), cells)
    return found


def keep_what_goes_back(batch: ImportBatch) -> None:
    """Keeps of a list that is taken in what its author gets back: rows refused and rows left out. All else goes, for
    the register holds it now."""
    back = Q(verdict="refused") | Q(left_out=True)
    seal_each(list(batch.rows.filter(back, sealed_cells=None)))
    batch.rows.exclude(back).exclude(sealed_cells=None).update(sealed_cells=None)
    batch.blocks.all().delete()


def seal_each(rows: Sequence[ImportRow]) -> None:
    """Seals what these rows say each for itself, before their blocks go."""
    if not rows:
        return
    packed = [(row.pk, pack(*said)) for row, said in zip(rows, said_by(rows), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE residents_importrow w SET sealed_cells = n.sealed"
            " FROM unnest(%s::bigint[], %s::bytea[]) AS n (key, sealed) WHERE w.id = n.key",
            [[key for key, _said in packed], [said for _key, said in packed]],
        )

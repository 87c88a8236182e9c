"""What kind of list a file is, and what a street office said of its columns, to be matched at once next time."""

import hashlib
from dataclasses import replace
from datetime import datetime

from residents.lists.fields import Field
from residents.lists.headers import Table
from residents.lists.kinds import recognised
from residents.lists.refused_workbook import own_headers
from residents.lists.staging import Found, Plain, plain_tables
from residents.models import ColumnMemory, ImportBatch


def kind_of(found: Found, tables: list[Plain], file_name: str) -> str:
    """The key of the kind of list that these tables seem to be."""
    used = [table for table in tables if table["use"]] or tables
    fields = frozenset(Field(column["field"]) for table in used for column in table["columns"] if column["field"])
    return recognised(fields, " ".join([file_name, *(f"{table.title} {sheet.name}" for sheet, table in found)]))


def header_digest(table: Table) -> str:
    """By this the headers of a table are known again; "" where it has none."""
    # Refused rows that come back mended have headings of ours beside those of their list.
    own = [column for column in table.columns if column.header not in own_headers()]
    key = replace(table, columns=tuple(own)).header_key() if table.header_row else ""
    return hashlib.sha256(key.encode()).hexdigest() if key.strip("|") else ""


def recall(found: Found, tables: list[Plain], street_id: int) -> tuple[list[Plain], str]:
    """(the tables with their columns as the street office corrected them before, the kind it said or "").

    Temperatures are never recalled by their headers: those name other days each time, so nothing is remembered.
    """
    digests = [header_digest(table) for _sheet, table in found]
    said = {memory.headers: memory for memory in ColumnMemory.objects.filter(street=street_id, headers__in=digests)}
    recalled, kind = [], ""
    for digest, plain in zip(digests, tables, strict=True):
        memory = said.get(digest)
        if memory is None:
            recalled.append(plain)
            continue
        columns = [
            {**column, "field": memory.columns.get(str(column["index"]), column["field"])}
            for column in plain["columns"]
        ]
        recalled.append({**plain, "columns": columns, "recalled": True})
        kind = kind or memory.kind
    return recalled, kind


def remember(batch: ImportBatch, found: Found, tables: list[Plain], kind: str, at: datetime) -> None:
    """Keeps what was said of the columns where it is not what the reading proposes by itself; else forgets it."""
    street_id = batch.grid.street_id or 0
    kind_proposed = kind_of(found, plain_tables(found), batch.file_name)
    for (_sheet, table), plain in zip(found, tables, strict=True):
        digest = header_digest(table)
        if not digest or not plain["use"]:
            continue
        proposed = {column.index: column.field.value if column.field else "" for column in table.columns}
        said = {column["index"]: column["field"] for column in plain["columns"]}
        if said == proposed and kind == kind_proposed:
            ColumnMemory.objects.filter(street=street_id, headers=digest).delete()
        else:
            ColumnMemory.objects.update_or_create(
                street_id=street_id, headers=digest, defaults={"kind": kind, "columns": said, "said_at": at}
            )

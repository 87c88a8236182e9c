"""Many rows at once: COPY through the connection of the running transaction."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from psycopg import sql


def copy_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes rows by COPY. `fields` are attribute names (`grid_id`); values are what the driver takes as they are."""
    column_of = {field.attname: str(field.column) for field in model._meta.concrete_fields}
    copy_into(model._meta.db_table, [column_of[field] for field in fields], rows)


def copy_into(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes rows by COPY into a table named directly (a temporary one)."""
    with connection.cursor() as cursor, cursor.copy(_copy_statement(table, columns)) as copy:
        for row in rows:
            copy.write_row(row)


def copy_lines(table: str, columns: Sequence[str], blocks: Iterable[bytes]) -> None:
    """Writes lines that `copy_line` made before."""
    with connection.cursor() as cursor, cursor.copy(_copy_statement(table, columns)) as copy:
        for block in blocks:
            copy.write(block)


def _copy_statement(table: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )


_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\v": "\\v", "\f": "\\f"})
_QUOTED = str.maketrans({"\\": "\\\\", '"': '\\"'})


def copy_line(values: Sequence[Any]) -> str:
    """One row as COPY reads text: None, texts, numbers, dates, bytes and lists of texts."""
    return "\t".join(map(_copy_value, values)) + "\n"


def _copy_value(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value if value.isalnum() else value.translate(_ESCAPED)
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    if isinstance(value, list | tuple):
        if all(map(str.isdecimal, value)):  # phones: no quotes needed
            return "{" + ",".join(value) + "}"
        return ("{" + ",".join(f'"{part.translate(_QUOTED)}"' for part in value) + "}").translate(_ESCAPED)
    return str(value)


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """The next `count` ids of a model's sequence, for rows that point at each other before they are written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]

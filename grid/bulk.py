"""Many rows at once: COPY through the connection of the running transaction."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection, models
from psycopg import sql

_AT_ONCE = 32_768  # bytes handed to the database


def copy_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes rows by COPY. `fields` are attribute names (`grid_id`); values are what the driver takes as they are."""
    column_of = {field.attname: str(field.column) for field in model._meta.concrete_fields}
    copy_into(model._meta.db_table, [column_of[field] for field in fields], rows)


def copy_into(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes rows by COPY into a table named directly (a temporary one)."""
    with connection.cursor() as cursor, cursor.copy(_copy_statement(table, columns)) as copy:
        for row in rows:
            copy.write_row(row)


def copy_lines(table: str, columns: Sequence[str], lines: Iterable[bytes]) -> None:
    """Writes lines that `copy_line` made; the database works on some while the next are made."""
    with connection.cursor() as cursor, cursor.copy(_copy_statement(table, columns)) as copy:
        waiting, size = [], 0
        for line in lines:
            waiting.append(line)
            size += len(line)
            if size > _AT_ONCE:
                copy.write(b"".join(waiting))
                waiting, size = [], 0
        copy.write(b"".join(waiting))


def update_rows(model: type[models.Model], fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """Writes fields of many rows by one UPDATE; each row is (id, value, …) in the order of `fields`. How many it met.

    Cost grows with the rows, where Django's `bulk_update` builds a CASE of all rows for every field. `fields` are
    attribute names (`grid_id`); none of them may be an array.
    """
    if not rows:
        return 0
    named = {field.attname: field for field in model._meta.concrete_fields}
    written = [named[name] for name in fields]
    columns = [[value if name == "id" else named[name].get_db_prep_save(value, connection)
                for value in values]
               for name, values in zip(["id", *fields], zip(*rows, strict=True), strict=True)]  # fmt: skip
    types = [str(field.db_type(connection)).partition("(")[0] for field in (named["id"], *written)]
    names = [sql.Identifier(str(field.column)) for field in written]
    sets = [sql.SQL("{0} = new.{0}").format(name) for name in names]
    statement = sql.SQL("UPDATE {table} SET {sets} FROM unnest({arrays}) AS new ({names}) WHERE {table}.id = new.id")
    with connection.cursor() as cursor:
        cursor.execute(
            statement.format(  # as a string: the history's triggers read statements
                table=sql.Identifier(model._meta.db_table), sets=sql.SQL(", ").join(sets),
                arrays=sql.SQL(", ").join(sql.SQL("%s::" + kind + "[]") for kind in types),
                names=sql.SQL(", ").join([sql.Identifier("id"), *names]),
            ).as_string(None),
            columns,
        )  # fmt: skip
        return int(cursor.rowcount)


def look_at(table: str, *columns: str) -> None:
    """Tells the planner what a temporary table holds: a sample of these columns, by which statements find their way."""
    names = ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        # A tenth of the usual sample: it says unique or not just as well.
        cursor.execute("SET LOCAL default_statistics_target = 10")
        cursor.execute(f"ANALYZE {connection.ops.quote_name(table)} ({names})")
        cursor.execute("SET LOCAL default_statistics_target TO DEFAULT")


def _copy_statement(table: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )


_ESCAPED = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\v": "\\v", "\f": "\\f"}
_QUOTED = str.maketrans({"\\": "\\\\", '"': '\\"'})


def copy_line(values: Sequence[Any]) -> str:
    """One row as COPY reads text: None, texts, numbers, dates, bytes and lists of texts."""
    return "\t".join([
        value if type(value) is str and value.isprintable() and "\\" not in value  # most of them
        else _WRITERS.get(type(value), str)(value)
        for value in values
    ]) + "\n"  # fmt: skip


def _copy_text(text: str) -> str:
    for sign, escaped in _ESCAPED.items():
        text = text.replace(sign, escaped)
    return text


def _copy_list(parts: Sequence[str]) -> str:
    if all(map(str.isdecimal, parts)):  # phones, most of them
        return "{" + ",".join(parts) + "}"
    return _copy_text("{" + ",".join([f'"{part.translate(_QUOTED)}"' for part in parts]) + "}")


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: _copy_text,
    type(None): lambda _nothing: "\\N",
    bytes: lambda value: "\\\\x" + value.hex(),
    list: _copy_list,
    tuple: _copy_list,
}


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """The next `count` ids of a model's sequence, for rows that point at each other before they are written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH its AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence)"
            " SELECT nextval(its.sequence) FROM its, generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]

"""Taking a list of 20,000 people in: reading, preview and commit, against calamine + COPY into one bare table.

Run by `make bench ARGS=lists`. Prints seconds and the ratio to the floor, measured in the same run. The file is made
here, so that no list of anybody is needed.
"""

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from time import perf_counter
from typing import Any

import django
import python_calamine

django.setup()

from django.db import connection  # noqa: E402  (the apps must be loaded first)
from django.utils import timezone  # noqa: E402
from xlsxwriter import Workbook  # noqa: E402

from grid.bulk import copy_into  # noqa: E402
from grid.rules.actors import Actor  # noqa: E402
from residents.actions import lists as deeds  # noqa: E402
from residents.lists import kinds, staging  # noqa: E402
from residents.lists.headers import find_tables  # noqa: E402
from residents.lists.reading import read_sheets  # noqa: E402
from residents.models import ImportBatch, Resident  # noqa: E402
from tests.databases import TestDatabases, connected_to  # noqa: E402
from tests.factories.residents import make_id_number  # noqa: E402
from tests.residents.lists.support import make_street  # noqa: E402

ROWS = 20_000


def roster(rows: int, first: int = 0) -> bytes:
    """A roster of invented people, two a door; `first` makes other people of them."""
    book = BytesIO()
    with Workbook(book, {"constant_memory": True}) as target:
        sheet = target.add_worksheet("居民")
        sheet.write_row(0, 0, ("序号", "居民姓名", "公民身份号码", "性别", "联系电话", "家庭住址", "备注"))
        for line in range(rows):
            number = first + line
            born = date(1950, 1, 1) + timedelta(days=number % 25_000)
            door = number // 2
            address = f"望江花园{door // 200 + 1}栋{door // 50 % 4 + 1}单元{door % 50 // 2 + 1}{door % 2 + 1:02}室"
            name = "王李张刘陈"[number % 5] + chr(0x4E00 + number % 5000) + chr(0x4E00 + number // 7 % 5000)
            values = (
                str(number + 1),
                name,
                make_id_number(born, "M", number % 500 + number // 25_000),
                "男",
                f"1990{number:07}",
                address,
                "",
            )
            sheet.write_row(line + 1, 0, values)
    return book.getvalue()


def clocked(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds and answer of a piece of work."""
    began = perf_counter()
    answer = work()
    return perf_counter() - began, answer


def floor(data: bytes) -> None:
    """The least that must happen: read the cells, COPY them into a table without an index."""
    rows = python_calamine.CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bare (a text, b text, c text, d text, e text, f text, g text)")
    copy_into("bare", tuple("abcdefg"), (tuple(map(str, row)) for row in rows))


def measure() -> None:
    """Takes one list in and prints what it cost."""
    street = make_street()
    data, by, at = roster(ROWS), Actor.staff(street.lead.pk), timezone.now()
    read, found = clocked(lambda: find_tables(read_sheets(data, "roster.xlsx")))
    tables = staging.plain_tables(found)
    batch, _fresh = deeds.receive_list(
        place=street.community,
        kind=kinds.RESIDENTS.key,
        file_name="roster.xlsx",
        data=data,
        tables=tables,
        by=by,
        at=at,
    )

    def look() -> None:
        found = staging.open_file(batch)
        staged = staging.stage(batch, found, tables, street.grid.pk)
        choices = {"grid": street.grid.pk, "isolation": None, "reason": ""}
        deeds.keep_preview(
            batch=batch, found=found, staged=staged, tables=tables, kind=batch.kind, choices=choices, by=by, at=at
        )

    preview, _none = clocked(look)
    seen = ImportBatch.unscoped.select_related("grid").get(pk=batch.pk)
    deeds.ask_commit(batch=seen, reading=1, use_list=[], by=by, at=at)
    seen = ImportBatch.unscoped.select_related("grid").get(pk=batch.pk)
    commit, _done = clocked(lambda: deeds.take_in(batch=seen, by=by, at=at))
    bare, _none = clocked(lambda: floor(data))
    if Resident.unscoped.count() != ROWS:
        raise SystemExit("not every row arrived")
    ours = preview + commit  # the preview reads the file itself
    print(f"{ROWS} rows: read {read:.2f} s, read + preview {preview:.2f} s, commit {commit:.2f} s")
    print(f"{ROWS / ours:,.0f} rows/s; floor (calamine + COPY) {bare:.2f} s; ratio {ours / bare:.1f}")


if __name__ == "__main__":
    databases = TestDatabases()
    with connected_to(databases.clone()):  # the next session drops the clone: autovacuum may be at work in it now
        measure()
    databases.close()

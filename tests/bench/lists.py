"""Taking a list of 20,000 people in: reading, preview and commit, against a floor and a peer.

Run by `make bench ARGS=lists`. The floor: calamine + COPY of the same cells into one bare table. The peer: stock
django-import-export with the same file, fields and database, for 2,000 rows, saved at once without the preview of its
own pages. All in turn and several times, and the median counts, so that the ratios hold on a busy machine too. In the
environment: `LIST=path` takes that list in as well, and `ROWS_IN_REGISTER=20000,1000000` takes lists into registers of
these sizes. The other files are made here, so that no list of anybody is needed.
"""

import os
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import django
import python_calamine

django.setup()

from django.db import connection, connections  # noqa: E402  (the apps must be loaded first)
from django.utils import timezone  # noqa: E402
from import_export import fields, resources, widgets  # noqa: E402
from tablib import Dataset  # noqa: E402
from xlsxwriter import Workbook  # noqa: E402

from grid.bulk import copy_into  # noqa: E402
from grid.rules.actors import Actor  # noqa: E402
from residents import identity  # noqa: E402
from residents.actions import lists as deeds  # noqa: E402
from residents.lists import kinds, staging  # noqa: E402
from residents.lists.headers import find_tables  # noqa: E402
from residents.lists.reading import read_sheets  # noqa: E402
from residents.models import Household, ImportBatch, Resident  # noqa: E402
from residents.rules import addresses, id_numbers  # noqa: E402
from tests.bench._city import build  # noqa: E402
from tests.databases import TestDatabases, connected_to  # noqa: E402
from tests.factories.residents import make_id_number  # noqa: E402
from tests.residents.lists.support import Street, make_street  # noqa: E402

ROWS, ROWS_OF_PEER, TIMES = 20_000, 2_000, 3
_COLUMNS = tuple("abcdefg")  # of the floor's table
SIZES = [int(size) for size in os.environ.get("ROWS_IN_REGISTER", "").split(",") if size]


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
            address = f"机床厂宿舍{door // 200 + 1}栋{door // 50 % 4 + 1}单元{door % 50 // 2 + 1}{door % 2 + 1:02}室"
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


def floor(data: bytes) -> float:
    """The least that must happen: read the cells, COPY them into a table without an index. Its seconds."""
    make_bare_table()
    return clocked(lambda: _read_and_copy(data))[0]


def _read_and_copy(data: bytes) -> None:
    rows = python_calamine.CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python()
    copy_into("bare", _COLUMNS, (tuple(map(str, row)) for row in rows))


def make_bare_table() -> None:
    """What the floor writes into; the portal's own role makes no tables."""
    role = connection.ops.quote_name(connection.settings_dict["USER"])
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"CREATE TABLE bare ({', '.join(f'{name} text' for name in _COLUMNS)})")
        cursor.execute(f"GRANT INSERT ON bare TO {role}")


def measure(street: Street, data: bytes) -> tuple[float, float, float]:
    """Takes one list in: seconds of reading, of reading and preview, of the commit."""
    by, at = Actor.staff(street.lead.pk), timezone.now()
    read, found = clocked(lambda: find_tables(read_sheets(data, "roster.xlsx")))
    tables = staging.plain_tables(found)
    batch, _fresh = deeds.receive_list(
        place=street.community, kind=kinds.RESIDENTS.key, file_name="roster.xlsx", data=data, tables=tables,
        by=by, at=at,
    )  # fmt: skip

    def look() -> None:
        found = staging.open_file(batch)
        staged = staging.stage(batch, found, tables, kinds.RESIDENTS, {"grid": street.grid.pk}, at)
        choices = {"grid": street.grid.pk, "isolation": None, "reason": ""}
        deeds.keep_preview(
            batch=batch, found=found, staged=staged, tables=tables, kind=batch.kind, choices=choices, by=by, at=at
        )

    preview, _none = clocked(look)
    seen = ImportBatch.unscoped.select_related("grid").get(pk=batch.pk)
    deeds.ask_commit(batch=seen, reading=1, use_list=[], by=by, at=at)
    seen = ImportBatch.unscoped.select_related("grid").get(pk=batch.pk)
    before = Resident.unscoped.count()
    commit, _done = clocked(lambda: deeds.take_in(batch=seen, by=by, at=at))
    done = ImportBatch.unscoped.get(pk=batch.pk)
    new = done.counts["new"]  # of a city some have a number of the list
    if Resident.unscoped.count() != before + new or new < done.rows_total * 0.9:
        raise SystemExit(f"{new} rows arrived")
    return read, preview, commit


class _Phones(widgets.Widget):  # type: ignore[misc]  # the library is untyped
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[str]:
        return [value]


class _Digest(widgets.Widget):  # type: ignore[misc]
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bytes:
        return identity.digest_of(id_numbers.IdNumber(id_numbers.IdType.RESIDENT, value))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return value.hex() if value else ""


class _Sex(widgets.Widget):  # type: ignore[misc]
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return {"男": "M", "女": "F"}[value]


class StockResource(resources.ModelResource):  # type: ignore[misc]
    """The library as it comes: one row after another, found by the digest of the ID, saved by `save`."""

    name = fields.Field("name", "居民姓名")
    id_digest = fields.Field("id_digest", "公民身份号码", widget=_Digest())
    sex = fields.Field("sex", "性别", widget=_Sex())
    phones = fields.Field("phones", "联系电话", widget=_Phones())
    note = fields.Field("note", "备注")

    class Meta:
        model = Resident
        fields = ("name", "id_digest", "sex", "phones", "note")
        import_id_fields = ("id_digest",)
        use_transactions = True

    def __init__(self, street: Street) -> None:
        super().__init__()
        self.street = street

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """The library sets the sequence anew; the portal's role may not, and nothing needs it."""

    def get_queryset(self) -> Any:
        return Resident.unscoped.all()

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        door = addresses.parse(row["家庭住址"]) or addresses.Door()
        parts = {"compound": door.compound, "building": door.building, "unit": door.unit, "room": door.room}
        grid = self.street.grid
        instance.household, _made = Household.unscoped.get_or_create(
            grid=grid, street_id=grid.street_id, **identity.prepare_door(**parts)
        )
        number = id_numbers.IdNumber(id_numbers.IdType.RESIDENT, row["公民身份号码"])
        for name, value in identity.prepare_person(name=instance.name, id_number=number).items():
            setattr(instance, name, value)
        instance.grid_id, instance.street_id, instance.note = grid.pk, grid.street_id, instance.note or ""


def peer(street: Street, data: bytes) -> None:
    """Stock django-import-export: the same file, fields and database."""
    dataset = Dataset().load(data, format="xlsx")
    result = StockResource(street).import_data(dataset, dry_run=False, raise_errors=True)
    if result.totals["new"] != ROWS_OF_PEER:
        raise SystemExit(f"the peer took in {dict(result.totals)}")


def in_new_registers(databases: TestDatabases, *works: Callable[[Street], Any]) -> list[list[Any]]:
    """What each work answers in an empty register of its own, all in turn, some times over."""
    answers: list[list[Any]] = [[] for _work in works]
    for _time in range(TIMES):
        for work, found in zip(works, answers, strict=True):
            with connected_to(databases.clone()):
                found.append(work(make_street()))
    return answers


def medians(runs: list[tuple[float, float, float]]) -> str:
    """The middle one of each figure, in words."""
    read, preview, commit = (median(figures) for figures in zip(*runs, strict=True))
    return f"read {read:.2f} s, read + preview {preview:.2f} s, commit {commit:.2f} s"


def main(databases: TestDatabases) -> None:
    """Prints what a list costs, as seconds and as ratios of one run."""
    if path := os.environ.get("LIST"):
        (runs,) = in_new_registers(databases, lambda street: measure(street, Path(path).read_bytes()))
        print(f"{Path(path).name}: {medians(runs)}", flush=True)
    data, few = roster(ROWS), roster(ROWS_OF_PEER)
    runs, bare, stock = in_new_registers(
        databases,
        lambda street: measure(street, data),
        lambda _street: floor(data),
        lambda street: clocked(lambda: peer(street, few))[0],
    )
    ours = [preview + commit for _read, preview, commit in runs]  # the preview reads the file itself
    by_floor = median(one / least for one, least in zip(ours, bare, strict=True))
    by_peer = median(other * ROWS / ROWS_OF_PEER / one for one, other in zip(ours, stock, strict=True))
    print(f"{ROWS} rows: {medians(runs)}: {ROWS / median(ours):,.0f} rows/s")
    print(f"floor (calamine + COPY) {median(bare):.2f} s: ours takes {by_floor:.1f} times as long")
    print(
        f"stock django-import-export: {ROWS_OF_PEER / median(stock):,.0f} rows/s; ours is {by_peer:.0f} times as fast"
    )
    first = 0.0
    for size in SIZES:
        with connected_to(databases.clone()):
            city = build(size, timezone.now())
            place = Street(city.grid.parent, city.grid, city.grid, city.grid, city.lead)
            # Lists of other people each time, into the same register.
            runs = [measure(place, roster(ROWS, first=number * ROWS)) for number in range(TIMES)]
            _read, preview, commit = (median(figures) for figures in zip(*runs, strict=True))
            first = first or commit
            print(
                f"{size:,} in the register: preview {preview:.2f} s, commit {commit:.2f} s: {commit / first:.2f} times"
            )


if __name__ == "__main__":
    sessions = TestDatabases()
    main(sessions)  # the next session drops the clones: autovacuum may be at work in them now
    sessions.close()

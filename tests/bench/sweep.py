"""The sweep at 100,000 open cases with 3,000,000 check-ins, and 今天 of one grid there and at 1,000 open cases.

Run by `make bench ARGS=sweep` (`SWEEP_CASES=20000` in the environment measures another size). A sweep that finds 500
people newly silent stands beside one that finds nothing, and 今天 is asked for in both registers, each in turns.
Milliseconds. Everybody of these registers isolates, sixty in a grid; the check-ins are written by the database.
"""

import os
from datetime import datetime, timedelta
from importlib import import_module
from time import perf_counter

import django
from django.conf import settings

django.setup()

from django.core.management import call_command  # noqa: E402  (the apps must be loaded first)
from django.db import connection, connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from grid.rules.clock import local_day  # noqa: E402
from quarantine.actions.sweeps import sweep  # noqa: E402
from quarantine.models import Alert, IsolationCase, SweepMark  # noqa: E402
from tests.bench import _city  # noqa: E402
from tests.databases import TestDatabases, connected_to  # noqa: E402

CASES = int(os.environ.get("SWEEP_CASES", "100000"))
FEW, OF_GRID, CHECK_INS, DUE = 1_000, 60, 30, 500
ROUNDS, ASKED = 5, 8
_KEYS = """
    SELECT format('ALTER TABLE quarantine_checkin DROP CONSTRAINT %I', conname) FROM pg_constraint
    WHERE conrelid = 'quarantine_checkin'::regclass AND contype IN ('f', 'u')"""
_WRITE = """
    INSERT INTO quarantine_checkin (
        uuid, case_id, grid_id, local_day, slot, observed_at, received_at, temperature, symptoms_asked, symptoms,
        outcome, reached, abnormal, channel, withdrawn, note
    )
    SELECT
        gen_random_uuid(), c.id, c.grid_id, %(day)s::date - n / 2, CASE n %% 2 WHEN 0 THEN 'morning' ELSE 'evening' END,
        %(at)s - n * interval '12 hours', %(at)s - n * interval '12 hours', 36.5, true, '{}',
        '', true, false, 'visit', false, ''
    FROM quarantine_isolationcase c, generate_series(1, %(number)s) n"""


def ms(began: float) -> float:
    """Milliseconds since then."""
    return (perf_counter() - began) * 1000


def built(databases: TestDatabases, cases: int, at: datetime) -> tuple[str, _city.City]:
    """A register in which everybody isolates and was reached an hour ago."""
    _city.GRID = OF_GRID
    name, began, indexed = databases.clone(), perf_counter(), _city.INDEXED
    with connected_to(name):
        city = _city.build(cases, at, isolated=1.0)
        day, words = local_day(at), {"at": at, "day": local_day(at), "number": CHECK_INS}
        IsolationCase.unscoped.update(
            first_day=day - timedelta(days=3), last_day=day + timedelta(days=10), opened_at=at - timedelta(days=3),
            last_reached_at=at - timedelta(hours=1), look_at=at + timedelta(days=1),
        )  # fmt: skip
        _city.INDEXED = ("quarantine_checkin",)
        with connections["owner"].cursor() as cursor:
            cursor.execute(_KEYS)
            for (statement,) in cursor.fetchall():
                cursor.execute(statement)  # the rows are sound, and these databases are thrown away
            with _city._without_indexes():
                cursor.execute(_WRITE, words)
            cursor.execute("VACUUM ANALYZE")
        _city.INDEXED = indexed
    rows = f"{city.cases:,} open cases, {city.cases * CHECK_INS:,} check-ins"
    print(f"{rows}: built in {perf_counter() - began:.0f} s", flush=True)
    return name, city


def make_due(at: datetime, turn: int) -> None:
    """Five hundred others whose silence of two slots ends now; nothing of the grids is due."""
    known = dict.fromkeys(("last_reached_at", "last_asked_at", "last_measured_at"))
    ids = list(IsolationCase.unscoped.order_by("pk").values_list("pk", flat=True)[turn * DUE : (turn + 1) * DUE])
    IsolationCase.unscoped.filter(pk__in=ids).update(look_at=at, **known)


def sweeps(name: str, at: datetime) -> tuple[list[float], list[float]]:
    """Times of a sweep that finds them, and of one that finds nothing."""
    finding, empty = [], []
    with connected_to(name):
        SweepMark.objects.create(key="sweep", at=at - timedelta(minutes=1))
        sweep(at=at)  # the items of grids, which come once a slot and a day
        for turn in range(ROUNDS):
            now = at + timedelta(seconds=turn + 1)
            make_due(now, turn)
            before, began = Alert.unscoped.filter(case__isnull=False).count(), perf_counter()
            sweep(at=now)
            finding.append(ms(began))
            if Alert.unscoped.filter(case__isnull=False).count() != before + DUE:
                raise SystemExit("the sweep did not find the five hundred")
            began = perf_counter()
            sweep(at=now)
            empty.append(ms(began))
    return finding, empty


def today(registers: list[tuple[str, _city.City]]) -> list[list[float]]:
    """今天 of one grid in each register, in turns."""
    times: list[list[float]] = [[] for _register in registers]
    for _turn in range(ROUNDS):
        for found, (name, city) in zip(times, registers, strict=True):
            with connected_to(name):
                client = Client(headers={"accept-language": "zh-hans"})
                client.force_login(city.worker)
                for asked in range(ASKED + 1):
                    began = perf_counter()
                    if client.get("/today/").status_code != 200:
                        raise SystemExit("今天 did not answer")
                    found.extend([ms(began)] if asked else [])
    return times


def p50(times: list[float]) -> float:
    """The middle one."""
    return sorted(times)[len(times) // 2]


if __name__ == "__main__":
    import_module(settings.ROOT_URLCONF)  # now: the sources may change while the registers are built
    call_command("collectstatic", interactive=False, verbosity=0)
    at = timezone.now()
    databases = TestDatabases()
    few, many = (built(databases, cases, at) for cases in (FEW, CASES))
    small, large = today([few, many])
    asked, ratio = len(large), p50(large) / p50(small)
    print(f"今天 of one grid, p50 of {asked}: {p50(small):.1f} and {p50(large):.1f}, ratio {ratio:.2f}")
    for label, times in zip((f"finds {DUE}", "finds nothing"), sweeps(many[0], at), strict=True):
        print(f"a sweep that {label}: best {min(times):.0f}, p50 {p50(times):.0f}")
    connection.close()
    for name, _built_city in (few, many):
        databases.drop(name)
    databases.close()

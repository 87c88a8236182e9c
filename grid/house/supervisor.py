"""Keeps the processes of a house: starts them, restarts what dies, stops them in order. One thread, one loop."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from grid.house.environment import ROOT, Home, HouseError, private_folder
from grid.house.processes import Register, open_log

_TICK = 0.1  # seconds
_LONGEST_PAUSE = 15.0  # seconds before a service that keeps dying is tried again
_GOOD_RUN = 60.0  # seconds after which a service counts as healthy again


class Stopped(Exception):
    """Somebody asked the house to stop."""


@dataclass
class Service:
    """One long-running process: how it starts, which signal asks it to stop, how long it may take (seconds)."""

    name: str
    argv: Sequence[str | Path]
    env: Mapping[str, str]
    stop_signal: int = signal.SIGTERM
    patience: float = 30.0
    death_signal: int = signal.SIGTERM  # what the kernel sends it when the supervisor is killed
    cwd: Path = ROOT
    user: int | None = None
    group: int | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    since: float = 0.0
    pause: float = 0.0
    again_at: float = 0.0


class Supervisor:
    """A context: inside it the house's lock is held; leaving it stops every service, the last started first."""

    def __init__(self, home: Home, say: Callable[[str], None] | None = None) -> None:
        self.home = home
        self.say = say or (lambda text: print(text, flush=True))
        self.logs = private_folder(home.path / "log")
        self.register = Register(home.path)
        self.services: list[Service] = []
        self.asked_to_stop = 0

    def __enter__(self) -> "Supervisor":
        self.register.take()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
                signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_error: object) -> None:
        for service in reversed(self.services):
            self.stop(service)
        self.register.release()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_stop += 1

    def pause(self, seconds: float = _TICK) -> None:
        """Waits; raises Stopped when a signal has come."""
        if self.asked_to_stop:
            raise Stopped
        time.sleep(seconds)
        if self.asked_to_stop:
            raise Stopped

    def start(self, service: Service) -> None:
        """Starts a service and keeps it from now on."""
        if service not in self.services:
            self.services.append(service)
        with open_log(self.logs, service.name) as log:
            service.process = self.register.spawn(
                service.argv,
                env=service.env,
                output=log,
                death_signal=service.death_signal,
                cwd=service.cwd,
                user=service.user,
                group=service.group,
            )
        service.since = time.monotonic()

    def run(self, argv: Sequence[str | Path], env: Mapping[str, str]) -> int:
        """Runs one command to its end, on our own output; raises Stopped (and ends it) when a signal comes."""
        process = self.register.spawn(argv, env=env, cwd=ROOT)
        try:
            while process.poll() is None:
                self.pause(0.02)
                self.look_after()
        finally:
            for how in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
                if process.poll() is None:
                    process.send_signal(how)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(10)
        return process.returncode

    def manage(self, *words: str, env: Mapping[str, str]) -> None:
        """Runs a `manage.py` command; raises HouseError when it fails."""
        if code := self.run([sys.executable, "manage.py", *words], env):
            raise HouseError(f"`manage.py {' '.join(words)}` failed ({code}); see above.")

    def look_after(self) -> None:
        """Restarts what has died: at once the first time, then after ever longer pauses."""
        now = time.monotonic()
        for service in self.services:
            if service.process is None:
                if now >= service.again_at:
                    self.start(service)
                continue
            code = service.process.poll()
            if code is None:
                continue
            self._end_group(service.process.pid)  # its own children cannot work without it
            service.pause = 0.2 if now - service.since > _GOOD_RUN else min(_LONGEST_PAUSE, (service.pause or 0.1) * 2)
            service.process, service.again_at = None, now + service.pause
            self.say(f"{service.name} ended ({code}); starting it again. Its log: {self.logs / service.name}.log")

    def watch(self) -> None:
        """Looks after the services until a signal comes."""
        try:
            while True:
                self.look_after()
                self.pause(0.2)
        except Stopped:
            return

    def tail(self, name: str, lines: int = 15) -> str:
        """The end of a service's log, for an error text."""
        file = self.logs / f"{name}.log"
        return "\n".join(file.read_text(errors="replace").splitlines()[-lines:]) if file.exists() else ""

    def stop(self, service: Service) -> None:
        """Asks the main process alone to stop, so that tasks in flight finish; a second Ctrl-C shortens the wait."""
        process = service.process
        if process is None:
            return
        before = self.asked_to_stop
        if process.poll() is None:
            process.send_signal(service.stop_signal)
        deadline = time.monotonic() + service.patience
        while process.poll() is None and time.monotonic() < deadline:
            if self.asked_to_stop > max(before, 1):
                deadline = min(deadline, time.monotonic() + 3)
                before = self.asked_to_stop
            time.sleep(0.02)
        if process.poll() is None:
            process.kill()
            process.wait()
        self._end_group(process.pid)
        service.process = None

    @staticmethod
    def _end_group(pid: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)

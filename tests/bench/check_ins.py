"""10,000 check-ins for 10,000 people, pushed by 200 connections as fast as the server takes them.

Run by `make bench ARGS=check_ins`. The portal's own web server (gunicorn, 2 × 4 threads) stands before a city of a
clone's own; each connection is logged in as the worker of a grid and taps a temperature for the people of that grid.
Beside it, in turns in the same run, a view behind the same middleware, login and scope that inserts one row. Twice: as
a form without script (answered by a way on), and as a tap of the round (answered by the round itself, next door open).
"""

import asyncio
import os
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import quantiles
from urllib.parse import urlencode
from uuid import uuid4

import django

django.setup()

from django.db import connection  # noqa: E402  (the apps must be loaded first)
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from grid.house.environment import ROOT  # noqa: E402
from grid.models import Place  # noqa: E402
from grid.rules.permissions import Role  # noqa: E402
from quarantine.models import CheckIn, IsolationCase  # noqa: E402
from tests.bench._city import build  # noqa: E402
from tests.databases import TestDatabases, connected_to  # noqa: E402
from tests.factories.grid import make_staff  # noqa: E402

CASES = int(os.environ.get("CHECK_INS", "10000"))
CONNECTIONS = 200
IN_A_GRID = 60  # open cases, as in a real one at the peak
FLOOR_SHARE = 5  # of the bare view one push in five is enough for its rate
PORT = 18999
TOKEN = "b" * 32  # of the form: the same in cookie and header


@dataclass
class Pushed:
    """What one run gave: seconds of each answer, and what was answered."""

    seconds: list[float] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    whole: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.whole

    def line(self, name: str) -> str:
        """The run in a line."""
        p95 = quantiles(self.seconds, n=20, method="inclusive")[-1]
        return f"{name:<28}{self.rate:>8.0f}/s  p95 {p95:>6.2f} s  {dict(self.answers)}"


@dataclass(frozen=True)
class Push:
    """One request of a connection."""

    path: str
    cookie: str
    body: str
    part: bool

    def lines(self) -> bytes:
        """The request as it goes over the wire."""
        headers = {
            "Host": f"127.0.0.1:{PORT}", "Cookie": f"{self.cookie}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN,
            "Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(self.body)),
            "Accept-Language": "zh-hans", "Accept-Encoding": "gzip",
        }  # fmt: skip
        if self.part:
            headers["HX-Request"] = "true"
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST {self.path} HTTP/1.1\r\n{head}\r\n{self.body}".encode()


async def connect(pushes: list[Push], pushed: Pushed) -> None:
    """One connection: each answer is awaited before the next push; the connection is made anew where it was closed."""
    reader = writer = None
    for push in pushes:
        began = time.perf_counter()
        for last in (False, True):
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
                writer.write(push.lines())
                answer = await _answer(reader)
                break
            except (OSError, asyncio.IncompleteReadError) as fault:  # kept open too long: the server closed it
                writer, answer = None, type(fault).__name__
                if last:
                    break
        pushed.seconds.append(time.perf_counter() - began)
        pushed.answers[answer] += 1
    if writer is not None:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> str:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = next((int(line[15:]) for line in head.lower().split("\r\n") if line.startswith("content-length:")), None)
    if length:
        await reader.readexactly(length)
    elif length is None and "transfer-encoding: chunked" in head.lower():
        while size := int((await reader.readline()).strip(), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    return head.split(" ", 2)[1]


def push_all(pushes: list[Push]) -> Pushed:
    """Spreads the pushes over the connections."""
    pushed = Pushed()

    async def everybody() -> None:
        await asyncio.gather(*(connect(pushes[number::CONNECTIONS], pushed) for number in range(CONNECTIONS)))

    began = time.perf_counter()
    asyncio.run(everybody())
    pushed.whole = time.perf_counter() - began
    return pushed


def cookies() -> dict[int, str]:
    """A logged-in worker for each grid with open cases: the cookie of her session, by the grid's id."""
    found = {}
    for grid in Place.objects.filter(pk__in=IsolationCase.unscoped.values("grid")).order_by("pk"):
        client = Client()
        client.force_login(make_staff(Role.GRID_WORKER, grid))
        found[grid.pk] = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return found


def tap(case_id: int, cookie: str, part: bool) -> Push:
    """36.5, tapped for the person."""
    body = urlencode({"uuid": str(uuid4()), "whole": "36", "tenth": "5"})
    return Push(f"/cases/{case_id}/check-ins/", cookie, body, part)


def serve(database: str) -> subprocess.Popen[bytes]:
    """The portal's web server at the clone; returns once it answers."""
    address = os.environ["DATABASE_URL"]
    before, _slash, name = address.rpartition("/")
    address = f"{before}/{database}" + "".join(name.partition("?")[1:])
    env = {**os.environ, "DATABASE_URL": address, "DATABASE_POOL": "true"}
    env.pop("DATABASE_OWNER_URL", None)
    argv = [sys.executable, "-m", "gunicorn", "tests.bench._floor:application", "--bind", f"127.0.0.1:{PORT}"]
    argv += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--no-control-socket", "--timeout", "60"]
    argv += ["--log-level", "error", "--backlog", "2048"]
    process = subprocess.Popen(argv, cwd=ROOT, env=env)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            asyncio.run(_healthy())
            return process
        except (OSError, asyncio.IncompleteReadError):
            time.sleep(0.2)
    raise SystemExit("FAILED: the web server does not start")


async def _healthy() -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    await _answer(reader)
    writer.close()


def check(name: str, pushed: Pushed, wanted: str, cases: list[int]) -> None:
    """Everything answered as wanted is stored, once."""
    rows = list(CheckIn.unscoped.filter(case__in=cases).exclude(slot="floor").values_list("case", flat=True))
    if set(pushed.answers) != {wanted} or sorted(rows) != sorted(cases):
        raise SystemExit(f"FAILED, {name}: {dict(pushed.answers)}, {len(rows)} rows for {len(cases)} people")


def main(database: str) -> None:
    """Builds the city, then pushes in turns."""
    at = timezone.now()
    grids = CASES * 2 // IN_A_GRID
    build(grids * 1_000, at, isolated=IN_A_GRID / 1_000)
    cookie_of = cookies()
    cases = list(IsolationCase.unscoped.open().order_by("?").values_list("pk", "grid"))[: CASES * 2]
    print(f"{len(cases)} people in isolation, {len(cookie_of)} grids, {CONNECTIONS} connections", flush=True)
    connection.close()
    server = serve(database)
    try:
        for name, part, wanted, chosen in (
            ("check-in by a form", False, "302", cases[:CASES]),
            ("check-in of the round", True, "200", cases[CASES:]),
        ):
            bare = [Push(f"/bench/insert/{key}/", cookie_of[grid], "", False) for key, grid in chosen[::FLOOR_SHARE]]
            push_all(bare[:CONNECTIONS])  # warm
            before, taps = push_all(bare), push_all([tap(key, cookie_of[grid], part) for key, grid in chosen])
            after = push_all(bare)
            floor = (before.rate + after.rate) / 2
            print(before.line("a view that inserts one row"), taps.line(name), after.line("the same"), sep="\n")
            check(name, taps, wanted, [key for key, _grid in chosen])
            print(
                f"{name}: {taps.rate / floor:.2f} of the bare view's rate; all stored, none twice, no error", flush=True
            )
    finally:
        server.terminate()
        server.wait(timeout=30)


if __name__ == "__main__":
    databases = TestDatabases()
    database = databases.clone()
    with connected_to(database):
        main(database)
    databases.drop(database)
    databases.close()

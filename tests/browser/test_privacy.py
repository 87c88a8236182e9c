"""No ID number in clear: after a whole journey it stands neither in the database nor in logs, addresses or pages.

The one exception is the answer in which somebody entitled asked to see it, with a reason.
"""

import base64
import gzip
import hashlib
import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from playwright.sync_api import Page, expect

from grid.house import postgres
from grid.logs import JsonFormatter
from residents.models import Resident
from tests.browser import steps
from tests.browser.journey import door_of, sound_people
from tests.browser.steps import tap
from tests.browser.street import Street, truth_of_returnees
from tests.browser.traces import find_traces, tails_beside_birth_dates
from tests.factories.residents import make_id_number, make_resident


@dataclass
class Heard:
    """Everything the portal said during a test: log lines as they are written, requests, answers with their headers."""

    logs: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)  # request line, headers and body


class _Listener(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines
        self.setFormatter(JsonFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """Listens to every logger and to every answer of the web server."""
    everything = Heard()
    listener = _Listener(everything.logs)
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in logging.root.manager.loggerDict)]
    heard_ones = [logger for logger in loggers if logger.parent is None or not logger.propagate]
    for logger in heard_ones:
        logger.addHandler(listener)
    answer = WSGIHandler.get_response

    def get_response(handler: WSGIHandler, request: Any) -> Any:
        response = answer(handler, request)
        line = f"{request.method} {request.build_absolute_uri()}"
        everything.requests.append(line)
        if not response.streaming:
            packed = response.headers.get("Content-Encoding") == "gzip"
            body = gzip.decompress(response.content) if packed else response.content
            headers = "\n".join(f"{name}: {value}" for name, value in response.items())
            everything.answers.append((line, f"{headers}\n\n{body.decode(errors='replace')}"))
        return response

    monkeypatch.setattr(WSGIHandler, "get_response", get_response)
    yield everything
    for logger in heard_ones:
        logger.removeHandler(listener)


def dump_of_database() -> str:
    """All of it, as the owner: by pg_dump where there is one, else every row of every table."""
    facts = connections["owner"].settings_dict
    if tool := _pg_dump():
        argv = [str(tool), "--no-owner", "--dbname", facts["NAME"], "--username", facts["USER"]]
        argv += [f"--{key.lower()}={facts[key]}" for key in ("HOST", "PORT") if facts[key]]
        secret = {**os.environ, "PGPASSWORD": facts["PASSWORD"]}
        done = subprocess.run(argv, env=secret, capture_output=True, check=False)
        if done.returncode == 0:
            return done.stdout.decode()
    with connections["owner"].cursor() as cursor:
        ours = "schemaname !~ '^(pg_|information)'"
        cursor.execute(f"SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE {ours}")
        rows = []
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT row::text FROM {table} row")
            rows += [row.replace("\\\\x", "\\x") for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def _pg_dump() -> Path | None:
    try:
        ours = postgres.binaries() / "pg_dump"
    except Exception:  # the embedded server is not installed: a system one serves
        ours = Path("/nonexistent")
    theirs = shutil.which("pg_dump")
    return ours if ours.exists() else Path(theirs) if theirs else None


def sessions_in_clear() -> str:
    """What the sessions hold, unpacked."""
    return "\n".join(str(session.get_decoded()) for session in Session.objects.all())


def dump_of_broker() -> str:
    """Everything in broker and cache."""
    client = redis.Redis.from_url(settings.BROKER_URL.replace("redis+socket://", "unix://", 1))
    readers = {b"string": client.get, b"hash": client.hgetall, b"set": client.smembers}
    readers[b"list"] = lambda key: client.lrange(key, 0, -1)
    return "\n".join(str(readers.get(client.type(key), str)(key)) for key in client.scan_iter())


def numbers_of_list() -> list[str]:
    """The ID numbers that the list holds."""
    return [row["id_number"] for row in truth_of_returnees() if len(row["id_number"] or "") == 18]


def add_household(page: Page, number: str) -> None:
    """住户: one household with one person, typed."""
    steps.open_page_of_bar(page, "住户")
    tap(page, "登记一户")
    grid = page.get_by_label("网格", exact=True)
    if grid.count():
        grid.select_option(index=1)
    page.get_by_label("小区").fill("望江花园")
    page.get_by_label("楼栋").fill("9")
    page.get_by_label("房号").fill("909")
    page.get_by_label("姓名").fill("赵春梅")
    page.get_by_label("证件号").fill(number)
    tap(page, "保存这一户")
    expect(page.get_by_role("heading", level=1)).to_have_text("望江花园 9-909")


def reveal(page: Page, number: str) -> None:
    """On a person's page: see the number, with a reason."""
    page.get_by_text("看完整的证件号").click()
    page.get_by_label("填单子或上报要用").check()
    tap(page, "看证件号")
    expect(page.get_by_text(number)).to_be_visible()


def test_no_id_number_is_left_anywhere_after_a_journey(any_phone: Page, street: Street, heard: Heard) -> None:
    phone = any_phone
    # A tail that is no year and no part of a time: those stand beside birth dates by themselves.
    typed, listed = make_id_number(sequence=443), sound_people()[1]
    known = [typed, *numbers_of_list()]

    steps.log_in(phone, street.lead)
    add_household(phone, typed)
    steps.take_in_list(phone, street)
    steps.search(phone, listed["id_number"][14:])
    tap(phone, listed["name"])
    expect(phone.get_by_text(door_of(listed))).to_be_visible()
    steps.search(phone, typed)
    tap(phone, "赵春梅")
    reveal(phone, typed)
    steps.search(phone, "赵春梅")
    tap(phone, "赵春梅")
    tap(phone, "改一下")
    tap(phone, "保存")
    steps.open_case(phone, "2026-03-04")

    assert Resident.unscoped.exclude(id_digest=None).count() > 200
    lines = [line for line, _text in heard.answers]
    revealed = [index for index, line in enumerate(lines) if line.startswith("POST") and "/id-number/" in line]
    assert [typed in heard.answers[index][1] for index in revealed] == [True]
    pages = [f"{line}\n{text}" for index, (line, text) in enumerate(heard.answers) if index not in revealed]
    places = {
        "database": dump_of_database(),
        "sessions": sessions_in_clear(),
        "broker": dump_of_broker(),
        "logs": "\n".join(heard.logs),
        "requests": "\n".join(heard.requests),
        **{f"page {number} {page.splitlines()[0]}": page for number, page in enumerate(pages)},
    }
    assert len(places["database"]) > 100_000 and len(pages) > 20
    traces = {name: find_traces(known, text) for name, text in places.items()}
    assert {name: found for name, found in traces.items() if found} == {}
    watched = [typed, listed["id_number"]]
    beside = {name: tails_beside_birth_dates(watched, text) for name, text in places.items()}
    assert {name: found for name, found in beside.items() if found} == {}


NUMBER = "420198199310091797"


@pytest.mark.parametrize(
    "planted",
    [
        NUMBER,
        NUMBER[:17],
        NUMBER[:14],
        "4201981993-10-09\t1797",
        "４２０１９８１９９３１００９１７９７",
        "420198 19931009 1797",
        NUMBER[::-1],
        "19931009179X",
        "\\\\x00ff" + NUMBER.encode().hex(),
        "\\\\x" + NUMBER.encode("utf-16-le").hex() + "00",
        base64.b64encode(b"{'id': '" + NUMBER.encode() + b"'}").decode(),
        base64.b64encode(b"a" + NUMBER.encode()).decode(),
        hashlib.sha256(NUMBER.encode()).hexdigest(),
        hashlib.md5(b"1797").hexdigest(),
    ],
)
def test_the_search_for_traces_finds_what_is_planted(planted: str) -> None:
    around = "1\t望江花园\t2026-03-04 08:30:00+08\t{0}\t\\N\n"
    assert find_traces([NUMBER], around.format(planted)) != []
    assert find_traces([NUMBER], around.format("19900001234")) == []


def test_a_tail_beside_a_birth_date_is_found() -> None:
    assert tails_beside_birth_dates([NUMBER], "7\t马凤英\t1993-10-09\t1797") != []
    assert tails_beside_birth_dates([NUMBER], "7\t马凤英\t1993-10-09\t19900001797\n8\t1797") == []


@pytest.mark.parametrize("by_rows", [False, True], ids=["pg_dump", "rows"])
@pytest.mark.parametrize("column", ["note", "id_sealed"])
def test_a_number_planted_in_the_database_is_found_in_its_dump(
    column: str, by_rows: bool, street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by_rows:
        monkeypatch.setitem(dump_of_database.__globals__, "_pg_dump", lambda: None)
    person = make_resident(id_number=NUMBER)
    assert find_traces([NUMBER], dump_of_database()) == []
    planted = {"note": f"说是{NUMBER}", "id_sealed": b"k1" + NUMBER.encode()}
    Resident.unscoped.filter(pk=person.pk).update(**{column: planted[column]})
    assert find_traces([NUMBER], dump_of_database()) != []


def test_a_number_planted_in_a_log_or_an_answer_is_heard(phone: Page, street: Street, heard: Heard) -> None:
    logging.getLogger("residents").warning("not found: %s", NUMBER)
    phone.goto(f"/login/?id={NUMBER}")
    phone.evaluate("number => fetch('/nowhere/' + number)", NUMBER)
    assert find_traces([NUMBER], "\n".join(heard.logs)) != []
    assert len([line for line in heard.requests if find_traces([NUMBER], line)]) == 2

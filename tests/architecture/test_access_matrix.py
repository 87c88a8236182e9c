"""Every URL × every role × own, sibling's and foreign rows × page and part, against `tests.policy`."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from grid import registries
from quarantine.queries.papers import token_of
from tests.architecture.conftest import rolled_back
from tests.architecture.world import Rows, World
from tests.policy import EVERY_STAFF, POLICY, PUBLIC, ROLES, Line

# Pages that name every grid of the street, never who lives there: people may move to any, and its worker is told.
NAMES_GRIDS_OF_STREET = {"resident_move", "household_move"}
READERS_OF_PEOPLE = "WLS"
HTMX = {"hx-request": "true"}


def patterns(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    """Every address of the portal."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry)
        else:
            yield entry


@dataclass(frozen=True)
class Try:
    """One cell: who asks, how, for whose row, and what must come of it."""

    who: str  # a role's letter, "ended", "none", "anonymous"
    method: str
    rows: Rows
    where: str  # "own" or "beyond"
    part: bool
    expected: str


def tries(world: World, line: Line) -> Iterator[Try]:
    """The cells of a line. Beyond her places: the nearest sibling's row, and one of another city."""
    for method in ("GET", "POST"):
        for who in [*ROLES, "ended", "none", "anonymous"]:
            let_in = (who in ROLES and line.lets_in(who)) or who == "anonymous"
            named = method in line.methods.split()
            for part in (False, True) if let_in and named else (False,):
                yield Try(who, method, world.own, "own", part, expected(line, who, method, "own"))
            if line.names and named and who in ROLES and line.lets_in(who):
                nearest, *_others, farthest = world.beyond(ROLES[who])
                outcome = expected(line, who, method, "beyond")
                yield Try(who, method, nearest, "beyond", False, outcome)
                yield Try(who, method, nearest, "beyond", True, outcome)
                yield Try(who, method, farthest, "beyond", False, outcome)


def expected(line: Line, who: str, method: str, where: str) -> str:
    """What the policy says of a cell."""
    if who == "anonymous" and line.allowed != PUBLIC:
        return "login"
    if line.allowed not in (PUBLIC, EVERY_STAFF) and not (who in ROLES and line.lets_in(who)):
        return "403"
    if method not in line.methods.split():
        return "405"
    return "404" if where == "beyond" else "ok"


def outcome(response: HttpResponseBase, line: Line) -> str:
    """What came, in the words of the policy. A form without content is an answer, too (422)."""
    target = response.headers.get("Location", response.headers.get("HX-Redirect", ""))
    if target.startswith((reverse("login"), reverse("unlock"))) and line.allowed != PUBLIC:
        return "login"
    if line.asked_by_itself and response.status_code == 204 and not response.content:
        return "login"  # the page stays as it is; the next tap leads there
    if response.status_code in (200, 302, 303, 422) or (line.allowed == PUBLIC and response.status_code == 503):
        return "ok"
    return str(response.status_code)


def address(name: str, line: Line, rows: Rows) -> str:
    """The URL that names the row."""
    subject = [getattr(rows, line.names).pk] if line.names else []
    if name == "twin_compare":  # names both of them
        subject = [rows.twins.first_id, rows.twins.second_id]
    if name == "offer_join":  # names whom of the offer
        subject = [rows.offer_received.pk, rows.offer_received.resident_id or 0]
    if name == "paper_check":  # names a secret code
        subject = [token_of(rows.paper)]
    if name == "list_blank":  # names a kind of list, nobody's row
        subject = ["residents"]
    if name == "address_add":  # the same of a kind of address
        subject = ["wecom"]
    return reverse(name, args=[*subject, "supplies_open"] if name == "figure_list" else subject)


def text_of(response: HttpResponseBase) -> str:
    """Everything that was sent, headers included."""
    content: Any = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
    if content.startswith(b"PK"):  # a workbook: what its parts hold
        with ZipFile(BytesIO(content)) as book:
            content = b"".join(book.read(part) for part in book.namelist())
    return f"{response.headers} {content.decode(errors='replace')}"


def words_beyond(world: World, who: str) -> list[str]:
    """What must not stand in any answer to this reader."""
    if who not in ROLES:
        return [word for rows in world.corners.values() for word in [*rows.words, *rows.place_words]]
    people = world.beyond(ROLES[who]) if who in READERS_OF_PEOPLE else list(world.corners.values())
    places = world.beyond(ROLES[who])
    return [word for rows in people for word in rows.words] + [word for rows in places for word in rows.place_words]


def found_in(response: HttpResponseBase, words: list[str]) -> list[str]:
    """Which of the words stand in the answer."""
    text = text_of(response)
    return [word for word in words if word in text]


def leaks(world: World, name: str, who: str, response: HttpResponseBase) -> list[str]:
    """What the answer at this address shows its reader of others and must not."""
    line, shown = POLICY[name], found_in(response, words_beyond(world, who))
    beside = world.corners["next_door"]
    known = set()
    if name in NAMES_GRIDS_OF_STREET:
        known |= {rows.grid.name[:2] for rows in (beside, world.corners["next_community"])}
    if line.colleagues:
        known.add(f"员{beside.sign[0]}")
    if line.buildings and who in ROLES:
        known |= {f"院{rows.sign[0]}" for rows in world.corners.values()}
        known -= {f"院{rows.sign[0]}" for rows in world.beyond(ROLES[who])}
    return [word for word in shown if word not in known]


def test_the_policy_has_a_line_for_every_url_and_no_other() -> None:
    assert {pattern.name for pattern in patterns()} == set(POLICY)


def test_every_view_says_what_it_needs() -> None:
    silent = [pattern.name for pattern in patterns() if not hasattr(pattern.callback, "needs")]
    assert silent == []


@pytest.mark.usefixtures("bare_refusals")
@pytest.mark.parametrize("name", sorted(POLICY))
def test_each_cell(world: World, name: str) -> None:
    line = POLICY[name]
    wrong = []
    for cell in tries(world, line):
        with rolled_back():
            client = world.client(cell.who)
            form = {"data": line.form} if cell.method == "POST" else {}
            send = client.get if cell.method == "GET" else client.post
            response = send(address(name, line, cell.rows), headers=HTMX if cell.part else {}, **form)
            came = outcome(response, line)
            leaked = leaks(world, name, cell.who, response)
        if came != cell.expected or leaked:
            wrong.append(
                f"{cell.who} {cell.method} {cell.where} {cell.rows.grid.name}{' part' if cell.part else ''}: "
                f"{came}, not {cell.expected}; shows {leaked}"
            )
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("key", sorted(registries.FIGURES))
def test_no_list_behind_a_figure_shows_more_than_its_reader_may_know(world: World, key: str) -> None:
    for who in "LSD":
        place = world.place_of(ROLES[who])
        response = world.client(who).get(reverse("figure_list", args=[place.pk, key]))
        assert response.status_code == 200
        assert found_in(response, words_beyond(world, who)) == [], who


def test_the_signs_are_seen_where_they_may_be(world: World) -> None:
    """Otherwise their absence would prove nothing."""
    for name, subject, words in (
        ("household_detail", "household", ["人", "院", "语", "物"]),
        ("resident_detail", "resident", ["人", "院", "语"]),
        ("case_detail", "case", ["人", "语"]),
    ):
        text = text_of(world.client("L").get(reverse(name, args=[getattr(world.own, subject).pk])))
        for word in words:
            assert f"{word}{world.own.sign}" in text, (name, word)
    assert world.own.phone in text_of(world.client("W").get(reverse("resident_detail", args=[world.own.resident.pk])))
    for name, who in (
        ("supply_list", "W"),
        ("today", "W"),
        ("list_home", "L"),
        ("staff_list", "A"),
        ("place_list", "A"),
    ):
        assert world.own.sign[0] in text_of(world.client(who).get(reverse(name))), name

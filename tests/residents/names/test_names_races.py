"""Two at once at one name, or two lists that name one person: each guard with its twin that fails without it."""

import threading
from typing import Any

import pytest
from django.utils import timezone

from grid.actions.audit import reserve_id
from grid.rules.actors import Actor
from grid.rules.permissions import Role
from residents.actions import lists, names
from residents.actions.moves import Arrival
from residents.lists.matching import Judged
from residents.models import Household, ImportBatch, NameToVerify, Resident
from residents.rules.addresses import Door
from residents.rules.people import PersonFacts
from tests.factories.grid import make_staff
from tests.factories.names import make_name
from tests.quarantine.test_races import at_once
from tests.residents.lists.support import client_of, confirm, make_street, to_preview, workbook
from tests.residents.support import make_street as make_staffed_street
from tests.residents.test_merge_races import while_it_waits

pytestmark = pytest.mark.usefixtures("fresh_database")
ROW = ("王芳", "", "19900000001", "望江花园3-2-502", "2026-11-20", "")


def taken_in_at_once() -> int:
    """Two lists of two leads name the same person without her number; how many visits that makes."""
    street = make_street()
    clients = [client_of(lead) for lead in (street.lead, make_staff(Role.COMMUNITY_LEAD, street.community))]
    books = [workbook(ROW, (other, "", "", "", "", "")) for other in ("甲某", "乙某")]
    batches = [to_preview(client, book, kind="to_find") for client, book in zip(clients, books, strict=True)]
    for client, batch in zip(clients, batches, strict=True):
        confirm(client, batch)

    def take_in(batch: ImportBatch) -> bool:
        fresh = ImportBatch.unscoped.select_related("grid").get(pk=batch.pk)
        return lists.take_in(batch=fresh, by=Actor.staff(batch.by_id), at=timezone.now())

    assert at_once(*(lambda batch=batch: take_in(batch) for batch in batches)) == []
    return NameToVerify.unscoped.filter(name="王芳").count()


def test_two_lists_at_once_make_one_visit_of_one_person() -> None:
    assert taken_in_at_once() == 1


def test_twin_without_the_street_held_she_is_visited_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    both_looked = threading.Barrier(2, timeout=20)
    look = lists.names.visits

    def visits(*args: Any, **options: Any) -> Any:
        found = look(*args, **options)
        both_looked.wait()
        return found

    monkeypatch.setattr(lists, "hold_street", lambda street_id: None)
    monkeypatch.setattr("residents.lists.names.judge", lambda people, **_place: _all_to_verify(people))
    monkeypatch.setattr("residents.lists.names.visits", visits)
    assert taken_in_at_once() == 2


def _all_to_verify(people: list[Any]) -> list[Any]:
    return [Judged("verify") for _person in people]


def two_answers() -> tuple[list[str], set[str]]:
    """Two who saw the name open say different things; who was told, and what the register then holds."""
    street = make_staffed_street()
    name = make_name(street.grid.parent, at=timezone.now(), name="王芳")
    by, at = Actor.staff(street.lead.pk), timezone.now()
    to = Arrival(street.grid, Door("江边里", "5", "2", "301"), None, reserve_id(Household))
    said: dict[str, Any] = {"name": name, "version": 1, "by": by, "at": at}
    facts = PersonFacts(name="王芳")
    faults = at_once(
        lambda: names.found_at_door(to=to, key=reserve_id(Resident), facts=facts, **said),
        lambda: names.answer(outcome="not_here", **said),
    )
    return [type(fault).__name__ for fault in faults], {name.state for name in NameToVerify.unscoped.all()}


def test_of_two_answers_at_once_one_stands_and_the_other_is_told() -> None:
    told, states = two_answers()
    assert told == ["NameAnswered"]
    assert Resident.unscoped.count() == (states == {"lives_here"})


def test_twin_without_the_claim_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second overwrites the first unseen, or ends as a fault of the database."""

    def claim(name: NameToVerify, version: int, **columns: Any) -> None:
        NameToVerify.unscoped.filter(pk=name.pk).update(**columns)

    def held(name: NameToVerify) -> NameToVerify:
        return NameToVerify.unscoped.select_related("grid").get(pk=name.pk)

    monkeypatch.setattr(names, "_claim", claim)
    monkeypatch.setattr(names, "_held", held)
    told, _states = two_answers()
    assert told in ([], ["IntegrityError"])


def crosswise() -> list[str]:
    """Two leads tell the same two names apart, each from her side, many times; what they were told."""
    street = make_staffed_street()
    by, at = Actor.staff(street.lead.pk), timezone.now()
    told = []
    for _turn in range(8):
        one, other = (make_name(street.grid.parent, at=at, name="王芳") for _two in range(2))
        deeds = [
            lambda pair=pair: names.keep_apart(first=pair[0], second=pair[1], by=by, at=at)
            for pair in ((one, other), (other, one))
        ]
        told += [type(fault).__name__ for fault in at_once(*deeds)]
    return told


def test_two_taps_crosswise_never_wait_for_each_other_in_a_circle() -> None:
    assert crosswise() == []


def test_a_lead_who_answers_while_her_list_comes_in_waits_for_it() -> None:
    """The list holds its names before her post, as her answer does: no deadlock, and what the list says is kept."""
    street = make_street()
    client = client_of(street.lead)
    at, by = timezone.now(), Actor.staff(street.lead.pk)
    name = make_name(street.community, at=at, name="王芳", phones=["19900000001"])
    batch = to_preview(client, workbook((*ROW[:3], "", "", "")), kind="to_find")
    confirm(client, batch)
    fresh = ImportBatch.unscoped.select_related("grid").get(pk=batch.pk)
    faults = while_it_waits(
        lambda: lists.take_in(batch=fresh, by=by, at=at),
        lambda: names.answer(name=name, outcome="not_here", version=1, by=by, at=at),
    )
    assert faults == []
    name.refresh_from_db()
    assert name.state == "not_here" and name.sources.count() == 2

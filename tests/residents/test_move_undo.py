"""A move taken back: whole, for a minute, by who made it, and not over what somebody changed since."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from grid.models import AuditRecord
from grid.rules.actors import SYSTEM
from quarantine.models import IsolationCase, SupplyRequest
from residents.actions import move_undo
from residents.actions.residents import edit_resident
from residents.models import Household, MoveOffer, Resident
from residents.rules.people import PersonFacts
from tests.factories.quarantine import make_case
from tests.factories.residents import make_household, make_resident
from tests.factories.supplies import make_supply_request
from tests.residents.support import Street, client_of, hidden, make_street
from tests.residents.test_moves import NEW_DOOR, at_once, kinds_at, send
from tests.residents.test_offers import make_other, offered

UNDO = "/moves/undo/"


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


def rows() -> list[Any]:
    """Everybody and every door, as far as a move changes them."""
    people = Resident.unscoped.order_by("pk").values_list("pk", "household", "grid", "street", "relation", "bed")
    doors = Household.unscoped.order_by("pk")
    columns = ("pk", "grid", "street", "compound", "building", "unit", "room", "walk_key", "empty_since", "note")
    asked = SupplyRequest.unscoped.order_by("pk").values_list("pk", "household", "grid", "street")
    cases = IsolationCase.unscoped.order_by("pk").values_list("pk", "resident", "grid")
    return [list(people), list(doors.values_list(*columns)), list(asked), list(cases)]


def taken_back(street: Street, address: str, **said: Any) -> None:
    """Moves, takes back twice by the button of the answer page, and compares everything with before."""
    before, worker = rows(), client_of(street.worker)
    answer = send(worker, address, said.pop("grid", street.sibling), **said)
    assert rows() != before
    page = worker.get(answer.url).content.decode()
    assert f'action="{UNDO}"' in page
    for _twice in range(2):
        assert worker.post(UNDO, {"move": hidden(page, "move")}).status_code == 302
    assert rows() == before
    assert "The move is taken back." in worker.get("/residents/").content.decode()
    assert AuditRecord.objects.filter(deed="move_undone").count() == 1


def test_one_person_is_back_with_relation_bed_and_what_waited(street: Street) -> None:
    home, now = make_household(street.grid), timezone.now()
    son = make_resident(home, "李明", relation="20", bed="3")
    make_case(resident=son, at=now)
    make_supply_request(at=now, household=home, resident=son)
    offer = offered(street, make_other(), resident=son)
    taken_back(street, f"/residents/{son.pk}/move/")
    assert kinds_at(street.sibling) == ["moved_in", "moved_out"]
    assert (MoveOffer.unscoped.get().household, MoveOffer.unscoped.get().state) == (offer.household, "open")


def test_a_whole_household_is_back_at_its_door(street: Street) -> None:
    home = make_household(street.grid, note="rings twice", empty_since=timezone.localdate())
    make_resident(home, relation="02")
    make_supply_request(at=timezone.now(), household=home)
    taken_back(street, f"/households/{home.pk}/move/", grid=street.far)


def test_a_household_that_moved_in_with_others_is_back_and_they_are_as_before(street: Street) -> None:
    there = make_household(street.grid, empty_since=timezone.localdate(), **NEW_DOOR)
    make_resident(there, relation="02")
    home = make_household(street.grid)
    for relation in ("02", "20"):
        make_resident(home, relation=relation)
    make_supply_request(at=timezone.now(), household=home)
    taken_back(street, f"/households/{home.pk}/move/", grid=street.grid, beside=str(there.pk))


def test_not_by_others_not_later_not_by_get_and_not_over_a_change(street: Street, clock: Any) -> None:
    home = make_household(street.grid)
    person = make_resident(home, "李明", relation="20")
    worker = client_of(street.worker)
    answer = send(worker, f"/residents/{person.pk}/move/", street.grid)
    after, move = rows(), hidden(worker.get(answer.url).content.decode(), "move")
    for staff in (street.lead, make_street().worker):
        assert client_of(staff).post(UNDO, {"move": move}).url == "/residents/"
    assert client_of(street.supervisor).post(UNDO, {"move": move}).status_code == 403
    assert worker.get(UNDO).status_code == 405
    now = Resident.unscoped.get()
    edit_resident(resident=now, version=now.version, facts=PersonFacts(name="李铭"), by=SYSTEM, at=timezone.now())
    assert worker.post(UNDO, {"move": move}).status_code == 302
    assert "Something was changed since the move." in worker.get("/residents/").content.decode()
    clock.shift(timedelta(seconds=61))
    assert UNDO not in worker.get(answer.url).content.decode()
    worker.post(UNDO, {"move": move})
    assert "within a minute" in worker.get("/residents/").content.decode()
    assert rows() == after and not AuditRecord.objects.filter(deed="move_undone").exists()


@pytest.mark.usefixtures("fresh_database")
def test_taken_back_twice_at_once_is_once() -> None:
    street = make_street()
    home = make_household(street.grid)
    person = make_resident(home, relation="20")
    send(client_of(street.worker), f"/residents/{person.pk}/move/", street.grid)
    move = AuditRecord.objects.get(deed="resident_moved")
    said: dict[str, Any] = {"move": move, "by": move_undo.Actor.staff(street.worker.pk), "at": timezone.now()}
    assert at_once(*[lambda: move_undo.undo_move(**said)] * 2) == []
    assert AuditRecord.objects.filter(deed="move_undone").count() == 1
    assert Resident.unscoped.get().household == home and Household.unscoped.count() == 1

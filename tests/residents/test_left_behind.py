"""A household that moves takes along who lives in it: former tenants stay where they were known."""

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from grid.models import AuditRecord, Place
from grid.rules.actors import SYSTEM, Actor
from residents.actions import leaving, moves
from residents.actions.move_undo import undo_move
from residents.actions.moves import Arrival
from residents.models import Household, Resident
from residents.rules.addresses import Door
from tests.factories.residents import make_household, make_resident
from tests.factories.twins import make_merge
from tests.residents.support import Street, client_of, make_street
from tests.residents.test_offers import NEW_DOOR, accept_form, make_other, offered


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


def lived_in_before(home: Household, name: str = "旧房客") -> Resident:
    """A tenant of before, who moved out."""
    person = make_resident(home, name, phones=["19900005555"])
    said = {"people": {person.pk: person.version}, "reason": "moved_out", "on": date(2026, 1, 2), "where": ""}
    leaving.leave(household=home, **said, by=SYSTEM, at=timezone.now())
    return person


def opens(client: Client, person: Resident) -> int:
    return int(client.get(f"/residents/{person.pk}/").status_code)


def move(home: Household, grid: Place, street: Street) -> None:
    home = Household.unscoped.get(pk=home.pk)
    to = Arrival(grid, Door(**NEW_DOOR), None, 0)
    by = Actor.staff(street.worker.pk)
    moves.move_household(household=home, version=home.version, to=to, by=by, at=timezone.now())


def test_another_street_gets_nobody_of_whom_the_offer_did_not_tell(street: Street) -> None:
    other, home = make_other(), make_household(street.grid, note="rings twice")
    gone, lives = lived_in_before(home), make_resident(home, "李明")
    offer = offered(street, other, household=home)
    sender, receiver = client_of(street.worker), client_of(other.lead)
    assert receiver.post(f"/offers/{offer.pk}/accept/", accept_form(receiver, offer)).status_code == 302
    assert (opens(receiver, lives), opens(sender, lives)) == (200, 404)
    assert (opens(receiver, gone), opens(sender, gone)) == (404, 200)
    found = receiver.post("/residents/", {"words": "旧房客", "left": "on"}).content.decode()
    assert f"/residents/{gone.pk}/" not in found and "19900005555" not in found
    behind = Resident.unscoped.get(pk=gone.pk).household
    assert (behind.grid, behind.door, behind.note) == (street.grid, home.door, "")
    sender.post(f"/residents/{gone.pk}/return/", {"home": "1", "version": Resident.unscoped.get(pk=gone.pk).version})
    assert Resident.unscoped.get(pk=gone.pk).left_on is None


def test_another_grid_of_the_street_gets_them_neither(street: Street) -> None:
    home = make_household(street.grid)
    gone, lives = lived_in_before(home), make_resident(home, "李明")
    move(home, street.far, street)
    assert Resident.unscoped.get(pk=gone.pk).grid == street.grid
    assert Resident.unscoped.get(pk=lives.pk).household == home and Household.unscoped.count() == 2


def test_records_made_one_go_with_whom_they_went_into(street: Street) -> None:
    home = make_household(street.grid)
    lives, elsewhere = make_resident(home, "李明"), make_resident(make_household(street.grid), "王芳")
    hers, others = make_resident(home, "李明"), make_resident(home, "王芳")
    make_merge(lives, hers)
    make_merge(elsewhere, others)
    move(home, street.far, street)
    assert Resident.unscoped.get(pk=hers.pk).household == home
    assert Resident.unscoped.get(pk=others.pk).grid == street.grid


def test_where_nobody_left_no_door_is_made(street: Street) -> None:
    home = make_household(street.grid)
    make_resident(home)
    move(home, street.far, street)
    assert Household.unscoped.count() == 1


def test_a_move_taken_back_leaves_no_second_door(street: Street) -> None:
    home = make_household(street.grid)
    gone, _lives = lived_in_before(home), make_resident(home, "李明")
    move(home, street.far, street)
    made = AuditRecord.objects.get(deed="household_moved")
    undo_move(move=made, by=Actor.staff(street.worker.pk), at=timezone.now())
    assert Household.unscoped.get() == home and Household.unscoped.get().grid == street.grid
    assert Resident.unscoped.get(pk=gone.pk).household == home

"""What happened between a page and its form: the door moved to another grid, the grid was closed."""

import threading
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404
from django.utils import timezone

from grid.actions.audit import PlaceClosed
from grid.models import AuditRecord, Place
from grid.rules.actors import Actor
from residents.actions import households as doors
from residents.actions import residents as people
from residents.models import Household, Resident
from residents.rules.addresses import Door
from residents.rules.people import PersonFacts
from tests.databases import somebody_waits
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.support import Street, client_of, hidden, household_form, make_street

DOOR = Door("望江花园", "3", "1", "502")


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


@pytest.fixture
def moved(street: Street) -> Resident:
    """A person as the worker read her; her door stands in another grid by now."""
    person = make_resident(make_household(street.grid), "张三", make_id_number())
    read = Resident.unscoped.select_related("grid", "household__grid").get(pk=person.pk)
    assert read.grid == street.grid
    Household.unscoped.filter(pk=person.household_id).update(grid=street.sibling)
    return read


def deed_of(name: str, moved: Resident, by: Actor) -> None:
    at = timezone.now()
    if name == "edit_resident":
        people.edit_resident(resident=moved, version=1, facts=PersonFacts(name="张三丰"), by=by, at=at)
    elif name == "reveal_id":
        people.reveal_id(resident=moved, reason="paper", by=by, at=at)
    else:
        doors.edit_household(
            household=moved.household, version=1, grid=moved.household.grid, door=DOOR, note="", by=by, at=at
        )


@pytest.mark.parametrize("name", ["edit_resident", "edit_household"])
def test_who_has_no_post_where_she_stands_now_changes_nothing(name: str, street: Street, moved: Resident) -> None:
    with pytest.raises(PermissionDenied):
        deed_of(name, moved, Actor.staff(street.worker.pk))
    assert Resident.unscoped.get().name == "张三" and Household.unscoped.get().grid == street.sibling


def test_a_number_is_not_shown_to_who_has_no_post_where_she_stands_now(street: Street) -> None:
    person = make_resident(make_household(street.grid), "张三", make_id_number())
    read = Resident.unscoped.select_related("grid").get(pk=person.pk)
    Household.unscoped.filter(pk=person.household_id).update(grid=street.far)
    with pytest.raises(PermissionDenied):
        deed_of("reveal_id", read, Actor.staff(street.lead.pk))


@pytest.mark.parametrize(("name", "record"), [("edit_resident", "resident_edited"), ("reveal_id", "id_revealed")])
def test_the_audit_names_the_grid_where_she_stands_now(name: str, record: str, street: Street, moved: Resident) -> None:
    deed_of(name, moved, Actor.staff(street.lead.pk))
    assert AuditRecord.objects.get(deed=record).place == street.sibling


def test_a_person_who_went_with_her_list_meanwhile_is_not_found(street: Street, moved: Resident) -> None:
    Resident.unscoped.filter(pk=moved.pk).delete()
    with pytest.raises(Http404):
        deed_of("edit_resident", moved, Actor.staff(street.lead.pk))


# -- closed grids ---------------------------------------------------------------------------------------------------


def close_after_the_form_was_checked(monkeypatch: Any, module: Any, deed: str, place: Place) -> None:
    done = getattr(module, deed)

    def closed_first(**facts: Any) -> Any:
        Place.objects.filter(pk=place.pk).update(closed_at=timezone.now())
        return done(**facts)

    monkeypatch.setattr(module, deed, closed_first)


def test_no_household_is_added_to_a_grid_closed_meanwhile(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(street.worker)
    form = household_form(client, {"name": "张三"}, compound="望江花园", building="3", room="502")
    close_after_the_form_was_checked(monkeypatch, doors, "add_household", street.grid)
    answer = client.post("/households/add/", form)
    page = answer.content.decode()
    assert answer.status_code == 422 and "closed meanwhile" in page and 'value="张三"' in page
    assert not Household.unscoped.exists()


def test_no_household_moves_to_a_grid_closed_meanwhile(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    household = make_household(street.grid)
    client, address = client_of(street.lead), f"/households/{household.pk}/edit/"
    version = hidden(client.get(address).content.decode(), "version")
    close_after_the_form_was_checked(monkeypatch, doors, "edit_household", street.sibling)
    answer = client.post(address, {"grid": street.sibling.pk, "room": "502", "version": version})
    assert answer.status_code == 422 and "closed meanwhile" in answer.content.decode()
    household.refresh_from_db()
    assert household.grid == street.grid


def test_a_door_may_be_mended_where_its_own_grid_is_closed(street: Street) -> None:
    household = make_household(street.grid)
    Place.objects.filter(pk=street.grid.pk).update(closed_at=timezone.now())
    by = Actor.staff(street.lead.pk)
    doors.edit_household(
        household=household, version=1, grid=street.grid, door=DOOR, note="后门", by=by, at=timezone.now()
    )
    assert Household.unscoped.get().note == "后门"


# -- the race, with real transactions ---------------------------------------------------------------------------------


def add_while_it_is_closed(street: Street) -> list[Exception]:
    """A household is added while the closing of its grid is not kept yet; what the adding raised."""
    faults: list[Exception] = []

    def adding() -> None:
        by, at = Actor.staff(street.worker.pk), timezone.now()
        try:
            doors.add_household(key=1, grid=street.grid, door=DOOR, note="", people=[], by=by, at=at)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    thread = threading.Thread(target=adding)
    with transaction.atomic():
        Place.objects.select_for_update().get(pk=street.grid.pk)  # as the closing does
        thread.start()
        wait_until_somebody_waits(thread)
        Place.objects.filter(pk=street.grid.pk).update(closed_at=timezone.now())
    thread.join(20)
    return faults


def wait_until_somebody_waits(thread: threading.Thread) -> None:
    """Until the thread stands before a lock of this transaction."""
    for _turn in range(2000):
        if somebody_waits():
            return
        thread.join(0.005)
    raise AssertionError("nobody waits")


def test_a_household_does_not_come_into_a_grid_that_is_being_closed(fresh_database: str) -> None:
    street = make_street()
    assert [type(fault) for fault in add_while_it_is_closed(street)] == [PlaceClosed]
    assert not Household.unscoped.exists()


def test_twin_without_holding_the_grid_a_household_stands_in_a_closed_one(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "confirm_open", lambda place_id: None)
    street = make_street()
    assert add_while_it_is_closed(street) == []
    assert Household.unscoped.get().grid.closed_at is not None

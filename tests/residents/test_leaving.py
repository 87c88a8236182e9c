"""Leaving for good, being away, coming back, and what becomes of isolation and supplies."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from grid.actions.audit import reserve_id
from grid.models import AuditRecord, Notice, Post
from grid.rules.actors import SYSTEM, Actor
from grid.rules.permissions import Role
from quarantine.actions.cases import close_case
from quarantine.models import IsolationCase, SupplyRequest
from residents.actions.leaving import come_back
from residents.actions.moves import Arrival
from residents.models import Household, MoveOffer, Resident
from residents.rules.addresses import Door
from tests.factories.grid import LONG_AGO, make_staff
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.factories.supplies import make_supply_request
from tests.residents.support import Street, client_of, hidden, make_street

TODAY = "2026-03-04"


@pytest.fixture
def street(db: None, clock: Any) -> Street:
    return make_street()


@pytest.fixture
def worker(street: Street) -> Client:
    return client_of(street.worker)


def leave(client: Client, address: str, **said: str) -> Any:
    """Opens the page and sends its form."""
    page = client.get(address).content.decode()
    return client.post(address, {"people": hidden(page, "people"), "reason": "moved_out", "on": TODAY} | said)


def test_who_moved_out_leaves_the_lists_and_her_isolation_ends_with_her(street: Street, worker: Client) -> None:
    home, now = make_household(street.grid), timezone.now()
    person, stays = make_resident(home, "李明"), make_resident(home, "王桂兰")
    case = make_case(resident=person, at=now)
    make_supply_request(at=now, household=home, resident=person)
    address = f"/residents/{person.pk}/leave/"
    page = worker.get(address).content.decode()
    assert "李明: an isolation record is open until" in page and "cancelled" not in page and "checked" not in page
    form = {"people": hidden(page, "people"), "reason": "moved_out", "on": TODAY, "where": "杭州"}
    for _twice in range(2):
        assert worker.post(address, form).url == f"/residents/{person.pk}/"
    person, case = Resident.unscoped.get(pk=person.pk), IsolationCase.unscoped.get(pk=case.pk)
    assert (person.left_on, person.left_reason, person.note) == (date(2026, 3, 4), "moved_out", "杭州")
    assert (case.closed_as, case.next_due_at, SupplyRequest.unscoped.get().state) == ("moved_away", None, "open")
    door = worker.get(f"/households/{home.pk}/").content.decode()
    assert stays.name in door and list(Resident.unscoped.current()) == [stays]
    assert AuditRecord.objects.filter(deed="residents_left").count() == 1
    told = client_of(street.lead).get("/notices/").content.decode()
    assert f'href="/cases/{case.pk}/">李明: isolation ended, moved to another area' in told
    assert "Lives here again" in worker.get(f"/residents/{person.pk}/").content.decode()
    come_back(resident=person, version=person.version, to=None, by=Actor.staff(street.worker.pk), at=now)
    told = client_of(street.lead).get("/notices/").content.decode()
    assert "李明: isolation goes on, the person is back" in told and "isolation ended" not in told
    assert not Notice.unscoped.unseen().filter(kind="isolation_ended").exists(), "settled: it counts no more"


def test_where_nobody_is_left_what_the_door_asked_for_is_cancelled(street: Street, worker: Client) -> None:
    home, now = make_household(street.grid), timezone.now()
    people = [make_resident(home), make_resident(home)]
    make_supply_request(at=now, household=home)
    make_case(resident=people[0], at=now)
    address = f"/households/{home.pk}/leave/"
    assert "1 supply request of this door is open" in worker.get(address).content.decode()
    assert leave(worker, address, reason="died").url == f"/households/{home.pk}/"
    assert {person.left_reason for person in Resident.unscoped.all()} == {"died"}
    assert IsolationCase.unscoped.get().closed_as == "died" and SupplyRequest.unscoped.get().state == "cancelled"
    assert worker.get(address).url == f"/households/{home.pk}/"
    assert Household.unscoped.current().count() == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"on": "2026-03-05"}, "This day cannot be right"),
        ({"on": ""}, "Enter the day"),
        ({"reason": ""}, "Choose what happened"),
        ({"people": "1.1 x"}, "Open the page again"),
    ],
)
def test_a_form_that_is_not_sound_is_told_and_kept(street: Street, worker: Client, said: Any, words: str) -> None:
    person = make_resident(make_household(street.grid))
    answer = leave(worker, f"/residents/{person.pk}/leave/", **({"where": "杭州"} | said))
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page and 'value="杭州"' in page
    assert Resident.unscoped.get().left_on is None


def test_somebody_who_was_added_meanwhile_is_not_taken_along_unseen(street: Street, worker: Client) -> None:
    home = make_household(street.grid)
    person = make_resident(home)
    page = worker.get(f"/households/{home.pk}/leave/").content.decode()
    Resident.unscoped.update(version=2)
    make_resident(home, "新人")
    form = {"people": hidden(page, "people"), "reason": "moved_out", "on": TODAY}
    answer = worker.post(f"/households/{home.pk}/leave/", form)
    again = answer.content.decode()
    assert answer.status_code == 422 and "Somebody else has saved this meanwhile" in again and "新人" in again
    assert Resident.unscoped.get(pk=person.pk).left_on is None
    form["people"] = hidden(again, "people")
    assert worker.post(f"/households/{home.pk}/leave/", form).status_code == 302
    assert not Resident.unscoped.current().exists()


def test_entered_by_mistake_and_taken_back_the_same_day_isolation_goes_on(
    street: Street, worker: Client, clock
) -> None:
    home, now = make_household(street.grid), timezone.now()
    person = make_resident(home, "李明", relation="20")
    case = make_case(resident=person, at=now)
    make_check_in(case, at=now, temperature="36.5")
    due = IsolationCase.unscoped.get().next_due_at
    leave(worker, f"/residents/{person.pk}/leave/")
    clock.shift(timedelta(minutes=5))
    address = f"/residents/{person.pk}/return/"
    page = worker.get(address).content.decode()
    for _twice in range(2):
        assert worker.post(address, {"version": hidden(page, "version"), "home": "1"}).status_code == 302
    person, case = Resident.unscoped.get(), IsolationCase.unscoped.get()
    assert (person.left_on, person.left_reason, person.relation) == (None, "", "20")
    assert (case.closed_at, case.closed_as, case.next_due_at) == (None, "", due) and due is not None
    assert case.last_temperature is not None


def test_isolation_that_was_ended_otherwise_or_before_stays_ended(street: Street, worker: Client, clock) -> None:
    home, now = make_household(street.grid), timezone.now()
    by_hand, long_ago = make_resident(home), make_resident(home)
    case = make_case(resident=by_hand, at=now)
    close_case(case=case, closed_as="moved_away", note="", version=case.version, by=SYSTEM, at=now)
    make_case(resident=long_ago, at=now)
    leave(worker, f"/households/{home.pk}/leave/")
    clock.shift(timedelta(days=1))
    worker = client_of(street.worker)
    for person in (by_hand, long_ago):
        address = f"/residents/{person.pk}/return/"
        assert worker.post(address, {"version": hidden(worker.get(address).content.decode(), "version"), "home": "1"})
    assert Resident.unscoped.current().count() == 2 and not IsolationCase.unscoped.open().exists()


def test_who_returns_may_live_at_another_door_and_her_number_must_be_free(street: Street, worker: Client) -> None:
    number = make_id_number()
    person = make_resident(make_household(street.grid), "李明", number, relation="20")
    address = f"/residents/{person.pk}/return/"
    leave(worker, f"/residents/{person.pk}/leave/")
    other = make_resident(make_household(street.far), "李明", number)
    page = worker.get(address).content.decode()
    form = {name: hidden(page, name) for name in ("ticket", "version")}
    form |= {"grid": str(street.sibling.pk), "building": "9", "room": "101"}
    answer = worker.post(address, form)
    assert answer.status_code == 422 and "Her number is registered with somebody else" in answer.content.decode()
    Resident.unscoped.filter(pk=other.pk).update(left_on=TODAY, left_reason="died")
    assert worker.post(address, form).status_code == 302
    person = Resident.unscoped.select_related("household").get(pk=person.pk)
    assert (person.left_on, person.grid, person.household.door, person.relation) == (None, street.sibling, "9-101", "")
    assert [(told.kind, told.grid) for told in Notice.unscoped.all()] == [("moved_in", street.sibling)]


def test_a_helper_in_one_building_lets_somebody_return_inside_it(street: Street) -> None:
    home = make_household(street.grid, compound="", building="3")
    person, back = (make_resident(home, left_on=date(2026, 3, 4), left_reason="moved_out") for _person in range(2))
    helper = make_staff()
    Post.objects.create(staff=helper, role=Role.GRID_WORKER, since=LONG_AGO, place=street.grid, building="3")
    client, address = client_of(helper), f"/residents/{person.pk}/return/"
    page = client.get(address).content.decode()
    assert street.sibling.name not in page
    form = {name: hidden(page, name) for name in ("ticket", "version")}
    for outside in ({"building": "4", "room": "101"}, {"grid": street.sibling.pk, "room": "101"}):
        answer = client.post(address, form | outside)
        assert answer.status_code == 422 and "outside your building" in answer.content.decode()
        assert 'value="101"' in answer.content.decode()
    for building, grid in (("4", street.grid), ("3", street.sibling)):
        arrival = Arrival(grid, Door(home.compound, building, "", "101"), None, reserve_id(Household))
        with pytest.raises(PermissionDenied):
            come_back(resident=person, version=1, to=arrival, by=Actor.staff(helper.pk), at=timezone.now())
    for _twice in range(2):
        assert client.post(address, form | {"building": "3", "room": "101"}).status_code == 302
    assert Resident.unscoped.get(pk=person.pk).household.door == "3-101" and not Notice.unscoped.exists()
    page = client.get(f"/residents/{back.pk}/return/").content.decode()
    form = {"version": hidden(page, "version"), "home": "1"}
    assert client.post(f"/residents/{back.pk}/return/", form).status_code == 302
    assert Resident.unscoped.current().count() == 2


def test_away_until_a_day_comes_back_by_itself(street: Street, worker: Client, clock) -> None:
    person = make_resident(make_household(street.grid), "李明")
    address = f"/residents/{person.pk}/away/"
    page = worker.get(address).content.decode()
    form = {"version": hidden(page, "version"), "until": "2026-03-10"}
    for day in ("2026-03-03", "2027-06-01", ""):
        assert worker.post(address, form | {"until": day}).status_code == 422
    for _twice in range(2):
        assert worker.post(address, form).url == f"/residents/{person.pk}/"
    assert AuditRecord.objects.filter(deed="resident_away").count() == 1
    assert "Is back already" in worker.get(f"/residents/{person.pk}/").content.decode()
    clock.shift(timedelta(days=7))
    assert "Is back already" not in worker.get(f"/residents/{person.pk}/").content.decode()


def test_she_is_back_before_the_day(street: Street, worker: Client) -> None:
    person = make_resident(make_household(street.grid), away_until=date(2026, 3, 10))
    for _twice in range(2):
        assert worker.post(f"/residents/{person.pk}/away/end/").status_code == 302
    assert Resident.unscoped.get().away_until is None
    assert AuditRecord.objects.filter(deed="resident_not_away").count() == 1


def test_an_offer_to_another_street_ends_when_nobody_is_left_to_offer(street: Street, worker: Client) -> None:
    home = make_household(street.grid)
    person = make_resident(home)
    facts = {"household": home, "grid": home.grid, "street": home.street, "from_grid": home.grid}
    for number, resident in enumerate((None, person)):
        uuid = f"00000000-0000-4000-8000-00000000000{number}"
        MoveOffer.unscoped.create(
            to_place=street.foreign, resident=resident, uuid=uuid, offered_at=timezone.now(), **facts
        )
    leave(worker, f"/residents/{person.pk}/leave/")
    assert set(MoveOffer.unscoped.values_list("state", "decided_note")) == {("withdrawn", "left")}


def test_who_died_and_the_same_person_are_no_endings_by_hand(street: Street) -> None:
    case = make_case(resident=make_resident(make_household(street.grid)), at=timezone.now())
    page = client_of(street.lead).get(f"/cases/{case.pk}/close/").content.decode()
    assert 'value="moved_away"' in page and 'value="died"' not in page and 'value="same_person"' not in page

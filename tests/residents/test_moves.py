"""Moves inside a street: one person, a whole household, what follows them, and who is told."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from grid.actions import audit
from grid.actions.audit import PlaceClosed
from grid.actions.places import close_place
from grid.models import AuditRecord, Notice, Place, Post
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from quarantine.models import CheckIn, IsolationCase, SupplyRequest
from residents.actions import moves
from residents.actions.moves import Arrival
from residents.models import Household, Resident
from residents.rules.addresses import Door
from tests.factories.grid import LONG_AGO, make_place, make_staff
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_household, make_resident
from tests.factories.supplies import make_supply_request
from tests.quarantine import test_races
from tests.residents.support import Street, client_of, hidden, make_street

NEW_DOOR = {"compound": "江边里", "building": "5", "unit": "2", "room": "301"}


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


def send(client: Client, address: str, grid: Place, **said: Any) -> Any:
    """Opens the page and sends its form."""
    page = client.get(address).content.decode()
    form = {name: hidden(page, name) for name in ("ticket", "version")}
    return client.post(address, form | NEW_DOOR | {"grid": grid.pk} | said)


def kinds_at(place: Place) -> list[str]:
    return list(Notice.unscoped.filter(grid=place).order_by("pk").values_list("kind", flat=True))


def test_one_person_moves_to_her_own_door_in_another_grid(street: Street) -> None:
    home, now = make_household(street.grid), timezone.now()
    mother, son = make_resident(home, "王桂兰", relation="02"), make_resident(home, "李明", relation="20")
    case = make_case(resident=son, at=now)
    make_check_in(case, at=now, temperature="36.5")
    request = make_supply_request(at=now, household=home, resident=son)
    client, address = client_of(street.worker), f"/residents/{son.pk}/move/"
    assert "is not yours leaves your lists" in client.get(address).content.decode()
    page = client.get(address).content.decode()
    form = NEW_DOOR | {"grid": street.sibling.pk, "ticket": hidden(page, "ticket"), "version": hidden(page, "version")}
    for _twice in range(2):
        assert client.post(address, form).url.startswith(f"/households/{home.pk}/?moved=")
    page = client.get(f"/households/{home.pk}/").content.decode()
    assert "李明: moved to" in page and "The relation to the old head is cleared" in page
    assert "The worker there has been told" in page
    son = Resident.unscoped.select_related("household").get(pk=son.pk)
    assert (son.grid, son.household.door, son.relation) == (street.sibling, "江边里 5-2-301", "")
    assert Household.unscoped.count() == 2
    assert IsolationCase.unscoped.get().grid == street.sibling and CheckIn.unscoped.get().grid == street.grid
    request.refresh_from_db(from_queryset=SupplyRequest.unscoped.all())
    assert request.household == home and mother.household == home
    assert kinds_at(street.sibling) == ["moved_in"] and kinds_at(street.grid) == []
    assert AuditRecord.objects.filter(deed="resident_moved").count() == 1


def test_the_receiving_worker_reads_who_moved_in_and_the_leaving_one_is_told(street: Street) -> None:
    person = make_resident(make_household(street.grid), "李明")
    assert send(client_of(street.lead), f"/residents/{person.pk}/move/", street.sibling).status_code == 302
    receiver = client_of(make_staff(Role.GRID_WORKER, street.sibling))
    new = Resident.unscoped.get().household_id
    assert (
        f'<a class="tap" href="/households/{new}/">Moved in: 江边里 5-2-301, 李明</a>'
        in receiver.get("/notices/").content.decode()
    )
    told = client_of(street.worker).get("/notices/").content.decode()
    assert "Somebody moved to another grid" in told and "李明" not in told


def test_the_last_one_takes_what_the_door_asked_for_along(street: Street) -> None:
    home = make_household(street.grid)
    person = make_resident(home)
    make_supply_request(at=timezone.now(), household=home)
    assert send(client_of(street.worker), f"/residents/{person.pk}/move/", street.far).status_code == 302
    request, person = SupplyRequest.unscoped.get(), Resident.unscoped.get()
    assert (request.household_id, request.grid, request.street) == (person.household_id, street.far, street.far.street)
    assert Household.unscoped.filter(pk=home.pk).exists()


def test_a_whole_household_keeps_its_row_its_relations_and_its_requests(street: Street) -> None:
    home, now = make_household(street.grid, note="rings twice"), timezone.now()
    wife = make_resident(home, relation="12")
    make_supply_request(at=now, household=home)
    address = f"/households/{home.pk}/move/"
    client = client_of(street.worker)
    page = client.get(address).content.decode()
    form = NEW_DOOR | {"grid": street.far.pk, "ticket": hidden(page, "ticket"), "version": hidden(page, "version")}
    for _twice in range(2):
        assert client.post(address, form).url.startswith("/residents/?moved=")
    home = Household.unscoped.get()
    assert (home.grid, home.door, home.note) == (street.far, "江边里 5-2-301", "rings twice")
    wife = Resident.unscoped.get()
    assert (wife.grid, wife.relation) == (street.far, "12") and SupplyRequest.unscoped.get().grid == street.far
    assert AuditRecord.objects.filter(deed="household_moved").count() == 1
    assert kinds_at(street.far) == ["moved_in"]


def test_whoever_lives_there_already_is_shown_and_she_says_with_whom(street: Street) -> None:
    there = make_household(street.grid, **NEW_DOOR)
    make_resident(there, "赵大海")
    home = make_household(street.grid)
    people = [make_resident(home, "王桂兰", relation="02"), make_resident(home, "李明", relation="20")]
    client, address = client_of(street.worker), f"/households/{home.pk}/move/"
    answer = send(client, address, street.grid)
    page = answer.content.decode()
    assert answer.status_code == 422 and "They move in with: 赵大海" in page and 'value="江边里"' in page
    assert "checked" not in page
    assert send(client, address, street.grid, beside=str(home.pk)).status_code == 422
    assert send(client, address, street.grid, beside=str(there.pk)).url.startswith(f"/households/{there.pk}/?moved=")
    assert {person.household_id for person in Resident.unscoped.all()} == {there.pk}
    assert {person.relation for person in Resident.unscoped.filter(pk__in=[p.pk for p in people])} == {""}


def test_who_lives_beyond_her_places_is_not_named_but_may_be_joined(street: Street) -> None:
    there = make_household(street.far, **NEW_DOOR)
    make_resident(there, "赵大海")
    person = make_resident(make_household(street.grid))
    client, address = client_of(street.worker), f"/residents/{person.pk}/move/"
    page = send(client, address, street.far).content.decode()
    assert "people who are registered there" in page and "赵大海" not in page
    assert send(client, address, street.far, beside=str(there.pk)).status_code == 302
    assert Resident.unscoped.get(pk=person.pk).household == there


def test_a_second_household_of_their_own_stands_at_the_same_door(street: Street) -> None:
    make_household(street.grid, **NEW_DOOR)
    person = make_resident(make_household(street.grid))
    answer = send(client_of(street.worker), f"/residents/{person.pk}/move/", street.grid, beside="own")
    assert answer.status_code == 302
    assert Household.unscoped.filter(**NEW_DOOR).count() == 2


def test_a_grid_of_another_street_or_none_is_refused(street: Street) -> None:
    person = make_resident(make_household(street.grid))
    client, address = client_of(street.worker), f"/residents/{person.pk}/move/"
    assert send(client, address, street.foreign).status_code == 422
    answer = client.post(address, NEW_DOOR)
    assert answer.status_code == 422 and 'value="江边里"' in answer.content.decode()
    assert Resident.unscoped.get().grid == street.grid


def test_a_helper_in_one_building_moves_nobody_out_of_the_grid(street: Street) -> None:
    home = make_household(street.grid)
    person, helper = make_resident(home), make_staff()
    Post.objects.create(
        staff=helper, place=street.grid, role=Role.GRID_WORKER, since=LONG_AGO, building=home.building,
        compound=home.compound,
    )  # fmt: skip
    client = client_of(helper)
    assert client.get(f"/residents/{person.pk}/").status_code == 200
    for address in (f"/residents/{person.pk}/move/", f"/households/{home.pk}/move/"):
        assert client.get(address).status_code == 403
        assert client.post(address, NEW_DOOR).status_code == 403


def test_a_page_from_before_a_change_is_told_and_keeps_what_was_typed(street: Street) -> None:
    person = make_resident(make_household(street.grid))
    client, address = client_of(street.worker), f"/residents/{person.pk}/move/"
    page = client.get(address).content.decode()
    Resident.unscoped.update(version=2)
    form = NEW_DOOR | {"grid": street.far.pk, "ticket": hidden(page, "ticket"), "version": hidden(page, "version")}
    answer = client.post(address, form)
    assert answer.status_code == 422 and "Somebody else has saved this meanwhile" in answer.content.decode()
    again = answer.content.decode()
    assert client.post(address, form | {"version": hidden(again, "version")}).status_code == 302


def test_her_own_grids_stand_first_and_nothing_is_chosen(street: Street) -> None:
    person = make_resident(make_household(street.grid))
    page = client_of(street.lead).get(f"/residents/{person.pk}/move/").content.decode()
    select = page[page.index('<select name="grid"') : page.index("</select>")]
    assert select.count("<optgroup") == 2 and "selected>—" in select.replace(' selected="selected"', " selected")
    hers, others = select.split("<optgroup")[1:]
    assert 'label="Your grids"' in hers and f'label="{street.far.parent}"' in others
    assert all(f'value="{grid.pk}"' in hers for grid in (street.grid, street.sibling))
    assert f'value="{street.far.pk}"' in others and others.count("<option") == 1


def test_a_move_to_a_door_without_its_compound_is_asked_about(street: Street) -> None:
    person = make_resident(make_household(street.grid))
    make_household(street.far, compound="望江花园", building="2", unit="1", room="201")
    client, address = client_of(street.worker), f"/residents/{person.pk}/move/"
    page = client.get(address).content.decode()
    form = {name: hidden(page, name) for name in ("ticket", "version")}
    form |= {"grid": str(street.far.pk), "building": "2", "unit": "1", "room": "201"}
    answer = client.post(address, form)
    assert answer.status_code == 422 and "望江花园 2-1-201" in answer.content.decode()
    answer = client.post(address, form | {"known_compound": "望江花园"})
    assert answer.status_code == 422 and 'name="beside"' in answer.content.decode()
    assert client.post(address, form | {"known_compound": "望江花园", "beside": "own"}).status_code == 302
    assert Resident.unscoped.get(pk=person.pk).household.door == "望江花园 2-1-201"


@pytest.mark.parametrize("people", [1, 3])
def test_the_page_costs_the_same_queries(street: Street, people: int, django_assert_num_queries: Any) -> None:
    home = make_household(street.grid)
    persons = [make_resident(home) for _ in range(people)]
    for _ in range(people):
        make_place(parent=street.far.parent)
    client = client_of(street.worker)
    with django_assert_num_queries(10):
        client.get(f"/residents/{persons[0].pk}/move/")


# -- at once --------------------------------------------------------------------------------------------------------


def at_once(*deeds: Callable[[], Any]) -> list[str]:
    """The names of what the deeds raised when they ran at once."""
    return [type(fault).__name__ for fault in test_races.at_once(*deeds)]


def to(grid: Place, room: str, beside: int | None = None) -> Arrival:
    return Arrival(grid, Door("江边里", "5", "2", room), beside, audit.reserve_id(Household))


def two_movers() -> list[str]:
    """Two move the same person to two grids, both having opened the page before."""
    street = make_street()
    person = make_resident(make_household(street.grid))
    said: dict[str, Any] = {"resident": person, "version": 1, "by": SYSTEM, "at": timezone.now()}
    return at_once(
        lambda: moves.move_resident(to=to(street.sibling, "1"), **said),
        lambda: moves.move_resident(to=to(street.far, "2"), **said),
    )


@pytest.mark.usefixtures("fresh_database")
def test_of_two_who_move_the_same_person_one_is_told() -> None:
    assert two_movers() == ["EditedMeanwhile"]
    assert AuditRecord.objects.filter(deed="resident_moved").count() == 1
    assert Household.unscoped.count() == 2


@pytest.mark.usefixtures("fresh_database")
def test_without_the_version_the_second_move_would_silently_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "claim_version", lambda *_args: None)
    monkeypatch.setattr(moves, "_went_elsewhere", lambda *_args: False)
    assert two_movers() == []
    assert Household.unscoped.count() == 3


def moved_while_closing() -> list[str]:
    """One moves into a grid that another closes."""
    street = make_street()
    person = make_resident(make_household(street.grid))
    target = make_place(parent=street.far.parent)
    said: dict[str, Any] = {"resident": person, "version": 1, "by": SYSTEM, "at": timezone.now()}
    return at_once(
        lambda: moves.move_resident(to=to(target, "1"), **said),
        lambda: close_place(place=target, version=1, by=SYSTEM, at=timezone.now()),
    )


@pytest.mark.usefixtures("fresh_database")
def test_nobody_is_left_in_a_grid_that_closes_meanwhile() -> None:
    assert moved_while_closing() in (["PlaceClosed"], ["ValidationError"])
    assert not Resident.unscoped.filter(grid__closed_at__isnull=False).exists()


def test_without_the_look_at_the_grid_somebody_would_live_in_a_closed_one(street: Street, monkeypatch) -> None:
    person, target = make_resident(make_household(street.grid)), make_place(parent=street.far.parent)
    said: dict[str, Any] = {"resident": person, "version": 1, "by": SYSTEM, "at": timezone.now()}
    close_place(place=target, version=1, by=SYSTEM, at=timezone.now())
    with pytest.raises(PlaceClosed):
        moves.move_resident(to=to(target, "1"), **said)
    monkeypatch.setattr(moves, "confirm_open", lambda _place: None)
    moves.move_resident(to=to(target, "1"), **said)
    assert Resident.unscoped.filter(grid__closed_at__isnull=False).exists()


@pytest.mark.usefixtures("fresh_database")
def test_two_households_that_move_in_with_each_other_end_in_one_place() -> None:
    street = make_street()
    first, second = make_household(street.grid, **NEW_DOOR), make_household(street.far, **NEW_DOOR)
    make_resident(first), make_resident(second)
    said: dict[str, Any] = {"version": 1, "by": SYSTEM, "at": timezone.now()}
    door = Door(**NEW_DOOR)
    faults = at_once(
        lambda: moves.move_household(household=first, to=Arrival(second.grid, door, second.pk, 0), **said),
        lambda: moves.move_household(household=second, to=Arrival(first.grid, door, first.pk, 0), **said),
    )
    assert len(faults) <= 1
    assert Resident.unscoped.count() == 2

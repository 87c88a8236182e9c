"""The page of a door, its change, and a person added to it."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grid.actions.audit import EditedMeanwhile
from grid.models import AuditRecord
from residents.forms.households import ticket_for
from residents.models import Household, Resident
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.support import Street, client_of, hidden, make_street

HER_PAGES = ("/households/{}/", "/households/{}/edit/", "/households/{}/people/add/")


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


def test_the_page_shows_who_lives_there_and_how_to_ring(street: Street) -> None:
    household = make_household(street.grid, room="502", note="狗")
    make_resident(household, "李小红", make_id_number(date(2015, 1, 1), "F"), relation="30")
    make_resident(household, "李明", phones=["19900000001"], relation="02", care_tags=["lives_alone"])
    make_resident(household, "李走", left_on=date(2020, 1, 1), left_reason="moved_out")
    page = client_of(street.worker).get(f"/households/{household.pk}/").content.decode()
    assert page.index("李明") < page.index("李小红") and "李走" not in page
    assert 'href="tel:19900000001"' in page and "lives alone" in page and "狗" in page
    assert f"/households/{household.pk}/edit/" in page and f"/households/{household.pk}/people/add/" in page


def test_a_household_whose_head_left_says_so_and_the_way_on(clock: None, street: Street) -> None:
    household = make_household(street.grid)
    head = make_resident(household, "李明", relation="02")
    stays = make_resident(household, "李小红", relation="30")
    client, address = client_of(street.worker), f"/residents/{head.pk}/leave/"
    assert "no head now" not in client.get(f"/households/{household.pk}/").content.decode()
    form = {"people": hidden(client.get(address).content.decode(), "people"), "reason": "moved_out", "on": "2026-03-04"}
    told = client.post(address, form, follow=True).content.decode()
    assert "The button “Lives here again, or was entered by mistake” below takes it back." in told
    page = client.get(f"/households/{household.pk}/").content.decode()
    assert "This household has no head now." in page and page.count(f"/households/{household.pk}/head/") == 2
    seen = client_of(street.supervisor).get(f"/households/{household.pk}/").content.decode()
    assert "no head now" in seen and f"/households/{household.pk}/head/" not in seen
    Resident.unscoped.filter(pk=stays.pk).update(bed="2")
    assert "no head now" not in client.get(f"/households/{household.pk}/").content.decode(), "a dormitory has none"


def test_the_page_asks_the_same_number_of_questions_for_one_and_three_people(street: Street) -> None:
    household, client = make_household(street.grid), client_of(street.supervisor)
    asked = []
    for people in (1, 2):
        for _number in range(people):
            make_resident(household, phones=["19900000001"], care_tags=["disabled"])
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/households/{household.pk}/")
        asked.append([query["sql"] for query in queries])
    of_the_register = [sql for sql in asked[0] if 'FROM "residents_' in sql]
    assert len(asked[0]) == len(asked[1]) and len(of_the_register) == 5


@pytest.mark.parametrize("address", HER_PAGES)
def test_her_own_door_opens_and_those_outside_do_not_exist(street: Street, address: str) -> None:
    client = client_of(street.worker)
    assert client.get(address.format(make_household(street.grid).pk)).status_code == 200
    for place in (street.sibling, street.far, street.foreign):
        assert client.get(address.format(make_household(place).pk)).status_code == 404
        assert client.post(address.format(make_household(place).pk), {}).status_code in (404, 405)


def test_readers_see_the_door_and_may_not_change_it(street: Street) -> None:
    household, client = make_household(street.grid), client_of(street.supervisor)
    page = client.get(HER_PAGES[0].format(household.pk)).content.decode()
    assert f"/households/{household.pk}/edit/" not in page
    for address in HER_PAGES[1:]:
        assert client.get(address.format(household.pk)).status_code == 403
        assert client.post(address.format(household.pk), {}).status_code == 403


def test_the_page_of_a_door_takes_no_post(street: Street) -> None:
    household = make_household(street.grid)
    assert client_of(street.worker).post(f"/households/{household.pk}/").status_code == 405


def test_a_door_is_changed_and_its_place_in_the_walk_with_it(street: Street) -> None:
    household, client = make_household(street.grid, building="12", room="1"), client_of(street.worker)
    earlier = make_household(street.grid, building="3", room="1")
    form = {"compound": "望江花园", "building": "2", "unit": "1", "room": "101", "note": "", "version": "1"}
    answer = client.post(f"/households/{household.pk}/edit/", form)
    assert answer["Location"] == f"/households/{household.pk}/"
    walk = list(Household.objects.visible_to(street.worker).in_walking_order())
    assert walk == [household, earlier] and walk[0].door == "望江花园 2-1-101" and walk[0].version == 2
    assert AuditRecord.objects.get(deed="household_edited").facts == {"changed": ["building", "room", "walk_key"]}


def test_a_change_over_somebody_elses_is_told_with_what_stands_now_and_kept(street: Street) -> None:
    household, client = make_household(street.grid, room="502", note="旧"), client_of(street.worker)
    address = f"/households/{household.pk}/edit/"
    page = client.get(address).content.decode()
    form = {
        "compound": household.compound,
        "building": "3",
        "unit": "1",
        "room": "502",
        "version": hidden(page, "version"),
    }
    client_of(street.lead).post(address, form | {"grid": street.grid.pk, "note": "狗凶"})
    answer = client.post(address, form | {"note": "晚上来"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "Remark on the door is now: 狗凶" in page and 'value="晚上来"' in page
    assert Household.unscoped.get(pk=household.pk).note == "狗凶"
    client.post(address, form | {"note": "晚上来", "version": hidden(page, "version")})
    assert Household.unscoped.get(pk=household.pk).note == "晚上来"


def test_without_the_version_the_later_change_would_win_unseen(street: Street) -> None:
    """The action itself refuses what the page would have to explain."""
    from django.utils import timezone

    from grid.rules.actors import Actor
    from residents.actions.households import edit_household
    from residents.rules.addresses import Door

    household = make_household(street.grid)
    for expected in (None, EditedMeanwhile):
        deed = {"household": household, "version": 1, "grid": street.grid, "door": Door("", "1", "1", "1"), "note": ""}
        deed |= {"by": Actor.staff(street.worker.pk), "at": timezone.now()}
        if expected is None:
            edit_household(**deed)
        else:
            with pytest.raises(expected):
                edit_household(**deed)


def test_a_lead_moves_a_door_to_another_grid_and_its_people_go_along(street: Street) -> None:
    household = make_household(street.grid, room="502")
    person = make_resident(household)
    form = {"grid": street.sibling.pk, "building": "3", "unit": "1", "room": "502", "version": "1"}
    assert client_of(street.lead).post(f"/households/{household.pk}/edit/", form).status_code == 302
    person.refresh_from_db()
    assert person.grid == street.sibling
    assert client_of(street.worker).get(f"/residents/{person.pk}/").status_code == 404


def test_a_door_is_never_moved_outside_her_places(street: Street) -> None:
    household = make_household(street.grid, room="502")
    form = {"grid": street.far.pk, "building": "3", "unit": "1", "room": "502", "version": "1"}
    assert client_of(street.lead).post(f"/households/{household.pk}/edit/", form).status_code == 422
    assert Household.unscoped.get().grid == street.grid


def test_a_person_is_added_to_a_door_once_however_often_the_form_is_sent(street: Street) -> None:
    household, client = make_household(street.grid), client_of(street.worker)
    address = f"/households/{household.pk}/people/add/"
    form = {
        "ticket": hidden(client.get(address).content.decode(), "ticket"),
        "name": "张三丰",
        "phones": "027-88881234",
    }
    for _time in range(2):
        assert client.post(address, form)["Location"] == f"/households/{household.pk}/"
    person = Resident.unscoped.get()
    assert (person.household, person.grid, person.phones) == (household, street.grid, ["02788881234"])
    assert AuditRecord.objects.filter(deed="resident_added", subject_id=person.pk).count() == 1


def test_a_person_without_a_name_is_not_added(street: Street) -> None:
    household, client = make_household(street.grid), client_of(street.worker)
    answer = client.post(f"/households/{household.pk}/people/add/", {"name": " "})
    assert answer.status_code == 422 and not Resident.unscoped.exists()


def test_a_ticket_of_somebody_else_reserves_nothing_for_her(street: Street) -> None:
    household, other = make_household(street.grid), make_resident(make_household(street.grid))
    stolen = ticket_for(Resident, other.pk, street.lead)
    client_of(street.worker).post(f"/households/{household.pk}/people/add/", {"name": "张三", "ticket": stolen})
    assert Resident.unscoped.count() == 2


def test_a_ticket_for_a_door_reserves_nothing_for_a_person(street: Street) -> None:
    """Else a worker could take ids that the register will hand out later, and swallow what others enter then."""
    household, planted = make_household(street.grid), 9_999_999
    ticket = ticket_for(Household, planted, street.worker)
    client_of(street.worker).post(f"/households/{household.pk}/people/add/", {"name": "张三", "ticket": ticket})
    assert Resident.unscoped.exists() and not Resident.unscoped.filter(pk=planted).exists()

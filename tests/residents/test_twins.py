"""Suspicions: found at once for whoever is typed or saved, and each night for everybody; decided once."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from grid.models import AuditRecord, OutboxTask
from grid.rules.actors import SYSTEM
from residents.actions import twins as deeds
from residents.actions.residents import edit_resident
from residents.models import Resident, TwinPair
from residents.queries import twins as queries
from residents.rules.people import PersonFacts
from tests.factories.grid import make_place, make_staff
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.factories.twins import make_twins
from tests.residents.support import Street, client_of, hidden, household_form, make_street

pytestmark = pytest.mark.django_db
BORN = date(1980, 5, 17)


@pytest.fixture
def street() -> Street:
    return make_street()


def adding(client: Any, household: Any, **person: str) -> dict[str, str]:
    """The form of one more person, as the browser would send it."""
    page = client.get(f"/households/{household.pk}/people/add/").content.decode()
    return {"ticket": hidden(page, "ticket"), **person}


def open_pairs() -> list[tuple[int, int, list[str]]]:
    pairs = TwinPair.unscoped.filter(decision="").order_by("pk")
    return [(pair.first_id, pair.second_id, pair.reasons) for pair in pairs]


# --- beside the form -----------------------------------------------------------------------------------------------


def test_a_likely_twin_is_shown_first_and_her_word_saves(street: Street) -> None:
    here, client = make_household(street.grid), client_of(street.worker)
    twin = make_resident(make_household(street.grid), name="陈美玲", birth_date=BORN)
    form = adding(client, here, name="陈美龄", birth_date="1980-05-17")
    url = f"/households/{here.pk}/people/add/"
    refused = client.post(url, form)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Not saved yet: somebody like this is registered." in page
    assert "陈美玲" in page
    assert "names sound alike" in page
    assert f"/residents/{twin.pk}/move/" in page
    assert 'value="陈美龄"' in page  # nothing typed is lost
    assert not Resident.unscoped.filter(household=here).exists()
    assert client.post(url, {**form, "different": "made up"}).status_code == 422
    word = hidden(page, "different")
    assert client.post(url, {**form, "different": word}).status_code == 302
    assert client.post(url, {**form, "different": word}).status_code == 302
    added = Resident.unscoped.get(household=here)
    assert open_pairs() == [(twin.pk, added.pk, ["same_sound", "birth_date"])]  # the lead still looks


def test_who_moved_here_comes_with_the_door_where_she_was_typed(street: Street) -> None:
    """A door that stands goes along by its id, a new one by what was typed; one confirmation each."""
    here, client = make_household(street.grid, room="502"), client_of(street.worker)
    make_resident(here, name="赵六")
    twins = [make_resident(make_household(street.grid), name="陈美玲", birth_date=BORN) for _ in range(2)]
    page = client.post(
        f"/households/{here.pk}/people/add/", adding(client, here, name="陈美玲", birth_date="1980-05-17")
    )
    address = f"/residents/{twins[0].pk}/move/?to={here.pk}"
    assert f'href="{address}"' in page.content.decode()
    opened = client.get(address).content.decode()
    door = {name: getattr(here, name) for name in ("compound", "building", "unit", "room")}
    assert all(hidden(opened, name) == value for name, value in door.items())
    assert f'value="{street.grid.pk}" selected' in opened and "They move in with: 赵六" in opened
    form = {name: hidden(opened, name) for name in ("ticket", "version")} | door
    sent = client.post(address, form | {"grid": street.grid.pk, "beside": here.pk})
    assert sent.status_code == 302 and Resident.unscoped.get(pk=twins[0].pk).household == here
    for elsewhere in (make_household(street.far).pk, make_household(street.foreign).pk, twins[1].household_id):
        assert client.get(f"/residents/{twins[1].pk}/move/?to={elsewhere}").status_code == 404
    form = household_form(client, {"name": "陈美玲", "birth_date": "1980-05-17"}, building="9", room="101")
    page = client.post("/households/add/", form).content.decode()
    assert f'formaction="/residents/{twins[1].pk}/move/"' in page
    opened = client.post(f"/residents/{twins[1].pk}/move/", form | {"carry": hidden(page, "carry")})
    assert opened.status_code == 200 and Resident.unscoped.get(pk=twins[1].pk).household == twins[1].household
    words = opened.content.decode()
    assert (hidden(words, "building"), hidden(words, "room")) == ("9", "101")
    assert f'value="{street.grid.pk}" selected' in words
    form = {name: hidden(words, name) for name in ("ticket", "version", "building", "room")}
    assert client.post(f"/residents/{twins[1].pk}/move/", form | {"grid": street.grid.pk}).status_code == 302
    assert Resident.unscoped.get(pk=twins[1].pk).household.door == "9-101"


def test_her_word_holds_for_those_who_were_shown_and_for_her_alone(street: Street) -> None:
    here, client = make_household(street.grid), client_of(street.worker)
    make_resident(make_household(street.grid), name="陈美玲", birth_date=BORN)
    form = adding(client, here, name="陈美玲", birth_date="1980-05-17")
    url = f"/households/{here.pk}/people/add/"
    word = hidden(client.post(url, form).content.decode(), "different")
    assert client_of(street.lead).post(url, {**form, "different": word}).status_code == 422
    make_resident(make_household(street.grid), name="陳美玲", birth_date=BORN)
    assert client.post(url, {**form, "different": word}).status_code == 422
    assert Resident.unscoped.filter(household=here).count() == 0


def test_a_number_of_the_street_stays_refused_and_shows_the_ways_on(street: Street) -> None:
    here, client, number = make_household(street.grid), client_of(street.worker), make_id_number()
    twin = make_resident(make_household(street.grid), name="陈美玲", id_number=number)
    page = client.post(f"/households/{here.pk}/people/add/", adding(client, here, name="王五", id_number=number))
    words = page.content.decode()
    assert page.status_code == 422
    assert f"/residents/{twin.pk}/move/" in words
    assert f'href="/residents/{twin.pk}/"' in words
    assert 'name="different"' not in words


def test_a_damaged_number_finds_its_owner(street: Street) -> None:
    here, client, number = make_household(street.grid), client_of(street.worker), make_id_number(BORN)
    make_resident(make_household(street.grid), name="陈美玲", id_number=number)
    wrong = number[:15] + str((int(number[15]) + 1) % 10) + number[16:]
    swapped = number[:12] + number[13] + number[12] + number[14:]
    for typed in (wrong, swapped):
        answer = client.post("/twins/look/", {"household": here.pk, "name": "陈美玲", "id_number": typed})
        assert "ID numbers one slip apart" in answer.content.decode()
        assert typed not in answer.content.decode()


def test_nobody_outside_her_places_is_named(street: Street) -> None:
    here, client = make_household(street.grid), client_of(street.worker)
    make_resident(make_household(street.far), name="陈美玲", birth_date=BORN)
    typed = {"household": here.pk, "name": "陈美玲", "birth_date": "1980-05-17"}
    assert "陈美玲" not in client.post("/twins/look/", typed).content.decode()
    form = adding(client, here, name="陈美玲", birth_date="1980-05-17")
    assert client.post(f"/households/{here.pk}/people/add/", form).status_code == 302
    assert len(open_pairs()) == 1


def test_the_look_while_typing(street: Street, django_assert_num_queries: Any) -> None:
    here, client = make_household(street.grid), client_of(street.worker)
    assert client.get("/twins/look/").status_code == 405
    assert client.post("/twins/look/", {"household": make_household(street.sibling).pk}).status_code == 404
    assert client_of(street.supervisor).post("/twins/look/", {"household": here.pk}).status_code == 403
    assert client.post("/twins/look/", {"household": here.pk, "name": ""}).content.decode().strip() == ""
    typed = {"household": here.pk, "name": "陈美玲", "birth_date": "1980-05-17"}
    for rows in (1, 3):
        while Resident.unscoped.filter(name="陈美玲").count() < rows:
            make_resident(make_household(street.grid), name="陈美玲", birth_date=BORN)
        client.post("/twins/look/", typed)
        with django_assert_num_queries(LOOK_QUERIES):
            page = client.post("/twins/look/", typed).content.decode()
        assert page.count('class="strong">陈美玲') == rows
    whole = {"rows": "1", "p0-name": "陈美玲", "p0-birth_date": "1980-05-17", "room": "101"}
    assert "陈美玲" in client.post("/twins/look/", whole).content.decode()


LOOK_QUERIES = 7  # three of the login, the door, candidates, which of them are in sight, the banner


def test_a_whole_household_is_compared_at_once(street: Street) -> None:
    client = client_of(street.worker)
    make_resident(make_household(street.grid), name="陈美玲", phones=["19900001111"])
    make_resident(make_household(street.grid), name="王建国", birth_date=BORN)
    people = [
        {"name": "陈美玲", "phones": "19900001111"},
        {"name": "王建帼", "birth_date": "1980-05-17"},
        {"name": "赵六"},
    ]
    form = household_form(client, *people, building="9", room="101")
    refused = client.post("/households/add/", form)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "陈美玲" in page
    assert "王建国" in page
    saved = client.post("/households/add/", {**form, "different": hidden(page, "different")})
    assert saved.status_code == 302
    assert len(open_pairs()) == 2


def test_an_edit_tells_of_a_new_twin_once(street: Street) -> None:
    client = client_of(street.worker)
    twin = make_resident(make_household(street.grid), name="陈美玲", birth_date=BORN)
    person = make_resident(make_household(street.grid), name="陈美林", birth_date=BORN)
    url = f"/residents/{person.pk}/edit/"
    form = {"name": "陈美玲", "birth_date": "1980-05-17", "version": person.version}
    refused = client.post(url, form)
    assert refused.status_code == 422
    assert "陈美玲" in refused.content.decode()
    assert "move/" not in refused.content.decode().split('id="twins"')[1]
    typed = client.post("/twins/look/", {**form, "resident": person.pk})
    assert f'href="/residents/{twin.pk}/"' in typed.content.decode()
    form |= {"different": hidden(refused.content.decode(), "different")}
    assert client.post(url, form).status_code == 302
    assert len(open_pairs()) == 1
    again = {"name": "陈美玲", "birth_date": "1980-05-17", "note": "二楼", "version": person.version + 1}
    assert client.post(url, again).status_code == 302


# --- found ---------------------------------------------------------------------------------------------------------


def test_a_night_finds_the_twins_of_each_community(street: Street) -> None:
    mine = make_resident(make_household(street.grid), name="陈美玲", birth_date=BORN)
    far = make_resident(make_household(street.far), name="陳美龄", birth_date=BORN)
    make_resident(make_household(street.foreign), name="陈美玲", birth_date=BORN)  # another street
    make_resident(make_household(street.grid), name="陈美玲", birth_date=date(1999, 1, 1))  # a namesake
    dotted = make_resident(make_household(street.grid), name="买买提·艾力", phones=["19900002222"])
    bare = make_resident(make_household(street.sibling), name="买买提艾力", phones=["19900002222"])
    passport = make_resident(make_household(street.grid), name="JOHN SMITH")
    assert passport.pk
    now = timezone.now()
    deeds.ask_everywhere(at=now)
    asked = OutboxTask.objects.filter(task="find_twins").values_list("arguments", flat=True)
    assert {arguments["place_id"] for arguments in asked} >= {street.grid.parent_id, street.far.parent_id}
    for place in (street.grid.parent, street.far.parent, street.grid.parent):
        deeds.find_twins(place_id=place.pk, at=now)
    assert sorted(open_pairs()) == [
        (mine.pk, far.pk, ["same_sound", "birth_date"]),
        (dotted.pk, bare.pk, ["same_name", "phone"]),
    ]


def test_a_suspicion_goes_with_its_reason_and_a_decision_stands_until_there_is_a_new_one(street: Street) -> None:
    one = make_resident(make_household(street.grid), name="陈美玲", birth_date=BORN)
    other = make_resident(make_household(street.grid), name="陈美玲", birth_date=BORN)
    community, now = street.grid.parent_id or 0, timezone.now()
    deeds.find_twins(place_id=community, at=now)
    pair = TwinPair.unscoped.get()
    deeds.keep_apart(pair=pair, by=SYSTEM, at=now)
    deeds.find_twins(place_id=community, at=now)
    deeds.note_twins(people=[one.pk], at=now)
    assert open_pairs() == []
    facts = PersonFacts(name="陈美玲", birth_date=BORN, phones=("19900001111",))
    edit_resident(resident=one, version=1, facts=facts, by=SYSTEM, at=now)
    assert open_pairs() == []
    edit_resident(resident=other, version=1, facts=facts, by=SYSTEM, at=now)
    assert open_pairs() == [(one.pk, other.pk, ["same_name", "birth_date", "phone"])]
    edit_resident(resident=other, version=2, facts=PersonFacts(name="李雪"), by=SYSTEM, at=now)
    assert open_pairs() == []
    assert not TwinPair.unscoped.exists()


# --- the page of the lead ------------------------------------------------------------------------------------------


def test_a_whole_household_is_compared_to_the_last_of_it(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_MOST_NAMESAKES", 2)
    here, there = make_household(street.grid), make_household(street.grid)
    for number, name in enumerate(("陈美玲", "张三", "李四")):
        for door in (here, there):
            make_resident(door, name, phones=[f"1990000777{number}"])
    for _twice in range(2):  # what is not looked at anew must not count as gone
        deeds.note_twins(
            people=Resident.unscoped.filter(household=here).values_list("pk", flat=True), at=timezone.now()
        )
        assert TwinPair.unscoped.count() == 3


def test_the_page_shows_the_surest_first_and_as_much_as_its_reader_may_know(
    street: Street, django_assert_num_queries: Any
) -> None:
    client = client_of(street.lead)
    assert "Nobody seems to be registered twice." in client.get("/twins/").content.decode()
    door = make_household(street.grid)
    for rows in (1, 3):
        while TwinPair.unscoped.count() < rows:
            number = TwinPair.unscoped.count()
            make_twins(
                make_resident(door, name=f"甲{number}"), make_resident(door, name=f"乙{number}"), strength=60 + number
            )
        client.get("/twins/")
        with django_assert_num_queries(LIST_QUERIES):
            page = client.get("/twins/").content.decode()
    assert f'<span class="muted">{street.grid.name}</span>' in page  # she has one community: the grid says enough
    assert page.index("甲2") < page.index("甲1") < page.index("甲0")
    hidden_one = make_resident(make_household(street.far), name="丙丁")
    make_twins(make_resident(door, name="戊己"), hidden_one, ("same_sound", "door"), strength=90)
    page = client.get("/twins/?reason=same_sound").content.decode()
    assert "戊己" in page
    assert "丙丁" not in page
    assert f"somebody of {street.far.parent}" in page
    assert "甲1" not in page
    both = make_staff()
    for place in (street.grid.parent, street.far.parent):
        both.posts.create(place=place, role="community_lead", since="2020-01-01T00:00Z")  # type: ignore[attr-defined]
    page = client_of(both).get("/twins/?reason=same_sound").content.decode()
    assert "丙丁" in page and f"{street.grid.parent} · {street.grid.name}" in page


LIST_QUERIES = 7  # three of the login, how many, the page, notices and banner of the frame


def test_two_people_are_kept_apart_with_one_tap_and_an_undo(street: Street) -> None:
    client, door = client_of(street.lead), make_household(street.grid)
    first = make_resident(door, name="甲甲", phones=["19900001111"], relation="02")
    pair = make_twins(first, make_resident(door, name="乙乙"))
    compare = f"/twins/{pair.first_id}/{pair.second_id}/"
    page = client.get(compare).content.decode()
    assert f"/twins/{pair.pk}/apart/" in page and "19900001111" in page and "head of household" in page
    assert client.get(f"/twins/{pair.pk}/apart/").status_code == 405
    for _time in range(2):
        answer = client.post(f"/twins/{pair.pk}/apart/", follow=True)
        assert f"甲甲 ({door.door}) and 乙乙 ({door.door}) stay two people." in answer.content.decode()
    assert AuditRecord.objects.filter(deed="twins_kept_apart").count() == 1
    assert open_pairs() == []
    assert f"/twins/{pair.pk}/apart/" not in client.get(compare).content.decode(), "decided already"
    for _time in range(2):
        answer = client.post(f"/twins/{pair.pk}/reopen/", follow=True)
        assert "甲甲" in answer.content.decode()
    assert len(open_pairs()) == 1
    half = make_twins(make_resident(door), make_resident(make_household(street.far)))
    assert client.post(f"/twins/{half.pk}/apart/").status_code == 404
    assert client_of(street.worker).post(f"/twins/{pair.pk}/apart/").status_code == 403
    assert client_of(make_staff("community_lead", make_place())).post(f"/twins/{pair.pk}/apart/").status_code == 404

"""Deeds on a household: split, joined and parted again, another head, beds, nobody in."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from grid.models import AuditRecord, Notice, Post
from grid.registries import tenants_of
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from quarantine.models import SupplyRequest
from residents.actions import joining, offers
from residents.actions.people import OfferedAway
from residents.models import Household, Resident
from residents.rules.addresses import Door
from tests.factories.grid import LONG_AGO, make_staff
from tests.factories.quarantine import make_case
from tests.factories.residents import make_household, make_resident
from tests.factories.supplies import make_supply_request
from tests.residents.support import Street, client_of, hidden, make_street


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


@pytest.fixture
def worker(street: Street) -> Client:
    return client_of(street.worker)


def family(street: Street, **door: Any) -> tuple[Household, Resident, Resident, Resident]:
    """Head, wife and son behind one door."""
    household = make_household(street.grid, **door)
    people = [
        make_resident(household, name, relation=code) for name, code in (("李明", "02"), ("王芳", "12"), ("李小", "20"))
    ]
    return household, people[0], people[1], people[2]


def now(row: Any) -> Any:
    return type(row).unscoped.get(pk=row.pk)


def split_form(client: Client, household: Household, **said: Any) -> dict[str, Any]:
    page = client.get(f"/households/{household.pk}/split/").content.decode()
    assert " checked" not in page
    return {"ticket": hidden(page, "ticket"), "version": hidden(page, "version")} | said


def test_some_get_a_household_of_their_own_at_the_same_door(street: Street, worker: Client) -> None:
    household, head, wife, son = family(street, room="502")
    case = make_case(resident=wife, at=timezone.now())
    said = {"people": [wife.pk, son.pk], "head": wife.pk, "where": "same"}
    form, address = split_form(worker, household, **said), f"/households/{household.pk}/split/"
    answers = [worker.post(address, form)["Location"] for _time in range(2)]
    new = Household.unscoped.exclude(pk=household.pk).get()
    assert answers == [f"/households/{new.pk}/"] * 2 and new.door == household.door
    assert [now(one).household for one in (head, wife, son)] == [household, new, new]
    assert [now(one).relation for one in (head, wife, son)] == ["02", "02", ""]
    case.refresh_from_db(from_queryset=type(case).unscoped.all())
    assert case.closed_at is None and case.grid == street.grid
    page = worker.get(f"/households/{household.pk}/").content.decode()
    assert "Other households at this door" in page and f"/households/{new.pk}/" in page
    assert AuditRecord.objects.get(deed="household_split").facts == {"household": new.pk, "people": 2}


def test_when_the_head_leaves_nobody_here_is_anything_to_her_any_more(street: Street, worker: Client) -> None:
    household, head, wife, son = family(street)
    said = {"people": [head.pk], "head": "0", "where": "other", "building": "9", "room": "101"}
    answer = worker.post(f"/households/{household.pk}/split/", split_form(worker, household, **said), follow=True)
    assert "has no head now" in answer.content.decode()
    assert [now(one).relation for one in (head, wife, son)] == ["", "", ""]
    assert now(head).household.door == "9-101"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Choose who leaves."),
        ({"people": "all", "head": "first", "where": "same"}, "Somebody must stay here"),
        ({"people": "last", "head": "first", "where": "same"}, "must be one of those who leave"),
        ({"people": "last", "head": "last", "where": "other"}, "Say the door"),
        ({"people": "last", "head": "last", "where": "other", "building": "7", "room": "1"}, "already a household"),
    ],
)
def test_what_is_no_split_is_told_in_words(street: Street, worker: Client, said: dict[str, str], words: str) -> None:
    household, head, _wife, son = family(street)
    make_household(street.grid, compound="", building="7", unit="", room="1")
    everybody = list(Resident.unscoped.filter(household=household).values_list("pk", flat=True))
    meant = {"all": everybody, "first": head.pk, "last": son.pk}
    form = split_form(worker, household, **{name: meant.get(value, value) for name, value in said.items()})
    answer = worker.post(f"/households/{household.pk}/split/", form)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert Resident.unscoped.filter(household=household).count() == 3


def test_a_helper_in_one_building_is_told_that_the_door_is_outside_of_it(street: Street) -> None:
    """As on every page of hers; what she typed stays."""
    home = make_household(street.grid, compound="", building="3")
    stays, goes = make_resident(home), make_resident(home)
    helper = make_staff()
    Post.objects.create(staff=helper, place=street.grid, role=Role.GRID_WORKER, since=LONG_AGO, building="3")
    client, address = client_of(helper), f"/households/{home.pk}/split/"
    page = client.get(address).content.decode()
    form = {name: hidden(page, name) for name in ("ticket", "version")} | {"people": [goes.pk], "head": "0"}
    answer = client.post(address, form | {"where": "other", "building": "4", "room": "401"})
    assert answer.status_code == 422 and "outside your building" in answer.content.decode()
    assert 'value="401"' in answer.content.decode()
    assert Resident.unscoped.get(pk=goes.pk).household == stays.household
    assert client.post(address, form | {"where": "other", "building": "3", "room": "401"}).status_code == 302


def test_a_split_of_what_was_changed_meanwhile_is_told_and_kept(street: Street, worker: Client) -> None:
    household, _head, wife, _son = family(street)
    form = split_form(worker, household, people=[wife.pk], head=wife.pk, where="same")
    Household.unscoped.filter(pk=household.pk).update(version=5)
    answer = worker.post(f"/households/{household.pk}/split/", form)
    page = answer.content.decode()
    assert answer.status_code == 422 and "Somebody else has saved this meanwhile" in page
    assert page.count(" checked") == 3 and hidden(page, "version") == "5"


def names_at(household: Household) -> list[str]:
    return list(Resident.unscoped.current().filter(household=household).values_list("name", flat=True))


def joined(client: Client, kept: Household, other: Household) -> Any:
    page, form = client.get(f"/households/{kept.pk}/join/").content.decode(), {"find": ""}
    assert (f'value="{other.pk}"' in page) == (other.door == kept.door), "another door is only found by writing it"
    if other.door != kept.door:
        form["find"] = other.door
        page = client.post(f"/households/{kept.pk}/join/", form | {"look": "1"}).content.decode()
    assert f'value="{other.pk}"' in page and " checked" not in page
    form |= {"seen": hidden(page, "seen"), "other": other.pk}
    asked = client.post(f"/households/{kept.pk}/join/", form).content.decode()
    assert not Household.unscoped.filter(merged_into=kept).exists() and all(name in asked for name in names_at(other))
    form["sure"] = "1"
    answers = [client.post(f"/households/{kept.pk}/join/", form) for _time in range(2)]
    assert [answer["Location"] for answer in answers] == [f"/households/{kept.pk}/"] * 2
    return answers


def test_two_households_become_one_and_two_again_whole(street: Street, worker: Client) -> None:
    kept, head, wife, son = family(street, room="502", empty_since=date(2020, 1, 1))
    other = make_household(street.grid, building="03", room="502", note="两只猫")
    aunt = make_resident(other, "王姨", relation="02", bed="2")
    gone = make_resident(other, left_on=date(2020, 1, 1), left_reason="moved_out")
    supply, case = make_supply_request(at=timezone.now(), household=other), make_case(resident=aunt, at=timezone.now())
    joined(worker, kept, other)
    assert [now(one).household for one in (aunt, gone)] == [kept, kept] and now(aunt).relation == ""
    assert SupplyRequest.unscoped.get(pk=supply.pk).household == kept and now(kept).empty_since is None
    assert AuditRecord.objects.filter(deed="households_joined").count() == 1
    for listed in ("/residents/", f"/buildings/{kept.pk}/"):
        assert f'/households/{other.pk}/"' not in worker.get(listed).content.decode()
    assert "两只猫" in worker.get(f"/households/{kept.pk}/").content.decode()
    page = worker.get(f"/households/{other.pk}/").content.decode()
    assert "joined with another one" in page and f"/households/{kept.pk}/" in page
    newcomer = make_resident(kept)
    for _time in range(2):
        answer = worker.post(f"/households/{other.pk}/part/")
        assert answer["Location"] == f"/households/{other.pk}/"
    assert [now(one).household for one in (aunt, gone, newcomer, head)] == [other, other, kept, kept]
    assert (now(aunt).relation, now(aunt).bed, now(wife).relation, now(son).relation) == ("02", "2", "12", "20")
    assert SupplyRequest.unscoped.get(pk=supply.pk).household == other
    assert now(other).merged_into is None and now(aunt).grid == case.grid == street.grid
    assert now(kept).empty_since == date(2020, 1, 1)


@pytest.mark.parametrize("offered", [0, 1], ids=["kept", "other"])
def test_a_household_that_is_offered_away_is_joined_with_nobody(street: Street, offered: int) -> None:
    """The other street would be offered whoever came by the joining, too."""
    homes = make_household(street.grid, room="502"), make_household(street.grid, room="502", building="4")
    make_resident(homes[0]), make_resident(homes[1])
    offers.offer_move(
        household=homes[offered], resident=None, to_place=street.foreign, door=Door(), note="", uuid=uuid4(), by=SYSTEM,
        at=timezone.now(),
    )  # fmt: skip
    facts = {"kept": homes[0], "other": homes[1], "kept_version": 1, "other_version": 1}
    with pytest.raises(OfferedAway):
        joining.join_households(**facts, by=SYSTEM, at=timezone.now())


def test_a_household_of_another_grid_joins_and_both_grids_are_told(street: Street) -> None:
    """A door that was joined into another one stands in nobody's way when its grid is to be closed."""
    lead = client_of(street.lead)
    kept, other = make_household(street.grid, room="502"), make_household(street.sibling, room="502")
    person = make_resident(other)
    page = lead.post(f"/households/{kept.pk}/join/", {"find": "3-1-502", "look": "1"}).content.decode()
    form = {"find": "3-1-502", "seen": hidden(page, "seen"), "other": other.pk, "sure": "1"}
    assert tenants_of(street.sibling) and lead.post(f"/households/{kept.pk}/join/", form).status_code == 302
    assert now(person).grid == street.grid and not tenants_of(street.sibling)
    told = {(notice.kind, notice.grid) for notice in Notice.unscoped.all()}
    assert told == {("moved_in", street.grid), ("moved_out", street.sibling)}
    lead.post(f"/households/{other.pk}/part/")
    assert now(person).grid == street.sibling and now(person).household == other


def test_what_was_changed_since_is_not_taken_back_by_guessing(street: Street, worker: Client) -> None:
    kept, *_people = family(street, room="502")
    other = make_household(street.grid, room="502", building="8")
    aunt = make_resident(other, relation="02")
    joined(worker, kept, other)
    Resident.unscoped.filter(pk=aunt.pk).update(relation="97")
    page = worker.post(f"/households/{other.pk}/part/", follow=True).content.decode()
    assert "Split the household instead" in page and now(other).merged_into == kept


def test_a_household_under_another_door_is_found_by_writing_its_door(street: Street, worker: Client) -> None:
    kept, other = make_household(street.grid, room="502"), make_household(street.grid, room="1803", unit="2")
    far, address = make_household(street.far, room="1803", unit="2"), f"/households/{kept.pk}/join/"
    assert f'value="{other.pk}"' not in worker.get(address).content.decode()
    page = worker.post(address, {"find": "3-2-1803", "look": "1"}).content.decode()
    assert f'value="{other.pk}"' in page and f'value="{far.pk}"' not in page and 'value="3-2-1803"' in page
    form = {"find": "3-2-1803", "seen": hidden(page, "seen"), "other": other.pk, "sure": "1"}
    assert worker.post(address, form).status_code == 302 and now(other).merged_into == kept


def test_who_comes_to_a_door_that_was_joined_comes_to_the_people_there(street: Street, worker: Client) -> None:
    kept, other = make_household(street.grid, room="502"), make_household(street.grid, room="502")
    form = {
        "name": "张三",
        "ticket": hidden(worker.get(f"/households/{other.pk}/people/add/").content.decode(), "ticket"),
    }
    joined(worker, kept, other)
    worker.post(f"/households/{other.pk}/people/add/", form)
    assert Resident.unscoped.get().household == kept
    for deed in ("split", "join", "head", "beds", "presence"):
        assert worker.get(f"/households/{other.pk}/{deed}/")["Location"] == f"/households/{other.pk}/"


def test_another_head_and_what_everybody_is_to_her(street: Street, worker: Client) -> None:
    household, head, wife, son = family(street)
    address = f"/households/{household.pk}/head/"
    page = worker.get(address).content.decode()
    assert f"?head={wife.pk}" in page and "head now" in page and "so far: head" not in page
    page = worker.get(f"{address}?head={wife.pk}").content.decode()
    assert "so far: head of household" in page and page.count("selected") == page.count('value="" selected')
    form = {"head": wife.pk, "seen": hidden(page, "seen"), f"p{head.pk}": "11", f"p{son.pk}": ""}
    for _time in range(2):
        assert worker.post(address, form)["Location"] == f"/households/{household.pk}/"
    assert [now(one).relation for one in (head, wife, son)] == ["11", "02", ""]
    record = AuditRecord.objects.get(deed="head_changed")
    assert record.facts == {"head": wife.pk, "people": 3, "changed": ["relation"]}
    same = worker.get(f"{address}?head={wife.pk}").content.decode()
    assert '<option value="11" selected>' in same  # what stands is proposed while the head stays the same


def test_a_relation_changed_meanwhile_is_not_overwritten_unseen(street: Street, worker: Client) -> None:
    household, head, wife, son = family(street)
    address = f"/households/{household.pk}/head/"
    form = {"head": wife.pk, "seen": hidden(worker.get(f"{address}?head={wife.pk}").content.decode(), "seen")}
    Resident.unscoped.filter(pk=son.pk).update(relation="97", version=2)
    newcomer = make_resident(household, "张三")
    answer = worker.post(address, form | {f"p{head.pk}": "11", f"p{son.pk}": "20"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "Somebody else has changed something" in page and newcomer.name in page
    assert "so far: other relative" in page and '<option value="20" selected>' in page
    assert now(son).relation == "97" and now(wife).relation == "12"


def test_forty_beds_fit_on_one_page_that_asks_no_more(street: Street, worker: Client) -> None:
    dormitory = make_household(street.grid, room="101", note="工地宿舍")
    people = [make_resident(dormitory) for _number in range(40)]
    address = f"/households/{dormitory.pk}/beds/"
    form = {"seen": hidden(worker.get(address).content.decode(), "seen")}
    form |= {f"p{person.pk}": f"{40 - number}" for number, person in enumerate(people)}
    twice = worker.post(address, form | {f"p{people[0].pk}": "1"})
    assert twice.status_code == 422 and "Bed 1 is given" in twice.content.decode()
    for _time in range(2):
        assert worker.post(address, form).status_code == 302
    page = worker.get(f"/households/{dormitory.pk}/").content.decode()
    order = [page.index(f'/residents/{person.pk}/"') for person in reversed(people)]
    assert order == sorted(order) and "<table>" in page


def test_nobody_in_is_noted_shown_and_taken_back(street: Street, worker: Client) -> None:
    household, *_people = family(street, room="502")
    address = f"/households/{household.pk}/presence/"
    for _time in range(2):
        form = {"version": hidden(worker.get(address).content.decode(), "version"), "today": "1"}
        assert worker.post(address, form).status_code == 302
    assert (
        now(household).empty_since == timezone.localdate()
        and AuditRecord.objects.filter(deed="presence_noted").count() == 1
    )
    assert "Nobody in since" in worker.get(f"/households/{household.pk}/").content.decode()
    assert "nobody in" in worker.get(f"/buildings/{household.pk}/").content.decode()
    form = {"version": hidden(worker.get(address).content.decode(), "version"), "back": "1"}
    assert worker.post(address, form).status_code == 302 and now(household).empty_since is None
    for since in ("", "2999-01-01", "1999-01-01"):
        assert worker.post(address, {"version": "3", "since": since}).status_code == 422
    assert Resident.unscoped.current().filter(household=household).count() == 3


def test_strangers_and_readers(street: Street, worker: Client) -> None:
    own, far = make_household(street.grid), make_household(street.far)
    reader = client_of(street.supervisor)
    for deed in ("split", "join", "part", "head", "beds", "presence"):
        assert worker.post(f"/households/{far.pk}/{deed}/").status_code == 404
        assert reader.post(f"/households/{own.pk}/{deed}/").status_code == 403
    assert worker.get(f"/households/{own.pk}/part/").status_code == 405
    for page in (f"/households/{own.pk}/", f"/households/{own.pk}/join/"):
        assert reader.get(page).status_code == (403 if page.endswith("join/") else 200)


def test_the_page_says_who_is_away_and_who_left_today(street: Street, worker: Client) -> None:
    household, head, wife, son = family(street)
    today = timezone.localdate()
    Resident.unscoped.filter(pk=head.pk).update(left_on=today, left_reason="moved_out")
    Resident.unscoped.filter(pk=wife.pk).update(away_until=today)
    Resident.unscoped.filter(pk=son.pk).update(left_on=date(2020, 1, 1), left_reason="moved_out")
    page = worker.get(f"/households/{household.pk}/").content.decode()
    assert "moved out today" in page and "away until" in page and "李小" not in page
    assert page.index("王芳") < page.index("李明")

"""Somebody offered who is registered with the receiver already: taken over as the same person, and given back."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from grid.models import AuditRecord, Notice
from grid.rules.actors import Actor
from grid.rules.clock import local_day
from quarantine.models import IsolationCase, SupplyRequest
from residents.actions import offers, takeovers
from residents.models import Contact, Merge, MoveOffer, Resident
from tests.factories.quarantine import make_case
from tests.factories.residents import make_contact, make_household, make_id_number, make_resident
from tests.factories.supplies import make_supply_request
from tests.residents.support import Street, client_of, hidden, make_street
from tests.residents.test_moves import at_once
from tests.residents.test_offers import Other, accept_form, kinds_at, make_other, offered

BORN = date(1980, 5, 17)


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


@pytest.fixture
def other(street: Street) -> Other:
    return make_other()


def read(person: Resident) -> Resident:
    return Resident.unscoped.get(pk=person.pk)


def address_of(offer: MoveOffer, person: Resident) -> str:
    return f"/offers/{offer.pk}/same/{person.pk}/"


def join_form(client: Client, address: str, **said: Any) -> dict[str, Any]:
    page = client.get(address).content.decode()
    return {name: hidden(page, name) for name in ("first_version", "second_version")} | said


def test_the_offered_person_is_taken_over_and_made_one_with_the_row_that_is_there(street: Street, other: Other) -> None:
    now, number = timezone.now(), make_id_number(BORN)
    there = make_household(other.grid, room="707")
    mine = make_resident(there, "李明", number, phones=["19900001111"], relation="02")
    home = make_household(street.grid, room="909")
    theirs = make_resident(home, "李铭", number, phones=["19900002222"], relation="20", bed="3", note="三楼")
    make_contact(theirs)
    case = make_case(resident=theirs, at=now)
    supply = make_supply_request(at=now, household=home, resident=theirs)
    offer = offered(street, other, resident=theirs)
    lead, address = client_of(other.lead), address_of(offer, theirs)
    page = lead.get(f"/offers/{offer.pk}/accept/").content.decode()
    assert address in page and f"/residents/{mine.pk}/" in page and "Take them over" not in page

    page = lead.get(address).content.decode()
    assert "checked" not in page and number not in page and "909" not in page
    for asked, shown in (("name", True), ("phones", True), ("where", False), ("relation", False), ("bed", False)):
        assert (f'name="{asked}"' in page) is shown, asked
    form = join_form(lead, address)
    answer = lead.post(address, form)
    assert answer.status_code == 422 and answer.content.decode().count("Choose one.") >= 2
    assert MoveOffer.unscoped.get().state == "open"
    form |= {"name": "second", "phones": "both"}
    answers = [lead.post(address, form) for _twice in range(2)]
    assert answers[0].url == f"/residents/{mine.pk}/" and answers[1].status_code == 302
    kept, gone = read(mine), read(theirs)
    assert (kept.name, kept.phones, kept.relation, kept.bed, kept.note) == (
        "李铭", ["19900001111", "19900002222"], "02", "", "三楼",
    )  # fmt: skip
    assert (kept.household, kept.grid) == (there, other.grid)
    assert (gone.merged_into_id, gone.grid, gone.household) == (mine.pk, street.grid, home)
    assert Contact.unscoped.get().resident == kept and Contact.unscoped.get().grid == other.grid
    assert (IsolationCase.unscoped.get().resident, IsolationCase.unscoped.get().grid) == (kept, other.grid)
    supply = SupplyRequest.unscoped.get()
    assert (supply.household, supply.grid, supply.resident) == (there, other.grid, kept)
    assert MoveOffer.unscoped.get().state == "accepted" and Merge.unscoped.count() == 1
    assert AuditRecord.objects.filter(deed="offer_joined").count() == 1
    assert kinds_at(street.grid) == ["offer_answered"] and kinds_at(other.community, unseen=True) == []
    sender = client_of(street.worker)
    assert "accepted" in sender.get("/offers/").content.decode()
    page = sender.get(f"/residents/{theirs.pk}/").content.decode()
    assert "outside your places" in page and f"/residents/{mine.pk}/" not in page
    assert sender.get(f"/residents/{mine.pk}/").status_code == 404

    # taken back, by the receiver alone
    merge = Merge.unscoped.get()
    address = f"/merges/{merge.pk}/undo/"
    assert address in lead.get(f"/residents/{mine.pk}/").content.decode()
    for staff, status in ((street.lead, 404), (other.worker, 403), (other.lead_beside, 404)):
        assert client_of(staff).post(address).status_code == status
    page = lead.get(address).content.decode()
    assert "The worker there is told" in page and "909" not in page
    for _twice in range(2):
        assert lead.post(address).status_code == 302
    kept, gone = read(mine), read(theirs)
    assert (kept.name, kept.phones, kept.note) == ("李明", ["19900001111"], "")
    assert (gone.merged_into_id, gone.grid, gone.relation, gone.bed) == (None, street.grid, "20", "3")
    assert (IsolationCase.unscoped.get().pk, IsolationCase.unscoped.get().resident) == (case.pk, gone)
    supply = SupplyRequest.unscoped.get()
    assert (supply.household, supply.grid, supply.resident) == (home, street.grid, gone)
    assert Contact.unscoped.get().grid == street.grid
    offer = MoveOffer.unscoped.get()
    assert (offer.state, offer.decided_note, offer.resident, offer.grid) == (
        "declined",
        "given_back",
        gone,
        street.grid,
    )
    assert kinds_at(street.grid) == ["offer_answered", "given_back"]
    assert "With you again: " in sender.get("/notices/").content.decode()
    assert "that was taken back" in sender.get("/offers/").content.decode()
    offered(street, other, resident=gone)


def test_of_a_household_each_is_joined_and_the_rest_taken_over(street: Street, other: Other) -> None:
    numbers = [make_id_number(), make_id_number()]
    mine = [make_resident(make_household(other.grid), "王桂兰", number) for number in numbers]
    home = make_household(street.grid)
    theirs = [make_resident(home, "王桂兰", number) for number in numbers]
    child = make_resident(home, "李小明")
    make_supply_request(at=timezone.now(), household=home)
    offer = offered(street, other, household=home)
    lead = client_of(other.lead)
    for person in theirs:
        address = address_of(offer, person)
        form = join_form(lead, address)
        for _twice in range(2):
            assert lead.post(address, form).url == f"/offers/{offer.pk}/accept/"
        assert MoveOffer.unscoped.get().state == "open"
    assert Merge.unscoped.count() == 2 and SupplyRequest.unscoped.get().grid == street.grid
    page = lead.get(f"/offers/{offer.pk}/accept/").content.decode()
    assert "李小明" in page and "王桂兰" not in page.split("<dl")[1] and "1 person" in page
    assert lead.post(f"/offers/{offer.pk}/accept/", accept_form(lead, offer)).status_code == 302
    assert read(child).grid == other.grid and SupplyRequest.unscoped.get().grid == other.grid
    assert MoveOffer.unscoped.get().state == "accepted"
    assert {read(person).merged_into_id for person in theirs} == {person.pk for person in mine}


def test_the_last_of_a_household_ends_the_offer(street: Street, other: Other) -> None:
    number = make_id_number()
    mine = make_resident(make_household(other.grid), "王桂兰", number)
    home = make_household(street.grid)
    offer = offered(street, other, household=make_resident(home, "王桂兰", number).household)
    theirs, lead = home.residents.get(), client_of(other.lead)
    address = address_of(offer, theirs)
    assert lead.post(address, join_form(lead, address)).url == f"/residents/{mine.pk}/"
    assert MoveOffer.unscoped.get().state == "accepted"


def test_who_may_not_and_what_is_no_same_person(street: Street, other: Other) -> None:
    number = make_id_number()
    mine = make_resident(make_household(other.grid), "李明", number)
    theirs = make_resident(make_household(street.grid), "李明", number)
    offer = offered(street, other, resident=theirs)
    address = address_of(offer, theirs)
    for staff, status in ((other.worker, 403), (street.lead, 404), (make_street().lead, 404)):
        assert client_of(staff).get(address).status_code == status
        assert client_of(staff).post(address).status_code == status
    beside = client_of(other.lead_beside)  # asked as well, but the row is out of her sight
    page = beside.get(f"/offers/{offer.pk}/accept/").content.decode()
    assert "In another community of this street." in page and address not in page
    assert beside.post(address, {"first_version": 1, "second_version": 1}).url == f"/offers/{offer.pk}/accept/"
    stranger = make_resident(make_household(other.grid), "李明", make_id_number())
    said: dict[str, Any] = {"offer": offer, "versions": (1, 1), "choices": {}, "at": timezone.now()}
    for kept, by in ((stranger, other.lead), (mine, other.lead_beside), (mine, street.lead)):
        with pytest.raises(offers.PermissionDenied):
            takeovers.take_over_as(kept=kept, duplicate=theirs, by=Actor.staff(by.pk), **said)
    assert not Merge.unscoped.exists() and MoveOffer.unscoped.get().state == "open"


def test_what_was_saved_meanwhile_is_told_and_a_taken_back_offer_too(street: Street, other: Other) -> None:
    number = make_id_number()
    mine = make_resident(make_household(other.grid), "李明", number)
    theirs = make_resident(make_household(street.grid), "李明", number)
    offer = offered(street, other, resident=theirs)
    lead, address = client_of(other.lead), address_of(offer, theirs)
    form = join_form(lead, address)
    Resident.unscoped.filter(pk=mine.pk).update(version=2)
    answer = lead.post(address, form)
    assert answer.status_code == 422 and hidden(answer.content.decode(), "first_version") == "2"
    assert "Somebody has changed one of the two meanwhile." in answer.content.decode()
    offers.withdraw_offer(offer=offer, by=Actor.staff(street.worker.pk), at=timezone.now())
    lead.post(address, form | {"first_version": 2})
    assert not Merge.unscoped.exists() and read(theirs).merged_into_id is None


def test_the_longer_of_two_isolation_records_goes_on(street: Street, other: Other) -> None:
    now, number = timezone.now(), make_id_number()
    mine = make_resident(make_household(other.grid), "李明", number)
    theirs = make_resident(make_household(street.grid), "李明", number)
    earlier = make_case(resident=mine, at=now, first_day=local_day(now) - timedelta(days=3))
    later = make_case(resident=theirs, at=now, first_day=local_day(now))
    offer = offered(street, other, resident=theirs)
    lead, address = client_of(other.lead), address_of(offer, theirs)
    lead.post(address, join_form(lead, address))
    assert IsolationCase.unscoped.open().get() == later
    assert IsolationCase.unscoped.get(pk=later.pk).grid == other.grid
    lead.post(f"/merges/{Merge.unscoped.get().pk}/undo/")
    assert {(case.pk, case.grid) for case in IsolationCase.unscoped.open()} == {
        (earlier.pk, other.grid), (later.pk, street.grid),
    }  # fmt: skip


@pytest.mark.parametrize("people", [1, 3])
def test_the_pages_cost_the_same_queries(street: Street, other: Other, people: int, django_assert_num_queries) -> None:
    home, numbers = make_household(street.grid), [make_id_number() for _ in range(people)]
    theirs = [make_resident(home, "李明", number) for number in numbers]
    for number in numbers:
        make_resident(make_household(other.grid), "李明", number)
    offer = offered(street, other, household=home)
    lead = client_of(other.lead)
    with django_assert_num_queries(12):
        lead.get(f"/offers/{offer.pk}/accept/")
    with django_assert_num_queries(8):
        lead.get(address_of(offer, theirs[0]))


# -- at once --------------------------------------------------------------------------------------------------------


def joining(offer: MoveOffer, mine: Resident, theirs: Resident, by: int) -> None:
    takeovers.take_over_as(
        offer=offer, kept=mine, duplicate=theirs, versions=(1, 1), choices={}, by=Actor.staff(by), at=timezone.now()
    )


def offered_twin() -> tuple[Street, Other, MoveOffer, Resident, Resident]:
    street, other, number = make_street(), make_other(), make_id_number()
    mine = make_resident(make_household(other.grid), "李明", number)
    theirs = make_resident(make_household(street.grid), "李明", number)
    return street, other, offered(street, other, resident=theirs), mine, theirs


@pytest.mark.usefixtures("fresh_database")
def test_taken_over_twice_at_once_has_one_effect() -> None:
    _street, other, offer, mine, theirs = offered_twin()
    assert at_once(*[lambda: joining(offer, mine, theirs, other.lead.pk)] * 2) == []
    assert Merge.unscoped.count() == 1 and AuditRecord.objects.filter(deed="offer_joined").count() == 1
    assert Notice.unscoped.filter(kind="offer_answered").count() == 1


def joined_and_taken_back() -> tuple[str, int | None, list[str]]:
    """The receiver takes her over while the sender takes the offer back."""
    street, other, offer, mine, theirs = offered_twin()
    withdraw = Actor.staff(street.worker.pk)
    faults = at_once(
        lambda: joining(offer, mine, theirs, other.lead.pk),
        lambda: offers.withdraw_offer(offer=offer, by=withdraw, at=timezone.now()),
    )
    return MoveOffer.unscoped.get().state, read(theirs).merged_into_id, faults


@pytest.mark.usefixtures("fresh_database")
def test_taken_over_and_taken_back_at_once_has_one_effect() -> None:
    state, merged, faults = joined_and_taken_back()
    assert (state, merged is None) in (("accepted", False), ("withdrawn", True))
    assert faults in (["OfferDecided"], ["PermissionDenied"])


@pytest.mark.django_db
def test_without_the_claim_an_offer_that_was_taken_back_would_be_taken_over(monkeypatch) -> None:
    street, other, offer, mine, theirs = offered_twin()
    offers.withdraw_offer(offer=offer, by=Actor.staff(street.worker.pk), at=timezone.now())
    with pytest.raises(offers.OfferDecided):
        joining(offer, mine, theirs, other.lead.pk)
    assert read(theirs).merged_into_id is None
    monkeypatch.setattr(takeovers, "decide", lambda *_said, **_facts: None)
    joining(offer, mine, theirs, other.lead.pk)
    assert read(theirs).merged_into_id == mine.pk and MoveOffer.unscoped.get().state == "withdrawn"

"""Moves to another street: offered, accepted, declined, taken back; who sees what meanwhile."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from grid.models import AuditRecord, Notice, Place, Staff
from grid.rules.actors import SYSTEM, Actor
from grid.rules.permissions import Role
from grid.rules.places import Kind
from quarantine.models import CheckIn, IsolationCase, SupplyRequest
from residents.actions import offers
from residents.actions.leaving import come_back
from residents.actions.moves import Arrival
from residents.actions.people import OfferedAway
from residents.models import Household, MoveOffer, Resident
from residents.rules.addresses import Door
from tests.factories.grid import make_place, make_staff
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.factories.supplies import make_supply_request
from tests.residents.support import Street, client_of, hidden, make_street
from tests.residents.test_moves import at_once

NEW_DOOR = {"compound": "江边里", "building": "5", "unit": "2", "room": "301"}


@dataclass
class Other:
    """The street they move to: two communities with a lead each, a grid each, and a worker."""

    street: Place
    community: Place
    grid: Place
    lead: Staff
    lead_beside: Staff
    worker: Staff


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


@pytest.fixture
def other(street: Street) -> Other:
    return make_other()


def make_other() -> Other:
    """See `Other`."""
    place = make_place(Kind.STREET, make_place(Kind.DISTRICT), name="江北街道")
    community, beside = make_place(Kind.COMMUNITY, place, name="江北社区"), make_place(Kind.COMMUNITY, place)
    grid = make_place(Kind.GRID, community)
    make_place(Kind.GRID, beside)
    return Other(
        street=place,
        community=community,
        grid=grid,
        lead=make_staff(Role.COMMUNITY_LEAD, community),
        lead_beside=make_staff(Role.COMMUNITY_LEAD, beside),
        worker=make_staff(Role.GRID_WORKER, grid),
    )


def offer_form(client: Client, address: str, other: Other, **said: Any) -> dict[str, Any]:
    """The form of an offer as the browser would send it."""
    page = client.get(address, {"to": other.street.pk}).content.decode()
    return {"uuid": hidden(page, "uuid"), "note": "ask for the bell", **NEW_DOOR} | said


def offered(
    street: Street, other: Other, *, resident: Resident | None = None, household: Household | None = None,
    to: Place | None = None,
) -> MoveOffer:  # fmt: skip
    """An open offer, by the deed itself."""
    household = household or (resident.household if resident else make_household(street.grid))
    if resident is None and not Resident.unscoped.filter(household=household).exists():
        make_resident(household, "李明")
    return offers.offer_move(
        household=household, resident=resident, to_place=to or other.street, door=Door(**NEW_DOOR), note="",
        uuid=uuid4(), by=Actor.staff(street.worker.pk), at=timezone.now(),
    )  # fmt: skip


def accept_form(client: Client, offer: MoveOffer, **said: Any) -> dict[str, Any]:
    """The form of the receiver as the browser would send it."""
    page = client.get(f"/offers/{offer.pk}/accept/").content.decode()
    return {name: hidden(page, name) for name in ("ticket", "version")} | NEW_DOOR | said


def kinds_at(place: Place, unseen: bool = False) -> list[str]:
    found = Notice.unscoped.filter(grid=place)
    return list((found.unseen() if unseen else found).order_by("pk").values_list("kind", flat=True))


def test_a_worker_offers_a_household_and_keeps_the_duty_until_it_is_accepted(street: Street, other: Other) -> None:
    home, now = make_household(street.grid, note="rings twice"), timezone.now()
    person = make_resident(home, "李明", make_id_number(), phones=["19900001234"], note="secret remark")
    case = make_case(resident=person, at=now)
    make_check_in(case, at=now, temperature="36.5")
    make_supply_request(at=now, household=home)
    worker, address = client_of(street.worker), f"/households/{home.pk}/offer/"
    page = worker.get(address).content.decode()
    assert f'<option value="{other.street.pk}">江北街道' in page and street.grid.street.name not in page
    form = offer_form(worker, address, other)
    for _twice in range(2):
        answer = worker.post(f"{address}?to={other.street.pk}", form)
    offer = MoveOffer.unscoped.get()
    assert answer.url == f"/offers/{offer.pk}/" and offer.to_place == other.street
    assert "waiting for an answer. Until then" in worker.get(f"/households/{home.pk}/").content.decode()
    assert Resident.unscoped.get().grid == street.grid
    assert AuditRecord.objects.filter(deed="move_offered").count() == 1

    lead = client_of(other.lead)
    assert "Somebody from" in lead.get("/notices/").content.decode()
    page = lead.get(f"/offers/{offer.pk}/").content.decode()
    for words in ("李明", "19900001234", "in home isolation until", "江边里 5-2-301", "ask for the bell"):
        assert words in page
    assert "secret remark" not in page and "rings twice" not in page and "420198" not in page
    assert lead.get(f"/residents/{person.pk}/").status_code == 404

    form = accept_form(lead, offer)
    for _twice in range(2):
        assert lead.post(f"/offers/{offer.pk}/accept/", form).status_code == 302
    home = Household.unscoped.get()
    assert (home.grid, home.street, home.door, home.note) == (other.grid, other.street, "江边里 5-2-301", "rings twice")
    for model in (Resident, IsolationCase, SupplyRequest):
        assert model.unscoped.get().grid == other.grid
    assert CheckIn.unscoped.get().grid == street.grid
    assert lead.get(f"/residents/{person.pk}/").status_code == 200
    assert worker.get(f"/residents/{person.pk}/").status_code == 404
    assert kinds_at(street.grid) == ["offer_answered"] and kinds_at(other.grid) == ["moved_in"]
    assert kinds_at(other.community, unseen=True) == []
    sent = worker.get("/offers/").content.decode()
    assert "accepted" in sent and "李明" not in sent
    assert "Your offer to 江北街道: accepted" in worker.get("/notices/").content.decode()
    assert AuditRecord.objects.filter(deed="offer_accepted").count() == 1


def test_nothing_is_offered_to_whom_nobody_could_answer_for(street: Street, other: Other) -> None:
    """Neither a street without a community nor a community without a lead, whatever she types."""
    home, worker = make_resident(make_household(street.grid), "李明").household, client_of(street.worker)
    other.lead_beside.posts.update(until=timezone.now())
    beside = Place.objects.exclude(pk=other.community.pk).get(kind=Kind.COMMUNITY, street=other.street)
    empty = make_place(Kind.STREET, other.street.parent, name="空街道")
    address, form = f"/households/{home.pk}/offer/", offer_form(worker, f"/households/{home.pk}/offer/", other)
    for to, community in ((empty, ""), (other.street, beside.pk)):
        answer = worker.post(f"{address}?to={to.pk}", form | {"community": community})
        page = answer.content.decode()
        assert answer.status_code == 422 and "it has no community lead" in page and "ask for the bell" in page
    assert not MoveOffer.unscoped.exists() and not Notice.unscoped.exists()
    assert worker.post(f"{address}?to={other.street.pk}", form).status_code == 302, "one of its leads can answer"


def test_where_there_is_no_other_street_the_page_says_so(street: Street) -> None:
    home = make_household(street.grid)
    Place.objects.filter(kind=Kind.STREET).exclude(pk=street.grid.street_id).update(closed_at=timezone.now())
    page = client_of(street.worker).get(f"/households/{home.pk}/offer/").content.decode()
    assert "No other street works with this portal yet" in page and "<select" not in page


def test_one_person_joins_a_household_that_is_there(street: Street, other: Other) -> None:
    there = make_household(other.grid, **NEW_DOOR)
    make_resident(there, "赵大海")
    home = make_household(street.grid)
    person, stays = make_resident(home, "李明", relation="20"), make_resident(home, "王桂兰")
    offer = offered(street, other, resident=person, to=other.community)
    lead = client_of(other.lead)
    answer = lead.post(f"/offers/{offer.pk}/accept/", accept_form(lead, offer))
    assert answer.status_code == 422 and "They move in with: 赵大海" in answer.content.decode()
    form = accept_form(lead, offer, beside=str(there.pk))
    assert lead.post(f"/offers/{offer.pk}/accept/", form).url == f"/households/{there.pk}/"
    person = Resident.unscoped.get(pk=person.pk)
    assert (person.household, person.grid, person.street, person.relation) == (there, other.grid, other.street, "")
    assert Resident.unscoped.get(pk=stays.pk).grid == street.grid


def test_nobody_else_looks_through_an_offer(street: Street, other: Other) -> None:
    offer = offered(street, other, to=other.community)
    for staff in (other.lead_beside, other.worker, make_street().lead):
        assert client_of(staff).get(f"/offers/{offer.pk}/").status_code == 404
        assert client_of(staff).post(f"/offers/{offer.pk}/withdraw/").status_code == 404
    for staff, status in ((street.worker, 403), (street.lead, 404), (other.lead_beside, 404), (street.supervisor, 403)):
        assert client_of(staff).post(f"/offers/{offer.pk}/accept/").status_code == status
        assert client_of(staff).post(f"/offers/{offer.pk}/decline/").status_code == status
    assert client_of(other.lead).post(f"/offers/{offer.pk}/withdraw/").status_code == 404
    assert client_of(street.worker).get(f"/offers/{offer.pk}/withdraw/").status_code == 405
    assert client_of(other.worker).get("/offers/").content.decode().count("李明") == 0
    assert MoveOffer.unscoped.get().state == "open"


def test_an_answered_offer_names_nobody_though_another_one_of_the_door_is_open(street: Street, other: Other) -> None:
    home = make_household(street.grid)
    make_resident(home, "张三丰")
    comes = make_resident(home, "李明")
    declined = offered(street, other, household=home)
    offers.decline_offer(
        offer=declined, version=1, reason="not_here", by=Actor.staff(other.lead.pk), at=timezone.now()
    )  # fmt: skip
    offered(street, other, resident=comes)
    page = client_of(other.lead).get("/offers/").content.decode()
    assert page.count("李明") == 1 and "张三丰" not in page


def test_an_offer_to_a_street_may_be_answered_by_a_lead_of_any_of_its_communities(street, other) -> None:
    offer = offered(street, other)
    lead = client_of(other.lead_beside)
    assert lead.post(f"/offers/{offer.pk}/accept/", accept_form(lead, offer)).status_code == 302
    assert Resident.unscoped.get().grid.parent == other.lead_beside.posts.get().place


def test_a_declined_offer_tells_the_sender_why(street: Street, other: Other) -> None:
    offer = offered(street, other)
    lead, address = client_of(other.lead), f"/offers/{offer.pk}/decline/"
    assert lead.post(address, {"version": "1", "remark": "asked the neighbours"}).status_code == 422
    form = {"version": "1", "reason": "not_here", "remark": "asked the neighbours"}
    for _twice in range(2):
        assert lead.post(address, form).status_code == 302
    assert "李明" not in lead.get(f"/offers/{offer.pk}/").content.decode()
    page = client_of(street.worker).get(f"/offers/{offer.pk}/").content.decode()
    assert "declined" in page and "does not live here · asked the neighbours" in page and "李明" in page
    assert kinds_at(street.grid) == ["offer_answered"] and Resident.unscoped.get().grid == street.grid
    offered(street, other, household=Household.unscoped.get())


def test_a_number_that_lives_in_the_street_already_is_told_in_words(street: Street, other: Other) -> None:
    number = make_id_number()
    there = make_resident(make_household(other.grid), "李明", number)
    offer = offered(street, other, resident=make_resident(make_household(street.grid), "李明", number))
    for staff, named in ((other.lead, True), (other.lead_beside, False)):
        lead, address = client_of(staff), f"/offers/{offer.pk}/accept/"
        assert 'name="ticket"' not in lead.get(address).content.decode()
        answer = lead.post(address, NEW_DOOR | {"version": 1})  # from a page of before she was registered
        page = answer.content.decode()
        assert 'value="江边里"' in page
        assert answer.status_code == 422 and "with the same ID number is registered in this street" in page
        assert (f"/residents/{there.pk}/" in page) is named and number not in page
        assert f"/offers/{offer.pk}/decline/" in page
    assert MoveOffer.unscoped.get().state == "open"


def test_what_was_taken_back_can_be_answered_no_more(street: Street, other: Other) -> None:
    offer = offered(street, other)
    worker, lead = client_of(street.worker), client_of(other.lead)
    form = accept_form(lead, offer)
    for _twice in range(2):
        assert worker.post(f"/offers/{offer.pk}/withdraw/").url == f"/offers/{offer.pk}/"
    assert lead.post(f"/offers/{offer.pk}/accept/", form).url == f"/offers/{offer.pk}/"
    page = lead.get(f"/offers/{offer.pk}/").content.decode()
    assert "taken back" in page and "李明" not in page
    assert Resident.unscoped.get().grid == street.grid and kinds_at(other.community, unseen=True) == []


def test_a_second_offer_is_refused_while_one_is_open(street: Street, other: Other) -> None:
    home = make_household(street.grid)
    person = make_resident(home)
    offered(street, other, resident=person)
    worker = client_of(street.worker)
    for address in (f"/residents/{person.pk}/offer/", f"/households/{home.pk}/offer/"):
        answer = worker.post(f"{address}?to={other.street.pk}", offer_form(worker, address, other))
        assert answer.status_code == 422 and "is open already" in answer.content.decode()
    assert MoveOffer.unscoped.count() == 1


def test_nobody_comes_to_a_household_that_is_offered_as_a_whole(street: Street, other: Other) -> None:
    """She would be offered along unasked. Words say why; what was typed stays."""
    home, beside = make_household(street.grid), make_household(street.grid)
    make_resident(home, "李明")
    offered(street, other, household=home)
    mover = make_resident(beside, "周红")
    gone = make_resident(home, "孙兰", left_on=date(2026, 1, 5), left_reason="moved_out")
    worker = client_of(street.worker)
    page = worker.get(f"/households/{home.pk}/people/add/").content.decode()
    added = worker.post(f"/households/{home.pk}/people/add/", {"ticket": hidden(page, "ticket"), "name": "钱多"})
    page = worker.get(f"/residents/{mover.pk}/move/").content.decode()
    door = {name: getattr(home, name) for name in ("compound", "building", "unit", "room")}
    form = (
        {name: hidden(page, name) for name in ("ticket", "version")}
        | door
        | {"grid": street.grid.pk, "beside": home.pk}
    )
    moved = worker.post(f"/residents/{mover.pk}/move/", form)
    for answer in (added, moved):
        assert answer.status_code == 422
        words = re.sub("<[^>]*>", " ", answer.content.decode())
        assert "This household is offered to another street" in words, words[-1500:]
    assert 'value="钱多"' in added.content.decode()
    with pytest.raises(OfferedAway):
        come_back(resident=gone, version=gone.version, to=None, by=SYSTEM, at=timezone.now())
    assert Resident.unscoped.current().filter(household=home).count() == 1


def test_an_offer_follows_who_moves_inside_the_street(street: Street, other: Other) -> None:
    home = make_household(street.grid)
    person = make_resident(home)
    make_resident(home)
    offer = offered(street, other, resident=person)
    client = client_of(street.worker)
    page = client.get(f"/residents/{person.pk}/move/").content.decode()
    form = {name: hidden(page, name) for name in ("ticket", "version")}
    client.post(f"/residents/{person.pk}/move/", form | NEW_DOOR | {"grid": street.far.pk})
    offer.refresh_from_db(from_queryset=MoveOffer.unscoped.all())
    person = Resident.unscoped.get(pk=person.pk)
    assert (offer.household_id, offer.grid, offer.state) == (person.household_id, street.far, "open")
    lead = client_of(other.lead)
    assert lead.post(f"/offers/{offer.pk}/accept/", accept_form(lead, offer)).status_code == 302
    assert Resident.unscoped.get(pk=person.pk).grid == other.grid


def test_a_form_with_a_place_that_is_no_street_of_others_is_refused(street: Street, other: Other) -> None:
    home = make_household(street.grid)
    make_resident(home)
    worker, address = client_of(street.worker), f"/households/{home.pk}/offer/"
    form = offer_form(worker, address, other)
    for place in (street.grid.street, street.foreign.parent, other.grid):
        assert worker.post(f"{address}?to={place.pk}", form).status_code == 422
    beyond = make_other()
    answer = worker.post(f"{address}?to={other.street.pk}", form | {"community": beyond.community.pk})
    assert answer.status_code == 422 and not MoveOffer.unscoped.exists()
    lead = client_of(other.lead)
    offer = offered(street, other, household=home, to=other.community)
    assert lead.post(f"/offers/{offer.pk}/accept/", accept_form(lead, offer, grid=beyond.grid.pk)).status_code in (
        302,
        422,
    )
    assert Resident.unscoped.get().grid != beyond.grid


@pytest.mark.parametrize("rows", [1, 3])
def test_the_pages_cost_the_same_queries(street: Street, other: Other, rows: int, django_assert_num_queries) -> None:
    for _ in range(rows):
        offer = offered(street, other)
        make_resident(offer.household)
    lead, worker = client_of(other.lead), client_of(street.worker)
    with django_assert_num_queries(8):
        lead.get("/offers/")
    with django_assert_num_queries(7):
        worker.get("/offers/")
    with django_assert_num_queries(8):
        lead.get(f"/offers/{offer.pk}/")


def test_an_answered_offer_is_forgotten_after_a_month(street: Street, other: Other, clock) -> None:
    offer = offered(street, other)
    offers.withdraw_offer(offer=offer, by=SYSTEM, at=timezone.now())
    clock.shift(timedelta(days=31))
    assert client_of(street.worker).get(f"/offers/{offer.pk}/").status_code == 404


# -- at once --------------------------------------------------------------------------------------------------------


def two_who_answer() -> list[str]:
    """Two leads accept the same offer at once, each into her grid."""
    street, other = make_street(), make_other()
    offer = offered(street, other)
    grids = [staff.posts.get().place.children.get() for staff in (other.lead, other.lead_beside)]

    def accept(staff: Staff, grid: Place) -> None:
        to = Arrival(grid, Door(**NEW_DOOR), None, 0)
        offers.accept_offer(offer=offer, version=1, to=to, by=Actor.staff(staff.pk), at=timezone.now())

    return at_once(lambda: accept(other.lead, grids[0]), lambda: accept(other.lead_beside, grids[1]))


@pytest.mark.usefixtures("fresh_database")
def test_of_two_who_accept_at_once_one_is_told() -> None:
    assert two_who_answer() == ["OfferDecided"]
    assert AuditRecord.objects.filter(deed="offer_accepted").count() == 1
    assert Resident.unscoped.get().grid == AuditRecord.objects.get(deed="offer_accepted").place


@pytest.mark.usefixtures("fresh_database")
def test_without_the_claim_the_second_would_take_them_from_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offers, "decide", lambda *_args, **_facts: None)
    assert two_who_answer() == []
    assert AuditRecord.objects.filter(deed="offer_accepted").count() == 2


@pytest.mark.usefixtures("fresh_database")
def test_accepted_and_taken_back_at_once_has_one_effect() -> None:
    street, other = make_street(), make_other()
    offer, at = offered(street, other), timezone.now()
    to = Arrival(other.grid, Door(**NEW_DOOR), None, 0)
    faults = at_once(
        lambda: offers.accept_offer(offer=offer, version=1, to=to, by=Actor.staff(other.lead.pk), at=at),
        lambda: offers.withdraw_offer(offer=offer, by=Actor.staff(street.worker.pk), at=at),
    )
    state, grid = MoveOffer.unscoped.get().state, Resident.unscoped.get().grid
    assert (state, grid) in (("accepted", other.grid), ("withdrawn", street.grid))
    assert len(faults) == 1 and faults[0] in ("OfferDecided", "PermissionDenied")

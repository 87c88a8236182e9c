"""Two rows made one, field by field, and made two again whole."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from grid.models import AuditRecord, Notice, Post
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from quarantine.models import IsolationCase
from residents import identity
from residents.actions import leaving, merges, offers
from residents.actions.residents import edit_resident
from residents.actions.twins import keep_apart
from residents.models import Contact, ImportRow, Merge, MoveOffer, Resident, TwinPair
from residents.rules.addresses import Door
from residents.rules.merging import Unchosen
from residents.rules.people import PersonFacts
from tests.factories.grid import LONG_AGO, make_place, make_staff
from tests.factories.quarantine import make_case
from tests.factories.residents import make_contact, make_household, make_id_number, make_resident
from tests.factories.twins import make_merge, make_twins
from tests.residents.support import Street, client_of, hidden, make_street

pytestmark = pytest.mark.django_db
BORN = date(1980, 5, 17)


@pytest.fixture
def street() -> Street:
    return make_street()


def read(person: Resident) -> Resident:
    return Resident.unscoped.get(pk=person.pk)


def columns(person: Resident) -> dict[str, Any]:
    """Every column but the version."""
    row = Resident.unscoped.filter(pk=person.pk).values().get()
    sealed = {"number": identity.unsealed(row["id_type"], row.pop("id_sealed"))}
    return {name: value for name, value in row.items() if name != "version"} | sealed


def test_the_page_asks_for_what_differs_and_chooses_nothing(street: Street) -> None:
    client = client_of(street.lead)
    number = make_id_number(BORN)
    one = make_resident(
        make_household(street.grid, room="101"), name="陈美玲", id_number=number, phones=["19900001111"]
    )
    other = make_resident(
        make_household(street.sibling, room="202"), name="陈美龄", phones=["19900002222"], birth_date=date(1979, 1, 1),
        note="三楼",
    )  # fmt: skip
    url = f"/twins/{one.pk}/{other.pk}/"
    page = client.get(url).content.decode()
    assert "checked" not in page
    for asked in ("where", "name", "phones"):
        assert f'name="{asked}"' in page
    assert 'name="birth_date"' not in page  # the number proves it
    assert "三楼" in page
    assert number not in page
    versions = {name: hidden(page, name) for name in ("first_version", "second_version")}
    answer = client.post(url, versions)
    assert answer.status_code == 422
    assert answer.content.decode().count("Choose one.") >= 3
    said = {**versions, "where": "second", "name": "first", "phones": "both"}
    for _time in range(2):
        assert client.post(url, said).headers["Location"] == f"/residents/{other.pk}/"
    kept = read(other)
    assert read(one).merged_into_id == kept.pk
    assert (kept.name, kept.phones, kept.note) == ("陈美玲", ["19900002222", "19900001111"], "三楼")
    assert (kept.birth_date, kept.sex, kept.grid_id) == (BORN, "F", street.sibling.pk)
    assert identity.unsealed(kept.id_type, kept.id_sealed).number == number  # type: ignore[union-attr]
    assert bytes(kept.id_digest or b"") == bytes(one.id_digest or b"")
    assert Merge.unscoped.count() == 1
    assert AuditRecord.objects.filter(deed="people_merged").count() == 1
    assert client.get(url).headers["Location"] == f"/residents/{kept.pk}/"
    assert "Made one with 陈美玲" in client.get(f"/residents/{kept.pk}/").content.decode()
    assert f"/residents/{kept.pk}/" in client.get(f"/residents/{one.pk}/").content.decode()


def test_who_may_compare_and_merge(street: Street) -> None:
    one, other = (make_resident(make_household(street.grid)) for _time in range(2))
    far = make_resident(make_household(street.far))
    url = f"/twins/{one.pk}/{other.pk}/"
    assert client_of(street.worker).get(url).status_code == 403
    assert client_of(make_staff("community_lead", make_place())).get(url).status_code == 404
    assert client_of(street.lead).get(f"/twins/{one.pk}/{far.pk}/").status_code == 404
    both = make_staff("community_lead", street.grid.parent)
    both.posts.create(place=street.far.parent, role="grid_worker", since="2020-01-01T00:00Z")  # type: ignore[attr-defined]
    assert client_of(both).get(f"/twins/{one.pk}/{far.pk}/").status_code == 403


def test_what_was_saved_meanwhile_is_told(street: Street) -> None:
    client = client_of(street.lead)
    one, other = (make_resident(make_household(street.grid), name="陈美玲") for _time in range(2))
    url = f"/twins/{one.pk}/{other.pk}/"
    page = client.get(url).content.decode()
    said = {name: hidden(page, name) for name in ("first_version", "second_version")} | {"where": "first"}
    edit_resident(resident=other, version=1, facts=PersonFacts(name="陈玲"), by=SYSTEM, at=timezone.now())
    answer = client.post(url, said)
    assert answer.status_code == 422
    assert "Somebody has changed one of the two meanwhile." in answer.content.decode()
    assert hidden(answer.content.decode(), "second_version") == "2"
    assert not Merge.unscoped.exists()


def test_a_record_that_went_into_another_is_changed_there(street: Street) -> None:
    client, door = client_of(street.lead), make_household(street.grid)
    one, other = (make_resident(door, name="陈美玲") for _time in range(2))
    form = {"name": "陈美玲", "note": "三楼", "version": 1}
    make_merge(one, other)
    answer = client.post(f"/residents/{other.pk}/edit/", form)
    assert answer.status_code == 422
    assert "Change that one." in answer.content.decode()
    assert "三楼" in answer.content.decode()  # nothing typed is lost
    page = client.get(f"/residents/{other.pk}/").content.decode()
    assert f'href="/residents/{one.pk}/"' in page
    assert f"/residents/{other.pk}/edit/" not in page


def test_somebody_who_left_cannot_be_merged(street: Street) -> None:
    one, other = (make_resident(make_household(street.grid), name="陈美玲") for _time in range(2))
    Resident.unscoped.filter(pk=other.pk).update(left_on=BORN, left_reason="moved_out")
    with pytest.raises(merges.CannotMerge):
        make_merge(one, other)
    Resident.unscoped.filter(pk=other.pk).update(left_on=None, left_reason="", name="陈玲")
    with pytest.raises(Unchosen):
        merges.merge_people(kept=one, duplicate=read(other), versions=(1, 1), choices={}, by=SYSTEM, at=timezone.now())


def offer(person: Resident, to: Any, state: str = "open") -> MoveOffer:
    now = timezone.now()
    return MoveOffer.unscoped.create(
        household=person.household, resident=person, grid=person.grid, street_id=person.street_id,
        from_grid=person.grid, to_place=to, uuid=f"00000000-0000-0000-0000-{person.pk:012}", offered_at=now,
        state=state,
        decided_at=None if state == "open" else now,
    )  # fmt: skip


def test_what_hangs_on_the_duplicate_follows_and_goes_back_whole(street: Street) -> None:
    one = make_resident(make_household(street.grid), name="陈美玲", care_tags=["lives_alone"])
    other = make_resident(
        make_household(street.sibling), name="陈美玲", id_number=make_id_number(BORN), care_tags=["disabled"],
        phones=["19900001111"], relation="02", residency="floating",
    )  # fmt: skip
    third = make_resident(make_household(street.grid), name="陈美玲")
    keep_apart(pair=make_twins(other, third), by=SYSTEM, at=timezone.now())
    pair, contact, move = make_twins(one, other), make_contact(other), offer(other, street.foreign.street)
    row = _list_row(street, other)
    before = [columns(one), columns(other)]
    merge = make_merge(one, other, care_tags="both")
    assert read(one).care_tags == ["lives_alone", "disabled"]
    assert (read(one).relation, read(one).residency, read(one).phones) == ("02", "floating", ["19900001111"])
    contact, move, row = Contact.unscoped.get(), MoveOffer.unscoped.get(pk=move.pk), ImportRow.unscoped.get(pk=row.pk)
    assert (contact.resident_id, contact.grid_id) == (one.pk, street.grid.pk)
    assert (move.resident_id, move.household_id, move.grid_id) == (one.pk, one.household_id, street.grid.pk)
    assert row.resident_id == one.pk
    assert TwinPair.unscoped.get(pk=pair.pk).decision == "merged"
    copy = TwinPair.unscoped.get(first=one, second=third)
    assert copy.decision == "apart"
    sealed = bytes(Merge.unscoped.get().sealed_fields)
    assert b"number" not in sealed
    for _time in range(2):
        assert merges.take_merge_back(merge=merge, by=SYSTEM, at=timezone.now()) == []
    assert [columns(one), columns(other)] == before
    contact, move, row = Contact.unscoped.get(), MoveOffer.unscoped.get(pk=move.pk), ImportRow.unscoped.get(pk=row.pk)
    assert (contact.resident_id, contact.grid_id) == (other.pk, street.sibling.pk)
    assert (move.resident_id, move.household_id, move.grid_id) == (other.pk, other.household_id, street.sibling.pk)
    assert row.resident_id == other.pk
    assert not TwinPair.unscoped.filter(pk=copy.pk).exists()
    assert AuditRecord.objects.filter(deed="people_unmerged").count() == 1


def _list_row(street: Street, person: Resident) -> ImportRow:
    batch = person.grid._meta.apps.get_model("residents", "ImportBatch").unscoped.create(
        grid=street.grid, by=street.lead, created_at=timezone.now(), state="done", kind="residents", file_name="a.xlsx",
        file_digest="a",
    )  # fmt: skip
    return ImportRow.unscoped.create(batch=batch, number=2, verdict="new", resident_id=person.pk)


def test_two_open_offers_are_not_made_one(street: Street) -> None:
    one, other = (make_resident(make_household(street.grid), name="陈美玲") for _time in range(2))
    offer(one, street.foreign.street)
    offer(other, street.foreign.street)
    with pytest.raises(merges.CannotMerge):
        make_merge(one, other)
    assert read(other).merged_into_id is None


def test_what_was_changed_later_stays_and_is_said(street: Street) -> None:
    client = client_of(street.lead)
    one = make_resident(make_household(street.grid), name="陈美玲")
    other = make_resident(make_household(street.grid), name="陈玲", phones=["19900001111"], residency="floating")
    merge = make_merge(one, other, name="duplicate")
    now = read(one)
    facts = PersonFacts(name="陈小玲", phones=("19900001111",), residency="floating")
    edit_resident(resident=now, version=now.version, facts=facts, by=SYSTEM, at=timezone.now())
    url = f"/merges/{merge.pk}/undo/"
    page = client.get(url).content.decode()
    assert "Changed since, and so left as it is: Name" in page
    assert Merge.unscoped.get().undone_at is None
    answer = client.post(url, follow=True)
    assert "Two people again." in answer.content.decode()
    assert "Left as somebody changed it meanwhile: Name." in answer.content.decode()
    assert client.post(url).headers["Location"] == f"/residents/{one.pk}/"
    now = read(one)
    assert (now.name, now.phones, now.residency) == ("陈小玲", [], "")
    assert read(other).merged_into_id is None
    assert AuditRecord.objects.filter(deed="people_unmerged").count() == 1


def test_what_cannot_be_taken_back_says_why(street: Street) -> None:
    client, number = client_of(street.lead), make_id_number()
    one, other, third = (make_resident(make_household(street.grid), name="陈美玲") for _time in range(3))
    merge = make_merge(one, other)
    above = make_merge(third, read(one))
    refused = client.post(f"/merges/{merge.pk}/undo/")
    assert refused.status_code == 422
    assert "itself merged into another one" in refused.content.decode()
    merges.take_merge_back(merge=above, by=SYSTEM, at=timezone.now())
    assert client.post(f"/merges/{merge.pk}/undo/").status_code == 302
    owner = make_resident(make_household(street.grid), name="李雪", id_number=number)
    Resident.unscoped.filter(pk=owner.pk).update(merged_into=one.pk)
    merge = Merge.unscoped.create(
        kept=one, duplicate=owner, grid=one.grid, at=timezone.now(),
        sealed_fields=merges.seal_fields(merges.values_of(one), merges.values_of(one)),
    )  # fmt: skip
    make_resident(make_household(street.far), name="王五", id_number=number)
    refused = client.post(f"/merges/{merge.pk}/undo/")
    assert refused.status_code == 422
    assert "lives at another record of this street" in refused.content.decode()
    assert read(owner).merged_into_id == one.pk
    assert client_of(street.worker).get(f"/merges/{merge.pk}/undo/").status_code == 403
    assert client_of(make_staff("community_lead", make_place())).get(f"/merges/{merge.pk}/undo/").status_code == 404


def test_a_merge_of_somebody_who_left_since_waits_until_she_lives_here_again(street: Street) -> None:
    one, other = (make_resident(make_household(street.grid), name="陈美玲") for _person in range(2))
    make_case(resident=other, at=timezone.now())
    merge = make_merge(one, other)
    one, on = read(one), timezone.localdate()
    facts = {"reason": "moved_out", "on": on, "where": "", "by": SYSTEM, "at": timezone.now()}
    leaving.leave(household=one.household, people={one.pk: one.version}, **facts)
    lead = client_of(street.lead)
    refused = lead.post(f"/merges/{merge.pk}/undo/")
    assert refused.status_code == 422 and "This person has left since" in refused.content.decode()
    assert read(other).merged_into_id == one.pk, "her isolation would stay ended though she lives here"
    leaving.come_back(resident=read(one), version=read(one).version, to=None, by=SYSTEM, at=timezone.now())
    assert lead.post(f"/merges/{merge.pk}/undo/").status_code == 302
    case = IsolationCase.unscoped.get()
    assert (case.resident_id, case.closed_at) == (other.pk, None)


def test_a_door_where_the_merge_left_nobody_is_offered_no_more(street: Street) -> None:
    one, other = (make_resident(make_household(street.grid), name="陈美玲") for _person in range(2))
    lodger = make_resident(other.household)
    offer = offers.offer_move(
        household=other.household, resident=None, to_place=street.foreign.street, door=Door(room="1"), note="",
        uuid=uuid4(), by=SYSTEM, at=timezone.now(),
    )  # fmt: skip
    merge = make_merge(one, other)
    offer.refresh_from_db()
    assert offer.state == "open", "somebody lives there still"
    merges.take_merge_back(merge=merge, by=SYSTEM, at=timezone.now())
    Resident.unscoped.filter(pk=lodger.pk).update(left_on=timezone.localdate(), left_reason="moved_out")
    make_merge(read(one), read(other))
    offer.refresh_from_db()
    assert (offer.state, offer.decided_note) == ("withdrawn", "merged")
    assert not Notice.unscoped.filter(kind="offer_received", seen_at=None).exists()


def test_a_number_that_a_third_record_of_her_street_has_is_told(street: Street) -> None:
    number = make_id_number()
    make_resident(make_household(street.grid), name="王芳", id_number=number)
    one = make_resident(make_household(street.grid), name="陈美玲")
    other = make_resident(make_household(street.foreign), name="陈美玲", id_number=number)
    lead = make_staff(Role.COMMUNITY_LEAD, street.foreign)
    Post.objects.create(staff=lead, place=street.grid, role=Role.COMMUNITY_LEAD, since=LONG_AGO)
    form = {"first_version": 1, "second_version": 1, "where": "first"}
    told = client_of(lead).post(f"/twins/{one.pk}/{other.pk}/", form)
    assert told.status_code == 422 and "lives at another record of this street" in told.content.decode()
    assert read(other).merged_into_id is None

"""The history of a person and of a door in sentences, and the undo of one change."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from grid.actions.audit import EditedMeanwhile, deed
from grid.models import AuditRecord
from grid.rules.actors import Actor
from residents.actions import history as deeds
from residents.actions import households as doors
from residents.actions import residents as people
from residents.actions.history import CannotUndo, undo_change
from residents.models import Contact, Household, Resident
from residents.queries import history as queries
from residents.rules.addresses import Door
from residents.rules.id_numbers import canonical
from residents.rules.people import PersonFacts
from tests.factories.quarantine import make_case
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.support import Street, client_of, hidden, make_street


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


@pytest.fixture
def person(street: Street) -> Resident:
    household = make_household(street.grid, room="502")
    return make_resident(household, "张三", phones=["19900000001"], relation="02", note="怕狗")


def edit(street: Street, person: Resident, **facts: Any) -> None:
    """Her record changed by the worker; what is not said stays."""
    person.refresh_from_db()
    said = {
        "name": person.name, "phones": tuple(person.phones), "relation": person.relation, "note": person.note,
        "sex": person.sex, "birth_date": person.birth_date,
    } | facts  # fmt: skip
    people.edit_resident(
        resident=person, version=person.version, facts=PersonFacts(**said),
        by=Actor.staff(street.worker.pk), at=timezone.now(),
    )  # fmt: skip


def undo(client: Client, person: Resident, **other: str) -> Any:
    """Undoes the newest change that the page offers, as a browser would."""
    page = client.get(f"/residents/{person.pk}/history/").content.decode()
    form = {"change": hidden(page, "change"), "version": hidden(page, "version")} | other
    return client.post(f"/residents/{person.pk}/history/undo/", form)


def test_every_change_is_a_sentence_with_who_and_when(street: Street, person: Resident, clock: Any) -> None:
    clock.shift(60)
    edit(street, person, phones=("19900000002",), note="", care_tags=("disabled",))
    page = client_of(street.lead).get(f"/residents/{person.pk}/history/").content.decode()
    assert "Phones: 19900000001 → 19900000002" in page and "Remark: 怕狗 → nothing" in page
    assert "Care tags: disabled" in page and "Person changed" in page and street.worker.name in page
    assert "March 4, 2026 08:31" in page


def test_a_changed_number_is_told_without_a_digit(street: Street, person: Resident) -> None:
    number = make_id_number(date(1962, 7, 9), "M", sequence=41)
    edit(street, person, id_number=canonical(number), sex="M", birth_date=date(1962, 7, 9))
    client = client_of(street.lead)
    page = client.get(f"/residents/{person.pk}/history/").content.decode()
    assert "The ID number was changed" in page and number[-4:] not in page and number[:6] not in page
    assert "change it by hand" in page and 'name="change"' not in page  # what the number proves is not undone alone
    form = {"change": str(newest(person)), "version": "2"}
    assert client.post(f"/residents/{person.pk}/history/undo/", form).status_code == 422


def newest(person: Resident) -> int:
    """The newest version of her record."""
    return Resident.pgh_event_model.objects.filter(pgh_obj_id=person.pk).latest("pgh_id").pgh_id


def test_moves_say_doors_in_sight_and_no_other(street: Street, person: Resident) -> None:
    home, other = person.household, make_household(street.sibling, compound="别处小区", room="888")
    Resident.unscoped.filter(pk=person.pk).update(household=other, grid=street.sibling)
    lead = client_of(street.lead).get(f"/residents/{person.pk}/history/").content.decode()
    assert f"Door: {home.door} → {other.door}" in lead and f"{street.grid.name} → {street.sibling.name}" in lead
    assert "It was a move" in lead
    Resident.unscoped.filter(pk=person.pk).update(household=home, grid=street.grid)
    worker = client_of(street.worker).get(f"/residents/{person.pk}/history/").content.decode()
    assert "别处小区" not in worker and street.sibling.name not in worker
    assert f"Door: a door elsewhere → {home.door}" in worker and "another grid" in worker


def test_contacts_looks_and_isolations_stand_in_her_history(street: Street, person: Resident) -> None:
    contact = Contact.unscoped.create(
        resident=person, grid=person.grid, name="李姐", relation="neighbour", has_key=True
    )
    contact.delete()
    make_case(resident=person, at=timezone.now())
    Resident.unscoped.filter(pk=person.pk).update(id_sealed=None)
    page = client_of(street.lead).get(f"/residents/{person.pk}/history/").content.decode()
    assert "李姐" in page and "Has a key: yes" in page and "Isolation started" in page


def test_a_deed_inside_a_deed_is_told_as_the_outer_one(street: Street, person: Resident) -> None:
    by, at = Actor.staff(street.worker.pk), timezone.now()
    with deed("resident_edited", by=by, at=at, subject=person), deed("case_closed", by=by, at=at):
        Resident.unscoped.filter(pk=person.pk).update(left_on=date(2026, 3, 4), left_reason="moved_out")
    with override("en"):
        first, *_before = queries.history_of(street.worker, fresh(person))
    assert (first.who, first.what) == (street.worker.name, "Person changed")
    assert first.undo is None and "opposite" in first.why_not


def test_an_undo_puts_back_that_change_and_nothing_else(street: Street, person: Resident) -> None:
    edit(street, person, name="章三", phones=("19900000002",))
    edit(street, person, note="耳背")
    client = client_of(street.worker)
    with override("en"):
        changes = [line for line in queries.history_of(street.worker, fresh(person)) if line.undo]
    assert [line.sentences[0][:4] for line in changes] == ["Rema", "Name"]  # newest first
    older = {"change": str(changes[1].undo)}
    answer = undo(client, person, **older)
    assert answer["Location"] == f"/residents/{person.pk}/history/"
    person.refresh_from_db()
    assert (person.name, person.pinyin, person.name_key) == ("张三", "zhangsan", "张三")
    assert (person.phones, person.note, person.version) == (["19900000001"], "耳背", 4)
    record = AuditRecord.objects.get(deed="change_undone")
    assert (record.subject_id, record.facts) == (person.pk, {"changed": ["name", "phones"]})
    assert undo(client, person, **older).status_code == 302  # twice: harmless
    assert AuditRecord.objects.filter(deed="change_undone").count() == 1
    assert "Name: 章三 → 张三" in client.get(f"/residents/{person.pk}/history/").content.decode()


def fresh(person: Resident) -> Resident:
    return Resident.unscoped.select_related("grid", "household").get(pk=person.pk)


def test_what_was_changed_again_since_is_not_undone(street: Street, person: Resident) -> None:
    edit(street, person, note="一")
    first = newest(person)
    edit(street, person, note="二")
    client = client_of(street.worker)
    answer = undo(client, person, change=str(first))
    page = answer.content.decode()
    assert answer.status_code == 422 and "changed again since" in page
    person.refresh_from_db()
    assert person.note == "二" and not AuditRecord.objects.filter(deed="change_undone").exists()
    for form in ({}, {"change": "x", "version": "1"}):
        assert client.post(f"/residents/{person.pk}/history/undo/", form).status_code == 422
    other = make_resident(person.household, "赵六")
    foreign = newest(other)
    assert undo(client, person, change=str(foreign)).status_code == 404


def test_a_sex_that_the_number_disproves_is_not_brought_back(street: Street, person: Resident) -> None:
    edit(street, person, sex="F")
    edit(street, person, sex="M")
    event = newest(person)
    edit(street, person, id_number=canonical(make_id_number(date(1962, 7, 9), "M", sequence=43)))
    answer = undo(client_of(street.worker), person, change=str(event), version="4")
    assert answer.status_code == 422 and "ID number" in answer.content.decode()


def test_the_history_of_a_door_is_told_and_undone(street: Street, person: Resident) -> None:
    door = person.household
    doors.edit_household(
        household=door, version=1, grid=street.grid, door=Door("望江花园", "3", "1", "503"), note="门铃坏了",
        by=Actor.staff(street.worker.pk), at=timezone.now(),
    )  # fmt: skip
    client = client_of(street.worker)
    address = f"/households/{door.pk}/history/"
    page = client.get(address).content.decode()
    assert "Room: 502 → 503" in page and "Household changed" in page
    form = {"change": hidden(page, "change"), "version": hidden(page, "version")}
    assert client.post(f"{address}undo/", form)["Location"] == address
    door.refresh_from_db()
    assert (door.room, door.note) == ("502", "")
    walk = Household.unscoped.get(pk=door.pk).walk_key
    assert walk == make_household(street.grid, room="502").walk_key


def test_a_door_tells_who_came_and_went(street: Street, person: Resident) -> None:
    door, beyond = person.household, make_household(street.sibling, compound="别处小区", room="888")
    stranger = make_resident(door, "孙七")
    for who in (person, stranger):
        Resident.unscoped.filter(pk=who.pk).update(household=beyond, grid=street.sibling)
    Resident.unscoped.filter(pk=person.pk).update(household=door, grid=street.grid)
    edit(street, person, note="听不清")
    lead = client_of(street.lead).get(f"/households/{door.pk}/history/").content.decode()
    assert f"Door: {door.door} → {beyond.door}" in lead and f"Door: {beyond.door} → {door.door}" in lead
    assert "孙七" in lead and "听不清" not in lead
    worker = client_of(street.worker).get(f"/households/{door.pk}/history/").content.decode()
    assert "张三" in worker and "a person elsewhere" in worker and "孙七" not in worker and "别处小区" not in worker


@pytest.mark.parametrize("people", [1, 3])
def test_a_full_door_costs_no_more_queries(street: Street, people: int, django_assert_num_queries: Any) -> None:
    door = make_household(street.grid)
    for person in [make_resident(door) for _number in range(people)]:
        edit(street, person, note="一")
    client = client_of(street.lead)
    client.get("/residents/")
    with django_assert_num_queries(QUERIES - 1):
        client.get(f"/households/{door.pk}/history/")


@pytest.mark.parametrize("kind", ["residents", "households"])
def test_who_may_read_and_who_may_undo(street: Street, person: Resident, kind: str) -> None:
    key = person.pk if kind == "residents" else person.household_id
    for staff, read, wrote in ((street.worker, 200, 422), (street.supervisor, 200, 403)):
        client = client_of(staff)
        assert client.get(f"/{kind}/{key}/history/").status_code == read
        assert client.post(f"/{kind}/{key}/history/undo/", {}).status_code == wrote
        assert client.get(f"/{kind}/{key}/history/undo/").status_code in (405, 403)
    far = make_resident(make_household(street.far))
    other = far.pk if kind == "residents" else far.household_id
    assert client_of(street.lead).get(f"/{kind}/{other}/history/").status_code == 404
    assert client_of(street.lead).post(f"/{kind}/{other}/history/undo/", {}).status_code == 404


@pytest.mark.parametrize("changes", [1, 3, 40])
def test_a_long_history_costs_no_more_queries(
    street: Street, person: Resident, changes: int, django_assert_num_queries: Any
) -> None:
    for number in range(changes):
        edit(street, person, note=f"第{number}次")
    client = client_of(street.lead)
    client.get("/residents/")
    with django_assert_num_queries(QUERIES):
        page = client.get(f"/residents/{person.pk}/history/").content.decode()
    assert page.count("<li") >= min(changes, 30) and ("page=2" in page) == (changes > 29)


QUERIES = 13


def test_an_edit_between_page_and_undo_is_told_and_kept(
    street: Street, person: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The edit is another field: without the claim of the version nobody would hear of it."""
    edit(street, person, note="一")
    number = newest(person)
    found = queries.change_of(fresh(person), number)
    assert found is not None
    stale = fresh(person)
    edit(street, person, phones=("19900000009",))
    known = {"subject": stale, "change": found[0], "with_number": False, "by": Actor.staff(street.worker.pk)}
    with pytest.raises(EditedMeanwhile):
        undo_change(**known, version=stale.version, at=timezone.now())
    monkeypatch.setattr(deeds, "claim_version", lambda *_: None)
    assert undo_change(**known, version=stale.version, at=timezone.now())
    monkeypatch.undo()
    edit(street, person, note="二")
    with pytest.raises(CannotUndo):
        undo_change(**known, version=fresh(person).version, at=timezone.now())

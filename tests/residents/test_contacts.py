"""Contacts of a person: added, changed, removed, put back; and what two at once make of them."""

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grid.actions.audit import EditedMeanwhile
from grid.models import AuditRecord
from grid.rules.actors import SYSTEM
from residents.actions import contacts as deeds
from residents.models import Contact
from tests.factories.residents import make_contact, make_household, make_resident
from tests.residents.support import Street, client_of, hidden, make_street

AUNT = {"name": " 王 姨 ", "relation": "family", "phones": "199 0000 0002", "has_key": "on", "note": "住对面"}


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


def test_a_contact_is_added_once_and_stands_on_the_page_of_the_person_and_of_the_door(street: Street) -> None:
    person, client = make_resident(make_household(street.grid), "李明"), client_of(street.worker)
    address = f"/residents/{person.pk}/contacts/add/"
    page = client.get(address).content.decode()
    assert " checked" not in page and " selected" not in page.replace('value="" selected', "")
    form = AUNT | {"ticket": hidden(page, "ticket")}
    for _time in range(2):
        assert client.post(address, form)["Location"] == f"/residents/{person.pk}/"
    contact = Contact.unscoped.get()
    assert (contact.phones, contact.has_key, contact.may_report) == (["19900000002"], True, False)
    for page in (f"/residents/{person.pk}/", f"/households/{person.household_id}/"):
        shown = client.get(page).content.decode()
        assert "family elsewhere" in shown and 'href="tel:19900000002"' in shown and "has a key" in shown
        assert "may report" not in shown
    assert AuditRecord.objects.get(deed="contact_added").facts == {"contact": contact.pk}


def test_faults_are_told_in_words_and_what_was_typed_stays(street: Street) -> None:
    person, client = make_resident(make_household(street.grid)), client_of(street.worker)
    answer = client.post(f"/residents/{person.pk}/contacts/add/", {"name": "王姨", "phones": "12345", "note": "楼下"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "Choose who it is." in page and 'value="12345"' in page and "楼下" in page
    assert not Contact.unscoped.exists()


def test_ten_are_enough(street: Street) -> None:
    person, client = make_resident(make_household(street.grid)), client_of(street.worker)
    for _number in range(10):
        make_contact(person)
    answer = client.post(f"/residents/{person.pk}/contacts/add/", AUNT)
    assert answer.status_code == 422 and "Remove one first" in answer.content.decode()
    assert Contact.unscoped.count() == 10


def test_a_contact_is_changed_and_a_change_over_somebody_elses_is_told(street: Street) -> None:
    contact, client = make_contact(make_resident(make_household(street.grid))), client_of(street.worker)
    address = f"/contacts/{contact.pk}/edit/"
    form = AUNT | {"version": hidden(client.get(address).content.decode(), "version")}
    assert client.post(address, form).status_code == 302
    answer = client.post(address, form | {"note": "楼上"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "Remark is now: 住对面" in page and 'value="楼上"' in page
    assert Contact.unscoped.get().note == "住对面"
    changed = AuditRecord.objects.get(deed="contact_edited").facts["changed"]
    assert changed == ["has_key", "name", "note", "phones", "relation"]


def test_a_removed_contact_is_put_back_as_it_was(street: Street) -> None:
    contact = make_contact(make_resident(make_household(street.grid)), phones=["19900000003"], may_report=True)
    client, address = client_of(street.worker), f"/contacts/{contact.pk}/remove/"
    assert contact.name in client.get(address).content.decode() and Contact.unscoped.exists()
    for _time in range(2):
        answer = client.post(address, follow=True)
        assert "Put it back" in answer.content.decode() and not Contact.unscoped.exists()
    assert contact.name not in answer.content.decode()
    for _time in range(2):
        answer = client.post(f"/contacts/{contact.pk}/restore/")
        assert answer["Location"] == f"/residents/{contact.resident_id}/"
    back = Contact.unscoped.get()
    assert (back.pk, back.name, back.phones, back.may_report) == (contact.pk, contact.name, ["19900000003"], True)
    assert AuditRecord.objects.filter(deed="contact_restored").count() == 1


def test_strangers_and_readers(street: Street) -> None:
    own, far = (make_contact(make_resident(make_household(grid))) for grid in (street.grid, street.far))
    gone = make_contact(make_resident(make_household(street.far)))
    deeds.remove_contact(contact=gone, by=SYSTEM, at=timezone.now())
    worker, reader = client_of(street.worker), client_of(street.supervisor)
    for contact in (far, gone):
        for deed in ("edit", "remove", "restore"):
            assert worker.post(f"/contacts/{contact.pk}/{deed}/", AUNT).status_code == 404
    for deed in ("edit", "remove", "restore"):
        assert reader.post(f"/contacts/{own.pk}/{deed}/", AUNT).status_code == 403
    assert worker.get(f"/contacts/{own.pk}/restore/").status_code == 405
    page = reader.get(f"/residents/{own.resident_id}/").content.decode()
    assert own.name in page and f"/contacts/{own.pk}/" not in page


def test_contacts_of_one_and_three_people_cost_one_query(street: Street) -> None:
    household, client = make_household(street.grid), client_of(street.worker)
    asked = []
    for people in (1, 2):
        for _number in range(people):
            make_contact(make_resident(household))
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/households/{household.pk}/")
        asked.append([query["sql"] for query in queries if 'FROM "residents_contact"' in query["sql"]])
    assert [len(sql) for sql in asked] == [1, 1]


def test_a_change_of_what_was_removed_meanwhile_is_refused(street: Street) -> None:
    contact, now = make_contact(make_resident(make_household(street.grid))), timezone.now()
    facts = deeds.ContactFacts(name="王姨", relation="family")
    deeds.edit_contact(contact=contact, version=1, facts=facts, by=SYSTEM, at=now)
    with pytest.raises(EditedMeanwhile):
        deeds.edit_contact(contact=contact, version=1, facts=facts, by=SYSTEM, at=now)
    deeds.remove_contact(contact=contact, by=SYSTEM, at=now)
    with pytest.raises(Http404):
        deeds.edit_contact(contact=contact, version=2, facts=facts, by=SYSTEM, at=now)

"""The page of a person, her change, and the look at her ID number."""

from datetime import date

import pytest

from grid.models import AuditRecord
from residents import identity
from residents.models import Resident
from residents.rules.id_numbers import canonical
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.support import Street, client_of, hidden, make_street


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


@pytest.fixture
def number() -> str:
    return make_id_number(date(1962, 7, 9), "M", sequence=41)


@pytest.fixture
def person(street: Street, number: str) -> Resident:
    household = make_household(street.grid, room="502")
    return make_resident(household, "张三", number, phones=["19900000001"], relation="02")


def test_the_page_shows_the_last_two_characters_of_the_number_and_no_more(
    street: Street, person: Resident, number: str
) -> None:
    page = client_of(street.lead).get(f"/residents/{person.pk}/").content.decode()
    assert f"••••{number[-2:]}" in page and number not in page and number[-4:] not in page
    assert "tel:19900000001" in page and f"/households/{person.household_id}/" in page


def test_the_page_has_one_main_button_and_contacts_below_the_isolation(street: Street, person: Resident) -> None:
    Resident.unscoped.filter(pk=person.pk).update(phones=["19900000001", "19900000002"])
    page = client_of(street.lead).get(f"/residents/{person.pk}/").content.decode()
    main = page.split("<main")[1]
    assert main.count('class="button"') == 1 and 'class="button second" href="tel:19900000002"' in main
    assert f'class="button second" href="/cases/of/{person.pk}/open/"' in main
    assert main.index('id="isolation-here"') < main.index('id="contacts-here"')


@pytest.mark.parametrize("address", ["/residents/{}/", "/residents/{}/edit/"])
def test_people_outside_do_not_exist(street: Street, person: Resident, address: str) -> None:
    client = client_of(street.worker)
    assert client.get(address.format(person.pk)).status_code == 200
    for place in (street.sibling, street.far, street.foreign):
        other = make_resident(make_household(place))
        assert client.get(address.format(other.pk)).status_code == 404


def test_readers_may_not_change_a_person(street: Street, person: Resident) -> None:
    client = client_of(street.supervisor)
    assert client.get(f"/residents/{person.pk}/").status_code == 200
    assert client.post(f"/residents/{person.pk}/edit/", {"name": "x"}).status_code == 403


def test_a_change_without_a_number_keeps_the_stored_one(street: Street, person: Resident, number: str) -> None:
    client = client_of(street.worker)
    address = f"/residents/{person.pk}/edit/"
    page = client.get(address).content.decode()
    assert number not in page and f"••••{number[-2:]}" in page
    form = {"name": "张三丰", "phones": "19900000002", "care_tags": ["disabled"], "version": hidden(page, "version")}
    assert client.post(address, form)["Location"] == f"/residents/{person.pk}/"
    person.refresh_from_db()
    assert (person.name, person.pinyin, person.phones, person.version) == ("张三丰", "zhangsanfeng", ["19900000002"], 2)
    assert identity.unsealed(person.id_type, person.id_sealed) == canonical(number)
    assert (person.sex, person.birth_date) == ("M", date(1962, 7, 9))


def test_sex_and_birth_date_cannot_contradict_the_stored_number(street: Street, person: Resident) -> None:
    form = {"name": "张三", "sex": "F", "birth_date": "1970-01-01", "version": "1"}
    answer = client_of(street.worker).post(f"/residents/{person.pk}/edit/", form)
    page = answer.content.decode()
    assert answer.status_code == 422 and "id_sex_error" in page and "id_birth_date_error" in page


def test_a_new_number_replaces_the_stored_one_and_what_it_proves(street: Street, person: Resident) -> None:
    other = make_id_number(date(1990, 1, 2), "F")
    form = {"name": "张三", "id_number": other.lower(), "version": "1"}
    client_of(street.worker).post(f"/residents/{person.pk}/edit/", form)
    person.refresh_from_db()
    assert (person.sex, person.birth_date) == ("F", date(1990, 1, 2))
    assert bytes(person.id_digest) == identity.digests_of(other)[0]
    assert "id_number" in AuditRecord.objects.get(deed="resident_edited").facts["changed"]


def test_a_number_of_somebody_else_in_the_street_is_refused(street: Street, person: Resident) -> None:
    taken = make_id_number()
    make_resident(make_household(street.far, room="888"), "赵六", taken)
    form = {"name": "张三", "id_number": taken, "version": "1"}
    answer = client_of(street.worker).post(f"/residents/{person.pk}/edit/", form)
    assert answer.status_code == 422 and "赵六" not in answer.content.decode()


def test_a_change_over_somebody_elses_is_told_and_nothing_typed_is_lost(street: Street, person: Resident) -> None:
    address = f"/residents/{person.pk}/edit/"
    client_of(street.lead).post(address, {"name": "张三", "phones": "19900000009", "version": "1"})
    client = client_of(street.worker)
    answer = client.post(address, {"name": "张三", "phones": "19900000005", "note": "听不清", "version": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "Phone is now: 19900000009" in page
    assert 'value="19900000005"' in page and 'value="听不清"' in page
    client.post(address, {"name": "张三", "phones": "19900000005", "version": hidden(page, "version")})
    person.refresh_from_db()
    assert person.phones == ["19900000005"]


def test_the_whole_number_is_shown_once_for_a_reason_that_is_recorded(
    street: Street, person: Resident, number: str
) -> None:
    client = client_of(street.lead)
    answer = client.post(f"/residents/{person.pk}/id-number/", {"reason": "transfer"})
    assert answer.status_code == 200 and number in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    record = AuditRecord.objects.get(deed="id_revealed")
    assert (record.staff, record.subject_id, record.facts) == (street.lead, person.pk, {"reason": "transfer"})
    assert number not in client.get(f"/residents/{person.pk}/").content.decode()


def test_the_look_needs_a_reason_a_post_and_the_permission(street: Street, person: Resident, number: str) -> None:
    address = f"/residents/{person.pk}/id-number/"
    lead = client_of(street.lead)
    answer = lead.post(address, {})
    assert answer.status_code == 422 and number not in answer.content.decode()
    assert lead.get(address).status_code == 405
    assert client_of(street.worker).post(address, {"reason": "paper"}).status_code == 403
    assert client_of(street.supervisor).post(address, {"reason": "paper"}).status_code == 403
    far = make_resident(make_household(street.far), "赵六", make_id_number())
    assert lead.post(f"/residents/{far.pk}/id-number/", {"reason": "paper"}).status_code == 404
    assert not AuditRecord.objects.filter(deed="id_revealed").exists()

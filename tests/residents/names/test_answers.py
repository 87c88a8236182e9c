"""What was found out about a name: one tap, once, by whoever may; and 住这里 makes or finds the resident."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grid.models import AuditRecord, Notice, Post
from grid.rules.permissions import Role
from residents import identity
from residents.actions import names as deeds
from residents.models import Household, NameToVerify, Resident
from tests.factories.grid import LONG_AGO, make_place, make_staff
from tests.factories.names import make_name
from tests.factories.quarantine import make_case
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.support import Street, client_of, hidden, make_street

pytestmark = pytest.mark.django_db


@pytest.fixture
def street() -> Street:
    return make_street()


@pytest.fixture
def lead(street: Street) -> Client:
    return client_of(street.lead)


def a_name(street: Street, **said: Any) -> NameToVerify:
    return make_name(street.grid.parent, at=timezone.now(), **said)


def answer(client: Client, name: NameToVerify, outcome: str, version: int | None = None) -> Any:
    said = {"outcome": outcome, "version": name.version if version is None else version}
    response = client.post(reverse("name_answer", args=[name.pk]), said)
    name.refresh_from_db()
    return response


@pytest.mark.parametrize("outcome", ["not_here", "unknown", "isolated"])
def test_one_tap_answers_and_says_who_and_when(lead: Client, street: Street, outcome: str) -> None:
    name = a_name(street)
    answer(lead, name, outcome)
    assert (name.state, name.answered_by_id) == (outcome, street.lead.pk) and name.answered_at is not None
    assert not Resident.unscoped.exists()
    assert AuditRecord.objects.get(deed="name_answered").facts == {"outcome": outcome}


def test_nobody_answering_keeps_her_on_the_list_and_tells_who_tried(lead: Client, street: Street) -> None:
    name = a_name(street, name="王芳")
    answer(lead, name, "no_contact")
    assert (name.state, name.tries, name.last_try_by_id) == ("open", 1, street.lead.pk)
    page = lead.get(reverse("name_list")).content.decode()
    assert street.lead.name in page and "王芳" in page


def test_a_second_tap_changes_nothing_and_says_so(lead: Client, street: Street) -> None:
    name = a_name(street)
    answer(lead, name, "no_contact")
    answer(lead, name, "no_contact", version=1)
    assert name.tries == 1
    answer(lead, name, "not_here")
    answer(lead, name, "unknown", version=2)
    assert name.state == "not_here" and AuditRecord.objects.filter(deed="name_answered").count() == 1


def test_an_answer_is_taken_back(lead: Client, street: Street) -> None:
    name = a_name(street)
    answer(lead, name, "not_here")
    lead.post(reverse("name_reopen", args=[name.pk]), {"version": name.version})
    name.refresh_from_db()
    assert (name.state, name.answered_at, name.answered_by) == ("open", None, None)
    lead.post(reverse("name_reopen", args=[name.pk]), {"version": 1})  # twice: nothing
    assert NameToVerify.unscoped.get(pk=name.pk).version == name.version


def test_it_is_not_taken_back_while_a_later_list_asks_for_her_anew(lead: Client, street: Street) -> None:
    number = make_id_number()
    name = a_name(street, id_number=number)
    answer(lead, name, "not_here")
    a_name(street, id_number=number)
    answer_page = lead.post(reverse("name_reopen", args=[name.pk]), {"version": name.version}, follow=True)
    name.refresh_from_db()
    assert name.state == "not_here" and "A later list" in answer_page.content.decode()


# -- she lives here ----------------------------------------------------------------------------------------------------


def form_of(client: Client, name: NameToVerify, **said: str) -> dict[str, str]:
    """The page of 住这里 as it comes, filled in by the list, with what else is typed."""
    page = client.get(reverse("name_here", args=[name.pk]))
    found = page.context["found"]
    sent = {"ticket": hidden(page.content.decode(), "ticket")}
    for form in found.parts:
        sent |= {form.add_prefix(field.name): field.value() or "" for field in form if field.name != "care_tags"}
    return sent | said


def here(client: Client, name: NameToVerify, sent: dict[str, Any]) -> Any:
    response = client.post(reverse("name_here", args=[name.pk]), sent)
    name.refresh_from_db()
    return response


def test_she_lives_here_and_is_registered_as_list_and_card_say(lead: Client, street: Street) -> None:
    number = make_id_number()
    said = {"compound": "望江花园", "building": "3", "unit": "2", "room": "502", "phones": ["19900000001"]}
    name = a_name(street, name="王芳", id_number=number, **said)
    page = lead.get(reverse("name_here", args=[name.pk])).content.decode()
    assert number not in page and number[-2:] in page
    response = here(lead, name, form_of(lead, name, grid=str(street.grid.pk)))
    assert response["Location"] == reverse("name_detail", args=[name.pk])
    person = Resident.unscoped.select_related("household").get()
    assert (person.name, person.phones, person.household.room) == ("王芳", ["19900000001"], "502")
    assert identity.unsealed(person.id_type, person.id_sealed).number == number and person.sex == "F"
    assert (name.state, name.resident_id) == ("lives_here", person.pk)
    assert "Is she to isolate" in lead.get(response["Location"]).content.decode()


def test_the_same_form_twice_makes_one_person(lead: Client, street: Street) -> None:
    name = a_name(street, name="王芳", building="3", room="502")
    sent = form_of(lead, name, grid=str(street.grid.pk))
    here(lead, name, sent)
    here(lead, name, sent)
    assert Resident.unscoped.count() == Household.unscoped.count() == 1


def test_a_number_on_the_card_counts_before_the_lists(lead: Client, street: Street) -> None:
    listed, card = make_id_number(), make_id_number()
    name = a_name(street, name="王芳", id_number=listed, building="3", room="502")
    here(lead, name, form_of(lead, name, grid=str(street.grid.pk), **{"person-id_number": card}))
    person = Resident.unscoped.get()
    assert identity.unsealed(person.id_type, person.id_sealed).number == card


def test_at_a_door_where_a_family_lives_she_is_asked_with_whom(lead: Client, street: Street) -> None:
    family = make_household(street.grid, compound="", building="3", unit="", room="502")
    make_resident(family, "王强")
    name = a_name(street, name="王芳", building="3", room="502")
    sent = form_of(lead, name, grid=str(street.grid.pk))
    response = here(lead, name, sent)
    assert response.status_code == 422 and "王强" in response.content.decode()
    here(lead, name, sent | {"beside": str(family.pk)})
    assert Resident.unscoped.get(name="王芳").household_id == family.pk and Household.unscoped.count() == 1


def test_faults_keep_what_was_typed_and_nothing_is_half_saved(lead: Client, street: Street) -> None:
    name = a_name(street, name="王芳", building="3", room="502")
    sent = form_of(lead, name, grid=str(street.grid.pk), **{"person-phones": "12"})
    response = here(lead, name, sent)
    assert response.status_code == 422 and 'value="12"' in response.content.decode()
    assert name.state == "open" and not Household.unscoped.exists()


def test_who_is_registered_is_found_in_one_tap_and_only_blanks_are_filled(lead: Client, street: Street) -> None:
    number = make_id_number()
    person = make_resident(make_household(street.grid), "王芳", phones=["19900000001"], birth_date=None)
    said = {"phones": ["19900000001", "19900000002"], "building": "9", "room": "9"}
    name = a_name(street, name="王芳", id_number=number, **said)
    page = lead.get(reverse("name_detail", args=[name.pk]))
    assert [one.pk for one in page.context["known"]] == [person.pk]
    here(lead, name, {"resident": person.pk, "version": name.version})
    person.refresh_from_db()
    assert name.resident_id == person.pk and Resident.unscoped.count() == 1
    assert person.phones == ["19900000001", "19900000002"]
    assert identity.unsealed(person.id_type, person.id_sealed).number == number
    assert person.household.building != "9"  # where she lives is a deed of its own


def test_a_number_of_another_sex_or_birth_is_not_put_on_her(lead: Client, street: Street) -> None:
    person = make_resident(make_household(street.grid), "王芳", phones=["19900000001"], sex="M")
    name = a_name(street, name="王芳", id_number=make_id_number(), sex="F", phones=["19900000001"])
    here(lead, name, {"resident": person.pk, "version": name.version})
    person.refresh_from_db()
    assert name.resident_id == person.pk and person.id_digest is None


def test_a_slip_of_the_finger_is_taken_back_and_she_is_to_be_found_again(lead: Client, street: Street) -> None:
    person = make_resident(make_household(street.grid), "王芳", phones=["19900000001"])
    name = a_name(street, name="王芳", phones=["19900000001"])
    here(lead, name, {"resident": person.pk, "version": name.version})
    lead.post(reverse("name_reopen", args=[name.pk]), {"version": name.version})
    name.refresh_from_db()
    assert (name.state, name.resident_id) == ("open", None)


def test_a_number_that_lives_here_already_is_refused_in_words(lead: Client, street: Street) -> None:
    number = make_id_number()
    make_resident(make_household(street.grid), "王方方", number)
    name = a_name(street, name="王芳", building="3", room="502")
    sent = form_of(lead, name, grid=str(street.grid.pk), **{"person-id_number": number})
    response = here(lead, name, sent)
    assert response.status_code == 422 and "王方方" in response.content.decode() and name.state == "open"


def test_who_is_registered_in_another_grid_of_the_community_is_said_to_be_her_and_not_registered_twice(
    street: Street,
) -> None:
    person = make_resident(make_household(street.sibling, room="8888"), "王芳", phones=["19900000001"])
    name = a_name(street, name="王芳", worker=street.worker, phones=["19900000001", "19900000002"])
    worker = client_of(street.worker)
    page = worker.get(reverse("name_here", args=[name.pk])).content.decode()
    assert street.sibling.name in page and "8888" not in page and 'name="room"' not in page
    here(worker, name, {"resident": person.pk, "version": name.version})
    person.refresh_from_db()
    assert (name.state, name.resident_id) == ("lives_here", person.pk)
    assert person.phones == ["19900000001"] and Resident.unscoped.count() == 1


def test_nobody_but_who_may_be_meant_is_taken_for_her(lead: Client, street: Street) -> None:
    other = make_resident(make_household(street.grid), "李强")
    name = a_name(street, name="王芳")
    assert here(lead, name, {"resident": other.pk, "version": name.version}).status_code == 404 and name.state == "open"


def test_somebody_out_of_sight_is_never_named_or_taken(lead: Client, street: Street) -> None:
    number = make_id_number()
    far = make_resident(make_household(street.far), "秘密某", number)
    name = a_name(street, name="王芳", id_number=number, building="3", room="502")
    assert "秘密某" not in lead.get(reverse("name_detail", args=[name.pk])).content.decode()
    assert here(lead, name, {"resident": far.pk, "version": name.version}).status_code == 404
    response = here(lead, name, form_of(lead, name, grid=str(street.grid.pk)))
    assert response.status_code == 422 and "秘密某" not in response.content.decode() and name.state == "open"


# -- is she to isolate? ------------------------------------------------------------------------------------------------


def found(street: Street, worker: Any = None) -> NameToVerify:
    name = a_name(street, name="王芳", worker=worker)
    person = make_resident(make_household(street.grid), "王芳")
    facts = {"state": "lives_here", "answered_at": timezone.now(), "resident": person}
    NameToVerify.unscoped.filter(pk=name.pk).update(**facts)
    name.refresh_from_db()
    return name


def test_a_lead_goes_on_to_the_isolation_record(lead: Client, street: Street) -> None:
    name = found(street)
    assert name.to_isolate is None
    response = lead.post(reverse("name_isolate", args=[name.pk]), {"isolate": "yes"})
    assert response["Location"] == reverse("case_open", args=[name.resident_id])
    name.refresh_from_db()
    assert name.to_isolate is True and not Notice.unscoped.filter(kind="isolation_wanted").exists()


def test_a_workers_yes_reaches_the_lead(lead: Client, street: Street) -> None:
    name = found(street, street.worker)
    worker = client_of(street.worker)
    for _twice in range(2):
        worker.post(reverse("name_isolate", args=[name.pk]), {"isolate": "yes"})
    assert Notice.unscoped.get(kind="isolation_wanted").grid_id == street.grid.parent_id
    page = lead.get(reverse("notice_list")).content.decode()
    assert reverse("resident_detail", args=[name.resident_id]) in page


def test_nobody_found_is_forgotten_between_question_and_record(lead: Client, street: Street) -> None:
    def shown(show: str) -> bool:
        return "王芳" in lead.get(f"{reverse('name_list')}?show={show}").content.decode()

    name = found(street)
    assert (shown("unasked"), shown("isolate")) == (True, False)
    lead.post(reverse("name_isolate", args=[name.pk]), {"isolate": "yes"})
    assert (shown("unasked"), shown("isolate")) == (False, True)
    make_case(at=timezone.now(), resident=Resident.unscoped.get(pk=name.resident_id))
    assert (shown("unasked"), shown("isolate")) == (False, False)


def test_nothing_is_assumed_about_isolation(lead: Client, street: Street) -> None:
    name = found(street)
    lead.post(reverse("name_isolate", args=[name.pk]), {"isolate": ""})
    name.refresh_from_db()
    assert name.to_isolate is None
    lead.post(reverse("name_isolate", args=[name.pk]), {"isolate": "no"})
    name.refresh_from_db()
    assert name.to_isolate is False


# -- who may -----------------------------------------------------------------------------------------------------------


def test_a_worker_sees_and_answers_what_was_given_to_her_and_nothing_else(street: Street) -> None:
    hers, others = a_name(street, name="王芳", worker=street.worker), a_name(street, name="李强")
    client = client_of(street.worker)
    page = client.get(reverse("name_list")).content.decode()
    assert "王芳" in page and "李强" not in page
    assert client.get(reverse("name_detail", args=[others.pk])).status_code == 404
    assert answer(client, others, "unknown").status_code == 404
    answer(client, hers, "unknown")
    assert hers.state == "unknown"


def test_who_works_elsewhere_by_now_neither_sees_nor_answers(street: Street) -> None:
    name = a_name(street, worker=street.worker)
    street.worker.posts.update(until=timezone.now() - timedelta(minutes=1))
    Post.objects.create(staff=street.worker, place=street.foreign, role=Role.GRID_WORKER, since=LONG_AGO)
    client = client_of(street.worker)
    assert client.get(reverse("name_detail", args=[name.pk])).status_code == 404
    assert answer(client, name, "unknown").status_code == 404 and name.state == "open"


def test_a_supervisor_reads_and_answers_nothing(street: Street) -> None:
    name = a_name(street, name="王芳")
    client = client_of(street.supervisor)
    page = client.get(reverse("name_detail", args=[name.pk])).content.decode()
    assert "王芳" in page and reverse("name_answer", args=[name.pk]) not in page
    assert answer(client, name, "unknown").status_code == 403


def test_a_stranger_finds_nothing_and_get_does_nothing(street: Street, lead: Client) -> None:
    name = a_name(street)
    stranger = client_of(make_staff(Role.COMMUNITY_LEAD, make_place().parent))
    for url in ("name_detail", "name_here", "name_pass_on"):
        assert stranger.get(reverse(url, args=[name.pk])).status_code == 404
    for url in ("name_answer", "name_reopen", "name_isolate", "name_here", "name_pass_on"):
        assert stranger.post(reverse(url, args=[name.pk]), {"version": 1}).status_code == 404
    for url in ("name_answer", "name_reopen", "name_isolate"):
        assert lead.get(reverse(url, args=[name.pk])).status_code == 405


def test_two_at_once_the_first_answer_stands(street: Street) -> None:
    """What two tabs send: both saw version 1."""
    from grid.rules.actors import Actor

    name, at = a_name(street), timezone.now()
    stale = NameToVerify.unscoped.get(pk=name.pk)
    deeds.answer(name=name, outcome="not_here", version=1, by=Actor.staff(street.lead.pk), at=at)
    with pytest.raises(deeds.NameAnswered):
        deeds.answer(name=stale, outcome="unknown", version=1, by=Actor.staff(street.lead.pk), at=at)
    assert NameToVerify.unscoped.get(pk=name.pk).state == "not_here"


def test_the_page_shows_what_each_list_said_and_what_was_damaged(lead: Client, street: Street) -> None:
    name = a_name(street, name="王芳", faults={"phones": "phone_unreadable"}, list_name="协查一.xlsx", row=17)
    page = lead.get(reverse("name_detail", args=[name.pk])).content.decode()
    assert "协查一.xlsx" in page and "17" in page and re.search("▲[^<]*Phone", page)

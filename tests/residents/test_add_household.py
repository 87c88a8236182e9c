"""A household is added with its people on one page."""

import threading
from datetime import date

import pytest
from django.utils import timezone

from grid.models import AuditRecord
from residents.models import Household, Resident
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.support import Street, client_of, hidden, household_form, make_street

DOOR = {"compound": "望江花园", "building": "3栋", "unit": "1单元", "room": "502室"}
ADD = "/households/add/"


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


def test_door_and_people_are_saved_together_and_the_id_brings_sex_and_birth_date(street: Street) -> None:
    client = client_of(street.worker)
    number = make_id_number(date(1951, 3, 8), "F")
    form = household_form(
        client,
        {"name": "李  明", "phones": "199 0000 0001，19900000002", "relation": "02", "sex": "M"},
        {"name": "王秀英", "id_number": number, "relation": "12", "care_tags": ["chronic_illness", "disabled"]},
        **DOOR,
    )
    answer = client.post(ADD, form)
    household = Household.unscoped.get()
    assert answer.status_code == 302 and answer["Location"] == f"/households/{household.pk}/"
    assert household.door == "望江花园 3-1-502" and household.grid == street.grid
    head, wife = Resident.unscoped.order_by("pk")
    assert (head.name, head.phones, head.pinyin, head.initials) == (
        "李明",
        ["19900000001", "19900000002"],
        "liming",
        "lm",
    )
    assert (wife.sex, wife.birth_date, wife.id_type) == ("F", date(1951, 3, 8), "resident_id")
    assert wife.care_tags == ["chronic_illness", "disabled"] and wife.street == street.grid.street
    record = AuditRecord.objects.get(deed="household_added")
    assert (record.staff, record.place, record.subject_id) == (street.worker, street.grid, household.pk)


def test_every_fault_is_told_at_once_and_nothing_typed_is_lost(street: Street) -> None:
    client = client_of(street.worker)
    wrong = make_id_number()[:-1] + "A"
    form = household_form(
        client,
        {"name": "李明", "phones": "12345", "id_number": wrong},
        {"name": "王5", "id_number": make_id_number(sex="F"), "sex": "M", "birth_date": "1970-01-01"},
        compound="望江花园",
        room="502",
    )
    answer = client.post(ADD, form)
    page = answer.content.decode()
    assert answer.status_code == 422 and not Household.unscoped.exists() and not Resident.unscoped.exists()
    for target in ("p0-phones", "p0-id_number", "p1-name", "p1-sex", "p1-birth_date"):
        assert f'href="#id_{target}"' in page and f'id="id_{target}_error"' in page
    for typed in ("12345", wrong, "王5", "1970-01-01", "望江花园"):
        assert f'value="{typed}"' in page
    assert hidden(page, "ticket")


def test_one_more_row_without_javascript_keeps_what_was_typed_and_checks_nothing(street: Street) -> None:
    client = client_of(street.worker)
    form = household_form(client, {"name": "李明", "phones": "12345", "care_tags": ["pregnant"]}, room="502")
    answer = client.post(ADD, form | {"more": "1"})
    page = answer.content.decode()
    assert answer.status_code == 200 and "error-summary" not in page
    assert 'name="p1-name"' in page and hidden(page, "rows") == "2"
    assert 'value="12345"' in page and 'value="李明"' in page and 'value="502"' in page
    assert page.count("checked") == 1
    assert not Household.unscoped.exists()


def test_rows_left_empty_are_no_people(street: Street) -> None:
    client = client_of(street.worker)
    client.post(ADD, household_form(client, {"name": ""}, {"name": "李明"}, {"name": ""}, **DOOR))
    assert [person.name for person in Resident.unscoped.all()] == ["李明"]


def test_the_same_form_sent_twice_makes_one_household(street: Street) -> None:
    client = client_of(street.worker)
    form = household_form(client, {"name": "李明", "id_number": make_id_number()}, **DOOR)
    answers = [client.post(ADD, form) for _ in range(2)]
    assert {answer["Location"] for answer in answers} == {f"/households/{Household.unscoped.get().pk}/"}
    assert Resident.unscoped.count() == 1


def test_the_same_form_sent_twice_at_once_makes_one_household(fresh_database: str) -> None:
    street = make_street()
    form = household_form(client_of(street.worker), {"name": "李明", "id_number": make_id_number()}, **DOOR)
    assert _sent_at_once(street, [form, form]) == [302, 302]
    assert Household.unscoped.count() == 1 and Resident.unscoped.count() == 1


def test_without_the_ticket_the_same_race_makes_two(fresh_database: str) -> None:
    """The twin of the test above: two forms that differ only in their ticket both go through."""
    street = make_street()
    client = client_of(street.worker)
    forms = [household_form(client, {"name": "李明"}, another="on", **DOOR) for _ in range(2)]
    assert _sent_at_once(street, forms) == [302, 302]
    assert Household.unscoped.count() == 2


def test_one_id_number_added_twice_at_once_is_registered_once(fresh_database: str) -> None:
    street = make_street()
    client, number = client_of(street.worker), make_id_number()
    forms = [household_form(client, {"name": "李明", "id_number": number}, room=room) for room in ("501", "502")]
    assert sorted(_sent_at_once(street, forms)) == [302, 422]
    assert Resident.unscoped.count() == 1 and Household.unscoped.count() == 1


def _sent_at_once(street: Street, forms: list[dict[str, str]]) -> list[int]:
    """Posts the forms from threads that meet between their checks and their writing; the statuses."""
    from django.db import connections

    from residents.views import households as view

    meeting = threading.Barrier(len(forms), timeout=20)
    save, statuses = view._save, []

    def saved_together(*args: object) -> object:
        meeting.wait()
        return save(*args)  # type: ignore[arg-type]

    def send(form: dict[str, str]) -> None:
        try:
            statuses.append(client_of(street.worker).post(ADD, form).status_code)
        finally:
            connections.close_all()

    view._save = saved_together  # type: ignore[assignment]
    try:
        threads = [threading.Thread(target=send, args=[form]) for form in forms]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    finally:
        view._save = save
    return statuses


def test_a_household_at_the_same_door_is_shown_as_a_choice(street: Street) -> None:
    client = client_of(street.worker)
    there = make_household(street.grid, compound="望江花园", building="3", unit="1", room="502")
    form = household_form(client, {"name": "李明"}, **DOOR)
    answer = client.post(ADD, form)
    assert answer.status_code == 422 and f'href="/households/{there.pk}/"' in answer.content.decode()
    assert Household.unscoped.count() == 1
    assert client.post(ADD, form | {"another": "on"}).status_code == 302
    assert Household.unscoped.count() == 2


def test_a_registered_number_names_where_to_look_inside_her_places(street: Street) -> None:
    client = client_of(street.worker)
    there = make_resident(make_household(street.grid, room="777"), "赵六", make_id_number(sequence=3))
    form = household_form(client, {"name": "李明", "id_number": make_id_number(sequence=3)}, **DOOR)
    page = client.post(ADD, form).content.decode()
    assert "赵六" in page and there.household.door in page and Resident.unscoped.count() == 1


def test_a_registered_number_of_another_community_tells_nothing_of_the_other(street: Street) -> None:
    client = client_of(street.worker)
    make_resident(make_household(street.far, room="777"), "赵六", make_id_number(sequence=3))
    form = household_form(client, {"name": "李明", "id_number": make_id_number(sequence=3)}, **DOOR)
    answer = client.post(ADD, form)
    page = answer.content.decode()
    assert answer.status_code == 422 and "赵六" not in page and "777" not in page
    assert "another community of this street" in page


def test_the_number_of_somebody_who_left_or_lives_in_another_street_is_free(street: Street) -> None:
    client, number = client_of(street.worker), make_id_number()
    make_resident(make_household(street.far), "赵六", number, left_on=timezone.localdate(), left_reason="moved_out")
    make_resident(make_household(street.foreign), "赵六", number)
    form = household_form(client, {"name": "赵六", "id_number": number}, **DOOR)
    assert client.post(ADD, form).status_code == 302


def test_one_number_twice_on_a_page_is_said(street: Street) -> None:
    client, number = client_of(street.worker), make_id_number()
    form = household_form(client, {"name": "李明", "id_number": number}, {"name": "王英", "id_number": number}, **DOOR)
    answer = client.post(ADD, form)
    assert answer.status_code == 422 and "twice on this page" in answer.content.decode()


def test_a_grid_is_chosen_only_where_there_are_several_and_never_outside_her_places(street: Street) -> None:
    assert 'name="grid"' not in client_of(street.worker).get(ADD).content.decode()
    client = client_of(street.lead)
    assert 'name="grid"' in client.get(ADD).content.decode()
    form = household_form(client, {"name": "李明"}, **DOOR)
    assert client.post(ADD, form).status_code == 422
    assert client.post(ADD, form | {"grid": street.far.pk}).status_code == 422
    assert client.post(ADD, form | {"grid": street.sibling.pk}).status_code == 302
    assert Household.unscoped.get().grid == street.sibling


def test_a_door_typed_in_one_piece_is_taken_apart(street: Street) -> None:
    client = client_of(street.worker)
    client.post(ADD, household_form(client, {"name": "李明"}, compound="望江花园", room="3-1-502"))
    assert Household.unscoped.get().door == "望江花园 3-1-502"


def test_a_page_without_a_door_asks_for_one(street: Street) -> None:
    client = client_of(street.worker)
    answer = client.post(ADD, household_form(client, {"name": "李明"}))
    assert answer.status_code == 422 and 'href="#id_room"' in answer.content.decode()


def test_a_door_without_anybody_is_saved_on_her_word_only(street: Street) -> None:
    client = client_of(street.worker)
    form = household_form(client, {"name": ""}, **DOOR)
    answer = client.post(ADD, form)
    page = answer.content.decode()
    assert answer.status_code == 422 and 'href="#id_nobody"' in page and 'name="nobody"' in page
    assert "checked" not in page and not Household.unscoped.exists()
    for _twice in range(2):
        assert client.post(ADD, form | {"nobody": "on"}).status_code == 302
    assert Household.unscoped.get().door == "望江花园 3-1-502" and not Resident.unscoped.exists()


def test_the_one_compound_of_the_grid_is_written_already_and_several_are_proposed(street: Street) -> None:
    client = client_of(street.worker)
    assert hidden(client.get(ADD).content.decode(), "rows") == "1"  # a grid without doors proposes nothing
    make_household(street.grid, compound="望江花园")
    assert hidden(client.get(ADD).content.decode(), "compound") == "望江花园"
    make_household(street.grid, compound="江边里")
    page = client.get(ADD).content.decode()
    assert '<option value="望江花园"></option>' in page and 'name="compound" value' not in page


def test_a_door_without_its_compound_is_asked_about_instead_of_standing_twice(street: Street) -> None:
    client = client_of(street.worker)
    there = make_household(street.grid, compound="望江花园", building="2", unit="1", room="201")
    form = household_form(client, {"name": "李明"}, building="2", unit="1", room="201")
    answer = client.post(ADD, form)
    page = answer.content.decode()
    assert answer.status_code == 422 and Household.unscoped.count() == 1
    assert 'href="#id_known_compound"' in page and "望江花园 2-1-201" in page and "checked" not in page
    taken = client.post(ADD, form | {"known_compound": "望江花园"})
    assert taken.status_code == 422 and f"/households/{there.pk}/" in taken.content.decode()
    # Another room of a building that stands in a compound is asked about too; one that is not known is not.
    other = household_form(client, {"name": "李明"}, building="2", unit="1", room="202")
    assert client.post(ADD, other).status_code == 422
    assert client.post(ADD, other | {"known_compound": "望江花园"}).status_code == 302
    new = household_form(client, {"name": "王英"}, building="7", room="202")
    assert client.post(ADD, new).status_code == 302
    assert client.post(ADD, form | {"known_compound": "-"}).status_code == 302
    doors = {door.door for door in Household.unscoped.all()}
    assert doors == {"望江花园 2-1-201", "望江花园 2-1-202", "7-202", "2-1-201"}


def test_readers_may_not_add(street: Street) -> None:
    client = client_of(street.supervisor)
    assert client.get(ADD).status_code == client.post(ADD, {}).status_code == 403

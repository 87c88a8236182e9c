"""An ID number stands nowhere in clear: not in a table, a log, an audit record, a history row or an address."""

import logging

import pytest
from django.db import connection

from residents.models import Resident
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.support import Street, client_of, hidden, household_form, make_street


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


def _tables_holding(text: str) -> list[str]:
    holding = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{table}" AS row WHERE row::text LIKE %s', [f"%{text}%"])
            if cursor.fetchone()[0]:
                holding.append(table)
    return holding


def test_a_number_that_was_added_changed_searched_and_looked_at_is_nowhere(
    street: Street, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = client_of(street.lead)
    first, second = make_id_number(), make_id_number()
    form = household_form(client, {"name": "李明", "id_number": first}, grid=street.grid.pk, room="502")
    client.post("/households/add/", form)
    client.post("/households/add/", form | {"ticket": "", "room": "503"})
    person = Resident.unscoped.get()
    edit = f"/residents/{person.pk}/edit/"
    version = hidden(client.get(edit).content.decode(), "version")
    pages = [client.post("/residents/", {"words": first}), client.get(f"/households/{person.household_id}/")]
    client.post(edit, {"name": "李明", "id_number": second, "version": version})
    client.post(edit, {"name": "李明", "id_number": first, "version": version})
    client.post(f"/residents/{person.pk}/id-number/", {"reason": "paper"})
    assert "李明" in pages[0].content.decode() and first not in pages[1].content.decode()
    for number in (first, second):
        # The digits by which the number could be put together again must not stand there either.
        for text in (number, number[6:], number[-4:].encode().hex(), number.encode().hex()):
            assert _tables_holding(text) == [], text
        assert number not in caplog.text


def test_one_number_is_sealed_differently_each_time_and_found_by_its_digests(street: Street) -> None:
    number = make_id_number()
    one = make_resident(make_household(street.grid), "李明", number)
    other = make_resident(make_household(street.foreign), "李明", number)
    assert bytes(one.id_sealed) != bytes(other.id_sealed)
    assert bytes(one.id_digest) == bytes(other.id_digest) and bytes(one.id_tail_digest) == bytes(other.id_tail_digest)

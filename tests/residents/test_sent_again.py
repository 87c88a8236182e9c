"""Forms that were open while somebody else wrote: told once, nothing typed is lost, and the next tap goes through."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from residents.models import Household, Resident
from tests.factories.residents import make_household, make_resident
from tests.residents.support import Street, client_of, hidden, make_street


@pytest.fixture
def street(db: None, clock: Any) -> Street:
    return make_street()


@pytest.fixture
def worker(street: Street) -> Client:
    return client_of(street.worker)


def somebody_writes_about(person: Resident) -> None:
    Resident.unscoped.filter(pk=person.pk).update(note="手机号待核", version=person.version + 1)


def test_who_returns_while_somebody_writes_about_her_comes_back_by_the_next_tap(street: Street, worker: Client) -> None:
    person = make_resident(make_household(street.grid), "李明", left_on=date(2026, 3, 4), left_reason="moved_out")
    address = f"/residents/{person.pk}/return/"
    page = worker.get(address).content.decode()
    form = {name: hidden(page, name) for name in ("ticket", "version")}
    form |= {"grid": str(street.grid.pk), "building": "9", "room": "101"}
    somebody_writes_about(person)
    told = worker.post(address, form)
    page = told.content.decode()
    assert told.status_code == 422 and "What you typed is kept below" in page and 'value="101"' in page
    elsewhere = page[page.index("<details") :]
    again = form | {name: hidden(elsewhere, name) for name in ("ticket", "version")}
    assert worker.post(address, again).status_code == 302
    assert Resident.unscoped.get().left_on is None and Household.unscoped.count() == 2
    assert worker.post(address, form).status_code == 302, "harmless twice"


def test_a_version_beyond_every_number_is_told_like_an_old_one(street: Street, worker: Client) -> None:
    person = make_resident(make_household(street.grid), left_on=date(2026, 3, 4), left_reason="moved_out")
    answer = worker.post(f"/residents/{person.pk}/return/", {"home": "1", "version": "9" * 5000})
    assert answer.status_code == 422 and "Look again." in answer.content.decode()

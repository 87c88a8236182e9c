"""Forms that were open while somebody else wrote: told once, nothing typed is lost, and the next tap goes through."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from grid.rules.actors import SYSTEM
from residents.actions.joining import join_households
from residents.models import Contact, Household, Resident
from tests.factories.residents import make_household, make_resident
from tests.factories.twins import make_merge
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


def test_a_form_for_whom_or_what_went_into_another_leads_there_in_words(street: Street, worker: Client) -> None:
    kept, joined = make_household(street.grid), make_household(street.grid)
    one, other = (make_resident(kept, name="陈美玲") for _person in range(2))
    gone = make_resident(kept, left_on=date(2026, 3, 4), left_reason="died")
    versions = {"kept_version": kept.version, "other_version": joined.version}
    join_households(kept=kept, other=joined, **versions, by=SYSTEM, at=timezone.now())
    make_merge(one, other)
    door, record, away = (
        "joined with another one. Look",
        "went into another one of the same",
        "does not live here any more",
    )
    cases = [
        (f"/households/{joined.pk}/", door, ("edit", "move", "leave", "offer", "split")),
        (f"/residents/{other.pk}/", record, ("move", "leave", "away", "offer", "contacts/add")),
        (f"/residents/{gone.pk}/", away, ("move", "away", "offer")),
    ]
    for page, words, deeds in cases:
        for deed in deeds:
            sent = {"version": "1", "name": "王芳", "relation": "neighbour", "until": "2026-04-01", "room": "101"}
            answer = worker.post(f"{page}{deed}/", sent, follow=True)
            assert answer.redirect_chain == [(page, 302)], (page, deed)
            assert words in answer.content.decode(), (page, deed)
    assert not Contact.unscoped.exists(), "it would hang where nobody looks"
    undo = worker.post(f"/residents/{other.pk}/history/undo/", {"change": "1", "version": "1"}, follow=True)
    assert record in undo.content.decode()

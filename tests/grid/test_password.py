"""Changing one's password: forced after a one-time password, the old one asked otherwise."""

import pytest
from django.test import Client

from grid.models import Staff
from grid.rules.permissions import Role
from tests.factories.grid import PASSWORD, make_staff
from tests.grid.support import deeds, log_in, pages_open

pytestmark = pytest.mark.django_db
NEW = "a quiet river 88"


@pytest.fixture
def worker() -> Staff:
    return make_staff(Role.GRID_WORKER)


def change(client: Client, new: str, old: str | None = PASSWORD):
    fields = {"new_password1": new, "new_password2": new} | ({"old_password": old} if old else {})
    return client.post("/password/", fields)


def test_a_one_time_password_opens_nothing_but_the_page_for_a_new_one(client, worker) -> None:
    Staff.objects.filter(pk=worker.pk).update(must_change_password=True)
    assert log_in(client, worker)["Location"] == "/password/"
    assert client.get("/")["Location"] == "/password/"
    part = client.get("/", HTTP_HX_REQUEST="true")
    assert part.status_code == 204 and part["HX-Redirect"] == "/password/"
    assert change(client, PASSWORD, old=None).status_code == 422  # keeping it is no change
    assert change(client, NEW, old=None).status_code == 302
    assert not Staff.objects.get(pk=worker.pk).must_change_password
    assert log_in(Client(), worker, NEW).status_code == 302
    assert "password_changed" in deeds()


def test_the_old_password_is_asked(client, worker) -> None:
    log_in(client, worker)
    assert change(client, NEW, old="wrong one 123").status_code == 422
    assert change(client, NEW).status_code == 302
    assert pages_open(client)


@pytest.mark.parametrize("weak", ["short", "1234567890123", "password123"])
def test_weak_passwords_are_refused_in_words(client, worker, weak) -> None:
    log_in(client, worker)
    answer = change(client, weak)
    assert answer.status_code == 422 and "field-error" in answer.content.decode()


def test_other_sessions_end_with_the_old_password(client, worker) -> None:
    log_in(client, worker)
    other = Client()
    log_in(other, worker)
    change(client, NEW)
    assert pages_open(client) and not pages_open(other)


def test_a_stranger_is_sent_to_the_login(client) -> None:
    assert change(client, NEW)["Location"] == "/login/"

"""What was tapped when the login ran out: kept for the same person, said plainly, sent by one button, forgotten."""

import datetime

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from grid.models import Place
from tests.factories.grid import PASSWORD
from tests.grid.support import log_in, on_own_phone, street

pytestmark = pytest.mark.django_db
PAUSE = datetime.timedelta(minutes=31)


@pytest.fixture
def house():
    return street()


def tap(client: Client, house, **headers):
    path = f"/places/{house.garden.pk}/add/"
    return path, client.post(path, {"name": "花园二网格", "code": "12345678901234"}, **headers)


def test_a_tap_in_a_run_out_session_is_kept_and_sent_after_the_login(client, house, clock) -> None:
    log_in(client, house.administrator)
    clock.shift(PAUSE)
    path, answer = tap(client, house)
    assert answer["Location"] == "/login/"
    assert log_in(client, house.administrator)["Location"] == "/continue/"
    page = client.get("/continue/").content.decode()
    assert "还没存上" in page and "接着保存" in page and f'action="{path}"' in page
    assert 'name="name" value="花园二网格"' in page and "csrfmiddlewaretoken" in page
    assert not Place.objects.filter(name="花园二网格").exists()
    client.post(path, {"name": "花园二网格", "code": "12345678901234"})
    assert Place.objects.filter(name="花园二网格").count() == 1
    assert client.get("/continue/").status_code == 302  # forgotten


def test_after_the_pin_it_goes_on_as_well(client, house, clock) -> None:
    on_own_phone(client, house.administrator)
    clock.shift(PAUSE)
    assert tap(client, house)[1]["Location"] == "/unlock/"
    assert client.post("/unlock/", {"pin": "271828"})["Location"] == "/continue/"


def test_a_tap_sent_by_script_is_led_to_the_login_too(client, house, clock) -> None:
    log_in(client, house.administrator)
    clock.shift(PAUSE)
    answer = tap(client, house, HTTP_HX_REQUEST="true")[1]
    assert answer.status_code == 204 and answer["HX-Redirect"] == "/login/"
    assert log_in(client, house.administrator)["Location"] == "/continue/"


def test_somebody_else_at_the_same_browser_never_gets_it(client, house, clock) -> None:
    log_in(client, house.administrator)
    clock.shift(PAUSE)
    tap(client, house)
    login_page = client.get("/login/").content.decode()
    assert "花园二网格" not in login_page and house.administrator.name not in login_page
    assert log_in(client, house.worker)["Location"] != "/continue/"
    assert "花园二网格" not in client.get("/continue/", follow=True).content.decode()
    assert "held_post" not in client.session
    client.post("/logout/")
    assert log_in(client, house.administrator)["Location"] == "/"


def test_a_strangers_tap_is_not_kept(client, house) -> None:
    tap(client, house)
    assert log_in(client, house.administrator)["Location"] == "/"


def test_it_lies_sealed_in_the_session(client, house, clock) -> None:
    log_in(client, house.administrator)
    clock.shift(PAUSE)
    tap(client, house)
    stored = [session.get_decoded() for session in Session.objects.all()]
    assert any("held_post" in facts for facts in stored) and "花园二网格" not in str(stored)


def test_it_can_be_dropped(client, house, clock) -> None:
    log_in(client, house.administrator)
    clock.shift(PAUSE)
    tap(client, house)
    log_in(client, house.administrator)
    client.post("/continue/")
    assert client.get("/continue/").status_code == 302
    assert not Place.objects.filter(name="花园二网格").exists()


def test_a_form_with_a_password_is_not_kept(client, house, clock) -> None:
    log_in(client, house.administrator)
    clock.shift(PAUSE)
    client.post("/password/", {"old_password": PASSWORD, "new_password1": "another secret 77"})
    assert log_in(client, house.administrator)["Location"] == "/"


def test_a_forged_form_is_not_kept(house, clock) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(house.administrator)
    clock.shift(PAUSE)
    assert tap(client, house)[1].status_code == 403
    assert "held_post" not in client.session

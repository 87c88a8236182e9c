"""The PIN: six digits after idling on a phone known to be hers; five misses, then the password."""

import datetime
import threading

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from grid.actions import logins
from grid.models import KnownDevice, Staff
from grid.rules import pins
from grid.rules.actors import Actor
from grid.rules.permissions import Role
from tests.factories.grid import make_staff
from tests.grid.support import deeds, log_in, on_own_phone, pages_open

PAUSE = datetime.timedelta(minutes=16)


@pytest.fixture
def worker(db) -> Staff:
    return make_staff(Role.GRID_WORKER, name="王芳")


@pytest.mark.parametrize("pin", ["123456", "111111", "987654", "112211", "123123", "121212", "890123"])
def test_easy_pins_are_known(pin) -> None:
    assert pins.is_easy(pin)


@pytest.mark.parametrize("pin", ["271828", "104729", "860413"])
def test_other_pins_are_not_easy(pin) -> None:
    assert not pins.is_easy(pin)


def test_the_first_login_on_her_own_phone_asks_for_a_pin(client, worker) -> None:
    assert log_in(client, worker, own_phone="on")["Location"] == "/pin/"
    for pin in ("123456", "12345", "二七一八二八", "١٢٣٤٥٧"):
        assert client.post("/pin/", {"pin": pin, "pin_again": pin}).status_code == 422
    assert client.post("/pin/", {"pin": "271828", "pin_again": "271829"}).status_code == 422
    assert client.post("/pin/", {"pin": "271828", "pin_again": "271828"}).status_code == 302
    worker.refresh_from_db()
    assert worker.pin and "271828" not in worker.pin


def test_the_pin_may_wait(client, worker) -> None:
    log_in(client, worker, own_phone="on")
    assert client.post("/pin/", {"later": "1"}).status_code == 302
    assert pages_open(client)


def test_a_shared_computer_is_never_asked_for_a_pin(client, worker) -> None:
    assert log_in(client, worker)["Location"] == "/"
    assert client.get("/pin/").status_code == 302


def test_after_a_pause_the_pin_opens_and_leads_back_to_the_page(client, worker, clock) -> None:
    on_own_phone(client, worker)
    clock.shift(PAUSE)
    assert client.get("/password/")["Location"] == "/unlock/"
    before = client.session.session_key
    answer = client.post("/unlock/", {"pin": "271828"})
    assert answer["Location"] == "/password/" and client.session.session_key != before
    assert pages_open(client) and deeds()[-1] == "unlocked"


def test_the_pin_does_not_stretch_the_twelve_hours(client, worker, clock) -> None:
    on_own_phone(client, worker)
    for _step in range(47):
        clock.shift(datetime.timedelta(minutes=15, seconds=20))
        client.post("/unlock/", {"pin": "271828"})
    assert client.get("/password/")["Location"] == "/login/"
    assert client.post("/unlock/", {"pin": "271828"})["Location"] == "/login/"


def test_five_misses_need_the_password_even_with_the_right_pin(client, worker, clock) -> None:
    on_own_phone(client, worker)
    clock.shift(PAUSE)
    for left in (4, 3, 2, 1):
        answer = client.post("/unlock/", {"pin": "999999"})
        assert answer.status_code == 422 and f"还能试{left}次" in answer.content.decode()
    assert client.post("/unlock/", {"pin": "999999"})["Location"] == "/login/"
    assert client.post("/unlock/", {"pin": "271828"})["Location"] == "/login/"
    assert not pages_open(client)
    log_in(client, worker)
    assert pages_open(client) and KnownDevice.objects.get().pin_misses == 0


def test_a_right_pin_forgets_the_misses(client, worker, clock) -> None:
    on_own_phone(client, worker)
    clock.shift(PAUSE)
    client.post("/unlock/", {"pin": "999999"})
    client.post("/unlock/", {"pin": "271828"})
    assert KnownDevice.objects.get().pin_misses == 0


def test_a_stranger_without_the_session_is_sent_to_the_login(client, worker) -> None:
    assert client.get("/unlock/")["Location"] == "/login/"
    assert client.post("/unlock/", {"pin": "271828"})["Location"] == "/login/"


def test_a_closed_login_is_not_opened_by_the_pin(client, worker, clock) -> None:
    on_own_phone(client, worker)
    clock.shift(PAUSE)
    Staff.objects.filter(pk=worker.pk).update(is_active=False)
    assert client.post("/unlock/", {"pin": "271828"})["Location"] == "/login/"


def _guess_at_once(guess, count: int) -> None:
    start = threading.Barrier(count)

    def run() -> None:
        try:
            start.wait()
            guess()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _counted_guesses(monkeypatch, guess) -> int:
    """How many of twelve guesses sent at once were judged."""
    judged: list[str] = []
    monkeypatch.setattr(logins, "check_password", lambda pin, _stored: judged.append(pin) or False)
    _guess_at_once(guess, 12)
    return len(judged)


@pytest.fixture
def device(fresh_database) -> KnownDevice:
    staff = make_staff(Role.GRID_WORKER)
    return KnownDevice.objects.create(staff=staff, token_digest=b"d" * 32, since=timezone.now())


def test_guesses_sent_at_once_are_no_more_than_five(device, monkeypatch) -> None:
    def guess() -> None:
        own = KnownDevice.objects.select_related("staff").get(pk=device.pk)
        by = Actor.staff(own.staff_id)
        logins.try_pin(staff=own.staff, device=own, pin="999999", by=by, at=timezone.now())

    assert _counted_guesses(monkeypatch, guess) == 5


def test_without_claiming_the_try_first_more_than_five_are_judged(device, monkeypatch) -> None:
    """The twin: reading the count, judging, then counting is what the conditional UPDATE guards against."""
    read = threading.Barrier(12)

    def guess() -> None:
        own = KnownDevice.objects.get(pk=device.pk)
        read.wait()
        if own.pin_misses < 5 and not logins.check_password("999999", ""):
            KnownDevice.objects.filter(pk=own.pk).update(pin_misses=own.pin_misses + 1)

    assert _counted_guesses(monkeypatch, guess) > 5


def test_another_browser_of_hers_is_not_opened_by_the_pin(client, worker, clock) -> None:
    on_own_phone(client, worker)
    other = Client()
    log_in(other, worker)
    clock.shift(datetime.timedelta(minutes=31))
    assert other.get("/password/")["Location"] == "/login/"

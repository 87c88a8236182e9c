"""Workers at the same messages at once: each guard with its twin that shows what breaks without it."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from grid.models import Place
from grid.rules.actors import SYSTEM
from quarantine import outward
from quarantine.actions import addresses, alerts, messages
from quarantine.models import Alert, AlertAddress, AlertMessage
from quarantine.rules import ladder
from tests.databases import somebody_waits
from tests.factories.grid import make_place
from tests.factories.quarantine import make_case
from tests.quarantine.local_servers import Robot, robot_facts, serving
from tests.quarantine.test_messages import fever, make_address
from tests.quarantine.test_races import at_once

pytestmark = pytest.mark.usefixtures("fresh_database")


@pytest.fixture
def robot():
    with serving(Robot()) as server:
        yield server


@pytest.fixture
def due(robot: Robot) -> AlertAddress:
    """An address with two messages that are due."""
    grid = make_place()
    address = make_address(grid, robot_facts(robot))
    fever(grid)
    fever(grid)
    AlertMessage.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    return address


def send() -> None:
    messages.send_due(at=timezone.now())


def test_workers_at_once_send_one_text(robot: Robot, due: AlertAddress) -> None:
    assert at_once(*[send] * 4) == []
    assert [text.count("2件事") for text in robot.texts] == [1]
    assert not AlertMessage.objects.unsent().exists()
    assert set(AlertMessage.objects.values_list("attempts", flat=True)) == {1}


def look_together(monkeypatch, guard: str, without: Callable[..., Any], workers: int) -> None:
    """Takes a guard away, and has all workers look before any of them writes."""
    all_have_looked = threading.Barrier(workers)

    def looked(*args: Any, **how: Any) -> Any:
        found = without(*args, **how)
        all_have_looked.wait(10)
        return found

    monkeypatch.setattr(messages, guard, looked)


def test_without_the_claim_each_worker_would_send(due: AlertAddress, monkeypatch) -> None:
    def look_only(address_id: int, *, at: Any) -> list[AlertMessage]:
        waiting = AlertMessage.objects.waiting(at).filter(address=address_id)
        return list(waiting.select_related("alert__grid", "address__grid"))

    sent: list[Any] = []
    monkeypatch.setattr(outward, "send_all", lambda letters: sent.extend(letters) or [])
    look_together(monkeypatch, "claim", look_only, 3)
    assert at_once(*[send] * 3) == []
    assert len(sent) == 3


def claim_while_one_is_under_way(monkeypatch, is_busy: Callable[..., bool] | None) -> list[int]:
    """A second message falls due while the first is being sent; how many each worker claimed."""
    address = AlertAddress.unscoped.get()
    _first, second = AlertMessage.objects.order_by("pk")
    now = timezone.now()
    AlertMessage.objects.filter(pk=second.pk).update(due_at=now + timedelta(seconds=5))
    counts = [len(messages.claim(address.pk, at=now))]
    if is_busy is not None:
        monkeypatch.setattr(messages, "_is_busy", is_busy)
    return [*counts, len(messages.claim(address.pk, at=now + timedelta(seconds=6)))]


def test_what_falls_due_while_a_text_is_under_way_waits_for_the_next(due: AlertAddress, monkeypatch) -> None:
    assert claim_while_one_is_under_way(monkeypatch, None) == [1, 0]


def test_without_looking_whether_it_is_busy_two_texts_would_go_at_once(due: AlertAddress, monkeypatch) -> None:
    assert claim_while_one_is_under_way(monkeypatch, lambda *_facts: False) == [1, 1]


def claim_while_a_door_settles(due: AlertAddress) -> tuple[bool, int]:
    """Somebody's tap closes one of the alerts and is not committed yet: did the claim wait for it, what did it get?"""
    alert = Alert.unscoped.order_by("pk").first()
    got: list[int] = []

    def claim() -> None:
        try:
            got.append(len(messages.claim(due.pk, at=timezone.now())))
        finally:
            connection.close()

    claiming = threading.Thread(target=claim)
    with transaction.atomic():
        alerts.settle_alerts([alert.case_id], outcome="well", by=SYSTEM, at=timezone.now())
        claiming.start()
        waited = False
        while claiming.is_alive() and not waited:
            waited = somebody_waits()
    claiming.join(20)
    return waited, got[0]


def test_a_claim_never_stands_in_the_way_of_a_tap_at_a_door(due: AlertAddress) -> None:
    assert claim_while_a_door_settles(due) == (False, 1)


def test_a_lock_that_waits_would_make_one_wait_for_the_other(due: AlertAddress, monkeypatch) -> None:
    monkeypatch.setattr(messages, "_locked", lambda rows, **how: rows.select_for_update(**how))
    assert claim_while_a_door_settles(due)[0]


def test_a_message_is_queued_while_its_address_is_being_claimed(due: AlertAddress) -> None:
    grid = Place.objects.get(pk=due.grid_id)
    case = make_case(grid=grid, at=timezone.now())

    def positive() -> None:
        with transaction.atomic():
            alerts.raise_alerts(ladder.POSITIVE, [case], by=SYSTEM, at=timezone.now())

    with transaction.atomic():
        messages.claim(due.pk, at=timezone.now())
        faults = at_once(positive, lambda: fever(grid))
    assert faults == [] and AlertMessage.objects.count() == 3


def add_twice(place: Place) -> list[Exception]:
    def add() -> None:
        addresses.add_address(
            place=place, level=3, kind="wecom", label="群", facts={"url": "http://a"}, by=SYSTEM, at=timezone.now()
        )

    return at_once(add, add, add)


def test_an_address_added_by_two_taps_at_once_stands_once() -> None:
    assert add_twice(make_place()) == []
    assert AlertAddress.unscoped.count() == 1


def test_without_the_second_look_it_would_stand_twice(monkeypatch) -> None:
    monkeypatch.setattr(addresses, "_same", lambda here, facts: None)
    assert add_twice(make_place()) == []
    assert AlertAddress.unscoped.count() == 3

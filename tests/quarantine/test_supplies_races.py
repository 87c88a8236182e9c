"""Two at once: a double tap and two workers at one door. Each guard has a twin that shows the race without it."""

import threading
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.utils import timezone

from grid.models import AuditRecord
from grid.rules.actors import Actor
from grid.rules.permissions import Role
from quarantine.actions import supplies
from quarantine.models import SupplyRequest
from residents.models import Household
from tests.factories.grid import make_place, make_staff
from tests.factories.residents import make_household
from tests.factories.supplies import make_supply_request

pytestmark = pytest.mark.usefixtures("fresh_database")


def together(*deeds: Callable[[], object]) -> list[object]:
    """Runs each deed in a thread of its own, all starting at once; what each returned or raised."""
    start = threading.Barrier(len(deeds))
    results: list[object] = [None] * len(deeds)

    def run(number: int, deed: Callable[[], object]) -> None:
        start.wait()
        try:
            results[number] = deed()
        except Exception as fault:
            results[number] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def ask(door: Household, uuid: object, by: Actor) -> Callable[[], object]:
    line = supplies.Line("鸡蛋", None, "")
    return lambda: (
        supplies.ask_for_supplies(
            household=door, resident=None, lines=[line], urgent=False, note="", uuid=uuid, by=by, at=timezone.now()
        ).pk
    )


def test_a_double_tap_is_one_request() -> None:
    door = make_household(make_place())
    by = Actor.staff(make_staff(Role.GRID_WORKER, door.grid).pk)
    uuid = uuid4()
    results = together(*[ask(door, uuid, by)] * 6)
    assert len(set(results)) == 1
    assert SupplyRequest.unscoped.count() == 1
    assert AuditRecord.objects.filter(deed="supply_asked").count() == 1


def test_without_the_unique_uuid_a_double_tap_would_be_several_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    door = make_household(make_place())
    by = Actor.staff(make_staff(Role.GRID_WORKER, door.grid).pk)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE quarantine_supplyrequest DROP CONSTRAINT quarantine_supplyrequest_uuid_key")
    uuid = uuid4()
    all_have_looked = threading.Barrier(2)
    write = supplies._write_request

    def write_after_all_looked(*arguments: object) -> object:
        all_have_looked.wait(10)
        return write(*arguments)

    monkeypatch.setattr(supplies, "_write_request", write_after_all_looked)
    together(*[ask(door, uuid, by)] * 2)
    assert SupplyRequest.unscoped.count() == 2


def test_one_of_two_workers_delivers_and_the_other_learns_who() -> None:
    supply = make_supply_request(at=timezone.now())
    staff = [make_staff(Role.GRID_WORKER, supply.grid) for _ in range(4)]

    def deliver(by: Actor) -> Callable[[], object]:
        return lambda: supplies.deliver(request=supply, handed_over="", by=by, at=timezone.now())

    results = together(*[deliver(Actor.staff(one.pk)) for one in staff])
    losers = [result for result in results if isinstance(result, supplies.NotOpen)]
    assert results.count(None) == 1 and len(losers) == 3
    winner = staff[results.index(None)]
    assert {loser.request.delivered_by for loser in losers} == {winner}
    assert AuditRecord.objects.filter(deed="supply_delivered").count() == 1


def test_looking_first_and_writing_after_would_deliver_twice() -> None:
    supply = make_supply_request(at=timezone.now())
    all_have_looked = threading.Barrier(2)

    def naive() -> bool:
        row = SupplyRequest.unscoped.get(pk=supply.pk)
        if row.state != "open":
            return False
        all_have_looked.wait(10)
        SupplyRequest.unscoped.filter(pk=row.pk).update(state="delivered", delivered_at=timezone.now())
        return True

    assert together(naive, naive) == [True, True]

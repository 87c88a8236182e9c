"""Two at once: two who take the same alert, two sweeps; each guard with its twin that shows what breaks without it."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from grid.models import AuditRecord
from grid.rules.actors import Actor
from grid.rules.clock import LOCAL
from quarantine.actions import alert_deeds, sweep_grids, sweeps
from quarantine.models import Alert, AlertStep, IsolationCase
from quarantine.models.alert import AlertQuerySet
from quarantine.rules import ladder
from tests.databases import somebody_waits
from tests.factories.alerts import make_alert, make_street, swept_until
from tests.factories.quarantine import make_case, make_check_in
from tests.quarantine.test_races import at_once

pytestmark = pytest.mark.usefixtures("fresh_database")


def take_at_once() -> list[Exception]:
    found, now = make_street(at=timezone.now()), timezone.now()
    alert = make_alert(found.case, at=now)

    def take(staff_id: int) -> None:
        alert_deeds.take_alert(alert=alert, by=Actor.staff(staff_id), at=now)

    return at_once(*[lambda key=staff.pk: take(key) for staff in (found.worker, found.lead)])


def test_of_two_who_take_an_alert_one_has_it_and_the_other_hears_who() -> None:
    (fault,) = take_at_once()
    assert isinstance(fault, alert_deeds.NotHers)
    assert fault.alert.taken_by == Alert.unscoped.get().taken_by is not None
    assert AlertStep.objects.filter(kind="taken").count() == 1
    assert AuditRecord.objects.filter(deed="alert_taken").count() == 1


def test_without_the_condition_both_would_believe_they_have_it(monkeypatch) -> None:
    monkeypatch.setattr(AlertQuerySet, "untaken", lambda self: self.open())
    assert take_at_once() == []
    assert AlertStep.objects.filter(kind="taken").count() == 2


def sweep_at_once(at: datetime) -> list[Exception]:
    case = make_case(at=at.replace(hour=8))
    make_case(grid=case.grid, at=at.replace(hour=8))
    swept_until(at - timedelta(minutes=1))
    return at_once(lambda: sweeps.sweep(at=at), lambda: sweeps.sweep(at=at))


GRACE_ENDS = datetime(2026, 3, 4, 14, 0, tzinfo=LOCAL)


def test_two_sweeps_at_once_raise_each_thing_once() -> None:
    at = GRACE_ENDS.replace(hour=23)
    assert sweep_at_once(at) == []
    raised = Alert.unscoped.order_by("kind").values_list("kind", flat=True)
    assert list(raised) == [ladder.NO_WORKER, ladder.ROUND_OPEN, ladder.SILENT, ladder.SILENT]
    assert not IsolationCase.unscoped.filter(look_at__lte=at).exists()


def test_without_the_mark_two_sweeps_would_both_raise_the_round(monkeypatch) -> None:
    both_have_read, raise_at_grids = threading.Barrier(2), sweep_grids.raise_at_grids

    def when_both_have_read(*args: Any, **kwargs: Any) -> list[Alert]:
        if args[0] == ladder.ROUND_OPEN:
            both_have_read.wait(10)
        return raise_at_grids(*args, **kwargs)

    monkeypatch.setattr(sweeps, "_mark", lambda _key, _at: True)
    monkeypatch.setattr(sweep_grids, "raise_at_grids", when_both_have_read)
    assert len(sweep_at_once(GRACE_ENDS)) == 1  # only the unique key stands between them


def fever_while_somebody_closes_the_last_one() -> None:
    """A fever is noted while the transaction that closes the alert of an earlier one is still open."""
    found, now = make_street(at=timezone.now()), timezone.now()
    alert, by = make_alert(found.case, at=now), Actor.staff(found.worker.pk)
    alert_deeds.take_alert(alert=alert, by=by, at=now)

    def note() -> None:
        make_check_in(found.case, at=now, temperature="39.1")
        connection.close()

    noting = threading.Thread(target=note)
    with transaction.atomic():
        alert_deeds.finish_alert(alert=alert, outcome="well", by=by, at=now)
        noting.start()
        while noting.is_alive() and not somebody_waits():
            pass
    noting.join(20)


def test_a_fever_noted_while_the_last_alert_is_being_closed_has_one_of_its_own() -> None:
    fever_while_somebody_closes_the_last_one()
    assert Alert.unscoped.open().get().kind == ladder.ABNORMAL


def test_without_the_lock_the_fever_would_be_noted_at_the_closed_one(monkeypatch) -> None:
    monkeypatch.setattr(AlertQuerySet, "select_for_update", lambda self: self)
    fever_while_somebody_closes_the_last_one()
    assert not Alert.unscoped.open().exists()

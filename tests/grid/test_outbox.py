"""The outbox: what was asked for runs, broker or not, and once where two claim it."""

import datetime
import threading
import time

import pytest
from celery import Celery
from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from grid import celery, tasks
from grid.actions import outbox
from grid.models import OutboxTask
from grid.outbox import TASKS

RUNS: list[int] = []


@pytest.fixture(autouse=True)
def task():
    """A task that counts its runs, each long enough for another claimer to come by."""
    RUNS.clear()
    TASKS["count"] = lambda at, number=1: (time.sleep(0.05), RUNS.append(number))
    TASKS["fail"] = lambda at: 1 / 0
    yield
    del TASKS["count"], TASKS["fail"]


@pytest.fixture
def no_broker(monkeypatch):
    """The broker is away."""

    def refuse(*_args, **_kwargs):
        raise ConnectionError

    monkeypatch.setattr(celery.app, "send_task", refuse)
    monkeypatch.setattr(tasks.run_outbox_task, "apply_async", refuse)


@pytest.fixture
def broker(monkeypatch):
    """A broker that delivers at once."""

    def deliver(_name_or_args, args=None, **_kwargs):
        tasks.run_outbox_task(*(args or _name_or_args))

    monkeypatch.setattr(celery.app, "send_task", deliver)
    monkeypatch.setattr(tasks.run_outbox_task, "apply_async", deliver)


def test_a_row_asked_for_without_a_broker_is_run_by_the_sweep(
    db, no_broker, django_capture_on_commit_callbacks, monkeypatch
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        row = outbox.ask("count", at=timezone.now(), number=7)
    assert RUNS == [] and OutboxTask.objects.get(pk=row.pk).done_at is None
    monkeypatch.setattr(tasks.run_outbox_task, "apply_async", lambda args, **_kw: tasks.run_outbox_task(*args))
    tasks.sweep_outbox()
    tasks.sweep_outbox()
    assert RUNS == [7] and OutboxTask.objects.get(pk=row.pk).done_at


def test_with_a_broker_it_runs_after_the_commit_only(db, broker, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        outbox.ask("count", at=timezone.now())
        assert RUNS == []
    assert RUNS == [1]


def test_what_is_rolled_back_never_runs(db, broker) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        outbox.ask("count", at=timezone.now())
        raise RuntimeError
    tasks.sweep_outbox()
    assert RUNS == [] and not OutboxTask.objects.exists()


def test_an_unknown_task_cannot_be_asked_for(db) -> None:
    with pytest.raises(ValueError):
        outbox.ask("nothing", at=timezone.now())


def test_a_task_that_fails_waits_longer_each_time_and_is_given_up(db, broker, clock) -> None:
    row = outbox.ask("fail", at=timezone.now())
    tasks.sweep_outbox()
    tasks.sweep_outbox()
    assert OutboxTask.objects.get(pk=row.pk).attempts == 1  # not before its pause is over
    for _attempt in range(8):
        clock.shift(datetime.timedelta(hours=1))
        tasks.sweep_outbox()
    row = OutboxTask.objects.get(pk=row.pk)
    assert row.attempts == outbox.ATTEMPTS_ALLOWED and row.failed_at and not row.done_at


def test_a_task_whose_worker_died_is_taken_over_when_its_lease_is_over(db, broker, clock) -> None:
    row = outbox.ask("count", at=timezone.now())
    OutboxTask.objects.filter(pk=row.pk).update(leased_until=timezone.now() + outbox.LEASE, attempts=1)
    tasks.sweep_outbox()
    assert RUNS == []
    clock.shift(outbox.LEASE + datetime.timedelta(seconds=1))
    tasks.sweep_outbox()
    assert RUNS == [1]


def _at_once(work) -> None:
    start = threading.Barrier(4)

    def run() -> None:
        try:
            start.wait()
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_claimed_by_four_at_once_it_runs_once(fresh_database) -> None:
    row = OutboxTask.objects.create(task="count", asked_at=timezone.now(), due_at=timezone.now())
    _at_once(lambda: outbox.run(row.pk, at=timezone.now()))
    assert RUNS == [1]


def test_without_the_conditional_claim_it_runs_more_than_once(fresh_database) -> None:
    """The twin: looking first and then running is what the conditional UPDATE guards against."""
    row = OutboxTask.objects.create(task="count", asked_at=timezone.now(), due_at=timezone.now())
    looked = threading.Barrier(4)

    def naive() -> None:
        waits = OutboxTask.objects.waiting(timezone.now()).filter(pk=row.pk).exists()
        looked.wait()
        if waits:
            TASKS["count"](at=timezone.now())
            OutboxTask.objects.filter(pk=row.pk).update(done_at=timezone.now())

    _at_once(naive)
    assert len(RUNS) > 1


def test_a_broker_that_is_away_costs_whoever_tapped_a_moment(settings) -> None:
    """The library alone would try for six seconds, in the request of the tap."""
    away = Celery(broker="redis+socket:///nowhere/valkey.sock", set_as_current=False)
    away.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    begun = time.perf_counter()
    with pytest.raises(OperationalError):
        away.send_task("grid.tasks.run_outbox_task", (1,), retry=False)
    assert time.perf_counter() - begun < 3

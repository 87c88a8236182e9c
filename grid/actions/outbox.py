"""Asking for a task, claiming it, and saying what became of it."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from grid.celery import app
from grid.models import OutboxTask
from grid.outbox import TASKS

LEASE = timedelta(seconds=180)  # a killed worker costs three minutes; tasks are harmless when two run the same row
ATTEMPTS_ALLOWED = 6
_logger = logging.getLogger(__name__)


def ask(task: str, *, at: datetime, **arguments: Any) -> OutboxTask:
    """Asks for a task in the caller's transaction: it runs if, and only if, that transaction is kept.

    The message to the broker is sent after the commit and may fail: the sweep makes good within a minute.
    """
    if task not in TASKS:
        raise ValueError(f"no task is registered as {task}")
    row = OutboxTask.objects.create(task=task, arguments=arguments, asked_at=at, due_at=at)
    transaction.on_commit(lambda: hint(row.pk))
    return row


def hint(row_id: int) -> None:
    """Tells a worker that a row waits. A broker that is away costs a log line, nothing else."""
    try:
        app.send_task("grid.tasks.run_outbox_task", (row_id,), retry=False)
    except Exception as fault:  # whatever the broker's client raises: the row stands, the sweep finds it
        _logger.warning("outbox hint not sent: %s", type(fault).__name__)


def run(row_id: int, *, at: datetime) -> bool:
    """Claims the row and runs its task; False when somebody else has it or it is done."""
    claimed = (
        OutboxTask.objects.waiting(at).filter(pk=row_id).update(leased_until=at + LEASE, attempts=F("attempts") + 1)
    )
    if not claimed:
        return False
    row = OutboxTask.objects.get(pk=row_id)
    try:
        TASKS[row.task](at=at, **row.arguments)
    except Exception as fault:
        _logger.exception("task failed")
        _note_failure(row, at=at, fault=fault)
        return False
    OutboxTask.objects.filter(pk=row_id).update(done_at=at, leased_until=None)
    return True


def _note_failure(row: OutboxTask, *, at: datetime, fault: Exception) -> None:
    given_up = row.attempts >= ATTEMPTS_ALLOWED
    pause = timedelta(seconds=10 * 2 ** (row.attempts - 1))
    OutboxTask.objects.filter(pk=row.pk).update(
        leased_until=None, due_at=at + pause, failed_at=at if given_up else None
    )


def rows_to_hint(*, at: datetime, limit: int = 200) -> list[int]:
    """Rows that wait; those whose worker died too often are given up here, because it could not say so itself."""
    waiting = OutboxTask.objects.waiting(at)
    waiting.filter(attempts__gte=ATTEMPTS_ALLOWED).update(failed_at=at)
    return list(waiting.order_by("due_at").values_list("pk", flat=True)[:limit])

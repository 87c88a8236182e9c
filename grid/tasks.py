"""Background work of the ground: the outbox, the heartbeat, and what is swept away at night."""

from datetime import timedelta

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from grid import registries
from grid.actions import instance, outbox
from grid.models import OutboxTask

OUTBOX_KEPT = timedelta(days=30)


@shared_task
def run_outbox_task(row_id: int) -> None:
    """Runs one asked task."""
    outbox.run(row_id, at=timezone.now())


@shared_task
def sweep_outbox() -> None:
    """Makes good what a missing broker or a killed worker lost."""
    for row_id in outbox.rows_to_hint(at=timezone.now()):
        run_outbox_task.apply_async((row_id,), retry=False)


@shared_task
def heartbeat() -> None:
    """Proves that scheduler, broker and worker are alive: `/readyz` reads it."""
    instance.note_heartbeat(at=timezone.now())


@shared_task
def housekeeping() -> None:
    """Removes sessions and outbox rows that nobody can need any more."""
    at = timezone.now()
    Session.objects.filter(expire_date__lt=at).delete()
    OutboxTask.objects.filter(done_at__lt=at - OUTBOX_KEPT).delete()
    registries.tell("night", at=at)

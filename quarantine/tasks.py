"""Background work of isolation: what happens by the clock."""

from celery import shared_task
from django.utils import timezone

from quarantine.actions import messages, sweeps

_BATCHES = 6  # a task; the scheduler's next one goes on


@shared_task
def send_messages() -> None:
    """Sends the messages of alerts that are due. Harmless when it runs twice, or at several workers at once."""
    for _batch in range(_BATCHES):
        if not messages.send_due(at=timezone.now()):
            return


@shared_task
def sweep() -> None:
    """Stages, silences, overdue releases, items of grids, and alerts that climb."""
    sweeps.sweep(at=timezone.now())

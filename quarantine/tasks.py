"""Background work of isolation."""

from celery import shared_task
from django.utils import timezone

from quarantine.actions import messages

_BATCHES = 6  # a task; the scheduler's next one goes on


@shared_task
def send_messages() -> None:
    """Sends the messages of alerts that are due. Harmless when it runs twice, or at several workers at once."""
    for _batch in range(_BATCHES):
        if not messages.send_due(at=timezone.now()):
            return

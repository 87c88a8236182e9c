"""Deeds of the installation itself."""

from datetime import datetime

from grid.models import Instance


def note_heartbeat(*, at: datetime) -> None:
    """Notes that the scheduler and a worker were alive at the moment."""
    if not Instance.objects.filter(pk=1).update(heartbeat_at=at):
        Instance.objects.bulk_create([Instance(pk=1, heartbeat_at=at)], ignore_conflicts=True)

"""The outbox: tasks asked for in the same transaction as the deed that needs them."""

from datetime import datetime

from django.db import models
from django.db.models import Q


class OutboxQuerySet(models.QuerySet["OutboxTask"]):
    """Questions about many asked tasks."""

    def waiting(self, at: datetime) -> "OutboxQuerySet":
        """Neither done nor given up, due, and nobody at it (or whoever was has let the lease run out)."""
        return self.filter(Q(leased_until=None) | Q(leased_until__lte=at), done_at=None, failed_at=None, due_at__lte=at)


class OutboxTask(models.Model):
    """A task to run at least once. The message to the broker is a hint; this row is the promise."""

    task = models.CharField(max_length=60)  # key of `grid.outbox.TASKS`
    arguments = models.JSONField(default=dict)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)  # given up after too many attempts; shown to the administrator

    objects = OutboxQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="outbox_waiting", condition=Q(done_at=None, failed_at=None))]

    def __str__(self) -> str:
        return f"{self.task} {self.pk}"

"""What this installation is: one row."""

from django.db import models
from django.db.models import Q


class Instance(models.Model):
    """The only row, id 1: whether the data is a demo, and when the scheduler was last alive."""

    is_demo = models.BooleanField(default=False)
    heartbeat_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_instance")]

    def __str__(self) -> str:
        return "demo" if self.is_demo else "instance"

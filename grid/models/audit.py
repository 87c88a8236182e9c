"""The audit: who did what, when, where. Rows can be added and read, never changed (by privilege)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from grid.models.place import Place
from grid.rules.actors import ActorKind


class AuditRecord(models.Model):
    """One deed. Names people by the id of their row only, so that the record says nothing of them by itself."""

    at = models.DateTimeField()
    deed = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in ActorKind])
    staff = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+")
    subject_kind = models.CharField(max_length=40, blank=True)  # model name in lower case
    subject_id = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)  # no names, numbers or phones
    request_id = models.CharField(max_length=32, blank=True)

    append_only = True  # by privilege: `grid.privileges`

    class Meta:
        verbose_name = _("audit record")
        indexes = [
            models.Index(fields=["-at"], name="audit_newest"),
            models.Index(fields=["subject_kind", "subject_id", "-at"], name="audit_of_subject"),
            models.Index(fields=["staff", "-at"], name="audit_of_staff"),
        ]

    def __str__(self) -> str:
        return f"{self.deed} {self.at:%Y-%m-%d %H:%M}"

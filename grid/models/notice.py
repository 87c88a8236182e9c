"""Notices: what somebody else's deed brought to a place ("a household moved in"), until a person says: I know."""

from django.db import models
from django.db.models import Q

from grid.models.place import Place
from grid.models.scope import ScopedManager, ScopedQuerySet

# The fact of a notice at a grid whose community is told of the same deed by a notice of its own: it does not climb.
TOLD_ABOVE = "told_above"


class NoticeQuerySet(ScopedQuerySet["Notice"]):
    """Questions about many notices."""

    def unseen(self) -> "NoticeQuerySet":
        """Not yet acknowledged by anybody."""
        return self.filter(seen_at=None)


class Notice(models.Model):
    """One thing to know at a place. It names rows by id only; words are made when it is shown, within scope."""

    grid = models.ForeignKey(Place, models.PROTECT, related_name="+")  # a grid, or a place above for those in charge
    kind = models.CharField(max_length=30)  # key of `grid.registries.NOTICES`
    subject_kind = models.CharField(max_length=40, blank=True)  # model name in lower case
    subject_id = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)  # ids, days and codes; nothing of a person
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")

    unscoped = NoticeQuerySet.as_manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(seen_at=None, seen_by=None) | Q(seen_at__isnull=False), name="notice_seen_by_with_when"
            ),
        ]
        indexes = [models.Index(fields=["grid", "-created_at"], name="unseen_notices", condition=Q(seen_at=None))]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

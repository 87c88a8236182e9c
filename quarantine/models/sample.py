"""Test samples: which scheduled day they are for, and what came of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grid.models import Place, ScopedManager, ScopedQuerySet
from quarantine.models.case import IsolationCase

RESULT_LABELS = [
    ("", _("no result yet")),
    ("negative", _("negative")),
    ("positive", _("positive")),
    ("unclear", _("unclear, must be repeated")),
]


class TestSample(models.Model):
    """One sample taken of a person in isolation. Its result comes later and may be corrected."""

    uuid = models.UUIDField(unique=True)  # made by the page, so that a repeat is harmless
    case = models.ForeignKey(IsolationCase, models.PROTECT, related_name="test_samples")
    grid = models.ForeignKey(Place, models.PROTECT, related_name="+")  # the grid then; never follows a move
    taken_on = models.DateField()
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    result = models.CharField(max_length=10, choices=RESULT_LABELS, blank=True)
    result_at = models.DateTimeField(null=True)
    result_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    __test__ = False  # nothing for the test runner
    door_path = "case__resident__household"
    unscoped = ScopedQuerySet["TestSample"].as_manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(result="", result_at=None) | (~Q(result="") & Q(result_at__isnull=False)),
                name="test_result_says_when",
            ),
        ]
        indexes = [models.Index(fields=["case", "taken_on"], name="samples_of_case")]

    def __str__(self) -> str:
        return f"sample {self.pk}"

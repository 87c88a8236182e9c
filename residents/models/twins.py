"""Twins: two rows that may be one person, and what became of the suspicion."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from grid.models import Place, ScopedManager, ScopedQuerySet
from residents.models.resident import Resident

# Why two rows are thought to be one person: codes of `residents.rules.twins`.
TWIN_REASONS = [
    ("same_id", _("same ID number")),
    ("near_id", _("ID numbers one slip apart")),
    ("same_name", _("same name")),
    ("same_sound", _("names sound alike")),
    ("birth_date", _("same birth date")),
    ("phone", _("same phone")),
    ("door", _("same door")),
]
# Key of `Merge.moved`: the offer by which a street took over whom it had registered already.
TAKEN_OVER = "taken_over"
TWIN_DECISIONS = [("apart", _("two people")), ("merged", _("the same person"))]


class TwinPair(models.Model):
    """A suspicion. `strength` orders the page: the surest first. `grid` is the first person's, kept by the database."""

    first = models.ForeignKey(Resident, models.CASCADE, related_name="+")
    second = models.ForeignKey(Resident, models.CASCADE, related_name="+")
    grid = models.ForeignKey(Place, models.PROTECT, related_name="+")
    strength = models.PositiveSmallIntegerField()
    reasons = ArrayField(models.CharField(max_length=20))  # codes of `residents.rules.twins`
    found_at = models.DateTimeField()
    decision = models.CharField(max_length=8, choices=TWIN_DECISIONS, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")

    unscoped = ScopedQuerySet["TwinPair"].as_manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="twin_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="twin_pair_in_order"),
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None) | (~Q(decision="") & Q(decided_at__isnull=False)),
                name="twin_decision_says_when",
            ),
        ]
        indexes = [models.Index(fields=["grid", "-strength"], name="open_twins", condition=Q(decision=""))]

    def __str__(self) -> str:
        return f"twins {self.pk}"

    def reason_words(self) -> list[Any]:
        """Why, in words."""
        words = dict(TWIN_REASONS)
        return [words[code] for code in self.reasons if code in words]


class Merge(models.Model):
    """Two rows made one: `duplicate` points at `kept`. All that is needed to take it back whole stands here."""

    kept = models.ForeignKey(Resident, models.PROTECT, related_name="merges")
    duplicate = models.ForeignKey(Resident, models.PROTECT, related_name="+")
    grid = models.ForeignKey(Place, models.PROTECT, related_name="+")  # the kept person's, kept by the database
    # The kept person's fields before and after, sealed: they hold what only a sealed column may hold.
    sealed_fields = models.BinaryField()
    # Rows that followed: model label → ids. They go back where they still hang on the kept person.
    moved = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")

    unscoped = ScopedQuerySet["Merge"].as_manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["duplicate"], condition=Q(undone_at=None), name="merged_once"),
        ]

    def __str__(self) -> str:
        return f"merge {self.pk}"

    @property
    def taken_over(self) -> bool:
        """Whether the duplicate came by an offer of another street, behind whose door that row still stands."""
        return TAKEN_OVER in self.moved

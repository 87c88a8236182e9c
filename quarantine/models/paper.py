"""Papers handed out for a case: the notice at its start and the one of release, each with a public check."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grid.models import Place, ScopedManager, ScopedQuerySet
from quarantine.models.case import IsolationCase

PAPER_KINDS = [("isolation_notice", _("Notice of home isolation")), ("release_notice", _("Notice of release"))]


class CasePaper(models.Model):
    """One paper. Its token stands in the printed code; only its digest is searched, the sealed form prints it again."""

    case = models.ForeignKey(IsolationCase, models.PROTECT, related_name="case_papers")
    grid = models.ForeignKey(Place, models.PROTECT, related_name="+")  # the grid then; never follows a move
    kind = models.CharField(max_length=20, choices=PAPER_KINDS)
    serial = models.CharField(max_length=30, unique=True)
    token_digest = models.BinaryField(max_length=32, unique=True)
    token_sealed = models.BinaryField()
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)  # the release was taken back, or the period changed

    door_path = "case__resident__household"
    unscoped = ScopedQuerySet["CasePaper"].as_manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(withdrawn_at=None), name="one_valid_paper_a_case_and_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.serial


class PaperNumber(models.Model):
    """The last running number that papers of a place were given in a year. It only grows: none is given twice, not
    even after the person of the last paper was removed for good."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "year"], name="paper_number_of_place_and_year")]

    def __str__(self) -> str:
        return f"{self.place_id} {self.year}: {self.last}"

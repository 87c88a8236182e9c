"""补问: one question of a lead or street to chosen people, answered at the door, and then a column of lists."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from grid.models import Place, ScopedManager, ScopedQuerySet
from quarantine.models.case import IsolationCase

QUESTION_KINDS = [("yes_no", _("yes or no")), ("number", _("a number"))]


class Question(models.Model):
    """One question, for a while. `grid` is the place that asks: a community or a street."""

    uuid = models.UUIDField(unique=True)
    grid = models.ForeignKey(Place, models.PROTECT, related_name="+")
    text = models.CharField(_("Question"), max_length=60)
    kind = models.CharField(_("Answered by"), max_length=8, choices=QUESTION_KINDS)
    unit = models.CharField(_("Unit of measure"), max_length=10, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    unscoped = ScopedQuerySet["Question"].as_manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("asked_at")), name="question_expires_later"),
        ]

    def __str__(self) -> str:
        return f"question {self.pk}"


class QuestionAnswer(models.Model):
    """What one person was asked, and what she said. Nothing is an answer that nobody gave."""

    question = models.ForeignKey(Question, models.PROTECT, related_name="question_answers")
    case = models.ForeignKey(IsolationCase, models.PROTECT, related_name="question_answers")
    grid = models.ForeignKey(Place, models.PROTECT, related_name="+")  # the grid now, kept equal by the database
    value = models.DecimalField(max_digits=7, decimal_places=1, null=True)  # yes is 1, no is 0
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")

    door_path = "case__resident__household"
    unscoped = ScopedQuerySet["QuestionAnswer"].as_manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "case"], name="one_answer_a_question_and_case"),
            models.CheckConstraint(
                condition=Q(value=None, answered_at=None) | Q(value__isnull=False, answered_at__isnull=False),
                name="answer_says_when",
            ),
        ]
        indexes = [models.Index(fields=["case"], name="open_answers", condition=Q(answered_at=None))]

    def __str__(self) -> str:
        return f"answer {self.pk}"

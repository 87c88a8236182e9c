"""Isolation cases, the rules they follow, and their check-ins."""

from datetime import date

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grid.models import Place, ScopedManager, ScopedQuerySet
from residents.models import Resident

REASON_LABELS = [
    ("close_contact", _("close contact")),
    ("secondary_contact", _("contact of a contact")),
    ("returnee", _("returnee")),
    ("high_risk_area", _("high-risk area")),
    ("other", _("other reason")),
]
CLOSED_LABELS = [
    ("released", _("released: the period is complete")),
    ("to_hospital", _("taken to hospital")),
    ("to_central_isolation", _("taken to central isolation")),
    ("moved_away", _("moved to another area")),
    ("entered_in_error", _("entered in error")),
    ("died", pgettext_lazy("case", "died")),
    ("same_person", _("the same person has another record")),
]
SYMPTOM_LABELS = [
    ("fever", _("fever or chills")),
    ("dry_cough", _("dry cough")),
    ("fatigue", _("no strength")),
    ("sore_throat", _("sore throat")),
    ("loss_of_smell", _("cannot smell or taste")),
    ("diarrhoea", _("diarrhoea")),
    ("breathless", _("short of breath, chest tight (urgent)")),
    ("other", _("something else")),
]
OUTCOME_LABELS = [
    ("well", _("says all is well")),
    ("unwell", _("unwell")),
    ("no_answer", _("did not pick up")),
    ("nobody_in", _("knocked, nobody answered")),
    ("not_at_home", _("not at home")),
    ("refused", pgettext_lazy("outcome", "refused")),
    ("wrong_number", _("wrong number")),
    ("no_thermometer", _("no thermometer")),
]
CHANNEL_LABELS = [
    ("visit", _("visit")),
    ("phone", _("phone call")),
    ("chat", _("chat group")),
    ("self", _("the person's own entry")),
    ("proxy", _("family's entry")),
    ("paper", _("paper sheet")),
    ("sms", _("text message")),
    ("list", _("list")),
]


class RuleSet(models.Model):
    """An immutable version of the rules that a case follows; holds for its place and all below."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    isolation_days = models.PositiveSmallIntegerField()
    # [{"slot": "morning", "from": "06:00", "until": "12:00"}, …] in local time, in order, not overlapping.
    slots = models.JSONField()
    threshold = models.DecimalField(max_digits=3, decimal_places=1)  # ℃
    at_threshold_is_fever = models.BooleanField()  # sources differ between "at or above" and "above"
    created_at = models.DateTimeField()

    append_only = True  # by privilege: `grid.privileges`

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "name", "version"], name="rule_set_version_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class IsolationCaseQuerySet(ScopedQuerySet["IsolationCase"]):
    """Questions about many cases."""

    def open(self) -> "IsolationCaseQuerySet":
        """Cases that are not closed."""
        return self.filter(closed_at=None)

    def in_walking_order(self) -> "IsolationCaseQuerySet":
        """By door, then by person."""
        return self.order_by("resident__household__walk_key", "resident__household_id", "resident_id")


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
    model_name="IsolationCaseEvent",
    fields=["id", "resident", "grid", "reason", "rule_set", "first_day", "last_day", "closed_at", "closed_as"],
)
class IsolationCase(models.Model):
    """One person's home isolation. The row carries its own clock: each write recomputes it by the rules."""

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="cases")
    grid = models.ForeignKey(Place, models.PROTECT, related_name="+")
    reason = models.CharField(_("Reason"), max_length=20, choices=REASON_LABELS)
    rule_set = models.ForeignKey(RuleSet, models.PROTECT, related_name="+")
    first_day = models.DateField(_("First day (day 1)"))
    last_day = models.DateField(_("Last day"))
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_as = models.CharField(max_length=24, choices=CLOSED_LABELS, blank=True)
    closed_note = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    # The clock, computed from the check-ins by `quarantine.rules.case_clock`. Empty next_due_at: nothing more is due.
    next_due_at = models.DateTimeField(null=True)
    last_measured_at = models.DateTimeField(null=True)
    last_temperature = models.DecimalField(max_digits=3, decimal_places=1, null=True)  # ℃
    last_asked_at = models.DateTimeField(null=True)
    last_reached_at = models.DateTimeField(null=True)
    last_abnormal_at = models.DateTimeField(null=True)  # a normal reading later never clears it
    last_try_at = models.DateTimeField(null=True)
    last_try_outcome = models.CharField(max_length=20, choices=OUTCOME_LABELS, blank=True)
    last_try_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    # The newest entry that stands: the one that a page offers to change or undo.
    last_check_in = models.ForeignKey("CheckIn", models.PROTECT, null=True, related_name="+", db_index=False)

    door_path = "resident__household"
    unscoped = IsolationCaseQuerySet.as_manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resident"], condition=Q(closed_at=None), name="one_open_case_a_person"),
            models.UniqueConstraint(fields=["id", "grid"], name="case_id_grid"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="case_ends_after_start"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_as="") | (Q(closed_at__isnull=False) & ~Q(closed_as="")),
                name="case_closed_with_reason",
            ),
            models.CheckConstraint(condition=Q(closed_at=None) | Q(next_due_at=None), name="closed_case_is_never_due"),
        ]
        indexes = [
            models.Index(fields=["grid", "next_due_at"], name="open_cases", condition=Q(closed_at=None)),
            models.Index(fields=["grid", "closed_at"], name="closed_cases"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"

    def day_number(self, today: date) -> int:
        """Which day of the isolation today is; day 1 is the first."""
        return (today - self.first_day).days + 1

    @property
    def days_in_all(self) -> int:
        """Length of the isolation in days."""
        return (self.last_day - self.first_day).days + 1


class CheckIn(models.Model):
    """What was learnt of a case in a slot, once. Never changed: a correction is a new row that points at this one.

    Measured, asked and reached are three facts; none is implied by another.
    """

    uuid = models.UUIDField(unique=True)  # made by the page, so that a repeat is harmless
    case = models.ForeignKey(IsolationCase, models.PROTECT, related_name="check_ins")
    grid = models.ForeignKey(Place, models.PROTECT, related_name="+")  # the grid then; never follows a move
    local_day = models.DateField()
    slot = models.CharField(max_length=20)
    observed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    temperature = models.DecimalField(max_digits=3, decimal_places=1, null=True)  # ℃
    symptoms_asked = models.BooleanField(default=False)
    symptoms = ArrayField(models.CharField(max_length=20, choices=SYMPTOM_LABELS), default=list)
    outcome = models.CharField(max_length=20, choices=OUTCOME_LABELS, blank=True)
    reached = models.BooleanField()
    abnormal = models.BooleanField()
    channel = models.CharField(max_length=10, choices=CHANNEL_LABELS, blank=True)
    by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    # The row that this one follows; which rows of a chain stand is said by `quarantine.rules.entries`.
    corrects = models.OneToOneField("self", models.PROTECT, null=True, related_name="corrected_by")
    withdrawn = models.BooleanField(default=False)  # this row only takes back what stood in its chain
    note = models.CharField(max_length=200, blank=True)

    door_path = "case__resident__household"
    unscoped = ScopedQuerySet["CheckIn"].as_manager()
    objects = ScopedManager()

    append_only = True  # by privilege: `grid.privileges`

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(temperature=None) | Q(temperature__gte=34, temperature__lte=43),
                name="temperature_is_plausible",
            ),
            models.CheckConstraint(condition=Q(symptoms_asked=True) | Q(symptoms=[]), name="symptoms_only_when_asked"),
            models.CheckConstraint(
                condition=Q(withdrawn=False) | Q(corrects__isnull=False), name="withdrawal_names_it"
            ),
        ]
        indexes = [models.Index(fields=["case", "local_day"], name="check_ins_of_case")]

    def __str__(self) -> str:
        return f"check-in {self.pk}"

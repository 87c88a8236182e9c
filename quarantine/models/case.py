"""Isolation cases, the rules they follow, and their check-ins."""

from datetime import date, datetime, timedelta

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grid.models import Place, ScopedManager, ScopedQuerySet
from quarantine.rules import stages
from residents.models import Resident

ISOLATION_REASON_LABELS = [
    ("close_contact", _("close contact")),
    ("secondary_contact", _("contact of a contact")),
    ("returnee", _("returnee")),
    ("high_risk_area", _("high-risk area")),
    ("other", _("other reason")),
]
# Whoever is visited because she needs care isolates from nobody: no figure, mark or paper may say so. The reason tells
# the two apart, and `actions.cases` lets each follow rules of its own purpose only.
CARE_REASON_LABELS = [
    ("living_alone", _("lives alone")),
    ("very_old", _("very old")),
    ("ill", _("ill")),
    ("needs_care", _("needs care for another reason")),
]
CARE_REASONS = tuple(code for code, _label in CARE_REASON_LABELS)
REASON_LABELS = [*ISOLATION_REASON_LABELS, *CARE_REASON_LABELS]
CLOSED_LABELS = [
    ("released", _("released: the period is complete")),
    ("to_hospital", _("taken to hospital")),
    ("to_central_isolation", _("taken to central isolation")),
    ("moved_away", _("moved to another area")),
    ("entered_in_error", _("entered in error")),
    ("died", pgettext_lazy("case", "died")),
    ("same_person", _("the same person has another record")),
    ("care_ended", _("visits are not needed any more")),
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
    ("at_hospital", _("not at home: gone to hospital")),
    ("at_test", _("not at home: gone for a test")),
    ("whereabouts_unknown", _("not at home: nobody knows where")),
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
STAGE_LABELS = [
    ("planned", _("not begun yet")),
    ("isolation", _("in isolation")),
    ("monitoring", _("in health monitoring")),
    ("ready", _("ready for release")),
    ("paused", _("paused")),
    ("closed", _("closed")),
]
CHANGE_LABELS = [
    ("opened", _("opened")),
    ("extended", _("extended")),
    ("shortened", _("shortened")),
    ("paused", _("paused")),
    ("resumed", _("goes on")),
    ("first_day", _("first day corrected")),
    ("rules_changed", _("moved to other rules")),
    ("closed", pgettext_lazy("record", "closed")),
    ("taken_back", _("taken back")),
]


class RuleSet(models.Model):
    """An immutable version of the rules that a case follows; holds for its place and all below.

    Empty JSON columns mean what is shipped: see `quarantine.rules.rule_sets`, whose names they share.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    isolation_days = models.PositiveSmallIntegerField()
    # [{"slot": "morning", "from": "06:00", "until": "12:00"}, …] in local time, in order, not overlapping.
    slots = models.JSONField()
    threshold = models.DecimalField(max_digits=3, decimal_places=1, null=True)  # ℃; empty: no temperature is taken
    at_threshold_is_fever = models.BooleanField()  # sources differ between "at or above" and "above"
    created_at = models.DateTimeField()
    purpose = models.CharField(max_length=10, default="isolation", db_default="isolation")  # or "care"
    monitoring_days = models.PositiveSmallIntegerField(default=0, db_default=0)
    day_one = models.CharField(max_length=10, default="counts", db_default="counts")  # or "follows"
    symptoms = models.JSONField(null=True)  # codes that alarm; empty: all
    test_days = models.JSONField(null=True)  # day numbers of the isolation
    monitoring_test_days = models.JSONField(null=True)
    release_needs = models.JSONField(null=True)
    ladders = models.JSONField(null=True)
    quiet = models.JSONField(null=True)
    outcome_minutes = models.PositiveSmallIntegerField(default=60, db_default=60)
    in_use = models.BooleanField(default=True, db_default=True)  # a version that says no: not offered any more

    append_only = True  # by privilege: `grid.privileges`

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "name", "version"], name="rule_set_version_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class IsolationCaseQuerySet(ScopedQuerySet["IsolationCase"]):
    """Questions about many cases."""

    def isolating(self) -> "IsolationCaseQuerySet":
        """Without those who are only visited because they need care."""
        return self.exclude(reason__in=CARE_REASONS)

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
@pgtrigger.register(
    pgtrigger.FSM(
        name="stage_moves",
        field="stage",
        transitions=[(old, new) for old, following in stages.MOVES.items() for new in sorted(following)],
    )
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
    monitoring_from = models.DateField(null=True)  # first day of the looser stage; empty: the rules know none
    paused_at = models.DateTimeField(null=True)
    resumed_at = models.DateTimeField(null=True)  # when a pause last ended: its slots were nobody's
    stage = models.CharField(max_length=10, choices=STAGE_LABELS, default="isolation", db_default="isolation")

    # Tests, computed from the samples.
    next_test_on = models.DateField(null=True)  # the earliest scheduled day without a sample
    last_test_on = models.DateField(null=True)
    last_test_result = models.CharField(max_length=10, blank=True, default="", db_default="")

    # The clock, computed from the check-ins by `quarantine.rules.case_clock`. Empty next_due_at: nothing more is due.
    next_due_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True)  # when the sweep must look again; empty: never
    failed_tries = models.PositiveSmallIntegerField(default=0, db_default=0)  # since anything was learnt of her
    call_back_at = models.DateTimeField(null=True)
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
            models.CheckConstraint(
                condition=(Q(stage="closed") & Q(closed_at__isnull=False)) | (~Q(stage="closed") & Q(closed_at=None)),
                name="case_stage_says_closed",
            ),
            models.CheckConstraint(
                condition=~Q(stage="paused") | Q(paused_at__isnull=False, next_due_at=None),
                name="paused_case_says_when_and_is_never_due",
            ),
            models.CheckConstraint(
                condition=Q(monitoring_from=None)
                | Q(monitoring_from__gt=F("first_day"), monitoring_from__lte=F("last_day")),
                name="monitoring_within_the_period",
            ),
        ]
        indexes = [
            models.Index(fields=["grid", "next_due_at"], name="open_cases", condition=Q(closed_at=None)),
            models.Index(fields=["grid", "closed_at"], name="closed_cases"),
            models.Index(fields=["look_at"], name="cases_to_look_at", condition=Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"

    @property
    def is_care(self) -> bool:
        """Whether these are care visits, and nobody isolates."""
        return self.reason in CARE_REASONS

    def day_number(self, today: date) -> int:
        """Which day of the isolation today is; day 1 is the first."""
        return (today - self.first_day).days + 1

    @property
    def known_at(self) -> datetime | None:
        """When anything was last learnt of the person: a reading, a question, a contact."""
        facts = (self.last_measured_at, self.last_asked_at, self.last_reached_at)
        return max((moment for moment in facts if moment is not None), default=None)

    @property
    def standing(self) -> stages.Standing:
        """The row as the rules of stages and releases see it; reads the rule set."""
        return stages.Standing(
            first_day=self.first_day,
            last_day=self.last_day,
            monitoring_from=self.monitoring_from,
            watched_from=max(self.opened_at, self.resumed_at or self.opened_at),
            is_closed=self.closed_at is not None,
            is_paused=self.paused_at is not None,
            needs=frozenset(self.rule_set.release_needs or []),
            next_test_on=self.next_test_on,
            has_tests=bool(self.rule_set.test_days or self.rule_set.monitoring_test_days),
            last_test_result=self.last_test_result,
            last_asked_at=self.last_asked_at,
            last_abnormal_at=self.last_abnormal_at,
            known_at=self.known_at,
        )

    @property
    def isolation_until(self) -> date:
        """The last day of the isolation itself; health monitoring, where the rules know any, follows it."""
        return self.monitoring_from - timedelta(days=1) if self.monitoring_from else self.last_day

    @property
    def days_isolating(self) -> int:
        """Length of the isolation itself in days."""
        return (self.isolation_until - self.first_day).days + 1

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
    call_back_at = models.DateTimeField(null=True)  # "ring again at …"

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


class CaseChange(models.Model):
    """What somebody decided about a case, when and why; taking it back is a row of its own, so that history says so."""

    case = models.ForeignKey(IsolationCase, models.PROTECT, related_name="decisions")
    grid = models.ForeignKey(Place, models.PROTECT, related_name="+")  # the grid then; never follows a move
    kind = models.CharField(max_length=16, choices=CHANGE_LABELS)
    at = models.DateTimeField()
    by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=200, blank=True)
    # The columns of the case that the deed changed, as they were: {"last_day": "2026-03-14", …}.
    before = models.JSONField(default=dict)
    takes_back = models.OneToOneField("self", models.PROTECT, null=True, related_name="taken_back_by")

    door_path = "case__resident__household"
    unscoped = ScopedQuerySet["CaseChange"].as_manager()
    objects = ScopedManager()

    append_only = True  # by privilege: `grid.privileges`

    class Meta:
        indexes = [models.Index(fields=["case", "at"], name="changes_of_case")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

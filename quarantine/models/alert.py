"""Alerts: what somebody must answer, whom they climbed to, and what was sent outward for them."""

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grid import sealing
from grid.models import Place, ScopedManager, ScopedQuerySet
from quarantine.models.case import IsolationCase
from quarantine.rules import ladder

_logger = logging.getLogger(__name__)

KIND_LABELS = [
    (ladder.ABNORMAL, _("Fever or unwell")),
    (ladder.WHEREABOUTS, _("Not at home, nobody knows where")),
    (ladder.POSITIVE, _("Positive test")),
    (ladder.SILENT, _("Not reached for two slots")),
    (ladder.FAILED_TRIES, _("Two tries in vain at somebody alone or over 75")),
    (ladder.RELEASE_OVERDUE, _("The period is over, not released yet")),
    (ladder.ROUND_OPEN, _("The round is not finished")),
    (ladder.RELEASE_DUE, _("Periods that end today")),
    (ladder.TEST_DUE, _("Tests of today not taken yet")),
    (ladder.NO_WORKER, _("A grid without a worker")),
    (ladder.NAMES_LATE, _("Names to verify are late")),
]
LEVEL_LABELS = [
    (ladder.Level.WORKER.value, _("Grid worker")),
    (ladder.Level.STAND_IN.value, _("Stand-in")),
    (ladder.Level.LEAD.value, _("Community lead")),
    (ladder.Level.STREET.value, _("Street supervisor")),
]
OUTCOME_LABELS = [
    ("well", _("reached, all is well")),
    ("to_hospital", _("sent to hospital")),
    ("found", _("found, is at home")),
    ("released", pgettext_lazy("alert", "released")),
    ("done", _("done")),
    ("slip", _("it was a slip")),
    ("passed_on", _("handed to another office")),
]
STEP_LABELS = [
    ("raised", pgettext_lazy("alert", "raised")),
    ("again", _("happened again")),
    ("climbed", _("nobody answered, went on to")),
    ("repeated", _("nobody answered, asked again")),
    ("reported", _("confirmed, reported to")),
    ("taken", _("is seeing to it")),
    ("given_back", _("cannot see to it")),
    ("overdue", _("no outcome in time, went on to")),
    ("closed", pgettext_lazy("alert", "closed")),
]
_SEAL = "alert_address"
ADDRESS_KINDS = [("wecom", _("WeCom group robot")), ("sms", _("Text messages by HTTP")), ("email", _("E-mail"))]


class AlertQuerySet(ScopedQuerySet["Alert"]):
    """Questions about many alerts."""

    def open(self) -> "AlertQuerySet":
        """Not closed."""
        return self.filter(closed_at=None)

    def untaken(self) -> "AlertQuerySet":
        """Open, and nobody has said that she is seeing to it."""
        return self.filter(closed_at=None, taken_at=None)


class Alert(models.Model):
    """One thing that somebody must answer: about a case, or about a grid. Open ones are one a case and kind."""

    kind = models.CharField(max_length=20, choices=KIND_LABELS)
    case = models.ForeignKey(IsolationCase, models.PROTECT, null=True, related_name="case_alerts")
    grid = models.ForeignKey(
        Place, models.PROTECT, related_name="+"
    )  # the grid now; names that are late: the community
    key = models.CharField(max_length=60, blank=True)  # of which slot or day, where it is about a grid
    raised_at = models.DateTimeField()
    level = models.PositiveSmallIntegerField(choices=LEVEL_LABELS)
    # When it climbs, is repeated, or the outcome is overdue. Empty once closed.
    next_step_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")  # empty: it settled itself
    outcome = models.CharField(max_length=12, choices=OUTCOME_LABELS, blank=True)
    note = models.CharField(max_length=200, blank=True)

    door_path = "case__resident__household"
    unscoped = AlertQuerySet.as_manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(closed_at=None, case__isnull=False), name="one_open_alert_a_case"
            ),
            models.UniqueConstraint(
                fields=["grid", "kind", "key"], condition=Q(case=None), name="one_alert_a_grid_and_key"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(next_step_at=None), name="closed_alert_never_climbs"
            ),
            models.CheckConstraint(
                condition=Q(taken_at=None) | Q(taken_at__gte=F("raised_at")), name="taken_after_raised"
            ),
        ]
        indexes = [
            models.Index(fields=["grid", "level"], name="open_alerts", condition=Q(closed_at=None)),
            models.Index(fields=["next_step_at"], name="alerts_to_step", condition=Q(closed_at=None)),
            models.Index(fields=["grid", "closed_at"], name="closed_alerts"),
        ]

    def __str__(self) -> str:
        return f"alert {self.pk}"

    @property
    def is_urgent(self) -> bool:
        """Whether it waits for no morning."""
        return self.kind in ladder.URGENT


class AlertStep(models.Model):
    """What became of an alert, step by step. Never changed."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=12, choices=STEP_LABELS)
    at = models.DateTimeField()
    by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    level = models.PositiveSmallIntegerField(choices=LEVEL_LABELS)

    append_only = True  # by privilege: `grid.privileges`

    class Meta:
        indexes = [models.Index(fields=["alert", "at"], name="steps_of_alert")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class AlertAddress(models.Model):
    """Where alerts of a place go outside the portal, once they stand at a level. The address itself is sealed."""

    grid = models.ForeignKey(Place, models.PROTECT, related_name="+")  # the place and all below it
    level = models.PositiveSmallIntegerField(choices=LEVEL_LABELS)
    kind = models.CharField(max_length=10, choices=ADDRESS_KINDS)
    label = models.CharField(max_length=60)
    address_sealed = models.BinaryField()
    added_at = models.DateTimeField()
    added_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    last_sent_at = models.DateTimeField(null=True)
    last_failed_at = models.DateTimeField(null=True)

    unscoped = ScopedQuerySet["AlertAddress"].as_manager()
    objects = ScopedManager()

    def __str__(self) -> str:
        return f"address {self.pk}"

    @property
    def facts(self) -> dict[str, Any]:
        """What the address says, opened: as the form of its kind gave it.

        Nothing where its seal does not open (a key was lost): then it is one that fails, and holds up no other.
        """
        try:
            facts: dict[str, Any] = json.loads(sealing.unseal(bytes(self.address_sealed), context=_SEAL))
        except Exception as fault:  # whatever cipher or key ring raise
            _logger.error("address %s does not open: %s", self.pk, type(fault).__name__)
            return {}
        return facts

    @staticmethod
    def sealed(facts: Mapping[str, Any]) -> bytes:
        """The facts of an address as they are stored."""
        return sealing.seal(json.dumps(facts).encode(), context=_SEAL)

    @property
    def is_failing(self) -> bool:
        """Whether the last text did not leave."""
        failed, sent = self.last_failed_at, self.last_sent_at
        return failed is not None and (sent is None or sent < failed)


class AlertMessageQuerySet(models.QuerySet["AlertMessage"]):
    """Questions about many messages."""

    def unsent(self) -> "AlertMessageQuerySet":
        """Neither sent nor dropped."""
        return self.filter(sent_at=None, dropped_at=None)

    def waiting(self, at: datetime) -> "AlertMessageQuerySet":
        """Unsent, due, and nobody is at it: never claimed, or whoever claimed it has not been heard of since."""
        return self.unsent().filter(Q(leased_until=None) | Q(leased_until__lte=at), due_at__lte=at)


class AlertMessage(models.Model):
    """That an alert must be told at an address because of one of its steps: a row first, sent at least once."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="messages")
    step = models.ForeignKey(AlertStep, models.PROTECT, related_name="messages")
    address = models.ForeignKey(AlertAddress, models.PROTECT, related_name="messages")
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)  # taken, closed or a slip before it left

    objects = AlertMessageQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "address"], name="one_message_a_step_and_address")]
        indexes = [
            models.Index(fields=["due_at"], name="messages_to_send", condition=Q(sent_at=None, dropped_at=None)),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


class SweepMark(models.Model):
    """That something which happens once was done: the round of a slot looked at, the tests of a day."""

    key = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key

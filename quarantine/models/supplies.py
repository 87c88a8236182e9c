"""Supply requests: what a door needs, promised and delivered."""

from datetime import datetime

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grid.models import Place, ScopedManager, ScopedQuerySet
from residents.models import Household, Resident

CANCEL_REASONS = [
    ("not_needed", _("not needed any more")),
    ("got_it_otherwise", _("they got it in another way")),
    ("asked_twice", _("the same was asked twice")),
    ("not_to_be_had", _("cannot be had")),
    ("nobody_left", _("nobody lives at the door any more")),
]
SUPPLY_STATES = [("open", _("not delivered yet")), ("delivered", _("delivered")), ("cancelled", _("cancelled"))]


class SupplyRequestQuerySet(ScopedQuerySet["SupplyRequest"]):
    """Questions about many requests."""

    def open(self) -> "SupplyRequestQuerySet":
        """Requests neither delivered nor cancelled."""
        return self.filter(state="open")

    def in_walking_order(self) -> "SupplyRequestQuerySet":
        """By door; within a door the oldest first."""
        return self.order_by("household__walk_key", "household_id", "asked_at", "pk")

    def urgent_first(self) -> "SupplyRequestQuerySet":
        """Urgent medicine before everything else, then by door."""
        return self.order_by("-urgent", "household__walk_key", "household_id", "asked_at", "pk")

    def just_delivered(self, staff_id: int | None, since: datetime) -> "SupplyRequestQuerySet":
        """What this member of staff marked as delivered since the moment, the newest first."""
        rows = self.filter(state="delivered", delivered_by=staff_id, delivered_at__gte=since)
        return rows.order_by("-delivered_at", "-pk")


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
    model_name="SupplyRequestEvent",
    fields=["id", "household", "resident", "grid", "state", "urgent", "delivered_at"],
)
class SupplyRequest(models.Model):
    """What one door asked for at one time."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="supply_requests")
    resident = models.ForeignKey(Resident, models.PROTECT, null=True, related_name="+")  # who asked, where known
    grid = models.ForeignKey(Place, models.PROTECT, related_name="+")
    street = models.ForeignKey(Place, models.PROTECT, related_name="+", editable=False)
    uuid = models.UUIDField(unique=True)  # made by the page, so that a repeat is harmless
    state = models.CharField(max_length=10, choices=SUPPLY_STATES, default="open")
    urgent = models.BooleanField(_("Urgent medicine"), default=False)
    note = models.CharField(_("Remark"), max_length=200, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    delivered_at = models.DateTimeField(null=True)
    delivered_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    handed_over = models.CharField(max_length=60, blank=True)  # proof: to whom, or "at the door"
    version = models.PositiveIntegerField(default=1)

    door_path = "household"
    unscoped = SupplyRequestQuerySet.as_manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(state="delivered") & Q(delivered_at__isnull=False))
                | (~Q(state="delivered") & Q(delivered_at=None)),
                name="delivered_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["grid", "asked_at"], name="open_supplies", condition=Q(state="open")),
            models.Index(
                fields=["delivered_by", "delivered_at"], name="delivered_supplies", condition=Q(state="delivered")
            ),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"


class SupplyLine(models.Model):
    """One item of a request. Quantities may be unknown ("some eggs")."""

    request = models.ForeignKey(SupplyRequest, models.CASCADE, related_name="lines")
    item = models.CharField(_("Item"), max_length=60)
    quantity = models.DecimalField(_("Quantity"), max_digits=7, decimal_places=1, null=True, blank=True)
    unit = models.CharField(_("Unit of measure"), max_length=10, blank=True)
    delivered = models.DecimalField(max_digits=7, decimal_places=1, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity=None) | Q(quantity__gt=0), name="supply_quantity_positive"),
        ]

    def __str__(self) -> str:
        return self.item

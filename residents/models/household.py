"""Households: a door and who lives behind it."""

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grid.models import Place, ScopedManager, ScopedQuerySet

DOOR_FIELDS = ("compound", "building", "unit", "room")


class HouseholdQuerySet(ScopedQuerySet["Household"]):
    """Questions about many households."""

    def current(self) -> "HouseholdQuerySet":
        """Doors that were not joined into another row."""
        return self.filter(merged_into=None)

    def in_walking_order(self) -> "HouseholdQuerySet":
        """By compound, building, unit and room, where numbers sort as numbers."""
        return self.order_by("walk_key", "pk")


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
    model_name="HouseholdEvent",
    fields=["id", "grid", "street", "compound", "building", "unit", "room", "note", "empty_since", "merged_into"],
)
class Household(models.Model):
    """A door. Its grid and street are the ones of now; the database keeps those of its people equal."""

    # `household_street_of_grid` holds both to a place, and indexes below begin with either.
    grid = models.ForeignKey(
        Place, models.PROTECT, related_name="+", verbose_name=_("Grid"), db_constraint=False, db_index=False
    )
    street = models.ForeignKey(
        Place, models.PROTECT, related_name="+", editable=False, db_constraint=False, db_index=False
    )
    compound = models.CharField(_("Compound"), max_length=60, blank=True)
    building = models.CharField(_("Building"), max_length=20, blank=True)
    unit = models.CharField(_("Unit"), max_length=20, blank=True)
    room = models.CharField(_("Room"), max_length=20, blank=True)
    walk_key = models.CharField(max_length=200, editable=False)
    note = models.CharField(_("Remark"), max_length=200, blank=True)
    # Nobody in at the moment, since this day; people stay registered here.
    empty_since = models.DateField(_("Nobody in since"), null=True, blank=True)
    # Joined into another household: this row keeps what was before and stands in no list.
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="+", db_index=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    door_path = ""
    unscoped = HouseholdQuerySet.as_manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            # The composite foreign keys of residents point here.
            models.UniqueConstraint(fields=["id", "grid", "street"], name="household_id_grid_street"),
        ]
        indexes = [
            models.Index(fields=["grid", "walk_key"], name="household_walk"),
            models.Index(fields=["grid", "room"], name="household_room_in_grid"),
            models.Index(fields=["grid", "building", "unit"], name="household_building_in_grid"),
            models.Index(fields=["street", "compound", "building", "unit", "room"], name="household_door"),
            models.Index(fields=["merged_into"], condition=~Q(merged_into=None), name="household_merged_into"),
        ]

    def __str__(self) -> str:
        return self.door

    @property
    def door(self) -> str:
        """The door in short: `望江花园 3-1-502`."""
        numbers = "-".join(part for part in (self.building, self.unit, self.room) if part)
        return " ".join(part for part in (self.compound, numbers) if part)

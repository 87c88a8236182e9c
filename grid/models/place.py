"""Places: a tree of city, district, street office, community and grid."""

from collections.abc import Iterable

from django.contrib.postgres.indexes import OpClass
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from grid.rules.places import Kind

KIND_LABELS = {
    Kind.CITY: _("City"),
    Kind.DISTRICT: _("District"),
    Kind.STREET: _("Street office"),
    Kind.COMMUNITY: _("Community"),
    Kind.GRID: _("Grid"),
}


class PlaceQuerySet(models.QuerySet["Place"]):
    """Questions about many places."""

    def within(self, paths: Iterable[str]) -> "PlaceQuerySet":
        """Places whose path starts with one of the paths: those places and all below them."""
        condition = Q(pk__in=[])
        for path in paths:
            condition |= Q(path__startswith=path)
        return self.filter(condition)

    def open(self) -> "PlaceQuerySet":
        """Places that are not closed."""
        return self.filter(closed_at=None)

    def in_order(self) -> "PlaceQuerySet":
        """Administrative order: by code, a place before what stands below it where codes are nested."""
        return self.order_by("code", "pk")


class Place(models.Model):
    """A place of the tree. It is never deleted: a closed one keeps its history."""

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    kind = models.CharField(_("Kind"), max_length=10, choices=list(KIND_LABELS.items()))
    code = models.CharField(
        _("Code"),
        max_length=20,
        unique=True,
        validators=[RegexValidator(r"^[0-9]{1,20}$", _("Digits only, up to 20."))],
    )
    name = models.CharField(_("Name"), max_length=60)
    # Ids from the root down; a subtree is one prefix comparison. Never codes: codes change.
    path = models.CharField(max_length=120, unique=True, editable=False)
    # The street office this place belongs to (itself for a street); empty above the streets.
    street = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="+")
    closed_at = models.DateTimeField(null=True, editable=False)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^[0-9]{1,20}$"), name="place_code_is_digits"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(closed_at__isnull=False), name="merged_place_is_closed"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["street", "community", "grid"]) | Q(street__isnull=False),
                name="place_below_street_names_it",
            ),
            # The composite foreign keys of households point here.
            models.UniqueConstraint(fields=["id", "street"], name="place_id_street"),
        ]
        indexes = [models.Index(OpClass("path", name="text_pattern_ops"), name="place_path_prefix")]

    def __str__(self) -> str:
        return self.name


def building_in_words(compound: str, building: str) -> str:
    """A building as one walks: 望江花园 3栋; empty where nothing is known of it."""
    number = gettext("building %(number)s") % {"number": building} if building else ""
    return " ".join(part for part in (compound, number) if part)

"""Names to verify: people whom lists from outside name, until somebody has found out whether they live here."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grid.models import Place, ScopedManager, ScopedQuerySet, Staff
from grid.rules.permissions import Permission
from residents.models.household import Household
from residents.models.lists import ImportBatch
from residents.models.resident import ID_TYPE_LABELS, SEX_LABELS, Resident

NAME_STATES = [
    ("open", _("to be found")),
    ("lives_here", _("lives here")),
    ("not_here", _("does not live here")),
    ("unknown", _("nobody here knows this person")),
    ("isolated", _("in isolation already")),
    ("passed_on", _("given to another community")),
]
FOUND = ("lives_here", "isolated")


class NameFacts(models.Model):
    """What is said of somebody. The ID number is sealed as in the register; what a list had damaged is not said."""

    name = models.CharField(max_length=60, blank=True)
    id_type = models.CharField(max_length=20, choices=ID_TYPE_LABELS, blank=True)
    id_sealed = models.BinaryField(null=True)
    id_digest = models.BinaryField(max_length=32, null=True)
    id_tail_digest = models.BinaryField(max_length=32, null=True)
    sex = models.CharField(max_length=1, choices=SEX_LABELS, blank=True)
    birth_date = models.DateField(null=True)
    phones = ArrayField(models.CharField(max_length=20), default=list)
    address = models.CharField(max_length=200, blank=True)  # as the list writes it
    compound = models.CharField(max_length=60, blank=True)
    building = models.CharField(max_length=20, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    room = models.CharField(max_length=20, blank=True)
    first_day = models.DateField(null=True)  # of a return or an isolation, as the list says it
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True

    @property
    def door(self) -> str:
        """The door in short, or the address where no door can be told from it; "" where nothing is said."""
        parts = {part: getattr(self, part) for part in ("compound", "building", "unit", "room")}
        return (Household(**parts).door if self.building or self.room else "") or self.address or self.compound


class NameQuerySet(ScopedQuerySet["NameToVerify"]):
    """Questions about many names."""

    def visible_to(self, staff: Staff, permission: Permission = Permission.SEE_PEOPLE) -> Any:
        """Names in her places, and those given to her in a community in which she works now.

        Names stand at a community: a worker sees of them what is hers to find out.
        """
        here = super().visible_to(staff, permission)
        above = {int(key) for post in staff.posts_with(permission) for key in post.place.path.strip("/").split("/")}
        return here | self.filter(worker=staff.pk, grid__in=above)

    def open(self) -> "NameQuerySet":
        """Those of whom nobody has said yet what became of them."""
        return self.filter(state="open")

    def in_walking_order(self) -> "NameQuerySet":
        """By door as one walks; who has none stands at the end."""
        return self.order_by("walk_key", "pk")


class NameToVerify(NameFacts):
    """Somebody to be found: one row, and so one visit, however many lists name her.

    `grid` is the community that is to find her. The facts are what its lists say together (`rules.verifying.together`).
    """

    grid = models.ForeignKey(Place, models.PROTECT, related_name="+")
    street = models.ForeignKey(Place, models.PROTECT, related_name="+")
    name_key = models.CharField(max_length=60, blank=True)  # in simplified characters, for comparing
    walk_key = models.CharField(max_length=200)
    deadline = models.DateTimeField()  # the earliest of its lists
    worker = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")  # whose visit it is
    state = models.CharField(max_length=12, choices=NAME_STATES, default="open")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    resident = models.ForeignKey(Resident, models.PROTECT, null=True, related_name="+")  # who she turned out to be
    to_isolate = models.BooleanField(null=True)  # asked once she was found; empty: not answered yet
    became = models.ForeignKey("self", models.RESTRICT, null=True, related_name="+")  # the other community's row
    apart = ArrayField(models.BigIntegerField(), default=list)  # names that somebody told apart from this one
    tries = models.PositiveSmallIntegerField(default=0)
    last_try_at = models.DateTimeField(null=True)
    last_try_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    unscoped = NameQuerySet.as_manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grid", "id_digest"], condition=Q(state="open"), name="one_visit_a_number"),
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None) | (~Q(state="open") & Q(answered_at__isnull=False)),
                name="answered_name_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state="passed_on", became__isnull=False) | (~Q(state="passed_on") & Q(became=None)),
                name="passed_name_says_where",
            ),
            models.CheckConstraint(condition=Q(resident=None) | Q(state__in=FOUND), name="found_name_is_resident"),
            models.CheckConstraint(
                condition=Q(id_sealed=None, id_digest=None, id_tail_digest=None)
                | Q(id_sealed__isnull=False, id_digest__isnull=False, id_tail_digest__isnull=False),
                name="name_id_whole_or_absent",
            ),
        ]
        indexes = [
            models.Index(fields=["grid", "walk_key"], name="open_names", condition=Q(state="open")),
            models.Index(fields=["worker"], name="open_names_of_worker", condition=Q(state="open")),
            models.Index(fields=["grid", "answered_at"], name="answered_names", condition=~Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"name {self.pk}"


class NameSource(NameFacts):
    """What one row of one list said of a name. It stays when the list's own rows are forgotten."""

    of = models.ForeignKey(NameToVerify, models.CASCADE, related_name="sources")
    batch = models.ForeignKey(ImportBatch, models.SET_NULL, null=True, related_name="+")
    list_name = models.CharField(max_length=200)
    row = models.PositiveIntegerField()  # as Excel counts
    said_at = models.DateTimeField()
    deadline = models.DateTimeField()
    # What of its phones went to the person of the register who she was found to be.
    added_phones = ArrayField(models.CharField(max_length=20), default=list)
    faults = models.JSONField(default=dict)  # field → code of what is damaged in the list; never the cell's own words

    # Without a place of its own: reached by `sources` of a name found in scope.
    unscoped = models.Manager["NameSource"]()

    class Meta:
        indexes = [models.Index(fields=["batch"], name="name_sources_of_list")]

    def __str__(self) -> str:
        return f"source {self.pk}"

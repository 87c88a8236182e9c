"""Moves to another street: an offer that the receiver accepts. Until then the sender keeps the duty."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grid.models import Place, ScopedManager, ScopedQuerySet
from residents.models.household import Household
from residents.models.resident import Resident

OFFER_STATES = [
    ("open", _("waiting for an answer")),
    ("accepted", _("accepted")),
    ("declined", _("declined")),
    ("withdrawn", _("taken back")),
]
DECLINE_REASONS = [
    ("already_here", _("already registered with us")),
    ("not_here", _("does not live here")),
    ("wrong_place", _("belongs to another street or community")),
    ("unclear", _("what is said is not enough to find the door")),
    ("other", _("another reason")),
]
# An offer that ended because there was nobody left to offer.
ENDED_BY_ITSELF = [
    ("moved", _("they moved inside their street")),
    ("left", _("they moved out or died")),
    ("merged", _("they are registered behind another door")),
]
# One that was accepted as the same person as somebody of the receiver, which was a mistake.
GIVEN_BACK = [("given_back", _("taken over as the same person; that was taken back"))]


class MoveOffer(models.Model):
    """One person, or with an empty `resident` everybody behind a door, offered to another street or community.

    `grid` is where they stand now (kept equal by the database), `from_grid` where they stood when it was offered.
    """

    household = models.ForeignKey(Household, models.PROTECT, related_name="move_offers")
    resident = models.ForeignKey(Resident, models.PROTECT, null=True, related_name="move_offers")
    grid = models.ForeignKey(Place, models.PROTECT, related_name="+")
    street = models.ForeignKey(Place, models.PROTECT, related_name="+", editable=False)
    from_grid = models.ForeignKey(Place, models.PROTECT, related_name="+")
    to_place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    # The new address as the sender heard it; the receiver finds or makes the door.
    compound = models.CharField(_("Compound"), max_length=60, blank=True)
    building = models.CharField(_("Building"), max_length=20, blank=True)
    unit = models.CharField(_("Unit"), max_length=20, blank=True)
    room = models.CharField(_("Room"), max_length=20, blank=True)
    note = models.CharField(_("Remark"), max_length=200, blank=True)
    uuid = models.UUIDField(unique=True)  # made by the page, so that a repeat is harmless
    state = models.CharField(max_length=10, choices=OFFER_STATES, default="open")
    offered_at = models.DateTimeField()
    offered_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("grid.Staff", models.PROTECT, null=True, related_name="+")
    # A code of `DECLINE_REASONS`, `ENDED_BY_ITSELF` or `GIVEN_BACK`; a remark follows after a colon.
    decided_note = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    door_path = "household"
    unscoped = ScopedQuerySet["MoveOffer"].as_manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["household"], condition=Q(state="open", resident=None), name="one_open_offer_a_household"
            ),
            models.UniqueConstraint(fields=["resident"], condition=Q(state="open"), name="one_open_offer_a_person"),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None) | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="decided_offer_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["to_place", "offered_at"], name="open_offers", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"offer {self.pk}"

    @property
    def decided_words(self) -> str:
        """Why it was answered so, in words."""
        code, _colon, remark = self.decided_note.partition(":")
        words = dict(DECLINE_REASONS + ENDED_BY_ITSELF + GIVEN_BACK).get(code, code)
        return f"{words} · {remark}" if remark else str(words)

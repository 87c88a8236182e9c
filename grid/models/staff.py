"""Staff (the user model), their posts, and the devices known to be theirs."""

from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grid.models.place import Place, building_in_words
from grid.models.scope import door_of
from grid.rules.clock import LOCAL
from grid.rules.permissions import PERMISSIONS_OF, Permission, Role, roles_with
from grid.rules.places import Kind
from grid.rules.posts import is_for_building

ROLE_LABELS = {
    Role.GRID_WORKER: _("Grid worker"),
    Role.COMMUNITY_LEAD: _("Community lead"),
    Role.STREET_SUPERVISOR: _("Street supervisor"),
    Role.DISTRICT_VIEWER: _("District viewer"),
    Role.ADMINISTRATOR: _("Administrator"),
    Role.AUDITOR: _("Auditor"),
}


class StaffManager(BaseUserManager["Staff"]):
    """Finds staff by what they type at the login."""

    def by_login(self, typed: str) -> "Staff | None":
        """The member of staff with this user name (upper or lower case) or phone number, or None."""
        typed = typed.strip()
        return self.filter(Q(user_name__iexact=typed) | Q(phone=typed)).order_by("pk").first() if typed else None


class Staff(AbstractBaseUser):
    """A member of staff. What somebody may do comes from posts alone; there is no superuser flag."""

    user_name = models.CharField(
        _("User name"),
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(r"^[a-z][a-z0-9._-]{2,39}$", _("3 to 40 small letters and digits, a letter first."))
        ],
    )
    phone = models.CharField(
        _("Mobile phone"),
        max_length=11,
        unique=True,
        null=True,
        blank=True,
        validators=[RegexValidator(r"^1[3-9][0-9]{9}$", _("11 digits, starting with 1."))],
    )
    name = models.CharField(_("Name"), max_length=60)
    pin = models.CharField(max_length=128, blank=True, editable=False)  # hash of the six digits asked after idling
    must_change_password = models.BooleanField(default=False, editable=False)
    # Until when a one-time password opens the login; empty for a password of her own.
    one_time_until = models.DateTimeField(null=True, editable=False)
    is_active = models.BooleanField(default=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    USERNAME_FIELD = "user_name"
    REQUIRED_FIELDS = ["name"]
    objects = StaffManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("user_name"), name="staff_user_name_any_case")]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def current_posts(self) -> list["Post"]:
        """The posts held now, with their places: read once a request."""
        return list(self.posts.current(timezone.now()).select_related("place"))  # type: ignore[attr-defined]

    @property
    def rounds_unseen(self) -> list["Post"]:
        """The rounds handed over to her of which she has not said yet that she knows."""
        return [post for post in self.current_posts if post.handed_over_by_id and post.acknowledged_at is None]

    def posts_with(self, permission: Permission) -> list["Post"]:
        """The posts that grant this permission now, for a whole place or for one building."""
        return [post for post in self.current_posts if permission in PERMISSIONS_OF[Role(post.role)]]

    def paths_with(self, permission: Permission) -> list[str]:
        """Paths of the places where this permission is held as a whole: a post at one building opens no place."""
        return sorted({post.place.path for post in self.posts_with(permission) if not post.building})

    def buildings_with(self, permission: Permission) -> list["Post"]:
        """The posts that grant this permission for the doors of one building of a grid."""
        return [post for post in self.posts_with(permission) if post.building]

    def may(self, permission: Permission, place: Place | None = None) -> bool:
        """Whether the permission is held anywhere, or at the whole place and so for everything below it."""
        if place is None:
            return bool(self.posts_with(permission))
        return any(place.path.startswith(path) for path in self.paths_with(permission))

    def may_at_door(self, permission: Permission, row: Any) -> bool:
        """Whether the permission is held where the row stands: at its whole grid, or for the building of its door.

        The row is a door or hangs on one (`door_path`); one that does not needs the whole grid.
        """
        if self.may(permission, row.grid):
            return True
        buildings = self.buildings_with(permission)
        door = door_of(row) if buildings else None
        return door is not None and any(post.covers(door) for post in buildings)


class PostQuerySet(models.QuerySet["Post"]):
    """Questions about many posts."""

    def current(self, at: datetime) -> "PostQuerySet":
        """Posts held at the moment."""
        return self.filter(Q(until=None) | Q(until__gt=at), since__lte=at)

    def of_whole_places(self) -> "PostQuerySet":
        """Posts that are not for a single building."""
        return self.filter(building="")

    def that_help(self) -> "PostQuerySet":
        """A worker's posts that end: helpers and stand-ins."""
        return self.filter(role=Role.GRID_WORKER).exclude(until=None)

    def granting(self, permission: Permission, place_path: str) -> "PostQuerySet":
        """Posts that grant the permission at the whole place or above it."""
        ids = [int(part) for part in place_path.strip("/").split("/")]
        return self.of_whole_places().filter(role__in=roles_with(permission), place__in=ids)

    def granting_at_door(self, permission: Permission, door: Any) -> "PostQuerySet":
        """Posts for the building of this door that grant the permission; none where the door names no building."""
        posts = self.filter(role__in=roles_with(permission), place=door.grid_id, compound=door.compound)
        return posts.filter(building=door.building).exclude(building="")


class Post(models.Model):
    """A role at a place from-until. A stand-in is a post that ends."""

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="posts")
    place = models.ForeignKey(Place, models.PROTECT, related_name="posts")
    role = models.CharField(_("Role"), max_length=20, choices=list(ROLE_LABELS.items()))
    since = models.DateTimeField(_("From"))
    until = models.DateTimeField(_("Until"), null=True, blank=True)
    # A helper for one building of a grid: its compound and number. Empty: the whole place.
    compound = models.CharField(_("Compound"), max_length=60, blank=True, default="", db_default="")
    building = models.CharField(_("Building"), max_length=20, blank=True, default="", db_default="")
    # A round handed over: by whom, and when its receiver said that she knows.
    handed_over_by = models.ForeignKey(Staff, models.PROTECT, null=True, editable=False, related_name="+")
    acknowledged_at = models.DateTimeField(null=True, editable=False)

    objects = PostQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name="post_ends_after_start"),
            models.CheckConstraint(condition=Q(compound="") | ~Q(building=""), name="post_compound_names_building"),
            models.CheckConstraint(condition=Q(building="") | Q(role="grid_worker"), name="post_building_is_workers"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.where}"

    @property
    def is_help(self) -> bool:
        """Whether it is a worker's post that ends, at one grid or in a building of it."""
        return self.until is not None and is_for_building(Role(self.role), Kind(self.place.kind))

    @property
    def where(self) -> str:
        """The place in words, with the building where the post is for one alone."""
        return f"{self.place.name} {self.building_words}".strip()

    @property
    def building_words(self) -> str:
        """The building in words, as one walks; empty for a post at a whole place."""
        return building_in_words(self.compound, self.building) if self.building else ""

    @property
    def last_moment(self) -> datetime | None:
        """The last moment of a post that ends: one that ends at midnight is said by the day before."""
        return self.until - timedelta(microseconds=1) if self.until and self.ends_with_its_day else self.until

    @property
    def ends_with_its_day(self) -> bool:
        """Whether it ends at midnight."""
        return self.until is not None and self.until.astimezone(LOCAL).time() == time()

    def covers(self, door: Any) -> bool:
        """Whether the door stands in the building of this post. Without a compound it means doors that name none."""
        here = door.grid_id == self.place_id and door.building == self.building
        return bool(self.building) and here and self.compound == door.compound


class KnownDevice(models.Model):
    """A browser that its owner said is her own. Only the digest of its cookie is kept."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="devices")
    token_digest = models.BinaryField(max_length=32, unique=True)
    since = models.DateTimeField()
    pin_misses = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"device {self.pk}"

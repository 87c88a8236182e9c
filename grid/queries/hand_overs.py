"""Questions about rounds handed over: which one may give, to whom, and what became of them."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from grid.models import Place, Post, Staff
from grid.models.place import PlaceQuerySet
from grid.queries.places import places_of
from grid.rules.permissions import Permission, Role
from grid.rules.places import Kind


def rounds_to_give(staff: Staff) -> PlaceQuerySet:
    """The open grids whose round she may hand over: those she works in as a whole, and those she leads."""
    grids = places_of(staff, Permission.RECORD_CHECK_IN).open().filter(kind=Kind.GRID)
    return grids.select_related("parent").in_order()  # type: ignore[attr-defined, no-any-return]


def receivers_at(grid: Place) -> QuerySet[Staff]:
    """Who may take a round of this grid: active staff who hold or held a worker's post in its community."""
    return receivers([grid]).order_by("name", "pk")


def receivers(grids: Iterable[Place]) -> QuerySet[Staff]:
    """Active staff who hold or held a worker's post in the community of one of the grids."""
    communities = {grid.parent_id for grid in grids}
    there = Q(place__in=communities) | Q(place__parent__in=communities)
    posts = Post.objects.filter(there, staff=OuterRef("pk"), role=Role.GRID_WORKER)
    return Staff.objects.filter(Exists(posts), is_active=True)


def rounds_given(staff: Staff) -> QuerySet[Post]:
    """The rounds ever handed over that are hers to take back: those she gave, and those in grids she leads."""
    led = places_of(staff, Permission.MANAGE_HELPERS).values("pk")
    posts = Post.objects.exclude(handed_over_by=None).filter(Q(handed_over_by=staff.pk) | Q(place__in=led))
    return posts.select_related("staff", "place", "handed_over_by").order_by("place__code", "pk")

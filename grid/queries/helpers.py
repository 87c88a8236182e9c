"""Who works in a lead's grids, until when, and which grids nobody walks."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from grid import registries
from grid.models import Place, Post, Staff
from grid.queries import place_changes
from grid.queries.place_changes import Pair
from grid.queries.places import grids_of, places_of
from grid.queries.staff import posts_not_ended
from grid.rules.permissions import Permission, Role


@dataclass
class GridStaff:
    """One grid: who works in it now."""

    grid: Place
    posts: list[Post] = field(default_factory=list)  # of the grid itself
    above: list[Post] = field(default_factory=list)  # workers of the whole community
    counts: list[tuple[Any, int]] = field(default_factory=list)  # of `registries.DOOR_COUNTS`, where it is asked for

    @property
    def is_covered(self) -> bool:
        """Whether somebody works the whole grid."""
        return bool(self.above) or any(not post.building for post in self.posts)


def staff_of_grids(lead: Staff, at: datetime) -> list[GridStaff]:
    """The open grids that she leads, each with its workers, helpers and stand-ins of now: two queries."""
    grids = list(grids_of(lead, Permission.MANAGE_HELPERS))
    places = {grid.pk for grid in grids} | {grid.parent_id for grid in grids}
    posts = Post.objects.current(at).filter(place__in=places, role=Role.GRID_WORKER, staff__is_active=True)
    by_place: dict[int | None, list[Post]] = defaultdict(list)
    for post in posts.select_related("staff", "place", "handed_over_by").order_by("building", "since", "pk"):
        by_place[post.place_id].append(post)
    return [GridStaff(grid, by_place[grid.pk], by_place[grid.parent_id]) for grid in grids]


def without_worker(lead: Staff, shares: list[GridStaff]) -> list[GridStaff]:
    """Those of the grids that nobody works as a whole, with what stands behind their doors outside of buildings that
    a helper has: one query a registered count."""
    bare = [share for share in shares if not share.is_covered]
    buildings = [post for share in bare for post in share.posts]
    ids = [share.grid.pk for share in bare]
    for count in registries.DOOR_COUNTS if ids else []:
        found = count.of_grids(lead, ids, buildings)
        for share in bare:
            share.counts.append((count.label, found.get(share.grid.pk, 0)))
    return bare


def helper_posts(lead: Staff) -> QuerySet[Post]:
    """The worker's posts in her grids that end or ended: those a lead may have a hand in. Never her own."""
    places = places_of(lead, Permission.MANAGE_HELPERS).values("pk")
    posts = Post.objects.that_help().filter(place__in=places).exclude(staff=lead.pk)
    return posts.select_related("staff", "place")


def opens_help_alone(lead: Staff, staff: Staff, at: datetime) -> bool:
    """Whether the login opens nothing, now or later, but help in grids of the lead, who may then give it a password."""
    posts = posts_not_ended(staff, at)
    return staff.is_active and all(post.is_help and lead.may(Permission.MANAGE_HELPERS, post.place) for post in posts)


def buildings_of(grid: Place) -> dict[str, Pair]:
    """Key → compound and number of each building of a grid in her places in which doors are registered, as one walks.

    The keys are those of `place_changes.buildings_of`: a building that is registered meanwhile moves none of them.
    """
    found = place_changes.buildings_of(grid)
    return {key: (one.compound, one.building) for key, one in found.items() if one.building}

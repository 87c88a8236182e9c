"""What a change of places would move, in numbers: administrators see how many, never who."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from grid import registries
from grid.models import Notice, Place, Post
from grid.models.place import PlaceQuerySet, building_in_words
from grid.rules.places import Kind, stamp_of

Pair = tuple[str, str]  # compound and building


@dataclass(frozen=True)
class Plan:
    """One change: what leaves a place, and where it goes. Without `into` it goes to a new place of `code` and `name`.

    Of a grid `buildings` move, of a community the grids `grids`; None: everything.
    """

    place: Place
    into: Place | None = None
    code: str = ""
    name: str = ""
    buildings: tuple[str, ...] | None = None  # keys of `buildings_of`
    grids: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Preview:
    """What would move. `stamp` changes with whatever is shown here, and with the places themselves."""

    counts: list[tuple[registries.Standing, int]]
    posts: list[Post]
    notices: int
    buildings: list[Pair] | None
    grids: list[Place]
    whole: bool  # everything of the place moves
    stamp: str

    @property
    def moved(self) -> dict[str, int]:
        """The numbers by key, as the audit keeps them."""
        return {standing.key: number for standing, number in self.counts}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen, or nothing chosen stands there any more."""
        return self.buildings == [] or not (self.buildings or self.grids or self.whole)

    @property
    def building_names(self) -> list[str]:
        """The buildings in words; empty where everything moves."""
        return [building_in_words(*pair) for pair in self.buildings or []]


def buildings_of(grid: Place) -> dict[str, registries.Building]:
    """Key → building, in walking order. A key says nothing by itself and is looked up again wherever it comes back."""
    found = [building for keeper in registries.DOOR_KEEPERS for building in keeper.buildings_of(grid)]
    return {stamp_of([building.compound, building.building]): building for building in found}


def look(plan: Plan, at: datetime) -> Preview:
    """What the plan would move now."""
    place, buildings = plan.place, _pairs(plan)
    grids = _grids(plan)
    counts = [
        (standing, _standing(standing.rows(), place, buildings, grids).count()) for standing in registries.STANDING
    ]
    whole = plan.buildings is None and plan.grids is None
    posts = list(posts_that_follow(place, None if whole else buildings or [], at))
    notices = Notice.unscoped.unseen().filter(grid=place).count() if whole else 0
    places = [(one.pk, one.version, one.path, str(one.closed_at)) for one in (place, plan.into) if one is not None]
    facts = [
        places, plan.code, plan.name, [number for _rows, number in counts], [post.pk for post in posts],
        notices, buildings, [grid.pk for grid in grids],
    ]  # fmt: skip
    return Preview(counts, posts, notices, buildings, grids, whole, stamp_of(facts))


def posts_that_follow(place: Place, buildings: list[Pair] | None, at: datetime) -> QuerySet[Post]:
    """Posts not ended that go where the doors go: with everything (None) all of the place's, else the buildings'."""
    posts = Post.objects.filter(Q(until=None) | Q(until__gt=at), place=place)
    if buildings is not None:
        of_building = Q(pk__in=[])
        for compound, building in buildings:
            of_building |= Q(building=building, compound=compound)
        posts = posts.exclude(building="").filter(of_building)
    return posts.select_related("staff").order_by("role", "pk")


def places_to_merge_into(place: Place, places: PlaceQuerySet) -> PlaceQuerySet:
    """Other open places of the same kind and street, of those given."""
    return places.open().filter(kind=place.kind, street=place.street_id).exclude(pk=place.pk).in_order()


def communities_to_move_to(grid: Place, places: PlaceQuerySet) -> PlaceQuerySet:
    """The open communities of the grid's street, of those given."""
    return places.open().filter(kind=Kind.COMMUNITY, street=grid.street_id).in_order()


def _pairs(plan: Plan) -> list[Pair] | None:
    """Compound and building of what moves; keys that stand for nothing here any more are dropped."""
    if plan.buildings is None:
        return None
    known = buildings_of(plan.place)
    return [(known[key].compound, known[key].building) for key in known if key in plan.buildings]


def _grids(plan: Plan) -> list[Place]:
    """The open grids that change their community: those chosen, or all where a community goes."""
    if plan.place.kind != Kind.COMMUNITY:
        return []
    grids = Place.objects.open().filter(parent=plan.place).in_order()
    return list(grids if plan.grids is None else grids.filter(pk__in=plan.grids))


def _standing(rows: QuerySet[Any], place: Place, buildings: list[Pair] | None, grids: list[Place]) -> QuerySet[Any]:
    if place.kind == Kind.COMMUNITY:
        return rows.filter(grid__in=grids)
    rows = rows.filter(grid=place)
    if buildings is None:
        return rows
    path = getattr(rows.model, "door_path", "")
    door = f"{path}__" if path else ""
    chosen = Q(pk__in=[])
    for compound, building in buildings:
        chosen |= Q(**{f"{door}compound": compound, f"{door}building": building})
    return rows.filter(chosen)

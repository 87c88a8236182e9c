"""Questions about the tree of places."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from grid.models import Place, Staff
from grid.models.place import PlaceQuerySet
from grid.rules.permissions import Permission
from grid.rules.place_lists import Known
from grid.rules.places import Kind


def places_of(staff: Staff, permission: Permission) -> PlaceQuerySet:
    """The places where the permission is held, closed ones too."""
    return Place.objects.within(staff.paths_with(permission))


def grids_of(staff: Staff, permission: Permission) -> PlaceQuerySet:
    """The open grids where the permission is held, as a whole or for a building, in order, with their communities.

    Of a grid in which she has a building only its rows are hers: `visible_to` says which.
    """
    grids = Place.objects.within(staff.paths_with(permission))
    if buildings := staff.buildings_with(permission):
        grids = Place.objects.filter(Q(pk__in=grids.values("pk")) | Q(pk__in=[post.place_id for post in buildings]))
    return grids.open().filter(kind=Kind.GRID).select_related("parent").in_order()  # type: ignore[attr-defined, no-any-return]


def search_places(places: PlaceQuerySet, words: str) -> PlaceQuerySet:
    """Places whose name holds the words or whose code begins with them, in administrative order, with their parents."""
    if words:
        places = places.filter(Q(name__icontains=words) | Q(code__startswith=words))
    return places.select_related("parent").in_order()  # type: ignore[attr-defined, no-any-return]


def places_above(places: PlaceQuerySet, place: Place) -> list[Place]:
    """Those of the given places in which the place stands, from the top down."""
    above = places.filter(pk__in=place.path.strip("/").split("/")).exclude(pk=place.pk)
    return sorted(above, key=lambda one: len(one.path))


def known_places(paths: Iterable[str]) -> dict[str, Known]:
    """Every place by its code, and whether it stands within the paths: what a list of places is compared with."""
    tops = tuple(paths)
    fields = ("pk", "code", "name", "kind", "parent__code", "street_id", "path", "closed_at")
    return {
        code: Known(key, code, name, kind, above or "", street or 0, path, closed is None, path.startswith(tops))
        for key, code, name, kind, above, street, path, closed in Place.objects.values_list(*fields)
    }


def in_tree_order(places: Iterable[Place]) -> list[tuple[Place, int]]:
    """Each place with its depth (0 at the top), children below their parent, siblings by code."""
    known = {place.pk: place for place in places}
    below: dict[int | None, list[Place]] = defaultdict(list)
    for place in sorted(known.values(), key=lambda place: (place.code, place.pk)):
        below[place.parent_id if place.parent_id in known else None].append(place)
    ordered: list[tuple[Place, int]] = []
    waiting = [(place, 0) for place in reversed(below[None])]
    while waiting:
        place, depth = waiting.pop()
        ordered.append((place, depth))
        waiting += [(child, depth + 1) for child in reversed(below[place.pk])]
    return ordered


def choices_of(places: Iterable[Place]) -> list[tuple[int, str]]:
    """The places for a select field, each indented below its parent."""
    return [(place.pk, "\u3000" * depth + place.name) for place, depth in in_tree_order(places)]

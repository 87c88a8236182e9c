"""Scope: models about people are reached through `visible_to(staff)`, and unscoped only by name."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Q

from grid.models.place import Place
from grid.rules.permissions import Permission

if TYPE_CHECKING:
    from grid.models.staff import Post, Staff

Row = TypeVar("Row", bound=models.Model)


def door_of(row: Any) -> Any | None:
    """The door that a row hangs on by its model's `door_path` ("" for a door itself); None where it has none.

    A model without the attribute stays out of sight of whoever works in one building only.
    """
    path = getattr(type(row), "door_path", None)
    if path is None:
        return None
    for name in filter(None, path.split("__")):
        row = getattr(row, name)
        if row is None:  # an alert about a whole grid hangs on no door
            return None
    return row


class ScopedQuerySet(models.QuerySet[Row]):
    """Rows that carry a `grid`. Their model's `door_path` says how they reach their door, where they have one."""

    def visible_to(self, staff: "Staff", permission: Permission = Permission.SEE_PEOPLE) -> Self:
        """Rows where the member of staff holds the permission now: in her places, or at a door of her building."""
        paths, path = staff.paths_with(permission), getattr(self.model, "door_path", None)
        buildings = staff.buildings_with(permission) if path is not None else []
        if not paths and not buildings:
            return self.none()
        condition = Q(grid__in=Place.objects.within(paths).values("pk")) if paths else Q()
        for post in buildings:
            condition |= _in_building(post, f"{path}__" if path else "")
        return self.filter(condition)

    def outside(self, buildings: "Iterable[Post]") -> Self:
        """Rows whose door stands in none of the buildings of these posts."""
        path = getattr(self.model, "door_path", None)
        rows = self
        for post in buildings:
            rows = rows.exclude(_in_building(post, f"{path}__" if path else ""))
        return rows


def _in_building(post: "Post", door: str) -> Q:
    """The doors of the post's building, as `Post.covers` says it. The grid is the door's: a row may keep another."""
    return Q(**{
        f"{door}grid": post.place_id, f"{door}compound": post.compound, f"{door}building": post.building
    })  # fmt: skip


class ScopedManager(models.Manager[Row]):
    """The `objects` of models about people: it answers `visible_to` and refuses everything else."""

    def visible_to(self, staff: "Staff", permission: Permission = Permission.SEE_PEOPLE) -> Any:
        """See `ScopedQuerySet.visible_to`."""
        return self.model.unscoped.visible_to(staff, permission)  # type: ignore[attr-defined]

    def get_queryset(self) -> models.QuerySet[Row]:
        """Refused: a reader must see at the call whether scope was meant."""
        raise RuntimeError(f"{self.model.__name__}.objects only answers visible_to(staff); else name .unscoped")

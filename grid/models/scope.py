"""Scope: models about people are reached through `visible_to(staff)`, and unscoped only by name."""

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models

from grid.models.place import Place
from grid.rules.permissions import Permission

if TYPE_CHECKING:
    from grid.models.staff import Staff

Row = TypeVar("Row", bound=models.Model)


class ScopedQuerySet(models.QuerySet[Row]):
    """Rows that carry a `grid`."""

    def visible_to(self, staff: "Staff", permission: Permission = Permission.SEE_PEOPLE) -> Self:
        """Rows in the places where the member of staff holds the permission now."""
        paths = staff.paths_with(permission)
        return self.filter(grid__in=Place.objects.within(paths).values("pk")) if paths else self.none()


class ScopedManager(models.Manager[Row]):
    """The `objects` of models about people: it answers `visible_to` and refuses everything else."""

    def visible_to(self, staff: "Staff", permission: Permission = Permission.SEE_PEOPLE) -> Any:
        """See `ScopedQuerySet.visible_to`."""
        return self.model.unscoped.visible_to(staff, permission)  # type: ignore[attr-defined]

    def get_queryset(self) -> models.QuerySet[Row]:
        """Refused: a reader must see at the call whether scope was meant."""
        raise RuntimeError(f"{self.model.__name__}.objects only answers visible_to(staff); else name .unscoped")

"""Questions about doors and the people behind them."""

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from grid.models import Place, Staff
from grid.queries.places import grids_of
from grid.rules.permissions import Permission
from residents.models import Household, Resident
from residents.rules.addresses import Door


def grids_to_move_to(staff: Staff, household: Household) -> list[Place]:
    """The grids of the household's street that she may choose; its own stands among them, though it may be closed."""
    grids = list(grids_of(staff, Permission.EDIT_PEOPLE).filter(street=household.street_id))
    return grids if household.grid in grids else [household.grid, *grids]


def doors_of_grid(staff: Staff, grid: Place) -> QuerySet[Household]:
    """The doors of a grid as one walks, each with the names behind it (`names`)."""
    people = Resident.unscoped.current().filter(household=OuterRef("pk")).order_by("pk").values("name")
    doors: QuerySet[Household] = Household.objects.visible_to(staff).current().filter(grid=grid)
    return doors.in_walking_order().annotate(names=ArraySubquery(people))  # type: ignore[attr-defined, no-any-return]


def households_at(staff: Staff, grid: Place, door: Door) -> list[Household]:
    """The households that stand at this very door of the grid already."""
    found: QuerySet[Household] = Household.objects.visible_to(staff).current()
    return list(found.filter(street=grid.street_id, grid=grid, **door._asdict()).order_by("pk")[:5])


def people_of(household: Household) -> list[Resident]:
    """Who lives behind a door that the reader may see: the head first, then in the order they were added."""
    people = Resident.unscoped.current().filter(household=household)
    return sorted(people, key=lambda person: (person.relation not in ("01", "02"), person.pk))


def living_with(street_id: int, digests: Iterable[bytes], other_than: int = 0) -> dict[bytes, Resident]:
    """The people of a street who have one of these ID numbers, by digest; of any grid, so nothing of them is shown
    before `is_visible` was asked."""
    people = Resident.unscoped.current().filter(street=street_id, id_digest__in=list(digests)).exclude(pk=other_than)
    return {bytes(person.id_digest or b""): person for person in people.select_related("household", "grid")}


def is_visible(staff: Staff, subject: Any) -> bool:
    """Whether a person or door stands in her places."""
    return staff.may_at_door(Permission.SEE_PEOPLE, subject)

"""Questions about doors and the people behind them."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from grid.models import Place, Post, Staff
from grid.queries.places import grids_of
from grid.rules.permissions import Permission
from residents.models import Household, Resident
from residents.models.household import DOOR_FIELDS
from residents.rules.addresses import Door, padded
from residents.rules.relations import HEAD, SELF


def grids_to_move_to(staff: Staff, household: Household) -> list[Place]:
    """The grids of the household's street that she may choose; its own stands among them, though it may be closed."""
    grids = list(grids_of(staff, Permission.EDIT_PEOPLE).filter(street=household.street_id))
    return grids if household.grid in grids else [household.grid, *grids]


def doors_of_grid(staff: Staff, grid: Place) -> QuerySet[Household]:
    """The doors of a grid as one walks, each with the names behind it (`names`)."""
    doors: QuerySet[Household] = Household.objects.visible_to(staff).current().filter(grid=grid)
    return with_names(doors).in_walking_order()  # type: ignore[attr-defined, no-any-return]


def with_names(doors: QuerySet[Household]) -> QuerySet[Household]:
    """Doors in sight, each with the names of those who live there (`names`), in the same query."""
    people = Resident.unscoped.current().filter(household=OuterRef("pk")).order_by("pk").values("name")
    return doors.annotate(names=ArraySubquery(people))


def family_to_ring(household: OuterRef) -> ArraySubquery:
    """The people behind a door in sight who have a phone, as `{"name": …, "phones": […]}` each, beside another row."""
    people = Resident.unscoped.current().filter(household=household).exclude(phones=[]).order_by("pk")
    return ArraySubquery(people.values(line=JSONObject(name="name", phones="phones")))


def households_at(staff: Staff, grid: Place, door: Door) -> list[Household]:
    """The households that stand at this very door of the grid already."""
    found: QuerySet[Household] = Household.objects.visible_to(staff).current()
    return list(found.filter(street=grid.street_id, grid=grid, **door._asdict()).order_by("pk")[:5])


def people_of(household: Household, left_on: date | None = None) -> list[Resident]:
    """Who lives behind a door that the reader may see: the head first, in a dormitory by bed, then in the order they
    were added; last of all who left on the day that is named."""
    here = Resident.unscoped.filter(household=household, merged_into=None)
    return sorted(here.filter(Q(left_on=None) | Q(left_on=left_on)), key=_place_in_household)


def lacks_head(people: Iterable[Resident]) -> bool:
    """Whether people live there, in no dormitory, and nobody of them is the head."""
    living = [one for one in people if one.left_on is None]
    return bool(living) and not any(one.bed or one.relation in (SELF, HEAD) for one in living)


def _place_in_household(person: Resident) -> tuple[bool, bool, bool, str, int]:
    is_head = person.relation in (SELF, HEAD)
    return person.left_on is not None, not is_head, not person.bed, padded(person.bed), person.pk


def beside(staff: Staff, household: Household) -> list[Household]:
    """The other households in sight at the very same door, and those that were joined into this one (`merged_into`)."""
    same = Q(grid=household.grid_id, merged_into=None, street=household.street_id)
    for name in DOOR_FIELDS:
        same &= Q(**{name: getattr(household, name)})
    rows: QuerySet[Household] = Household.objects.visible_to(staff).filter(same | Q(merged_into=household))
    return list(with_names(rows.exclude(pk=household.pk)).order_by("pk")[:50])


def living_with(street_id: int, digests: Iterable[bytes], other_than: int = 0) -> dict[bytes, Resident]:
    """The people of a street who have one of these ID numbers, by digest; of any grid, so nothing of them is shown
    before `is_visible` was asked."""
    people = Resident.unscoped.current().filter(street=street_id, id_digest__in=list(digests)).exclude(pk=other_than)
    return {bytes(person.id_digest or b""): person for person in people.select_related("household", "grid")}


def is_visible(staff: Staff, subject: Any) -> bool:
    """Whether a person or door stands in her places."""
    return staff.may_at_door(Permission.SEE_PEOPLE, subject)


def doors_by_grid(staff: Staff, grid_ids: list[int], without: list[Post]) -> dict[int, int]:
    """How many doors stand in each grid, those in the buildings of these posts left out."""
    doors = Household.objects.visible_to(staff).current().filter(grid__in=grid_ids).outside(without)
    return dict(doors.values_list("grid").annotate(Count("pk")))


def joinable(staff: Staff, household: Household, door: Door | None) -> list[Household]:
    """The households she may join to this one: those at the very same door, and those at the door that she wrote.
    At most twenty, each with the names behind it (`names`)."""
    here = Q(grid=household.grid_id, **{name: getattr(household, name) for name in DOOR_FIELDS})
    if door is not None and any(door):
        here |= Q(street=household.street_id, **{name: value for name, value in door._asdict().items() if value})
    rows: QuerySet[Household] = Household.objects.visible_to(staff, Permission.EDIT_PEOPLE).current()
    found = rows.filter(here, street=household.street_id).exclude(pk=household.pk)
    return list(with_names(found).in_walking_order()[:20])  # type: ignore[attr-defined]


def was_joined(staff: Staff, household: Household, other: str) -> bool:
    """Whether the household with this id, as a form says it, was joined into this one already."""
    rows = Household.objects.visible_to(staff).filter(merged_into=household)
    return other.isascii() and other.isdigit() and len(other) < 19 and rows.filter(pk=int(other)).exists()


def joined_into(staff: Staff, household: Household) -> Household | None:
    """The household in sight that this one was joined into; no query for one that stands by itself."""
    if household.merged_into_id is None:
        return None
    rows: QuerySet[Household] = Household.objects.visible_to(staff)
    return rows.filter(pk=household.merged_into_id).first()

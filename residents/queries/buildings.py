"""Questions about buildings: those of a grid, and one of them with everybody who lives there."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from grid import registries
from grid.models import Place, Staff
from grid.models.place import building_in_words
from grid.registries import Mark
from residents.models import Household, Resident
from residents.rules.buildings import Entrance, entrances_of

MOST_DOORS = 1000  # of one building, and of one grid's table of buildings


@dataclass
class BuildingLine:
    """A building of a grid in numbers; `door` is the id of one of its doors, which stands for it in addresses."""

    name: str
    door: int
    doors: int = 0
    people: int = 0
    isolated: int = 0
    due: int = 0

    def add(self, people: int, marks: list[Mark]) -> None:
        """One door more."""
        self.doors, self.people = self.doors + 1, self.people + people
        self.isolated += sum(mark.count for mark in marks if mark.kind == "isolation")
        self.due += sum(mark.count for mark in marks if mark.kind == "due")


@dataclass
class Building:
    """A building as far as the reader may see it. `is_shared`: it goes on in another grid, out of sight."""

    household: Household
    doors: list[Household]
    entrances: list[Entrance[Household]]
    people: int
    is_shared: bool
    has_more: bool

    @property
    def name(self) -> str:
        """The building in words; empty where the doors name none."""
        return building_in_words(self.household.compound, self.household.building)


def buildings_of_grid(staff: Staff, grid: Place, at: datetime) -> list[BuildingLine]:
    """The buildings of a grid in the order of the walk, in numbers: one query, and those of the marks."""
    living = Count("residents", filter=Q(residents__left_on=None, residents__merged_into=None))
    rows: QuerySet[Household] = Household.objects.visible_to(staff).current().filter(grid=grid)
    doors = list(rows.annotate(living=living).in_walking_order()[:MOST_DOORS])  # type: ignore[attr-defined]
    marks = registries.marks_for(staff, [], [door.pk for door in doors], at)
    found: dict[tuple[str, str], BuildingLine] = {}
    for door in doors:
        name = building_in_words(door.compound, door.building)
        line = found.setdefault((door.compound, door.building), BuildingLine(name, door.pk))
        line.add(door.living, marks.doors.get(door.pk, []))  # type: ignore[attr-defined]
    return list(found.values())


def building_at(staff: Staff, household: Household, at: datetime) -> Building:
    """The building in which this door stands, with the people (`people_here`), care tags (`care`) and marks (`marks`)
    of each of its doors in sight: three queries, and those of the marks."""
    here = {"street": household.street_id, "compound": household.compound, "building": household.building}
    rows: QuerySet[Household] = Household.objects.visible_to(staff).current().filter(**here)
    doors = list(rows.select_related("grid").in_walking_order()[: MOST_DOORS + 1])  # type: ignore[attr-defined]
    has_more, doors = len(doors) > MOST_DOORS, doors[:MOST_DOORS]
    by_door: dict[int, list[Resident]] = {}
    people = Resident.objects.visible_to(staff).current().filter(household__in=doors).order_by("bed", "pk")
    for person in people.only("name", "household_id", "care_tags", "away_until", "bed"):
        by_door.setdefault(person.household_id, []).append(person)
    registries.marks_for(staff, [], [door.pk for door in doors], at).put_on(doors=doors)
    for door in doors:
        door.people_here = by_door.get(door.pk, [])  # type: ignore[attr-defined]
        door.care = sorted({tag for person in by_door.get(door.pk, []) for tag in person.care_tags})  # type: ignore[attr-defined]
    return Building(
        household,
        doors,
        entrances_of((door.unit, door.room, door) for door in doors),
        sum(map(len, by_door.values())),
        _is_shared(here, doors),
        has_more,
    )


def _is_shared(here: dict[str, object], seen: list[Household]) -> bool:
    return Household.unscoped.current().filter(**here).exclude(grid__in={door.grid_id for door in seen}).exists()

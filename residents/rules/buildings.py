"""A building as seen from outside: entrances side by side, floors on top of each other, rooms in their columns."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from residents.rules.addresses import padded, spot_of

DoorRow = TypeVar("DoorRow")


@dataclass
class Floor(Generic[DoorRow]):
    """One floor of an entrance; `cells` run beside `Entrance.numbers`, several households may stand in one."""

    number: int  # below ground less than 0
    cells: list[list[DoorRow]]

    @property
    def doors(self) -> list[DoorRow]:
        """The doors of the floor in the order of their numbers."""
        return [door for cell in self.cells for door in cell]

    @property
    def depth(self) -> int:
        """How far below ground; 0 above it."""
        return max(-self.number, 0)


@dataclass
class Entrance(Generic[DoorRow]):
    """An entrance: its floors, the top one first, and the doors whose room does not say a floor."""

    unit: str
    numbers: list[str] = field(default_factory=list)
    floors: list[Floor[DoorRow]] = field(default_factory=list)
    others: list[DoorRow] = field(default_factory=list)


def entrances_of(doors: Iterable[tuple[str, str, DoorRow]]) -> list[Entrance[DoorRow]]:
    """The doors of one building (unit, room, the door itself) by entrance, floor and room; each stands in one place."""
    by_unit: dict[str, list[tuple[str, DoorRow]]] = {}
    for unit, room, door in doors:
        by_unit.setdefault(unit, []).append((room, door))
    return [_entrance(unit, by_unit[unit]) for unit in sorted(by_unit, key=padded)]


def _entrance(unit: str, doors: list[tuple[str, DoorRow]]) -> Entrance[DoorRow]:
    entrance: Entrance[DoorRow] = Entrance(unit)
    cells: dict[int, dict[str, list[DoorRow]]] = {}
    for room, door in doors:
        if spot := spot_of(room):
            cells.setdefault(spot.floor, {}).setdefault(spot.number, []).append(door)
        else:
            entrance.others.append(door)
    numbers = {number for floor in cells.values() for number in floor}
    entrance.numbers = sorted(numbers, key=lambda number: (padded(number), number))
    for floor in sorted(cells, reverse=True):
        entrance.floors.append(Floor(floor, [cells[floor].get(number, []) for number in entrance.numbers]))
    return entrance

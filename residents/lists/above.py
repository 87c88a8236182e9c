"""What a row leaves to the rows above it: a family below its head, a building written once, 同上."""

from residents.lists.cells import Cell, is_empty
from residents.lists.fields import DOOR, Field
from residents.lists.values import read_plain
from residents.rules.text import DITTO

# Fields of which "同上" means the value of the row above. A remark keeps the word: the list says it.
_REPEATING = frozenset(
    {Field.PHONES, Field.ADDRESS, *DOOR, Field.HOUSEHOLD, Field.ISOLATION_START, Field.ISOLATION_END,
     Field.COMMUNITY, Field.GRID, Field.REGISTERED_ADDRESS, Field.RESIDENCY, Field.DAY, Field.NEEDS}
)  # fmt: skip
_OF_A_DOOR = (Field.ADDRESS, *DOOR)

Cells = dict[Field, Cell]


class RowAbove:
    """Remembers what the rows above said. `once` names the fields that are written where they begin only."""

    def __init__(self, once: tuple[Field, ...]) -> None:
        self.once = once
        self.said: Cells = {}  # field → the last value that 同上 would repeat
        self.family: Cells = {}  # household and door of the last row that told them
        self.begun: Cells = {}  # of the fields written once
        self.door: Cells = {}  # of the household that has begun

    def complete(self, cells: Cells) -> list[Field]:
        """Fills in what the row leaves to those above. Returns the fields that say 同上 with nothing above."""
        self._carry_family(cells)
        if self.once:
            self._go_on(cells)
        return self._repeat(cells)

    def _carry_family(self, cells: Cells) -> None:
        """Household and door of the row above, where a member's own are all blank (a list without merged cells)."""
        relation = cells.get(Field.RELATION, "")
        if relation == "":
            return
        shared = [name for name in (Field.HOUSEHOLD, *_OF_A_DOOR) if name in cells]
        blank = all(is_empty(cells[name]) for name in shared)
        if blank and self.family and read_plain(relation) not in ("户主", "本人"):
            cells.update(self.family)
        elif not blank:
            self.family = {name: cells[name] for name in shared}

    def _go_on(self, cells: Cells) -> None:
        """The building, entrance or household that began above; with a household its door."""
        new_household = not is_empty(cells.get(Field.HOUSEHOLD, ""))
        for place, name in enumerate(self.once):
            if not is_empty(cells[name]):
                for smaller in self.once[place:]:
                    self.begun.pop(smaller, None)
                self.begun[name] = cells[name]
        for name in self.once:
            if is_empty(cells[name]):
                cells[name] = self.begun.get(name, "")
        if Field.HOUSEHOLD in self.once:
            shared = [name for name in _OF_A_DOOR if name in cells]
            if new_household:
                self.door = {name: cells[name] for name in shared}
            elif all(is_empty(cells[name]) or name in self.once for name in shared):
                cells.update(self.door)

    def _repeat(self, cells: Cells) -> list[Field]:
        """The value of the row above where a cell says 同上."""
        missing = []
        for name, cell in cells.items():
            if cell == "" or name not in _REPEATING:
                continue
            if isinstance(cell, str) and cell.strip() in DITTO:
                if name not in self.said:
                    missing.append(name)
                cells[name] = self.said.get(name, "")
            else:
                self.said[name] = cell
        return missing

"""The temperatures of a row, each with its day and slot."""

import re
from collections import Counter
from datetime import date

from residents.lists.cells import Cell, is_empty, text_of
from residents.lists.days import BOTH, SLOT_WORDS, day_and_slot, day_of, read_temperature
from residents.lists.fields import Field
from residents.lists.headers import Table
from residents.lists.values import BadValue

_BETWEEN = re.compile(r"[/／、,，;；|\s]+")
# 早36.5 晚36.8: the cell itself says which reading is which.
_SLOT_INSIDE = re.compile("|".join(f"(?P<{slot}>(?:{words})[上间]?[:：]?)" for slot, words in SLOT_WORDS.items()))
Slots = list[tuple[int, date | None, str | None]]  # column, day (None: the list does not tell it whole), slot
CheckIns = tuple[tuple[date, str, float | None], ...]  # day, slot, ℃ (None: "normal" without a number)


def slots_of(table: Table, sheet: str, years: frozenset[int]) -> Slots:
    """The columns of temperatures, each with its day and slot."""
    title = f"{table.title} {sheet}"
    found: Slots = []
    for column in table.columns:
        if column.field is Field.CHECK_IN:
            day, slot = day_and_slot(column.header, measured=True) or (None, None)
            found.append((column.index, day_of(day, title, years, sheet), slot))
    said = Counter((day, slot) for _index, day, slot in found)
    # Two columns for one slot of one day: the title's day is not that of each.
    return [(index, day if said[day, slot] == 1 else None, slot) for index, day, slot in found]


def read_check_ins(
    slots: Slots, row: list[Cell], own_day: date | None = None, own_slot: str | None = None
) -> tuple[CheckIns, tuple[str, int] | None]:
    """Every temperature of a row that can be read; code and column of the first that cannot.

    `own_day` and `own_slot` are what the row itself says, in a list that has a row for each.
    """
    found: list[tuple[date, str, float | None]] = []
    fault: tuple[str, int] | None = None
    for index, day, slot in slots:
        if is_empty(row[index]):
            continue
        day, slot = day or own_day, slot or own_slot
        try:
            for part, cell in _each(slot, row[index]):
                said, degrees = read_temperature(cell)
                if said and (day is None or part is None):
                    raise BadValue("day_or_slot_unknown")
                if said and day and part:
                    found.append((day, part, degrees))
        except BadValue as bad:
            fault = fault or (bad.code, index)
    return tuple(found), fault


def _each(slot: str | None, cell: Cell) -> list[tuple[str | None, Cell]]:
    """Slot and reading of a cell; where one column holds both slots, it says so by two readings."""
    if slot in (None, BOTH) and isinstance(cell, str) and (said := _said_inside(cell)):
        return said
    if slot != BOTH:
        return [(slot, cell)]
    both = [part for part in _BETWEEN.split(text_of(cell).strip()) if part]
    if len(both) == 2:
        return [("morning", both[0]), ("evening", both[1])]
    return [(None, cell)]


def _said_inside(text: str) -> list[tuple[str | None, Cell]]:
    """Slot and reading of a cell that names its slots, each once; [] for any other."""
    marks = list(_SLOT_INSIDE.finditer(text))
    slots = [mark.lastgroup for mark in marks]
    if not marks or text[: marks[0].start()].strip() or len(set(slots)) < len(slots):
        return []
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return [
        (slot, _BETWEEN.sub(" ", text[mark.end() : end]).strip())
        for slot, mark, end in zip(slots, marks, ends, strict=True)
    ]

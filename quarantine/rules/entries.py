"""Which entries stand: a correction takes the place of an entry, a withdrawal gives the place back."""

from collections.abc import Iterable
from typing import NamedTuple


class Entry(NamedTuple):
    """A row of a case: its id, the row it follows (corrects), and whether it only takes back what stood."""

    key: int
    corrects: int | None
    withdrawn: bool


class Standing(NamedTuple):
    """What became of the rows of a case."""

    stands: frozenset[int]
    undone_by: dict[int, int]  # an entry that was taken back → the withdrawal that did it
    last: dict[int, int]  # a row → the last one of its chain, which the next correction or withdrawal follows


def standing_of(entries: Iterable[Entry]) -> Standing:
    """Who stands after all corrections and withdrawals of a case, given all its rows in any order.

    Rows that correct one another form a chain. A correction takes the place of what stood in it; a withdrawal takes
    back the one that stands, so that what stood before stands again: an undone correction never loses both.
    """
    rows = list(entries)
    following = {row.corrects: row for row in rows if row.corrects is not None}
    stands, undone_by, last = set(), {}, {}
    for first in (row for row in rows if row.corrects is None):
        chain, kept = [first], [first.key]
        while (row := following.get(chain[-1].key)) is not None:
            chain.append(row)
            if not row.withdrawn:
                kept.append(row.key)
            elif kept:
                undone_by[kept.pop()] = row.key
        stands.update(kept[-1:])
        last.update(dict.fromkeys((row.key for row in chain), chain[-1].key))
    return Standing(frozenset(stands), undone_by, last)

"""A list of places against the tree: what is new, has another name or another community, or cannot be, and why."""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from grid.rules.places import Kind, kind_below

_CODE = re.compile(r"[0-9]{1,20}")
NAME_LENGTH = 60


class PlaceRow(NamedTuple):
    """One place as a list says it. `above` is a code, or with `above_kind` the name of a place of that kind."""

    number: int  # as Excel counts
    code: str
    name: str
    above: str = ""
    above_kind: str = ""
    kind: str = ""  # empty where the list does not say
    fault: str = ""  # what reading it has found already


@dataclass(frozen=True)
class Known:
    """A place of the tree. `street` is the id of its street office, 0 above the streets."""

    id: int
    code: str
    name: str
    kind: str
    above: str  # code of its parent
    street: int
    path: str
    is_open: bool
    inside: bool  # whether whoever brings the list may change it


@dataclass(frozen=True)
class Judged:
    """What is to become of a row: "new", "renamed", "moved", "same" or "refused" (then `reason` says why)."""

    row: PlaceRow
    verdict: str
    reason: str = ""
    kind: str = ""
    above: str = ""  # code of the parent
    street: int | str = 0  # id of a known street, code of a new one


def judge(rows: Iterable[PlaceRow], known: Mapping[str, Known]) -> list[Judged]:
    """Every row once, a place before what stands below it; rows that say the same again are left out."""
    return _Judge(rows, known).all()


class _Judge:
    def __init__(self, rows: Iterable[PlaceRow], known: Mapping[str, Known]) -> None:
        self.known = known
        first: dict[PlaceRow, PlaceRow] = {}
        for row in rows:
            first.setdefault(row._replace(number=0), row)
        self.rows = list(first.values())
        self.times = Counter(row.code for row in self.rows)
        self.named: dict[tuple[str, str], set[str]] = defaultdict(set)
        for place in known.values():
            if place.is_open and place.inside:
                self.named[place.kind, place.name].add(place.code)
        for row in self.rows:
            if row.kind and row.code:
                self.named[row.kind, row.name].add(row.code)
        roofs = [one.code for one in known.values() if one.is_open and one.inside and one.kind == Kind.DISTRICT]
        self.roof = roofs[0] if len(roofs) == 1 else ""
        self.done: dict[str, Judged] = {}

    def all(self) -> list[Judged]:
        """Parents first; what is left waits in a circle."""
        judged: list[Judged] = []
        waiting: dict[str, list[PlaceRow]] = defaultdict(list)
        ready: deque[PlaceRow] = deque()
        for row in self.rows:
            above = self._above(row)
            (waiting[above] if above in self.times and above != "" else ready).append(row)
        while ready:
            row = ready.popleft()
            one = self._judge(row)
            judged.append(one)
            if self.done.setdefault(row.code, one) is one:
                ready.extend(waiting.pop(row.code, []))
        return judged + [Judged(row, "refused", "circle") for rows in waiting.values() for row in rows]

    def _above(self, row: PlaceRow) -> str:
        """The code of the place above as the list says it; empty where it does not or the name fits several.

        A list that begins with the street names no district: a new street stands below the only one that is hers.
        """
        if not row.above_kind:
            is_new_street = row.kind == Kind.STREET and row.code not in self.known
            return row.above or (self.roof if is_new_street else "")
        codes = self.named.get((row.above_kind, row.above), set())
        return next(iter(codes)) if len(codes) == 1 else ""

    def _judge(self, row: PlaceRow) -> Judged:
        known = self.known.get(row.code)
        reason = self._fault_of(row, known)
        if reason:
            return Judged(row, "refused", reason)
        above = self._above(row) or (known.above if known and not row.above else "")
        if known and above == known.above:
            kept = "same" if known.name == row.name else "renamed"
            return Judged(row, kept, kind=known.kind, above=above, street=known.street)
        if not above:
            return Judged(row, "refused", "above_ambiguous" if self._is_ambiguous(row) else "above_missing")
        return self._below(row, known, above)

    def _fault_of(self, row: PlaceRow, known: Known | None) -> str:
        if row.fault:
            return row.fault
        faults = {
            "code_missing": not row.code,
            "code_digits": not _CODE.fullmatch(row.code),
            "name_missing": not row.name,
            "name_long": len(row.name) > NAME_LENGTH,
            "code_twice": self.times[row.code] > 1,
            "elsewhere": known is not None and not known.inside,
            "closed": known is not None and not known.is_open,
            "kind": known is not None and row.kind not in ("", known.kind),
        }
        return next((fault for fault, found in faults.items() if found), "")

    def _is_ambiguous(self, row: PlaceRow) -> bool:
        return bool(row.above_kind) and len(self.named.get((row.above_kind, row.above), ())) > 1

    def _below(self, row: PlaceRow, known: Known | None, above: str) -> Judged:
        """A new place below another one, or a known one with another parent."""
        parent, listed = self.known.get(above), self.done.get(above)
        if listed is not None and listed.verdict == "refused":
            return Judged(row, "refused", "above_refused")
        if parent is None and listed is None:
            return Judged(row, "refused", "above_unknown")
        if parent is not None and not (parent.is_open and parent.inside):
            return Judged(row, "refused", "above_elsewhere" if not parent.inside else "above_closed")
        above_kind = parent.kind if parent else listed.kind if listed else ""
        street = parent.street if parent else listed.street if listed else 0
        kind = kind_below(Kind(above_kind))
        if kind is None or row.kind not in ("", kind) or (known and known.kind != kind):
            return Judged(row, "refused", "below_grid" if kind is None else "kind")
        if known is not None and (kind is not Kind.GRID or known.street != street):
            return Judged(row, "refused", "moved_far")
        own_street = row.code if kind is Kind.STREET else street
        return Judged(row, "moved" if known else "new", kind=kind.value, above=above, street=own_street)

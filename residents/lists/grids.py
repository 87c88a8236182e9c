"""Which grid a list means by a name or a code: one below its place, or nobody knows; never one that is only likely."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from grid.models import Place
from grid.rules.places import Kind
from residents.rules.text import arabic, compact

_GRID = re.compile(r"第?(.+?)号?网格")
_COMMUNITY = re.compile(r"(.+?)(?:社区|居委会|村委会|村)")
NOT_BELOW, SHARED = "grid_not_below", "grid_shared"


def key_of(word: str) -> str:
    """By this a grid's name is compared: "第一网格", "1网格" and "1" are one."""
    text = compact(word)
    found = _GRID.fullmatch(text)
    return arabic(found[1] if found else text)


def _community(word: str) -> str:
    text = compact(word)
    found = _COMMUNITY.fullmatch(text)
    return found[1] if found else text


class Communities:
    """The open communities of a place by what a list may call them; a community itself has none below it. One query."""

    def __init__(self, place: Place) -> None:
        rows = Place.objects.within([place.path]).open().filter(kind=Kind.COMMUNITY).exclude(pk=place.pk)
        self._named: dict[str, set[int]] = defaultdict(set)
        for key, name in rows.values_list("pk", "name"):
            self._named[_community(name)].add(key)

    def meant(self, word: str) -> int | None:
        """The one community that a word means."""
        found = self._named.get(_community(word), set()) if word else set()
        return next(iter(found)) if len(found) == 1 else None


class Grids:
    """The open grids below a place by what a list may call them. One query.

    `said`: key of a name that several grids share → the one that the user means.
    """

    def __init__(self, place: Place, said: Mapping[str, int] | None = None) -> None:
        self.said = dict(said or {})
        self.parent: dict[int, int | None] = {}
        self._meant: dict[tuple[str, str, int | None], tuple[int | None, str]] = {}
        self._exact: dict[str, set[int]] = defaultdict(set)
        self._named: dict[str, set[int]] = defaultdict(set)
        # Of the whole street: a community outside the place is known as such.
        self._communities: dict[str, set[int]] = defaultdict(set)
        places = Place.objects.open().filter(street=place.street_id, kind__in=[Kind.COMMUNITY, Kind.GRID])
        rows = list(places.values_list("pk", "kind", "name", "code", "path", "parent"))
        bare = {key: _community(name) for key, kind, name, _code, _path, _parent in rows if kind == Kind.COMMUNITY}
        for key, name in bare.items():
            self._communities[name].add(key)
        for key, kind, name, code, path, parent in rows:
            if kind == Kind.GRID and path.startswith(place.path):
                self.parent[key] = parent
                self._exact[code].add(key)
                self._named[key_of(name)].add(key)
                for community in (bare.get(parent or 0, ""), f"{bare.get(parent or 0, '')}社区"):
                    self._exact[compact(community + name)].add(key)

    def meant(self, word: str, community: str, building: int | None) -> tuple[int | None, str]:
        """(the grid that a row means, "") or (None, why it is not known). (None, "") where the row names none.

        `building`: the one grid that the register knows for the row's building: of several that share the name, it.
        """
        if not word.strip():
            return None, ""
        asked = (word, community, building)
        if asked not in self._meant:
            self._meant[asked] = self._find(*asked)
        return self._meant[asked]

    def _find(self, word: str, community: str, building: int | None) -> tuple[int | None, str]:
        found = self._exact.get(compact(word)) or self._named.get(key_of(word), set())
        if among := self._communities.get(_community(community)):
            found = {grid for grid in found if self.parent[grid] in among}
        if not found:
            return None, NOT_BELOW
        if len(found) == 1:
            return next(iter(found)), ""
        chosen = self.said.get(key_of(word), building)
        return (chosen, "") if chosen in found else (None, SHARED)

    def shared(self, words: Iterable[str]) -> dict[str, set[int]]:
        """Of these words those that several grids share: key → the grids."""
        keys = {key_of(word) for word in words if not self._exact.get(compact(word))}
        return {key: grids for key in sorted(keys) if len(grids := self._named.get(key, set())) > 1}

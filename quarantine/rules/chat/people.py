"""Who is meant in a line of a chat: by name, by door, by pet name, by relation. Nobody is guessed."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from quarantine.rules.chat import words
from quarantine.rules.chat.tokens import IDEOGRAPH
from quarantine.rules.chat.words import FEMALE, MALE
from residents.rules.addresses import Door
from residents.rules.names import key_of, simplified
from residents.rules.pinyin import pinyin_of
from residents.rules.text import arabic

Key = TypeVar("Key")
NOBODY: frozenset[int] = frozenset()
_IDEOGRAPH = re.compile(rf"[{IDEOGRAPH}]")
_DOT = re.compile(r"[·•・‧∙.．\s]+")
_DOT_OR_NOT = r"[·•・‧∙.\s]?"
_LONGEST_LIKE = 4  # characters of a word that may be a name written wrongly

# Codes of relations to the head (GB/T 4761) and the sex that they tell.
_HEAD, _SPOUSE, _CHILD, _CHILD_IN_LAW = ("01", "02"), ("10", "11", "12"), ("20", "30"), ("28", "38")
_PARENTS, _HIS_PARENTS, _HER_PARENTS = ("50", "51", "52"), ("53", "54"), ("55", "56")
_COUSIN = "97"
_MALE_CODES, _FEMALE_CODES = ("11", "20", "28", "51", "53", "55"), ("12", "30", "38", "52", "54", "56")
_BOTH = (_SPOUSE, words.SPOUSE), (_CHILD, words.CHILD), (_CHILD_IN_LAW, words.CHILD_IN_LAW)
# Who is seen → by whom → as what. What does not stand here is not known from two relations to the head.
_ROLES: Sequence[tuple[Sequence[str], Sequence[tuple[Sequence[str], str]]]] = (
    (
        _HEAD,
        (
            *_BOTH, (("40",), words.GRANDCHILD), (_PARENTS, words.PARENT), (_HIS_PARENTS + _HER_PARENTS, words.IN_LAW),
            (("60",), words.GRANDPARENT), (("70",), words.SIBLING), ((_COUSIN, "99"), words.OTHER),
        ),
    ),
    (
        _SPOUSE,
        (
            (_HEAD, words.SPOUSE), *_BOTH, (("40",), words.GRANDCHILD), (_PARENTS, words.IN_LAW),
            ((_COUSIN, "99"), words.OTHER),
        ),
    ),
    (
        _CHILD,
        (
            (_HEAD + _SPOUSE, words.PARENT), (_CHILD, words.SIBLING),
            (_PARENTS + _HIS_PARENTS + _HER_PARENTS, words.GRANDPARENT),
        ),
    ),
    (("40",), ((_HEAD + _SPOUSE, words.GRANDPARENT),)),
    (
        _PARENTS,
        (
            (_HEAD, words.CHILD), (_PARENTS, words.SPOUSE), (_SPOUSE, words.CHILD_IN_LAW), (_CHILD, words.GRANDCHILD),
        ),
    ),
    (
        _HIS_PARENTS,
        (
            (_HIS_PARENTS, words.SPOUSE), (_SPOUSE, words.CHILD), (_HEAD, words.CHILD_IN_LAW),
            (_CHILD, words.GRANDCHILD),
        ),
    ),
    (
        _HER_PARENTS,
        (
            (_HER_PARENTS, words.SPOUSE), (_SPOUSE, words.CHILD), (_HEAD, words.CHILD_IN_LAW),
            (_CHILD, words.GRANDCHILD),
        ),
    ),
    (("70",), ((_HEAD, words.SIBLING),)),
    (("60",), ((_HEAD, words.GRANDCHILD),)),
)  # fmt: skip


@dataclass(frozen=True)
class Isolated:
    """A person in isolation, as the reader knows her. What is not known is empty."""

    case: int
    name: str
    household: int
    compound: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""
    relation: str = ""  # to the head, GB/T 4761
    sex: str = ""  # "M", "F"

    @property
    def known_sex(self) -> str:
        """The sex as registered, or as the relation tells it."""
        told = MALE if self.relation in _MALE_CODES else FEMALE if self.relation in _FEMALE_CODES else ""
        return self.sex or told


class People:
    """The isolated people of a grid, to be found by what a chat calls them."""

    def __init__(self, people: Iterable[Isolated]) -> None:
        self.all = sorted(people, key=lambda person: person.case)
        self.by_case = {person.case: person for person in self.all}
        self._homes = _grouped((person.household, person.case) for person in self.all)
        self._rooms: dict[str, list[tuple[int, str, str, str]]] = defaultdict(list)
        for person in self.all:
            door = simplified(person.compound), _number(person.building), _number(person.unit)
            self._rooms[_number(person.room)].append((person.case, *door))
        self._behind: dict[Door, frozenset[int]] = {}
        self.compounds = sorted({simplified(person.compound) for person in self.all if person.compound})
        self._names = _grouped((key_of(person.name), person.case) for person in self.all if key_of(person.name))

    def has_room(self, number: str) -> bool:
        """Whether somebody lives in a room of that number."""
        return bool(_number(number)) and _number(number) in self._rooms

    # By name

    @cached_property
    def names(self) -> re.Pattern[str] | None:
        """Every whole name, longer ones first; a padded pair and a name with or without its dots are the same."""
        return _alternation({key_of(person.name): _spelled(person.name) for person in self.all if key_of(person.name)})

    @cached_property
    def _parts(self) -> dict[str, frozenset[int]]:
        pairs = []
        for person in self.all:
            pieces = [piece for piece in _DOT.split(simplified(person.name)) if len(piece) > 1]
            if len(pieces) > 1:
                pairs += [(key_of(piece), person.case) for piece in pieces]
            elif pieces and len(pieces[0]) > 2 and _IDEOGRAPH.match(pieces[0]):
                pairs.append((pieces[0][-2:], person.case))
        return _grouped(pairs)

    @cached_property
    def parts(self) -> re.Pattern[str] | None:
        """Parts of names by which people are called: 小雨 of 李小雨."""
        return _alternation({part: re.escape(part) for part in self._parts})

    @cached_property
    def _by_surname(self) -> dict[str, frozenset[int]]:
        firsts = ((simplified(person.name)[:1], person.case) for person in self.all)
        return _grouped((first, case) for first, case in firsts if _IDEOGRAPH.match(first))

    @cached_property
    def titles(self) -> re.Pattern[str] | None:
        """老王, 小李, 王阿姨."""
        surnames = "".join(map(re.escape, sorted(self._by_surname)))
        titles = "|".join(sorted(words.TITLES, key=lambda word: (-len(word), word)))
        pattern = rf"[老小阿大](?P<one>[{surnames}])|(?P<two>[{surnames}])(?P<title>{titles})"
        return re.compile(pattern) if surnames else None

    def named(self, text: str) -> frozenset[int]:
        """Whose whole name a match of `names` is."""
        return self._names.get(key_of(text), NOBODY)

    def beginning(self, text: str) -> frozenset[int]:
        """Everybody whose name the text begins with, or whose name begins with the text."""
        key = key_of(text)
        return NOBODY.union(
            *(cases for name, cases in self._names.items() if name.startswith(key) or key.startswith(name))
        )

    def called(self, part: str) -> frozenset[int]:
        """Whose name a match of `parts` is a part of."""
        return self._parts.get(key_of(part), NOBODY)

    def titled(self, surname: str, title: str) -> frozenset[int]:
        """Who can be called 王阿姨 or 老王: the surname, and no other sex than the title tells."""
        sex = words.TITLES.get(title, "")
        found = self._by_surname.get(surname, NOBODY)
        return frozenset(case for case in found if not sex or self.by_case[case].known_sex in ("", sex))

    def like(self, text: str) -> frozenset[int]:
        """Whose name is one character away from the text or sounds the same: for the worker to look at."""
        key = key_of(text)
        if not 2 <= len(key) <= _LONGEST_LIKE or not _IDEOGRAPH.match(key):
            return NOBODY
        return NOBODY.union(*(cases for name, cases in self._names.items() if _alike(name, key)))

    # By door

    def behind(self, door: Door) -> frozenset[int]:
        """Who lives behind a door as it was written; parts that were not written match everything.

        Two numbers are building and room, or entrance and room: both count.
        """
        if door not in self._behind:
            self._behind[door] = frozenset(self._living_behind(door))
        return self._behind[door]

    def _living_behind(self, door: Door) -> Iterable[int]:
        compound, building, unit = simplified(door.compound), _number(door.building), _number(door.unit)
        rooms = [self._rooms.get(_number(door.room), [])] if door.room else self._rooms.values()
        for case, of_compound, of_building, of_unit in (row for rows in rooms for row in rows):
            if compound and of_compound and compound not in of_compound and of_compound not in compound:
                continue
            if (_fits(building, of_building) and _fits(unit, of_unit)) or (not unit and _fits(building, of_unit)):
                yield case

    # By home and relation

    def home_of(self, cases: Iterable[int]) -> frozenset[int]:
        """Everybody of the households of these people."""
        return NOBODY.union(*(self._homes[self.by_case[case].household] for case in cases))

    def is_one_home(self, cases: Iterable[int]) -> bool:
        """Whether all of them are of one household."""
        return len({self.by_case[case].household for case in cases}) == 1

    def relatives(self, of: Iterable[int], kin: str) -> tuple[frozenset[int], frozenset[int]]:
        """(who surely is that relative of one of these people, who may be): each in her own household."""
        kind, sex = words.KIN_OF[kin]
        sure, maybe = set(), set()
        for owner in of:
            for case in self.home_of([owner]) - {owner}:
                other = self.by_case[case]
                relation = _relation(self.by_case[owner], other)
                # A cousin is called brother too.
                may_be = relation in (kind, "") or (kind == words.SIBLING and other.relation == _COUSIN)
                if not may_be or (sex and other.known_sex not in ("", sex)):
                    continue
                maybe.add(case)
                if relation == kind and (other.known_sex or not sex):
                    sure.add(case)
        return frozenset(sure), frozenset(maybe)


def _relation(one: Isolated, other: Isolated) -> str:
    """What the other is of the one, by their relations to the head; "" where these do not tell."""
    if one.relation in _SPOUSE and other.relation in _HIS_PARENTS + _HER_PARENTS:
        own = {MALE: _HIS_PARENTS, FEMALE: _HER_PARENTS}.get(one.known_sex, ())
        return words.PARENT if other.relation in own else ""
    roles = next((roles for codes, roles in _ROLES if one.relation in codes), ())
    return next((kind for codes, kind in roles if other.relation in codes), "")


def _number(text: str) -> str:
    return arabic(text).upper().lstrip("0")


def _grouped(pairs: Iterable[tuple[Key, int]]) -> dict[Key, frozenset[int]]:
    groups: dict[Key, set[int]] = defaultdict(set)
    for key, case in pairs:
        groups[key].add(case)
    return {key: frozenset(cases) for key, cases in groups.items()}


def _alternation(patterns: Mapping[str, str]) -> re.Pattern[str] | None:
    """The patterns of these words, longer words first."""
    found = [patterns[word] for word in sorted(patterns, key=lambda word: (-len(word), word))]
    return re.compile("|".join(found), re.IGNORECASE) if found else None


def _spelled(name: str) -> str:
    """The pattern of a name: 李 明 is padded, dots and spaces may be missing."""
    key = key_of(name)
    if len(key) == 2 and _IDEOGRAPH.match(key):
        return rf"{re.escape(key[0])}[ ]{{0,3}}{re.escape(key[1])}"
    return _DOT_OR_NOT.join(re.escape(key_of(piece)) for piece in _DOT.split(name) if key_of(piece))


def _fits(written: str, registered: str) -> bool:
    return not written or not registered or written == registered


def _alike(name: str, key: str) -> bool:
    if name in key or key in name or pinyin_of(name)[0] == pinyin_of(key)[0]:
        return True
    is_as_long = len(name) == len(key) and name[0] == key[0]
    return is_as_long and sum(one != other for one, other in zip(name, key, strict=True)) == 1

"""Kinds of list: each is declared once by the columns it may hold.

Of the Resource only the names of its fields are read so far: cells are cleaned by `values`, rows are written by
`commit`, by COPY and set-based SQL. Its own row-by-row writing is never used.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from import_export import fields, resources

from grid import registries
from residents.lists.fields import DOOR, Field

# Why somebody isolates, as the app that keeps the cases names it: filled by that app. Empty: cases are not offered.
ISOLATION_REASONS: list[tuple[str, Any]] = []
# Whether nobody isolates from such a day (first day, today), as that app says: too long ago, too far ahead.
FIRST_DAY_FAULTS: list[Callable[[date, date], bool]] = []


def is_out_of_reach(first_day: date, today: date) -> bool:
    """Whether no case is opened for such a first day: year or month must be wrong."""
    return any(fault(first_day, today) for fault in FIRST_DAY_FAULTS)


class ResidentResource(resources.Resource):  # type: ignore[misc]  # the library is untyped
    """The columns of people and their doors, by the names of `Field`."""

    name = fields.Field()
    id_number = fields.Field()
    sex = fields.Field()
    birth_date = fields.Field()
    phones = fields.Field()
    compound = fields.Field()
    building = fields.Field()
    unit = fields.Field()
    room = fields.Field()
    relation = fields.Field()
    note = fields.Field()


@dataclass(frozen=True)
class ListKind:
    """A kind of list that can be taken in: its declaration, and further columns that are read but stored elsewhere."""

    key: str
    label: Promise
    resource: type[resources.ModelResource]
    also_read: tuple[Field, ...] = ()
    signs: Callable[[frozenset[Field], str], int] = lambda fields, title: 0
    """How surely a list with these fields and this title is of the kind; 0: no sign of it."""
    taken_in: bool = True
    """Whether the register can take it in; otherwise it is read and shown only."""
    makes_names: bool = False
    """Whether its people are to be found first: they become names to verify, and nobody of the register."""
    blank: tuple[Field, ...] = ()
    """The columns of a blank list to be filled in."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """What a column of such a list may mean, in the order in which the choice offers it."""
        return (*(Field(name) for name in self.resource.fields), *self.also_read)


FURTHER = (
    Field.ADDRESS, Field.ID_TYPE, Field.HOUSEHOLD, Field.RESIDENCY, Field.ISOLATION_START, Field.ISOLATION_END,
    Field.GRID, Field.COMMUNITY, Field.REGISTERED_ADDRESS,
)  # fmt: skip
_TO_FIND = re.compile(r"返[乡汉鄂回]|来[汉鄂]|密接|次密|接触者|协查|推送|排查|核查|流调")

WHO = (Field.NAME, Field.ID_NUMBER, Field.SEX, Field.PHONES)

RESIDENTS = ListKind(
    "residents",
    _("People and doors"),
    ResidentResource,
    FURTHER,
    lambda fields, title: 1,
    blank=(*WHO, *DOOR, Field.RELATION, Field.RESIDENCY, Field.NOTE),
)


def _is_to_find(found: frozenset[Field], title: str) -> int:
    came_back = Field.ISOLATION_START in found and Field.ISOLATION_END not in found
    return 2 * max(bool(_TO_FIND.search(title)), came_back)


TO_FIND = ListKind(
    "to_find",
    _("People to find"),
    ResidentResource,
    FURTHER,
    _is_to_find,
    makes_names=True,
    blank=(*WHO, Field.ADDRESS, Field.ISOLATION_START, Field.NOTE),
)  # fmt: skip


def register(kind: ListKind) -> None:
    """Makes a kind of list known."""
    registries.LIST_KINDS[kind.key] = kind


def recognised(fields: frozenset[Field], title: str) -> str:
    """The key of the kind that a list seems to be; of two the one registered first."""
    kinds: list[ListKind] = list(registries.LIST_KINDS.values())
    return max(kinds, key=lambda kind: kind.signs(fields, title)).key


def fields_of_all() -> tuple[Field, ...]:
    """What a column of any list may mean."""
    return tuple(dict.fromkeys(field for kind in registries.LIST_KINDS.values() for field in kind.fields))

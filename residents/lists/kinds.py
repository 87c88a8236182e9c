"""Kinds of list: each is declared once by the columns it may hold.

Of the Resource only the names of its fields are read so far: cells are cleaned by `values`, rows are written by
`commit`, by COPY and set-based SQL. Its own row-by-row writing is never used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from import_export import fields, resources

from grid import registries
from residents.lists.fields import Field

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

    @property
    def fields(self) -> tuple[Field, ...]:
        """What a column of such a list may mean, in the order in which the choice offers it."""
        return (*(Field(name) for name in self.resource.fields), *self.also_read)


RESIDENTS = ListKind(
    "residents",
    _("People and doors"),
    ResidentResource,
    (
        Field.ADDRESS, Field.ID_TYPE, Field.HOUSEHOLD, Field.RESIDENCY, Field.ISOLATION_START, Field.ISOLATION_END,
        Field.GRID, Field.COMMUNITY, Field.REGISTERED_ADDRESS,
    ),
)  # fmt: skip


def register(kind: ListKind) -> None:
    """Makes a kind of list known."""
    registries.LIST_KINDS[kind.key] = kind

"""Kinds of list: each is declared once, and exports, templates and the way in follow from the declaration.

The Resource names fields, columns and the widgets that clean their values. Its row-by-row writing is never used: lists
are written by `commit`, by COPY and set-based SQL.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from import_export import fields, resources, widgets

from grid import registries
from residents.lists import values
from residents.lists.fields import SYNONYMS, Field
from residents.models import Resident

# Why somebody isolates, as the app that keeps the cases names it: filled by that app. Empty: cases are not offered.
ISOLATION_REASONS: list[tuple[str, Any]] = []
# Whether nobody isolates from such a day (first day, today), as that app says: too long ago, too far ahead.
FIRST_DAY_FAULTS: list[Callable[[date, date], bool]] = []


def is_out_of_reach(first_day: date, today: date) -> bool:
    """Whether no case is opened for such a first day: year or month must be wrong."""
    return any(fault(first_day, today) for fault in FIRST_DAY_FAULTS)


class Read(widgets.Widget):  # type: ignore[misc]  # the library is untyped
    """Cleans a cell by the reader of its value; writes it as text, never as a formula."""

    def __init__(self, reader: Callable[[Any], Any], write: Callable[[Any], str] = str) -> None:
        super().__init__()
        self.reader, self.write = reader, write

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        """The clean value; raises `values.BadValue`, whose code `faults` puts into words."""
        return self.reader(value)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """The value as the list shows it."""
        return "" if value in (None, "") else self.write(value)


def _column(
    field: Field, attribute: str, reader: Callable[[Any], Any], write: Callable[[Any], str] = str
) -> fields.Field:
    return fields.Field(attribute, column_name=SYNONYMS[field].split()[0], widget=Read(reader, write))


class ResidentResource(resources.ModelResource):  # type: ignore[misc]
    """People and their doors. ID numbers come in by it and never go out by it."""

    name = _column(Field.NAME, "name", values.read_name)
    id_number = _column(Field.ID_NUMBER, "id_number", lambda cell: values.read_id(cell, None))
    sex = _column(Field.SEX, "sex", lambda cell: values.read_sex(cell, {}, None), {"M": "男", "F": "女"}.__getitem__)
    birth_date = _column(Field.BIRTH_DATE, "birth_date", lambda cell: values.read_birth_date(cell, None))
    phones = _column(Field.PHONES, "phones", values.read_phones, "；".join)
    compound = _column(Field.COMPOUND, "household__compound", values.read_plain)
    building = _column(Field.BUILDING, "household__building", values.read_plain)
    unit = _column(Field.UNIT, "household__unit", values.read_plain)
    room = _column(Field.ROOM, "household__room", values.read_plain)
    relation = _column(Field.RELATION, "relation", lambda cell: values.read_relation(cell, None))
    note = _column(Field.NOTE, "note", values.read_plain)

    class Meta:
        model = Resident
        fields = (
            "name",
            "id_number",
            "sex",
            "birth_date",
            "phones",
            "compound",
            "building",
            "unit",
            "room",
            "relation",
            "note",
        )

    def get_queryset(self) -> QuerySet[Resident]:
        """Refused: whoever exports hands over the rows in her own scope."""
        raise RuntimeError("export(queryset=…) needs the rows in the reader's scope")

    def dehydrate_id_number(self, _resident: Resident) -> str:
        """Nothing: a number leaves the register by an audited reveal only."""
        return ""


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

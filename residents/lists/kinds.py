"""Kinds of list: each is declared once by its columns, as a django-import-export Resource.

From the declaration come the columns that a list may hold, the headings of blank lists, and the lists that the register
writes out (`written_workbook`). Rows that come in are read with their surroundings by `rows` and written by `commit`,
by COPY and set-based SQL: the library's own row-by-row writing is never used.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from import_export import fields, resources

from grid import registries
from residents.identity import unsealed
from residents.lists import widgets
from residents.lists.fields import DOOR, Field
from residents.lists.readings import Keeper
from residents.models import Resident

# Why somebody isolates, as the app that keeps the cases names it: filled by that app. Empty: cases are not offered.
ISOLATION_REASONS: list[tuple[str, Any]] = []
# Whether nobody isolates from such a day (first day, today), as that app says: too long ago, too far ahead.
FIRST_DAY_FAULTS: list[Callable[[date, date], bool]] = []


def is_out_of_reach(first_day: date, today: date) -> bool:
    """Whether no case is opened for such a first day: year or month must be wrong."""
    return any(fault(first_day, today) for fault in FIRST_DAY_FAULTS)


class ResidentResource(resources.Resource):  # type: ignore[misc]  # the library is untyped
    """People and their doors, by the names of `Field`; written out from a Resident with household and grid."""

    name = fields.Field("name", "姓名", widgets.name())
    id_type = fields.Field("id_type", "证件类型", widgets.Word(widgets.ID_TYPE_WORDS))
    id_number = fields.Field(None, "身份证号码", widgets.id_number())
    sex = fields.Field("sex", "性别", widgets.sex())
    birth_date = fields.Field("birth_date", "出生日期", widgets.birth_date())
    phones = fields.Field("phones", "手机号码", widgets.Phones())
    community = fields.Field("grid__parent__name", "所属社区", widgets.Text())
    grid = fields.Field("grid__name", "所属网格", widgets.Text())
    compound = fields.Field("household__compound", "小区", widgets.DoorPart(Field.COMPOUND))
    building = fields.Field("household__building", "楼栋", widgets.DoorPart(Field.BUILDING))
    unit = fields.Field("household__unit", "单元", widgets.DoorPart(Field.UNIT))
    room = fields.Field("household__room", "房号", widgets.DoorPart(Field.ROOM))
    relation = fields.Field("relation", "与户主关系", widgets.Relation())
    residency = fields.Field("residency", "人员类型", widgets.Word(widgets.RESIDENCY_WORDS))
    note = fields.Field("note", "备注", widgets.Text())

    def dehydrate_id_number(self, person: Resident) -> str:
        """The whole number in clear: only ever written by a recorded deed."""
        number = unsealed(person.id_type, person.id_sealed)
        return number.number if number else ""


class ToFindResource(ResidentResource):
    """People whom a list wants found, and since when they are back."""

    address = fields.Field(None, "现住地址", widgets.Text())
    isolation_start = fields.Field(None, "返乡时间", widgets.Day())


@dataclass(frozen=True)
class ListKind:
    """A kind of list that can be taken in: its declaration, and further columns that are read but stored elsewhere."""

    key: str
    label: Promise
    resource: type[resources.Resource]
    also_read: tuple[Field, ...] = ()
    signs: Callable[[frozenset[Field], str], int] = lambda fields, title: 0
    """How surely a list with these fields and this title is of the kind; 0: no sign of it."""
    taken_in: bool = True
    """Whether the register can take it in; otherwise it is read and shown only."""
    makes_names: bool = False
    """Whether its people are to be found first: they become names to verify, and nobody of the register."""
    readings: Keeper | None = None
    """Who keeps what such a list says of people who are known; nobody is made of it."""
    blank: tuple[Field, ...] = ()
    """The columns of a blank list to be filled in."""
    verdicts: Mapping[str, Promise] = field(default_factory=dict)
    """What verdicts are called where they mean something of their own."""

    @property
    def makes_people(self) -> bool:
        """Whether new rows become people of the register."""
        return self.taken_in and not self.makes_names and self.readings is None

    @property
    def fields(self) -> tuple[Field, ...]:
        """What a column of such a list may mean, in the order in which the choice offers it."""
        return tuple(dict.fromkeys([*(Field(name) for name in self.resource.fields), *self.also_read]))

    def heading(self, field: Field) -> str:
        """How a list of this kind heads the column of a field."""
        return str(self.resource.fields[field.value].column_name)


# What any list may say besides; it is read, and stored elsewhere or not at all.
FURTHER = (
    Field.ADDRESS, Field.HOUSEHOLD, Field.ISOLATION_START, Field.ISOLATION_END, Field.REGISTERED_ADDRESS,
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
    ToFindResource,
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

"""Kinds of list about isolation: our own ledgers, daily temperatures, supply requests."""

from django.utils.translation import gettext_lazy as _
from import_export import fields

from residents.lists.fields import DOOR, Field
from residents.lists.kinds import FURTHER, WHO, ListKind, ResidentResource


class TemperatureResource(ResidentResource):
    """People down; days, mornings and evenings across."""

    check_in = fields.Field()


class SupplyResource(ResidentResource):
    """Who asks for what, in free text."""

    needs = fields.Field()
    urgent = fields.Field()


def _is_ledger(found: frozenset[Field], title: str) -> int:
    return 3 * (Field.ISOLATION_END in found) + (Field.ISOLATION_START in found and "隔离" in title)


LEDGER = ListKind(
    "ledger",
    _("Isolation ledger"),
    ResidentResource,
    FURTHER,
    _is_ledger,
    blank=(*WHO, *DOOR, Field.ISOLATION_START, Field.ISOLATION_END, Field.NOTE),
)
TEMPERATURES = ListKind(
    "temperatures",
    _("Daily temperatures"),
    TemperatureResource,
    (*FURTHER, Field.DAY, Field.SLOT),
    lambda found, title: 5 * (Field.CHECK_IN in found),
    taken_in=False,
    blank=(Field.NAME, Field.PHONES, *DOOR, Field.CHECK_IN),
)
SUPPLIES = ListKind(
    "supplies",
    _("Supply requests"),
    SupplyResource,
    FURTHER,
    lambda found, title: 5 * (Field.NEEDS in found),
    taken_in=False,
    blank=(Field.NAME, Field.PHONES, *DOOR, Field.NEEDS, Field.URGENT, Field.NOTE),
)

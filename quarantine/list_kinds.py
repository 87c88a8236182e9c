"""Kinds of list about isolation: our own ledgers, daily temperatures, supply requests."""

from django.utils.translation import gettext_lazy as _
from import_export import fields

from quarantine.actions import list_readings
from residents.lists import widgets
from residents.lists.days import read_temperature
from residents.lists.fields import DOOR, Field
from residents.lists.kinds import FURTHER, WHO, ListKind, ResidentResource
from residents.lists.readings import Keeper


class LedgerResource(ResidentResource):
    """People in isolation, from when to when."""

    isolation_start = fields.Field(None, "开始隔离时间", widgets.Day())
    isolation_end = fields.Field(None, "结束隔离时间", widgets.Day())


class TemperatureResource(ResidentResource):
    """People down; days, mornings and evenings across."""

    check_in = fields.Field(None, "体温", widgets.Text(read_temperature))  # a column for each slot of each day


class SupplyResource(ResidentResource):
    """Who asks for what, in free text."""

    needs = fields.Field(None, "所需物资", widgets.Text())
    urgent = fields.Field(None, "是否紧急", widgets.yes_or_no())


def _is_ledger(found: frozenset[Field], title: str) -> int:
    return 3 * (Field.ISOLATION_END in found) + (Field.ISOLATION_START in found and "隔离" in title)


LEDGER = ListKind(
    "ledger",
    _("Isolation ledger"),
    LedgerResource,
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
    readings=Keeper(list_readings.judge, list_readings.take_in, list_readings.take_back),
    verdicts={"changed": _("New readings"), "same": _("Nothing new")},
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

"""The figures of the register: how many doors, how many people who live there now."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grid.models import Staff
from grid.registries import Figure, FigureSource
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from residents.models import Household, Resident


def _doors(staff: Staff) -> Any:
    return Household.objects.visible_to(staff, Permission.SEE_FIGURES).select_related("grid").in_walking_order()


def _people(staff: Staff) -> Any:
    people = Resident.objects.visible_to(staff, Permission.SEE_FIGURES).current()
    return people.select_related("household", "grid").order_by("household__walk_key", "pk")


def _today(at: datetime) -> Any:
    return {"today": local_day(at)}


def _all(_facts: Any) -> Q:
    return Q()


DOORS = FigureSource("households", _doors, "residents/_figure_households.html", _today)
PEOPLE = FigureSource("residents", _people, "residents/_figure_residents.html", _today)
FIGURES = [
    Figure("households", _("Households here"), DOORS, _all, rank=200),
    Figure("residents", _("People here"), PEOPLE, _all, rank=210),
]

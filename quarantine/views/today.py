"""今天: the round of one grid, or the table of grids for those who have several."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from grid.access import StaffRequest, needs
from grid.models import Place
from grid.parts import wants_part
from grid.rules.permissions import Permission
from grid.views.versions import id_in
from quarantine.queries import round as rounds
from quarantine.queries.alert_inbox import untaken_on_round
from quarantine.queries.cases import SlotFacts, who_decides
from quarantine.queries.headline import Share, headline
from quarantine.queries.round import GridLeft, Round
from quarantine.views.habits import Habits
from quarantine.views.words import CONTACTS, TRIES, outcome_choices, reading_of, undo_of_delivery, way_choices
from residents.queries.names import left_for

GRIDS_A_PAGE = 200
MOST_NAMED = 4


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; every part may be missing. `after` is the door where something was just done."""

    grid: int | None = None
    door: int | None = None
    case: int | None = None
    after: int | None = None
    done: int | None = None  # the check-in that was just stored: its undo is offered
    brought: int | None = None  # the request that was just marked as delivered: likewise

    @classmethod
    def read(cls, request: HttpRequest) -> "Wanted":
        """From the query string; what is not a number is not there."""
        return cls(**{name: id_in(request.GET.get(name, "")) for name in cls.__dataclass_fields__})

    @property
    def address(self) -> str:
        """The address that asks for this."""
        asked = {name: value for name, value in vars(self).items() if value is not None}
        here = "#here" if self.door or self.after else ""  # what comes next is in view at once
        return reverse("today") + (f"?{urlencode(asked)}" if asked else "") + here


@needs(Permission.SEE_ROUND)
@require_safe
def today(request: StaffRequest) -> HttpResponse:
    """What is left now: by door in one grid, by grid where the post covers several."""
    return answer(request, Wanted.read(request), timezone.now())


def answer(request: StaffRequest, wanted: Wanted, at: datetime, *, fault: str = "", status: int = 200) -> HttpResponse:
    """The page or its part; 404 for a grid or door out of sight."""
    facts, habits = SlotFacts.read(at), Habits.of(request)
    grids = rounds.grids_of_round(request.user)
    grid = _chosen(request, grids, wanted)
    if grid is None:
        context = _table(request, grids, facts, at)
    else:
        found = rounds.round_of(request.user, grid, facts, at, habits.order)
        context = _round(request, found, wanted, at) | _ways(request, grid, grids)
        context |= {"fault": fault, "habits": habits, "ways": way_choices(), "carried": {"channel": habits.way}}
    context["names"] = left_for(request.user, at)
    if grid is None or len(grids) == 1:  # her first page
        context["ahead"] = rounds.ahead(request.user, at)
    part = wants_part(request)
    template = "quarantine/_round.html" if part else "quarantine/today.html"
    response = render(request, template, context | {"part": part}, status=status)
    habits.keep(request, response)
    if part:
        response["HX-Replace-Url"] = wanted.address
        response["HX-Reswap"] = "outerHTML show:#here:top"
    return response


def _chosen(request: StaffRequest, grids: list[Place], wanted: Wanted) -> Place | None:
    grid_id = wanted.grid
    if grid_id is None and len(grids) == 1:
        return grids[0]
    if grid_id is None and wanted.door is not None:
        grid_id = rounds.grid_of_door(request.user, wanted.door)
    elif grid_id is None:
        return None
    grid = next((grid for grid in grids if grid.pk == grid_id), None)
    if grid is None:
        raise Http404
    return grid


def _round(request: StaffRequest, found: Round, wanted: Wanted, at: datetime) -> dict[str, Any]:
    stop = found.stop_of(wanted.door) if wanted.door else found.stop_after(wanted.after)
    left = stop.left if stop else []
    chosen = [person for person in stop.people if person.case.pk == wanted.case] if stop else []
    person = next(iter([*chosen, *left]), None)
    is_vain = person is not None and person.tried_in_vain
    # Once nobody is left, those whom nobody asked about symptoms come up by themselves.
    behind = found.stop_of(wanted.after) or stop or next((one for one in found.stops if one.unasked), None)
    return {
        "round": found,
        "grid": found.grid,
        "heading": headline(found.isolation, found.visits, at),
        "late_since": found.slot.until if at > found.slot.until else None,
        "stop": stop,
        "person": person,
        "deciders": who_decides(found.grid, at) if is_vain else [],
        "behind": behind if behind and not behind.left else None,
        "next_stop": found.next_stop(stop) if stop else None,
        "moved": wanted.after is not None or wanted.case is not None,
        "buildings": found.buildings_left(without=stop),
        "tries": outcome_choices(TRIES),
        "contacts": outcome_choices(CONTACTS),
        "uuid": uuid4(),
        "ask_uuid": uuid4(),
        "undo": _undo(request, found, wanted, at),
    }


def _ways(request: StaffRequest, grid: Place, grids: list[Place]) -> dict[str, Any]:
    """The ways from this round to others: to the table, or straight there where they are few."""
    others = [other for other in grids if other != grid] if len(grids) <= MOST_NAMED else []
    may_hand_over = request.user.may(Permission.RECORD_CHECK_IN, grid)
    return {"several": len(grids) > 1, "others": others, "may_hand_over": may_hand_over}


def _table(request: StaffRequest, grids: list[Place], facts: SlotFacts, at: datetime) -> dict[str, Any]:
    counted = rounds.table_of_grids(request.user, grids, facts, at)
    page = Paginator(counted, GRIDS_A_PAGE).get_page(request.GET.get("page"))
    visits = sum(row.visits for row in counted)
    above = {grid.parent_id for grid in grids}
    rows = [
        {
            "label": _label(row, several=len(above) > 1),
            "url": Wanted(grid=row.grid.pk).address,
            "cells": [{"value": row.doors}, {"value": row.people}, *([{"value": row.visits}] if visits else [])],
        }
        for row in page
    ]
    doors, people = sum(row.doors for row in counted), sum(row.people for row in counted)
    columns = [{"label": label} for label in (_("Doors left"), _("People left"), *([_("Visits")] if visits else []))]
    share = Share(rounds.slot_of_page(facts, at), doors, people)
    caption = _("As of %(time)s") % {"time": timezone.localtime(at).strftime("%H:%M")}
    return {
        "untaken": untaken_on_round(request.user),
        "heading": headline(share, None, at),
        "abnormal": rounds.abnormal_people(request.user, facts, at),
        "table": {"name": "grids", "caption": caption, "first": _("Grid"), "columns": columns, "rows": rows},
        "page": page,
        "grids": grids,
    }


def _label(row: GridLeft, *, several: bool) -> str:
    """The grid, with its community where she has several, and whether nobody works it."""
    community = [row.grid.parent.name] if several and row.grid.parent else []
    return " · ".join([*community, row.grid.name, *([] if row.is_walked else [_("no worker")])])


def _undo(request: StaffRequest, found: Round, wanted: Wanted, at: datetime) -> dict[str, Any] | None:
    """What was just done can be taken back: an entry while it is the newest of its case, a delivery for a minute."""
    if wanted.brought:
        delivery = undo_of_delivery(request.user, at)
        return delivery | {"fields": {"back": "round"}} if delivery else None
    people = [person for stop in found.stops for person in stop.people]
    noted = next((one.case for one in people if wanted.done and one.case.last_check_in_id == wanted.done), None)
    if noted is None or noted.last_check_in is None:
        return None
    sentence = _("%(name)s: %(reading)s, noted.") % {
        "name": noted.resident.name,
        "reading": reading_of(noted.last_check_in),
    }
    return {"url": reverse("check_in_withdraw", args=[noted.last_check_in_id]), "sentence": sentence}

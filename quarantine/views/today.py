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
from quarantine.queries.cases import SlotFacts, standing_check_in
from quarantine.views.words import outcome_choices, reading_of
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
    facts = SlotFacts.read(at)
    grids = rounds.grids_of_round(request.user)
    grid = _chosen(request, grids, wanted)
    if grid is None:
        context = _table(request, grids, facts, at)
    else:
        context = _round(request, grid, wanted, facts, at) | _ways(request, grid, grids) | {"fault": fault}
    context["names"] = left_for(request.user, at)
    part = wants_part(request)
    template = "quarantine/_round.html" if part else "quarantine/today.html"
    response = render(request, template, context | {"part": part}, status=status)
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


def _round(request: StaffRequest, grid: Place, wanted: Wanted, facts: SlotFacts, at: datetime) -> dict[str, Any]:
    found = rounds.round_of(request.user, grid, facts, at)
    stop = found.stop_of(wanted.door) if wanted.door else found.stop_after(wanted.after)
    left = stop.left if stop else []
    chosen = [person for person in stop.people if person.case.pk == wanted.case] if stop else []
    # Once nobody is left, those whom nobody asked about symptoms come up by themselves.
    behind = found.stop_of(wanted.after) or stop or next((one for one in found.stops_done if one.unasked), None)
    return {
        "round": found,
        "grid": grid,
        "heading": rounds.headline(found.slot, len(found.stops_left), found.people_left, at),
        "late_since": found.slot.until if at > found.slot.until else None,
        "stop": stop,
        "person": next(iter([*chosen, *left]), None),
        "ask": behind if behind and behind.unasked and not behind.left else None,
        "moved": wanted.after is not None or wanted.case is not None,
        "buildings": found.buildings_left(without=stop),
        "outcomes": outcome_choices()[:-1],  # the pad itself offers the thermometer that is missing
        "uuid": uuid4(),
        "ask_uuid": uuid4(),
        "undo": _undo(request, wanted.done),
    }


def _ways(request: StaffRequest, grid: Place, grids: list[Place]) -> dict[str, Any]:
    """The ways from this round to others: to the table, or straight there where they are few."""
    others = [other for other in grids if other != grid] if len(grids) <= MOST_NAMED else []
    may_hand_over = request.user.may(Permission.RECORD_CHECK_IN, grid)
    return {"several": len(grids) > 1, "others": others, "may_hand_over": may_hand_over}


def _table(request: StaffRequest, grids: list[Place], facts: SlotFacts, at: datetime) -> dict[str, Any]:
    counted = rounds.table_of_grids(request.user, grids, facts)
    page = Paginator(counted, GRIDS_A_PAGE).get_page(request.GET.get("page"))
    above = {grid.parent_id for grid in grids}
    rows = [
        {
            "label": " · ".join(
                place.name for place in (row.grid.parent, row.grid) if place and (len(above) > 1 or place is row.grid)
            ),
            "url": Wanted(grid=row.grid.pk).address,
            "cells": [{"value": row.doors}, {"value": row.people}],
        }
        for row in page
    ]
    doors, people = sum(row.doors for row in counted), sum(row.people for row in counted)
    columns = [{"label": _("Doors left")}, {"label": _("People left")}]
    caption = _("As of %(time)s") % {"time": timezone.localtime(at).strftime("%H:%M")}
    return {
        "heading": rounds.headline(rounds.slot_of_page(facts, at), doors, people, at),
        "abnormal": rounds.abnormal_people(request.user, facts),
        "table": {"name": "grids", "caption": caption, "first": _("Grid"), "columns": columns, "rows": rows},
        "page": page,
        "grids": grids,
    }


def _undo(request: StaffRequest, check_in_id: int | None) -> dict[str, Any] | None:
    if check_in_id is None:
        return None
    check_in = standing_check_in(request.user, check_in_id)
    if check_in is None:
        return None
    sentence = _("%(name)s: %(reading)s, noted.") % {
        "name": check_in.case.resident.name,
        "reading": reading_of(check_in),
    }
    return {"url": reverse("check_in_withdraw", args=[check_in.pk]), "sentence": sentence}

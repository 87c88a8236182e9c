"""报数: the table of places and figures, and the list behind each figure."""

from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from grid import registries
from grid.access import StaffRequest, needs
from grid.models import Place
from grid.queries import figures as queries
from grid.rules.permissions import Permission

PAGE_SIZE = 50


@needs(Permission.SEE_FIGURES)
@require_safe
def figures(request: StaffRequest) -> HttpResponse:
    """The top of one's places; side by side where somebody has several."""
    tops = queries.top_places(request.user)
    if len(tops) == 1:
        return _table_of_place(request, tops[0].pk)
    at = timezone.now()
    table = queries.figure_table(request.user, tops, None, at)
    return _page(request, _("Figures"), [], table, at)


@needs(Permission.SEE_FIGURES)
@require_safe
def figures_place(request: StaffRequest, place_id: int) -> HttpResponse:
    """One place: what stands below it, and itself as the last row."""
    return _table_of_place(request, place_id)


@needs(Permission.SEE_FIGURES)
@require_safe
def figure_list(request: StaffRequest, place_id: int, key: str) -> HttpResponse:
    """Exactly the rows that a figure counts; names are masked for those who may only count."""
    family = queries.family_of(request.user, place_id)
    figure = registries.FIGURES.get(key)
    if family is None or figure is None:
        raise Http404
    place, at = family.place, timezone.now()
    facts = figure.source.facts(at)
    rows = queries.rows_of_figure(request.user, figure, place, facts)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "heading": f"{place.name}\N{NO-BREAK SPACE}· {figure.label}",
        "crumbs": [*family.above, place],
        "figure": figure,
        "place": place,
        "page": page,
        "rows": page.object_list,
        "masked": not request.user.may(Permission.SEE_PEOPLE, place),
        "at": at,
        "facts": facts,
    }
    return render(request, "grid/figure_list.html", context)


def _table_of_place(request: StaffRequest, place_id: int) -> HttpResponse:
    family = queries.family_of(request.user, place_id)
    if family is None:
        raise Http404
    at = timezone.now()
    table = queries.figure_table(request.user, family.children, family.place, at)
    return _page(request, f"{_('Figures')}\N{NO-BREAK SPACE}· {family.place.name}", family.above, table, at)


def _page(
    request: StaffRequest, heading: str, above: list[Place], table: queries.FigureTable, at: datetime
) -> HttpResponse:
    context = {
        "heading": heading,
        "crumbs": above,
        "at": at,
        "table": {
            "caption": _("As of %(time)s") % {"time": timezone.localtime(at).strftime("%H:%M")},
            "name": "figures",
            "first": _("Place"),
            "columns": [{"label": figure.label} for figure in table.figures],
            "rows": [_row(place, counts, table.figures) for place, counts in table.rows],
            "total": _row(*table.total, table.figures, leads_down=False) if table.total else None,
        },
    }
    return render(request, "grid/figures.html", context)


def _row(
    place: Place, counts: queries.Counts, figures: list[registries.Figure], *, leads_down: bool = True
) -> dict[str, Any]:
    cells = [
        {
            "value": counts[figure.key],
            "url": reverse("figure_list", args=[place.pk, figure.key]),
            "words": f"{place.name} · {figure.label}: {counts[figure.key]}",
        }
        for figure in figures
    ]
    url = reverse("figures_place", args=[place.pk]) if leads_down else ""
    return {"label": place.name, "url": url, "cells": cells}

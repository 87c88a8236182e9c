"""住户: the search over people and doors, and the doors of one's grid as one walks."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from grid.access import StaffRequest, needs
from grid.models import Place
from grid.parts import wants_part
from grid.queries.places import grids_of
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from residents.forms.search import SearchForm
from residents.queries import households as queries
from residents.queries.search import SHOWN, search
from residents.rules.search import is_document, understand
from residents.views.moves import undo_of

DOORS_A_PAGE = 50


@needs(Permission.SEE_PEOPLE)
@require_http_methods(["GET", "POST"])
def resident_search(request: StaffRequest) -> HttpResponse:
    """Answers the whole page, or to the box that asks while somebody types, the results alone."""
    form, at = SearchForm(request.POST), timezone.now()
    words, left = (form.cleaned_data["words"], form.cleaned_data["left"]) if form.is_valid() else ("", False)
    context: dict[str, Any] = {"words": words, "today": local_day(at), "shown": SHOWN, "left": left}
    context |= {"found": search(request.user, words, at, with_left=left)} if words else _doors(request)
    context["in_the_box"] = "" if is_document(understand(words)) else words
    context["undo"] = undo_of(request, at)
    context["may_add"] = request.user.may(Permission.EDIT_PEOPLE)
    context["may_decide"] = request.user.may(Permission.DECIDE_REGISTER)
    template = "residents/_found.html" if wants_part(request) else "residents/search.html"
    return render(request, template, context)


def _doors(request: StaffRequest) -> dict[str, Any]:
    """The doors of the grid that was chosen, or of the only one."""
    grids = list(grids_of(request.user, Permission.SEE_PEOPLE))
    chosen = _chosen(grids, request.GET.get("grid", ""))
    if chosen is None:
        return {"grids": grids}
    number = request.GET.get("page", "")
    page = min(int(number), 1000) if number.isascii() and number.isdigit() else 1
    start = max(page - 1, 0) * DOORS_A_PAGE
    doors = list(queries.doors_of_grid(request.user, chosen)[start : start + DOORS_A_PAGE + 1])
    return {
        "grids": grids,
        "grid": chosen,
        "doors": doors[:DOORS_A_PAGE],
        "before": page - 1,
        "after": page + 1 if len(doors) > DOORS_A_PAGE else None,
    }


def _chosen(grids: list[Place], typed: str) -> Place | None:
    if len(grids) == 1:
        return grids[0]
    return next((grid for grid in grids if str(grid.pk) == typed), None)

"""Buildings: those of a grid, one floor by floor to walk by, and as a chart for the wall."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from grid.access import StaffRequest, needs
from grid.queries.places import grids_of
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from residents.models import Household
from residents.queries.buildings import building_at, buildings_of_grid


@needs(Permission.SEE_PEOPLE)
@require_safe
def building_list(request: StaffRequest) -> HttpResponse:
    """The buildings of the grid that was chosen, or of the only one, in numbers."""
    at, wanted = timezone.now(), request.GET.get("grid", "")
    grids = list(grids_of(request.user, Permission.SEE_PEOPLE))
    grid = grids[0] if len(grids) == 1 else next((grid for grid in grids if str(grid.pk) == wanted), None)
    context = {"grids": grids, "grid": grid, "lines": buildings_of_grid(request.user, grid, at) if grid else []}
    return render(request, "residents/buildings/list.html", context)


@needs(Permission.SEE_PEOPLE)
@require_safe
def building_detail(request: StaffRequest, household_id: int) -> HttpResponse:
    """The building in which the door stands, floor by floor from the top, as one walks it on a phone."""
    return render(request, "residents/buildings/detail.html", _building(request, household_id))


@needs(Permission.SEE_PEOPLE)
@require_safe
def building_chart(request: StaffRequest, household_id: int) -> HttpResponse:
    """Floors by rooms as a table to print; names only where they are asked for."""
    context = _building(request, household_id) | {"names": request.GET.get("names") == "1"}
    return render(request, "residents/buildings/chart.html", context)


def _building(request: StaffRequest, household_id: int) -> dict[str, Any]:
    at = timezone.now()
    household = get_object_or_404(Household.objects.visible_to(request.user), pk=household_id)
    return {"building": building_at(request.user, household, at), "today": local_day(at), "at": at}

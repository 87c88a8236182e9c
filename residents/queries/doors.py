"""Questions about doors that are being typed: in which compound they may stand. Names of places, nobody's data."""

from grid.models import Place
from residents.models import Household
from residents.rules.addresses import Door

_MOST = 100  # compounds proposed on one page


def compounds_of(grid: Place) -> list[str]:
    """The compounds of a grid. "" stands for doors that name none."""
    doors = Household.unscoped.current().filter(grid=grid)
    return list(doors.order_by("compound").values_list("compound", flat=True).distinct()[:_MOST])


def compounds_with(grid: Place, door: Door) -> list[str]:
    """The compounds in which a door that was typed without one may stand: all of its building where the grid has no
    such building without a compound, else those with this very door. One query."""
    doors = Household.unscoped.current().filter(street=grid.street_id, grid=grid, building=door.building)
    rows = set(doors.values_list("compound", "unit", "room"))
    everywhere = {compound for compound, _unit, _room in rows}
    exact = {compound for compound, *numbers in rows if numbers == [door.unit, door.room]}
    return sorted((everywhere if door.building and "" not in everywhere else exact) - {""})

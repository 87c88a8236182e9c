"""Doors where places change: which buildings a grid has, moving them, and what a merged place leaves behind."""

from datetime import datetime

from django.db.models import Count, F, Min, Q, QuerySet

from grid.models import Place
from grid.registries import Building
from grid.rules.actors import Actor
from residents.models import Household, ImportBatch, ImportRow, MoveOffer, Resident


def doors() -> QuerySet[Household]:
    """Doors that stand for themselves."""
    return Household.unscoped.current()


def people() -> QuerySet[Resident]:
    """People who live at a door now."""
    return Resident.unscoped.current()


def open_offers() -> QuerySet[MoveOffer]:
    """Moves to another street that wait for an answer."""
    return MoveOffer.unscoped.filter(state="open")


def buildings_of(grid: Place) -> list[Building]:
    """The buildings of a grid in walking order, with the numbers of doors and people. Nobody is named."""
    rows = doors().filter(grid=grid).values("compound", "building").annotate(first=Min("walk_key")).order_by("first")
    lives = Q(residents__left_on=None, residents__merged_into=None)
    counted = rows.annotate(doors=Count("pk", distinct=True), people=Count("residents", filter=lives))
    return [Building(row["compound"], row["building"], row["doors"], row["people"]) for row in counted]


def move_doors(place: Place, into: Place, buildings: list[tuple[str, str]] | None) -> int:
    """Moves the doors of a grid, or of some buildings, to a grid of the same street; how many. One statement.

    The database takes along all that hangs on them. Where the old grid stays open the version goes up: a form opened
    before must not carry its door back in silence.
    """
    rows = Household.unscoped.filter(grid=place)
    if buildings is None:
        return rows.update(grid=into)
    chosen = Q(pk__in=[])
    for compound, building in buildings:
        chosen |= Q(compound=compound, building=building)
    return rows.filter(chosen).update(grid=into, version=F("version") + 1)


def hear_place_merged(*, place: Place, into: Place, by: Actor, at: datetime) -> None:
    """The hook "place_merged": lists of the place and offers to it now belong to whoever has its people."""
    ImportBatch.unscoped.filter(grid=place).update(grid=into)
    waiting = ImportBatch.unscoped.exclude(state__in=("done", "undone")).values_list("pk", flat=True)
    ImportRow.unscoped.filter(batch__in=list(waiting), grid=place).update(grid=into)
    # The grid chosen for doors that nobody knows: a handful of lists at most.
    chosen = ImportBatch.unscoped.filter(choices__grid=place.pk).exclude(state__in=("done", "undone"))
    for key, choices in chosen.values_list("pk", "choices"):
        ImportBatch.unscoped.filter(pk=key).update(choices={**choices, "grid": into.pk})
    open_offers().filter(to_place=place).update(to_place=into)

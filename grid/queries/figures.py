"""报数: the places below a place with their figures, and the rows that one figure counts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q, QuerySet

from grid import registries
from grid.models import Place, Staff
from grid.rules.permissions import Permission

Counts = dict[str, int]  # key of a figure → number of rows


@dataclass(frozen=True)
class FigureTable:
    """Places down, figures across."""

    figures: list[registries.Figure]
    rows: list[tuple[Place, Counts]]
    total: tuple[Place, Counts] | None  # the place itself; none where several places stand side by side


@dataclass(frozen=True)
class Family:
    """A place among its own."""

    place: Place
    above: list[Place]  # from the top of one's scope down
    children: list[Place]  # in administrative order


def places_with_figures(staff: Staff) -> QuerySet[Place]:
    """Every place whose figures this member of staff may read."""
    return Place.objects.within(staff.paths_with(Permission.SEE_FIGURES))


def top_places(staff: Staff) -> list[Place]:
    """The highest places of one's posts, in administrative order; one that stands below another is left out."""
    tops = set(_topmost(staff.paths_with(Permission.SEE_FIGURES)))
    found = {post.place.path: post.place for post in staff.current_posts if post.place.path in tops}
    return sorted(found.values(), key=lambda place: (place.code, place.pk))


def _topmost(paths: Iterable[str]) -> list[str]:
    kept: list[str] = []
    for path in sorted(paths):  # a place sorts before what stands below it
        if not any(path.startswith(above) for above in kept):
            kept.append(path)
    return kept


def family_of(staff: Staff, place_id: int) -> Family | None:
    """The place, what stands above it in one's scope and what stands below: one query. None outside one's scope."""
    rows = places_with_figures(staff).filter(Q(pk=place_id) | Q(parent=place_id))
    rows = rows.select_related("parent__parent__parent__parent").order_by("code", "pk")  # as deep as the tree is
    found = list(rows)
    place = next((one for one in found if one.pk == place_id), None)
    if place is None:
        return None
    above: list[Place] = []
    step = place.parent
    while step is not None and staff.may(Permission.SEE_FIGURES, step):
        above.insert(0, step)
        step = step.parent
    return Family(place, above, [one for one in found if one.pk != place_id])


def figure_table(staff: Staff, rows: list[Place], total: Place | None, at: datetime) -> FigureTable:
    """Counts each source once, whatever the number of places and figures.

    A closed place is shown only while rows stand at it.
    """
    figures = registries.figures_in_order()
    shown = [*rows, total] if total is not None else rows
    counts: dict[str, Counts] = {place.path: dict.fromkeys((one.key for one in figures), 0) for place in shown}
    for source, of_source in _by_source(figures).items():
        for path, found in _counts_by_grid(staff, source, of_source, [place.path for place in shown], at):
            for shown_path in _shown_above(path, counts):
                for key, number in found.items():
                    counts[shown_path][key] += number
    kept = [place for place in rows if place.closed_at is None or any(counts[place.path].values())]
    return FigureTable(
        figures, [(place, counts[place.path]) for place in kept], (total, counts[total.path]) if total else None
    )


def _by_source(figures: list[registries.Figure]) -> dict[registries.FigureSource, list[registries.Figure]]:
    sources: dict[registries.FigureSource, list[registries.Figure]] = defaultdict(list)
    for figure in figures:
        sources[figure.source].append(figure)
    return sources


def _counts_by_grid(
    staff: Staff, source: registries.FigureSource, figures: list[registries.Figure], paths: list[str], at: datetime
) -> Iterable[tuple[str, Counts]]:
    facts = source.facts(at)
    conditions = {figure.key: figure.condition(facts) for figure in figures}
    numbers = {f"number_{key}": Count("pk", filter=condition or None) for key, condition in conditions.items()}
    # Only rows that some figure counts: the cost follows what is open, not the history.
    counted = reduce(or_, conditions.values()) if all(conditions.values()) else Q()
    rows = source.rows(staff).filter(_standing_in(paths)).filter(counted)
    rows = rows.order_by().values("grid__path").annotate(**numbers)
    for row in rows:
        yield row["grid__path"], {figure.key: row[f"number_{figure.key}"] for figure in figures}


def _standing_in(paths: Iterable[str]) -> Q:
    return Q(grid__in=Place.objects.within(_topmost(paths)).values("pk"))


def _shown_above(path: str, shown: Iterable[str]) -> list[str]:
    """The paths among `shown` that this path stands in, itself included."""
    parts = path.strip("/").split("/")
    prefixes = ("/" + "/".join(parts[:length]) + "/" for length in range(1, len(parts) + 1))
    return [prefix for prefix in prefixes if prefix in shown]


def rows_of_figure(staff: Staff, figure: registries.Figure, place: Place, facts: Any) -> QuerySet[Any]:
    """Exactly the rows that the figure counts at the place, in the order of their source.

    `facts` is what the figure's source said of the moment.
    """
    return figure.source.rows(staff).filter(_standing_in([place.path])).filter(figure.condition(facts))

"""What the apps above hand down to the ground, filled in their `AppConfig.ready()`.

The ground shows figures, pages in the bottom bar, lists and demo data of apps that it must not import. Each registry
is a plain list or dict of plain values; order is the order of registration unless a rank says otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Model, Q, QuerySet

from grid.rules.permissions import Permission

if TYPE_CHECKING:
    from grid.models import Place, Staff


@dataclass(frozen=True)
class FigureSource:
    """Rows that figures count: one query a table of places, however many figures count the same rows.

    `rows` gives what the reader may see (scope included); each row has a `grid`. `template` draws the list of rows.
    """

    key: str
    rows: Callable[["Staff"], QuerySet[Any]]
    template: str


@dataclass(frozen=True)
class Figure:
    """A number on 报数 that always equals the list it links to: both filter the same rows by `condition`."""

    key: str
    label: Any
    source: FigureSource
    condition: Callable[[datetime], Q]
    count: str = "pk"  # what is counted distinctly: "pk", or for doors "resident__household"


@dataclass(frozen=True)
class Page:
    """A page of the bar. Shown to those who hold the permission; `rank` orders the bar."""

    url_name: str
    label: Any
    permission: Permission
    rank: int
    count: Callable[["Staff", datetime], int] | None = None


@dataclass(frozen=True)
class HomePage:
    """Where somebody lands after the login: the first one, by rank, whose permission they hold."""

    url_name: str
    permission: Permission
    rank: int


FIGURES: dict[str, Figure] = {}
PAGES: list[Page] = []
HOME_PAGES: list[HomePage] = []
# Demo builders, by rank: each gets the demo's places and staff and adds its own rows.
DEMO_BUILDERS: list[tuple[int, Callable[..., None]]] = []
# Hooks: name of a deed → functions that hear of it inside its transaction.
HOOKS: dict[str, list[Callable[..., None]]] = {}
# Rows that stand at a place: (model, word) counted before a place may close.
TENANTS: list[tuple[type[Model], Any]] = []
# Kinds of list that can be taken in, by key.
LIST_KINDS: dict[str, Any] = {}


def register_figure(figure: Figure) -> None:
    """Adds a figure; a key that is taken is a programming error."""
    if figure.key in FIGURES:
        raise ValueError(f"figure {figure.key} is registered already")
    FIGURES[figure.key] = figure


def hear(deed: str, listener: Callable[..., None]) -> None:
    """Lets `listener(**facts)` hear of a deed that an app below does, in the same transaction."""
    HOOKS.setdefault(deed, []).append(listener)


def tell(deed: str, **facts: Any) -> None:
    """Calls every listener of the deed; one that raises undoes the deed."""
    for listener in HOOKS.get(deed, []):
        listener(**facts)


def pages_for(staff: "Staff") -> list[Page]:
    """The pages of the bar that this member of staff may open, in order."""
    return sorted((page for page in PAGES if staff.may(page.permission)), key=lambda page: page.rank)


def home_for(staff: "Staff") -> str | None:
    """The URL name of the first page for this member of staff, or None without any post."""
    found = sorted((home for home in HOME_PAGES if staff.may(home.permission)), key=lambda home: home.rank)
    return found[0].url_name if found else None


def tenants_of(place: "Place") -> list[tuple[Any, int]]:
    """What still stands at a place or below it: (word, count), only where the count is not 0."""
    counts = ((word, model._default_manager.filter(grid__path__startswith=place.path).count()) for model, word in TENANTS)
    return [(word, count) for word, count in counts if count]

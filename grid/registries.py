"""What the apps above hand down to the ground, filled in their `AppConfig.ready()`.

The ground shows figures, pages in the bottom bar, lists and demo data of apps that it must not import. Each registry
is a plain list or dict of plain values; order is the order of registration unless a rank says otherwise.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import pgettext_lazy

from grid.rules.permissions import Permission

if TYPE_CHECKING:
    from grid.models import Place, Post, Staff


@dataclass(frozen=True)
class FigureSource:
    """Rows that figures count: one query a table of places, however many figures count the same rows.

    `rows` gives what the reader may see (`visible_to(staff, Permission.SEE_FIGURES)`), in the order and with the
    related rows of its list; each row has a `grid`. `template` draws one page of the list from `rows`, `at`, `facts`
    and `masked`: masked, it shows names in part (filter `masked_name`), no door, no phone and no link to a person.
    """

    key: str
    rows: Callable[["Staff"], QuerySet[Any]]
    template: str  # draws the rows of one page of the list
    facts: Callable[[datetime], Any]  # read once a page, given to each figure's condition (when the slot began …)


@dataclass(frozen=True)
class Figure:
    """A number on 报数 that always equals the list it links to: both filter the same rows by `condition`."""

    key: str
    label: Any
    source: FigureSource
    condition: Callable[[Any], Q]  # gets what `source.facts` gave
    rank: int = 100  # order of the columns


@dataclass(frozen=True)
class Page:
    """A page of the bar. Shown to those who hold the permission; `rank` orders the bar."""

    url_name: str
    label: Any
    permission: Permission
    rank: int
    count: "Callable[[Staff, datetime], int] | None" = None  # shown beside the label, on every page
    count_url_name: str = ""  # where an open page asks for the count again


@dataclass(frozen=True)
class HomePage:
    """Where somebody lands after the login: the first one, by rank, whose permission they hold."""

    url_name: str
    permission: Permission
    rank: int


@dataclass(frozen=True)
class Panel:
    """A part of a page about a person or a door that an app above adds ("resident", "household")."""

    page: str  # "resident", "household", "list_result", "person_file" (what is printed of a person for that person)
    template: str
    context: Callable[["Staff", Any, datetime], dict[str, Any]]  # staff, the resident or household, the moment
    permission: Permission
    rank: int


@dataclass(frozen=True)
class FactWords:
    """How the audit says one fact of a deed: what it is, and words for the codes that its value may hold.

    A code whose words are empty follows from another one and is left out. `holds` says what else the value may be: the
    "number" of a row about people, which is said by its number, since an auditor sees none of them; the "place" or
    "place_code" of a place, which is said by its name; "nothing" that a reader understands, which is not said.
    """

    label: Any
    words: dict[str, Any] = field(default_factory=dict)
    holds: str = ""


@dataclass(frozen=True)
class NoticeWords:
    """How 提醒 says one kind of notice. `lines` reads all shown ones of a kind at once, within the reader's scope."""

    label: Any
    # staff, notices of this kind → notice id → (sentence, address of its page or ""); what is missing says the label
    lines: "Callable[[Staff, list[Any]], dict[int, tuple[Any, str]]]"


@dataclass(frozen=True)
class InboxPart:
    """A part of 提醒 that an app above fills, before the notices: what waits for somebody's deed.

    `waiting` gives the rows that are counted beside the page's name; `context` what `template` shows as `part`.
    """

    template: str
    context: "Callable[[Staff, datetime], dict[str, Any]]"
    waiting: "Callable[[Staff], QuerySet[Any]]"
    permission: Permission
    rank: int


@dataclass(frozen=True)
class Mark:
    """A word beside a person or a door: `kind` is its CSS class and what pages tell it by, `count` how many people."""

    kind: str
    words: Any
    count: int = 1


@dataclass
class Marks:
    """The marks of one page, by id of the person and of the door; an id without marks is missing."""

    people: dict[int, list[Mark]] = field(default_factory=dict)
    doors: dict[int, list[Mark]] = field(default_factory=dict)

    def put_on(self, people: Iterable[Any] = (), doors: Iterable[Any] = ()) -> None:
        """Gives each row its `marks`, for templates (`components/marks.html`)."""
        for person in people:
            person.marks = self.people.get(person.pk, [])
        for door in doors:
            door.marks = self.doors.get(door.pk, [])


@dataclass(frozen=True)
class MarkSource:
    """What an app above knows of people and doors ("in isolation"), read for a whole page at once.

    `read` adds to the marks what the reader may see of these people and doors: one query, however many they are.
    `first`, asked anew for each query, is a condition on residents: in a search they come before others.
    """

    permission: Permission
    read: "Callable[[Staff, Marks, list[int], list[int], datetime], None]"
    first: "Callable[[], Any] | None" = None


@dataclass(frozen=True)
class Standing:
    """Rows that stand at a grid and go where its doors go: counted, never named, before a place is changed.

    Each row has a `grid`; its model's `door_path` says how it reaches its door. `key` is what the audit calls it, with
    words in `FACTS["moved"]`.
    """

    key: str
    label: Any
    rows: "Callable[[], QuerySet[Any]]"
    rank: int


@dataclass(frozen=True)
class Building:
    """A building as an administrator sees it: where it is and how many doors and people, nobody by name."""

    compound: str
    building: str
    doors: int
    people: int


@dataclass(frozen=True)
class DoorKeeper:
    """Who keeps the doors: which buildings a grid has, and the move of their doors to a grid of the same street."""

    buildings_of: "Callable[[Place], list[Building]]"  # in walking order
    # from, into, (compound, building) of what moves or None for everything → how many doors moved
    move_doors: "Callable[[Place, Place, list[tuple[str, str]] | None], int]"


@dataclass(frozen=True)
class DoorCount:
    """Something behind the doors of a grid that a lead must know of where nobody walks them."""

    label: Any
    # staff, ids of grids, posts at single buildings → grid id → how many, doors of those buildings left out
    of_grids: "Callable[[Staff, list[int], list[Post]], dict[int, int]]"


@dataclass(frozen=True)
class PersonDeed:
    """The page of a deed on a person that an app above does; its address names the resident."""

    url_name: str
    permission: Permission


@dataclass(frozen=True)
class Purge:
    """What an app above keeps of people who are removed for good, in the transaction of the owner."""

    # resident ids, alias of the owner's connection → what must be finished first, in words
    reasons: "Callable[[list[int], str], list[str]]"
    # resident ids, the removal that deletes and notes it (`grid.actions.removals.Removal`)
    remove: "Callable[[list[int], Any], None]"


@dataclass(frozen=True)
class FurtherColumns:
    """Columns that an app above can add to a list of people that is written: what they asked was answered so."""

    offered: "Callable[[Staff], list[tuple[str, str]]]"  # (key, heading) of each, in the reader's scope
    of_people: "Callable[[Staff, str], dict[int, str]]"  # the key → resident id → cell


PANELS: list[Panel] = []
# What lists of people may carry besides.
FURTHER_COLUMNS: list[FurtherColumns] = []
# Parts of 提醒 that come before the notices, by rank.
INBOX: list[InboxPart] = []
# History of a "resident" or "household": which records of the audit are about what an app above keeps of the row,
# within the reader's scope: staff, the row → a condition on AuditRecord.
HISTORIES: dict[str, list[Callable[["Staff", Any], Q]]] = {}
# What stands at places, by rank.
STANDING: list[Standing] = []
# One keeper, or none where no app keeps doors.
DOOR_KEEPERS: list[DoorKeeper] = []
# Words beside people and doors in lists.
MARKS: list[MarkSource] = []
# Words of 提醒, by kind of notice.
NOTICES: dict[str, NoticeWords] = {}
# Deeds on a person that pages below lead to, by what is wanted ("isolate").
PERSON_DEEDS: dict[str, PersonDeed] = {}
# Removal of people for good, by the owner.
PURGES: list[Purge] = []
FIGURES: dict[str, Figure] = {}
PAGES: list[Page] = []
HOME_PAGES: list[HomePage] = []
# Demo builders, by rank: each gets the demo's places and staff and adds its own rows.
DEMO_BUILDERS: list[tuple[int, Callable[..., None]]] = []
# Hooks: name of a deed → functions that hear of it inside its transaction, after it has written, by keyword: what
# stands here and, save for the first, `by` and `at`. Each action that tells says more.
#   night: at
#   place_closed: place · place_merging: place, into (before posts and places are held) · place_merged: place, into
#   people_taken_in: place, first_days, reason · list_taken_back: place, resident_ids, since
#   residents_moved: resident_ids, household_id, left (the door they left) · residents_back: resident_ids
#   residents_left: resident_ids, reason, on
#   people_merged: kept, duplicate, moved (model label → ids, filled by who hears) · people_unmerged: the same, to read
#   households_joined: kept, other · households_parted: kept, other, joined_in (history context of the joining)
HOOKS: dict[str, list[Callable[..., None]]] = {}
# Words of the audit: name of a deed → what was done. A deed without words shows its name.
DEEDS: dict[str, Any] = {}
# Words of the audit: kind of row (model name in lower case) → what such a row is.
SUBJECTS: dict[str, Any] = {}
# Words of the audit: name of a fact, or "deed.fact" where a deed means something of its own by it.
FACTS: dict[str, FactWords] = {"moved": FactWords(pgettext_lazy("audit", "moved"))}
# Rows that stand at a place: (model, word) counted before a place may close.
TENANTS: list[tuple[type[Model], Any]] = []
# What a lead is told of grids without a worker, in the order of the columns.
DOOR_COUNTS: list[DoorCount] = []
# Kinds of list that can be taken in, by key.
LIST_KINDS: dict[str, Any] = {}


def register_figure(figure: Figure) -> None:
    """Adds a figure; a key that is taken is a programming error."""
    if figure.key in FIGURES:
        raise ValueError(f"figure {figure.key} is registered already")
    FIGURES[figure.key] = figure


def register_standing(standing: Standing) -> None:
    """Adds what is counted where places change; the audit calls it by the same words."""
    STANDING.append(standing)
    STANDING.sort(key=lambda one: one.rank)
    FACTS["moved"].words[standing.key] = standing.label


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


def panels_for(page: str, staff: "Staff", subject: Any, at: datetime) -> list[dict[str, Any]]:
    """The panels of a page that this member of staff may see at the subject's door: template and context each."""
    return [
        {"template": panel.template, **panel.context(staff, subject, at)}
        for panel in sorted(PANELS, key=lambda panel: panel.rank)
        if panel.page == page and staff.may_at_door(panel.permission, subject)
    ]


def inbox_of(staff: "Staff", at: datetime) -> list[dict[str, Any]]:
    """What stands on 提醒 before the notices: template and context each; a part without a context shows nothing."""
    parts = sorted((part for part in INBOX if staff.may(part.permission)), key=lambda part: part.rank)
    found = ((part.template, part.context(staff, at)) for part in parts)
    return [{"template": template, **context} for template, context in found if context]


def marks_for(staff: "Staff", people: Iterable[int], doors: Iterable[int], at: datetime) -> Marks:
    """The marks of these people and doors (ids) that this member of staff may see: one query a source, or none."""
    marks, people, doors = Marks(), list(people), list(doors)
    for source in MARKS:
        if (people or doors) and staff.may(source.permission):
            source.read(staff, marks, people, doors, at)
    return marks


def figures_in_order() -> list[Figure]:
    """The columns of 报数."""
    return sorted(FIGURES.values(), key=lambda figure: figure.rank)


def tenants_of(place: "Place") -> list[tuple[Any, int]]:
    """What still stands at a place or below it: (word, count), only where the count is not 0."""
    counts = ((word, _standing_below(place, model).count()) for model, word in TENANTS)
    return [(word, count) for word, count in counts if count]


def _standing_below(place: "Place", model: type[Model]) -> "QuerySet[Any]":
    """A row that was joined into another one stands in no list, and so in nobody's way."""
    rows = model._default_manager.filter(grid__path__startswith=place.path)
    names = {field.name for field in model._meta.get_fields()}
    return rows.filter(merged_into=None) if "merged_into" in names else rows

"""Questions about lists: what a reader may see of them, and what the preview shows."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from grid import registries
from grid.models import Place, Staff
from grid.models.place import PlaceQuerySet
from grid.rules.permissions import Permission
from grid.rules.places import Kind
from residents.identity import mask
from residents.lists import blocks, in_words
from residents.lists.faults import field_label
from residents.lists.fields import Field
from residents.lists.kinds import ListKind, is_out_of_reach
from residents.lists.matching import PLAIN_FACTS, compare, door_of, known_people
from residents.lists.reasons import reason_words
from residents.lists.rows import PersonRow
from residents.models import Household, ImportBatch, ImportRow, NameToVerify, Resident
from residents.models.lists import ROW_VERDICTS

SHOWN_LISTS = 50
VERDICTS = dict(ROW_VERDICTS)
USUAL = ("new", "changed", "same", "refused")  # shown also where there are none
TABS: dict[str, Promise | str] = {**VERDICTS, "left_out": _("Left out")}


def lists_of(staff: Staff) -> QuerySet[ImportBatch]:
    """Lists that this member of staff may work on, the newest first; the files themselves are left out."""
    rows = ImportBatch.objects.visible_to(staff, Permission.IMPORT_LISTS).defer("sealed_file", "tables")
    return rows.select_related("grid", "by").order_by("-created_at", "-pk")  # type: ignore[no-any-return]


def places_to_import_for(staff: Staff) -> QuerySet[Place]:
    """The places of her posts for which she may take lists in; they lie in one street each."""
    posts = [post.place_id for post in staff.current_posts if staff.may(Permission.IMPORT_LISTS, post.place)]
    return Place.objects.open().filter(pk__in=posts, street__isnull=False).in_order()


def places_to_write_for(staff: Staff) -> PlaceQuerySet:
    """Her places of lists and what stands below them, down to a grid."""
    within: PlaceQuerySet = Place.objects.within(staff.paths_with(Permission.IMPORT_LISTS))
    return within.open().filter(street__isnull=False).in_order()


def people_to_write(staff: Staff, place: Place) -> QuerySet[Resident]:
    """Who lives in a place now, as far as she sees it, in walking order of its grids."""
    people: QuerySet[Resident] = Resident.objects.visible_to(staff, Permission.IMPORT_LISTS).current()
    people = people.filter(grid__in=Place.objects.within([place.path]).values("pk"))
    return people.select_related("household", "grid__parent").order_by("grid__code", "household__walk_key", "pk")


def grids_of(batch: ImportBatch) -> QuerySet[Place]:
    """The open grids for which the list may bring people."""
    return Place.objects.within([batch.grid.path]).open().filter(kind=Kind.GRID).in_order()


def is_given_up(batch: ImportBatch) -> bool:
    """Whether the background has tried too often to take the list in, and left it at that."""
    return batch.state == "committing" and batch.task is not None and batch.task.failed_at is not None


def state_words(batch: ImportBatch) -> Promise | str:
    """How far a list is, in words; one of people to find is never said to be in the register."""
    if batch.typed and batch.state == "mapping":
        return _("being typed")
    kind = registries.LIST_KINDS.get(batch.kind)
    found_first = kind is not None and kind.makes_names and batch.state == "done"
    return _("handed over to be verified") if found_first else batch.get_state_display()


def tabs_of(batch: ImportBatch) -> list[tuple[str, Promise | str, int]]:
    """Key, words and count of each group of rows; left out only where there are some."""
    kind = registries.LIST_KINDS[batch.kind]
    usual = ("verify", "refused") if kind.makes_names else USUAL[1:] if kind.readings else USUAL
    counts = [(key, words, batch.counts.get(key, 0)) for key, words in words_of_tabs(batch).items()]
    return [tab for tab in counts if tab[0] in usual or tab[2]]


def words_of_tabs(batch: ImportBatch) -> dict[str, Promise | str]:
    """What the groups of rows are called in a list of its kind."""
    return {**TABS, **registries.LIST_KINDS[batch.kind].verdicts}


def what_counts(batch: ImportBatch) -> tuple[str, ...]:
    """The verdicts of which there must be a row for anything to be taken in."""
    return ("changed",) if registries.LIST_KINDS[batch.kind].readings else ("new", "changed", "same", "verify")


def rows_shown(batch: ImportBatch, show: str, fault: str) -> QuerySet[ImportRow]:
    """The rows of a group in the order of the list; refused ones of one fault ("field.code") where it is named."""
    rows = batch.rows.order_by("pk")
    if show == "left_out":
        return rows.filter(left_out=True)
    if show in VERDICTS:
        rows = rows.filter(verdict=show, left_out=False)
    name, _dot, code = fault.partition(".")
    if show == "refused" and code.isprintable() and (name == "row" or name in set(Field)):
        rows = rows.filter(**{f"problems__{name}__startswith": code})
    return rows


def faults_of(batch: ImportBatch) -> list[tuple[str, str, int]]:
    """Every fault of the refused rows, the commonest first: its key, its words, in how many rows it occurs."""
    refused = batch.rows.filter(verdict="refused", left_out=False).order_by()
    found: Counter[tuple[str, str]] = Counter()
    for problems, count in refused.values_list("problems").annotate(Count("pk")):
        for name, code in problems.items():
            found[name, code.partition(":")[0]] += count
    return [(f"{name}.{code}", _fault_words(name, code), count) for (name, code), count in found.most_common()]


def _fault_words(name: str, code: str) -> str:
    return " ".join(reason_words({name: f"{code}:…" if name == "row" else code}))


@dataclass(frozen=True)
class Change:
    """One field of a known person: what the register holds, what the list says."""

    label: Promise
    stored: str
    said: str
    fills: bool  # the register holds nothing yet


@dataclass
class ShownRow:
    """A row of the preview in words."""

    number: int
    sheet: str
    verdict: str
    verdict_words: Promise | str
    name: str
    door: str
    grid: str
    first_day: date | None
    assumed: bool  # the list does not write the year of that day
    out_of_reach: bool  # so far from today that no isolation record is opened for it
    reasons: list[str]
    changes: list[Change]
    moves: tuple[str, str] | None  # door of the register, door of the list
    key: int = 0  # the staged row
    left_out: bool = False
    behind: str = ""  # who lives behind the door already, to whom a new person comes
    temperatures: list[str] = field(default_factory=list)
    needs: str = ""


def shown_rows(rows: list[ImportRow], place: Place, today: date, kind: ListKind | None = None) -> list[ShownRow]:
    """A page of staged rows with what the register says now, of people who live in the list's place still: four
    queries, however many rows."""
    found = known_people([row.resident_id for row in rows if row.resident_id])
    known = {key: person for key, person in found.items() if person.grid_path.startswith(place.path)}
    behind = _names_behind({row.household_id for row in rows if row.verdict == "new" and row.household_id}, place)
    in_grid = {row.pk: known[row.resident_id].grid_id if row.resident_id in known else row.grid_id for row in rows}
    names = dict(Place.objects.filter(pk__in={key for key in in_grid.values() if key}).values_list("pk", "name"))
    grids = {row: names.get(grid or 0, "") for row, grid in in_grid.items()}
    said = blocks.said_by(rows)
    shown = [_shown(row, person, known, grids, today) for row, (person, _cells) in zip(rows, said, strict=True)]
    for row, one in zip(rows, shown, strict=True):
        if kind is not None and kind.readings is not None:
            one.changes, one.moves, one.verdict_words = [], None, kind.verdicts.get(row.verdict, one.verdict_words)
        one.behind = behind.get(row.household_id or 0, "") if row.verdict == "new" else ""
    return shown


def _names_behind(doors: set[int], place: Place) -> dict[int, str]:
    """Door → who lives there already: whoever comes there by a list comes to their household."""
    people = Resident.unscoped.current().filter(household__in=doors, grid__path__startswith=place.path).order_by("pk")
    found: dict[int, list[str]] = {}
    for door, name in people.values_list("household", "name") if doors else ():
        found.setdefault(door, []).append(name)
    return {door: "、".join(names[:4]) for door, names in found.items()}


def _shown(row: ImportRow, person: PersonRow, known: dict[int, Any], grids: dict[int, str], today: date) -> ShownRow:
    changes, moves = [], None
    if row.resident_id in known and row.verdict == "changed":
        fills, differs = compare(person, known[row.resident_id])
        changes = [Change(field_label(name), "", _words(name, value), True) for name, value in fills.items()]
        changes += [
            Change(field_label(name), _words(name, stored), _words(name, said), False)
            for name, (stored, said) in differs.items()
            if name in PLAIN_FACTS
        ]
        if "address" in differs:
            stored, said = differs["address"]
            moves = (_door(stored), _door(said))
    return ShownRow(
        number=row.number, sheet=row.sheet, verdict=row.verdict, verdict_words=VERDICTS[row.verdict],
        name=person.name, door=_door(door_of(person)),
        grid=grids[row.pk], first_day=person.isolation_start,
        out_of_reach=person.isolation_start is not None and is_out_of_reach(person.isolation_start, today),
        key=row.pk, left_out=row.left_out, temperatures=in_words.temperatures(person),
        needs=in_words.needs(person), assumed="isolation_start" in person.assumed,
        reasons=reason_words(row.problems), changes=changes, moves=moves,
    )  # fmt: skip


def _door(parts: tuple[str, str, str, str]) -> str:
    compound, building, unit, room = parts
    return Household(compound=compound, building=building, unit=unit, room=room).door


def _words(name: str, value: Any) -> str:
    """A value as the preview shows it; of an ID number its last two characters."""
    if name == "id_number":
        return mask(value)
    if name == "phones":
        return "、".join(value)
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    choices = dict(Resident._meta.get_field(name).flatchoices)  # type: ignore[union-attr]  # never a relation
    return str(choices.get(value, value))


def kept_after_undo(batch: ImportBatch, staff: Staff, limit: int = 200) -> list[tuple[str, str]]:
    """Name and door of whom the list brought and who stayed when it was taken back: somebody had worked with them."""
    if registries.LIST_KINDS[batch.kind].makes_names:
        names = NameToVerify.objects.visible_to(staff).filter(sources__batch=batch).distinct().in_walking_order()
        return [(name.name, name.door) for name in names[:limit]]
    made = batch.rows.filter(verdict="new", resident_id__isnull=False).values("resident_id")
    people = Resident.objects.visible_to(staff).filter(pk__in=made).select_related("household")
    return [(person.name, person.household.door) for person in people.order_by("household__walk_key", "pk")[:limit]]

"""Rows of a list beside whom they may be: what the page of a preview shows of possible twins."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from grid.models import Staff
from residents.identity import mask, unsealed
from residents.lists.blocks import said_by
from residents.lists.faults import field_label
from residents.lists.matching import door_of
from residents.lists.rows import PersonRow
from residents.lists.twin_decisions import undecided
from residents.models import Household, ImportBatch, ImportRow, ImportTwin, Resident
from residents.models.resident import SEX_LABELS
from residents.models.twins import TWIN_REASONS

A_PAGE = 20  # rows
DECIDED = {"apart": _("another person"), "same": _("the same person")}
_COMPARED = {
    "name": "name", "id_number": "id_number", "birth_date": "birth_date", "sex": "sex", "phones": "phones",
    "door": "address",
}  # fmt: skip
Values = dict[str, Any]


@dataclass(frozen=True)
class Fact:
    """One fact beside the other: in words, "" where it is not known."""

    label: Promise
    said: str
    stored: str
    agrees: bool
    differs: bool
    is_door: bool


@dataclass(frozen=True)
class Beside:
    """A row, and somebody whom it may be: of the register, or an earlier row of the list."""

    key: int  # of the pair
    reasons: list[Any]
    facts: list[Fact]
    other_row: int | None  # its number, where it is a row
    where: str  # grid of a person of the register
    gone: bool  # nobody of her places any more
    decision: Promise | None


@dataclass(frozen=True)
class RowBeside:
    """A row with all whom it may be."""

    row: ImportRow
    name: str
    door: str
    pairs: list[Beside]


def rows_beside(batch: ImportBatch, staff: Staff, *, decided: bool, page: str) -> "Page[Any]":
    """The rows to be decided on, or those that were, in the order of the list. Five queries, however many."""
    pairs = batch.twins.exclude(decision="") if decided else undecided(batch)
    rows = batch.rows.filter(pk__in=pairs.values("row")).order_by("pk")
    shown: Page[Any] = Paginator(rows, A_PAGE).get_page(page)
    found = list(pairs.filter(row__in=[row.pk for row in shown]).select_related("other").order_by("-strength", "pk"))
    people = _in_sight(staff, found)
    by_row: dict[int, list[ImportTwin]] = {}
    for pair in found:
        by_row.setdefault(pair.row_id, []).append(pair)
    listed = [*shown, *(pair.other for pair in found if pair.other)]
    said = {row.pk: words[0] for row, words in zip(listed, said_by(listed), strict=True)}
    shown.object_list = [_row(row, by_row.get(row.pk, []), people, said) for row in shown]
    return shown


def _in_sight(staff: Staff, pairs: Iterable[ImportTwin]) -> dict[int, Resident]:
    people = Resident.objects.visible_to(staff).current().filter(pk__in=[pair.resident_id for pair in pairs])
    return {person.pk: person for person in people.select_related("household", "grid")}


def _row(row: ImportRow, pairs: list[ImportTwin], people: dict[int, Resident], said: dict[int, PersonRow]) -> RowBeside:
    person = said[row.pk]
    return RowBeside(row, person.name, _door(person), [_beside(person, pair, people, said) for pair in pairs])


def _beside(person: PersonRow, pair: ImportTwin, people: dict[int, Resident], said: dict[int, PersonRow]) -> Beside:
    known, words = people.get(pair.resident_id or 0), dict(TWIN_REASONS)
    stored = _of_row(said[pair.other.pk]) if pair.other else _of_resident(known) if known else {}
    return Beside(
        key=pair.pk, reasons=[words[code] for code in pair.reasons],
        facts=_facts(_of_row(person), stored, "door" in pair.reasons) if stored else [],
        other_row=pair.other.number if pair.other else None, where=known.grid.name if known else "",
        gone=not stored, decision=DECIDED.get(pair.decision),
    )  # fmt: skip


def _facts(said: Values, stored: Values, same_door: bool) -> list[Fact]:
    """Fact by fact; phones agree where they share one, doors without a compound only in one grid."""
    facts = []
    for name, label in _COMPARED.items():
        one, other = said[name], stored[name]
        if not (one or other):
            continue
        agrees = same_door if name == "door" else one == other
        if name == "phones":
            agrees = bool(set(one) & set(other))
        differs = bool(one and other) and not agrees
        facts.append(Fact(field_label(label), _words(name, one), _words(name, other), agrees, differs, name == "door"))
    return facts


def _of_row(person: PersonRow) -> Values:
    return {
        "name": person.name, "id_number": person.id_number or "", "birth_date": person.birth_date,
        "sex": person.sex or "", "phones": list(person.phones), "door": _door(person),
    }  # fmt: skip


def _of_resident(person: Resident) -> Values:
    number = unsealed(person.id_type, person.id_sealed)
    return {
        "name": person.name, "id_number": number.number if number else "", "birth_date": person.birth_date,
        "sex": person.sex, "phones": person.phones, "door": person.household.door,
    }  # fmt: skip


def _words(name: str, value: Any) -> str:
    """A value as the page shows it; of an ID number its last two characters."""
    if not value:
        return ""
    if name == "id_number":
        return mask(value)
    if name == "phones":
        return "、".join(value)
    return str(dict(SEX_LABELS).get(value, value)) if name == "sex" else _day(value)


def _day(value: Any) -> str:
    return date_format(value, "DATE_FORMAT") if isinstance(value, date) else str(value)


def _door(person: PersonRow) -> str:
    compound, building, unit, room = door_of(person)
    return Household(compound=compound, building=building, unit=unit, room=room).door

"""Rows of a list against the register of the street, set-based: who is new, who is known, what differs.

The same ID number is the same person; else whom the user says it is; else the same name at the same door; else the
same name with the same phone.
Two people with different ID numbers are never one. What stands outside the importer's places is told in words that
reveal nothing of it.
"""
# ruff: noqa: S608  (statements are put together from constants of this module, values are bound)

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction

from grid.bulk import copy_line, copy_lines, look_at
from grid.models import Place
from residents.identity import digest_of
from residents.lists.fields import Field
from residents.lists.grids import Grids
from residents.lists.rows import PersonRow
from residents.models.household import DOOR_FIELDS
from residents.rules.id_numbers import IdNumber, IdType

# Facts of a person that a list may fill in or contradict; phones and the ID number are only ever added.
PLAIN_FACTS = ("name", "sex", "birth_date", "relation", "residency", "note")
FILLED = (*PLAIN_FACTS, "phones", "id_number")  # what a list may fill in, in the order of pages

# Codes of what is refused because of an earlier row of the list, whose number stands behind them.
EARLIER = frozenset({"twice_in_file", "door_in_other_grid"})

_INCOMING = """
    CREATE TEMPORARY TABLE incoming_person (
        row_id bigint PRIMARY KEY, name text, id_digest bytea, phones text[],
        compound text, building text, unit text, room text
    ) ON COMMIT DROP"""
_DOOR = "h.compound = i.compound AND h.building = i.building AND h.unit = i.unit AND h.room = i.room"
_HAS_DOOR = "(i.building <> '' OR i.room <> '')"
_CURRENT = "r.street_id = %(street)s AND r.left_on IS NULL AND r.merged_into_id IS NULL"
_NOT_CONTRADICTED = "(r.id_digest IS NULL OR i.id_digest IS NULL)"

_HERE = f"SELECT r.id FROM residents_resident r WHERE r.id = ANY(%(ids)s) AND {_CURRENT}"
# `{{rows}}` is the table of the rows that are looked for.
_BY_ID = f"""
    SELECT i.row_id, r.id FROM {{rows}} i JOIN residents_resident r ON r.id_digest = i.id_digest
    WHERE {_CURRENT}"""
_BY_DOOR = f"""
    SELECT i.row_id, r.id FROM {{rows}} i
    JOIN residents_household h ON h.street_id = %(street)s AND {_DOOR}
    JOIN residents_resident r ON r.household_id = h.id AND r.name = i.name
    WHERE {_HAS_DOOR} AND {_CURRENT} AND {_NOT_CONTRADICTED}"""
_BY_PHONE = f"""
    SELECT i.row_id, r.id FROM {{rows}} i
    JOIN residents_resident r ON r.name = i.name AND r.phones::text[] && i.phones
    WHERE i.name <> '' AND cardinality(i.phones) > 0 AND {_CURRENT} AND {_NOT_CONTRADICTED}"""
_DOORS = f"""
    SELECT i.row_id, min(h.id) FILTER (WHERE p.path LIKE %(within)s) AS household_id,
        bool_or(p.path NOT LIKE %(within)s) AS elsewhere
    FROM {{rows}} i
    JOIN residents_household h ON h.street_id = %(street)s AND h.merged_into_id IS NULL AND {_DOOR}
    JOIN grid_place p ON p.id = h.grid_id
    WHERE {_HAS_DOOR} GROUP BY i.row_id"""
# A building of one grid decides for its doors; one that only another community knows is none of the importer's.
_BUILDINGS = """
    SELECT h.compound, h.building,
        min(h.grid_id) FILTER (WHERE p.path LIKE %(within)s AND p.closed_at IS NULL) AS grid_id,
        count(DISTINCT h.grid_id) FILTER (WHERE p.path LIKE %(within)s AND p.closed_at IS NULL) AS grids,
        h.compound <> '' AND bool_and(p.path NOT LIKE %(within)s) AS elsewhere
    FROM residents_household h JOIN grid_place p ON p.id = h.grid_id
    WHERE h.street_id = %(street)s AND h.merged_into_id IS NULL
      AND (h.compound, h.building) IN (SELECT compound, building FROM {rows} WHERE building <> '')
    GROUP BY h.compound, h.building"""
# Rows that were new when they were looked at, and of which the register says something else by now: a person who fits,
# another door or none, another grid for the building; or their grid cannot take a door any more.
_SPOKEN_OF = f"""
    SELECT row_id FROM ({_BY_ID} UNION ALL {_BY_DOOR} UNION ALL {_BY_PHONE}) known
    UNION SELECT i.row_id FROM {{rows}} i
        LEFT JOIN ({_DOORS}) d ON d.row_id = i.row_id LEFT JOIN residents_household h ON h.id = i.household_id
        WHERE d.household_id IS DISTINCT FROM i.household_id OR h.grid_id <> i.grid_id
            OR (i.household_id IS NULL AND (d.elsewhere OR i.grid_id <> ALL(%(open_grids)s)))
    UNION SELECT i.row_id FROM {{rows}} i JOIN ({_BUILDINGS}) b ON b.compound = i.compound AND b.building = i.building
        WHERE i.household_id IS NULL AND (b.elsewhere OR (b.grids = 1 AND b.grid_id <> i.grid_id))"""
_FACTS = """
    SELECT r.id, r.household_id, r.grid_id, p.path, r.id_digest IS NOT NULL, r.name, r.sex, r.birth_date,
           r.relation, r.residency, r.note, r.phones::text[], h.compound, h.building, h.unit, h.room
    FROM residents_resident r JOIN grid_place p ON p.id = r.grid_id JOIN residents_household h ON h.id = r.household_id
    WHERE r.id = ANY(%(ids)s)"""


@dataclass(frozen=True, slots=True)
class Known:
    """A person of the register, as far as a list can speak of her."""

    id: int
    household_id: int
    grid_id: int
    grid_path: str
    has_id: bool
    name: str
    sex: str
    birth_date: date | None
    relation: str
    residency: str
    note: str
    phones: list[str]
    door: tuple[str, str, str, str]


@dataclass(slots=True)
class Judged:
    """What is to become of a row. `problems`: field (or "row") → code, never a value of the list."""

    verdict: str
    problems: dict[str, str] = field(default_factory=dict)
    known: Known | None = None
    household_id: int | None = None
    grid_id: int | None = None
    differing: list[str] = field(default_factory=list)
    filling: list[str] = field(default_factory=list)

    @property
    def resident_id(self) -> int | None:
        """The person of the register that the row means."""
        return self.known.id if self.known else None


def number_of(person: PersonRow) -> IdNumber | None:
    """The document number of a row, with its type."""
    return IdNumber(IdType(person.id_type), person.id_number) if person.id_number and person.id_type else None


def door_of(person: Any) -> tuple[str, str, str, str]:
    """The door of a row of a list, or of anything that says it in the same parts."""
    return (person.compound, person.building, person.unit, person.room)


def compare(person: PersonRow, known: Known) -> tuple[dict[str, Any], dict[str, tuple[Any, Any]]]:
    """(what the list fills in: field → value, what it contradicts: field → (register, list)).

    The door is never among what is filled: a move is a deed of its own.
    """
    fills: dict[str, Any] = {}
    differs: dict[str, tuple[Any, Any]] = {}
    for name in PLAIN_FACTS:
        said, stored = getattr(person, name), getattr(known, name)
        if said and not stored:
            fills[name] = said
        elif said and said != stored:
            differs[name] = (stored, said)
    if new_phones := [phone for phone in person.phones if phone not in known.phones]:
        fills["phones"] = new_phones
    if person.id_number and not known.has_id:
        fills["id_number"] = person.id_number
    if (person.building or person.room) and door_of(person) != known.door:
        differs["address"] = (known.door, door_of(person))
    return fills, differs


def known_people(ids: list[int], *, lock: bool = False) -> dict[int, Known]:
    """People of the register by id, as far as lists speak of them; `lock` keeps them so until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS + (" ORDER BY r.id FOR NO KEY UPDATE OF r" if lock else ""), {"ids": ids})
        row_of: Any = Known  # the row of the query above, field for field
        return {row[0]: row_of(*row[:12], tuple(row[12:])) for row in cursor.fetchall()}


def rows_spoken_of(table: str, place: Place, open_grids: set[int]) -> list[int]:
    """Of the new rows in a table those about which the register says something else than when they were looked at.

    The others need no second judgement: nobody of the register fits them, and their door is what it was.
    """
    values = {"street": place.street_id, "within": f"{place.path}%", "open_grids": sorted(open_grids)}
    with connection.cursor() as cursor:
        cursor.execute(_SPOKEN_OF.replace("{rows}", table), values)
        return sorted(row[0] for row in cursor.fetchall())


def judge(
    people: list[PersonRow],
    *,
    place: Place,
    default_grid: int | None,
    lock: bool = False,
    digests: list[bytes | None] | None = None,
    said: Mapping[int, int] | None = None,
    grids_said: Mapping[str, int] | None = None,
    once: bool = True,
) -> list[Judged]:
    """A verdict for every row, in the order of the rows. `lock` keeps the known people as they are until the commit.

    `digests`: those of the rows' numbers, where the caller has them already. `said`: row → the person whom the user
    says it means; only a number says it more surely. `grids_said`: name that several grids share → the one meant.
    `once`: a person stands in one row; a second one is refused.
    """
    with transaction.atomic():
        found = _Found(people, place, lock, digests_of(people) if digests is None else digests, said or {})
    grids = Grids(place, grids_said)
    seen: dict[Any, int] = {}
    doors: dict[tuple[str, str, str, str], tuple[int, int | None]] = {}
    judged = []
    for ordinal, person in enumerate(people):
        row = _judge_one(ordinal, person, found, grids, default_grid)
        if once and row.verdict != "refused" and (first := _first_with(person, row, seen)):
            row = _refused("twice_in_file:" + str(first))
        if row.verdict == "new" and not row.household_id:
            row = _in_the_doors_grid(person, row, doors)
        judged.append(row)
    return judged


def _in_the_doors_grid(
    person: PersonRow, row: Judged, doors: dict[tuple[str, str, str, str], tuple[int, int | None]]
) -> Judged:
    """A door that the list makes stands in one grid, that of its first row; a later row may say none, but no other."""
    number, grid = doors.setdefault(door_of(person), (person.row, row.grid_id))
    if grid != row.grid_id and person.grid.strip():
        return _refused(f"door_in_other_grid:{number}")
    row.grid_id = grid
    return row


def _refused(code: str) -> Judged:
    return Judged("refused", {"row": code})


def _judge_one(ordinal: int, person: PersonRow, found: "_Found", grids: Grids, default_grid: int | None) -> Judged:
    if person.problems:
        return Judged("refused", {str(name): problem.code for name, problem in person.problems.items()})
    if not person.name:
        return _refused("name_missing")
    candidates = found.candidates(ordinal)
    if len(candidates) > 1:
        return _refused("two_fit")
    if candidates:
        known = candidates[0]
        if not known.grid_path.startswith(found.path):
            return _refused("known_elsewhere")
        fills, differs = compare(person, known)
        verdict = "changed" if fills or differs else "same"
        return Judged(verdict, {}, known, known.household_id, known.grid_id, sorted(differs), sorted(fills))
    if not (person.building or person.room):
        return _refused("door_missing")
    household, elsewhere = found.doors.get(ordinal, (None, False))
    if household:
        return Judged("new", household_id=household, grid_id=found.grid_of[household])
    if (elsewhere and person.compound) or (person.compound, person.building) in found.buildings_elsewhere:
        return _refused("door_elsewhere")
    of_building = found.buildings.get((person.compound, person.building))
    grid, fault = grids.meant(person.grid, person.community, of_building)
    if fault:
        return Judged("refused", {Field.GRID.value: fault})
    grid = grid or of_building or default_grid
    return Judged("new", grid_id=grid) if grid else _refused("grid_missing")


def _first_with(person: PersonRow, row: Judged, seen: dict[Any, int]) -> int | None:
    """The earlier row that is the same person, or None; notes this one."""
    same_place = (person.name, *door_of(person))
    keys: list[Any] = [("id", person.id_type, person.id_number)] if person.id_number else [("nameless id", *same_place)]
    if row.resident_id:
        keys.append(("known", row.resident_id))
    looked_for = list(keys)
    if not person.id_number:
        looked_for.append(("any", *same_place))  # the same name at the same door, one of them without a number
    elif ("nameless id", *same_place) in seen:
        looked_for.append(("nameless id", *same_place))
    first = next((seen[key] for key in looked_for if key in seen), None)
    if first is None:
        for key in [*keys, ("any", *same_place)]:
            seen.setdefault(key, person.row)
    return first


class _Found:
    """What the register says about all rows at once: a fixed number of queries, however long the list."""

    def __init__(self, people: Sequence[Any], place: Place, lock: bool, digests: list[bytes | None],
                 said: Mapping[int, int]) -> None:  # fmt: skip
        self.path = place.path
        self.values: dict[str, Any] = {"street": place.street_id, "within": f"{place.path}%"}
        _copy_incoming(people, digests)
        self.by_id = self._pairs(_BY_ID)
        self.by_word = self._said(said) if said else {}
        self.by_door = self._pairs(_BY_DOOR)
        self.by_phone = self._pairs(_BY_PHONE)
        self.doors = {row[0]: (row[1], row[2]) for row in self._all(_DOORS)}
        buildings = self._all(_BUILDINGS)
        self.buildings = {(row[0], row[1]): row[2] for row in buildings if row[3] == 1}
        self.buildings_elsewhere = {(row[0], row[1]) for row in buildings if row[4]}
        households = [household for household, _elsewhere in self.doors.values() if household]
        self.grid_of = dict(
            self._all("SELECT id, grid_id FROM residents_household WHERE id = ANY(%(ids)s)", ids=households)
        )
        self.by_sureness = (self.by_id, self.by_word, self.by_door, self.by_phone)
        ids = {key for pairs in self.by_sureness for keys in pairs.values() for key in keys}
        self.known = known_people(sorted(ids), lock=lock)

    def candidates(self, ordinal: int) -> list[Known]:
        """The people that a row may mean: by its surest sign."""
        for pairs in self.by_sureness:
            if keys := pairs.get(ordinal):
                return [self.known[key] for key in sorted(keys)]
        return []

    def _said(self, said: Mapping[int, int]) -> dict[int, set[int]]:
        """As far as these people live in the street still."""
        here = {row[0] for row in self._all(_HERE, ids=sorted(said.values()))}
        return {ordinal: {key} for ordinal, key in said.items() if key in here}

    def _all(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement.replace("{rows}", "incoming_person"), {**self.values, **values})
            return list(cursor.fetchall())

    def _pairs(self, statement: str) -> dict[int, set[int]]:
        pairs: dict[int, set[int]] = {}
        for ordinal, key in self._all(statement):
            pairs.setdefault(ordinal, set()).add(key)
        return pairs


def residents_meant(rows: Sequence[Any], digests: list[bytes | None], place: Place) -> list[int | None]:
    """For each row (of a list, or a name to verify) the only person of the street whom it can mean; else None."""
    with transaction.atomic():
        found = _Found(rows, place, False, digests, {})
    fits = (found.candidates(ordinal) for ordinal in range(len(rows)))
    return [people[0].id if len(people) == 1 else None for people in fits]


def digests_of(people: list[PersonRow]) -> list[bytes | None]:
    """By what each row's number is found; None without a number."""
    return [digest_of(number) if (number := number_of(person)) else None for person in people]


def _copy_incoming(people: Sequence[Any], digests: list[bytes | None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.incoming_person")
        cursor.execute(_INCOMING)
    columns = ("row_id", "name", "id_digest", "phones", "compound", "building", "unit", "room")
    rows = (
        (ordinal, person.name, digest, person.phones, *door_of(person))
        for ordinal, (person, digest) in enumerate(zip(people, digests, strict=True))
    )
    copy_lines("incoming_person", columns, (copy_line(row).encode() for row in rows))
    look_at("incoming_person", "row_id", "name", "id_digest", *DOOR_FIELDS)

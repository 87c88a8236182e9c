"""Rows of a list that may be somebody: of the register, or of an earlier row.

`matching` knows whom a row surely means. What is left of the new rows is compared here by the register's own rule for
twins, inside the list's place alone: of whom stands elsewhere in the street nothing is said, the night finds the pair.
"""
# ruff: noqa: S608  (statements are put together from constants of this module, values are bound)

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from grid.bulk import copy_into, copy_line, copy_lines
from grid.models import Place
from residents.lists.matching import Judged, door_of
from residents.lists.rows import PersonRow
from residents.models import ImportBatch, ImportTwin, Resident
from residents.queries.twins import UNCHECKED, door_key, known_of
from residents.rules import twins as rules
from residents.rules.addresses import Door
from residents.rules.names import key_of
from residents.rules.pinyin import pinyin_of
from residents.rules.twins import Known, Suspicion

MOST_FOR_A_ROW = 5  # people, the surest first: more nobody compares
_MOST_PAIRS = 50_000  # of a whole list: past it something else is wrong with the list

_ROWS = """
    CREATE TEMPORARY TABLE twin_row (
        row_id int, name_key text, pinyin text, birth_date date, phones text[], id_type text, door text
    ) ON COMMIT DROP"""
_COLUMNS = ("row_id", "name_key", "pinyin", "birth_date", "phones", "id_type", "door")
_DOOR_PARTS = "\x1f"  # between the parts of a door: no cell holds it
# As the night looks: the reading of the name or its characters, and one fact more; the rule judges what they share.
_PEOPLE_ALIKE = """
    WITH here AS MATERIALIZED (
        SELECT id, household_id, pinyin, name_key, birth_date, phones::text[], id_type FROM residents_resident
        WHERE grid_id = ANY(%(grids)s)
          AND left_on IS NULL AND merged_into_id IS NULL
    ), alike AS (
        SELECT t.row_id, here.id FROM twin_row t JOIN here ON here.pinyin = t.pinyin
        JOIN residents_household h ON h.id = here.household_id WHERE {shared}
        UNION ALL
        SELECT t.row_id, here.id FROM twin_row t JOIN here ON here.name_key = t.name_key AND here.pinyin <> t.pinyin
        JOIN residents_household h ON h.id = here.household_id WHERE {shared}
    ) SELECT row_id, id FROM alike LIMIT %(most)s""".format(
    shared="""(here.birth_date = t.birth_date OR here.phones && t.phones
        OR concat_ws(chr(31), h.compound, h.building, h.unit, h.room) = t.door
        OR here.id_type = t.id_type)"""
)


@dataclass(frozen=True, slots=True)
class Possible:
    """A new row and whom it may be: a person of the register, or an earlier row (by their places in the list)."""

    ordinal: int
    suspicion: Suspicion
    resident_id: int | None = None
    other: int | None = None


def find(people: Sequence[PersonRow], judged: Sequence[Judged], place: Place) -> list[Possible]:
    """Whom the new rows may be, the surest first for each row. A fixed number of queries."""
    new = {number: person for number, person in enumerate(people) if judged[number].verdict == "new"}
    if not new:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        signs = _copy_rows(cursor, new)
        grids = list(Place.objects.within([place.path]).values_list("pk", flat=True))
        cursor.execute(_PEOPLE_ALIKE, {"grids": grids, "most": _MOST_PAIRS})
        alike = set(cursor.fetchall())
    stored = people_known([key for _number, key in alike])
    rows: dict[int, Known] = {}

    def typed(number: int) -> Known:
        if number not in rows:
            rows[number] = of_row(people[number], judged[number].grid_id)
        return rows[number]

    found = [
        Possible(number, seen, resident_id=key)
        for number, key in alike
        if key in stored and (seen := rules.suspicion(typed(number), stored[key]))
    ]
    found += [
        Possible(number, seen, other=earlier)
        for number, earlier in _rows_alike(new, signs)
        if (seen := rules.suspicion(typed(number), typed(earlier)))
    ]
    return list(_surest(found))


def of_row(person: PersonRow, grid_id: int | None) -> Known:
    """What a row says of a person, as the rule for twins compares it."""
    return Known(
        name=person.name,
        id_type=person.id_type or "",
        number=person.id_number or "",
        sex=person.sex or "",
        birth_date=person.birth_date,
        phones=frozenset(person.phones),
        door=door_key(grid_id or 0, Door(*door_of(person))) if person.building or person.room else "",
    )


def _copy_rows(cursor: Any, new: dict[int, PersonRow]) -> dict[int, tuple[str, str]]:
    """Brings the rows beside the register; by what their names are compared."""
    signs = {number: (key_of(person.name)[:60], pinyin_of(person.name)[0][:200]) for number, person in new.items()}
    cursor.execute("DROP TABLE IF EXISTS pg_temp.twin_row")
    cursor.execute(_ROWS)
    lines = [
        copy_line([number, *signs[number], person.birth_date, person.phones or None, _unchecked(person), _door(person)])
        for number, person in new.items()
    ]
    copy_lines("twin_row", _COLUMNS, ["".join(lines).encode()])
    cursor.execute("ANALYZE twin_row")
    return signs


def _unchecked(person: PersonRow) -> str | None:
    """The type of a document without a check digit: two such numbers may be one slip apart."""
    return person.id_type if person.id_type in UNCHECKED else None


def _door(person: PersonRow) -> str | None:
    return _DOOR_PARTS.join(door_of(person)) if person.building or person.room else None


def people_known(ids: Iterable[int]) -> dict[int, Known]:
    """Those of these people who live here still, as the rule for twins compares them. One query."""
    rows = Resident.unscoped.current().filter(pk__in=list(ids)).select_related("household")
    return {person.pk: known_of(person) for person in rows}


def _rows_alike(new: dict[int, PersonRow], signs: dict[int, tuple[str, str]]) -> set[tuple[int, int]]:
    """Pairs (row, earlier row) of one fact and one name; of the earlier ones the first few, so that it stays linear
    whatever a list holds."""
    first: dict[Any, int] = {}  # fact → the first row that says it
    namesakes: dict[tuple[Any, str], list[int]] = {}  # of those who share a fact
    pairs = set()
    for number, person in new.items():
        for fact in (person.birth_date, *person.phones, _door(person), _unchecked(person)):
            if not fact or first.setdefault(fact, number) == number:
                continue
            for sign in signs[number]:
                earlier = namesakes.setdefault((fact, sign), [])
                if sign in signs[first[fact]] and first[fact] not in earlier:
                    earlier.insert(0, first[fact])
                pairs |= {(number, other) for other in earlier}
                if len(earlier) < MOST_FOR_A_ROW:
                    earlier.append(number)
    return pairs


def _surest(found: list[Possible]) -> Iterator[Possible]:
    taken: dict[int, int] = {}
    for one in sorted(
        found, key=lambda one: (one.ordinal, -one.suspicion.strength, one.resident_id or 0, one.other or 0)
    ):
        taken[one.ordinal] = taken.get(one.ordinal, 0) + 1
        if taken[one.ordinal] <= MOST_FOR_A_ROW:
            yield one


def write(batch: ImportBatch, found: Iterable[Possible], ids: Sequence[int]) -> None:
    """Stores the suspicions beside the rows, whose ids stand in their order."""
    columns = ("batch_id", "row_id", "other_id", "resident_id", "strength", "reasons", "decision")
    rows = (
        (batch.pk, ids[one.ordinal], None if one.other is None else ids[one.other], one.resident_id,
         one.suspicion.strength, list(one.suspicion.reasons), "")
        for one in found
    )  # fmt: skip
    copy_into(ImportTwin._meta.db_table, columns, rows)

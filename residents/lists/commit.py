"""Staged rows → the register, by COPY and set-based SQL. The action `actions.lists.take_in` holds the transaction.

What the user saw in the preview is what happens: rows about which the register says something else by now are refused
with that reason, never doubled and never overwritten. New rows were made ready with the preview; of them only those
are judged again of which the register speaks at all.
"""
# ruff: noqa: S608  (statements are put together from constants of this module, values are bound)

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, QuerySet

from grid.bulk import copy_into, copy_lines, look_at
from residents.identity import identity_fields, name_fields
from residents.lists import blocks
from residents.lists.matching import PLAIN_FACTS, Judged, compare, number_of, rows_spoken_of
from residents.lists.new_people import LINE_COLUMNS, PERSON_COLUMNS, PERSON_TYPES
from residents.lists.rows import PersonRow
from residents.models import ImportBatch, ImportRow
from residents.models.household import DOOR_FIELDS

_NAMES = ", ".join(PERSON_COLUMNS)
_AT_ONCE = 10_000  # rows between two words about the progress, or a fifth of a longer list

_TAKEN_PERSON = f"""
    CREATE TEMPORARY TABLE taken_person (
        id bigint DEFAULT nextval('residents_resident_id_seq'),
        row_id bigint, household_id bigint, grid_id bigint, first_day date,
        compound text, building text, unit text, room text, walk_key text, {PERSON_TYPES}
    ) ON COMMIT DROP"""
# Left out, told to be somebody who is known, or refused since: nobody is made of these any more.
_NOT_NEW_ANY_MORE = """
    DELETE FROM taken_person t USING residents_importrow w
    WHERE w.id = t.row_id AND (w.left_out OR w.verdict <> 'new')"""
_PLACE_AGAIN = """
    UPDATE taken_person t SET household_id = n.household_id, grid_id = n.grid_id
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS n (row_id, household_id, grid_id)
    WHERE t.row_id = n.row_id"""
_NUMBER_DOORS = """
    CREATE TEMPORARY TABLE taken_door ON COMMIT DROP AS
    SELECT nextval('residents_household_id_seq') AS id, first.* FROM (
        SELECT DISTINCT ON (compound, building, unit, room) row_id, grid_id, compound, building, unit, room, walk_key
        FROM taken_person WHERE household_id IS NULL ORDER BY compound, building, unit, room, row_id
    ) first"""
_MAKE_DOORS = """
    INSERT INTO residents_household (id, grid_id, street_id, compound, building, unit, room, walk_key, note, version)
    SELECT id, grid_id, %s, compound, building, unit, room, walk_key, '', 1 FROM taken_door"""
_WITH_DOORS = """
    taken_person t LEFT JOIN taken_door d ON t.household_id IS NULL
        AND (t.compound, t.building, t.unit, t.room) = (d.compound, d.building, d.unit, d.room)"""
_MAKE_PEOPLE = f"""
    INSERT INTO residents_resident
        (id, household_id, grid_id, street_id, care_tags, left_reason, bed, version, {_NAMES})
    SELECT t.id, coalesce(t.household_id, d.id), coalesce(d.grid_id, t.grid_id), %s, '{{}}', '', '', 1, {_NAMES}
    FROM {_WITH_DOORS} WHERE t.row_id BETWEEN %s AND %s"""
_WHO_IS_NOT_THERE = " ON CONFLICT (street_id, id_digest) WHERE left_on IS NULL AND merged_into_id IS NULL DO NOTHING"
_REFUSE_LATE = """
    DELETE FROM taken_person t WHERE NOT EXISTS (SELECT FROM residents_resident r WHERE r.id = t.id)
    RETURNING row_id"""
_NOTE_MADE = f"""
    UPDATE residents_importrow w SET resident_id = made.id, household_id = made.household_id, grid_id = made.grid_id,
        made_door = made.made_door
    FROM (
        SELECT t.row_id, t.id, coalesce(t.household_id, d.id) AS household_id,
            coalesce(d.grid_id, t.grid_id) AS grid_id, d.row_id IS NOT DISTINCT FROM t.row_id AS made_door
        FROM {_WITH_DOORS}
    ) made WHERE w.id = made.row_id"""
_FIRST_DAYS = "SELECT id, first_day FROM taken_person WHERE first_day IS NOT NULL"
_CHANGE_PEOPLE = f"""
    UPDATE residents_resident r
    SET ({_NAMES}, version) = ({", ".join("c." + name for name in PERSON_COLUMNS)}, r.version + 1)
    FROM changed_person c WHERE r.id = c.id"""

_COPY_OF_PEOPLE = f"CREATE TEMPORARY TABLE changed_person (id bigint PRIMARY KEY, {PERSON_TYPES}) ON COMMIT DROP"


@dataclass(slots=True)
class Ready:
    """A staged row, unsealed."""

    row: ImportRow
    person: PersonRow


@dataclass(slots=True)
class Prepared:
    """What a list is to do, unsealed before the transaction begins."""

    known: list[Ready]  # rows about people of the register
    lines: list[bytes]  # rows to be added, as COPY takes them


def prepare(batch: ImportBatch) -> Prepared:
    """What the preview made ready. Without it another worker has finished meanwhile, and the claim will say so."""
    known = batch.rows.filter(verdict__in=("changed", "same"), left_out=False)
    return Prepared(unsealed(known), blocks.lines_of(batch))


def unsealed(rows: QuerySet[ImportRow]) -> list[Ready]:
    """Staged rows as they were read, in their order."""
    found = list(rows.order_by("pk"))
    return [Ready(row, person) for row, (person, _cells) in zip(found, blocks.said_by(found), strict=True)]


def lay_out(batch: ImportBatch, prepared: Prepared, open_grids: set[int]) -> list[Ready]:
    """Brings the new rows into the transaction; returns every row that must be judged again, in their order.

    New doors are made in `open_grids` only, which the caller keeps open.
    """
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.taken_person, pg_temp.taken_door")
        cursor.execute(_TAKEN_PERSON)
        copy_lines("taken_person", LINE_COLUMNS, prepared.lines)
        cursor.execute(_NOT_NEW_ANY_MORE)
        look_at("taken_person", "row_id", "household_id", "name", "id_digest", *DOOR_FIELDS)
        cursor.execute("SELECT count(*) FROM taken_person")
        if cursor.fetchone()[0] != batch.rows.filter(verdict="new", left_out=False).count():
            raise ValueError("the lines are not those of the rows")  # nothing is taken in, and the page says so
    spoken_of = rows_spoken_of("taken_person", batch.grid, open_grids)
    again = unsealed(batch.rows.filter(pk__in=spoken_of)) if spoken_of else []
    return sorted([*prepared.known, *again], key=lambda item: item.row.pk)


def confirmed(
    ready: Iterable[Ready], judged: Iterable[Judged], open_grids: set[int]
) -> tuple[list[tuple[Ready, Judged]], dict[str, list[int]]]:
    """(rows whose verdict still holds, code of refusal → ids of rows that the register has overtaken)."""
    standing: list[tuple[Ready, Judged]] = []
    overtaken: dict[str, list[int]] = {}
    for item, now in zip(ready, judged, strict=True):
        code = _overtaken(item.row, now, open_grids)
        if code:
            overtaken.setdefault(code, []).append(item.row.pk)
        else:
            standing.append((item, now))
    return standing, overtaken


def _overtaken(row: ImportRow, now: Judged, open_grids: set[int]) -> str | None:
    if now.verdict == "refused":
        return now.problems.get("row", "changed_meanwhile")
    if row.verdict == "new" and now.verdict != "new":
        return "appeared_meanwhile"
    if row.verdict == "new":
        return None if now.household_id or now.grid_id in open_grids else "changed_meanwhile"
    if now.resident_id != row.resident_id or (row.verdict == "same" and now.verdict == "changed"):
        return "changed_meanwhile"
    return None


def refuse(batch: ImportBatch, overtaken: dict[str, list[int]]) -> None:
    """Notes on the rows why they are refused after all."""
    for code, ids in overtaken.items():
        batch.rows.filter(pk__in=ids).update(verdict="refused", problems={"row": code}, resident_id=None)


def write_new(
    again: list[tuple[Ready, Judged]],
    overtaken: dict[str, list[int]],
    street_id: int,
    note_progress: Callable[[int], object],
) -> list[int]:
    """Makes the new doors and people, and notes on each row what became of it; what it said of the person goes.

    `again`: the rows that were judged again and stand. Returns the rows that somebody else was faster with.
    """
    late = [key for ids in overtaken.values() for key in ids]
    placed = [(item.row.pk, now.household_id, now.grid_id) for item, now in again if item.row.verdict == "new"]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM taken_person WHERE row_id = ANY(%s)", [late])
        cursor.execute(_PLACE_AGAIN, [list(column) for column in zip(*placed, strict=True)] or [[], [], []])
        cursor.execute(_NUMBER_DOORS)
        look_at("taken_door", "row_id", *DOOR_FIELDS)
        cursor.execute(_MAKE_DOORS, [street_id])
        _make_people(cursor, street_id, note_progress)
        cursor.execute(_REFUSE_LATE)
        faster = [row[0] for row in cursor.fetchall()]
        cursor.execute(_NOTE_MADE)
    return faster


def _make_people(cursor: Any, street_id: int, note_progress: Callable[[int], object]) -> None:
    """Some rows at a time. Whom somebody else registered meanwhile is left out; that is rare, and looking out costs."""
    cursor.execute("SELECT min(row_id), max(row_id) FROM taken_person")
    first, last = cursor.fetchone()
    if first is None:
        return
    made, at_once = 0, max(_AT_ONCE, -(-(last - first + 1) // 5))
    for begin in range(first, last + 1, at_once):
        values = [street_id, begin, begin + at_once - 1]
        try:
            with transaction.atomic():
                cursor.execute(_MAKE_PEOPLE, values)
        except IntegrityError:
            cursor.execute(_MAKE_PEOPLE + _WHO_IS_NOT_THERE, values)
        made += cursor.rowcount
        note_progress(made)


def write_changes(standing: list[tuple[Ready, Judged]], said: Mapping[str, Any]) -> int:
    """Fills in what the register lacks, but for the fields in "leave_blank", and for those in "use_list" what the list
    says instead. `said`: the choices of the list.

    The people are locked since they were compared, so the whole value of each named column may be written. Returns
    how many were changed.
    """
    use_list, leave_blank = said.get("use_list") or (), said.get("leave_blank") or ()
    changed = [values for item, now in standing if (values := _changes(item.person, now, use_list, leave_blank))]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.changed_person")
        cursor.execute(_COPY_OF_PEOPLE)
        ids = [key for key, _values in changed]
        cursor.execute(
            f"INSERT INTO changed_person (id, {_NAMES}) SELECT id, {_NAMES} FROM residents_resident WHERE id = ANY(%s)",
            [ids],
        )
        for columns, rows in _by_columns(changed).items():
            _set_columns(cursor, columns, rows)
        cursor.execute(_CHANGE_PEOPLE)
        return int(cursor.rowcount)


def _by_columns(changed: list[tuple[int, dict[str, Any]]]) -> dict[tuple[str, ...], list[tuple[Any, ...]]]:
    """Changes by the set of columns they touch: a few sets, however many people."""
    groups: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for key, values in changed:
        names = tuple(sorted(values))
        groups.setdefault(names, []).append((key, *(values[name] for name in names)))
    return groups


def _set_columns(cursor: Any, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    cursor.execute("DROP TABLE IF EXISTS pg_temp.column_change")
    cursor.execute("CREATE TEMPORARY TABLE column_change (LIKE changed_person) ON COMMIT DROP")
    copy_into("column_change", ("id", *columns), rows)
    assignments = ", ".join(f"{name} = n.{name}" for name in columns)
    cursor.execute(f"UPDATE changed_person c SET {assignments} FROM column_change n WHERE n.id = c.id")


def _changes(
    person: PersonRow, now: Judged, use_list: Collection[str], leave_blank: Collection[str]
) -> tuple[int, dict[str, Any]] | None:
    if now.known is None:
        return None
    fills, differs = compare(person, now.known)
    values = {name: said for name, said in fills.items() if name not in leave_blank}
    values.update({name: said for name, (_stored, said) in differs.items() if name in PLAIN_FACTS and name in use_list})
    if "name" in values:
        values.update(name_fields(values["name"]))
    if "note" in values:
        values["note"] = values["note"][:200]
    if "phones" in values:
        values["phones"] = [*now.known.phones, *values["phones"]]
    if values.pop("id_number", None):
        values.update(identity_fields(number_of(person)))
    return (now.known.id, values) if values else None


def first_days(standing: list[tuple[Ready, Judged]]) -> dict[int, date]:
    """Resident → first day of isolation, for the rows that state one."""
    days = {
        now.resident_id: item.person.isolation_start
        for item, now in standing
        if now.resident_id and item.person.isolation_start
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_DAYS)
        return days | dict(cursor.fetchall())


def counts(batch: ImportBatch) -> dict[str, Any]:
    """Rows by verdict as they stand now, and the doors made; beside them the lines that were read as nobody."""
    rows = batch.rows.filter(left_out=False)
    found = Counter(dict(rows.order_by().values_list("verdict").annotate(Count("pk"))))
    return {
        **{verdict: found[verdict] for verdict in ("new", "changed", "same", "refused", "verify")},
        "doors": rows.filter(made_door=True).count(),
        "left_out": batch.rows.filter(left_out=True).count(),
        "unread": batch.counts.get("unread"),
    }

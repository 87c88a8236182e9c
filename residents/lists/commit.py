"""Staged rows → the register, by COPY and set-based SQL. The action `actions.lists.take_in` holds the transaction.

What the user saw in the preview is what happens: rows about which the register says something else by now are refused
with that reason, never doubled and never overwritten.
"""
# ruff: noqa: S608  (statements are put together from constants of this module, values are bound)

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from grid.bulk import copy_into
from residents.identity import identity_fields, name_fields, prepare_door
from residents.lists.matching import PLAIN_FACTS, Judged, compare, door_of, number_of
from residents.lists.rows import PersonRow
from residents.lists.staging import unpack
from residents.models import ImportBatch, ImportRow

_CHUNK = 1000
_PERSON_COLUMNS = (
    "name", "name_key", "pinyin", "initials", "id_type", "id_sealed", "id_digest", "id_tail_digest", "sex",
    "birth_date", "phones", "relation", "residency", "note",
)  # fmt: skip
_TYPES = """
    name text, name_key text, pinyin text, initials text, id_type text, id_sealed bytea, id_digest bytea,
    id_tail_digest bytea, sex text, birth_date date, phones text[], relation text, residency text, note text"""
_NAMES = ", ".join(_PERSON_COLUMNS)

_TAKEN_PERSON = f"""
    CREATE TEMPORARY TABLE taken_person (
        row_id bigint PRIMARY KEY, resident_id bigint, household_id bigint, grid_id bigint,
        made_door boolean DEFAULT false,
        compound text, building text, unit text, room text, walk_key text, {_TYPES}
    ) ON COMMIT DROP"""
_NUMBER_DOORS = """
    CREATE TEMPORARY TABLE taken_door ON COMMIT DROP AS
    SELECT nextval(pg_get_serial_sequence('residents_household', 'id')) AS id, first.* FROM (
        SELECT DISTINCT ON (compound, building, unit, room) row_id, grid_id, compound, building, unit, room, walk_key
        FROM taken_person WHERE household_id IS NULL ORDER BY compound, building, unit, room, row_id
    ) first"""
_MAKE_DOORS = """
    INSERT INTO residents_household (id, grid_id, street_id, compound, building, unit, room, walk_key, note, version)
    SELECT id, grid_id, %s, compound, building, unit, room, walk_key, '', 1 FROM taken_door"""
_ENTER_DOORS = """
    UPDATE taken_person t SET household_id = d.id, grid_id = d.grid_id, made_door = (t.row_id = d.row_id)
    FROM taken_door d WHERE t.household_id IS NULL
      AND (t.compound, t.building, t.unit, t.room) = (d.compound, d.building, d.unit, d.room)"""
_MAKE_PEOPLE = f"""
    INSERT INTO residents_resident
        (id, household_id, grid_id, street_id, care_tags, left_reason, bed, version, {_NAMES})
    SELECT resident_id, household_id, grid_id, %s, '{{}}', '', '', 1, {_NAMES}
    FROM taken_person ORDER BY row_id
    ON CONFLICT (street_id, id_digest) WHERE left_on IS NULL AND merged_into_id IS NULL DO NOTHING"""
_CHANGE_PEOPLE = f"""
    UPDATE residents_resident r
    SET ({_NAMES}, version) = ({", ".join("c." + name for name in _PERSON_COLUMNS)}, r.version + 1)
    FROM changed_person c WHERE r.id = c.id"""
_NOTE_MADE = """
    UPDATE residents_importrow w SET resident_id = t.resident_id, household_id = t.household_id, grid_id = t.grid_id,
        made_door = t.made_door, sealed_cells = NULL
    FROM taken_person t WHERE w.id = t.row_id
      AND EXISTS (SELECT FROM residents_resident r WHERE r.id = t.resident_id)"""
_REFUSE_LATE = """
    UPDATE residents_importrow w SET verdict = 'refused', problems = '{"row": "appeared_meanwhile"}'
    FROM taken_person t WHERE w.id = t.row_id
      AND NOT EXISTS (SELECT FROM residents_resident r WHERE r.id = t.resident_id)"""


@dataclass(slots=True)
class Ready:
    """A staged row, unsealed and prepared for the register before the transaction begins."""

    row: ImportRow
    person: PersonRow
    columns: dict[str, Any]  # of a new resident and her door

    @property
    def makes_door(self) -> bool:
        """Whether the preview showed a door that is new too."""
        return self.row.verdict == "new" and self.row.household_id is None


def prepare(batch: ImportBatch, note_progress: Callable[[int], object]) -> list[Ready]:
    """Every row that is not refused: the slow part of the work, done outside the transaction."""
    ready: list[Ready] = []
    # Without cells: another worker has finished meanwhile, and the claim will say so.
    rows = batch.rows.filter(sealed_cells__isnull=False).exclude(verdict="refused").order_by("pk")
    for row in rows.iterator(chunk_size=_CHUNK):
        person, _cells = unpack(row)
        ready.append(Ready(row, person, _columns(person) if row.verdict == "new" else {}))
        if len(ready) % _CHUNK == 0:
            note_progress(len(ready))
    return ready


def _columns(person: PersonRow) -> dict[str, Any]:
    compound, building, unit, room = (
        part[:limit] for part, limit in zip(door_of(person), (60, 20, 20, 20), strict=True)
    )
    return {
        **name_fields(person.name),
        **identity_fields(number_of(person)),
        **prepare_door(compound=compound, building=building, unit=unit, room=room),
        "sex": person.sex or "",
        "birth_date": person.birth_date,
        "phones": list(person.phones),
        "relation": person.relation or "",
        "residency": person.residency or "",
        "note": person.note[:200],
    }


def confirmed(
    ready: Iterable[Ready], judged: Iterable[Judged], open_grids: set[int]
) -> tuple[list[tuple[Ready, Judged]], dict[str, list[int]]]:
    """(rows whose verdict still holds, code of refusal → ids of rows that the register has overtaken).

    New doors are made in `open_grids` only, which the caller keeps open.
    """
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


def write_new(standing: list[tuple[Ready, Judged]], street_id: int) -> None:
    """Makes the new doors and people, and notes on each row what became of it; what it said of the person goes."""
    new = [(item, now) for item, now in standing if item.row.verdict == "new"]
    names = ("compound", "building", "unit", "room", "walk_key", *_PERSON_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.taken_person, pg_temp.taken_door")
        cursor.execute(_TAKEN_PERSON)
        copy_into(
            "taken_person",
            ("row_id", "household_id", "grid_id", *names),
            (
                (item.row.pk, now.household_id, now.grid_id, *(item.columns[name] for name in names))
                for item, now in new
            ),
        )
        cursor.execute(
            "UPDATE taken_person SET resident_id = nextval(pg_get_serial_sequence('residents_resident', 'id'))"
        )
        cursor.execute(_NUMBER_DOORS)
        cursor.execute("ANALYZE taken_person, taken_door")
        cursor.execute(_MAKE_DOORS, [street_id])
        cursor.execute(_ENTER_DOORS)
        cursor.execute(_MAKE_PEOPLE, [street_id])
        cursor.execute(_NOTE_MADE)
        cursor.execute(_REFUSE_LATE)


def write_changes(standing: list[tuple[Ready, Judged]], use_list: bool) -> int:
    """Fills in what the register lacks, and where the user said so what the list says instead.

    The people are locked since they were compared, so the whole value of each named column may be written. Returns
    how many were changed.
    """
    changed = [values for item, now in standing if (values := _changes(item.person, now, use_list))]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.changed_person")
        cursor.execute(f"CREATE TEMPORARY TABLE changed_person (id bigint PRIMARY KEY, {_TYPES}) ON COMMIT DROP")
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


def _changes(person: PersonRow, now: Judged, use_list: bool) -> tuple[int, dict[str, Any]] | None:
    if now.known is None:
        return None
    fills, differs = compare(person, now.known)
    values = dict(fills)
    if use_list:
        values.update({name: said for name, (_stored, said) in differs.items() if name in PLAIN_FACTS})
    if "name" in values:
        values.update(name_fields(values["name"]))
    if "note" in values:
        values["note"] = values["note"][:200]
    if "phones" in values:
        values["phones"] = [*now.known.phones, *values["phones"]]
    if values.pop("id_number", None):
        values.update(identity_fields(number_of(person)))
    return (now.known.id, values) if values else None


def first_days(batch: ImportBatch, standing: list[tuple[Ready, Judged]]) -> dict[int, date]:
    """Resident → first day of isolation, for the rows that state one."""
    days = {item.row.pk: item.person.isolation_start for item, _now in standing if item.person.isolation_start}
    rows = batch.rows.filter(pk__in=list(days)).exclude(verdict="refused")
    return {resident: days[row] for row, resident in rows.values_list("pk", "resident_id") if resident}


def counts(batch: ImportBatch) -> dict[str, int]:
    """Rows by verdict as they stand now, and the doors made."""
    rows = batch.rows.all()
    found = Counter(rows.values_list("verdict", flat=True))
    return {
        **{verdict: found[verdict] for verdict in ("new", "changed", "same", "refused")},
        "doors": rows.filter(made_door=True).count(),
    }

"""A new row of a list as the register's columns: one line of COPY, made while the list is looked at."""

from grid.bulk import copy_line
from residents.identity import identity_fields, name_fields, prepare_door
from residents.lists.matching import Judged, number_of
from residents.lists.rows import PersonRow

PERSON_COLUMNS = (
    "name", "name_key", "pinyin", "initials", "id_type", "id_sealed", "id_digest", "id_tail_digest", "sex",
    "birth_date", "phones", "relation", "residency", "note",
)  # fmt: skip
PERSON_TYPES = """
    name text, name_key text, pinyin text, initials text, id_type text, id_sealed bytea, id_digest bytea,
    id_tail_digest bytea, sex text, birth_date date, phones text[], relation text, residency text, note text"""
_DOOR_COLUMNS = ("compound", "building", "unit", "room", "walk_key")
LINE_COLUMNS = ("row_id", "household_id", "grid_id", "first_day", *_DOOR_COLUMNS, *PERSON_COLUMNS)


def new_line(row_id: int, person: PersonRow, row: Judged, digest: bytes | None) -> str:
    """The line, in the order of `LINE_COLUMNS`, for a row that is to be added as it was judged."""
    door = prepare_door(
        compound=person.compound[:60], building=person.building[:20], unit=person.unit[:20], room=person.room[:20]
    )
    name, identity = name_fields(person.name), identity_fields(number_of(person), digest)
    return copy_line([
        row_id, row.household_id, row.grid_id, person.isolation_start, *door.values(), *name.values(),
        *identity.values(), person.sex or "", person.birth_date, person.phones, person.relation or "",
        person.residency or "", person.note[:200],
    ])  # fmt: skip

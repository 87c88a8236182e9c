"""`manage.py read_list FILE --json`: what is read from a list, one JSON object a person-row. Needs no database."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from residents.lists.faults import refusal_words, row_words
from residents.lists.headers import find_tables
from residents.lists.reading import Refusal, RefusedFile, read_sheets
from residents.lists.rows import PersonRow, read_people


class Command(BaseCommand):
    """Prints what a list says, for people or (--json) for programs."""

    help = "Read a list without storing anything."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", help="one JSON object a person-row")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            sheets = read_sheets(file.read_bytes(), file.name)
        except OSError as error:
            raise CommandError(str(error)) from error
        except RefusedFile as refused:
            raise CommandError(str(refusal_words(refused.reason))) from refused
        tables = find_tables(sheets)
        if not tables:
            raise CommandError(str(refusal_words(Refusal.NOT_A_LIST)))
        people = read_people(tables, file.name)
        show = _json_line if options["json"] else _words
        self.stdout.write("\n".join(map(show, people)))


def _json_line(person: PersonRow) -> str:
    return json.dumps(as_json(person), ensure_ascii=False)


def as_json(person: PersonRow) -> dict[str, Any]:
    """The person as `manage.py read_list --json` prints it."""
    plain: dict[str, Any] = {
        "row": person.row,
        "name": person.name or None,
        "sex": person.sex,
        "birth_date": person.birth_date and person.birth_date.isoformat(),
        "id_number": person.id_number,
        "phones": list(person.phones),
        "compound": person.compound or None,
        "building": person.building or None,
        "unit": person.unit or None,
        "room": person.room or None,
        "relation": person.relation,
        "isolation_start": person.isolation_start and person.isolation_start.isoformat(),
        "isolation_end": person.isolation_end and person.isolation_end.isoformat(),
        "note": person.note or None,
        "check_ins": [
            {"date": day.isoformat(), "slot": slot, "temperature": degrees} for day, slot, degrees in person.check_ins
        ],
        "needs": [list(need) for need in person.needs],
        "urgent": person.urgent,
        "household": person.household,
        "problems": sorted(person.problems),
    }
    return {"sheet": person.sheet, **plain} if person.sheet else plain


def _words(person: PersonRow) -> str:
    """Row number and faults; values are not shown."""
    faults = " ".join(map(str, row_words(person.problems)))
    return f"{person.sheet} {person.row}: {faults or 'OK'}".strip()

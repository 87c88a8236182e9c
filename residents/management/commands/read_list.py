"""`manage.py read_list FILE --json`: what is read from a list, one JSON object a person-row. Needs no database."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from residents.lists.faults import refusal_words, row_words
from residents.lists.headers import find_tables
from residents.lists.reading import Refusal, RefusedFile, read_sheets
from residents.lists.rows import PersonRow, as_json, read_people


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


def _words(person: PersonRow) -> str:
    """Row number and faults; values are not shown."""
    faults = " ".join(map(str, row_words(person.problems)))
    return f"{person.sheet} {person.row}: {faults or 'OK'}".strip()

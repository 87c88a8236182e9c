"""Begins an instance for real: its first place and its first administrator."""

import getpass
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from grid.actions import instance
from grid.rules.places import Kind


class Command(BaseCommand):
    """`begin_instance --kind street --code 420198001 --place 望江街道 --user-name li.ming --name 李明`.

    The password is asked for, or read as one line from standard input where that is no terminal.
    """

    help = "Creates the first place and the first administrator of an empty instance."

    def add_arguments(self, parser: CommandParser) -> None:
        """What the two rows need."""
        parser.add_argument("--kind", choices=[Kind.CITY, Kind.DISTRICT, Kind.STREET], required=True)
        for name in ("--code", "--place", "--user-name", "--name"):
            parser.add_argument(name, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Creates both, or says what is wrong."""
        password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().strip()
        try:
            validate_password(password)
            instance.begin(
                kind=Kind(options["kind"]),
                code=options["code"],
                place_name=options["place"],
                user_name=options["user_name"],
                staff_name=options["name"],
                password=password,
                at=timezone.now(),
            )
        except ValidationError as fault:
            raise CommandError("; ".join(fault.messages)) from fault
        except instance.AlreadyBegun as fault:
            raise CommandError("This instance has places already; add more on its pages.") from fault
        self.stdout.write("Begun. Log in and add the places below it, then staff.")

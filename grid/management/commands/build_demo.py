"""Fills an empty database with the demo street."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from grid.actions import demo


class Command(BaseCommand):
    """`build_demo`, `build_demo --if-empty` (quiet otherwise), `build_demo --reset` (a demo instance only)."""

    help = "Fills an empty database with the demo street of invented people."

    def add_arguments(self, parser: CommandParser) -> None:
        """The two ways beside the plain one."""
        parser.add_argument("--if-empty", action="store_true", help="do nothing where there is data already")
        parser.add_argument("--reset", action="store_true", help="throw the demo street away first (owner's role)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Builds, or says why not."""
        if settings.PRODUCTION:
            raise CommandError("The demo is not built under SHOUWANG_ENV=production. Use add_administrator.")
        try:
            if options["reset"]:
                demo.empty_demo()
            demo.build_demo(at=timezone.now())
        except demo.NotEmpty as fault:
            if options["if_empty"]:
                return
            raise CommandError("This database holds data and is not a demo: nothing was changed.") from fault
        self.stdout.write("The demo street is built.")

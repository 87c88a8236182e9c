"""compile_messages: makes the binary catalogue from django.po."""

from typing import Any

from django.core.management.base import BaseCommand

from grid.management import catalogue


class Command(BaseCommand):
    """Needs no gettext, no database and no service."""

    help = "Make the binary catalogue of Chinese words from locale/zh_Hans/LC_MESSAGES/django.po."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **options: Any) -> None:
        """Writes the file."""
        count = catalogue.compile_catalogue()
        if options["verbosity"] > 1:
            self.stdout.write(f"{count} messages compiled.")

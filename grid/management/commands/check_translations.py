"""check_translations: fails where a word would appear in English on a Chinese page."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from grid.management import catalogue


class Command(BaseCommand):
    """Lists every message without a translation, no longer used, or with other placeholders."""

    help = "Check that every message has its Chinese translation and that none is left over."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Fails with the list."""
        faults = catalogue.faults_of(catalogue.stored())
        if faults:
            raise CommandError("\n".join([*faults, f"{len(faults)} faults. First: manage.py extract_messages"]))
        self.stdout.write("Every message is translated.")

"""extract_messages: brings django.po in step with the tree."""

from typing import Any

from django.core.management.base import BaseCommand

from grid.management import catalogue


class Command(BaseCommand):
    """Keeps translations, drops what is no longer used, and says what is missing."""

    help = "Bring the catalogue of Chinese words in step with code and templates, and compile it."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Writes the catalogue and reports."""
        before = {str(message.id) for message in catalogue.stored() if message.id}
        catalogue.write(catalogue.merged())
        after = {str(message.id) for message in catalogue.stored() if message.id}
        for fault in catalogue.faults_of(catalogue.stored()):
            self.stdout.write(fault)
        count = catalogue.compile_catalogue()
        self.stdout.write(f"{count} messages, {len(after - before)} new, {len(before - after)} dropped.")

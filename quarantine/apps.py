"""Quarantine as a Django app."""

from django.apps import AppConfig


class QuarantineConfig(AppConfig):
    """Hands its figures, pages and demo rows down to the ground."""

    name = "quarantine"

    def ready(self) -> None:
        """Fills the registries of the ground."""
        from grid import registries
        from quarantine.actions.demo import build_work

        registries.DEMO_BUILDERS.append((20, build_work))

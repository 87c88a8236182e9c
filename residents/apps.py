"""Residents as a Django app."""

from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    """Hands its figures, pages and demo rows down to the ground."""

    name = "residents"

    def ready(self) -> None:
        """Fills the registries of the ground."""
        from grid import registries
        from residents.actions.demo import build_people

        registries.DEMO_BUILDERS.append((10, build_people))

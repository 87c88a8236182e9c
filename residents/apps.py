"""Residents as a Django app."""

from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    """Hands its pages and demo rows down to the ground."""

    name = "residents"

    def ready(self) -> None:
        """Fills the registries of the ground."""
        from django.utils.translation import gettext_lazy as _
        from django.utils.translation import pgettext_lazy

        from grid import outbox, registries
        from grid.rules.permissions import Permission
        from residents import tasks
        from residents.actions import lists
        from residents.actions.demo import build_people
        from residents.deeds import REGISTER_DEEDS, REGISTER_FACTS, REGISTER_SUBJECTS
        from residents.forms.people import REVEAL_REASONS
        from residents.lists import kinds
        from residents.models import Household

        registries.DEMO_BUILDERS.append((10, build_people))
        registries.PAGES.append(registries.Page("list_home", _("Lists"), Permission.IMPORT_LISTS, rank=20))
        registries.hear("night", lists.forget_old_lists)
        kinds.register(kinds.RESIDENTS)
        outbox.register_task("commit_list", tasks.commit_list)

        registries.PAGES.append(
            registries.Page("resident_search", pgettext_lazy("bar", "People"), Permission.SEE_PEOPLE, rank=30)
        )
        registries.TENANTS.append((Household, _("households")))
        registries.DEEDS.update(REGISTER_DEEDS)
        registries.SUBJECTS.update(REGISTER_SUBJECTS)
        registries.FACTS.update(REGISTER_FACTS)
        why = registries.FactWords(pgettext_lazy("audit", "reason"), dict(REVEAL_REASONS))
        registries.FACTS["id_revealed.reason"] = why

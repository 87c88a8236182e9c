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
        from residents.actions import lists, places
        from residents.actions.demo import build_people
        from residents.actions.demo_work import build_register_work
        from residents.deeds import REGISTER_DEEDS, REGISTER_FACTS, REGISTER_SUBJECTS
        from residents.forms.people import REVEAL_REASONS
        from residents.forms.privacy import FILE_REASONS, GROUND_LABELS
        from residents.lists import kinds
        from residents.models import Household
        from residents.queries import households, person_file

        _register_moves()
        _register_twins()
        _register_names()
        registries.DEMO_BUILDERS += [(10, build_people), (30, build_register_work)]
        registries.PAGES.append(registries.Page("list_home", _("Lists"), Permission.IMPORT_LISTS, rank=20))
        registries.hear("night", lists.forget_old_lists)
        kinds.register(kinds.RESIDENTS)
        kinds.register(kinds.TO_FIND)
        outbox.register_task("commit_list", tasks.commit_list)

        registries.PAGES.append(
            registries.Page("resident_search", pgettext_lazy("bar", "People"), Permission.SEE_PEOPLE, rank=30)
        )
        registries.TENANTS.append((Household, _("households")))
        registries.DOOR_COUNTS.append(registries.DoorCount(_("Doors"), households.doors_by_grid))
        registries.DOOR_KEEPERS.append(registries.DoorKeeper(places.buildings_of, places.move_doors))
        registries.register_standing(registries.Standing("doors", _("doors"), places.doors, 10))
        registries.register_standing(registries.Standing("people", _("people"), places.people, 20))
        registries.register_standing(
            registries.Standing("offers", _("moves to another street, not answered yet"), places.open_offers, 50)
        )
        registries.hear("place_merged", places.hear_place_merged)
        registries.DEEDS.update(REGISTER_DEEDS)
        registries.SUBJECTS.update(REGISTER_SUBJECTS)
        registries.FACTS.update(REGISTER_FACTS)
        why = registries.FactWords(pgettext_lazy("audit", "reason"), dict(REVEAL_REASONS))
        registries.FACTS["id_revealed.reason"] = registries.FACTS["list_written.reason"] = why
        registries.FACTS["person_file_printed.reason"] = registries.FactWords(why.label, dict(FILE_REASONS))
        proof = registries.FactWords(pgettext_lazy("audit", "fingerprint of the keys"))
        registries.FACTS["person_purged.digest"] = proof
        registries.FACTS["ground"] = registries.FactWords(why.label, dict(GROUND_LABELS))
        registries.NOTICES["removal_asked"] = registries.NoticeWords(
            _("A person's data are to be removed"), person_file.lines_of_wishes
        )


def _register_moves() -> None:
    from django.utils.translation import gettext_lazy as _

    from grid import registries
    from grid.rules.permissions import Permission
    from residents.actions import offers as deeds
    from residents.queries import notices, offers

    for page in ("resident", "household"):
        registries.PANELS.append(
            registries.Panel(page, "residents/moves/_panel.html", offers.panel_of, Permission.SEE_PEOPLE, 60)
        )
    registries.hear("residents_moved", deeds.hear_residents_moved)
    registries.hear("residents_left", deeds.hear_residents_left)
    registries.hear("people_merged", deeds.hear_people_merged)
    registries.NOTICES |= {
        "offer_received": registries.NoticeWords(_("Somebody is offered to you"), notices.offer_lines),
        "offer_answered": registries.NoticeWords(_("An offer was answered"), notices.offer_lines),
        "given_back": registries.NoticeWords(_("Another street gave somebody back to you"), notices.door_lines),
        "moved_in": registries.NoticeWords(_("Somebody moved in"), notices.door_lines),
        "moved_out": registries.NoticeWords(_("Somebody moved to another grid"), notices.door_lines),
    }


def _register_twins() -> None:
    from grid import outbox, registries
    from grid.rules.permissions import Permission
    from residents.actions import twins
    from residents.queries.twins import panel_of_resident

    registries.hear("night", twins.ask_everywhere)
    outbox.register_task("find_twins", twins.find_twins)
    registries.PANELS.append(
        registries.Panel("resident", "residents/_merges.html", panel_of_resident, Permission.SEE_PEOPLE, rank=1)
    )


def _register_names() -> None:
    from django.utils.translation import gettext_lazy as _

    from grid import registries
    from residents.actions import names as deeds
    from residents.queries import notices

    # Once before posts and places are held, and again for what came meanwhile.
    registries.hear("place_merging", deeds.hear_place_merged)
    registries.hear("place_merged", deeds.hear_place_merged)
    registries.hear("place_closed", deeds.hear_place_closed)
    registries.NOTICES |= {
        "name_received": registries.NoticeWords(_("Another community asks you to find somebody"), notices.name_lines),
        "isolation_wanted": registries.NoticeWords(_("Somebody found is to isolate"), notices.person_lines),
    }

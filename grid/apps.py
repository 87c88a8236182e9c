"""The ground as a Django app."""

from django.apps import AppConfig


class GridConfig(AppConfig):
    """Places, staff, access, audit; guards every database connection."""

    name = "grid"

    def ready(self) -> None:
        """Connects the guards: no superuser at work, and the app role's privileges after each migration."""
        from django.contrib.auth.signals import user_logged_in
        from django.db.backends.signals import connection_created
        from django.db.models.signals import post_migrate

        from grid import checks, privileges, sessions  # noqa: F401  (checks register themselves)

        connection_created.connect(privileges.refuse_superuser)
        post_migrate.connect(privileges.grant_after_migrate)
        user_logged_in.connect(sessions.begin_after_login)
        _register_figures()
        _register_ground()
        _register_notices()


def _register_figures() -> None:
    from django.utils.translation import gettext_lazy as _

    from grid import registries
    from grid.rules.permissions import Permission

    registries.PAGES.append(registries.Page("figures", _("Figures"), Permission.SEE_FIGURES, 50))
    registries.HOME_PAGES.append(registries.HomePage("figures", Permission.SEE_FIGURES, 20))


def _register_ground() -> None:
    from django.utils.translation import gettext_lazy as _

    from grid import registries
    from grid.actions import notices
    from grid.deeds import GROUND_DEEDS, GROUND_FACTS, GROUND_SUBJECTS
    from grid.queries import notices as notice_queries
    from grid.rules.permissions import Permission

    registries.DEEDS.update(GROUND_DEEDS)
    registries.SUBJECTS.update(GROUND_SUBJECTS)
    registries.FACTS.update(GROUND_FACTS)
    registries.hear("night", notices.forget_seen_notices)
    registries.PAGES += [
        # After 报数: who has more pages than the bar holds finds 提醒 in the menu, its count beside her name.
        registries.Page(
            "notice_list", _("Notices"), Permission.SEE_PEOPLE, 55, notice_queries.unseen_count, "notice_count"
        ),
        registries.Page("helper_list", _("Helpers"), Permission.MANAGE_HELPERS, 58),
        registries.Page("staff_list", _("Staff"), Permission.MANAGE_STAFF, 60),
        registries.Page("place_list", _("Places"), Permission.MANAGE_PLACES, 70),
        registries.Page("audit_search", _("Audit"), Permission.READ_AUDIT, 80),
    ]
    registries.HOME_PAGES += [
        registries.HomePage("staff_list", Permission.MANAGE_STAFF, 30),
        registries.HomePage("audit_search", Permission.READ_AUDIT, 40),
    ]


def _register_notices() -> None:
    from django.utils.translation import gettext_lazy as _

    from grid import registries
    from grid.queries import place_notices as words

    registries.NOTICES |= {
        "place_merged": registries.NoticeWords(_("A place was merged"), words.lines_of(words.place_merged)),
        "buildings_moved": registries.NoticeWords(_("Buildings moved"), words.lines_of(words.buildings_moved)),
        "place_moved": registries.NoticeWords(_("A grid moved"), words.lines_of(words.place_moved)),
    }

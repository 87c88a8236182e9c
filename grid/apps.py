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

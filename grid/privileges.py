"""What the app role may do in the database. The owner grants it after each migration."""

from contextlib import suppress
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections

# Rows that nobody at work may change: the audit, history, and versions of rules. Everything else: all four.
ADD_AND_READ = "SELECT, INSERT"
EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"


def _privileges_on(table: str, append_only: set[str]) -> str:
    if table in append_only:
        return ADD_AND_READ
    if table == "pghistory_context":
        return "SELECT, INSERT, UPDATE"  # its upsert adds facts to the context of the same transaction
    if table == "django_migrations":
        return "SELECT"
    return EVERYTHING


def _append_only_tables() -> set[str]:
    """Tables of models that say `append_only`, and of history."""
    return {
        model._meta.db_table
        for model in apps.get_models()
        if getattr(model, "append_only", False) or getattr(model, "pgh_tracked_model", None) is not None
    }


def grant_after_migrate(sender: AppConfig, using: str, **_kwargs: Any) -> None:
    """Grants the app role its privileges on every table, once, after the last app's migrations."""
    if sender.label != "grid" or using == DEFAULT_DB_ALIAS:
        return
    connection = connections[using]
    role = connection.ops.quote_name(settings.DATABASES[DEFAULT_DB_ALIAS]["USER"])
    append_only = _append_only_tables()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"REVOKE ALL ON {name} FROM {role}")
            cursor.execute(f"GRANT {_privileges_on(table, append_only)} ON {name} TO {role}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
        # A temporary table of the same name must not catch what history's triggers write.
        cursor.execute("SELECT oid::regprocedure FROM pg_proc WHERE proname LIKE 'pgtrigger%'")
        for (function,) in cursor.fetchall():
            cursor.execute(f"ALTER FUNCTION {function} SET search_path = public, pg_temp")


def refuse_superuser(connection: Any, **_kwargs: Any) -> None:
    """Stops at once where the portal would work as a database superuser, past every privilege."""
    if connection.alias != DEFAULT_DB_ALIAS or connection.vendor != "postgresql":
        return
    if connection.connection.info.parameter_status("is_superuser") == "on":
        connection.close()
        raise ImproperlyConfigured(
            "DATABASE_URL names a database superuser. Give the portal its own role that owns nothing (README)."
        )


def refuse_to_start_as_superuser() -> None:
    """Opens one connection while a process starts, so that a superuser stops it there and not at the first page.

    A database that is away is no reason: the process starts and waits for it.
    """
    with suppress(OperationalError):
        connections[DEFAULT_DB_ALIAS].ensure_connection()
    connections[DEFAULT_DB_ALIAS].close()

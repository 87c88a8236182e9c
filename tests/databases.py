"""Test databases: the owner migrates a template once, the tests work as the app role on clones of it.

A clone takes a fraction of a second. The template is kept between sessions for as long as migrations and libraries
stay the same. Each session holds an advisory lock named in its clones, so that the clones of a session that was
killed are known for what they are and dropped by the next one.
"""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE, CLONE = "shouwang_template_", "shouwang_clone_"
_LOCK_OF_TEMPLATE = 7_600_001


class TestDatabases:
    """One session's template and clones."""

    __test__ = False

    def __init__(self) -> None:
        self._maintenance = psycopg.connect(**connections["owner"].get_connection_params(), autocommit=True)
        self._session = secrets.randbelow(2**31)
        self._count = 0
        self._run("SELECT pg_advisory_lock(%s)", [self._session])
        self._drop_leftovers()
        self.template = self._make_template()

    def _run(self, statement: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        cursor = self._maintenance.execute(statement, values)
        return cursor.fetchall() if cursor.description else []

    def _names(self, prefix: str) -> list[str]:
        return [row[0] for row in self._run("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])]

    def _drop_leftovers(self) -> None:
        for name in self._names(CLONE):
            session = int(name.removeprefix(CLONE).partition("_")[0])
            if session != self._session and self._run("SELECT pg_try_advisory_lock(%s)", [session])[0][0]:
                self.drop(name)
                self._run("SELECT pg_advisory_unlock(%s)", [session])

    def _make_template(self) -> str:
        name = TEMPLATE + digest_of_migrations()
        self._run("SELECT pg_advisory_lock(%s)", [_LOCK_OF_TEMPLATE])
        try:
            if name in self._names(TEMPLATE):
                return name
            draft = f"{TEMPLATE}draft"
            for old in self._names(TEMPLATE):
                self.drop(old)
            self._run(f"CREATE DATABASE {draft} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'")
            with connected_to(draft):
                call_command("migrate", database="owner", verbosity=0, interactive=False)
            self._run(f"ALTER DATABASE {draft} RENAME TO {name}")
            return name
        finally:
            self._run("SELECT pg_advisory_unlock(%s)", [_LOCK_OF_TEMPLATE])

    def clone(self) -> str:
        """A fresh database, as the migrations leave it; its name."""
        self._count += 1
        name = f"{CLONE}{self._session}_{self._count}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {self.template}")
        return name

    def drop(self, name: str) -> None:
        """Drops a database; the owner, being a member of the app role, may end what still hangs on to it.

        Not by FORCE: that refuses where an autovacuum worker is at it, which a plain DROP sends away by itself.
        """
        self._run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND usename IN (SELECT rolname FROM pg_roles WHERE pg_has_role(oid, 'MEMBER'))",
            [name],
        )
        self._run(f"DROP DATABASE IF EXISTS {name}")

    def close(self) -> None:
        """Ends the session: its lock falls with the connection."""
        self._maintenance.close()


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Both roles' connections, in every thread, go to this database; pools and connections are closed around it."""
    before = {alias: connections.settings[alias]["NAME"] for alias in connections}
    _point(dict.fromkeys(before, name))
    try:
        yield
    finally:
        _point(before)


def somebody_waits() -> bool:
    """Whether a session of this test's database stands before a lock; those of others run beside it.

    Asked as the owner, outside the transaction of the test: inside one the answer would be that of its first look.
    """
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        return bool(cursor.rowcount)


def _point(names: dict[str, str]) -> None:
    for alias, name in names.items():
        connection = connections[alias]
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
        connections.settings[alias]["NAME"] = name
        connection.settings_dict["NAME"] = name


def digest_of_migrations() -> str:
    """What the template depends on: migrations, privileges, models (content types), libraries, the app role."""
    digest = hashlib.sha256(settings.DATABASES["default"]["USER"].encode())
    for config in apps.get_app_configs():
        folder = Path(config.path)
        if folder.is_relative_to(ROOT) and ".venv" not in folder.parts:
            for file in sorted([*folder.glob("migrations/*.py"), *folder.glob("privileges.py")]):
                digest.update(file.read_bytes())
    for library in ("django", "django-pghistory", "django-pgtrigger", "django-axes"):
        digest.update(version(library).encode())
    return digest.hexdigest()[:16]

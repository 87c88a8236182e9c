"""Start-up: what a production portal refuses to start with."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from grid.privileges import refuse_superuser

GOOD_KEY = "Kq3nTz8vLw2pXc7rYb5mJd9hGf4sAe6uQi1oWxVZ0"


def start(**variables: str | None) -> subprocess.CompletedProcess[str]:
    """Loads the settings in a process of its own; None takes a variable away."""
    wanted = {"SHOUWANG_ENV": "production", "SECRET_KEY": GOOD_KEY, "ALLOWED_HOSTS": "example.cn", **variables}
    env = {**os.environ, **{name: value for name, value in wanted.items() if value is not None}}
    for name in [name for name, value in wanted.items() if value is None]:
        env.pop(name, None)
    argv = [sys.executable, "-c", "import grid.settings"]
    return subprocess.run(argv, env=env, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60)


def test_good_settings_start() -> None:
    assert start().returncode == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", None),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 60),
        ("SECRET_KEY", "django-insecure-" + GOOD_KEY),
        ("ALLOWED_HOSTS", None),
        ("DATABASE_URL", None),
        ("BROKER_URL", None),
        ("ID_ENCRYPTION_KEYS", None),
        ("ID_ENCRYPTION_KEYS", "k1:c2hvcnQ="),
        ("ID_DIGEST_KEY", "not base64!"),
        ("SHOUWANG_ENV", "prod"),
    ],
)
def test_a_missing_or_default_setting_stops_the_start_with_its_name(name, value) -> None:
    answer = start(**{name: value})
    assert answer.returncode != 0 and name in answer.stderr
    assert GOOD_KEY not in answer.stderr


def connection_that_says(is_superuser: str) -> SimpleNamespace:
    info = SimpleNamespace(parameter_status=lambda _name: is_superuser)
    inner = SimpleNamespace(info=info)
    return SimpleNamespace(alias="default", vendor="postgresql", connection=inner, close=lambda: None)


def test_a_superuser_is_refused_at_the_connection() -> None:
    with pytest.raises(ImproperlyConfigured, match="superuser"):
        refuse_superuser(connection_that_says("on"))
    refuse_superuser(connection_that_says("off"))


def test_the_guard_hears_of_every_connection(db) -> None:
    from django.db import connection
    from django.db.backends.signals import connection_created

    assert any(receiver[0][0] == id(refuse_superuser) for receiver in connection_created.receivers)
    with connection.cursor() as cursor:
        cursor.execute("SHOW is_superuser")
        assert cursor.fetchone()[0] == "off"

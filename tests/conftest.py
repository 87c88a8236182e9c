"""Fixtures of every test: databases, broker, clock. Those of the browser are in tests/browsing.py.

- `db` (or `pytest.mark.django_db`): the session's clone, as the app role, rolled back after the test.
- `fresh_database`: a clone of the test's own, with real commits: for threads, races, the owner's deeds.
- `live_portal`, `phone` …: a web server on a fresh database, and a browser at it.
- `clock`: Python's clock, standing still. `empty_valkey`: broker and cache without content.
"""

import datetime
import gc
import os
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import override_settings
from django.utils import translation
from hypothesis import HealthCheck, settings

# How long making an example takes says nothing of the portal, only of what else the machine does.
settings.register_profile("shouwang", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("shouwang")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's sync API leaves a running loop in this thread
pytest_plugins = ["tests.browsing"]

_USE_FRESH = "Committed rows stay for the next test, and the app role cannot flush. Use the fixture `fresh_database`."


def pytest_configure(config: pytest.Config) -> None:
    if not os.environ.get("DATABASE_OWNER_URL"):
        raise pytest.UsageError('The tests need their servers: make test ARGS="…" starts them and then pytest.')


def pytest_collection_finish() -> None:
    """What was imported stays until the end: to search it for garbage again and again is a tenth of the suite."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    marker = item.get_closest_marker("django_db")
    fixtures = set(getattr(item, "fixturenames", ()))
    if marker and (marker.kwargs.get("transaction") or marker.args[:1] == (True,)):
        pytest.fail(f"django_db(transaction=True) is not used here. {_USE_FRESH}", pytrace=False)
    if forbidden := fixtures & {"transactional_db", "live_server", "django_db_reset_sequences"}:
        pytest.fail(f"{sorted(forbidden)[0]} is not used here. {_USE_FRESH} Pages: `live_portal`.", pytrace=False)
    if "fresh_database" in fixtures and (marker or "db" in fixtures):
        pytest.fail("`fresh_database` takes the place of `db` and django_db: use one of them.", pytrace=False)


@pytest.fixture(autouse=True)
def no_language_is_left_behind() -> Iterator[None]:
    """A page answers in its reader's language and leaves it active in this thread: the next test begins without."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session", autouse=True)
def passwords_are_checked_quickly() -> Iterator[None]:
    """What a real password costs is looked at where logins are tested."""
    with override_settings(PASSWORD_HASHERS=["tests.factories.grid.QuickHasher"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_are_listed_once() -> Iterator[None]:
    """Each test client brings its own middleware, and WhiteNoise lists every static file when it starts: most of a
    request's time. The files do not change while tests run, so they are listed once for all clients."""
    from whitenoise.base import WhiteNoise

    lists: dict[tuple[str, str], dict[str, object]] = {}
    list_files = WhiteNoise.update_files_dictionary

    def list_once(self: WhiteNoise, root: str, prefix: str) -> None:
        if (root, prefix) not in lists:
            list_files(self, root, prefix)
            lists[root, prefix] = dict(self.files)
        self.files.update(lists[root, prefix])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoise, "update_files_dictionary", list_once)
        yield


@pytest.fixture(scope="session")
def test_databases(django_test_environment, django_db_blocker):  # type: ignore[no-untyped-def]
    """The migrated template and its clones (tests.databases.TestDatabases)."""
    from tests.databases import TestDatabases

    with django_db_blocker.unblock():
        databases = TestDatabases()
        yield databases
        databases.close()


@pytest.fixture(scope="session")
def django_db_setup(test_databases, django_db_blocker):  # type: ignore[no-untyped-def]
    """Takes the place of pytest-django's: one clone for all tests that roll back."""
    from tests.databases import connected_to

    with django_db_blocker.unblock():
        name = test_databases.clone()
    with django_db_blocker.unblock(), connected_to(name), django_db_blocker.block():
        yield
    with django_db_blocker.unblock():
        test_databases.drop(name)


@pytest.fixture
def fresh_database(django_db_setup, test_databases, django_db_blocker):  # type: ignore[no-untyped-def]
    """A database of the test's own, with real transactions; its name."""
    from tests.databases import connected_to

    with django_db_blocker.unblock():
        name = test_databases.clone()
        with connected_to(name):
            yield name
        test_databases.drop(name)


@pytest.fixture
def empty_valkey() -> Iterator[None]:
    """Broker and cache without content, before and after the test."""
    import redis
    from django.conf import settings as portal

    client = redis.Redis.from_url(portal.BROKER_URL.replace("redis+socket://", "unix://", 1))
    client.flushdb()
    yield
    client.flushdb()
    client.close()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Python's clock, standing still at Wednesday 4 March 2026, 08:30 in Shanghai; `clock.shift()`, `clock.move_to()`.

    SQL's now() goes on: no domain time may come from it.
    """
    moment = datetime.datetime(2026, 3, 4, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    with time_machine.travel(moment, tick=False) as traveller:
        yield traveller

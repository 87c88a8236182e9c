"""Health: is the process up, and can it do its work?"""

from collections.abc import Callable
from datetime import timedelta

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from grid.access import public
from grid.models import Instance

HEARTBEAT_LATE = timedelta(seconds=120)


@public
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


@public
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Each thing the portal needs, by name: ok or not. 503 where one is missing."""
    found = {name: _holds(check) for name, check in READINESS.items()}
    return JsonResponse(found, status=200 if all(found.values()) else 503)


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # any fault of a part means: this part is not ready
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _broker() -> bool:
    cache.set("readyz", 1, 5)
    return bool(cache.get("readyz") == 1)


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _scheduler() -> bool:
    return Instance.objects.filter(heartbeat_at__gt=timezone.now() - HEARTBEAT_LATE).exists()


def _chinese_search() -> bool:
    """A database with the wrong LC_CTYPE finds no trigrams in Chinese: every search would be slow and blind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(show_trgm('张三丰')) > 0")
        return bool(cursor.fetchone()[0])


READINESS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "broker": _broker,
    "migrations": _migrations,
    "scheduler": _scheduler,
    "chinese_search": _chinese_search,
}

"""System checks that belong to this product."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections


@register(Tags.database)
def chinese_trigrams(*, databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """pg_trgm must find trigrams in Chinese text, which depends on the database's LC_CTYPE."""
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
            if not cursor.fetchone()[0]:
                continue  # before the first migration
            cursor.execute("SELECT cardinality(show_trgm('张三丰'))")
            if not cursor.fetchone()[0]:
                hint = "Create the database from template0 with LC_CTYPE 'C.UTF-8'."
                return [Error("The database finds no trigrams in Chinese names.", hint=hint, id="grid.E001")]
    return []

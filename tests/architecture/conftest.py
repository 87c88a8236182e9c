"""The world of the access tests: built once a module, each try rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction

from tests.architecture.world import World


class Rollback(Exception):
    """Ends a try."""


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker) -> Iterator[World]:  # type: ignore[no-untyped-def]
    """See `tests.architecture.world`."""
    with django_db_blocker.unblock():
        try:
            with transaction.atomic():
                yield World()
                raise Rollback
        except Rollback:
            pass


@contextmanager
def rolled_back() -> Iterator[None]:
    """Whatever a try writes is gone afterwards."""
    try:
        with transaction.atomic():
            yield
            raise Rollback
    except Rollback:
        pass

"""The world of the access tests: built once a module, each try rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse

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


@pytest.fixture
def bare_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal answers with its reason alone.

    The page around it is the same at every address (test_access_refusals.py looks at it), and to render it would be
    half of what a refused try costs.
    """
    for code in (403, 404):

        def refuse(_request: HttpRequest, exception: Exception, code: int = code) -> HttpResponse:
            return HttpResponse(str(exception), status=code)

        monkeypatch.setattr(f"grid.urls.handler{code}", refuse, raising=False)


@contextmanager
def rolled_back() -> Iterator[None]:
    """Whatever a try writes is gone afterwards."""
    try:
        with transaction.atomic():
            yield
            raise Rollback
    except Rollback:
        pass

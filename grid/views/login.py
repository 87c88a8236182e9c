"""Login, PIN and password pages."""

from typing import Any

from django.http import HttpRequest, HttpResponse


def locked_out(request: HttpRequest, credentials: dict[str, Any] | None = None, *_args: Any) -> HttpResponse:
    """Too many failures from this address for this name: say when to try again, and not whether the name exists."""
    return HttpResponse(status=429)

"""Numbers of rows as addresses and forms send them back: the id, and the version that a page showed."""

from django.http import HttpRequest


def id_in(text: str) -> int | None:
    """The id of a row that a text says; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def version_in(request: HttpRequest) -> int:
    """The posted version; 0, which no row has, where none or no number was sent."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0

"""The version of a row that a page showed, as its form sends it back."""

from django.http import HttpRequest


def version_in(request: HttpRequest) -> int:
    """The posted version; 0, which no row has, where none or no number was sent."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0

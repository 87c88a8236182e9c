"""Answers where something went wrong, in the plain voice of the other pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that is too old, or not ours: open the page again."""
    return render(request, "403_csrf.html", status=403)

"""Middleware: a number for each request, and the login with its two ways of running out."""

import re
import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from grid import held_posts, sessions
from grid.logs import REQUEST_ID

_REQUEST_ID = re.compile(r"^[a-f0-9]{16,32}$")


class RequestIdMiddleware:
    """Gives each request a number that its log lines and audit records carry."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Takes the proxy's number where it is one, else makes one."""
        given = request.headers.get("X-Request-Id", "")
        token = REQUEST_ID.set(given if _REQUEST_ID.match(given) else secrets.token_hex(8))
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = REQUEST_ID.get()
            return response
        finally:
            REQUEST_ID.reset(token)


class AccessMiddleware:
    """Everything needs a login except views marked public. Personal pages are not stored by browsers or proxies."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers; whatever a logged-in person sees is `no-store`."""
        request.login_state = sessions.state_of(request, timezone.now())  # type: ignore[attr-defined]
        if request.login_state is not sessions.LoginState.LIVE:  # type: ignore[attr-defined]
            request.user = AnonymousUser()
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
            response["Cache-Control"] = "private, no-store"
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """Sends strangers to the login and locked sessions to the PIN, keeping what they tapped.

        Runs after the CSRF check, so that only a form of our own pages is kept.
        """
        if not getattr(view, "login_required", True):
            return None
        state: sessions.LoginState = request.login_state  # type: ignore[attr-defined]
        if state is sessions.LoginState.LIVE:
            return self._admit(request, view)
        if getattr(view, "unattended", False) and request.htmx:  # type: ignore[attr-defined]
            return HttpResponse(status=204)  # what stands on the page stays; the next tap asks for the login
        if request.method == "POST":
            held_posts.hold(request)
        target = reverse("unlock" if state is sessions.LoginState.LOCKED else settings.LOGIN_URL)
        if request.method == "GET" and not request.htmx:  # type: ignore[attr-defined]
            sessions.remember_page(request)
        return _go(request, target)

    def _admit(self, request: HttpRequest, view: Callable[..., Any]) -> HttpResponseBase | None:
        if not getattr(view, "unattended", False):
            sessions.touch(request, timezone.now())
        page = request.resolver_match.url_name if request.resolver_match else None
        if request.user.must_change_password and page != "change_password":  # type: ignore[union-attr]
            return _go(request, reverse("change_password"))
        if request.method == "POST":
            held_posts.settle(request)
        return None


def _go(request: HttpRequest, target: str) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = target
        return response
    return redirect(target)


def static_headers(headers: Any, _path: str, _url: str) -> None:
    """Static files carry the policy too: a file opened by itself must not run anything."""
    headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    headers["X-Content-Type-Options"] = "nosniff"

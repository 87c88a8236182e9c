"""Text size and home: small things of the frame."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from grid import registries
from grid.access import StaffRequest, needs, public
from grid.context_processors import TEXT_SIZES

A_YEAR = 365 * 24 * 3600


@public
@require_POST
def text_size(request: HttpRequest) -> HttpResponse:
    """Remembers the text size in a cookie and goes back to the page."""
    next_page = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(next_page, allowed_hosts=None)
    response = redirect(next_page if safe else "/")
    size = request.POST.get("size", "")
    if size in TEXT_SIZES:
        secure = bool(settings.SESSION_COOKIE_SECURE)
        response.set_cookie("text_size", size, max_age=A_YEAR, httponly=True, samesite="Lax", secure=secure)
    return response


@needs(None)
def home(request: StaffRequest) -> HttpResponse:
    """The first page of whoever is logged in; without a post, a page that says whom to ask."""
    url_name = registries.home_for(request.user)
    return redirect(url_name) if url_name else render(request, "grid/no_post.html")

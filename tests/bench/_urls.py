"""Addresses while the register is measured: the portal's own, an empty page, and Django's admin over the same rows."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

from grid.access import StaffRequest, needs
from grid.rules.permissions import Permission
from residents.models import Resident


class Peer(admin.AdminSite):
    """Django's admin as it comes, open to whoever is logged in."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Whoever is logged in: what is measured is the search."""
        return request.user.is_authenticated


class ResidentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """People as a project would register them: what it shows is loaded at once, and it searches the plain columns."""

    list_display = ("name", "household", "grid", "phones")
    list_select_related = ("household", "grid")
    list_per_page = 50
    search_fields = ("name", "pinyin", "initials", "phones", "household__room")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """See `Peer`."""
        return True

    def has_module_permission(self, request: HttpRequest) -> bool:
        """See `Peer`."""
        return True

    has_change_permission = has_add_permission = has_delete_permission = lambda self, request, obj=None: False  # type: ignore[assignment]


peer = Peer("peer")
peer.register(Resident, ResidentAdmin)


@needs(Permission.SEE_PEOPLE)
def empty(request: StaffRequest) -> HttpResponse:
    """Nothing but the frame of every page."""
    return render(request, "base.html", {"heading": "…"})


urlpatterns = [
    path("bench/empty/", empty, name="empty"),
    path("bench/peer/", peer.urls),
    path("", include("grid.urls")),
]

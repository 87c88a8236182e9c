"""Pages about places for administrators: finding, adding, renaming, closing. See `place_changes` for the rest."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from grid.access import StaffRequest, actor_of, needs
from grid.actions import places as deeds
from grid.actions.audit import EditedMeanwhile
from grid.forms.places import PlaceForm
from grid.models import Place, Post
from grid.models.place import KIND_LABELS
from grid.queries.places import places_above, places_of, search_places
from grid.rules.permissions import Permission
from grid.rules.places import Kind, kind_below
from grid.views.versions import version_in

ON_A_PAGE = 50


@needs(Permission.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def place_list(request: StaffRequest) -> HttpResponse:
    """One's places in administrative order, a page at a time, found by name or code; closed ones are shown as such."""
    words = request.POST.get("words", "")[:60].replace("\0", "").strip()
    found = search_places(places_of(request.user, Permission.MANAGE_PLACES), words)
    page = Paginator(found, ON_A_PAGE).get_page(request.POST.get("page") or request.GET.get("page"))
    context = {"page": page, "words": words, "hidden": {"words": words} if words else None}
    return render(request, "grid/place_list.html", context)


@needs(Permission.MANAGE_PLACES)
@require_safe
def place_detail(request: StaffRequest, place_id: int) -> HttpResponse:
    """One place: what it is, what stands below, who works there."""
    place, at = _find(request, place_id), timezone.now()
    below = kind_below(Kind(place.kind))
    posts = Post.objects.current(at).filter(place=place).select_related("staff").order_by("role", "pk")
    context: dict[str, Any] = {"place": place, "posts": posts, "kind_below": KIND_LABELS[below] if below else None}
    context["crumbs"] = places_above(places_of(request.user, Permission.MANAGE_PLACES), place)
    if below:
        context["page"] = Paginator(search_places(place.children.all(), ""), ON_A_PAGE).get_page(
            request.GET.get("page")
        )  # type: ignore[attr-defined]
    context["may_see_staff"] = request.user.may(Permission.MANAGE_STAFF)
    return render(request, "grid/place_detail.html", context)


@needs(Permission.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def place_add(request: StaffRequest, parent_id: int) -> HttpResponse:
    """A new place below another, of the kind that stands there."""
    parent = _find(request, parent_id)
    below = kind_below(Kind(parent.kind))
    if below is None or parent.closed_at is not None:
        raise Http404
    form = PlaceForm(request.POST or None, initial={"code": parent.code})
    if request.method == "POST" and form.is_valid():
        try:
            place = deeds.add_place(parent=parent, **form.facts(), by=actor_of(request), at=timezone.now())
        except EditedMeanwhile:
            raise Http404 from None
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            messages.success(request, _("The place is added."))
            return redirect("place_detail", place.pk)
    context = {"form": form, "parent": parent, "kind": KIND_LABELS[below]}
    return render(request, "grid/place_add.html", context, status=422 if form.is_bound else 200)


@needs(Permission.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def place_rename(request: StaffRequest, place_id: int) -> HttpResponse:
    """Another name or code. Where somebody was faster, both are shown and nothing typed is lost."""
    place = _find(request, place_id, still_open=True)
    start = {"code": place.code, "name": place.name, "version": place.version}
    form, stored = PlaceForm(request.POST or None, initial=start), None
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            deeds.rename_place(place=place, version=version, **form.facts(), by=actor_of(request), at=timezone.now())
        except EditedMeanwhile:
            data = request.POST.copy()
            data["version"], stored = str(place.version), place
            form = PlaceForm(data)
            form.add_error(None, _("Somebody changed this place a moment ago. Compare, then save again."))
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            messages.success(request, _("The place is saved."))
            return redirect("place_detail", place.pk)
    context = {"form": form, "place": place, "stored": stored}
    return render(request, "grid/place_rename.html", context, status=422 if form.is_bound else 200)


@needs(Permission.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def place_close(request: StaffRequest, place_id: int) -> HttpResponse:
    """Says what still stands there; an empty place is closed by one button."""
    place, at = _find(request, place_id), timezone.now()
    status, refusal = 200, ""
    if request.method == "POST":
        try:
            deeds.close_place(place=place, version=version_in(request), by=actor_of(request), at=at)
        except ValidationError:
            status, refusal = 422, _("Not closed: something still stands here.")
        except EditedMeanwhile:
            status, refusal = 422, _("Somebody changed this place a moment ago. Look again, then close it.")
        else:
            messages.success(request, _("The place is closed. Its history stays."))
            return redirect("place_detail", place.pk)
    context = {"place": place, "left": deeds.what_is_left(place, at), "refusal": refusal}
    return render(request, "grid/place_close.html", context, status=status)


def _find(request: StaffRequest, place_id: int, *, still_open: bool = False) -> Place:
    places = places_of(request.user, Permission.MANAGE_PLACES).select_related("parent", "merged_into")
    return get_object_or_404(places.open() if still_open else places, pk=place_id)

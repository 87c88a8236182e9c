"""Pages on which places are merged, split, moved or opened again: choose, look at what moves, confirm just that."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from grid.access import StaffRequest, actor_of, needs
from grid.actions import place_changes as deeds
from grid.actions.audit import EditedMeanwhile
from grid.forms.place_changes import BuildingsForm, ChangeForm, IntoForm, SplitForm
from grid.models import Place
from grid.queries.place_changes import communities_to_move_to, look, places_to_merge_into
from grid.queries.places import places_of
from grid.rules.permissions import Permission
from grid.rules.places import Kind
from grid.views.versions import version_in

BOTH = ["GET", "POST"]


@needs(Permission.MANAGE_PLACES)
@require_http_methods(BOTH)
def place_merge(request: StaffRequest, place_id: int) -> HttpResponse:
    """A grid or community becomes part of another one of its street."""
    place = _find(request, place_id, Kind.GRID, Kind.COMMUNITY)
    targets = places_to_merge_into(place, places_of(request.user, Permission.MANAGE_PLACES))
    form = IntoForm(request.POST or None, place=place, targets=targets)
    words = (_("Merge %(place)s into another place"), _("Merge"), _("Merged."))
    return _change(request, form, deeds.merge_places, "merge", words)


@needs(Permission.MANAGE_PLACES)
@require_http_methods(BOTH)
def place_move(request: StaffRequest, place_id: int) -> HttpResponse:
    """A grid goes to another community of its street."""
    place = _find(request, place_id, Kind.GRID)
    targets = communities_to_move_to(place, places_of(request.user, Permission.MANAGE_PLACES))
    if request.method != "POST":  # a repeat names the community where it stands by now
        targets = targets.exclude(pk=place.parent_id or 0)
    form = IntoForm(request.POST or None, place=place, targets=targets)
    words = (_("Move %(place)s to another community"), _("Move the grid"), _("The grid has moved."))
    return _change(request, form, deeds.move_grid, "move", words)


@needs(Permission.MANAGE_PLACES)
@require_http_methods(BOTH)
def place_buildings(request: StaffRequest, place_id: int) -> HttpResponse:
    """Buildings of a grid go to another grid of its street."""
    place = _find(request, place_id, Kind.GRID)
    targets = places_to_merge_into(place, places_of(request.user, Permission.MANAGE_PLACES))
    form = BuildingsForm(request.POST or None, place=place, targets=targets)
    words = (_("Move buildings of %(place)s to another grid"), _("Move the buildings"), _("The buildings have moved."))
    return _change(request, form, deeds.move_buildings, "buildings", words)


@needs(Permission.MANAGE_PLACES)
@require_http_methods(BOTH)
def place_split(request: StaffRequest, place_id: int) -> HttpResponse:
    """Buildings of a grid, or grids of a community, go to a new place beside it."""
    place = _find(request, place_id, Kind.GRID, Kind.COMMUNITY)
    grids = place.children.open().in_order() if place.kind == Kind.COMMUNITY else None  # type: ignore[attr-defined]
    start = {"code": place.parent.code if place.parent else ""}
    form = SplitForm(request.POST or None, place=place, grids=grids, initial=start)
    if request.POST.get("seen") and (made := _made_by(form)):  # the same tap again
        return redirect("place_detail", made.pk)
    words = (_("Split %(place)s"), _("Split"), _("The new place stands. Give somebody a post there."))
    return _change(request, form, deeds.split_place, "split", words)


def _made_by(form: SplitForm) -> Place | None:
    """The place that this form has made already. Its parts stand elsewhere by then, so that the form is not sound."""
    form.is_valid()
    said = form.cleaned_data
    return deeds.made_by_split(form.place, said.get("code", ""), said.get("name", ""))


@needs(Permission.MANAGE_PLACES)
@require_POST
def place_reopen(request: StaffRequest, place_id: int) -> HttpResponse:
    """Opens a place that was closed by mistake."""
    place = get_object_or_404(_places(request), pk=place_id)
    try:
        deeds.reopen_place(place=place, version=version_in(request), by=actor_of(request), at=timezone.now())
    except ValidationError as fault:
        messages.error(request, fault.messages[0])
    except EditedMeanwhile:
        messages.error(request, _("Not opened: the place above is closed, or somebody changed this one. Look again."))
    else:
        messages.success(request, _("The place is open."))
    return redirect("place_detail", place.pk)


def _change(
    request: StaffRequest,
    form: ChangeForm,
    deed: Callable[..., Place | None],
    kind: str,
    words: tuple[str, str, str],
) -> HttpResponse:
    """Chooses, shows, does: without the stamp of a preview nothing is done, and what changed since is shown again."""
    title, button, done = words
    place, at = form.place, timezone.now()
    context: dict[str, Any] = {"form": form, "place": place, "kind": kind, "button": button}
    context["title"] = title % {"place": place.name}
    if not form.is_bound or not form.is_valid():
        return render(request, "grid/place_change.html", context, status=422 if form.is_bound else 200)
    plan, status = form.plan(), 200
    if seen := form.cleaned_data["seen"]:
        try:
            made = deed(plan=plan, seen=seen, by=actor_of(request), at=at)
        except EditedMeanwhile:
            status, context["changed"] = 422, True
        except ValidationError as fault:
            form.add_error(None, fault)
            return render(request, "grid/place_change.html", context, status=422)
        else:
            messages.success(request, done)
            return redirect("place_detail", (made or plan.into or place).pk)
    context |= {"plan": plan, "preview": look(plan, at)}
    return render(request, "grid/place_preview.html", context, status=status)


def _find(request: StaffRequest, place_id: int, *kinds: Kind) -> Place:
    """A place of these kinds in one's own places; one that was closed is still found where it was merged: a repeat."""
    place: Place = get_object_or_404(_places(request), pk=place_id, kind__in=kinds)
    if place.closed_at is not None and not (request.method == "POST" and place.merged_into_id):
        raise Http404
    return place


def _places(request: StaffRequest) -> Any:
    return places_of(request.user, Permission.MANAGE_PLACES).select_related("parent", "merged_into")

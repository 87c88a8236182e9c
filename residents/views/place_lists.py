"""A list of places: uploaded or pasted, looked at, taken into the tree."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods

from grid.access import StaffRequest, actor_of, needs
from grid.actions.audit import EditedMeanwhile
from grid.actions.place_lists import stamp_of_list, take_in_places
from grid.queries.places import known_places
from grid.rules.permissions import Permission
from grid.rules.place_lists import PlaceRow, judge
from residents.forms.place_lists import REASONS, PlaceListConfirmForm, PlaceListForm, sealed

SHOWN = 200
VERDICTS = {
    "refused": gettext_lazy("Refused"),
    "new": gettext_lazy("New"),
    "renamed": gettext_lazy("Another name"),
    "moved": gettext_lazy("Another community"),
    "same": gettext_lazy("The same"),
}


@needs(Permission.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def place_import(request: StaffRequest) -> HttpResponse:
    """Reads a list and shows what would become of each row; then takes in just what was shown."""
    if "sealed" in request.POST:
        return _take_in(request)
    form = PlaceListForm(request.POST or None, request.FILES or None)
    if form.is_bound and form.is_valid():
        return _preview(request, form.rows)
    return render(request, "residents/place_lists/import.html", {"form": form}, status=422 if form.is_bound else 200)


def _take_in(request: StaffRequest) -> HttpResponse:
    confirmed = PlaceListConfirmForm(request.POST)
    if not confirmed.is_valid():
        form = PlaceListForm(request.POST)
        form.is_valid()
        return render(request, "residents/place_lists/import.html", {"form": form}, status=422)
    rows = confirmed.cleaned_data["sealed"]
    try:
        counts = take_in_places(rows=rows, seen=confirmed.cleaned_data["seen"], by=actor_of(request), at=timezone.now())
    except EditedMeanwhile:
        return _preview(request, rows, changed=True)
    told = [f"{label} {counts[verdict]}" for verdict, label in VERDICTS.items() if counts.get(verdict)]
    numbers = pgettext("between two words", ", ").join(told)
    messages.success(request, _("The list is taken in: %(numbers)s.") % {"numbers": numbers})
    return redirect("place_list")


def _preview(request: StaffRequest, rows: list[PlaceRow], *, changed: bool = False) -> HttpResponse:
    judged = judge(rows, known_places(request.user.paths_with(Permission.MANAGE_PLACES)))
    of_verdict: dict[str, list[Any]] = {verdict: [] for verdict in VERDICTS}
    for one in judged:
        of_verdict[one.verdict].append(one)
    of_verdict["refused"].sort(key=lambda one: one.reason == "above_refused")  # what is to be mended comes first
    parts = [
        {
            "verdict": verdict, "label": VERDICTS[verdict], "count": len(found), "more": max(0, len(found) - SHOWN),
            "rows": [(one, REASONS.get(one.reason, "")) for one in found[:SHOWN]] if verdict != "same" else [],
        }
        for verdict, found in of_verdict.items()
    ]  # fmt: skip
    context: dict[str, Any] = {"parts": parts, "changed": changed, "sealed": sealed(rows)}
    context["stamp"] = stamp_of_list(judged)
    context["nothing"] = not any(of_verdict[verdict] for verdict in ("new", "renamed", "moved"))
    return render(request, "residents/place_lists/preview.html", context, status=422 if changed else 200)

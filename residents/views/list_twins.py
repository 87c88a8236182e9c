"""Rows of a list that may be somebody known: beside each other, and what the user says of them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from grid.access import StaffRequest, actor_of, needs
from grid.rules.permissions import Permission
from residents.actions import list_twins as deeds
from residents.actions.lists import ListMovedOn, leave_out
from residents.forms.list_twins import TwinsForm
from residents.lists import twin_decisions
from residents.models import ImportBatch
from residents.queries import list_twins as queries
from residents.queries.lists import tabs_of
from residents.views.lists import find_list, moved_on, tell_of_later_rows, where_it_is


@needs(Permission.IMPORT_LISTS)
@require_GET
def list_twins(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Rows that may be somebody known, each beside her; or those on which she has decided."""
    batch = find_list(request, batch_id)
    if batch.state not in ("preview", "failed"):
        return where_it_is(batch)
    decided = request.GET.get("show") == "decided"
    page = queries.rows_beside(batch, request.user, decided=decided, page=request.GET.get("page", "1"))
    context = {
        "batch": batch, "page": page, "decided": decided, "tabs": tabs_of(batch), "show": "twins",
        "undecided": batch.counts.get("twins", 0), "reading": batch.choices.get("reading"),
    }  # fmt: skip
    return render(request, "residents/lists/twins.html", context)


@needs(Permission.IMPORT_LISTS)
@require_POST
def list_twins_decide(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Keeps what was said of the ticked pairs; the next undecided ones follow."""
    batch = find_list(request, batch_id)
    form = TwinsForm(request.POST)
    if form.is_valid():
        try:
            _decide(request, batch, form)
        except ListMovedOn:
            return moved_on(request, batch, looked_at=True)
    batch.refresh_from_db(fields=["counts"])
    return redirect("list_twins" if batch.counts.get("twins") else "list_preview", batch.pk)


def _decide(request: StaffRequest, batch: ImportBatch, form: TwinsForm) -> None:
    said, by, at = form.cleaned_data, actor_of(request), timezone.now()
    if said["decision"] in deeds.DECISIONS:
        _tell(request, *deeds.decide_twins(
            batch=batch, reading=said["reading"], pairs=form.chosen(), decision=said["decision"], by=by, at=at
        ))  # fmt: skip
        return
    pairs = twin_decisions.undecided(batch)
    pairs = pairs if said["decision"] == "leave_out_all" else pairs.filter(pk__in=form.chosen())
    rows = list(pairs.values_list("row", flat=True))
    tell_of_later_rows(request, leave_out(batch=batch, reading=said["reading"], rows=rows, left_out=True, by=by, at=at))


def _tell(request: StaffRequest, rows: int, not_kept: int) -> None:
    if not rows:
        messages.info(request, _("Nothing was ticked."))
    if kept := rows - not_kept:
        words = ngettext("Kept for %(count)s row.", "Kept for %(count)s rows.", kept)
        messages.success(request, words % {"count": kept})
    if not_kept:
        words = ngettext(
            "%(count)s row stays undecided: two people were ticked for it, or the person is not here any more.",
            "%(count)s rows stay undecided: two people were ticked for one row, or the person is not here any more.",
            not_kept,
        )
        messages.warning(request, words % {"count": not_kept})

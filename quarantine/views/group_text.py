"""粘贴接龙: the text of a chat group is read, looked at, and recorded for many people at once."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from grid.access import StaffRequest, actor_of, needs, require
from grid.models import Place, Staff
from grid.rules.permissions import Permission
from quarantine.actions.check_ins import Recorded, record_many
from quarantine.actions.withdrawals import withdraw_many
from quarantine.forms.group_text import ConfirmForm, GroupTextForm, UndoForm, ticket
from quarantine.queries import group_text as queries
from quarantine.queries.cases import check_ins_in_sight
from quarantine.rules.supplies import UNDO_WITHIN
from quarantine.views.today import Wanted
from quarantine.views.words import why_asked


@needs(Permission.RECORD_CHECK_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def group_text(request: StaffRequest, grid_id: int) -> HttpResponse:
    """The field for the text; posted, what was read of it. Nothing is stored."""
    grid = _grid(request.user, grid_id)
    form = GroupTextForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _shown(request, grid, form.cleaned_data["text"], timezone.now())
    context = {"heading": _("Paste a chat"), "grid": grid, "form": form, "back_url": Wanted(grid=grid.pk).address}
    return render(request, "quarantine/group_text/paste.html", context, status=422 if form.errors else 200)


@needs(Permission.RECORD_CHECK_IN)
@require_POST
def group_text_record(request: StaffRequest, grid_id: int) -> HttpResponse:
    """What was looked at is recorded. What differs from what was shown by now is shown again."""
    now, grid = timezone.now(), _grid(request.user, grid_id)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        text = request.POST.get("text", "")
        return _shown(request, grid, text, now, _("This form is incomplete. Look again."), form)
    at = form.read_at(request.user, now)
    if at is None:
        fault = _("That was a while ago. Look again: it is noted as observed now.")
        return _shown(request, grid, form.cleaned_data["text"], now, fault, form)
    sheet = queries.read_sheet(request.user, grid, form.cleaned_data["text"], at)
    entries = form.entries(sheet)
    if sheet.stamp != form.cleaned_data["stamp"]:
        fault = _("The people of the grid are others by now. Look again.")
    elif not entries:
        fault = _("Nothing is chosen that could be noted.")
    else:
        recorded = record_many(entries=entries, by=actor_of(request), at=now)
        return _recorded(request, grid, sheet, recorded, now)
    return _shown(request, grid, form.cleaned_data["text"], at, fault, form)


@needs(Permission.RECORD_CHECK_IN)
@require_POST
def group_text_undo(request: StaffRequest, grid_id: int) -> HttpResponse:
    """撤销, for a minute: everything that she just recorded from the text."""
    at, grid = timezone.now(), _grid(request.user, grid_id)
    form = UndoForm(request.POST)
    keys = [int(key) for key in form.cleaned_data["rows"]] if form.is_valid() else []
    rows = check_ins_in_sight(request.user, Permission.RECORD_CHECK_IN).filter(
        pk__in=keys, by=request.user, channel="chat", withdrawn=False, received_at__gte=at - UNDO_WITHIN, grid=grid
    )
    number = len(withdraw_many(check_ins=list(rows), by=actor_of(request), at=at, place=grid))
    if number:
        words = ngettext("%(number)s entry taken back.", "%(number)s entries taken back.", number)
        messages.success(request, words % {"number": number})
    else:
        messages.warning(request, _("Nothing was taken back: the minute is over. Undo them at the doors."))
    return redirect(Wanted(grid=grid.pk).address)


def _grid(staff: Staff, grid_id: int) -> Place:
    """The grid: 404 where she does not see all of it, 403 where the deed is not hers."""
    found: Place = get_object_or_404(queries.whole_grids(staff), pk=grid_id)
    require(staff, Permission.RECORD_CHECK_IN, found)
    return found


def _shown(
    request: StaffRequest, grid: Place, text: str, at: datetime, fault: str = "", form: ConfirmForm | None = None
) -> HttpResponse:
    """What was read of a text, with what was tapped before."""
    sheet = queries.read_sheet(request.user, grid, text, at)
    tapped = form.tapped() if form is not None else {}
    context: dict[str, Any] = {
        "heading": _("Was it read rightly?"),
        "grid": grid,
        "sheet": sheet,
        "text": text,
        "rows": [
            {"found": found, "why": why_asked(found), "tapped": tapped.get(found.key, "")} for found in sheet.found
        ],
        "again": GroupTextForm(initial={"text": text}),
        "uuid": _uuid(form),
        "ticket": ticket(request.user, at),
        "fault": fault,
        "back_url": Wanted(grid=grid.pk).address,
    }
    return render(request, "quarantine/group_text/read.html", context, status=422 if fault else 200)


def _uuid(form: ConfirmForm | None) -> UUID:
    """The page's own, so that what is stored already stays harmless; a new one for a new page."""
    found: UUID | None = form.cleaned_data.get("uuid") if form is not None else None
    return found or uuid4()


def _recorded(
    request: StaffRequest, grid: Place, sheet: queries.Sheet, recorded: Recorded, at: datetime
) -> HttpResponse:
    """What was stored, who is abnormal, who is still missing."""
    people = {person.case.pk: person.case for found in sheet.found for person in found.people}
    stored = [{"row": row, "case": people[row.case_id]} for row in recorded.rows]
    tapped_not = [found for found in sheet.asked if found.key not in _answered(request)]
    context: dict[str, Any] = {
        "heading": ngettext("%(number)s entry noted", "%(number)s entries noted", len(stored))
        % {"number": len(stored)},
        "grid": grid,
        "stored": stored,
        "abnormal": [{"row": row, "case": people[row.case_id]} for row in recorded.rows if row.abnormal],
        "refused": list(recorded.refused.values()),
        "open": [*tapped_not, *sheet.left_open],
        "left": queries.people_left(request.user, grid, at),
        "undo_url": reverse("group_text_undo", args=[grid.pk]),
        "back_url": Wanted(grid=grid.pk).address,
    }
    return render(request, "quarantine/group_text/recorded.html", context)


def _answered(request: StaffRequest) -> set[str]:
    return {
        name.removeprefix("choice-") for name, value in request.POST.items() if name.startswith("choice-") and value
    }

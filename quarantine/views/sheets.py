"""The round on paper: a sheet to be ticked on the way, and the page that keys it in."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grid.access import StaffRequest, actor_of, needs
from grid.models import Place
from grid.rules.permissions import Permission
from quarantine.actions.check_ins import ManyEntry, record_many
from quarantine.actions.withdrawals import withdraw_many
from quarantine.forms.sheets import KeyedSheet, cases_in
from quarantine.queries import sheets as queries
from quarantine.queries.sheets import SlotOfSheet
from quarantine.rules import case_clock
from quarantine.rules.sheets import moment_in
from quarantine.rules.supplies import UNDO_WITHIN
from quarantine.views.words import reading_of

_TEMPLATES = "quarantine/sheets/"


@needs(Permission.SEE_ROUND)
@require_safe
def round_sheet(request: StaffRequest, grid_id: int) -> HttpResponse:
    """The round of a slot to be printed: a row a person, room to tick and to write."""
    at, grid = timezone.now(), _grid(request, grid_id, Permission.SEE_ROUND)
    slots = queries.slots_to_print(request.user, grid, at)
    chosen = next((slot for slot in slots if slot.query == request.META["QUERY_STRING"]), slots[0])
    sheet = queries.sheet_of(request.user, grid, chosen, Permission.SEE_ROUND, at)
    may_record = request.user.may(Permission.RECORD_CHECK_IN, grid)
    context = {"sheet": sheet, "slots": slots, "chosen": chosen, "at": at, "grid": grid, "walker": ""}
    if request.user.may(Permission.RECORD_CHECK_IN):
        context |= {"walker": request.user.name if may_record else "", "may_key": True}
    return render(request, f"{_TEMPLATES}sheet.html", context)


@needs(Permission.RECORD_CHECK_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def sheet_key(request: StaffRequest, grid_id: int) -> HttpResponse:
    """A ticked sheet is keyed in: first which one, then its rows; `?sent=` says what became of them."""
    at, grid = timezone.now(), _grid(request, grid_id, Permission.RECORD_CHECK_IN)
    slot = queries.slot_asked(request.GET.get("day", ""), request.GET.get("slot", ""), at)
    if slot is None:
        context = {"grid": grid, "slots": queries.slots_to_key(request.user, grid, at)}
        return render(request, f"{_TEMPLATES}choose.html", context)
    if request.method == "POST":
        return _store(request, grid, slot, at)
    if page := _uuid(request.GET.get("sent", "")):
        return _result(request, grid, slot, page, at)
    sheet = queries.sheet_of(request.user, grid, slot, Permission.RECORD_CHECK_IN, at)
    return _show(request, sheet, KeyedSheet.of(sheet, uuid4()))


@needs(Permission.RECORD_CHECK_IN)
@require_POST
def sheet_undo(request: StaffRequest, grid_id: int) -> HttpResponse:
    """撤销: all that the page keyed, as far as nobody worked on it."""
    at, grid = timezone.now(), _grid(request, grid_id, Permission.RECORD_CHECK_IN)
    slot = queries.slot_asked(request.POST.get("day", ""), request.POST.get("slot", ""), at)
    page = _uuid(request.POST.get("sent", ""))
    if page is None or slot is None:
        return redirect("sheet_key", grid.pk)
    rows = queries.keyed_rows(request.user, grid, page)
    taken = withdraw_many(check_ins=rows, by=actor_of(request), at=at, place=grid)
    if taken:
        messages.success(request, _("Taken back: %(count)s rows.") % {"count": len(taken)})
    return redirect(_address(grid, slot))


def _store(request: StaffRequest, grid: Place, slot: SlotOfSheet, at: datetime) -> HttpResponse:
    """Stores every sound row; with one to be mended the page comes back, what was typed in it."""
    page, named = _uuid(request.POST.get("page", "")), cases_in(request.POST)
    sheet = queries.sheet_of(request.user, grid, slot, Permission.RECORD_CHECK_IN, at, also=named)
    keyed = KeyedSheet.of(sheet, page or uuid4(), request.POST)
    entries, lines = [], {}
    for line, said in keyed.sound():
        case = line.row.person.case
        seen = moment_in(line.row.person.slot, case_clock.slots_from(case.rule_set.slots), at)
        if seen is None:
            line.fault = _("This time is still to come. Check day and hour.")
            continue
        entry = ManyEntry(case.pk, queries.uuid_of_row(keyed.page, case.pk), said, seen)
        entries.append(entry)
        lines[entry.uuid] = line
    if page is None or not (entries or keyed.wrong or keyed.unknown):
        return _show(request, sheet, keyed, fault=_("Nothing is typed yet. Fill in at least one row."))
    recorded = record_many(entries=entries, by=actor_of(request), at=at)
    for row in recorded.rows:
        lines[row.uuid].stored = reading_of(row)
    for uuid, words in recorded.refused.items():
        lines[uuid].fault = words
    if keyed.wrong or keyed.unknown:
        return _show(request, sheet, keyed, fault=_left_over(keyed))
    return redirect(_address(grid, slot, sent=str(keyed.page)))


def _left_over(keyed: KeyedSheet) -> str:
    words = ""
    if keyed.unknown:
        words = ngettext(
            "%(count)s person is not in your places any more: not stored.",
            "%(count)s people are not in your places any more: not stored.", keyed.unknown,
        ) % {"count": keyed.unknown}  # fmt: skip
    return words


def _show(request: StaffRequest, sheet: queries.Sheet, keyed: KeyedSheet, fault: str | None = None) -> HttpResponse:
    stored = sum(bool(line.stored) for line in keyed.lines)
    context = {"sheet": sheet, "grid": sheet.grid, "slot": sheet.slot, "keyed": keyed, "fault": fault, "stored": stored}
    return render(request, f"{_TEMPLATES}key.html", context, status=200 if fault is None else 422)


def _result(request: StaffRequest, grid: Place, slot: SlotOfSheet, page: UUID, at: datetime) -> HttpResponse:
    keyed = queries.keyed(request.user, grid, page)
    fresh = keyed.received_at is not None and at - keyed.received_at < UNDO_WITHIN
    fields = {"sent": str(page), "day": slot.day.isoformat(), "slot": slot.name}
    context: dict[str, Any] = {
        "grid": grid, "slot": slot, "keyed": keyed, "again_url": _address(grid, slot),
        "taking_back": {"url": reverse("sheet_undo", args=[grid.pk]), "fields": fields} if fresh else None,
    }  # fmt: skip
    return render(request, f"{_TEMPLATES}keyed.html", context)


def _grid(request: StaffRequest, grid_id: int, permission: Permission) -> Place:
    """The grid: 404 out of sight, 403 where the deed is not hers."""
    grid = queries.grid_in_sight(request.user, grid_id, permission)
    if grid is None and queries.grid_in_sight(request.user, grid_id, Permission.SEE_ROUND):
        raise PermissionDenied
    if grid is None:
        raise Http404
    return grid


def _address(grid: Place, slot: SlotOfSheet, **more: str) -> str:
    asked = {"day": slot.day.isoformat(), "slot": slot.name, **more}
    return f"{reverse('sheet_key', args=[grid.pk])}?{urlencode(asked)}"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

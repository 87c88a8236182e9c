"""The audit, for auditors: who did what, when, where."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from grid import registries
from grid.access import StaffRequest, needs
from grid.forms.audit import AuditForm
from grid.models import AuditRecord
from grid.queries.audit import facts_in_words, names_of, place_names, records_of, search_records
from grid.queries.places import places_of
from grid.rules.clock import local_day
from grid.rules.permissions import Permission

PAGE_SIZE = 50
A_WEEK = timedelta(days=6)


@needs(Permission.READ_AUDIT)
@require_http_methods(["GET", "POST"])
def audit_search(request: StaffRequest) -> HttpResponse:
    """Records newest first; without a question those of the last seven days. Words are posted, never in an address."""
    today = local_day(timezone.now())
    start = {"first_day": str(today - A_WEEK), "last_day": str(today), "who": "", "deed": "", "place": ""}
    asked = request.POST if request.method == "POST" else start
    form = AuditForm(asked, places=places_of(request.user, Permission.READ_AUDIT))
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        found = search_records(records_of(request.user), **form.question())
        page = Paginator(found, PAGE_SIZE).get_page(request.POST.get("page"))
        context |= {"page": page, "rows": _lines(page)}
        context["hidden"] = {name: asked.get(name, "") for name in start}
    return render(request, "grid/audit_search.html", context, status=200 if form.is_valid() else 422)


def _lines(records: Iterable[AuditRecord]) -> list[dict[str, Any]]:
    """Records in words; a row of staff or of a place by its name, any other by its kind and number."""
    shown = list(records)
    places = place_names(shown)
    names = names_of({record.subject_id for record in shown if record.subject_kind == "staff" and record.subject_id})
    return [
        {
            "record": record,
            "deed": registries.DEEDS.get(record.deed, record.deed),
            "subject": _subject(record, names),
            "facts": facts_in_words(record, places=places),
        }
        for record in shown
    ]


def _subject(record: AuditRecord, names: dict[int, str]) -> str:
    if record.subject_id is None:
        return ""
    if record.subject_kind == "staff" and record.subject_id in names:
        return names[record.subject_id]
    if record.subject_kind == "place" and record.place is not None and record.subject_id == record.place_id:
        return record.place.name
    kind = registries.SUBJECTS.get(record.subject_kind, record.subject_kind)
    return pgettext("audit", "%(kind)s %(number)s") % {"kind": kind, "number": record.subject_id}

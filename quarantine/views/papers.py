"""Papers: handed out, printed one a page, and checked by anybody by their code."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import segno
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from grid.access import StaffRequest, actor_of, needs, public, require
from grid.rules.permissions import Permission
from quarantine.actions import paper_issue as actions
from quarantine.forms.papers import IssueForm, SheetsForm
from quarantine.models import CasePaper, IsolationCase
from quarantine.queries import papers as queries
from quarantine.queries.samples import by_building

ROWS_A_PAGE = 200


@needs(Permission.RECORD_CHECK_IN)
@require_safe
def paper_due(request: StaffRequest) -> HttpResponse:
    """Who lacks the notice of the start, and who was released lately; ticked for printing in one go."""
    return _due_page(request)


@needs(Permission.RECORD_CHECK_IN)
@require_POST
def paper_issue(request: StaffRequest) -> HttpResponse:
    """Hands out the papers of those who were ticked, and leads to the page that prints them."""
    form = IssueForm(request.POST)
    if not form.is_valid():
        return _due_page(request, form=form)
    kind = form.cleaned_data["kind"]
    reach = IsolationCase.objects.visible_to(request.user, Permission.RECORD_CHECK_IN)
    cases = list(reach.select_related("grid", "resident__household").filter(pk__in=form.cleaned_data["cases"]))
    for case in cases:
        require(request.user, actions.PERMISSION_TO_ISSUE[kind], case)
    issued = actions.issue_papers(
        case_ids=[case.pk for case in cases], kind=kind, by=actor_of(request), at=timezone.now()
    )
    for fault in sorted(set(issued.refused.values())):
        messages.warning(request, fault)
    if not issued.papers:
        return redirect("paper_due")
    chosen = urlencode({"papers": [paper.pk for paper in issued.papers]}, doseq=True)
    return redirect(f"{reverse('paper_sheets')}?{chosen}")


@needs(Permission.SEE_ROUND)
@require_safe
def paper_sheets(request: StaffRequest) -> HttpResponse:
    """Papers to print, one a page, with the ID number's last two characters only."""
    papers = _papers(request, request.GET, Permission.SEE_ROUND)
    return _sheets(request, papers, {})


@needs(Permission.REVEAL_ID)
@require_POST
def paper_sheets_whole(request: StaffRequest) -> HttpResponse:
    """The same with the whole ID numbers: a look that is recorded for each person."""
    papers = _papers(request, request.POST, Permission.REVEAL_ID)
    if not papers:
        return redirect("paper_due")
    numbers = actions.numbers_to_print(papers=papers, by=actor_of(request), at=timezone.now())
    return _sheets(request, papers, numbers)


@public
@require_safe
def paper_check(request: HttpRequest, token: str) -> HttpResponse:
    """What anybody who holds a paper may know: whether it stands. The same page, whatever the code."""
    context = {"heading": _("Check of a notice"), "checked": queries.check(token)}
    response = render(request, "quarantine/papers/check.html", context)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store"
    return response


def _papers(request: StaffRequest, data: Any, permission: Permission) -> list[CasePaper]:
    """The valid papers that the address or form names, none where it names none; 404 where none is in sight."""
    form = SheetsForm(data)
    if not form.is_valid():
        return []
    rows = queries.papers_in_sight(request.user, permission).filter(withdrawn_at=None)
    papers = list(rows.filter(pk__in=form.cleaned_data["papers"]).order_by("serial"))
    if not papers:
        raise Http404
    return papers


def _sheets(request: StaffRequest, papers: list[CasePaper], numbers: dict[int, str]) -> HttpResponse:
    at = timezone.now()
    sheets = [
        replace(sheet, code=_code(request, sheet.paper)) for sheet in queries.sheets_of(papers, numbers, at)
    ]  # fmt: skip
    context = {
        "heading": _("Papers to print"),
        "sheets": sheets,
        "whole": bool(numbers),
        "may_reveal": any(request.user.may_at_door(Permission.REVEAL_ID, paper.case) for paper in papers),
        "at": at,
    }
    return render(request, "quarantine/papers/sheets.html", context)


def _code(request: StaffRequest, paper: CasePaper) -> SafeString:
    """The square code with the address of the check, drawn without styles."""
    address = request.build_absolute_uri(reverse("paper_check", args=[queries.token_of(paper)]))
    drawn = segno.make(address, error="m", micro=False).svg_inline(
        border=2, omitsize=True, svgclass="code", lineclass=None
    )
    return SafeString(drawn)  # made of digits by the library; the address is only encoded


def _due_page(request: StaffRequest, **forms: Any) -> HttpResponse:
    at = timezone.now()
    starts = Paginator(queries.without_notice(request.user), ROWS_A_PAGE).get_page(request.GET.get("page"))
    ends = Paginator(queries.released_lately(request.user, at), ROWS_A_PAGE).get_page(request.GET.get("page"))
    parts = [
        ("release_notice", _("Released lately: notices of release"), ends),
        ("isolation_notice", _("Without a notice of isolation"), starts),
    ]
    context = {
        "heading": _("Papers handed out by the community"),
        "parts": [
            {"kind": kind, "title": title, "count": page.paginator.count, "buildings": by_building(page, _itself)}
            for kind, title, page in parts
            if page.paginator.count
        ],
        "page": starts if starts.paginator.num_pages > ends.paginator.num_pages else ends,
    }
    return render(request, "quarantine/papers/due.html", context | forms, status=422 if forms else 200)


def _itself(case: IsolationCase) -> IsolationCase:
    return case

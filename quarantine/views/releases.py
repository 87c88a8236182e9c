"""今天期满 · 解除: who is ready, what is missing of the others, and the release of those who were checked."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grid.access import StaffRequest, actor_of, needs, require
from grid.rules.permissions import Permission
from quarantine.actions import releases as actions
from quarantine.forms.releases import ChosenCasesForm, ReleaseForm
from quarantine.models import IsolationCase
from quarantine.queries import releases as queries
from quarantine.views.cases import case_in_sight

ROWS_A_PAGE = 200


@needs(Permission.DECIDE_CASES)
@require_safe
def release_list(request: StaffRequest) -> HttpResponse:
    """Overdue first, then today, then tomorrow; each person ready, or what is missing with the way to it."""
    return _list_page(request)


@needs(Permission.DECIDE_CASES)
@require_POST
def release_chosen(request: StaffRequest) -> HttpResponse:
    """Those who were ticked, or a building: first a page that asks for the check, then the release."""
    chosen = ChosenCasesForm(request.POST)
    if not chosen.is_valid():
        return _list_page(request, form=chosen)
    rows = IsolationCase.objects.visible_to(request.user, Permission.DECIDE_CASES).in_walking_order()
    rows = rows.select_related("resident__household", "grid", "rule_set").filter(pk__in=chosen.cleaned_data["cases"])
    return _check_page(request, list(rows), asked="step" not in request.POST)


@needs(Permission.DECIDE_CASES)
@require_http_methods(["GET", "HEAD", "POST"])
def case_release(request: StaffRequest, case_id: int) -> HttpResponse:
    """One person, from her record."""
    case = case_in_sight(request.user, case_id)
    require(request.user, Permission.DECIDE_CASES, case)
    return _check_page(request, [case], asked=request.method != "POST")


def _check_page(request: StaffRequest, cases: list[IsolationCase], *, asked: bool) -> HttpResponse:
    """Asks for the check of those of whom nothing is missing; with it, releases them."""
    at = timezone.now()
    form = ReleaseForm(None if asked else request.POST)
    if form.is_valid():
        keys = [case.pk for case in cases]
        return _told(request, cases, actions.release_cases(case_ids=keys, checked=True, by=actor_of(request), at=at))
    found = [queries.candidate_of(case, at, now=True) for case in cases]
    context = {
        "heading": _("Release from isolation"),
        "form": form,
        "ready": [one for one in found if not one.missing and one.case.closed_at is None],
        "others": [one for one in found if one.missing],
    }
    return render(request, "quarantine/releases/check.html", context, status=422 if form.errors else 200)


def _told(request: StaffRequest, cases: list[IsolationCase], done: actions.Releases) -> HttpResponse:
    """Of each person what became of her."""
    if done.released:
        number = len(done.released)
        words = ngettext("%(number)s person released.", "%(number)s people released.", number)
        messages.success(request, words % {"number": number})
    for case in cases:
        if case.pk in done.refused:
            said = {"name": case.resident.name, "missing": queries.words_of(done.refused[case.pk])}
            messages.warning(request, _("%(name)s was not released: %(missing)s") % said)
    return redirect("release_list")


def _list_page(request: StaffRequest, **forms: Any) -> HttpResponse:
    at = timezone.now()
    page = Paginator(queries.ending_soon(request.user, at), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "heading": _("Release: whose period ends"), "sections": queries.sections_of(page, at), "page": page,
    }  # fmt: skip
    return render(request, "quarantine/releases/list.html", context | forms, status=422 if forms else 200)

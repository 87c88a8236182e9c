"""Decisions on an open case, one page each: its end, a pause, its first day; and what is taken back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from grid.access import StaffRequest, actor_of, needs, require
from grid.actions.audit import EditedMeanwhile
from grid.rules.permissions import Permission
from quarantine.actions import case_decisions as deeds
from quarantine.forms.case_decisions import DecisionForm, EndForm, FirstDayForm, ResumeForm
from quarantine.models import IsolationCase
from quarantine.queries.case_days import stage_words
from quarantine.queries.case_history import decisions_of, told_of
from quarantine.views.cases import case_in_sight
from residents.views.conflicts import retold

BOTH = ["GET", "HEAD", "POST"]


@needs(Permission.DECIDE_CASES)
@require_http_methods(BOTH)
def case_end(request: StaffRequest, case_id: int) -> HttpResponse:
    """Extend or shorten: another last day, and why."""
    words = (_("Change the last day"), _("Change the last day"), _("Ends on %(last)s now."))
    return _decide(request, case_id, EndForm, deeds.move_end, words)


@needs(Permission.DECIDE_CASES)
@require_http_methods(BOTH)
def case_pause(request: StaffRequest, case_id: int) -> HttpResponse:
    """Nothing is due until it goes on."""
    words = (_("Pause the isolation"), _("Pause it"), _("Paused. Nothing is due until it goes on."))
    return _decide(request, case_id, DecisionForm, deeds.pause_case, words)


@needs(Permission.DECIDE_CASES)
@require_http_methods(BOTH)
def case_resume(request: StaffRequest, case_id: int) -> HttpResponse:
    """A paused isolation goes on."""
    case, at = _decided_case(request, case_id), timezone.now()
    words = (_("Go on with the isolation"), _("Go on with the isolation"), _("Goes on, until %(last)s."))
    return _decide(request, case_id, ResumeForm, deeds.resume_case, words, days=deeds.days_paused(case, at))


@needs(Permission.DECIDE_CASES)
@require_http_methods(BOTH)
def case_first_day(request: StaffRequest, case_id: int) -> HttpResponse:
    """Day 1 was another day: the whole period moves with it."""
    words = (_("Correct the first day"), _("Correct the first day"), _("From %(first)s to %(last)s now."))
    return _decide(request, case_id, FirstDayForm, deeds.correct_first_day, words)


@needs(Permission.DECIDE_CASES)
@require_http_methods(BOTH)
def case_take_back(request: StaffRequest, decision_id: int) -> HttpResponse:
    """The newest decision was a mistake: all is as before, and history says so."""
    cases = IsolationCase.objects.visible_to(request.user, Permission.SEE_ROUND)
    case = _decided_case(request, get_object_or_404(cases, decisions=decision_id).pk)
    told = next(told for told in told_of(case, decisions_of(case)) if told.change.pk == decision_id)
    if request.method == "POST":
        try:
            deeds.take_back(decision=told.change, by=actor_of(request), at=timezone.now())
            messages.success(request, _("Taken back. All is as it was before."))
        except ValidationError as fault:
            messages.error(request, " ".join(fault.messages))
        return redirect("case_detail", case.pk)
    context = {"case": case, "told": told, "heading": _("Take a decision back")}
    return render(request, "quarantine/case_take_back.html", context)


def _decided_case(request: StaffRequest, case_id: int) -> IsolationCase:
    case = case_in_sight(request.user, case_id)
    require(request.user, Permission.DECIDE_CASES, case.grid)
    return case


def _decide(
    request: StaffRequest, case_id: int, form_class: type[DecisionForm], deed: Callable[..., IsolationCase],
    words: tuple[str, str, str], **kwargs: Any,
) -> HttpResponse:  # fmt: skip
    """Shows the form, does the deed, tells what stands now; a row changed meanwhile comes back with what is stored."""
    heading, button, done = words
    case, at = _decided_case(request, case_id), timezone.now()
    form = form_class(request.POST or None, initial={"version": case.version}, **kwargs)
    if request.method == "POST" and form.is_valid():
        try:
            now = deed(case=case, **form.decided, by=actor_of(request), at=at)
            messages.success(request, done % _days(now))
            return redirect("case_detail", case.pk)
        except EditedMeanwhile:
            case = case_in_sight(request.user, case_id)
            stored = {"version": case.version, "last_day": case.last_day, "first_day": case.first_day}
            form = retold(form, stored, **kwargs)
        except ValidationError as fault:
            form.add_error(None, fault)
    context = {"form": form, "case": case, "heading": heading, "button": button, "stage": stage_words(case, at)}
    return render(request, "quarantine/case_decision.html", context, status=422 if form.errors else 200)


def _days(case: IsolationCase) -> dict[str, str]:
    return {
        name: date_format(day, "MONTH_DAY_FORMAT")
        for name, day in (("first", case.first_day), ("last", case.last_day))
    }  # fmt: skip

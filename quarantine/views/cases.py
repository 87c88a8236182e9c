"""隔离记录: open a case, see it, close it."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from grid.access import StaffRequest, actor_of, needs, require
from grid.actions.audit import EditedMeanwhile
from grid.models import Staff
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.actions import cases as actions
from quarantine.forms.cases import CareForm, CloseCaseForm, OpenCaseForm
from quarantine.models import IsolationCase
from quarantine.queries import alert_inbox, papers, releases, samples
from quarantine.queries.case_days import stage_words, strips_of
from quarantine.queries.case_history import decisions_of, told_of
from quarantine.queries.cases import check_ins_of, open_case_of, with_family
from quarantine.queries.rule_sets import offered_at
from quarantine.queries.stops import person_now
from quarantine.views.words import reading_of
from residents.models import Resident
from residents.views.conflicts import retold


@needs(Permission.DECIDE_CASES)
@require_http_methods(["GET", "HEAD", "POST"])
def case_open(request: StaffRequest, resident_id: int) -> HttpResponse:
    """Reason, rules and first day; the last day follows by the rules and is shown before, on wish, and afterwards."""
    resident = _resident(request, resident_id)
    form = OpenCaseForm(request.POST or None, offered=offered_at(resident.grid.path, "isolation"))
    looks = "look" in request.POST
    if request.method == "POST" and form.is_valid() and not looks:
        answer = _open(request, resident, form)
        if answer is not None:
            return answer
    if form.is_bound:
        form.with_examples()
    visited = IsolationCase.objects.visible_to(request.user, Permission.SEE_ROUND).open().filter(resident=resident)
    context = {
        "form": form, "resident": resident, "heading": _("Start home isolation"),
        "visited": any(case.is_care for case in visited),
    }  # fmt: skip
    return render(request, "quarantine/case_open.html", context, status=422 if form.errors else 200)


@needs(Permission.DECIDE_CASES)
@require_http_methods(["GET", "HEAD", "POST"])
def care_open(request: StaffRequest, resident_id: int) -> HttpResponse:
    """Somebody who lives alone, is very old or ill is visited from today on."""
    resident = _resident(request, resident_id)
    form = CareForm(request.POST or None, offered=offered_at(resident.grid.path, "care"))
    if request.method == "POST" and form.is_valid():
        form.cleaned_data["first_day"] = local_day(timezone.now())
        answer = _open(request, resident, form)
        if answer is not None:
            return answer
    context = {"form": form, "resident": resident, "heading": _("Start care visits")}
    return render(request, "quarantine/care_open.html", context, status=422 if form.errors else 200)


def _resident(request: StaffRequest, resident_id: int) -> Resident:
    people = Resident.objects.visible_to(request.user).select_related("household", "grid")
    resident: Resident = get_object_or_404(people, pk=resident_id)
    require(request.user, Permission.DECIDE_CASES, resident)
    return resident


def _open(request: StaffRequest, resident: Resident, form: forms.Form) -> HttpResponse | None:
    """Opens by a valid form; None where the form says what was wrong."""
    try:
        case = actions.open_case(resident=resident, **form.cleaned_data, by=actor_of(request), at=timezone.now())
    except actions.AlreadyOpen as fault:
        messages.warning(request, " ".join(fault.messages))
        open_now = open_case_of(resident.pk)  # None where it was closed meanwhile
        return redirect("case_detail", open_now) if open_now else redirect("resident_detail", resident.pk)
    except ValidationError as fault:
        form.add_error("first_day" if "first_day" in form.fields else None, fault)
        return None
    messages.success(request, _opened(case) % {"name": resident.name})
    return redirect("case_detail", case.pk)


def _opened(case: IsolationCase) -> str:
    """What is told of a new record: the last day of each stage. The name is left to be filled in."""
    if case.is_care:
        return _("%(name)s is visited from today on.")
    last = date_format(case.last_day, "MONTH_DAY_FORMAT")
    if case.monitoring_from is None:
        return _("%(name)s isolates until %(day)s.") % {"name": "%(name)s", "day": last}
    day = date_format(case.monitoring_from - timedelta(days=1), "MONTH_DAY_FORMAT")
    words = _("%(name)s isolates until %(day)s and is monitored until %(last)s.")
    return words % {"name": "%(name)s", "day": day, "last": last}


@needs(Permission.SEE_ROUND)
@require_safe
def case_detail(request: StaffRequest, case_id: int) -> HttpResponse:
    """Period, days as strips of squares, what was decided, every check-in with who typed it."""
    at = timezone.now()
    case = case_in_sight(request.user, case_id, to_ring=True)
    check_ins, decisions, alerts = check_ins_of(case), decisions_of(case), alert_inbox.of_case(request.user, case)
    for row in check_ins:
        row.words = reading_of(row)  # type: ignore[attr-defined]
    context = {
        "case": case,
        "strips": strips_of(case, check_ins, decisions, at),
        "stage": stage_words(case, at),
        "told": told_of(case, decisions),
        "check_ins": check_ins,
        "may_release": releases.may_be_released(request.user, case, at),
        "tests": samples.panel_of_case(request.user, case, at),
        "papers": papers.panel_of_case(request.user, case),
        "alerts": alerts,
        "on_round": person_now(case, [alert for alert in alerts if alert.closed_at is None], at).is_on_round,
        "may_record": case.closed_at is None and request.user.may_at_door(Permission.RECORD_CHECK_IN, case),
        "may_decide": request.user.may(Permission.DECIDE_CASES, case.grid),
        "heading": _heading_of(case),
    }
    return render(request, "quarantine/case_detail.html", context)


@needs(Permission.DECIDE_CASES)
@require_http_methods(["GET", "HEAD", "POST"])
def case_close(request: StaffRequest, case_id: int) -> HttpResponse:
    """How it ended. The version on the form tells whether somebody else was faster."""
    case = case_in_sight(request.user, case_id)
    require(request.user, Permission.DECIDE_CASES, case)
    form = CloseCaseForm(request.POST or None, initial={"version": case.version}, case=case)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.close_case(
                case=case, closed_as=data["closed_as"], note=data["closed_note"], version=data["version"],
                by=actor_of(request), at=timezone.now(),
            )  # fmt: skip
            words = _("%(name)s: care visits ended.") if case.is_care else _("%(name)s: isolation closed.")
            messages.success(request, words % {"name": case.resident.name})
            return redirect("case_detail", case.pk)
        except EditedMeanwhile:
            case = case_in_sight(request.user, case_id)
            form = retold(form, {"version": case.version}, case=case)
        except ValidationError as fault:
            form.add_error("closed_as", fault)
    context = {
        "form": form,
        "case": case,
        "heading": _("End the care visits") if case.is_care else _("End this record"),
    }
    return render(request, "quarantine/case_close.html", context, status=422 if form.errors else 200)


def _heading_of(case: IsolationCase) -> str:
    words = _("Care visits: %(name)s") if case.is_care else _("Isolation record: %(name)s")
    return words % {"name": case.resident.name}


def case_in_sight(staff: Staff, case_id: int, *, to_ring: bool = False) -> IsolationCase:
    """The case with its person, door and rules; 404 out of sight. `to_ring`: with whom to ring where she has no phone,
    which a tap at the door need not pay for."""
    cases = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND)
    cases = with_family(cases) if to_ring else cases
    case: IsolationCase = get_object_or_404(cases.select_related("resident__household", "grid", "rule_set"), pk=case_id)
    return case

"""隔离记录: open a case, see it, close it."""

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
from quarantine.forms.cases import CloseCaseForm, OpenCaseForm
from quarantine.models import IsolationCase
from quarantine.queries import alert_inbox, papers, releases, samples
from quarantine.queries.cases import check_ins_of, days_of, open_case_of, with_family
from quarantine.views.words import reading_of
from residents.models import Resident
from residents.views.conflicts import retold


@needs(Permission.DECIDE_CASES)
@require_http_methods(["GET", "HEAD", "POST"])
def case_open(request: StaffRequest, resident_id: int) -> HttpResponse:
    """Reason and first day; the last day follows by the rule and is shown afterwards."""
    people = Resident.objects.visible_to(request.user).select_related("household", "grid")
    resident = get_object_or_404(people, pk=resident_id)
    require(request.user, Permission.DECIDE_CASES, resident)
    form = OpenCaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            data = form.cleaned_data
            case = actions.open_case(resident=resident, **data, by=actor_of(request), at=timezone.now())
            words = {"name": resident.name, "day": date_format(case.last_day, "MONTH_DAY_FORMAT")}
            messages.success(request, _("%(name)s isolates until %(day)s.") % words)
            return redirect("case_detail", case.pk)
        except actions.AlreadyOpen as fault:
            messages.warning(request, " ".join(fault.messages))
            open_now = open_case_of(resident.pk)  # None where it was closed meanwhile
            return redirect("case_detail", open_now) if open_now else redirect("resident_detail", resident.pk)
        except ValidationError as fault:
            form.add_error("first_day", fault)
    context = {"form": form, "resident": resident, "heading": _("Start home isolation")}
    return render(request, "quarantine/case_open.html", context, status=422 if form.errors else 200)


@needs(Permission.SEE_ROUND)
@require_safe
def case_detail(request: StaffRequest, case_id: int) -> HttpResponse:
    """Period, days as a strip of squares, every check-in with who typed it."""
    at = timezone.now()
    case = case_in_sight(request.user, case_id)
    check_ins = check_ins_of(case)
    for row in check_ins:
        row.words = reading_of(row)  # type: ignore[attr-defined]
    context = {
        "case": case,
        "days": days_of(case, check_ins, at),
        "day_number": case.day_number(local_day(at)),
        "check_ins": check_ins,
        "may_release": releases.may_be_released(request.user, case, at),
        "tests": samples.panel_of_case(request.user, case, at),
        "papers": papers.panel_of_case(request.user, case),
        "alerts": alert_inbox.of_case(request.user, case),
        "may_record": case.closed_at is None and request.user.may_at_door(Permission.RECORD_CHECK_IN, case),
        "may_decide": case.closed_at is None and request.user.may(Permission.DECIDE_CASES, case.grid),
        "heading": _("Isolation record: %(name)s") % {"name": case.resident.name},
    }
    return render(request, "quarantine/case_detail.html", context)


@needs(Permission.DECIDE_CASES)
@require_http_methods(["GET", "HEAD", "POST"])
def case_close(request: StaffRequest, case_id: int) -> HttpResponse:
    """How it ended. The version on the form tells whether somebody else was faster."""
    case = case_in_sight(request.user, case_id)
    require(request.user, Permission.DECIDE_CASES, case)
    form = CloseCaseForm(request.POST or None, initial={"version": case.version})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.close_case(
                case=case, closed_as=data["closed_as"], note=data["closed_note"], version=data["version"],
                by=actor_of(request), at=timezone.now(),
            )  # fmt: skip
            messages.success(request, _("%(name)s: isolation closed.") % {"name": case.resident.name})
            return redirect("case_detail", case.pk)
        except EditedMeanwhile:
            case = case_in_sight(request.user, case_id)
            form = retold(form, {"version": case.version})
        except ValidationError as fault:
            form.add_error("closed_as", fault)
    context = {"form": form, "case": case, "heading": _("Close the isolation")}
    return render(request, "quarantine/case_close.html", context, status=422 if form.errors else 200)


def case_in_sight(staff: Staff, case_id: int) -> IsolationCase:
    """The case with its person, door and rules; 404 out of sight."""
    cases = with_family(IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND))
    case: IsolationCase = get_object_or_404(cases.select_related("resident__household", "grid", "rule_set"), pk=case_id)
    return case

"""Check-ins: tapped on the round, or written down on a page of their own."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from grid.access import StaffRequest, actor_of, needs, require
from grid.models import Staff
from grid.parts import wants_part
from grid.rules.permissions import Permission
from quarantine.actions import check_ins as actions
from quarantine.forms.check_ins import CheckInForm, TapForm
from quarantine.models import CheckIn, IsolationCase
from quarantine.queries.cases import check_ins_in_sight, standing_check_in, who_decides
from quarantine.rules import case_clock
from quarantine.views.cases import case_in_sight
from quarantine.views.today import Wanted, answer
from quarantine.views.words import URGENT_SYMPTOM, reading_of


@needs(Permission.RECORD_CHECK_IN)
@require_POST
def check_in_add(request: StaffRequest, case_id: int) -> HttpResponse:
    """One tap: a reading of the pad, or how a try went. Then the next person is open."""
    at = timezone.now()
    case = _case(request.user, case_id)
    here = Wanted(grid=case.grid_id, door=case.resident.household_id, case=case.pk)
    form = TapForm(request.POST)
    if not form.is_valid():
        return answer(request, here, at, fault=first_fault(form.errors.as_data()), status=422)
    data = form.cleaned_data
    try:
        check_in = actions.record_check_in(
            case=case, uuid=data["uuid"], said=data["said"], observed_at=at, by=actor_of(request), at=at
        )
    except ValidationError as fault:
        return answer(request, here, at, fault=" ".join(fault.messages), status=422)
    return _go_on(request, case, check_in, at)


@needs(Permission.RECORD_CHECK_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def check_in_more(request: StaffRequest, case_id: int) -> HttpResponse:
    """Everything that can be learnt of a person; `?corrects=` puts it in the place of an earlier entry."""
    case = _case(request.user, case_id)
    corrects = _corrected(request, case)
    form = CheckInForm(request.POST or None, initial={"uuid": uuid4()})
    if request.method == "POST" and form.is_valid():
        try:
            return _leave(request, case, _store(request, case, form, corrects))
        except ValidationError as fault:
            form.add_error(None, fault)
    context = {
        "case": case,
        "form": form,
        "corrects": corrects,
        "corrected_words": reading_of(corrects) if corrects else "",
        "heading": _("Correct an entry") if corrects else _("Note how it went"),
        "back_url": _back_url(request, case),
    }
    return render(request, "quarantine/check_in_more.html", context, status=422 if form.errors else 200)


@needs(Permission.RECORD_CHECK_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def check_in_confirm(request: StaffRequest, check_in_id: int) -> HttpResponse:
    """An abnormal entry stands already; this asks whether the finger slipped, and says whom to ring."""
    at = timezone.now()
    check_in = check_in_in_sight(request.user, check_in_id)
    case = check_in.case
    if request.method == "POST":
        actions.note_confirmed(check_in=check_in, by=actor_of(request), at=at)
        messages.success(request, _("Reported: it stands with the community lead now. Ring her too if you have not."))
        return redirect(_after(case, None))
    context = {
        "check_in": check_in,
        "case": case,
        "reading": reading_of(check_in),
        "stands": standing_check_in(request.user, check_in.pk) is not None,
        "deciders": who_decides(case.grid, at),
        "is_urgent": URGENT_SYMPTOM in check_in.symptoms,
        "heading": _("%(reading)s, no slip?") % {"reading": reading_of(check_in)},
        "back_url": _after(case, None),
    }
    return render(request, "quarantine/check_in_confirm.html", context)


@needs(Permission.RECORD_CHECK_IN)
@require_POST
def check_in_withdraw(request: StaffRequest, check_in_id: int) -> HttpResponse:
    """撤销: the entry was a mistake. The person is open again."""
    at = timezone.now()
    check_in = check_in_in_sight(request.user, check_in_id)
    try:
        actions.withdraw_check_in(check_in=check_in, by=actor_of(request), at=at)
        words = {"name": check_in.case.resident.name, "reading": reading_of(check_in)}
        messages.success(request, _("%(name)s: %(reading)s, taken back.") % words)
    except ValidationError as fault:
        messages.warning(request, " ".join(fault.messages))
    case = check_in.case
    if request.POST.get("back") == "case":
        return redirect("case_detail", case.pk)
    return redirect(Wanted(grid=case.grid_id, door=case.resident.household_id, case=case.pk).address)


def _case(staff: Staff, case_id: int) -> IsolationCase:
    """The case, 404 out of sight, 403 where it may only be seen."""
    case = case_in_sight(staff, case_id)
    require(staff, Permission.RECORD_CHECK_IN, case)
    return case


def check_in_in_sight(staff: Staff, check_in_id: int) -> CheckIn:
    """The check-in, 404 out of sight, 403 where it may only be seen."""
    rows = check_ins_in_sight(staff).select_related("case__resident__household", "case__grid")
    check_in = get_object_or_404(rows, pk=check_in_id, withdrawn=False)
    require(staff, Permission.RECORD_CHECK_IN, check_in.case)
    return check_in


def _corrected(request: StaffRequest, case: IsolationCase) -> CheckIn | None:
    key = request.GET.get("corrects", "")
    if not key:
        return None
    rows = check_ins_in_sight(request.user).filter(case=case, withdrawn=False)
    return get_object_or_404(rows, pk=int(key) if key.isascii() and key.isdigit() and len(key) < 19 else 0)


def _store(request: StaffRequest, case: IsolationCase, form: CheckInForm, corrects: CheckIn | None) -> CheckIn:
    at, data = timezone.now(), form.cleaned_data
    clock = data["call_back"]
    said = replace(data["said"], call_back_at=case_clock.coming(at, clock) if clock else None)
    if corrects is None:
        return actions.record_check_in(
            case=case, uuid=data["uuid"], said=said, observed_at=data["observed_at"] or at,
            by=actor_of(request), at=at,
        )  # fmt: skip
    return actions.correct_check_in(
        check_in=corrects, uuid=data["uuid"], said=said,
        observed_at=data["observed_at"] or corrects.observed_at, by=actor_of(request), at=at,
    )  # fmt: skip


def _leave(request: StaffRequest, case: IsolationCase, check_in: CheckIn) -> HttpResponse:
    """After the long form: to the question about a slip, to the case's page, or on with the round."""
    if check_in.abnormal:
        return redirect("check_in_confirm", check_in.pk)
    if request.GET.get("back") == "case":
        messages.success(request, _("%(name)s: %(reading)s, noted.") % {
            "name": case.resident.name, "reading": reading_of(check_in)})  # fmt: skip
        return redirect("case_detail", case.pk)
    return redirect(_after(case, check_in))


def _go_on(request: StaffRequest, case: IsolationCase, check_in: CheckIn, at: datetime) -> HttpResponse:
    """After a tap: an abnormal one asks 没按错？ first; else the next person is open, with no degree chosen."""
    if check_in.abnormal:
        address = reverse("check_in_confirm", args=[check_in.pk])
        return HttpResponse(headers={"HX-Redirect": address}) if wants_part(request) else redirect(address)
    wanted = Wanted(grid=case.grid_id, after=case.resident.household_id, done=check_in.pk)
    return answer(request, wanted, at) if wants_part(request) else redirect(wanted.address)


def _after(case: IsolationCase, check_in: CheckIn | None) -> str:
    done = check_in.pk if check_in else None
    return Wanted(grid=case.grid_id, after=case.resident.household_id, done=done).address


def _back_url(request: StaffRequest, case: IsolationCase) -> str:
    if request.GET.get("back") == "case":
        return reverse("case_detail", args=[case.pk])
    return Wanted(grid=case.grid_id, door=case.resident.household_id, case=case.pk).address


def first_fault(errors: dict[str, list[ValidationError]]) -> str:
    """What is said above the stop of a form that was refused."""
    own = [message for found in errors.values() for error in found for message in error.messages]
    return own[0] if own else ""

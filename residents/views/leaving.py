"""Leaving for good, being away for some days, and coming back."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from grid import registries
from grid.access import StaffRequest, actor_of, needs, require
from grid.actions.audit import EditedMeanwhile, reserve_id
from grid.models import Staff
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from grid.views.versions import version_in
from residents.actions import leaving as deeds
from residents.actions.people import AlreadyAdded, AlreadyRegistered
from residents.forms.households import key_in, ticket_for
from residents.forms.leaving import AwayForm, LeaveForm, stamp_of
from residents.forms.moves import ArrivalForm
from residents.models import Household, Resident
from residents.queries import moves as queries
from residents.views.conflicts import gone_on, retold
from residents.views.moves import land


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def resident_leave(request: StaffRequest, resident_id: int) -> HttpResponse:
    """One person moved out or died."""
    resident = _resident(request, resident_id)
    if resident.left_on is not None:
        return redirect("resident_detail", resident.pk)
    return gone_on(request, resident) or _leave_page(request, resident, resident.household, [resident])


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def household_leave(request: StaffRequest, household_id: int) -> HttpResponse:
    """Everybody behind a door moved out."""
    households = Household.objects.visible_to(request.user).select_related("grid__parent")
    household: Household = get_object_or_404(households, pk=household_id)
    require(request.user, Permission.EDIT_PEOPLE, household)
    if answer := gone_on(request, household):
        return answer
    people = queries.people_at(request.user, household)
    if not people:
        return redirect("household_detail", household.pk)
    return _leave_page(request, household, household, people)


def _leave_page(
    request: StaffRequest, subject: Resident | Household, household: Household, people: list[Resident]
) -> HttpResponse:
    at = timezone.now()
    form = LeaveForm(request.POST or None, leaving=people, today=local_day(at))
    if form.is_valid():
        said = form.cleaned_data
        try:
            deeds.leave(household=household, **said, by=actor_of(request), at=at)
        except EditedMeanwhile:
            form = _told_again(form, people, at)
        else:
            many = isinstance(subject, Household)
            messages.success(request, _noted(many))
            return redirect("household_detail" if many else "resident_detail", subject.pk)
    everybody = isinstance(subject, Household)
    page = "household_leave" if everybody else "resident_leave"
    context = {
        "form": form, "subject": subject, "household": household, "people": people, "everybody": everybody,
        "panels": registries.panels_for(page, request.user, subject, at),
    }  # fmt: skip
    return render(request, "residents/moves/leave.html", context, status=422 if form.is_bound else 200)


def _noted(many: bool) -> str:
    if many:
        return _("Noted. Entered by mistake? Open the person: “Lives here again, or was entered by mistake” is there.")
    return _("Noted. Entered by mistake? The button “Lives here again, or was entered by mistake” below takes it back.")


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def resident_away(request: StaffRequest, resident_id: int) -> HttpResponse:
    """Away until a day; sent twice it is the same day."""
    at, resident = timezone.now(), _resident(request, resident_id)
    if answer := gone_on(request, resident):
        return answer
    known: dict[str, Any] = {"today": local_day(at)}
    form = AwayForm(request.POST or None, initial={"version": resident.version}, **known)
    if form.is_valid():
        said = form.cleaned_data
        try:
            if resident.away_until != said["until"]:
                deeds.go_away(resident=resident, **said, by=actor_of(request), at=at)
            messages.success(request, _("%(name)s is away until %(day)s.") % _day_words(resident, said["until"]))
            return redirect("resident_detail", resident.pk)
        except EditedMeanwhile:
            resident.refresh_from_db()
            form = retold(form, {"version": resident.version, "until": resident.away_until}, **known)
    context = {"form": form, "resident": resident}
    return render(request, "residents/moves/away.html", context, status=422 if form.is_bound else 200)


@needs(Permission.EDIT_PEOPLE)
@require_POST
def away_end(request: StaffRequest, resident_id: int) -> HttpResponse:
    """She is back; tapped twice it is one deed."""
    resident = _resident(request, resident_id)
    if answer := gone_on(request, resident):
        return answer
    if resident.away_until is not None:
        try:
            deeds.end_away(resident=resident, version=resident.version, by=actor_of(request), at=timezone.now())
        except EditedMeanwhile:
            messages.warning(request, _("Somebody else has saved this meanwhile. Look again."))
            return redirect("resident_detail", resident.pk)
    messages.success(request, _("%(name)s is here again.") % {"name": resident.name})
    return redirect("resident_detail", resident.pk)


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def resident_return(request: StaffRequest, resident_id: int) -> HttpResponse:
    """Somebody who left lives here again: at the old door with one tap, or at another one."""
    at, resident = timezone.now(), _resident(request, resident_id)
    if resident.left_on is None:
        return redirect("resident_detail", resident.pk)
    key = key_in(Household, request.POST.get("ticket", ""), request.user) or reserve_id(Household)
    sent, elsewhere = request.method == "POST", "home" not in request.POST
    known = _doors_open_to(request.user, resident)
    form = ArrivalForm(request.POST if sent and elsewhere else None, initial={"version": resident.version}, **known)
    faults: list[str] = []
    if sent and (form.is_valid() or not elsewhere):
        try:
            if there := _come_back(request, resident, form if elsewhere else None, key, at, faults):
                return land(request, [there.pk], _("%(name)s is registered here again.") % {"name": resident.name})
        except (EditedMeanwhile, AlreadyAdded):
            resident.refresh_from_db()
            if resident.left_on is None:  # the twin of a double tap was faster
                return redirect("resident_detail", resident.pk)
            key = reserve_id(Household)
            if elsewhere:
                form = retold(form, {"version": resident.version}, **known)
            else:
                faults = [_("Somebody else has saved this meanwhile. Look again.")]
    context = {"form": form, "resident": resident, "faults": faults, "ticket": ticket_for(Household, key, request.user)}
    return render(request, "residents/moves/return.html", context, status=422 if sent else 200)


def _doors_open_to(staff: Staff, resident: Resident) -> dict[str, Any]:
    """What the form of a return offers: the grids of the street, or the buildings that she helps in."""
    inside = not staff.may(Permission.EDIT_PEOPLE, resident.grid)
    grids = [resident.grid] if inside else queries.grids_of_street(resident.street_id)
    return {"staff": staff, "grids": grids, "inside": inside}


def _told_again(form: LeaveForm, people: list[Resident], at: datetime) -> LeaveForm:
    """The form as sent, now for the people of now; sending it again is her decision."""
    data = form.data.copy()  # type: ignore[attr-defined]
    data["people"] = stamp_of(people)
    again = LeaveForm(data, leaving=people, today=local_day(at))
    again.add_error(None, _("Somebody else has saved this meanwhile. Look who is meant, and send it again."))
    return again


def _come_back(
    request: StaffRequest, resident: Resident, form: ArrivalForm | None, key: int, at: datetime, faults: list[str]
) -> Household | None:
    """The door where she lives now; None where something stands in the way, which is put into `faults`."""
    to = form.arrival(key) if form else None
    try:
        return deeds.come_back(resident=resident, version=version_in(request), to=to, by=actor_of(request), at=at)
    except AlreadyRegistered:
        faults.append(
            _("Her number is registered with somebody else of this street by now. Look there, or ask the lead.")
        )
    except ValidationError as fault:
        faults.extend(fault.messages)
    return None


def _resident(request: StaffRequest, resident_id: int) -> Resident:
    people = Resident.objects.visible_to(request.user).select_related("household", "grid__parent")
    resident: Resident = get_object_or_404(people, pk=resident_id)
    require(request.user, Permission.EDIT_PEOPLE, resident)
    return resident


def _day_words(resident: Resident, day: date) -> dict[str, str]:
    return {"name": resident.name, "day": date_format(day, "MONTH_DAY_FORMAT")}

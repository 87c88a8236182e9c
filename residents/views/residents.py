"""Pages of a person: add her to a door, look at her, change her, look at her ID number."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grid import registries
from grid.access import StaffRequest, actor_of, needs, require
from grid.actions.audit import EditedMeanwhile, reserve_id
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from residents import identity
from residents.actions import residents as deeds
from residents.actions.people import AlreadyAdded, AlreadyRegistered, OfferedAway
from residents.forms import people as forms
from residents.forms.households import key_in, refuse_registered, ticket_for
from residents.forms.twins import free_to_save
from residents.models import Household, Resident
from residents.queries.contacts import contacts_of
from residents.views.conflicts import retold
from residents.views.twins import beside_door, beside_resident


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def resident_add(request: StaffRequest, household_id: int) -> HttpResponse:
    """One more person behind a door."""
    at = timezone.now()
    household = get_object_or_404(Household.objects.visible_to(request.user).select_related("grid"), pk=household_id)
    require(request.user, Permission.EDIT_PEOPLE, household)
    key = key_in(Resident, request.POST.get("ticket", ""), request.user) or reserve_id(Resident)
    if request.method == "POST" and Resident.objects.visible_to(request.user).filter(pk=key).exists():
        return redirect("household_detail", household.pk)
    form = forms.PersonForm(request.POST if request.method == "POST" else None, today=local_day(at))
    if form.is_valid():
        refuse_registered(request.user, household.street_id, [form])
    beside = beside_door(request, form, household)
    if form.is_valid() and free_to_save(beside) and _added(request, key, household, form, at):
        return redirect("household_detail", household.pk)
    ticket = ticket_for(Resident, key, request.user)
    context = {"form": form, "household": household, "ticket": ticket, "beside": beside}
    return render(request, "residents/resident_add.html", context, status=422 if form.is_bound else 200)


def _added(request: StaffRequest, key: int, household: Household, form: forms.PersonForm, at: datetime) -> bool:
    try:
        deeds.add_resident(key=key, household=household, facts=form.facts(), by=actor_of(request), at=at)
    except AlreadyAdded:
        return True
    except AlreadyRegistered:
        refuse_registered(request.user, household.street_id, [form])
        return False
    except OfferedAway as fault:
        form.add_error(None, fault)
        return False
    messages.success(request, _("%(name)s added") % {"name": form.cleaned_data["name"]})
    return True


@needs(Permission.SEE_PEOPLE)
@require_safe
def resident_detail(request: StaffRequest, resident_id: int) -> HttpResponse:
    """What is known of a person, the number masked, and what the apps above add."""
    return _person_page(request, _resident(request, resident_id), forms.RevealForm())


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def resident_edit(request: StaffRequest, resident_id: int) -> HttpResponse:
    """Changes what is known of a person."""
    at = timezone.now()
    resident = _resident(request, resident_id)
    require(request.user, Permission.EDIT_PEOPLE, resident)
    known: dict[str, Any] = {"resident": resident, "today": local_day(at)}
    form = forms.EditPersonForm(request.POST or None, initial=forms.initial_of(resident), **known)
    if form.is_valid():
        refuse_registered(request.user, resident.street_id, [form], other_than=resident.pk)
    beside = beside_resident(request, form, resident)
    if form.is_valid() and free_to_save(beside):
        try:
            version = form.cleaned_data["version"]
            deeds.edit_resident(resident=resident, version=version, facts=form.facts(), by=actor_of(request), at=at)
        except EditedMeanwhile:
            resident.refresh_from_db()
            form = retold(form, forms.initial_of(resident), **known)
        except AlreadyRegistered:
            refuse_registered(request.user, resident.street_id, [form], other_than=resident.pk)
        else:
            messages.success(request, _("Saved"))
            return redirect("resident_detail", resident.pk)
    context = {"form": form, "resident": resident, "beside": beside}
    return render(request, "residents/resident_edit.html", context, status=422 if form.is_bound else 200)


@needs(Permission.REVEAL_ID)
@require_POST
def resident_reveal(request: StaffRequest, resident_id: int) -> HttpResponse:
    """The whole ID number, on this answer only; the look is recorded with its reason."""
    resident = _resident(request, resident_id)
    require(request.user, Permission.REVEAL_ID, resident)
    form = forms.RevealForm(request.POST)
    if not form.is_valid() or resident.id_sealed is None:
        return _person_page(request, resident, form, status=422)
    number = deeds.reveal_id(
        resident=resident, reason=form.cleaned_data["reason"], by=actor_of(request), at=timezone.now()
    )
    return _person_page(request, resident, form, number=number)


def _resident(request: StaffRequest, resident_id: int) -> Resident:
    people = Resident.objects.visible_to(request.user).select_related("household", "grid__parent")
    resident: Resident = get_object_or_404(people, pk=resident_id)
    return resident


def _person_page(
    request: StaffRequest, resident: Resident, form: forms.RevealForm, number: str = "", status: int = 200
) -> HttpResponse:
    at = timezone.now()
    context = {
        "resident": resident,
        "number": number,
        "masked": identity.masked(resident.id_type, resident.id_sealed),
        "reveal": form if request.user.may(Permission.REVEAL_ID, resident.grid) else None,
        "today": local_day(at),
        "contacts": contacts_of(request.user, [resident]),
        "panels": registries.panels_for("resident", request.user, resident, at),
        "may_edit": resident.merged_into_id is None and request.user.may_at_door(Permission.EDIT_PEOPLE, resident),
    }
    return render(request, "residents/resident_detail.html", context, status=status)

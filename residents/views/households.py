"""Pages of a door: add it with its people, look at it, change it."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from grid import registries
from grid.access import StaffRequest, actor_of, needs, require
from grid.actions.audit import EditedMeanwhile, PlaceClosed, reserve_id
from grid.queries.places import grids_of
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from residents.actions import households as deeds
from residents.actions.people import AlreadyAdded, AlreadyRegistered
from residents.forms import doors
from residents.forms import households as forms
from residents.forms.twins import free_to_save
from residents.models import Household
from residents.queries import households as queries
from residents.queries.contacts import contacts_of
from residents.views.conflicts import gone_on, retold
from residents.views.moves import undo_of


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def household_add(request: StaffRequest) -> HttpResponse:
    """A door and its people on one page. A form that was saved already leads to the household it made."""
    at = timezone.now()
    key = forms.key_in(Household, request.POST.get("ticket", ""), request.user) or reserve_id(Household)
    if request.method == "POST" and Household.objects.visible_to(request.user).filter(pk=key).exists():
        return redirect("household_detail", key)
    grids = list(grids_of(request.user, Permission.EDIT_PEOPLE))
    page = forms.HouseholdForm(
        request.POST if request.method == "POST" else None, staff=request.user, grids=grids, today=local_day(at)
    )
    sound, beside = page.is_bound and page.is_valid(), page.beside()
    if sound and free_to_save(beside) and (answer := _save(request, page, key, at)):
        return answer
    context = {"page": page, "beside": beside, "ticket": forms.ticket_for(Household, key, request.user)}
    return render(request, "residents/household_add.html", context, status=422 if page.is_bound else 200)


def _save(request: StaffRequest, page: forms.HouseholdForm, key: int, at: datetime) -> HttpResponse | None:
    door = page.door.cleaned_data
    people = [row.facts() for row in page.filled]
    try:
        deeds.add_household(
            key=key, grid=page.door.chosen_grid, door=door["door"], note=door["note"], people=people,
            by=actor_of(request), at=at,
        )  # fmt: skip
    except AlreadyAdded:
        return redirect("household_detail", key)
    except AlreadyRegistered:
        page.refuse()
        return None
    except PlaceClosed as closed:
        page.door.add_error(None, closed)
        return None
    messages.success(request, _("Household added"))
    return redirect("household_detail", key)


@needs(Permission.SEE_PEOPLE)
@require_safe
def household_detail(request: StaffRequest, household_id: int) -> HttpResponse:
    """The door, who lives there, and what the apps above add."""
    at = timezone.now()
    household = get_object_or_404(
        Household.objects.visible_to(request.user).select_related("grid__parent"), pk=household_id
    )
    people = queries.people_of(household, left_on=local_day(at))
    beside = queries.beside(request.user, household)
    context = {
        "household": household,
        "people": people,
        "contacts": contacts_of(request.user, people),
        "lacks_head": queries.lacks_head(people),
        "has_beds": any(person.bed for person in people),
        "beside": [other for other in beside if other.merged_into_id is None],
        "joined": [other for other in beside if other.merged_into_id == household.pk],
        "into": queries.joined_into(request.user, household),
        "today": local_day(at),
        "undo": undo_of(request, at),
        "panels": registries.panels_for("household", request.user, household, at),
        "may_edit": request.user.may_at_door(Permission.EDIT_PEOPLE, household),
    }
    return render(request, "residents/household_detail.html", context)


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def household_edit(request: StaffRequest, household_id: int) -> HttpResponse:
    """Door, remark and grid, within the street."""
    at = timezone.now()
    households = Household.objects.visible_to(request.user).select_related("grid__parent")
    household: Household = get_object_or_404(households, pk=household_id)
    require(request.user, Permission.EDIT_PEOPLE, household)
    if answer := gone_on(request, household):
        return answer
    grids = queries.grids_to_move_to(request.user, household)
    form = doors.EditDoorForm(request.POST or None, grids=grids, initial=doors.initial_of(household))
    if form.is_valid():
        doors.refuse_elsewhere(request.user, form)
    if form.is_valid():
        said = form.cleaned_data
        try:
            deeds.edit_household(
                household=household, version=said["version"], grid=form.chosen_grid,
                door=said["door"], note=said["note"], by=actor_of(request), at=at,
            )  # fmt: skip
        except EditedMeanwhile:
            household.refresh_from_db()
            form = retold(form, doors.initial_of(household), grids=grids)
        except PlaceClosed as closed:
            form.add_error(None, closed)
        else:
            messages.success(request, _("Saved"))
            return redirect("household_detail", household.pk)
    context = {"form": form, "household": household}
    return render(request, "residents/household_edit.html", context, status=422 if form.is_bound else 200)

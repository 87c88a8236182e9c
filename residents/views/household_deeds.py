"""Pages of the deeds on a household: split it, join another one to it, its head, its beds, nobody in."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from grid.access import StaffRequest, actor_of, needs, require
from grid.actions.audit import EditedMeanwhile, reserve_id
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from residents.actions import households as deeds
from residents.actions import joining
from residents.actions.people import AlreadyAdded
from residents.forms import household_deeds as forms
from residents.forms.households import key_in, ticket_for
from residents.models import Household, Resident
from residents.queries import households as queries
from residents.queries.history_words import listed
from residents.rules import addresses
from residents.rules.relations import HEAD, SELF
from residents.views.conflicts import gone_on, retold

Sent = TypeVar("Sent", forms.HeadForm, forms.BedsForm, forms.JoinForm)


def _household(request: StaffRequest, household_id: int) -> Household:
    rows = Household.objects.visible_to(request.user).select_related("grid__parent")
    household: Household = get_object_or_404(rows, pk=household_id)
    require(request.user, Permission.EDIT_PEOPLE, household)
    return household


def at_household(view: Callable[[StaffRequest, Household], HttpResponse]) -> Callable[..., HttpResponse]:
    """Gives the view the household in sight that she may change. One that was joined into another is told as such."""

    @wraps(view)
    def found(request: StaffRequest, household_id: int) -> HttpResponse:
        household = _household(request, household_id)
        return gone_on(request, household) or view(request, household)

    return found


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
@at_household
def household_split(request: StaffRequest, household: Household) -> HttpResponse:
    """Some of the people become a household of their own. A form that was saved already leads to it."""
    key = key_in(Household, request.POST.get("ticket", ""), request.user) or reserve_id(Household)
    if request.method == "POST" and Household.objects.visible_to(request.user).filter(pk=key).exists():
        return redirect("household_detail", key)
    known: dict[str, Any] = {
        "household": household, "people": queries.people_of(household), "staff": request.user,
        "grids": queries.grids_to_move_to(request.user, household),
    }  # fmt: skip
    form = forms.SplitForm(request.POST if request.method == "POST" else None, **known)
    if form.is_valid():
        try:
            return _split(request, household, form, key, timezone.now())
        except AlreadyAdded:
            return redirect("household_detail", key)
        except EditedMeanwhile:
            household.refresh_from_db(from_queryset=Household.objects.visible_to(request.user))
            form = retold(form, {"version": household.version}, **known | {"people": queries.people_of(household)})
        except ValidationError as fault:
            form.add_error(None, fault)
    context = {"form": form, "household": household, "ticket": ticket_for(Household, key, request.user)}
    return render(request, "residents/households/split.html", context, status=422 if form.is_bound else 200)


def _split(request: StaffRequest, household: Household, form: forms.SplitForm, key: int, at: datetime) -> HttpResponse:
    said = form.cleaned_data
    there = joining.split_household(
        household=household, version=said["version"], key=key, people=said["people"], head=said["head"] or None,
        grid=form.chosen_grid, door=said["door"], by=actor_of(request), at=at,
    )  # fmt: skip
    if not any(person.relation in (SELF, HEAD) for person in queries.people_of(household)):
        messages.warning(request, _("%(door)s has no head now. Say who it is.") % {"door": household.door})
    messages.success(request, _("They have a household of their own now."))
    return redirect("household_detail", there.pk)


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
@at_household
def household_join(request: StaffRequest, household: Household) -> HttpResponse:
    """Another household's people come to this one. Looking for its door is no deed, and the first tap only shows who
    would come."""
    looks, chosen = "look" in request.POST, request.POST.get("other", "")
    if queries.was_joined(request.user, household, chosen):
        return redirect("household_detail", household.pk)
    data = request.POST if request.method == "POST" and not looks else None
    typed = request.POST.get("find", "")
    door = addresses.parse(typed) if typed else None
    known: dict[str, Any] = {"household": household, "candidates": queries.joinable(request.user, household, door)}
    form = forms.JoinForm(data, **known)
    if form.is_valid():
        if "sure" not in request.POST:
            context = {"form": form, "household": household, "other": form.chosen, "coming": listed(form.chosen.names)}  # type: ignore[attr-defined]
            return render(request, "residents/households/join_confirm.html", context)
        try:
            return _joined(request, household, form)
        except EditedMeanwhile:
            form = _join_again(request, form, door)
        except ValidationError as fault:
            form.add_error(None, fault)
    context = {"form": form, "household": household, "typed": typed, "looks": looks}
    return render(request, "residents/households/join.html", context, status=422 if form.is_bound else 200)


def _joined(request: StaffRequest, household: Household, form: forms.JoinForm) -> HttpResponse:
    other, seen = form.chosen, form.cleaned_data["seen"]
    joining.join_households(
        kept=household, other=other, kept_version=seen.get(household.pk, 0), other_version=seen.get(other.pk, 0),
        by=actor_of(request), at=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("The households are one now."))
    return redirect("household_detail", household.pk)


def _join_again(request: StaffRequest, form: forms.JoinForm, door: addresses.Door | None) -> forms.JoinForm:
    household = _household(request, form.household.pk)
    candidates = queries.joinable(request.user, household, door)
    data = form.data.copy()  # type: ignore[attr-defined]
    data["seen"] = forms.seen_of([household, *candidates])
    return _told(forms.JoinForm(data, household=household, candidates=candidates))


@needs(Permission.EDIT_PEOPLE)
@require_POST
def household_part(request: StaffRequest, household_id: int) -> HttpResponse:
    """Takes a joining back; the address names the household that was joined into another one."""
    household = _household(request, household_id)
    try:
        joining.part_households(other=household, by=actor_of(request), at=timezone.now())
    except ValidationError as fault:
        messages.error(request, " ".join(fault.messages))
        return redirect("household_detail", household.merged_into_id or household.pk)
    messages.success(request, _("They are two households again."))
    return redirect("household_detail", household.pk)


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
@at_household
def household_head(request: StaffRequest, household: Household) -> HttpResponse:
    """First who is the head now, then what everybody else is to her."""
    people = queries.people_of(household)
    wanted = request.POST.get("head") or request.GET.get("head", "")
    head = next((person for person in people if str(person.pk) == wanted), None)
    if head is not None:
        return _relations(request, household, people, head)
    heads = [person.pk for person in people if person.relation in (SELF, HEAD)]
    context = {"household": household, "people": people, "heads": heads}
    return render(request, "residents/households/head.html", context, status=422 if request.POST else 200)


def _relations(request: StaffRequest, household: Household, people: list[Resident], head: Resident) -> HttpResponse:
    form = forms.HeadForm(request.POST if request.method == "POST" else None, people=people, head=head)
    if form.is_valid():
        facts = {"seen": form.cleaned_data["seen"], "relations": form.relations()}
        try:
            deeds.change_head(household=household, **facts, by=actor_of(request), at=timezone.now())
        except EditedMeanwhile:
            people = queries.people_of(household)
            if head not in people:
                return redirect("household_head", household.pk)
            head = people[people.index(head)]
            form = _told(forms.HeadForm(_seen_again(form, people), people=people, head=head))
        else:
            messages.success(request, _("Saved"))
            return redirect("household_detail", household.pk)
    context = {"form": form, "household": household, "head": head}
    return render(request, "residents/households/relations.html", context, status=422 if form.is_bound else 200)


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
@at_household
def household_beds(request: StaffRequest, household: Household) -> HttpResponse:
    """Who sleeps in which bed of a dormitory."""
    people = queries.people_of(household)
    form = forms.BedsForm(request.POST if request.method == "POST" else None, people=people)
    if form.is_valid():
        facts = {"seen": form.cleaned_data["seen"], "beds": form.values()}
        try:
            deeds.set_beds(household=household, **facts, by=actor_of(request), at=timezone.now())
        except EditedMeanwhile:
            people = queries.people_of(household)
            form = _told(forms.BedsForm(_seen_again(form, people), people=people))
        else:
            messages.success(request, _("Saved"))
            return redirect("household_detail", household.pk)
    context = {"form": form, "household": household}
    return render(request, "residents/households/beds.html", context, status=422 if form.is_bound else 200)


def _seen_again(form: forms.PerPersonForm, people: list[Resident]) -> dict[str, str]:
    return form.data.dict() | {"seen": forms.seen_of(people)}  # type: ignore[attr-defined, no-any-return]


def _told(form: Sent) -> Sent:
    form.is_valid()
    form.add_error(
        None,
        _("Somebody else has changed something here meanwhile. What you chose is kept: look, and save again."),
    )
    return form


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
@at_household
def household_presence(request: StaffRequest, household: Household) -> HttpResponse:
    """Nobody in, since a day; or somebody in again."""
    at = timezone.now()
    today = local_day(at)
    data = request.POST.copy() if request.method == "POST" else None
    if data is not None and ("today" in data or "back" in data):
        data["since"] = today.isoformat()
    form = forms.NobodyInForm(data, today=today, initial={"version": household.version})
    if form.is_valid():
        since = None if "back" in form.data else form.cleaned_data["since"]
        version = form.cleaned_data["version"]
        try:
            deeds.nobody_in(household=household, since=since, version=version, by=actor_of(request), at=at)
        except EditedMeanwhile:
            household.refresh_from_db(from_queryset=Household.objects.visible_to(request.user))
            form = retold(form, {"version": household.version}, today=today)
        else:
            messages.success(request, _("Saved"))
            return redirect("household_detail", household.pk)
    context = {"form": form, "household": household}
    return render(request, "residents/households/presence.html", context, status=422 if form.is_bound else 200)

"""Moves inside a street: one person, or everybody behind a door."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from grid.access import StaffRequest, actor_of, needs, require
from grid.actions.audit import EditedMeanwhile, reserve_id
from grid.models import AuditRecord
from grid.rules.permissions import Permission
from residents.actions import move_undo as deeds_back
from residents.actions import moves as deeds
from residents.actions.people import AlreadyAdded
from residents.forms.households import key_in, ticket_for
from residents.forms.moves import ArrivalForm
from residents.models import Household, Resident
from residents.models.household import DOOR_FIELDS
from residents.queries import moves as queries
from residents.views.conflicts import gone_on, retold


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def resident_move(request: StaffRequest, resident_id: int) -> HttpResponse:
    """One person to another door of the street."""
    if done := _done(request, Resident, resident_id):
        return done
    people = Resident.objects.visible_to(request.user).select_related("household", "grid__parent")
    resident: Resident = get_object_or_404(people, pk=resident_id)
    require(request.user, Permission.EDIT_PEOPLE, resident.grid)
    return gone_on(request, resident) or _move_page(request, resident, resident.household)


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def household_move(request: StaffRequest, household_id: int) -> HttpResponse:
    """Everybody behind a door to another door of the street."""
    if done := _done(request, Household, household_id):
        return done
    doors = Household.objects.visible_to(request.user).select_related("grid__parent")
    household: Household = get_object_or_404(doors, pk=household_id)
    require(request.user, Permission.EDIT_PEOPLE, household.grid)
    return gone_on(request, household) or _move_page(request, household, household)


def _move_page(request: StaffRequest, subject: Resident | Household, left: Household) -> HttpResponse:
    at = timezone.now()
    key = key_in(Household, request.POST.get("ticket", ""), request.user) or reserve_id(Household)
    known: dict[str, Any] = {
        "staff": request.user, "grids": queries.grids_of_street(left.street_id), "left": left,
    }  # fmt: skip
    form = _opened_form(request, subject, left, known)
    if form.is_valid():
        try:
            there = _moved(subject, form, key, request, at)
            record = queries.moved_by_form(request.user, type(subject), subject.pk, form.cleaned_data["version"])
            return land(request, [there.pk, left.pk], _moved_words(request, subject, there), record)
        except (EditedMeanwhile, AlreadyAdded):
            if done := _done(request, type(subject), subject.pk):  # the twin of a double tap was faster
                return done
            subject.refresh_from_db()
            key = reserve_id(Household)  # the old one may stand already
            form = retold(form, {"version": subject.version}, **known)
        except ValidationError as fault:
            form.add_error(None, fault)
    context = {
        "form": form, "subject": subject, "left": left, "ticket": ticket_for(Household, key, request.user),
        "everybody": isinstance(subject, Household), "people": queries.people_at(request.user, left),
    }  # fmt: skip
    return render(request, "residents/moves/move.html", context, status=422 if form.is_bound else 200)


def _opened_form(
    request: StaffRequest, subject: Resident | Household, left: Household, known: dict[str, Any]
) -> ArrivalForm:
    """The form as sent; or filled in with the door where she was about to be added: one that stands (`?to=`), or what
    was typed of a new one, which comes with the button "She moved here" (`carry` is its grid) and does nothing yet."""
    initial: dict[str, Any] = {"version": subject.version}
    if "carry" in request.POST:
        typed = {name: request.POST.get(name, "") for name in DOOR_FIELDS}
        return ArrivalForm(None, initial=initial | typed | {"grid": request.POST["carry"]}, **known)
    to = request.GET.get("to", "") if request.method == "GET" else ""
    if to.isascii() and to.isdigit() and len(to) < 19:
        doors = Household.objects.visible_to(request.user).current().filter(street=left.street_id)
        known = known | {"to": get_object_or_404(doors.exclude(pk=left.pk).select_related("grid"), pk=to)}
    return ArrivalForm(request.POST or None, initial=initial, **known)


def _moved(
    subject: Resident | Household, form: ArrivalForm, key: int, request: StaffRequest, at: datetime
) -> Household:
    said: dict[str, Any] = {"version": form.cleaned_data["version"], "to": form.arrival(key)}
    if isinstance(subject, Household):
        return deeds.move_household(household=subject, **said, by=actor_of(request), at=at)
    return deeds.move_resident(resident=subject, **said, by=actor_of(request), at=at)


def _moved_words(request: StaffRequest, subject: Resident | Household, there: Household) -> str:
    place = {"who": str(subject), "door": there.door, "grid": there.grid.name}
    words = _("%(who)s: moved to %(grid)s, %(door)s.") % place
    if isinstance(subject, Resident) and subject.relation:
        words += " " + _("The relation to the old head is cleared. Say the new one there.")
    if not request.user.may(Permission.SEE_PEOPLE, there.grid):
        words += " " + _("The worker there has been told.")
    return words


def _done(request: StaffRequest, model: type[Resident] | type[Household], key: int) -> HttpResponse | None:
    """Where a form leads that was carried out already; whom it moved may be out of her sight by now."""
    version = request.POST.get("version", "")
    if request.method != "POST" or not (version.isascii() and version.isdigit() and len(version) < 9):
        return None
    record = queries.moved_by_form(request.user, model, key, int(version))
    return land(request, [record.facts["household"], record.facts["left"]], move=record) if record else None


@needs(Permission.EDIT_PEOPLE)
@require_POST
def move_undo(request: StaffRequest) -> HttpResponse:
    """Takes her own move back, for a minute; tapped twice it is one deed."""
    move = queries.own_move(request.user, request.POST.get("move", ""))
    if move is None:
        messages.warning(request, _("There is no move of yours to take back."))
        return redirect("resident_search")
    doors = [move.facts["left"], move.facts["household"]]
    try:
        deeds_back.undo_move(move=move, by=actor_of(request), at=timezone.now())
    except ValidationError as refused:
        messages.warning(request, refused.messages[0])
        return land(request, doors[::-1])
    return land(request, doors, _("The move is taken back."))


def undo_of(request: StaffRequest, at: datetime) -> dict[str, Any] | None:
    """The button that takes back the move that led to this page (`?moved=`), for a minute."""
    move = queries.own_move(request.user, request.GET.get("moved", ""))
    if move is None or at - move.at > deeds_back.TAKEN_BACK_WITHIN:
        return None
    return {"url": reverse("move_undo"), "fields": {"move": move.pk}, "sentence": _("Moved.")}


def land(request: StaffRequest, doors: list[int], words: str = "", move: AuditRecord | None = None) -> HttpResponse:
    """The first of the doors that she may see, or the search; after a `move` with its undo."""
    if words:
        messages.success(request, words)
    in_sight = set(Household.objects.visible_to(request.user).filter(pk__in=doors).values_list("pk", flat=True))
    shown = next((key for key in doors if key in in_sight), None)
    page = reverse("household_detail", args=[shown]) if shown else reverse("resident_search")
    return redirect(f"{page}?moved={move.pk}" if move else page)

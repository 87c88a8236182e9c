"""Moves to another street: offering, answering, taking back."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grid.access import StaffRequest, actor_of, needs, require
from grid.actions.audit import EditedMeanwhile, reserve_id
from grid.rules.permissions import Permission
from residents.actions import merges, takeovers
from residents.actions import offers as deeds
from residents.actions.people import AlreadyAdded, AlreadyRegistered
from residents.forms.households import key_in, ticket_for
from residents.forms.moves import ArrivalForm
from residents.forms.offers import DeclineForm, OfferForm, SamePersonForm, StreetForm
from residents.models import Household, MoveOffer, Resident
from residents.queries import offers as queries
from residents.views.conflicts import gone_on
from residents.views.moves import land


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def resident_offer(request: StaffRequest, resident_id: int) -> HttpResponse:
    """Offers one person to another street."""
    people = Resident.objects.visible_to(request.user).select_related("household", "grid__parent")
    resident: Resident = get_object_or_404(people, pk=resident_id)
    return _offer_page(request, resident.household, resident)


@needs(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def household_offer(request: StaffRequest, household_id: int) -> HttpResponse:
    """Offers everybody behind a door to another street."""
    doors = Household.objects.visible_to(request.user).select_related("grid__parent")
    return _offer_page(request, get_object_or_404(doors, pk=household_id), None)


def _offer_page(request: StaffRequest, household: Household, resident: Resident | None) -> HttpResponse:
    """First the street, then what is known of the address there."""
    require(request.user, Permission.EDIT_PEOPLE, (resident or household).grid)
    if answer := gone_on(request, resident or household):
        return answer
    chosen = StreetForm(request.GET or None, streets=queries.streets_beyond(household.street_id))
    context: dict[str, Any] = {"chosen": chosen, "household": household, "resident": resident}
    if not chosen.is_valid():
        status = 422 if chosen.is_bound or request.method == "POST" else 200
        return render(request, "residents/moves/offer_street.html", context, status=status)
    form = OfferForm(
        request.POST or None, initial={"uuid": uuid4()}, street=chosen.street,
        communities=queries.communities_of(chosen.street),
    )  # fmt: skip
    if form.is_valid():
        try:
            offer = _offered(request, household, resident, form)
            messages.success(request, _("Offered. Until it is accepted, you go on looking after them."))
            return redirect("offer_detail", offer.pk)
        except ValidationError as fault:
            form.add_error(None, fault)
    context |= {"form": form, "street": chosen.street}
    return render(request, "residents/moves/offer_add.html", context, status=422 if form.is_bound else 200)


def _offered(request: StaffRequest, household: Household, resident: Resident | None, form: OfferForm) -> MoveOffer:
    return deeds.offer_move(
        household=household, resident=resident, to_place=form.to_place, door=form.door,
        note=form.cleaned_data["note"], uuid=form.cleaned_data["uuid"], by=actor_of(request), at=timezone.now(),
    )  # fmt: skip


@needs(Permission.EDIT_PEOPLE)
@require_safe
def offer_list(request: StaffRequest) -> HttpResponse:
    """What was offered to one's places and what one's own places offered; answered ones for a month."""
    at = timezone.now()
    received = queries.described(request.user, queries.received(request.user, at), True)
    sent = queries.described(request.user, queries.sent(request.user, at), False)
    return render(request, "residents/moves/offers.html", {"received": received, "sent": sent})


@needs(Permission.EDIT_PEOPLE)
@require_safe
def offer_detail(request: StaffRequest, offer_id: int) -> HttpResponse:
    """Whom it is about, as far as the receiver must know to find the door and decide; no number, no history."""
    at = timezone.now()
    offer, receives = _find(request, offer_id, at)
    return render(request, "residents/moves/offer.html", _facts_of(request, offer, receives, at))


@needs(Permission.DECIDE_REGISTER)
@require_http_methods(["GET", "POST"])
def offer_accept(request: StaffRequest, offer_id: int) -> HttpResponse:
    """The receiver's door for them."""
    at = timezone.now()
    offer = _received(request, offer_id, at)
    if offer.state != "open":
        return redirect("offer_detail", offer.pk)
    key = key_in(Household, request.POST.get("ticket", ""), request.user) or reserve_id(Household)
    told = {name: getattr(offer, name) for name in ("compound", "building", "unit", "room", "version")}
    form = ArrivalForm(
        request.POST or None, initial=told, staff=request.user, grids=queries.grids_to_receive(request.user, offer)
    )
    if form.is_valid():
        try:
            said = {"version": form.cleaned_data["version"], "to": form.arrival(key)}
            there = deeds.accept_offer(offer=offer, **said, by=actor_of(request), at=at)
            messages.success(request, _("They are registered with you now."))
            return land(request, [there.pk])
        except (deeds.OfferDecided, AlreadyAdded):
            return _told(request, offer)
        except AlreadyRegistered:
            pass  # the page says whom it is about, as it does when it is opened
        except ValidationError as fault:
            form.add_error(None, fault)
    context = _facts_of(request, offer, True, at) | {"form": form}
    context["registered"] = queries.registered_already(request.user, offer, context["people"])
    context["ticket"] = ticket_for(Household, key, request.user)
    return render(request, "residents/moves/offer_accept.html", context, status=422 if form.is_bound else 200)


@needs(Permission.DECIDE_REGISTER)
@require_http_methods(["GET", "POST"])
def offer_join(request: StaffRequest, offer_id: int, resident_id: int) -> HttpResponse:
    """Somebody offered beside the receiver's own record of her; sent, she is taken over and the two are one."""
    offer = _received(request, offer_id, timezone.now())
    people = queries.people_of(request.user, offer, True) if offer.state == "open" else []
    rows = queries.registered_already(request.user, offer, people)
    row = next((one for one in rows if one["offered"].pk == resident_id and one["may_join"]), None)
    if row is None:  # done already, answered, or registered no more: the page of the offer says what stands
        return redirect("offer_accept", offer.pk)
    kept, offered = row["person"], row["offered"]
    known: dict[str, Any] = {
        "first": kept, "second": offered, "values": (merges.values_of(kept), takeovers.values_offered(offered)),
    }  # fmt: skip
    form = SamePersonForm(request.POST if request.method == "POST" else None, **known)
    if form.is_valid() and (answer := _join(request, offer, form)):
        return answer
    context = {"form": form, "offer": offer, "kept": kept, "offered": offered}
    if form.has_error(NON_FIELD_ERRORS, "meanwhile"):
        context |= {"form": SamePersonForm(**known), "refusal": form.non_field_errors()}
    return render(request, "residents/moves/offer_join.html", context, status=422 if form.is_bound else 200)


def _join(request: StaffRequest, offer: MoveOffer, form: SamePersonForm) -> HttpResponse | None:
    kept, duplicate, versions, choices = form.decision()
    said: dict[str, Any] = {"kept": kept, "duplicate": duplicate, "versions": versions, "choices": choices}
    try:
        takeovers.take_over_as(offer=offer, **said, by=actor_of(request), at=timezone.now())
    except deeds.OfferDecided:
        return _told(request, offer)
    except EditedMeanwhile:
        form.say_overtaken()
        return None
    except ValidationError as fault:
        form.add_error(None, fault)
        return None
    messages.success(request, _("%(name)s: taken over, one person now.") % {"name": kept.name})
    offer.refresh_from_db()
    return redirect("offer_accept", offer.pk) if offer.state == "open" else redirect("resident_detail", kept.pk)


@needs(Permission.DECIDE_REGISTER)
@require_http_methods(["GET", "POST"])
def offer_decline(request: StaffRequest, offer_id: int) -> HttpResponse:
    """Asks why not, and tells the sender."""
    at = timezone.now()
    offer = _received(request, offer_id, at)
    if offer.state != "open":
        return redirect("offer_detail", offer.pk)
    form = DeclineForm(request.POST or None, initial={"version": offer.version})
    if form.is_valid():
        said = {"version": form.cleaned_data["version"], "reason": form.said}
        try:
            deeds.decline_offer(offer=offer, **said, by=actor_of(request), at=at)
        except deeds.OfferDecided:
            return _told(request, offer)
        messages.success(request, _("Not accepted. The sender has been told."))
        return redirect("offer_list")
    context = _facts_of(request, offer, True, at) | {"form": form}
    return render(request, "residents/moves/offer_decline.html", context, status=422 if form.is_bound else 200)


@needs(Permission.EDIT_PEOPLE)
@require_POST
def offer_withdraw(request: StaffRequest, offer_id: int) -> HttpResponse:
    """The sender takes it back; tapped twice it is one deed."""
    at = timezone.now()
    offer: MoveOffer = get_object_or_404(queries.sent(request.user, at), pk=offer_id)
    require(request.user, Permission.EDIT_PEOPLE, offer.grid if offer.state == "open" else offer.from_grid)
    try:
        deeds.withdraw_offer(offer=offer, by=actor_of(request), at=at)
    except deeds.OfferDecided:
        return _told(request, offer)
    messages.success(request, _("The offer is taken back."))
    return redirect("offer_detail", offer.pk)


def _find(request: StaffRequest, offer_id: int, at: datetime) -> tuple[MoveOffer, bool]:
    """The offer, and whether it was made to one of her places; 404 for everybody else."""
    offer = queries.received(request.user, at).filter(pk=offer_id).first()
    return (offer, True) if offer else (get_object_or_404(queries.sent(request.user, at), pk=offer_id), False)


def _received(request: StaffRequest, offer_id: int, at: datetime) -> MoveOffer:
    offer: MoveOffer = get_object_or_404(queries.received(request.user, at), pk=offer_id)
    return offer


def _told(request: StaffRequest, offer: MoveOffer) -> HttpResponse:
    messages.warning(request, _("Somebody else has answered this offer meanwhile."))
    return redirect("offer_detail", offer.pk)


def _facts_of(request: StaffRequest, offer: MoveOffer, receives: bool, at: datetime) -> dict[str, Any]:
    return {
        "offer": offer,
        "receives": receives and offer.state == "open",
        "people": queries.people_of(request.user, offer, receives),
        "panels": queries.panels_of(request.user, offer, at) if receives else [],
        "may_take_back": offer.state == "open" and request.user.may(Permission.EDIT_PEOPLE, offer.grid),
    }

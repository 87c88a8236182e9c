"""Moves to another street: an offer, and what becomes of it. Until it is accepted the sender keeps the duty."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from grid.actions.audit import confirm_open, confirm_scope, deed, reserve_id
from grid.actions.notices import notify, settle
from grid.models import Place, Post
from grid.rules.actors import Actor
from grid.rules.permissions import Permission, roles_with
from grid.rules.places import Kind
from residents import identity
from residents.actions import people as shared
from residents.actions.moves import Arrival, carry, held_doors, leave_behind, new_household
from residents.actions.twins import note_twins
from residents.models import Household, MoveOffer, Resident
from residents.rules.addresses import Door


class OfferedAlready(ValidationError):
    """The person or somebody behind the door is offered to another street already."""

    def __init__(self) -> None:
        super().__init__(_("An offer to another street is open already. Take it back first, or wait for the answer."))


class OfferDecided(Exception):
    """Somebody answered the offer or took it back first; `offer` is the row as it stands now."""

    def __init__(self, offer: MoveOffer) -> None:
        super().__init__(f"offer {offer.pk} is {offer.state}")
        self.offer = offer


def offer_move(
    *, household: Household, resident: Resident | None, to_place: Place, door: Door, note: str, uuid: UUID,
    by: Actor, at: datetime,
) -> MoveOffer:  # fmt: skip
    """Offers one person, or everybody behind a door, to another street or one of its communities.

    The same uuid twice is one offer. Raises OfferedAlready, ValidationError where nobody could answer, PlaceClosed,
    PermissionDenied, Http404, ValueError for a place of the same street.
    """
    known = MoveOffer.unscoped.filter(uuid=uuid, household=household, resident=resident)
    if existing := known.first():
        return existing
    try:
        return _write_offer(household, resident, to_place, door, note, uuid, by, at)
    except IntegrityError:  # the twin of a double tap was faster
        if existing := known.first():
            return existing
        if MoveOffer.unscoped.filter(uuid=uuid).exists():  # another door's: no page of ours sends that
            raise PermissionDenied from None
        raise OfferedAlready from None


def _write_offer(
    household: Household, resident: Resident | None, to_place: Place, door: Door, note: str, uuid: UUID,
    by: Actor, at: datetime,
) -> MoveOffer:  # fmt: skip
    key = reserve_id(MoveOffer)
    with transaction.atomic():
        confirm_open(to_place.pk)
        now = shared.held_door(household)
        if to_place.street_id == now.street_id:
            raise ValueError("inside a street people move at once")
        leaving = Resident.unscoped.current().filter(household=now)
        if not (leaving if resident is None else leaving.filter(pk=resident.pk)).exists():
            raise _nobody_to_offer()
        with deed("move_offered", by=by, at=at, place=now.grid_id, subject=(MoveOffer, key), to=to_place.pk):
            confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at)
            others = MoveOffer.unscoped.filter(household=now, state="open")
            if (others if resident is None else others.filter(Q(resident=None) | Q(resident=resident))).exists():
                raise OfferedAlready
            confirm_answerable(to_place, at)
            offer = MoveOffer(
                pk=key, household=now, resident=resident, grid_id=now.grid_id, street_id=now.street_id,
                from_grid_id=now.grid_id, to_place=to_place, note=note, uuid=uuid, offered_at=at,
                offered_by_id=by.staff_id, **door._asdict(),
            )  # fmt: skip
            offer.save(force_insert=True)
            for place in _asked_in(to_place):
                notify("offer_received", place=place, by=by, at=at, subject=offer)
    return offer


def confirm_answerable(to_place: Place, at: datetime) -> None:
    """Raises ValidationError where nobody who could answer works: the offer would wait for ever."""
    above = {int(part) for place in _asked_in(to_place) for part in place.path.strip("/").split("/")}
    posts = Post.objects.current(at).of_whole_places().filter(place__in=above, staff__is_active=True)
    if not posts.filter(role__in=roles_with(Permission.DECIDE_REGISTER)).exists():
        words = _("Nobody in %(place)s can answer yet: it has no community lead here. Call that place instead.")
        raise ValidationError(words % {"place": to_place.name})


def _nobody_to_offer() -> ValidationError:
    """They went elsewhere since the page was shown."""
    return ValidationError(_("Nobody to offer lives at this door any more."))


def _asked_in(to_place: Place) -> list[Place]:
    """Whose leads may answer: the community's, or every community's of the street."""
    if to_place.kind != Kind.STREET:
        return [to_place]
    return list(Place.objects.open().filter(street=to_place, kind=Kind.COMMUNITY).order_by("pk"))


def accept_offer(*, offer: MoveOffer, version: int, to: Arrival, by: Actor, at: datetime) -> Household:
    """They live in the receiver's grid from now on; what hangs on them follows, what was stays as it was.

    Raises OfferDecided, AlreadyRegistered where one of their numbers lives in this street, PlaceClosed, NobodyThere,
    PermissionDenied, Http404 where they are gone.
    """
    with shared.refusals_named(), transaction.atomic():
        old, beside = held_doors(Household(pk=offer.household_id), to)
        if not to.grid.path.startswith(offer.to_place.path):
            raise PermissionDenied
        with deed("offer_accepted", by=by, at=at, place=to.grid, subject=offer):
            confirm_scope(by, Permission.DECIDE_REGISTER, to.grid, at)
            decide(offer, "accepted", "", version, by=by, at=at)
            people = Resident.unscoped.current().filter(household=old)
            if offer.resident_id is not None:
                people = people.filter(pk=offer.resident_id)
            keys = list(people.order_by("pk").select_for_update().values_list("pk", flat=True))
            if not keys:
                raise _nobody_to_offer()
            if offer.resident_id is None and beside is None:
                leave_behind(old)
                door = identity.prepare_door(**to.door._asdict())
                here = {"grid": to.grid, "street": to.grid.street_id, "empty_since": None, "version": F("version") + 1}
                Household.unscoped.filter(pk=old.pk).update(**here, **door)
                there = Household.unscoped.get(pk=old.pk)
                note_twins(people=keys, at=at)
            else:
                there = beside or new_household(to)
                carry(keys, there, old, by=by, at=at)
            settle(kind="offer_received", subject=offer, at=at)
            notify("offer_answered", place=offer.from_grid_id, by=by, at=at, subject=offer)
            notify("moved_in", place=to.grid, by=by, at=at, subject=there)
    return there


def decline_offer(*, offer: MoveOffer, version: int, reason: str, by: Actor, at: datetime) -> None:
    """They stay with the sender, who is told. `reason` as in `MoveOffer.decided_note`.

    Raises OfferDecided, PermissionDenied.
    """
    with deed("offer_declined", by=by, at=at, place=offer.to_place_id, subject=offer):
        confirm_asked(offer, by, at)
        decide(offer, "declined", reason, version, by=by, at=at)
        settle(kind="offer_received", subject=offer, at=at)
        notify("offer_answered", place=offer.from_grid_id, by=by, at=at, subject=offer)


def confirm_asked(offer: MoveOffer, by: Actor, at: datetime) -> None:
    """Raises PermissionDenied for whoever decides in none of the places that were asked."""
    if not any(_may_decide(by, place, at) for place in _asked_in(offer.to_place)):
        raise PermissionDenied


def _may_decide(by: Actor, place: Place, at: datetime) -> bool:
    try:
        confirm_scope(by, Permission.DECIDE_REGISTER, place, at)
    except PermissionDenied:
        return False
    return True


def withdraw_offer(*, offer: MoveOffer, by: Actor, at: datetime) -> None:
    """The sender takes it back. Taken back already: nothing happens. Raises OfferDecided, PermissionDenied."""
    with transaction.atomic():
        now = MoveOffer.unscoped.select_for_update().get(pk=offer.pk)
        if now.state == "withdrawn":
            return
        with deed("offer_withdrawn", by=by, at=at, place=now.grid_id, subject=now):
            confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at)
            decide(now, "withdrawn", "", now.version, by=by, at=at)
            settle(kind="offer_received", subject=now, at=at)


def decide(offer: MoveOffer, state: str, note: str, version: int, *, by: Actor, at: datetime) -> None:
    """Answers or ends it; belongs inside a deed. Raises OfferDecided."""
    claim(offer, version, state=state, decided_at=at, decided_by=by.staff_id, decided_note=note)


def claim(offer: MoveOffer, version: int, **columns: Any) -> None:
    """One conditional UPDATE: the offer is open and as it was shown. Raising takes the audit record back with it."""
    waiting = MoveOffer.unscoped.filter(pk=offer.pk, state="open", version=version)
    if not waiting.update(version=F("version") + 1, **columns):
        raise OfferDecided(MoveOffer.unscoped.select_related("decided_by").get(pk=offer.pk))


def hear_residents_moved(*, resident_ids: Sequence[int], household_id: int, left: int, by: Actor, at: datetime) -> None:
    """The hook "residents_moved": an open offer of a person follows her; that of a door without people is closed."""
    door = Household.unscoped.get(pk=household_id)
    waiting = MoveOffer.unscoped.filter(state="open")
    waiting.filter(resident__in=list(resident_ids)).update(household=door, grid=door.grid_id, street=door.street_id)
    _close(_of_nobody(waiting.filter(household=left)), "moved", by=by, at=at)


def hear_residents_left(*, resident_ids: Sequence[int], reason: str, on: object, by: Actor, at: datetime) -> None:
    """The hook "residents_left": nobody is offered who does not live here any more."""
    waiting = MoveOffer.unscoped.filter(state="open")
    doors = Resident.unscoped.filter(pk__in=list(resident_ids)).values("household")
    _close(waiting.filter(resident__in=list(resident_ids)), "left", by=by, at=at)
    _close(_of_nobody(waiting.filter(household__in=doors)), "left", by=by, at=at)


def hear_people_merged(*, kept: Resident, duplicate: Resident, by: Actor, at: datetime, **_moved: object) -> None:
    """The hook "people_merged": a door where nobody lives now is offered no more."""
    waiting = MoveOffer.unscoped.filter(state="open", household=duplicate.household_id)
    _close(_of_nobody(waiting), "merged", by=by, at=at)


def _of_nobody(offers: QuerySet[MoveOffer]) -> QuerySet[MoveOffer]:
    living = Resident.unscoped.current().filter(household=OuterRef("household"))
    return offers.filter(~Exists(living), resident=None)


def _close(offers: QuerySet[MoveOffer], why: str, *, by: Actor, at: datetime) -> None:
    for offer in offers.select_for_update():
        with deed("offer_withdrawn", by=by, at=at, place=offer.grid_id, subject=offer, why=why):
            decide(offer, "withdrawn", why, offer.version, by=by, at=at)
            settle(kind="offer_received", subject=offer, at=at)

"""Somebody offered by another street who is registered here already: taken over and made one with that row."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from grid.actions.audit import confirm_scope, deed
from grid.actions.notices import notify, settle
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from residents.actions import people as shared
from residents.actions.merges import CannotMerge, hold, merge_held, standing, values_of
from residents.actions.offers import claim, confirm_asked, decide
from residents.models import Merge, MoveOffer, Resident
from residents.rules.merging import Values


def take_over_as(
    *, offer: MoveOffer, kept: Resident, duplicate: Resident, versions: tuple[int, int], choices: Mapping[str, str],
    by: Actor, at: datetime,
) -> Merge:  # fmt: skip
    """Makes `duplicate`, whom the offer names, one with `kept`, who lives in the receiver's street under her number.

    The offer is the sender's consent: scope is asked at `kept` alone, and taking it back is the receiver's matter. The
    duplicate keeps the sender's door, so that the street never holds the number twice. The offer is accepted once
    nobody is left to take over. Done already: gives back that merge. Raises OfferDecided, EditedMeanwhile, CannotMerge,
    Unchosen, PermissionDenied.
    """
    with shared.refusals_named(), transaction.atomic():
        now = hold(kept, duplicate)
        kept, duplicate = now[kept.pk], now[duplicate.pk]
        if duplicate.merged_into_id == kept.pk and (done := standing(kept, duplicate)):
            return done
        with deed("offer_joined", by=by, at=at, place=kept.grid_id, subject=offer, resident=kept.pk):
            confirm_scope(by, Permission.DECIDE_REGISTER, kept.grid, at)
            confirm_asked(offer, by, at)
            _confirm_same(offer, kept, duplicate)
            if _somebody_waits(offer, duplicate):
                claim(offer, offer.version)
            else:
                decide(offer, "accepted", "", offer.version, by=by, at=at)
                settle(kind="offer_received", subject=offer, at=at)
                notify("offer_answered", place=offer.from_grid_id, by=by, at=at, subject=offer)
            theirs = values_offered(duplicate)
            return merge_held(kept, duplicate, theirs, versions, choices, by=by, at=at, offer=offer)


def values_offered(person: Resident) -> Values:
    """What a merge weighs of somebody offered: relation and bed were those of the door that she leaves."""
    return values_of(person) | {"relation": "", "bed": ""}


def _somebody_waits(offer: MoveOffer, duplicate: Resident) -> bool:
    """Whether a whole household was offered and somebody else of it is still to be taken over."""
    others = Resident.unscoped.current().filter(household=duplicate.household_id).exclude(pk=duplicate.pk)
    return offer.resident_id is None and others.exists()


def _confirm_same(offer: MoveOffer, kept: Resident, duplicate: Resident) -> None:
    """That the offer names the one, that the other lives in its street, and that one number proves them one person."""
    if any(person.left_on or person.merged_into_id for person in (kept, duplicate)):
        raise CannotMerge(_("One of the two does not live here any more, or was merged already."))
    named = duplicate.household_id == offer.household_id and offer.resident_id in (None, duplicate.pk)
    same = bytes(kept.id_digest or b"") == bytes(duplicate.id_digest or b"") != b""
    if not (named and same and kept.street_id == offer.to_place.street_id):
        raise PermissionDenied

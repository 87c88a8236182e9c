"""Deeds that make two households of one, or one of two; and a joining taken back whole."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.http import Http404
from django.utils.translation import gettext as _

from grid import registries
from grid.actions.audit import EditedMeanwhile, claim_version, confirm_open, confirm_scope, deed
from grid.models import Place
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from residents import identity
from residents.actions import people as shared
from residents.actions.moves import carry, tell_grids
from residents.models import Household, HouseholdEvent, MoveOffer, Resident, ResidentEvent  # type: ignore[attr-defined]
from residents.rules.addresses import Door
from residents.rules.relations import HEAD, SELF


class NobodyStays(ValidationError):
    """Everybody was chosen to leave: that is a move of the whole household."""

    def __init__(self) -> None:
        super().__init__(_("Somebody must stay here. If all of them go, move the household instead."))


class CannotPart(ValidationError):
    """Something of the joining was changed since, so that it can no longer be taken back whole."""

    def __init__(self) -> None:
        super().__init__(_("Something was changed since. Split the household instead."))


def split_household(
    *, household: Household, version: int, key: int, people: Sequence[int], head: int | None, grid: Place, door: Door,
    by: Actor, at: datetime,
) -> Household:  # fmt: skip
    """Some of the people become a household of their own, at the same door or another one of the street.

    `key` is the id reserved for it when the form was opened. `head` is its head, None where nobody knows. What the
    people were to the old head no longer holds; when the head herself leaves, for those who stay neither. Raises
    AlreadyAdded for a form sent twice, EditedMeanwhile, NobodyStays, PlaceClosed, PermissionDenied, ValueError for a
    grid of another street or a head who does not leave.
    """
    if head is not None and head not in people:
        raise ValueError("the head of the new household must be one of its people")
    if grid.street_id != household.street_id:
        raise ValueError("people go to another street by an offer that the street accepts")
    with shared.refusals_named(), transaction.atomic():
        confirm_open(grid.pk)
        now = shared.held(Household.unscoped.all(), household)
        if Household.unscoped.filter(pk=key).exists():
            raise shared.AlreadyAdded
        there = Household(pk=key, grid=grid, street_id=now.street_id, **identity.prepare_door(**door._asdict()))
        with deed("household_split", by=by, at=at, place=now.grid_id, subject=now, household=key, people=len(people)):
            confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at, door=now)
            confirm_scope(by, Permission.EDIT_PEOPLE, grid, at, door=there)
            claim_version(Household.unscoped.all(), now.pk, version)
            here = {one.pk: one for one in _people_of(now)}
            if not set(people) <= here.keys():
                raise EditedMeanwhile
            if len(set(people)) == len(here):
                raise NobodyStays
            there.save(force_insert=True)
            carry(people, there, now, by=by, at=at)
            if head is not None:
                Resident.unscoped.filter(pk=head).update(relation=HEAD)
            if any(here[pk].relation in (SELF, HEAD) for pk in people):
                left = Resident.unscoped.filter(household=now, left_on=None, merged_into=None).exclude(relation="")
                left.update(relation="", version=F("version") + 1)
            tell_grids("moved", now.grid_id, there, by=by, at=at)
    return there


def join_households(
    *, kept: Household, other: Household, kept_version: int, other_version: int, by: Actor, at: datetime
) -> None:
    """Everybody of `other`, and what is open there, comes to `kept`; `other` stays as a row that points there.

    What the people who come were to their head no longer holds, except where nobody lived in `kept`. Joined already:
    nothing happens. Raises EditedMeanwhile if either was changed, OfferedAway, PermissionDenied, ValueError for
    households of two streets.
    """
    with transaction.atomic():
        now, gone = _both(kept.pk, other.pk)
        if gone.merged_into_id == now.pk:
            return
        if now.street_id != gone.street_id:
            raise ValueError("households of two streets are not joined")
        with deed("households_joined", by=by, at=at, place=now.grid_id, subject=now, household=gone.pk):
            for row in (now, gone):
                confirm_scope(by, Permission.EDIT_PEOPLE, row.grid, at, door=row)
            if now.grid_id != gone.grid_id:
                confirm_open(now.grid_id)
            _claim(now, kept_version)
            _claim(gone, other_version)
            offers = MoveOffer.unscoped.filter(household__in=[now, gone], state="open")
            if offers.filter(resident=None).exists():
                raise shared.OfferedAway
            coming = [one.pk for one in _people_of(gone)]
            if _people_of(now):
                Resident.unscoped.filter(pk__in=coming).update(relation="", bed="")
            here = {"household": now, "grid": now.grid_id, "street": now.street_id}
            # Those who left and those merged into somebody come along: a return finds the door where people live.
            Resident.unscoped.filter(household=gone).update(**here, version=F("version") + 1)
            offers.filter(household=gone).update(**here)
            Household.unscoped.filter(pk=gone.pk).update(merged_into=now)
            if coming and gone.empty_since is None:  # somebody is in now
                Household.unscoped.filter(pk=now.pk).exclude(empty_since=None).update(empty_since=None)
            if coming:
                registries.tell("residents_moved", resident_ids=coming, household_id=now.pk, left=gone.pk, by=by, at=at)
            registries.tell("households_joined", kept=now, other=gone, by=by, at=at)
            tell_grids("moved", gone.grid_id, now, by=by, at=at)


def part_households(*, other: Household, by: Actor, at: datetime) -> None:
    """Takes a joining back whole: everybody who came with `other` stands there again as before.

    What they were is read in the history, by the context that the joining wrote. Whoever was added since stays where
    she is. Parted already: nothing happens. Raises CannotPart, PermissionDenied.
    """
    with shared.refusals_named(), transaction.atomic():
        kept_id = Household.unscoped.filter(pk=other.pk).values_list("merged_into", flat=True).first()
        if kept_id is None:
            return
        now, gone = _both(kept_id, other.pk)
        if gone.merged_into_id is None:
            return
        with deed("households_parted", by=by, at=at, place=gone.grid_id, subject=gone, household=now.pk):
            for row in (now, gone):
                confirm_scope(by, Permission.EDIT_PEOPLE, row.grid, at, door=row)
            if gone.merged_into_id != now.pk or now.street_id != gone.street_id:
                raise CannotPart
            joined_in = _context_of_joining(gone)
            confirm_open(gone.grid_id)
            Household.unscoped.filter(pk__in=[now.pk, gone.pk]).update(version=F("version") + 1)
            Household.unscoped.filter(pk=gone.pk).update(merged_into=None)
            _empty_again(now, joined_in)
            back = _put_back(now, gone, joined_in)
            if back:
                registries.tell("residents_moved", resident_ids=back, household_id=gone.pk, left=now.pk, by=by, at=at)
            registries.tell("households_parted", kept=now, other=gone, joined_in=joined_in, by=by, at=at)
            tell_grids("moved", now.grid_id, gone, by=by, at=at)


def _both(first: int, second: int) -> tuple[Household, Household]:
    """Both households, locked by their ids: two joins crosswise wait for each other instead of locking up."""
    found = Household.unscoped.select_for_update().filter(pk__in=[first, second]).order_by("pk")
    rows = {row.pk: row for row in found}
    if len(rows) < 2:
        raise Http404
    return rows[first], rows[second]


def _claim(household: Household, version: int) -> None:
    if household.merged_into_id is not None:
        raise EditedMeanwhile
    claim_version(Household.unscoped.all(), household.pk, version)


def _people_of(household: Household) -> list[Resident]:
    """Who lives there now, locked in the order of their ids."""
    return list(Resident.unscoped.current().filter(household=household).order_by("pk").select_for_update())


def _context_of_joining(gone: Household) -> object:
    events = HouseholdEvent.objects.filter(pgh_obj_id=gone.pk).order_by("pk")
    before = events.filter(merged_into=None).last()
    event = events.filter(pk__gt=before.pk).first() if before else None
    if event is None:
        raise CannotPart
    return event.pgh_context_id


def _empty_again(now: Household, joined_in: object) -> None:
    """Nobody is in at the household that stayed, since the day that the joining took away."""
    versions = HouseholdEvent.objects.filter(pgh_obj_id=now.pk).order_by("pk")
    wrote = versions.filter(pgh_context=joined_in).first()
    before = versions.filter(pk__lt=wrote.pk).last() if wrote else None
    if before is not None and wrote.empty_since is None:
        Household.unscoped.filter(pk=now.pk, empty_since=None).update(empty_since=before.empty_since)


def _put_back(now: Household, gone: Household, joined_in: object) -> list[int]:
    """Everybody who came by that joining; all of them or nobody. The ids of those who live there now."""
    came = ResidentEvent.objects.filter(pgh_context=joined_in, household=now.pk, pgh_label="update").order_by("pk")
    after: dict[int, Any] = {}
    for event in came:
        after.setdefault(event.pgh_obj_id, event)
    rows = {row.pk: row for row in Resident.unscoped.filter(pk__in=after).order_by("pk").select_for_update()}
    living = []
    for key, event in after.items():
        earlier = ResidentEvent.objects.filter(pgh_obj_id=key, pk__lt=event.pk).exclude(pgh_context=joined_in)
        before, row = earlier.order_by("pk").last(), rows.get(key)
        if before is None or row is None or row.household_id != now.pk:
            raise CannotPart
        if (row.relation, row.bed) != (event.relation, event.bed):
            raise CannotPart
        Resident.unscoped.filter(pk=key).update(
            household=gone, grid=gone.grid_id, street=gone.street_id, relation=before.relation, bed=before.bed,
            version=F("version") + 1,
        )  # fmt: skip
        if row.left_on is None and row.merged_into_id is None:
            living.append(key)
    return living

"""Moves inside a street: one person, or everybody behind a door, to another door. They take effect at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from grid import registries
from grid.actions.audit import EditedMeanwhile, claim_version, confirm_open, confirm_scope, deed, reserve_id
from grid.actions.notices import notify
from grid.models import Place, Post
from grid.rules.actors import Actor
from grid.rules.permissions import Permission, Role
from residents import identity
from residents.actions import people as shared
from residents.actions.twins import note_twins
from residents.models import Household, Resident
from residents.models.household import DOOR_FIELDS
from residents.rules.addresses import Door


@dataclass(frozen=True)
class Arrival:
    """Where somebody is to live: with the household `beside`, or in one of their own at the door.

    `key` is the id reserved for that new household when the form was opened.
    """

    grid: Place
    door: Door
    beside: int | None
    key: int


class NobodyThere(ValidationError):
    """The household that they were to move in with does not stand at that door any more."""

    def __init__(self) -> None:
        super().__init__(_("The household at that door has changed meanwhile. Look again who lives there."))


def move_resident(*, resident: Resident, version: int, to: Arrival, by: Actor, at: datetime) -> Household:
    """One person goes to another door of the street; what she was to the head of her household no longer holds.

    The one who moves her must edit people where she stands now; the other grid is told by a notice. Raises
    EditedMeanwhile, PlaceClosed, NobodyThere, PermissionDenied, Http404, ValueError for a grid of another street.
    """
    with shared.refusals_named(), transaction.atomic():
        old, beside = held_doors(Household(pk=resident.household_id), to)
        now = shared.held(Resident.unscoped.current(), resident)
        if _went_elsewhere(now, old):
            raise EditedMeanwhile
        if beside and beside.pk == old.pk:
            raise NobodyThere
        if to.grid.street_id != now.street_id:
            raise ValueError("a person moves to another street by an offer that the street accepts")
        facts = {"left": old.pk, "household": beside.pk if beside else to.key, "people": 1, "from_version": version}
        with deed("resident_moved", by=by, at=at, place=now.grid_id, subject=now, **facts):
            confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at)
            claim_version(Resident.unscoped.current(), now.pk, version)
            there = beside or new_household(to)
            carry([now.pk], there, old, by=by, at=at)
            tell_grids("moved", now.grid_id, there, by=by, at=at)
    return there


def move_household(*, household: Household, version: int, to: Arrival, by: Actor, at: datetime) -> Household:
    """Everybody behind a door goes to another door of the street. Raises what `move_resident` does.

    In a household of their own they keep the row: remark, relations and requests go along. Where they move in with
    others, their old door stays, empty.
    """
    with transaction.atomic():
        now, beside = held_doors(household, to)
        if now.merged_into_id is not None:
            raise EditedMeanwhile
        if beside and beside.pk == now.pk:
            raise NobodyThere
        if to.grid.street_id != now.street_id:
            raise ValueError("a household moves to another street by an offer that the street accepts")
        there = beside or now
        people = list(Resident.unscoped.current().filter(household=now).order_by("pk").values_list("pk", flat=True))
        facts = {"left": now.pk, "household": there.pk, "people": len(people), "from_version": version}
        with deed("household_moved", by=by, at=at, place=now.grid_id, subject=now, **facts):
            confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at)
            claim_version(Household.unscoped.all(), now.pk, version)
            left = now.grid_id
            if beside:
                carry(people, beside, now, by=by, at=at)
            else:
                leave_behind(now)
                door = identity.prepare_door(**to.door._asdict())
                street = to.grid.street_id
                Household.unscoped.filter(pk=now.pk).update(grid=to.grid, street_id=street, empty_since=None, **door)
                there.grid_id = to.grid.pk
                note_twins(people=people, at=at)
            tell_grids("moved", left, there, by=by, at=at)
    return there


def _went_elsewhere(person: Resident, door: Household) -> bool:
    return person.household_id != door.pk


def held_doors(old: Household, to: Arrival) -> tuple[Household, Household | None]:
    """The door they leave and the household they come to, locked in one order; the new grid is held open first.

    Doors before people, and both doors by their ids: two moves crosswise wait for each other instead of locking up.
    Raises EditedMeanwhile, PlaceClosed, NobodyThere, OfferedAway.
    """
    confirm_open(to.grid.pk)
    keys = sorted({old.pk, to.beside or old.pk})
    rows = {row.pk: row for row in Household.unscoped.select_for_update().filter(pk__in=keys).order_by("pk")}
    if old.pk not in rows:
        raise EditedMeanwhile
    beside = rows.get(to.beside) if to.beside else None
    if to.beside and (beside is None or not _stands_at(beside, to)):
        raise NobodyThere
    if beside and beside.pk != old.pk:
        shared.confirm_not_offered(beside)
    return rows[old.pk], beside


def _stands_at(household: Household, to: Arrival) -> bool:
    at_door = all(getattr(household, name) == value for name, value in to.door._asdict().items())
    return household.merged_into_id is None and household.grid_id == to.grid.pk and at_door


def new_household(to: Arrival) -> Household:
    """A household of their own at the door, under the reserved id. Raises AlreadyAdded inside `refusals_named`."""
    household = Household(pk=to.key, grid=to.grid, street_id=to.grid.street_id or 0)
    for name, value in identity.prepare_door(**to.door._asdict()).items():
        setattr(household, name, value)
    household.save(force_insert=True)
    return household


def carry(people: Sequence[int], there: Household, left: Household, *, by: Actor, at: datetime) -> None:
    """Puts people behind another door in one UPDATE; what hangs on them follows. Belongs inside the deed.

    Whoever lived there may not be told as empty any more; relations to the old head and the old bed no longer hold.
    They are compared with the people of their new surroundings at once.
    """
    rows = Resident.unscoped.filter(pk__in=list(people))
    rows.update(
        household=there, grid=there.grid_id, street=there.street_id, relation="", bed="", version=F("version") + 1
    )
    Household.unscoped.filter(pk=there.pk).exclude(empty_since=None).update(empty_since=None)
    registries.tell("residents_moved", resident_ids=list(people), household_id=there.pk, left=left.pk, by=by, at=at)
    note_twins(people=people, at=at)


def leave_behind(door: Household) -> None:
    """Before a household takes its row along: whoever left it, and whoever was made one with somebody who does not come
    along, keeps standing at the old door, in a row of its own. Nobody told the new grid of them.

    Belongs inside the deed, with the door held.
    """
    there = Resident.unscoped.filter(household=door)
    coming = set(there.current().values_list("pk", flat=True))
    staying = dict(there.exclude(pk__in=coming).values_list("pk", "merged_into"))
    while duplicates := [key for key, into in staying.items() if into in coming]:
        coming.update(duplicates)
        staying = {key: into for key, into in staying.items() if key not in coming}
    if not staying:
        return
    names = ("grid_id", "street_id", "walk_key", *DOOR_FIELDS)
    behind = Household(pk=reserve_id(Household), **{name: getattr(door, name) for name in names})
    behind.save(force_insert=True)
    Resident.unscoped.filter(pk__in=staying).update(household=behind, version=F("version") + 1)


def tell_grids(what: str, left: int, there: Household, *, by: Actor, at: datetime) -> None:
    """Tells both grids ("moved_in", "moved_out"), save the one whose own worker does it."""
    if left == there.grid_id:
        return
    current = Post.objects.current(at).filter(staff=by.staff_id, role=Role.GRID_WORKER, building="")
    own = set(current.filter(place__in=[left, there.grid_id]).values_list("place", flat=True))
    for kind, grid in ((f"{what}_in", there.grid_id), (f"{what}_out", left)):
        if grid not in own:
            notify(kind, place=grid, by=by, at=at, subject=there)

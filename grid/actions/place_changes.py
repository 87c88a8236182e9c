"""Places edited with everything in them: merged, split, moved, opened again. Each as its preview said, in one step.

Who works at a door locks rows first, then posts, then (by `confirm_open` or a foreign key) the place. So do these
deeds, and a street has one of them at a time: none waits for another in a circle.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from grid import registries
from grid.actions import place_moves as moves
from grid.actions.audit import EditedMeanwhile, claim_version, confirm_scope, deed, hold_street
from grid.actions.notices import notify
from grid.actions.places import add_place
from grid.models import Notice, Place
from grid.models.notice import TOLD_ABOVE
from grid.queries.place_changes import Plan, Preview, look
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from grid.rules.places import Kind


def merge_places(*, plan: Plan, seen: str, by: Actor, at: datetime) -> None:
    """Everything of a grid or community goes to another one of its street; the place is closed and names it.

    Posts are ended and given anew there, unless the same is held there already. `seen` is the stamp of the preview:
    raises EditedMeanwhile where anything is not as it said, ValidationError, PermissionDenied. Twice changes nothing.
    """
    with _once(lambda: _has(plan, merged_into=plan.into)), _confirmed(plan, seen, by, at) as (plan, into, preview):
        if into.kind != plan.place.kind or into.pk == plan.place.pk:
            raise ValidationError(_("Choose another place of the same kind."))
        place = plan.place
        with deed("place_merged", by=by, at=at, place=place, subject=place, into=into.code, moved=preview.moved):
            registries.tell("place_merging", place=place, into=into, by=by, at=at)
            moves.move_contents(plan, into, preview, at)
            Place.objects.filter(pk=place.pk).update(closed_at=at, merged_into=into, version=F("version") + 1)
            Notice.unscoped.unseen().filter(grid=place).update(grid=into)
            _tell_of_merge(place, into, by, at)
            registries.tell("place_merged", place=place, into=into, by=by, at=at)


def move_buildings(*, plan: Plan, seen: str, by: Actor, at: datetime) -> None:
    """Buildings go to another grid of the street, with the posts for them. Errors as in `merge_places`."""
    with _confirmed(plan, seen, by, at) as (plan, into, preview):
        place = plan.place
        if into.kind != Kind.GRID or into.pk == place.pk:
            raise ValidationError(_("Choose another grid."))
        with deed("buildings_moved", by=by, at=at, place=place, subject=place, into=into.code, moved=preview.moved):
            moves.move_contents(plan, into, preview, at)
            _tell_of_buildings(place, into, preview, by, at)


def split_place(*, plan: Plan, seen: str, by: Actor, at: datetime) -> Place:
    """Buildings of a grid, or grids of a community, go to a new place of that kind beside it, which is returned.

    Errors as in `merge_places`. The same split sent twice makes one place: see `made_by_split`.
    """
    made: Place | None = None
    with (
        _once(lambda: made_by_split(plan.place, plan.code, plan.name) is not None),
        _confirmed(plan, seen, by, at, needs_parent=True) as (plan, _into, preview),
    ):
        place = plan.place
        with deed("place_split", by=by, at=at, place=place, subject=place, code=plan.code, moved=preview.moved):
            made = add_place(parent=place.parent, code=plan.code, name=plan.name, by=by, at=at)
            moves.move_contents(plan, made, preview, at)
            if place.kind == Kind.GRID:
                _tell_of_buildings(place, made, preview, by, at)
            else:
                _tell_of_grids(preview.grids, place.pk, made, by, at)
    return made or Place.objects.get(code=plan.code)


def made_by_split(place: Place, code: str, name: str) -> Place | None:
    """The place of this code and name beside the place: the one that a split sent before has made."""
    return Place.objects.open().filter(code=code, name=name, parent=place.parent_id, kind=place.kind).first()


def move_grid(*, plan: Plan, seen: str, by: Actor, at: datetime) -> None:
    """A grid goes to another community of its street with everything in it. Errors as in `merge_places`."""
    with _once(lambda: _has(plan, parent=plan.into)), _confirmed(plan, seen, by, at) as (plan, into, preview):
        place = plan.place
        if place.kind != Kind.GRID or into.kind != Kind.COMMUNITY or into.pk == place.parent_id:
            raise ValidationError(_("Choose another community of the street."))
        with deed("place_moved", by=by, at=at, place=place, subject=place, into=into.code, moved=preview.moved):
            moves.hold_places([place, into])
            moves.rehang([place], into)
            _tell_of_grids([place], place.parent_id, into, by, at)


def reopen_place(*, place: Place, version: int, by: Actor, at: datetime) -> None:
    """Opens a place that was closed by mistake. Opening an open one changes nothing.

    Raises ValidationError for one that was merged (its doors stand elsewhere: split that place instead) or whose parent
    is closed, EditedMeanwhile.
    """
    if place.closed_at is None:
        return
    with deed("place_reopened", by=by, at=at, place=place, subject=place):
        confirm_scope(by, Permission.MANAGE_PLACES, place, at)
        if place.merged_into_id is not None:
            raise ValidationError(_("It was merged into another place. Split that one instead."))
        if place.parent is not None and place.parent.merged_into_id is not None:
            raise ValidationError(_("The place above was merged into another one. Add a new place there instead."))
        moves.hold_places([place, *([place.parent] if place.parent else [])], closed=[place])
        claim_version(Place.objects.exclude(closed_at=None), place.pk, version)
        Place.objects.filter(pk=place.pk).update(closed_at=None)


@contextmanager
def _confirmed(
    plan: Plan, seen: str, by: Actor, at: datetime, *, needs_parent: bool = False
) -> Iterator[tuple[Plan, Place, Preview]]:
    """The transaction of a change: the places as they stand now, in scope, open, and moving just what was seen.

    Without a place to go to (it is still to be made) the place itself stands for it.
    """
    with transaction.atomic():
        hold_street(plan.place.street_id or 0)
        fresh = {one.pk: one for one in Place.objects.select_related("parent").filter(pk__in=_keys(plan))}
        place, into = fresh[plan.place.pk], fresh[plan.into.pk if plan.into else plan.place.pk]
        plan = replace(plan, place=place, into=into if plan.into else None)
        for one in (place, into, *([place.parent] if needs_parent and place.parent else [])):
            confirm_scope(by, Permission.MANAGE_PLACES, one, at)
        if into.street_id != place.street_id or place.street_id is None:
            raise ValidationError(_("Choose a place of the same street."))
        preview = look(plan, at)
        if place.closed_at or into.closed_at or preview.stamp != seen:
            raise EditedMeanwhile
        if preview.is_empty:
            raise ValidationError(_("Choose what is to move."))
        yield plan, into, preview


def _keys(plan: Plan) -> list[int]:
    return [plan.place.pk, *([plan.into.pk] if plan.into else [])]


@contextmanager
def _once(done: Callable[[], bool]) -> Iterator[None]:
    """A deed that somebody else, or the same tap, did meanwhile is done: no fault."""
    try:
        yield
    except EditedMeanwhile:
        if not done():
            raise


def _has(plan: Plan, **facts: Place | None) -> bool:
    return Place.objects.filter(pk=plan.place.pk, **facts).exists()


def _tell_of_merge(place: Place, into: Place, by: Actor, at: datetime) -> None:
    """The receiving place, and of grids the communities that have one more or one fewer."""
    above = _communities(place.parent_id, into.parent_id) if place.kind == Kind.GRID else []
    notify("place_merged", place=into, by=by, at=at, subject=place, **_told_above(above))
    for community in above:
        notify("place_merged", place=community, by=by, at=at, subject=place, into=into.pk)


def _tell_of_buildings(place: Place, into: Place, preview: Preview, by: Actor, at: datetime) -> None:
    facts = {"from": place.pk, "into": into.pk, "buildings": preview.building_names}
    above = _communities(place.parent_id, into.parent_id)
    for one in (place, into):
        notify("buildings_moved", place=one, by=by, at=at, subject=place, **facts, **_told_above(above))
    for community in above:
        notify("buildings_moved", place=community, by=by, at=at, subject=place, **facts)


def _tell_of_grids(grids: list[Place], left: int | None, into: Place, by: Actor, at: datetime) -> None:
    above = _communities(left, into.pk)
    for grid in grids:
        notify("place_moved", place=grid, by=by, at=at, subject=grid, into=into.pk, **_told_above(above))
    for community in above:
        notify("place_moved", place=community, by=by, at=at, into=into.pk, places=[grid.pk for grid in grids])


def _communities(*keys: int | None) -> list[int]:
    return sorted({key for key in keys if key is not None})


def _told_above(communities: list[int]) -> dict[str, bool]:
    """The mark of a notice that does not climb: the community is told of the same by a notice of its own."""
    return {TOLD_ABOVE: True} if communities else {}

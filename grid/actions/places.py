"""Places: adding, renaming, closing. They are never deleted; `place_changes` merges, splits and moves them."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grid import registries
from grid.actions.audit import EditedMeanwhile, claim_version, confirm_open, confirm_scope, deed, reserve_id
from grid.models import Place, Post
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from grid.rules.places import Kind, kind_below, path_of


def add_place(
    *, parent: Place | None, code: str, name: str, by: Actor, at: datetime, kind: Kind | None = None
) -> Place:
    """A place below its parent (of the kind that stands there) or, without one, a root of the named kind.

    The same place added twice is added once. Raises ValidationError where the code is taken or nothing may stand below.
    """
    own_kind = kind_below(Kind(parent.kind)) if parent else kind
    if own_kind is None:
        raise ValidationError(_("Nothing stands below a grid."))
    known = Place.objects.filter(code=code).first()
    if known is not None:
        if known.parent_id == (parent.pk if parent else None) and known.name == name and known.closed_at is None:
            return known
        raise _code_taken()
    key = reserve_id(Place)
    place = Place(pk=key, parent=parent, kind=own_kind, code=code, name=name)
    place.path = path_of(parent.path if parent else "", key)
    place.street_id = key if own_kind is Kind.STREET else (parent.street_id if parent else None)
    try:
        with deed("place_added", by=by, at=at, place=key, subject=(Place, key), kind=own_kind.value, code=code):
            if parent is not None:
                confirm_scope(by, Permission.MANAGE_PLACES, parent, at)
                confirm_open(parent.pk)
            place.save(force_insert=True)
    except IntegrityError as fault:
        raise _code_taken() from fault
    return place


def rename_place(*, place: Place, version: int, code: str, name: str, by: Actor, at: datetime) -> None:
    """Another name or code. Paths hold ids, so nothing below changes. Raises EditedMeanwhile, ValidationError."""
    changed = [field for field, value in (("code", code), ("name", name)) if getattr(place, field) != value]
    try:
        with deed("place_renamed", by=by, at=at, place=place, subject=place, fields=changed):
            confirm_scope(by, Permission.MANAGE_PLACES, place, at)
            claim_version(Place.objects.open(), place.pk, version)
            Place.objects.filter(pk=place.pk).update(code=code, name=name)
    except IntegrityError as fault:
        raise _code_taken() from fault


def close_place(*, place: Place, version: int, by: Actor, at: datetime) -> None:
    """Closes an empty place; its history stays. Closing it twice changes nothing.

    Raises ValidationError with one line for each thing that still stands there, EditedMeanwhile.
    """
    if place.closed_at is not None:
        return
    with deed("place_closed", by=by, at=at, place=place, subject=place):
        confirm_scope(by, Permission.MANAGE_PLACES, place, at)
        _lock_open(place)
        claim_version(Place.objects.open(), place.pk, version)
        left = [line["words"] for line in what_is_left(place, at)]
        if left:
            raise ValidationError(left)
        Place.objects.filter(pk=place.pk).update(closed_at=at)
        registries.tell("place_closed", place=place, by=by, at=at)


def what_is_left(place: Place, at: datetime) -> list[dict[str, Any]]:
    """What keeps a place from being closed, in words, each with what it is ("places", "posts" or "people")."""
    below = Place.objects.open().filter(parent=place).count()
    posts = Post.objects.filter(place=place).exclude(until__lte=at).count()
    left = []
    if below:
        words = ngettext("%(count)s place below is still open.", "%(count)s places below are still open.", below)
        left.append({"what": "places", "words": words % {"count": below}})
    if posts:
        words = ngettext("%(count)s post here has not ended.", "%(count)s posts here have not ended.", posts)
        left.append({"what": "posts", "words": words % {"count": posts}})
    for word, count in registries.tenants_of(place):
        words = _("Still standing here: %(what)s, %(count)s.") % {"what": word, "count": count}
        left.append({"what": "people", "words": words})
    return left


def _lock_open(place: Place) -> None:
    """Locks the row, so that nothing new comes to stand on a place that is being closed."""
    if not Place.objects.open().select_for_update().filter(pk=place.pk).exists():
        raise EditedMeanwhile


def _code_taken() -> ValidationError:
    return ValidationError({"code": _("Another place has this code.")})

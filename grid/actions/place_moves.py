"""How what stands at a place goes to another one: doors and what hangs on them, posts, grids. Set by set, never by row.

Helpers of `place_changes`, inside its transaction.
"""

import time
from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import OperationalError, transaction
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from grid import registries
from grid.actions.audit import EditedMeanwhile
from grid.models import Place, Post
from grid.queries.place_changes import Pair, Plan, Preview, posts_that_follow
from grid.rules.places import Kind

_TRIES, _PAUSE = 100, 0.05  # seconds between: five in all
_KEPT = ("staff_id", "role", "until", "compound", "building", "handed_over_by_id", "acknowledged_at")


def move_contents(plan: Plan, into: Place, preview: Preview, at: datetime) -> None:
    """Moves what the preview named; both places are held from here to the end of the transaction.

    Doors go before the places are locked, because whoever writes at a door locks it before its place, and once more
    after it: then nobody can have added one unseen.
    """
    place = plan.place
    if place.kind == Kind.GRID:
        _move_doors(place, into, preview.buildings)
        _move_posts(place, into, preview.buildings, at)
        hold_places([place, into])
        _move_doors(place, into, preview.buildings)
        return
    if preview.whole:
        _move_posts(place, into, None, at)
    hold_places([place, into])
    rehang(Place.objects.open().filter(parent=place) if preview.whole else preview.grids, into)


def rehang(grids: Iterable[Place], community: Place) -> None:
    """Puts grids below a community: parent and path in one statement. What stands at them keeps its grid."""
    grids = list(grids)
    hold_places(grids)
    path = Concat(Value(community.path), Cast("pk", CharField()), Value("/"))
    Place.objects.filter(pk__in=[grid.pk for grid in grids]).update(
        parent=community, path=path, version=F("version") + 1
    )


def hold_places(places: Iterable[Place], closed: Iterable[Place] = ()) -> None:
    """Locks places to the end of the transaction: nothing comes to stand there. Raises EditedMeanwhile if one closed.

    It never waits with a lock in hand: who works at the places goes first, and nobody waits in a circle. Raises
    ValidationError where they are not free for seconds.
    """
    keys, may_be_closed = {place.pk for place in places}, {place.pk for place in closed}
    held = Place.objects.select_for_update(of=("self",), nowait=True).filter(pk__in=keys).order_by("pk")
    for _time in range(_TRIES):
        try:
            with transaction.atomic():
                found = list(held)
        except OperationalError as fault:
            if not isinstance(fault.__cause__, LockNotAvailable):
                raise
            time.sleep(_PAUSE)
            continue
        if any(place.closed_at is not None and place.pk not in may_be_closed for place in found):
            raise EditedMeanwhile
        return
    raise ValidationError(_("Much is being written there right now. Try again in a minute."))


def _move_doors(place: Place, into: Place, buildings: list[Pair] | None) -> None:
    for keeper in registries.DOOR_KEEPERS:
        keeper.move_doors(place, into, buildings)


def _move_posts(place: Place, into: Place, buildings: list[Pair] | None, at: datetime) -> None:
    """Ends the posts that follow and gives them anew with the same end, unless the same or a longer is held there."""
    following = list(posts_that_follow(place, buildings, at).select_for_update(of=("self",)).order_by("pk"))
    held = {(post.staff_id, post.role, post.compound, post.building): post for post in _not_ended(into, at)}
    given = []
    for post in following:
        same = held.get((post.staff_id, post.role, post.compound, post.building))
        if same is None or not _covers(same, post, at):
            anew = {name: getattr(post, name) for name in _KEPT}
            given.append(Post(place=into, since=max(at, post.since), **anew))
    posts = Post.objects.filter(pk__in=[post.pk for post in following])
    posts.filter(since__lte=at).update(until=at)
    posts.filter(since__gt=at).update(until=F("since"))
    Post.objects.bulk_create(given)


def _not_ended(place: Place, at: datetime) -> Iterable[Post]:
    """Posts of the place held now or later; of the same ones the longest comes last."""
    return Post.objects.filter(Q(until=None) | Q(until__gt=at), place=place).order_by(F("until").asc(nulls_last=True))


def _covers(held: Post, wanted: Post, at: datetime) -> bool:
    """Whether what is held begins no later and lasts as long as what is wanted from now on."""
    lasts = held.until is None or (wanted.until is not None and held.until >= wanted.until)
    return lasts and held.since <= max(wanted.since, at)

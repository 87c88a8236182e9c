"""Rounds handed over: a stand-in's post that its receiver acknowledges and its giver can take back."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from grid.actions.audit import confirm_open, confirm_scope, deed
from grid.actions.helpers import Spot, check_end, confirm_giver, lasting, spot_posts
from grid.models import Place, Post, Staff
from grid.queries.hand_overs import receivers_at
from grid.rules.actors import Actor, ActorKind
from grid.rules.permissions import Permission, Role
from grid.rules.posts import last_day_of


def hand_over(*, to: Staff, grids: Sequence[Place], until: datetime, by: Actor, at: datetime) -> None:
    """Gives the rounds of these grids to a colleague from now on; all of them or none.

    The giver works in each whole grid or leads it, and gives nothing beyond the end of her own post. A round that the
    receiver has for as long already stays as it is. Raises ValidationError where the round is with a third person,
    where the receiver never worked in that community, for oneself and for an end out of reach; PlaceClosed,
    PermissionDenied.
    """
    check_end(until, at)
    last = last_day_of(until).isoformat()
    if by.kind is ActorKind.STAFF and by.staff_id == to.pk:
        raise ValidationError(_("You cannot hand a round over to yourself."))
    with transaction.atomic():
        for grid in sorted(grids, key=lambda grid: grid.pk):
            # Two hand-overs of one round wait for each other here; rows that point at the grid do not.
            Place.objects.select_for_update(no_key=True).get(pk=grid.pk)
            spot = Spot(grid)
            if lasting(spot_posts(to.pk, spot, at), until):
                continue
            with deed("round_handed_over", by=by, at=at, place=grid, subject=to, until=last):
                confirm_giver(Permission.RECORD_CHECK_IN, grid, until, by=by, at=at)  # a lead has this too
                confirm_open(grid.pk)
                _check_receiver(to, grid, at)
                mine = spot_posts(to.pk, spot, at).filter(handed_over_by=by.staff_id)
                if not mine.update(until=until):
                    Post.objects.create(
                        staff=to,
                        place=grid,
                        role=Role.GRID_WORKER,
                        since=at,
                        until=until,
                        handed_over_by_id=by.staff_id,
                    )


def _check_receiver(to: Staff, grid: Place, at: datetime) -> None:
    if not receivers_at(grid).filter(pk=to.pk).exists():
        raise ValidationError({"to": _("This colleague does not work in this community. Choose another one.")})
    others = Post.objects.current(at).of_whole_places().filter(place=grid).exclude(handed_over_by=None)
    other = others.exclude(staff=to.pk).select_related("staff").first()
    if other is not None:
        words = _("%(grid)s is handed over to %(name)s already. Take it back first.")
        raise ValidationError(words % {"grid": grid.name, "name": other.staff.name})


def take_back(*, post_id: int, by: Actor, at: datetime) -> None:
    """Ends a round that was handed over, by its giver or the lead of the grid. Twice changes nothing.

    Raises Http404 for a post that nobody handed over, PermissionDenied.
    """
    post = Post.objects.exclude(handed_over_by=None).select_related("place").filter(pk=post_id).first()
    if post is None:
        raise Http404
    if post.until is not None and post.until <= at:
        return
    with deed("round_taken_back", by=by, at=at, place=post.place, subject=(Staff, post.staff_id)):
        own = by.kind is ActorKind.STAFF and by.staff_id == post.handed_over_by_id
        confirm_scope(by, Permission.RECORD_CHECK_IN if own else Permission.MANAGE_HELPERS, post.place, at)
        Post.objects.filter(pk=post.pk, until__gt=at).update(until=at)


def acknowledge_rounds(*, post_ids: Sequence[int], by: Actor, at: datetime) -> None:
    """The receiver says that she knows of these rounds; posts of others and known ones are passed over."""
    with transaction.atomic():
        told = Post.objects.filter(pk__in=list(post_ids), staff=by.staff_id, acknowledged_at=None)
        rounds = list(told.exclude(handed_over_by=None).select_for_update(of=("self",)).select_related("place"))
        for post in rounds:
            with deed("round_seen", by=by, at=at, place=post.place, subject=(Staff, post.staff_id)):
                Post.objects.filter(pk=post.pk).update(acknowledged_at=at)

"""Helpers: posts that end, given by a lead in her own grids, for a whole grid or for single buildings of one."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grid.actions.audit import claim_version, confirm_open, confirm_scope, deed, reserve_id
from grid.actions.staff import set_one_time, start_over
from grid.models import Place, Post, Staff
from grid.models.staff import PostQuerySet
from grid.queries.staff import posts_not_ended
from grid.rules.actors import Actor, ActorKind
from grid.rules.passwords import ALPHABET, one_time_password
from grid.rules.permissions import Permission, Role
from grid.rules.places import Kind
from grid.rules.posts import MOST_DAYS_OF_HELP, fits_help, last_day_of


class Spot(NamedTuple):
    """Where somebody helps: a grid, or one building of it (a compound without a building does not exist)."""

    grid: Place
    compound: str = ""
    building: str = ""


def add_helper(
    *, name: str, phone: str, spots: Sequence[Spot], until: datetime, by: Actor, at: datetime
) -> tuple[Staff, str | None]:
    """Gives a person posts that end, one at each spot; a new login by her phone where she has none.

    Returns her and, for a new login, the one-time password. A post that stands there as long or longer stays as it
    is, so that a form sent twice changes nothing. Raises ValidationError where the number belongs to somebody with
    another name or to a closed login, for oneself, and for an end out of reach or beyond the giver's own; PlaceClosed,
    PermissionDenied.
    """
    check_end(until, at)
    if not spots or any(spot.grid.kind != Kind.GRID for spot in spots):
        raise ValueError("a helper works at one grid or more")
    known = Staff.objects.filter(phone=phone).first()
    if known is not None:
        _check_known(known, name, by)
    if known is not None and all(lasting(spot_posts(known.pk, spot, at), until) for spot in spots):
        return known, None
    password = None if known else one_time_password()
    staff = known or Staff(pk=reserve_id(Staff), user_name=_user_name(), phone=phone, name=name)
    try:
        with transaction.atomic():
            for grid_id in sorted({spot.grid.pk for spot in spots}):
                here = [spot for spot in spots if spot.grid.pk == grid_id]
                _help_in(here, staff, password if staff._state.adding else None, until, by=by, at=at)
    except IntegrityError as fault:
        raise ValidationError(_("Somebody added this number a moment ago. Save again.")) from fault
    return staff, password


def _help_in(
    spots: Sequence[Spot], staff: Staff, password: str | None, until: datetime, *, by: Actor, at: datetime
) -> None:
    """Her posts at spots of one grid; with a password her login is made first."""
    grid, buildings = spots[0].grid, sum(bool(spot.building) for spot in spots)
    facts = {"until": last_day_of(until).isoformat(), "buildings": buildings}
    with deed("helper_added", by=by, at=at, place=grid, subject=(Staff, staff.pk), **facts):
        confirm_giver(Permission.MANAGE_HELPERS, grid, until, by=by, at=at)
        confirm_open(grid.pk)
        if password is not None:
            set_one_time(staff, password, at)
            staff.save(force_insert=True)
        # Two forms at once: the second waits here and finds the posts of the first.
        Staff.objects.select_for_update(no_key=True).get(pk=staff.pk)
        for spot in spots:
            _give(staff, spot, until, at)


def _check_known(known: Staff, name: str, by: Actor) -> None:
    if "".join(known.name.split()) != "".join(name.split()):
        raise ValidationError(
            {"phone": _("This number belongs to somebody with another name. Check it, or ask the administrator.")}
        )
    if not known.is_active:
        raise ValidationError({"phone": _("The login with this number is closed. Ask the administrator to open it.")})
    if by.kind is ActorKind.STAFF and by.staff_id == known.pk:
        raise ValidationError(_("Nobody gives herself a post. Another administrator must do it."))


def _user_name() -> str:
    """A user name that says nothing of her: she logs in with her phone."""
    return "helper-" + "".join(secrets.choice(ALPHABET) for _position in range(8))


def _give(staff: Staff, spot: Spot, until: datetime, at: datetime) -> None:
    there = spot_posts(staff.pk, spot, at)
    if lasting(there, until):
        return
    if not there.filter(handed_over_by=None).update(until=until):
        Post.objects.create(
            staff=staff, place=spot.grid, role=Role.GRID_WORKER, since=at, until=until,
            compound=spot.compound, building=spot.building,
        )  # fmt: skip


def set_helper_until(*, post_id: int, until: datetime, by: Actor, at: datetime) -> None:
    """Lets a helper or stand-in work longer or shorter. The same end twice is one deed.

    Raises ValidationError for an end out of reach or beyond the giver's own, for a post of oneself, and where it ended
    meanwhile; PermissionDenied; Http404 for a post that is not a worker's or has no end: permanent ones are not a
    lead's.
    """
    check_end(until, at)
    post = _found(post_id)
    if post.until == until:
        return
    last = last_day_of(until).isoformat()
    with deed("helper_until", by=by, at=at, place=post.place, subject=(Staff, post.staff_id), until=last):
        _claim(post, by, at)
        if post.until is not None and until > post.until:
            confirm_giver(Permission.MANAGE_HELPERS, post.place, until, by=by, at=at)
        if not Post.objects.filter(pk=post.pk, until__gt=at).update(until=until):
            raise ValidationError(_("This post has ended meanwhile. Add the helper anew."))


def end_helper(*, post_id: int, by: Actor, at: datetime) -> None:
    """Ends a helper's or stand-in's post now. Twice changes nothing. Raises as `set_helper_until`."""
    post = _found(post_id)
    if post.until is not None and post.until <= at:
        return
    with deed("helper_ended", by=by, at=at, place=post.place, subject=(Staff, post.staff_id)):
        _claim(post, by, at)
        Post.objects.filter(pk=post.pk, until__gt=at).update(until=max(at, post.since))


def renew_password(*, post_id: int, version: int, by: Actor, at: datetime) -> str:
    """A new one-time password for a helper who lost hers, returned once; sessions, PIN and known devices end.

    Only where the login opens nothing, now or later, but help in grids of the one who asks: otherwise it would open
    what is not hers. Raises PermissionDenied, EditedMeanwhile, and ValidationError for a post of oneself; Http404 as
    `set_helper_until`.
    """
    post, password = _found(post_id), one_time_password()
    with deed("password_reset", by=by, at=at, place=post.place, subject=(Staff, post.staff_id)):
        _claim(post, by, at)
        claim_version(Staff.objects.all(), post.staff_id, version)
        staff = Staff.objects.get(pk=post.staff_id)
        posts = list(posts_not_ended(staff, at))
        if not staff.is_active or not posts or not all(one.is_help for one in posts):
            raise PermissionDenied
        for one in posts:
            confirm_scope(by, Permission.MANAGE_HELPERS, one.place, at)
        start_over(staff, password, at)
    return password


def _found(post_id: int) -> Post:
    post = Post.objects.that_help().select_related("place").filter(pk=post_id).first()
    if post is None:
        raise Http404
    return post


def _claim(post: Post, by: Actor, at: datetime) -> None:
    confirm_scope(by, Permission.MANAGE_HELPERS, post.place, at)
    if by.kind is ActorKind.STAFF and by.staff_id == post.staff_id:
        raise ValidationError(_("This is your own post. Another lead or the administrator changes it."))


def spot_posts(staff_id: int, spot: Spot, at: datetime) -> PostQuerySet:
    """The worker's posts that a person holds at this very spot now."""
    posts = Post.objects.current(at).filter(staff=staff_id, role=Role.GRID_WORKER, place=spot.grid)
    return posts.filter(compound=spot.compound, building=spot.building)


def lasting(posts: PostQuerySet, until: datetime) -> bool:
    """Whether one of the posts lasts as long or longer."""
    return any(post.until is None or post.until >= until for post in posts)


def confirm_giver(permission: Permission, place: Place, until: datetime, *, by: Actor, at: datetime) -> None:
    """That the actor may give a post there, and none that outlasts her own: a lead for three days could else go on
    looking at the register with the login of a helper. Raises PermissionDenied, ValidationError.
    """
    confirm_scope(by, permission, place, at)
    own = Post.objects.current(at).granting(permission, place.path).filter(staff=by.staff_id)
    if by.kind is ActorKind.STAFF and not lasting(own, until):
        last = max(post.until for post in own if post.until is not None)
        day = date_format(last_day_of(last), "MONTH_DAY_FORMAT")
        words = _("Your own post there ends on %(day)s. Choose that day or an earlier one.")
        raise ValidationError({"last_day": words % {"day": day}})


def check_end(until: datetime, at: datetime) -> None:
    """Raises ValidationError for an end that lies behind or too far ahead."""
    if not fits_help(until, at):
        words = _("The last day is today or later, at most %(days)s days ahead.") % {"days": MOST_DAYS_OF_HELP}
        raise ValidationError({"last_day": words})

"""Staff and their posts: adding, ending, passwords, disabling. Every deed asks its scope again inside."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext as _

from grid.actions.audit import claim_version, confirm_open, confirm_scope, deed, reserve_id
from grid.models import KnownDevice, Place, Post, Staff
from grid.queries.staff import posts_not_ended
from grid.rules.actors import Actor, ActorKind
from grid.rules.passwords import LASTS, one_time_password
from grid.rules.permissions import Permission, Role
from grid.rules.places import Kind
from grid.rules.posts import fits, is_for_building


def add_staff(
    *,
    user_name: str,
    phone: str | None,
    name: str,
    role: Role,
    place: Place,
    until: datetime | None,
    by: Actor,
    at: datetime,
    compound: str = "",
    building: str = "",
) -> tuple[Staff, str]:
    """A member of staff with a first post; she and her one-time password, which is stored as a hash only.

    Raises ValidationError where the role does not fit the place or the user name or phone is taken.
    """
    _check_post(role, place, building)
    key, password = reserve_id(Staff), one_time_password()
    staff = Staff(pk=key, user_name=user_name, phone=phone or None, name=name)
    set_one_time(staff, password, at)
    try:
        with deed("staff_added", by=by, at=at, place=place, subject=(Staff, key), **_facts(role, building)):
            confirm_scope(by, Permission.MANAGE_STAFF, place, at)
            confirm_open(place.pk)
            staff.save(force_insert=True)
            Post.objects.create(
                staff=staff, place=place, role=role, since=at, until=until, compound=compound, building=building
            )
    except IntegrityError as fault:
        raise ValidationError(_("This user name or phone belongs to somebody else.")) from fault
    return staff, password


def add_post(
    *, staff_id: int, version: int, role: Role, place: Place, until: datetime | None, by: Actor, at: datetime,
    compound: str = "", building: str = "",
) -> None:  # fmt: skip
    """A further post, from now on: at the place or, for a worker of a grid, in one building of it. Twice is once.

    Raises ValidationError where the role does not fit the place or the post is one's own, EditedMeanwhile where
    somebody was faster. Nobody gives herself a post: whoever administers sees no people until another says so.
    """
    _check_post(role, place, building)
    if by.kind is ActorKind.STAFF and by.staff_id == staff_id:
        raise ValidationError(_("Nobody gives herself a post. Another administrator must do it."))
    post = {"staff_id": staff_id, "place": place, "role": role, "compound": compound, "building": building}
    if Post.objects.current(at).filter(until=until, **post).exists():
        return
    with deed("post_added", by=by, at=at, place=place, subject=(Staff, staff_id), **_facts(role, building)):
        confirm_scope(by, Permission.MANAGE_STAFF, place, at)
        confirm_open(place.pk)
        claim_version(Staff.objects.all(), staff_id, version)
        Post.objects.create(since=at, until=until, **post)


def end_post(*, post_id: int, by: Actor, at: datetime) -> None:
    """Ends a post now; one that lies ahead never begins. Ending it twice changes nothing.

    Raises ValidationError for the last administrator's post of the one who asks: nobody could undo that.
    """
    post = Post.objects.select_related("place").get(pk=post_id)
    end = max(at, post.since)
    if post.until is not None and post.until <= end:
        return
    with deed("post_ended", by=by, at=at, place=post.place, subject=(Staff, post.staff_id), role=post.role):
        # Before her own post is held: ended twice at once, the second tap waits here and not for the first one's share.
        Staff.objects.select_for_update().get(pk=post.staff_id)
        confirm_scope(by, Permission.MANAGE_STAFF, post.place, at)
        own = by.kind is ActorKind.STAFF and by.staff_id == post.staff_id
        others = Post.objects.current(at).filter(staff=post.staff_id, role=Role.ADMINISTRATOR).exclude(pk=post.pk)
        if own and post.role == Role.ADMINISTRATOR and not others.exists():
            raise ValidationError(_("This is your own last administrator's post. Another administrator must end it."))
        Post.objects.filter(pk=post.pk).update(until=end)


def reset_password(*, staff_id: int, version: int, by: Actor, at: datetime) -> str:
    """A new one-time password, returned once. Sessions, PIN and known devices end with the old one."""
    password = one_time_password()
    with deed("password_reset", by=by, at=at, subject=(Staff, staff_id)):
        staff = _claim_person(staff_id, version, by, at)
        start_over(staff, password, at)
    return password


def disable(*, staff_id: int, version: int, by: Actor, at: datetime) -> None:
    """Closes the login; sessions end at once and for good, because the password goes with it."""
    with deed("staff_disabled", by=by, at=at, subject=(Staff, staff_id)):
        staff = _claim_person(staff_id, version, by, at)
        staff.is_active = False
        start_over(staff, None, at)


def enable(*, staff_id: int, version: int, by: Actor, at: datetime) -> str:
    """Opens the login again with a new one-time password, returned once."""
    password = one_time_password()
    with deed("staff_enabled", by=by, at=at, subject=(Staff, staff_id)):
        staff = _claim_person(staff_id, version, by, at)
        staff.is_active = True
        start_over(staff, password, at)
    return password


def _facts(role: Role, building: str) -> dict[str, Any]:
    return {"role": role.value} | ({"buildings": 1} if building else {})


def _check_post(role: Role, place: Place, building: str) -> None:
    if place.closed_at is not None:
        raise ValidationError({"place": _("This place is closed.")})
    if not fits(role, Kind(place.kind)):
        raise ValidationError({"role": _("This role does not fit this kind of place.")})
    if building and not is_for_building(role, Kind(place.kind)):
        raise ValidationError({"building": _("Only a grid worker of a grid has a single building. Leave this empty.")})


def _claim_person(staff_id: int, version: int, by: Actor, at: datetime) -> Staff:
    """The person, claimed at the version seen. Whoever holds a post outside one's places is not one's to lock out."""
    if by.kind is ActorKind.STAFF and by.staff_id == staff_id:
        raise ValidationError(_("Not for yourself. Your own password changes under «Change password»."))
    claim_version(Staff.objects.all(), staff_id, version)
    staff = Staff.objects.get(pk=staff_id)
    posts = list(posts_not_ended(staff, at))
    for post in posts:
        confirm_scope(by, Permission.MANAGE_STAFF, post.place, at)
    administers = Post.objects.current(at).filter(staff=by.staff_id, role=Role.ADMINISTRATOR)
    if not posts and by.kind is ActorKind.STAFF and not administers.exists():
        raise PermissionDenied
    return staff


def set_one_time(staff: Staff, password: str | None, at: datetime) -> None:
    """Gives the row a password for one login within `passwords.LASTS`, or none at all; the caller saves it."""
    staff.set_password(password)
    staff.must_change_password = password is not None
    staff.one_time_until = at + LASTS if password is not None else None


def start_over(staff: Staff, password: str | None, at: datetime) -> None:
    """Her next login is with this one-time password, or there is none: sessions, PIN and known devices end."""
    set_one_time(staff, password, at)
    staff.pin = ""
    staff.save(update_fields=["password", "must_change_password", "one_time_until", "pin", "is_active"])
    KnownDevice.objects.filter(staff=staff).delete()

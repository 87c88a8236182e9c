"""Access: each view names the permission it needs, or says that it is public."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from grid.models import Place, Staff
from grid.rules.actors import Actor
from grid.rules.permissions import Permission

View = Callable[..., HttpResponseBase]


class StaffRequest(HttpRequest):
    """A request behind the login: `user` is a member of staff."""

    user: Staff


def needs(permission: Permission | None) -> Callable[[Callable[..., HttpResponseBase]], View]:
    """The view answers 403 to staff who hold the permission nowhere; None: any member of staff.

    Where in the tree it is held is asked through `visible_to` (404 outside) and `require` (403 inside).
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if permission is not None and not cast(Staff, request.user).may(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.needs = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def public(view: Callable[..., HttpResponseBase]) -> View:
    """The view needs no login."""
    decorated = login_not_required(view)
    decorated.needs = "public"  # type: ignore[attr-defined]
    return decorated


def unattended(view: View) -> View:
    """What an open page asks for by itself: it does not keep a login awake, and leads nobody to the login page."""
    view.unattended = True  # type: ignore[attr-defined]
    return view


def require(staff: Staff, permission: Permission, obj: Any) -> None:
    """403 unless the permission is held at the object's grid or for the building of its door (an object in sight
    that may not be touched). A place itself needs the permission at the whole place."""
    if not (staff.may(permission, obj) if isinstance(obj, Place) else staff.may_at_door(permission, obj)):
        raise PermissionDenied


def actor_of(request: HttpRequest) -> Actor:
    """Who acts in this request."""
    return Actor.staff(cast(Staff, request.user).pk)

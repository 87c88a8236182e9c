"""The frame of every deed: one transaction, one audit record written first, one history context."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

import pghistory
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, models, transaction
from django.http import Http404
from django.utils.translation import gettext as _

from grid.logs import REQUEST_ID
from grid.models import AuditRecord, Place, Post
from grid.models.scope import door_of
from grid.models.staff import PostQuerySet
from grid.rules.actors import Actor, ActorKind
from grid.rules.permissions import Permission

_LOCK_OF_STREETS = 7_600_012
_INSIDE: ContextVar[bool] = ContextVar("inside_a_deed", default=False)


@contextmanager
def deed(
    name: str,
    *,
    by: Actor,
    at: datetime,
    place: Place | int | None = None,
    subject: models.Model | tuple[type[models.Model], int] | None = None,
    **facts: Any,
) -> Iterator[AuditRecord]:
    """Opens the transaction of a deed and writes its audit record inside the history context.

    The record comes first: rows that a COPY writes later in the same transaction then carry the context too.
    `facts` must be JSON and say nothing of a person: ids, counts, names of fields. In a deed inside another one
    (a case closed because its person left) history names the outer deed, whose will it was.
    """
    outer = _INSIDE.get()
    inside = _INSIDE.set(True)
    said = {} if outer else {"deed": name, "staff": by.staff_id, "at": at.isoformat()}
    try:
        with transaction.atomic(), pghistory.context(**said):
            yield record(name, by=by, at=at, place=place, subject=subject, **facts)
    finally:
        _INSIDE.reset(inside)


def record(
    name: str,
    *,
    by: Actor,
    at: datetime,
    place: Place | int | None = None,
    subject: models.Model | tuple[type[models.Model], int] | None = None,
    **facts: Any,
) -> AuditRecord:
    """Writes one audit record; the caller's transaction decides whether it stays."""
    kind, key = "", None
    if isinstance(subject, tuple):
        kind, key = subject[0]._meta.model_name or "", subject[1]
    elif subject is not None:
        kind, key = subject._meta.model_name or "", subject.pk
    return AuditRecord.objects.create(
        at=at,
        deed=name,
        actor_kind=by.kind.value,
        staff_id=by.staff_id,
        place_id=place.pk if isinstance(place, Place) else place,
        subject_kind=kind,
        subject_id=key,
        facts=facts,
        request_id=REQUEST_ID.get(),
    )


def confirm_scope(by: Actor, permission: Permission, place: Place, at: datetime, door: Any = None) -> None:
    """Asks once more, inside the transaction: may the actor do this here, now?

    `door` is what the deed touches, a door or a row that hangs on one: then a post for its building is enough. Without
    it only a post at the whole place counts. The post is held for the transaction, so that one ended meanwhile is seen;
    her own deeds share it, or two of them that lock rows in another order would wait for each other. Raises
    PermissionDenied.
    """
    if by.kind is not ActorKind.STAFF:
        return
    posts = Post.objects.current(at).filter(staff=by.staff_id, staff__is_active=True)
    if _held(posts.granting(permission, place.path)):
        return
    # Asked second: whoever holds the whole place, nearly everybody, pays nothing for it.
    found = door_of(door) if door is not None else None
    if found is None or found.grid_id != place.pk or not _held(posts.granting_at_door(permission, found)):
        raise PermissionDenied


def _held(posts: PostQuerySet) -> bool:
    sql, values = posts.values_list("pk", flat=True)[:1].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} FOR SHARE OF {connection.ops.quote_name(Post._meta.db_table)}", values)
        return cursor.fetchone() is not None


def confirm_open(place_id: int) -> None:
    """Holds the place for the transaction, so that it is not closed under a row that comes to stand at it.

    A key-share lock: many may add at once, and whoever closes the place waits for them. Raises PlaceClosed where it
    is closed already.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM grid_place WHERE id = %s AND closed_at IS NULL FOR KEY SHARE", [place_id])
        if cursor.fetchone() is None:
            raise PlaceClosed


def hold_street(street_id: int) -> None:
    """One at a time for what reads or rewrites much of a street: lists taken in, places merged and split.

    Held until the transaction ends, and taken before any row of the street is locked.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_OF_STREETS, street_id % 2**31])


def claim_version(model_rows: models.QuerySet[Any], key: int, version: int) -> None:
    """Raises the version of a row by one if it still is what the editor saw; else raises `EditedMeanwhile`."""
    if not model_rows.filter(pk=key, version=version).update(version=models.F("version") + 1):
        if not model_rows.filter(pk=key).exists():
            raise Http404
        raise EditedMeanwhile


def reserve_id(model: type[models.Model]) -> int:
    """The id that the next row of the model will have: the audit record of a new row names it before it exists."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [model._meta.db_table])
        return int(cursor.fetchone()[0])


class EditedMeanwhile(Exception):
    """Somebody else saved the same row since this form was opened."""


class PlaceClosed(ValidationError):
    """The place was closed; nothing new may come to stand at it. Forms show it like any other fault."""

    def __init__(self) -> None:
        super().__init__(_("This place was closed meanwhile. Choose another one."))

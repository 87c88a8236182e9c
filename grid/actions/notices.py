"""Notices: told in the transaction of the deed they tell of, acknowledged once."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models

from grid.actions.audit import confirm_scope, deed
from grid.models import Notice, Place
from grid.rules.actors import Actor
from grid.rules.permissions import Permission

KEPT = timedelta(days=30)


def notify(
    kind: str, *, place: Place | int, by: Actor, at: datetime, subject: models.Model | None = None, **facts: Any
) -> None:
    """Tells a grid (or the place above it that decides) of a deed; `kind` is a key of `registries.NOTICES`.

    Belongs inside the `deed(...)` it tells of. `facts` must be JSON and say nothing of a person.
    """
    Notice.unscoped.create(
        grid_id=place.pk if isinstance(place, Place) else place,
        kind=kind,
        subject_kind=(subject._meta.model_name or "") if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        facts=facts,
        created_at=at,
        created_by_id=by.staff_id,
    )


def acknowledge(*, notice: Notice, by: Actor, at: datetime) -> None:
    """ "I know": the first one stands, a second one does nothing. Raises PermissionDenied."""
    with deed("notice_seen", by=by, at=at, place=notice.grid_id, subject=notice):
        confirm_scope(by, Permission.SEE_PEOPLE, notice.grid, at)
        if not Notice.unscoped.filter(pk=notice.pk, seen_at=None).update(seen_at=at, seen_by=by.staff_id):
            raise SeenAlready


def settle(*, kind: str, subject: models.Model, at: datetime) -> None:
    """What a notice asked for was done: nobody need acknowledge it any more. Belongs inside the `deed(...)`."""
    about = Notice.unscoped.filter(kind=kind, subject_kind=subject._meta.model_name, subject_id=subject.pk)
    about.filter(seen_at=None).update(seen_at=at)


def forget_seen_notices(*, at: datetime) -> None:
    """The hook "night": removes notices that were acknowledged long ago."""
    Notice.unscoped.filter(seen_at__lt=at - KEPT).delete()


class SeenAlready(Exception):
    """Somebody has acknowledged it; raising this takes the audit record back."""

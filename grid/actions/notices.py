"""Notices: told in the transaction of the deed they tell of, acknowledged once."""

from datetime import datetime
from typing import Any

from django.db import models

from grid.models import Notice, Place
from grid.rules.actors import Actor


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

"""Background work of the register."""

import logging
from datetime import datetime

from django.core.exceptions import PermissionDenied

from grid.rules.actors import Actor
from residents.actions import lists
from residents.models import ImportBatch

_logger = logging.getLogger(__name__)


def commit_list(*, batch_id: int, staff_id: int, at: datetime) -> None:
    """Takes a confirmed list in. What goes wrong is told on the list's page, where it can be tried again.

    Where not even that can be stored (the database is away) the fault is raised, and the outbox tries again.
    """
    batch = ImportBatch.unscoped.select_related("grid").filter(pk=batch_id, state="committing").first()
    if batch is None:
        return
    try:
        lists.take_in(batch=batch, by=Actor.staff(staff_id), at=at)
    except PermissionDenied:
        lists.note_failure(batch_id=batch_id, failure="scope")
    except Exception as fault:  # whatever it is: nothing was stored, and whoever waits must hear of it
        _logger.exception("list %s not taken in: %s", batch_id, type(fault).__name__)
        lists.note_failure(batch_id=batch_id, failure="fault")

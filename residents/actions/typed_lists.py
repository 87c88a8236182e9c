"""The deed of typing a paper list: what was typed so far, stored as a list that is still being read."""

import hashlib
from datetime import datetime

from django.db import transaction

from grid import sealing
from grid.actions.audit import EditedMeanwhile, confirm_scope, deed
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from residents.actions.lists import OPEN_FOR_CHOICES, ListMovedOn, hold_list
from residents.lists import staging
from residents.lists.staging import Plain
from residents.models import ImportBatch


def keep_typed(
    *,
    batch: ImportBatch,
    data: bytes,
    tables: list[Plain],
    seen: str,
    page: str,
    by: Actor,
    at: datetime,
) -> None:
    """Stores what was typed so far in place of what was typed before; a preview of that is gone with it.

    `seen`: the digest of what the page began with. `page`: a word of its own of the page, in `tables` too: by it one
    page may store as often as it likes. Stored again without a change, nothing happens. Raises EditedMeanwhile where
    another page stored something else since, ListMovedOn once the list is being taken in.
    """
    digest = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        row = hold_list(batch)
        if row.state not in OPEN_FOR_CHOICES:
            raise ListMovedOn
        if row.file_digest == digest:
            return
        if row.file_digest != seen and row.tables[0].get("page") != page:
            raise EditedMeanwhile
        confirm_scope(by, Permission.IMPORT_LISTS, row.grid, at)
        with deed("list_typed", by=by, at=at, place=row.grid_id, subject=row, size=len(data)):
            row.rows.all().delete()
            row.blocks.all().delete()
            row.state, row.tables, row.counts, row.failure, row.rows_total = "mapping", tables, {}, "", 0
            row.file_digest, row.sealed_file = digest, sealing.seal(data, context=staging.FILE_CONTEXT)
            row.save(update_fields=[
                "state", "tables", "counts", "failure", "rows_total", "file_digest", "sealed_file",
            ])  # fmt: skip

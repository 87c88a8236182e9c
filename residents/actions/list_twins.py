"""Deeds about rows of a list that may be somebody known."""

from datetime import datetime

from django.db import transaction

from grid.actions.audit import confirm_scope, deed
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from residents.actions.lists import ListMovedOn, hold_list
from residents.lists import commit, twin_decisions
from residents.models import ImportBatch

DECISIONS = {"apart": "apart", "same": "same", "again": ""}


def decide_twins(
    *, batch: ImportBatch, reading: int, pairs: list[int], decision: str, by: Actor, at: datetime
) -> tuple[int, int]:
    """Says of pairs of a row and somebody known whether they are one person; how many rows that was, and of them how
    many stay undecided: told to be two people, or somebody who is not here any more.

    `decision`: a key of `DECISIONS`. Twice it changes nothing. Raises ListMovedOn where the list was read anew
    meanwhile or is being taken in.
    """
    with transaction.atomic():
        row = hold_list(batch)
        if row.state not in ("preview", "failed") or row.choices.get("reading") != reading:
            raise ListMovedOn
        for permission in (Permission.IMPORT_LISTS, Permission.DECIDE_REGISTER):
            confirm_scope(by, permission, row.grid, at)
        said = DECISIONS[decision]
        chosen = list(row.twins.filter(pk__in=pairs).exclude(decision=said).select_related("row").order_by("row", "pk"))
        if not chosen:
            return 0, 0
        rows = len({pair.row_id for pair in chosen})
        with deed("list_twins_decided", by=by, at=at, place=row.grid_id, subject=row, rows=rows, decision=decision):
            not_kept = twin_decisions.decide(row, chosen, said)
            row.counts = {**row.counts, **commit.counts(row), **twin_decisions.counts(row)}
            # Another reading: a confirmation of what was seen before does not hold for this.
            row.choices = {**row.choices, "reading": reading + 1}
            row.save(update_fields=["counts", "choices"])
    return rows, not_kept

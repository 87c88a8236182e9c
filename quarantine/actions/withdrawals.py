"""Many check-ins taken back at once: a sheet that was keyed, a list that was taken in."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from grid.actions.audit import deed
from grid.models import Place
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from quarantine.actions.case_rows import confirm_at_cases, lock_cases, recompute
from quarantine.actions.entry_alerts import follow_taken_away, quiet_of
from quarantine.models import CheckIn
from quarantine.rules.entries import Entry, standing_of


def withdraw_many(
    *, check_ins: Sequence[CheckIn], by: Actor, at: datetime, place: Place | int | None = None
) -> list[CheckIn]:
    """Takes back those of these check-ins that stand as they were entered, of open cases; the withdrawals.

    What somebody corrected, took back or closed meanwhile stays as it is, so a repeat is harmless. `place` is the one
    of the audit record. A number of queries that does not grow with them. Raises PermissionDenied as `record_many`.
    """
    with transaction.atomic():
        cases = {case.pk: case for case in lock_cases({row.case_id for row in check_ins}) if case.closed_at is None}
        confirm_at_cases(list(cases.values()), Permission.RECORD_CHECK_IN, by, at)
        entries = CheckIn.unscoped.filter(case__in=list(cases)).values_list("pk", "corrects", "withdrawn")
        standing = standing_of(Entry(*row) for row in entries)
        taken = [row for row in check_ins if row.pk in standing.stands]
        if not taken:
            return []
        with deed("check_ins_withdrawn", by=by, at=at, place=place or taken[0].grid_id, count=len(taken)):
            withdrawn = CheckIn.unscoped.bulk_create([
                CheckIn(
                    uuid=uuid4(), case_id=row.case_id, grid_id=cases[row.case_id].grid_id, local_day=row.local_day,
                    slot=row.slot, observed_at=row.observed_at, received_at=at, reached=False, abnormal=False,
                    by_id=by.staff_id, corrects_id=standing.last[row.pk], withdrawn=True,
                )
                for row in taken
            ])  # fmt: skip
            touched = [cases[key] for key in sorted({row.case_id for row in taken})]
            before = quiet_of(touched, at)
            recompute(touched, at=at)
            follow_taken_away(taken, touched, before=before, by=by, at=at)
        return withdrawn

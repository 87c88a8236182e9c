"""Papers of a case withdrawn: what they say is not so any more."""

from collections.abc import Sequence
from datetime import datetime

from grid.actions.audit import record
from grid.rules.actors import Actor
from quarantine.models import CasePaper, IsolationCase

START, END = "isolation_notice", "release_notice"


def withdraw_papers(cases: Sequence[IsolationCase], kinds: Sequence[str], *, by: Actor, at: datetime) -> int:
    """Withdraws the valid papers of these kinds of locked cases; how many. Whoever checks their code is told so.

    Belongs inside the `deed(...)` that makes them untrue: the period changed, a release or the case was taken back.
    """
    valid = CasePaper.unscoped.filter(case__in=[case.pk for case in cases], kind__in=kinds, withdrawn_at=None)
    withdrawn = valid.update(withdrawn_at=at)
    if withdrawn:
        keys = sorted(case.pk for case in cases)
        record("papers_withdrawn", by=by, at=at, place=cases[0].grid_id, cases=keys, count=withdrawn)
    return withdrawn

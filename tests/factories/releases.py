"""Cases ready for release, and released, for tests, by the deeds themselves."""

from datetime import datetime
from typing import Any

from grid.rules.actors import SYSTEM
from quarantine.actions.releases import release_case
from quarantine.models import IsolationCase
from tests.factories.quarantine import make_check_in
from tests.factories.samples import ONE_TEST, make_sample, make_tested_case


def make_ready_case(*, at: datetime, **where: Any) -> IsolationCase:
    """A case on its last day of which nothing is missing but the check: tested negative, asked, without symptoms."""
    case = make_tested_case(at=at, day=5, rules=ONE_TEST, **where)
    make_sample(case, at=at, result="negative")
    make_check_in(case, at=at, asked=True)
    case.refresh_from_db(from_queryset=IsolationCase.unscoped.select_related("rule_set", "grid"))
    return case


def release(case: IsolationCase, *, at: datetime) -> IsolationCase:
    """Asks whether anything hurts, hears that nothing does, checks, and releases."""
    make_check_in(case, at=at, asked=True)
    return release_case(case=case, checked=True, by=SYSTEM, at=at)

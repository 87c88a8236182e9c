"""Papers for tests, by the deed itself."""

from datetime import datetime

from grid.rules.actors import SYSTEM
from quarantine.actions.paper_issue import issue_papers
from quarantine.models import CasePaper, IsolationCase


def make_paper(case: IsolationCase, *, at: datetime, kind: str = "isolation_notice") -> CasePaper:
    """The case's valid paper of the kind."""
    issued = issue_papers(case_ids=[case.pk], kind=kind, by=SYSTEM, at=at)
    assert issued.papers, issued.refused
    return issued.papers[0]

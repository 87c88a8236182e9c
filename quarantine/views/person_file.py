"""The part of a person's printed file that the work adds."""

from datetime import datetime
from typing import Any

from grid.models import Staff
from quarantine.queries import person_file as queries
from quarantine.views.words import reading_of
from residents.models import Resident


def part_of_file(staff: Staff, resident: Resident, at: datetime) -> dict[str, Any]:
    """The panel's facts: each case with its entries in words, and the requests."""
    cases = queries.cases_with_check_ins(staff, resident)
    for _case, entries in cases:
        for row in entries:
            row.words = reading_of(row)  # type: ignore[attr-defined]
    return {"cases": cases, "requests": queries.requests_of(staff, resident)}

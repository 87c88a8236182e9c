"""What the work keeps of one person: her isolations with every entry, and the supplies asked for in her name."""

from collections import defaultdict

from grid.models import Staff
from grid.rules.permissions import Permission
from quarantine.models import CheckIn, IsolationCase, SupplyRequest
from quarantine.queries.cases import check_ins_in_sight
from quarantine.queries.supplies import with_lines
from residents.models import Resident


def cases_with_check_ins(staff: Staff, resident: Resident) -> list[tuple[IsolationCase, list[CheckIn]]]:
    """Each case in the reader's sight, oldest first, with every entry as it was made: two queries."""
    cases = list(IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).filter(resident=resident).order_by("pk"))
    entries = defaultdict(list)
    for row in check_ins_in_sight(staff).filter(case__in=cases).select_related("by").order_by("observed_at", "pk"):
        entries[row.case_id].append(row)
    return [(case, entries[case.pk]) for case in cases]


def requests_of(staff: Staff, resident: Resident) -> list[SupplyRequest]:
    """The requests in her name, oldest first."""
    rows = SupplyRequest.objects.visible_to(staff, Permission.SEE_SUPPLIES).filter(resident=resident)
    return list(with_lines(rows.order_by("asked_at", "pk")))

"""What pages about people and doors show of isolation and care visits."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from grid.models import Staff
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.models import IsolationCase
from quarantine.queries.case_days import day_words, stage_words
from residents.models import Household, Resident


def panel_of_resident(staff: Staff, resident: Resident, at: datetime) -> dict[str, Any]:
    """The part of a person's page: the open case, or the way to one, and earlier ones."""
    rows = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).filter(resident=resident)
    cases = list(rows.select_related("rule_set").order_by("-pk"))
    case = next((case for case in cases if case.closed_at is None), None)
    may_decide = resident.left_on is None and staff.may(Permission.DECIDE_CASES, resident.grid)
    return {
        "resident": resident,
        "case": case,
        "stage": stage_words(case, at) if case else "",
        "past": [case for case in cases if case.closed_at is not None],
        "may_open": may_decide and (case is None or case.is_care),
        "may_visit": may_decide and case is None,
    }


_TOLD_OF_CASES = ("case_opened", "case_closed")  # what was noted day by day stands on the case's own page


def history_of_resident(staff: Staff, resident: Resident) -> Q:
    """The audit's records that a person's history tells of her cases in the reader's sight: begun and ended."""
    cases = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).filter(resident=resident)
    ids = list(cases.values_list("pk", flat=True))
    return Q(subject_kind="isolationcase", subject_id__in=ids, deed__in=_TOLD_OF_CASES) if ids else Q(pk__in=[])


def panel_of_household(staff: Staff, household: Household, at: datetime) -> dict[str, Any]:
    """The part of a door's page: who isolates here, who is visited, and on which day."""
    cases = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).open().filter(resident__household=household)
    today = local_day(at)
    people = [(case, day_words(case, today)) for case in cases.select_related("resident").in_walking_order()]
    return {"household": household, "isolated": people}

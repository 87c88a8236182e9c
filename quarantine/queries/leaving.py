"""What of isolation and supplies ends when people leave, and what a receiver must know of whom she takes."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from grid.models import Notice, Staff
from grid.rules.permissions import Permission
from quarantine.models import IsolationCase, SupplyRequest
from residents.models import Household, MoveOffer, Resident


def ending_with(staff: Staff, subject: Resident | Household, at: datetime) -> dict[str, Any]:
    """The open cases of those who leave, and how many open requests a door without people would have."""
    alone = isinstance(subject, Resident)
    household = subject.household if isinstance(subject, Resident) else subject
    cases = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).open()
    cases = cases.filter(resident=subject) if alone else cases.filter(resident__household=household)
    staying = Resident.objects.visible_to(staff).current().filter(household=household)
    nobody_left = not alone or not staying.exclude(pk=subject.pk).exists()
    requests = SupplyRequest.objects.visible_to(staff).open().filter(household=household)
    return {
        "cases": list(cases.select_related("resident").order_by("pk")),
        "requests": requests.count() if nobody_left else 0,
    }


def isolated_in(_staff: Staff, offer: MoveOffer, _at: datetime) -> dict[str, Any]:
    """Who of an open offer is in isolation, and until when: asked for a reader to whom the offer was made."""
    cases = IsolationCase.unscoped.open().filter(resident__household=offer.household_id)
    if offer.resident_id:
        cases = cases.filter(resident=offer.resident_id)
    return {"cases": list(cases.select_related("resident").order_by("pk"))}


def case_lines(staff: Staff, notices: list[Notice]) -> dict[int, tuple[Any, str]]:
    """The words of 提醒 for cases that ended with the person; out of sight, the bare label stays."""
    keys = [notice.subject_id for notice in notices if notice.subject_id]
    cases = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).filter(pk__in=keys)
    found = {case.pk: case for case in cases.select_related("resident")}
    ended, goes_on = _("%(name)s: isolation ended, %(how)s"), _("%(name)s: isolation goes on, the person is back")
    visits_ended, visits = _("%(name)s: care visits ended, %(how)s"), _("%(name)s: care visits go on")
    return {
        notice.pk: (
            _choose(case, (visits_ended, visits) if case.is_care else (ended, goes_on))
            % {"name": case.resident.name, "how": case.get_closed_as_display()},
            reverse("case_detail", args=[case.pk]),
        )
        for notice in notices
        if (case := found.get(notice.subject_id or 0))
    }


def _choose(case: IsolationCase, words: tuple[str, str]) -> str:
    return words[0] if case.closed_at else words[1]

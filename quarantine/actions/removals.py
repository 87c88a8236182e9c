"""What the work keeps of people who are removed for good: their isolations go, their requests lose their name."""

from django.utils.translation import gettext as _

from grid.actions.removals import Removal
from quarantine.models import (
    Alert,
    AlertMessage,
    AlertStep,
    CaseChange,
    CasePaper,
    CheckIn,
    IsolationCase,
    QuestionAnswer,
    SupplyRequest,
    TestSample,
)


def why_wait(resident_ids: list[int], alias: str) -> list[str]:
    """What must be finished first, in words."""
    reasons = []
    if IsolationCase.unscoped.using(alias).open().filter(resident__in=resident_ids).exists():
        reasons.append(_("An isolation record is open. Close it first."))
    if SupplyRequest.unscoped.using(alias).open().filter(resident__in=resident_ids).exists():
        reasons.append(_("A supply request in the person's name is open. Deliver or cancel it first."))
    return reasons


def remove_work(resident_ids: list[int], removal: Removal) -> None:
    """Cases with their check-ins and versions go. A request is the door's: it stays, without name and free text."""
    cases = IsolationCase.unscoped.filter(resident__in=resident_ids)
    ids = list(cases.using(removal.alias).values_list("pk", flat=True))
    alerts = list(Alert.unscoped.using(removal.alias).filter(case__in=ids).values_list("pk", flat=True))
    removal.remove(AlertMessage.objects.filter(alert__in=alerts))
    removal.remove(AlertStep.objects.filter(alert__in=alerts))
    for kept in (Alert, TestSample, QuestionAnswer, CasePaper, CaseChange, CheckIn):
        removal.remove(kept.unscoped.filter(case__in=ids))
    removal.remove(cases)
    versions = IsolationCase.pgh_event_model.objects  # type: ignore[attr-defined]
    removal.remove_history(versions.filter(resident_id__in=resident_ids))
    requests = SupplyRequest.unscoped.filter(resident__in=resident_ids)
    removal.empty(requests, resident=None, note="", handed_over="")
    versions = SupplyRequest.pgh_event_model.objects  # type: ignore[attr-defined]
    removal.empty(versions.filter(resident_id__in=resident_ids), resident=None)

"""The deeds on isolation and supplies in the words of the audit."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grid.registries import FactWords
from quarantine.models.alert import ADDRESS_KINDS, KIND_LABELS, LEVEL_LABELS, OUTCOME_LABELS
from quarantine.models.case import CHANGE_LABELS, CLOSED_LABELS, REASON_LABELS
from quarantine.models.paper import PAPER_KINDS
from quarantine.models.sample import RESULT_LABELS
from quarantine.models.supplies import CANCEL_REASONS

ISOLATION_DEEDS: dict[str, Any] = {
    "rule_set_made": _("Rules of isolation made"),
    "rule_set_withdrawn": _("Rules of isolation withdrawn"),
    "case_opened": _("Isolation started"),
    "cases_opened": _("Isolations started from a list"),
    "cases_removed": _("Isolations of a list taken back"),
    "case_closed": _("Isolation closed"),
    "case_extended": _("Isolation extended"),
    "case_shortened": _("Isolation shortened"),
    "cases_extended": _("Isolations of many extended"),
    "cases_rules_changed": _("Isolations moved to newer rules"),
    "case_paused": _("Isolation paused"),
    "case_resumed": _("Isolation goes on"),
    "case_first_day_corrected": _("First day of an isolation corrected"),
    "case_decision_taken_back": _("Decision on an isolation taken back"),
    "case_reopened_apart": _("Isolation opened again: two people, not one"),
    "case_reopened": _("Isolation reopened: the person is back"),
    "check_in_recorded": _("Check-in noted"),
    "check_ins_recorded": _("Check-ins of many noted"),
    "check_in_corrected": _("Check-in corrected"),
    "check_in_withdrawn": _("Check-in undone"),
    "check_ins_withdrawn": _("Check-ins of many undone"),
    "check_in_confirmed": _("Abnormal check-in confirmed"),
    "door_asked": _("Door asked about symptoms"),
    "call_back_agreed": _("Agreed when to ring again"),
}

ALERT_DEEDS: dict[str, Any] = {
    "alert_taken": _("Alert: sees to it"),
    "alert_closed": _("Alert: seen to"),
    "alert_given_back": _("Alert: given back"),
}

ALERT_SUBJECTS: dict[str, Any] = {"alert": pgettext_lazy("audit", "alert")}

ALERT_FACTS: dict[str, FactWords] = {
    f"{deed}.kind": FactWords(pgettext_lazy("audit", "what for"), dict(KIND_LABELS)) for deed in ALERT_DEEDS
} | {"alert_closed.outcome": FactWords(pgettext_lazy("audit", "what came of it"), dict(OUTCOME_LABELS))}

ISOLATION_SUBJECTS: dict[str, Any] = {
    "isolationcase": pgettext_lazy("audit", "isolation record"),
    "checkin": pgettext_lazy("audit", "check-in"),
}

ISOLATION_FACTS: dict[str, FactWords] = {
    "cases": FactWords(pgettext_lazy("audit", "isolation records")),
    "checked": FactWords(pgettext_lazy("audit", "checked by whoever released")),
    "closed_as": FactWords(pgettext_lazy("audit", "closed as"), dict(CLOSED_LABELS)),
    "with_person": FactWords(pgettext_lazy("audit", "because the person left")),
    "count": FactWords(pgettext_lazy("audit", "how many")),
    "refused": FactWords(pgettext_lazy("audit", "refused")),
    "days": FactWords(pgettext_lazy("audit", "days")),
    "decision": FactWords(pgettext_lazy("audit", "decision"), dict(CHANGE_LABELS)),
    "version": FactWords(pgettext_lazy("audit", "version")),
    "cases_opened.reason": FactWords(pgettext_lazy("audit", "reason"), dict(REASON_LABELS)),
}

QUESTION_DEEDS: dict[str, Any] = {
    "question_asked": _("Question asked of people in the round"),
    "question_answered": _("Question answered at the door"),
    "question_closed": _("Question not asked any more"),
}

QUESTION_SUBJECTS: dict[str, Any] = {
    "question": pgettext_lazy("audit", "question"),
    "questionanswer": pgettext_lazy("audit", "answer"),
}

ADDRESS_DEEDS: dict[str, Any] = {
    "alert_address_added": _("Address for alerts added"),
    "alert_address_ended": _("Address for alerts switched off"),
    "alert_address_restored": _("Address for alerts switched on again"),
    "alert_address_tried": _("Test text sent to an address"),
}

ADDRESS_SUBJECTS: dict[str, Any] = {"alertaddress": pgettext_lazy("audit", "address for alerts")}

ADDRESS_FACTS: dict[str, FactWords] = {
    "address_kind": FactWords(pgettext_lazy("audit", "kind"), dict(ADDRESS_KINDS)),
    "address_level": FactWords(
        pgettext_lazy("audit", "who is asked"), {str(key): label for key, label in LEVEL_LABELS}
    ),
}

SUPPLY_DEEDS: dict[str, Any] = {
    "supply_asked": _("Supplies asked for"),
    "supply_delivered": _("Supplies delivered"),
    "supply_reopened": _("Delivery taken back"),
    "supply_cancelled": _("Supply request cancelled"),
}

SUPPLY_SUBJECTS: dict[str, Any] = {"supplyrequest": pgettext_lazy("audit", "supply request")}

SUPPLY_FACTS: dict[str, FactWords] = {
    "lines": FactWords(pgettext_lazy("audit", "things asked for")),
    "urgent": FactWords(pgettext_lazy("audit", "urgent")),
    "supply_cancelled.reason": FactWords(pgettext_lazy("audit", "reason"), dict(CANCEL_REASONS)),
}

SAMPLE_DEEDS: dict[str, Any] = {
    "samples_taken": _("Test samples noted"),
    "sample_results_noted": _("Test results noted"),
    "sample_corrected": _("Test result corrected"),
    "sample_withdrawn": _("Test sample taken back"),
}

SAMPLE_SUBJECTS: dict[str, Any] = {"testsample": pgettext_lazy("audit", "test sample")}

SAMPLE_FACTS: dict[str, FactWords] = {
    "samples": FactWords(pgettext_lazy("audit", "test samples")),
    "result": FactWords(pgettext_lazy("audit", "result"), dict(RESULT_LABELS)),
    "was": FactWords(pgettext_lazy("audit", "before"), dict(RESULT_LABELS)),
    "was_by": FactWords(pgettext_lazy("audit", "noted by"), holds="nothing"),
    "was_at": FactWords(pgettext_lazy("audit", "noted at"), holds="nothing"),
}

PAPER_DEEDS: dict[str, Any] = {
    "papers_issued": _("Papers handed out"),
    "papers_withdrawn": _("Papers withdrawn"),
}

PAPER_FACTS: dict[str, FactWords] = {"paper": FactWords(pgettext_lazy("audit", "paper"), dict(PAPER_KINDS))}

"""What pages say of a check-in."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from grid.models import Staff
from quarantine.models import CheckIn
from quarantine.models.case import OUTCOME_LABELS, SYMPTOM_LABELS
from quarantine.queries.supplies import last_delivery

URGENT_SYMPTOM = "breathless"


def reading_of(check_in: CheckIn) -> str:
    """What was learnt, in a few words: 36.5℃ · asked, none · did not pick up."""
    parts = []
    if check_in.temperature is not None:
        parts.append(f"{check_in.temperature}℃")
    if check_in.symptoms:
        labels = dict(SYMPTOM_LABELS)
        parts.append(" ".join(str(labels[symptom]) for symptom in check_in.symptoms))
    elif check_in.symptoms_asked:
        parts.append(_("asked, none"))
    if check_in.outcome:
        parts.append(check_in.get_outcome_display())
    if not parts and check_in.reached:
        parts.append(_("Reached, not measured"))
    return " · ".join(parts)


# Outcomes that one tap stores, as they are offered: tries that reached nobody, and what somebody who was reached said.
TRIES = ("no_answer", "nobody_in", "at_hospital", "at_test", "whereabouts_unknown", "wrong_number")
CONTACTS = ("well", "unwell", "refused")


def outcome_choices(keys: tuple[str, ...]) -> list[dict[str, str]]:
    """These outcomes with their words."""
    labels = dict(OUTCOME_LABELS)
    return [{"key": key, "label": str(labels[key])} for key in keys]


def way_choices() -> list[dict[str, str]]:
    """By which way somebody may be in touch on the round; the empty one says nothing."""
    return [
        {"key": "visit", "label": pgettext("way", "at the door")},
        {"key": "phone", "label": pgettext("way", "on the phone")},
        {"key": "", "label": pgettext("way", "not said")},
    ]


def undo_of_delivery(staff: Staff, at: datetime) -> dict[str, Any]:
    """The way back from what this member of staff marked as delivered within the last minute; empty without any."""
    last = last_delivery(staff, at)
    if last is None:
        return {}
    sentence = _("%(door)s: delivered.") % {"door": last.household.door}
    return {"url": reverse("supply_reopen", args=[last.pk]), "sentence": sentence}

"""What pages say of a check-in."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from grid.models import Staff
from quarantine.models import CheckIn
from quarantine.models.case import OUTCOME_LABELS, SYMPTOM_LABELS
from quarantine.queries.group_text import Found
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


def why_asked(found: Found) -> str:
    """Why a reading of a pasted text is not recorded by itself; "" where it is."""
    if found.is_later:
        return _("The same person said another value further up.")
    words = {
        "unknown": _("It does not say surely whose it is."),
        "several": _("It can be of several people, or of several readings."),
        "part_of_name": _("The name may be a part of a longer one."),
        "door_differs": _("The door is not the one on file."),
        "count_differs": _("The number of readings does not fit the household."),
        "order": _("Which reading is whose is not sure."),
        "form": _("The temperature is not written clearly."),
        "range": _("A temperature is between 34.0 and 43.0."),
        "question": _("This looks like a question."),
        "hedged": _("This is a rough value only."),
        "other_day": _("This is of another day or time. Note it on her page, with its time."),
        "slot": _("It does not say whether in the morning or in the evening."),
        "quoted": _("This looks like a remark about another one's reading."),
    }
    return words.get(found.entry.unclear, "")

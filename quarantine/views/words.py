"""What pages say of a check-in."""

from django.utils.translation import gettext as _

from quarantine.models import CheckIn
from quarantine.models.case import OUTCOME_LABELS, SYMPTOM_LABELS

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


def outcome_choices() -> list[dict[str, str]]:
    """The outcomes that one tap stores, tries in vain first."""
    labels = dict(OUTCOME_LABELS)
    keys = ["no_answer", "nobody_in", "not_at_home", "refused", "wrong_number", "well", "unwell", "no_thermometer"]
    return [{"key": key, "label": str(labels[key])} for key in keys]

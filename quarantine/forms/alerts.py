"""What came of an alert."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quarantine.models.alert import OUTCOME_LABELS
from quarantine.rules import ladder
from residents.forms.remarks import RemarkField


class OutcomeForm(forms.Form):
    """One outcome of those that the kind knows, and a word where one is needed. Nothing is chosen beforehand."""

    outcome = forms.ChoiceField(
        label=_("What came of it?"), widget=forms.RadioSelect, error_messages={"required": _("Say what came of it.")}
    )
    note = RemarkField(
        label=_("Note"),
        max_length=200,
        required=False,
        error_messages={"max_length": _("At most %(limit_value)d characters.")},
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(OUTCOME_LABELS)
        field: Any = self.fields["outcome"]
        field.choices = [(code, labels[code]) for code in ladder.outcomes_of(kind)]

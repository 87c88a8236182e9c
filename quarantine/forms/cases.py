"""Words of opening and closing a case turned into facts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from quarantine.models.case import CLOSED_LABELS, REASON_LABELS

# These endings follow from a deed of their own: a release, or that she died, or that two records are one.
ENDINGS = [(code, label) for code, label in CLOSED_LABELS if code not in ("released", "died", "same_person")]


class OpenCaseForm(forms.Form):
    """Why somebody isolates and from which day. Neither is filled in beforehand: places count the days differently."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=REASON_LABELS, widget=forms.RadioSelect,
        error_messages={"required": _("Choose a reason.")},
    )  # fmt: skip
    first_day = forms.DateField(
        label=_("First day (day 1)"),
        help_text=_("The last day follows by the rule."),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": _("Enter the first day."), "invalid": _("Type a day like 2026-03-04.")},
    )


class CloseCaseForm(forms.Form):
    """How an isolation ended."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    closed_as = forms.ChoiceField(
        label=_("How did it end?"), choices=ENDINGS, widget=forms.RadioSelect,
        error_messages={"required": _("Choose how it ended.")},
    )  # fmt: skip
    closed_note = forms.CharField(label=_("Remark"), required=False, max_length=200)

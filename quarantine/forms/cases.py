"""Words of opening and closing a case turned into facts."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quarantine.models.case import CARE_REASON_LABELS, CLOSED_LABELS, ISOLATION_REASON_LABELS, IsolationCase
from quarantine.queries.rule_words import example_in_words, in_short
from quarantine.rules.case_clock import DEFAULT_NAME
from residents.forms.remarks import RemarkField

# These endings follow from a deed of their own: a release, or that she died, or that two records are one.
_OF_OTHER_DEEDS = ("released", "died", "same_person")
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_DAY_FAULTS = {"required": _("Enter the first day."), "invalid": _("Type a day like 2026-03-04.")}


class OpenCaseForm(forms.Form):
    """Why somebody isolates, by which rules, from which day. Reason and day are not filled in beforehand."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=ISOLATION_REASON_LABELS, widget=forms.RadioSelect,
        error_messages={"required": _("Choose a reason.")},
    )  # fmt: skip
    first_day = forms.DateField(
        label=_("First day (day 1)"), help_text=_("The last day follows by the rule."), widget=_DAY,
        error_messages=_DAY_FAULTS,
    )  # fmt: skip
    rules_name = forms.ChoiceField(label=_("By which rules"), required=False, widget=forms.RadioSelect)
    hide_optional = True

    def __init__(self, *args: Any, offered: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = list(offered)
        field: Any = self.fields["rules_name"]
        field.choices = [(rules.name, f"{rules.name} · {in_short(rules)}") for rules in self.offered]
        field.initial = DEFAULT_NAME

    def with_examples(self) -> None:
        """Says beside each of the rules what follows from the day that was typed."""
        day = self.cleaned_data.get("first_day")
        if day is not None:
            field: Any = self.fields["rules_name"]
            field.choices = [(rules.name, f"{rules.name} · {example_in_words(rules, day)}") for rules in self.offered]


class CareForm(forms.Form):
    """Why somebody is visited, and how often. Neither is filled in beforehand."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=CARE_REASON_LABELS, widget=forms.RadioSelect,
        error_messages={"required": _("Choose a reason.")},
    )  # fmt: skip
    rules_name = forms.ChoiceField(
        label=_("How often"), widget=forms.RadioSelect, error_messages={"required": _("Choose how often.")}
    )

    def __init__(self, *args: Any, offered: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["rules_name"]
        field.choices = [(rules.name, f"{rules.name} · {in_short(rules)}") for rules in offered]


class CloseCaseForm(forms.Form):
    """How an isolation, or visits, ended."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    closed_as = forms.ChoiceField(
        label=_("How did it end?"), widget=forms.RadioSelect, error_messages={"required": _("Choose how it ended.")}
    )
    closed_note = RemarkField(label=_("Remark"), required=False, max_length=200)

    def __init__(self, *args: Any, case: IsolationCase, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        other = (*_OF_OTHER_DEEDS, "to_central_isolation" if case.is_care else "care_ended")
        field: Any = self.fields["closed_as"]
        field.choices = [(code, label) for code, label in CLOSED_LABELS if code not in other]

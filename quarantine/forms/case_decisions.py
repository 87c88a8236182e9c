"""Words of decisions on a case turned into facts. Each says why."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from residents.forms.remarks import RemarkField

DAY_INPUT = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_DAY_FAULTS = {"required": _("Enter the day."), "invalid": _("Type a day like 2026-03-04.")}


class DecisionForm(forms.Form):
    """Why, and the version that the page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    why = RemarkField(
        label=_("Why?"), max_length=200, error_messages={"required": _("Say why: history keeps it.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    @property
    def decided(self) -> dict[str, Any]:
        """What the action needs, once valid."""
        return dict(self.cleaned_data)


class EndForm(DecisionForm):
    """The day on which the whole period ends now."""

    last_day = forms.DateField(label=_("New last day"), widget=DAY_INPUT, error_messages=_DAY_FAULTS)
    field_order = ("last_day", "why")


class FirstDayForm(DecisionForm):
    """The day that was day 1 in truth."""

    first_day = forms.DateField(label=_("First day (day 1)"), widget=DAY_INPUT, error_messages=_DAY_FAULTS)
    field_order = ("first_day", "why")


class ResumeForm(DecisionForm):
    """It goes on; the days of the pause may be added at the end."""

    adds_days = forms.BooleanField(required=False)

    def __init__(self, *args: Any, days: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if days:
            self.fields["adds_days"].label = _("Add the %(days)s days of the pause at the end") % {"days": days}
        else:
            del self.fields["adds_days"]

    @property
    def decided(self) -> dict[str, Any]:
        """Without a day to add, none is added."""
        return {"adds_days": False, **self.cleaned_data}

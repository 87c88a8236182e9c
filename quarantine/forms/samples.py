"""Words about test samples turned into facts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quarantine.models.sample import RESULT_LABELS

MOST_AT_ONCE = 500
_NOBODY = _("Choose at least one person.")


class ChosenField(forms.TypedMultipleChoiceField):
    """Ids of rows that a page offered, ticked one by one; which of them are in scope is the view's to ask."""

    def __init__(self, **options: Any) -> None:
        messages = {"required": _NOBODY, "invalid_list": _NOBODY, "invalid_choice": _NOBODY}
        super().__init__(label=_("People"), coerce=int, error_messages=messages, **options)

    def valid_value(self, value: Any) -> bool:
        """Whether it is an id at all."""
        return str(value).isascii() and str(value).isdigit() and len(str(value)) < 19

    def validate(self, value: Any) -> None:
        """No more than a page holds."""
        super().validate(value)
        if len(value) > MOST_AT_ONCE:
            raise forms.ValidationError(_("Choose fewer people at once."))


class TakenForm(forms.Form):
    """A sample was taken: today, unless another day is said."""

    uuid = forms.UUIDField(widget=forms.HiddenInput)
    taken_on = forms.DateField(
        label=_("Day of the sample"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": _("Type a day like 2026-03-04.")},
    )  # fmt: skip


class TakenManyForm(TakenForm):
    """Samples of those who were ticked."""

    cases = ChosenField()


class NegativeForm(forms.Form):
    """The samples that were ticked; `confirmed` comes from the page that asks once more."""

    samples = ChosenField()
    confirmed = forms.BooleanField(required=False)


class ResultForm(forms.Form):
    """What came of one sample. Nothing is chosen beforehand; "none yet" is offered where a result stands."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    result = forms.ChoiceField(
        label=_("What was the result?"), choices=[], widget=forms.RadioSelect,
        error_messages={"required": _("Choose a result.")},
    )  # fmt: skip
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, may_be_none: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [pair for pair in RESULT_LABELS if pair[0]]
        if may_be_none:
            choices.append(("none", RESULT_LABELS[0][1]))
        self.fields["result"].choices = choices  # type: ignore[attr-defined]

    def clean_result(self) -> str:
        """The code as it is stored: "" for none yet."""
        said: str = self.cleaned_data["result"]
        return "" if said == "none" else said

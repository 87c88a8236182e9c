"""Who was ticked for release, and the word of whoever releases."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quarantine.forms.samples import ChosenField


class CasesField(ChosenField):
    """Ids ticked one by one, or those of one building as its button sends them: "12,15,19"."""

    def to_python(self, value: Any) -> list[str]:
        """Every id of either way."""
        return super().to_python([key for one in value or [] for key in str(one).split(",")])


class ChosenCasesForm(forms.Form):
    """People of a list."""

    cases = CasesField()


class ReleaseForm(forms.Form):
    """`checked` is never ticked beforehand: nobody else can say it."""

    checked = forms.BooleanField(
        label=_("I checked these people: period, tests, symptoms"),
        error_messages={"required": _("Tick this once you have checked them.")},
    )
    hide_optional = True

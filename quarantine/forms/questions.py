"""Words of 补问 turned into facts."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grid.forms.place_field import place_field
from grid.models import Place
from grid.models.place import PlaceQuerySet
from grid.rules.clock import moment
from quarantine.forms.check_ins import WholeNumbersField
from quarantine.models.question import QUESTION_KINDS
from residents.forms.remarks import RemarkField
from residents.models.resident import CARE_TAG_LABELS

WHOM = [("all", _("everybody below")), ("ticked", _("only those ticked below"))]


class WhereForm(forms.Form):
    """Of which place people are asked, and of whom there."""

    tag = forms.ChoiceField(
        label=_("Who"), required=False, choices=[("", _("everybody followed there")), *CARE_TAG_LABELS]
    )

    def __init__(self, *args: Any, places: PlaceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places
        self.fields["place"] = place_field(places, label=_("Place"), empty=_("not chosen"))
        self.order_fields(["place", "tag"])

    def place(self) -> Place:
        """The place that was chosen."""
        return self.places.get(pk=self.cleaned_data["place"])


class QuestionForm(forms.Form):
    """The question itself. Whom it is for and how it is answered are not chosen beforehand."""

    uuid = forms.UUIDField(widget=forms.HiddenInput)
    text = RemarkField(
        label=_("Question"), max_length=60,
        help_text=_("As it is read out at the door, for example: Is there medicine for a week?"),
        error_messages={"required": _("Write the question.")},
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=_("Answered by"), choices=QUESTION_KINDS, widget=forms.RadioSelect,
        error_messages={"required": _("Choose how it is answered.")},
    )  # fmt: skip
    unit = forms.CharField(label=_("Unit of measure"), required=False, max_length=10)
    until = forms.DateField(
        label=_("Asked until the end of"), widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": _("Enter the last day."), "invalid": _("Type a day like 2026-03-04.")},
    )  # fmt: skip
    whom = forms.ChoiceField(
        label=_("Whom"), choices=WHOM, widget=forms.RadioSelect, error_messages={"required": _("Choose whom to ask.")}
    )
    cases = WholeNumbersField(required=False)

    def expires_at(self) -> datetime:
        """The end of the last day."""
        day: date = self.cleaned_data["until"]
        return moment(day, time(23, 59))

    def chosen(self, everybody: list[int]) -> list[int]:
        """The cases that are asked, of those that the page showed."""
        if self.cleaned_data["whom"] == "all":
            return everybody
        ticked = {int(key) for key in self.cleaned_data["cases"]}
        return [key for key in everybody if key in ticked]


class AnswerForm(forms.Form):
    """What was answered: yes or no by a button, a number typed; or that the answer is taken back."""

    value = forms.DecimalField(required=False, min_value=0, max_value=99_999, max_digits=6, decimal_places=1)
    taken_back = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """Puts what was said into `said`: a number, or None for an answer taken back."""
        cleaned: dict[str, Any] = super().clean() or {}
        said: Decimal | None = cleaned.get("value")
        if said is None and not cleaned.get("taken_back") and not self.errors:
            raise forms.ValidationError(_("Answer with yes or no, or type a number."))
        return cleaned | {"said": None if cleaned.get("taken_back") else said}

"""Who left, since when and how; how long somebody is away."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from residents.forms.remarks import RemarkField
from residents.models import Resident
from residents.models.resident import LEFT_LABELS

LONGEST_AWAY = timedelta(days=366)
LONGEST_AGO = timedelta(days=366 * 5)


class LeaveForm(forms.Form):
    """How and when they left. `people` ties the form to whom the page showed, each with a version."""

    people = forms.CharField(widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=_("What happened?"), choices=LEFT_LABELS, widget=forms.RadioSelect,
        error_messages={"required": _("Choose what happened.")},
    )  # fmt: skip
    on = forms.DateField(
        label=_("Since which day?"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": _("Enter the day."), "invalid": _("Type a day like 2026-03-04.")},
    )
    where = RemarkField(label=_("Where to, if known"), max_length=60, required=False)

    use_required_attribute = False  # the server tells every fault at once, in words

    def __init__(self, *args: Any, leaving: list[Resident], today: date, **kwargs: Any) -> None:
        kwargs["initial"] = {"people": stamp_of(leaving)}
        super().__init__(*args, **kwargs)
        self.leaving, self.today = leaving, today

    def clean_people(self) -> dict[int, int]:
        """Id and version of each, as the page showed them."""
        pairs = [part.split(".") for part in self.cleaned_data["people"].split()]
        if not all(len(pair) == 2 and all(_is_small_number(text) for text in pair) for pair in pairs):
            raise ValidationError(_("Open the page again."))
        return {int(key): int(version) for key, version in pairs}

    def clean_on(self) -> date:
        """A day that has been, or today."""
        day: date = self.cleaned_data["on"]
        if not self.today - LONGEST_AGO <= day <= self.today:
            raise ValidationError(_("This day cannot be right. Take today or a day that has been."))
        return day

    def clean_where(self) -> str:
        """It is kept in the remark on each person, so it must fit there."""
        where: str = self.cleaned_data["where"]
        longest = max((len(person.note) for person in self.leaving), default=0)
        if where and longest + len(where) + 1 > Resident._meta.get_field("note").max_length:  # type: ignore[operator]
            raise ValidationError(_("The remark on a person is full. Shorten it first, or leave this empty."))
        return where


def stamp_of(people: list[Resident]) -> str:
    """Who is meant, and in which version: "12.3 13.1"."""
    return " ".join(f"{person.pk}.{person.version}" for person in people)


def _is_small_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


class AwayForm(forms.Form):
    """Until which day somebody is away; a day must be said, and she counts as back the day after."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    until = forms.DateField(
        label=_("Last day away"),
        help_text=_("She counts as back the day after. Not known: take a day to ask again."),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": _("Enter the day."), "invalid": _("Type a day like 2026-03-04.")},
    )

    use_required_attribute = False  # the server tells every fault at once, in words

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_until(self) -> date:
        """Today at the earliest, a year ahead at most."""
        day: date = self.cleaned_data["until"]
        if not self.today <= day <= self.today + LONGEST_AWAY:
            raise ValidationError(_("Take today or a later day, at most a year ahead."))
        return day

"""Forms about helpers and rounds handed over."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from grid.actions.helpers import Spot
from grid.models import Place, Staff
from grid.models.place import building_in_words
from grid.queries.place_changes import Pair
from grid.rules.clock import local_day
from grid.rules.posts import MOST_DAYS_OF_HELP, end_of, last_day_of_help

DAY_INPUT = {"type": "date"}


def check_last_day(day: date, at: datetime) -> date:
    """The day, where a helper's post may end on it."""
    if not local_day(at) <= day <= last_day_of_help(at):
        raise ValidationError(
            _("The last day is today or later, at most %(days)s days ahead."), params={"days": MOST_DAYS_OF_HELP}
        )
    return day


class UntilForm(forms.Form):
    """How long somebody helps."""

    last_day = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs=DAY_INPUT, format="%Y-%m-%d"))

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at

    def clean_last_day(self) -> date:
        """Today or later, not too far ahead."""
        return check_last_day(self.cleaned_data["last_day"], self.at)

    @property
    def until(self) -> datetime:
        """When the post of a valid form ends: with its last day."""
        return end_of(self.cleaned_data["last_day"])


class HelperForm(UntilForm):
    """A helper: who, where, until when. With `single` her buildings in that one grid are chosen, else whole grids."""

    name = forms.CharField(label=_("Name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    phone = forms.CharField(
        label=_("Mobile phone"),
        max_length=20,
        help_text=_("She logs in with this number."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    spots = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    field_order = ("name", "phone", "spots", "last_day")

    def __init__(
        self,
        *args: Any,
        grids: Sequence[Place],
        single: Place | None,
        buildings: Mapping[str, Pair],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.grids, self.single, self.buildings = {str(grid.pk): grid for grid in grids}, single, buildings
        spots: Any = self.fields["spots"]
        if single is None:
            spots.label = _("In which grids")
            spots.choices = [(key, grid.name) for key, grid in self.grids.items()]
            spots.error_messages["required"] = _("Choose at least one grid.")
        else:
            spots.label = _("In which buildings of %(grid)s") % {"grid": single.name}
            spots.choices = [(key, building_in_words(*pair)) for key, pair in buildings.items()]
            spots.error_messages["required"] = _("Choose at least one building.")

    def clean_phone(self) -> str:
        """The number in bare digits."""
        phone = "".join(self.cleaned_data["phone"].replace("-", " ").split())
        Staff._meta.get_field("phone").run_validators(phone)
        return phone

    def chosen(self) -> list[Spot]:
        """Where a valid form says that she helps."""
        keys = self.cleaned_data["spots"]
        if self.single is None:
            return [Spot(self.grids[key]) for key in keys]
        return [Spot(self.single, *self.buildings[key]) for key in keys]


class HandOverForm(forms.Form):
    """A round for a colleague: which, to whom, until when. Nothing is chosen beforehand but the grid one came from."""

    grids = forms.MultipleChoiceField(
        label=_("Which round"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one grid.")},
    )
    to = forms.ChoiceField(label=_("To whom"), error_messages={"required": _("Choose a colleague.")})
    until_when = forms.ChoiceField(
        label=_("Until when"),
        choices=[("tonight", _("Tonight")), ("tomorrow", _("Tomorrow night")), ("day", _("A later day"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say until when.")},
    )
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Only for a later day."),
        widget=forms.DateInput(attrs=DAY_INPUT, format="%Y-%m-%d"),
    )

    def __init__(
        self, *args: Any, grids: Sequence[Place], colleagues: Sequence[Staff], at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.at = at
        self.rounds = {str(grid.pk): grid for grid in grids}
        self.colleagues = {str(staff.pk): staff for staff in colleagues}
        fields: dict[str, Any] = self.fields
        fields["grids"].choices = [(key, grid.name) for key, grid in self.rounds.items()]
        fields["to"].choices = [("", _("Choose")), *((key, staff.name) for key, staff in self.colleagues.items())]

    def clean(self) -> dict[str, Any]:
        """A later day needs its date."""
        facts = super().clean() or {}
        today = local_day(self.at)
        days = {"tonight": today, "tomorrow": today + timedelta(days=1), "day": facts.get("last_day")}
        day = days.get(facts.get("until_when", ""))
        if facts.get("until_when") == "day" and not self.errors.get("last_day"):
            if day is None:
                self.add_error("last_day", _("Say the last day."))
            else:
                try:
                    check_last_day(day, self.at)
                except ValidationError as fault:
                    self.add_error("last_day", fault)
        facts["day"] = day
        return facts

    def deed(self) -> dict[str, Any]:
        """What the action takes."""
        facts = self.cleaned_data
        return {
            "to": self.colleagues[facts["to"]],
            "grids": [self.rounds[key] for key in facts["grids"]],
            "until": end_of(facts["day"]),
        }

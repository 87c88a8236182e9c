"""The auditor's question."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grid import registries
from grid.forms.place_field import place_field
from grid.models.place import PlaceQuerySet

LONGEST = timedelta(days=366)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class AuditForm(forms.Form):
    """Days, who, deed, place."""

    hide_optional = True
    first_day = _day(_("From (day)"))
    last_day = _day(_("To (day)"))
    who = forms.CharField(label=_("Who (name, user name or phone)"), max_length=60, required=False)
    deed = forms.ChoiceField(label=_("What was done"), required=False)
    place: Any = forms.Field(label=_("Where"), required=False)

    def __init__(self, *args: Any, places: PlaceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places
        self.fields["deed"].choices = [("", _("Everything")), *registries.DEEDS.items()]  # type: ignore[attr-defined]
        self.fields["place"] = place_field(places, label=_("Where"), empty=_("Everywhere"), required=False)

    def clean(self) -> dict[str, Any]:
        """The days must lie in order, a year at most."""
        facts = super().clean() or {}
        first, last = facts.get("first_day"), facts.get("last_day")
        if isinstance(first, date) and isinstance(last, date):
            if last.year > 2100:
                self.add_error("last_day", _("This day is too far away."))
            elif last < first:
                self.add_error("last_day", _("The last day lies before the first."))
            elif last - first > LONGEST:
                self.add_error("first_day", _("A year at most."))
        return facts

    def question(self) -> dict[str, Any]:
        """What the query takes."""
        facts = self.cleaned_data
        place = self.places.filter(pk=facts["place"]).first() if facts["place"] else None
        return {**facts, "who": facts["who"].strip(), "place": place}

"""Choosing a place: a select while they are few, a field for name or code where a city has thousands."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grid.models.place import PlaceQuerySet
from grid.queries.places import choices_of

MOST_IN_A_SELECT = 200
_MOST_NAMED = 10


def place_field(places: PlaceQuerySet, *, label: Any, empty: Any, required: bool = True) -> forms.Field:
    """A field whose value is the id of one of the places, or None. `empty` are the words of no choice."""
    shown = list(places.order_by("pk")[: MOST_IN_A_SELECT + 1])
    if len(shown) > MOST_IN_A_SELECT:
        return PlaceByWords(places, label=label, required=required)
    choices = [("", empty), *choices_of(shown)]
    return forms.TypedChoiceField(label=label, coerce=int, empty_value=None, required=required, choices=choices)


class PlaceByWords(forms.CharField):
    """Name or code, typed. Where several places fit they are named with their codes."""

    def __init__(self, places: PlaceQuerySet, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "off"})
        super().__init__(max_length=60, widget=widget, help_text=_("Name or code of the place."), **kwargs)
        self.places = places

    def clean(self, value: Any) -> Any:
        """The id of the one place that fits."""
        words = super().clean(value)
        if not words:
            return None
        for fits in (Q(code=words) | Q(name=words), Q(name__icontains=words)):
            found = list(self.places.filter(fits).select_related("parent").in_order()[: _MOST_NAMED + 1])  # type: ignore[attr-defined]
            if len(found) == 1:
                return found[0].pk
            if found:
                names = "；".join(f"{one.name} · {one.parent.name if one.parent else ''} {one.code}" for one in found)
                raise ValidationError(_("Several places fit. Type the code of one: %(names)s"), params={"names": names})
        raise ValidationError(_("No place of yours has this name or code."))

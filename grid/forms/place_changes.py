"""Forms about places that change with everything in them: what moves and where to."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from grid.forms.places import PlaceForm
from grid.models import Place
from grid.models.place import PlaceQuerySet, building_in_words
from grid.queries.place_changes import Plan, buildings_of

_CHOOSE = {
    "required": _("Choose at least one."),
    "invalid_choice": _("Something chosen does not stand here any more. Choose again."),
}


class ChangeForm(forms.Form):
    """Something of a place goes somewhere. `seen` comes back from the preview: its stamp."""

    seen = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place

    def plan(self) -> Plan:
        """What is wanted, as preview and deed take it."""
        raise NotImplementedError


class IntoForm(ChangeForm):
    """Everything goes to another place of those given."""

    into = forms.ModelChoiceField(Place.objects.none(), label=_("Into which place"), empty_label=_("Choose"))

    def __init__(self, *args: Any, targets: PlaceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["into"]
        field.queryset = targets.select_related("parent")  # type: ignore[attr-defined]
        field.label_from_instance = _with_parent  # type: ignore[attr-defined]

    def plan(self) -> Plan:
        """All of the place."""
        return Plan(self.place, into=self.cleaned_data["into"])


class BuildingsForm(IntoForm):
    """Some buildings of a grid go to another grid."""

    buildings = forms.MultipleChoiceField(
        label=_("Which buildings"), widget=forms.CheckboxSelectMultiple, error_messages=_CHOOSE
    )
    field_order = ("buildings", "into")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["buildings"].choices = _building_choices(self.place)  # type: ignore[attr-defined]

    def plan(self) -> Plan:
        """The buildings named."""
        return Plan(self.place, into=self.cleaned_data["into"], buildings=tuple(self.cleaned_data["buildings"]))


class SplitForm(ChangeForm):
    """Some buildings of a grid, or grids of a community, go to a new place beside it."""

    name = forms.CharField(label=_("Name of the place"), max_length=60)
    code = forms.CharField(
        label=_("Code"), max_length=20, help_text=PlaceForm.base_fields["code"].help_text,
        validators=Place._meta.get_field("code").validators,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    parts = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, error_messages=_CHOOSE)
    field_order = ("name", "code", "parts")

    def __init__(self, *args: Any, grids: Iterable[Place] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of_grids = grids is not None
        parts: Any = self.fields["parts"]
        parts.label = (
            _("Which grids go to the new place") if self.of_grids else _("Which buildings go to the new place")
        )
        parts.choices = [(str(grid.pk), grid.name) for grid in grids or []] if self.of_grids else _building_choices(
            self.place
        )  # fmt: skip

    def plan(self) -> Plan:
        """Code and name of the new place, and what goes there."""
        new = {"code": self.cleaned_data["code"], "name": self.cleaned_data["name"]}
        parts = self.cleaned_data["parts"]
        if self.of_grids:
            return Plan(self.place, **new, grids=tuple(int(part) for part in parts))
        return Plan(self.place, **new, buildings=tuple(parts))


def _with_parent(place: Place) -> str:
    return f"{place.name} · {place.parent.name}" if place.parent else place.name


def _building_choices(grid: Place) -> list[tuple[str, str]]:
    choices = []
    for key, building in buildings_of(grid).items():
        words = building_in_words(building.compound, building.building) or str(_("doors without a building"))
        doors = ngettext("%(count)s door", "%(count)s doors", building.doors) % {"count": building.doors}
        people = ngettext("%(count)s person", "%(count)s people", building.people) % {"count": building.people}
        choices.append((key, f"{words} · {doors} · {people}"))
    return choices

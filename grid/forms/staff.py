"""Forms about staff and posts."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from grid.forms.place_field import PlaceByWords, place_field
from grid.models import Place, Staff
from grid.models.place import PlaceQuerySet, building_in_words
from grid.models.staff import ROLE_LABELS
from grid.queries.helpers import buildings_of
from grid.queries.place_changes import Pair
from grid.rules.clock import local_day
from grid.rules.permissions import Role
from grid.rules.places import Kind
from grid.rules.posts import end_of, fits, is_for_building

MOST_NAMED = 30  # buildings in one sentence


class PostForm(forms.Form):
    """A role at a place or in one building of a grid, until further notice or up to a last day."""

    role = forms.ChoiceField(label=_("Role"), choices=[("", _("Choose")), *ROLE_LABELS.items()])
    place: Any = forms.Field(label=_("Place"))
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("For a stand-in. Empty: until further notice."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    compound = forms.CharField(label=_("Compound"), max_length=60, required=False)
    building = forms.CharField(label=_("Building"), max_length=20, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, places: PlaceQuerySet, at: datetime, chosen: Place | None = None, **kwargs: Any
    ) -> None:
        """`chosen`: the place from whose page the form was opened."""
        super().__init__(*args, **kwargs)
        self.places, self.at = places, at
        field = self.fields["place"] = place_field(places, label=_("Place"), empty=_("Choose"))
        if chosen is not None:
            self.initial["place"] = chosen.code if isinstance(field, PlaceByWords) else chosen.pk
        for name in ("compound", "building"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def clean_last_day(self) -> Any:
        """Today or later."""
        day = self.cleaned_data["last_day"]
        if day is not None and day < local_day(self.at):
            raise ValidationError(_("This day is over. Choose today or a later day."))
        if day is not None and day.year > 2100:
            raise ValidationError(_("This day is too far away."))
        return day

    @property
    def names_building(self) -> bool:
        """Whether something was typed, or is wrong, about a single building."""
        return any(self[name].value() or self[name].errors for name in ("compound", "building"))

    def clean(self) -> dict[str, Any]:
        """The role must fit the place's kind, and a building must be one of the grid."""
        facts = super().clean() or {}
        place = facts["place"] = self.places.filter(pk=facts.get("place") or 0).first()
        if place is not None and facts.get("role") and not fits(Role(facts["role"]), Kind(place.kind)):
            self.add_error("role", _("This role does not fit this kind of place."))
        typed = {name: "".join((facts.get(name) or "").split()) for name in ("compound", "building")}
        if any(typed.values()) and not self.errors:
            typed["compound"], typed["building"] = self._building_at(facts["place"], Role(facts["role"]), **typed)
        return facts | typed

    def _building_at(self, place: Place, role: Role, compound: str, building: str) -> Pair:
        """The one building of the grid that is meant; an error where there is none, or more than one."""
        found = [pair for pair in buildings_of(place).values() if compound in ("", pair[0])]
        meant = [pair for pair in found if building in (pair[1], building_in_words("", pair[1]))]
        if not is_for_building(role, Kind(place.kind)):
            self.add_error("building", _("Only a grid worker of a grid has a single building. Leave this empty."))
        elif not found:
            words = _("No building of this compound is registered in %(grid)s. Leave this empty for the whole grid.")
            self.add_error("compound", words % {"grid": place.name})
        elif len(meant) != 1:
            words = _("Say which building: %(buildings)s.")
            names = " · ".join(building_in_words(*pair) for pair in (meant or found)[:MOST_NAMED])
            self.add_error("building", words % {"buildings": names})
        return meant[0] if len(meant) == 1 else (compound, building)

    def post(self) -> dict[str, Any]:
        """Role, place and end as the actions take them. The last day counts to its end."""
        facts = self.cleaned_data
        until = end_of(facts["last_day"]) if facts["last_day"] else None
        building = {name: facts[name] for name in ("compound", "building")}
        return {"role": Role(facts["role"]), "place": facts["place"], "until": until, **building}


class StaffForm(PostForm, forms.ModelForm):  # type: ignore[type-arg]
    """A new member of staff with a first post."""

    field_order = ("name", "user_name", "phone", "role", "place", "last_day", "compound", "building")

    class Meta:
        model = Staff
        fields = ("user_name", "phone", "name")
        help_texts = {"user_name": _("For the login. Small letters and digits, for example wangfang.")}
        widgets = {
            "user_name": forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
            "phone": forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
            "name": forms.TextInput(attrs={"autocomplete": "off"}),
        }

    def clean_user_name(self) -> str:
        """In any case of letters, a user name is given once."""
        user_name = str(self.cleaned_data["user_name"])
        if Staff.objects.filter(user_name__iexact=user_name).exists():
            raise ValidationError(_("This user name belongs to somebody else."))
        return user_name

"""Offering people to another street, and declining such an offer."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grid.models import Place
from residents.forms.remarks import RemarkField
from residents.forms.twins import MergeForm
from residents.models.moves import DECLINE_REASONS
from residents.rules import addresses
from residents.rules.addresses import Door


class StreetForm(forms.Form):
    """The street they moved to, by district."""

    to = forms.TypedChoiceField(
        label=_("To which street?"), coerce=int, error_messages={"required": _("Choose the street.")}
    )

    use_required_attribute = False  # the server tells every fault at once, in words

    def __init__(self, *args: Any, streets: Sequence[Place], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.streets = {street.pk: street for street in streets}
        groups = [
            (district.name if district else "", [(street.pk, f"{street.name} {street.code}") for street in found])
            for district, found in groupby(streets, key=lambda street: street.parent)
        ]
        self.fields["to"].choices = [("", "—"), *groups]  # type: ignore[attr-defined]

    @property
    def street(self) -> Place:
        """The street of a valid form."""
        return self.streets[self.cleaned_data["to"]]


class OfferForm(forms.Form):
    """What the sender knows of the new address. All of it may be unknown."""

    uuid = forms.UUIDField(widget=forms.HiddenInput)
    community = forms.TypedChoiceField(label=_("Community"), coerce=int, empty_value=None, required=False)
    compound = forms.CharField(label=_("Compound"), max_length=60, required=False)
    building = forms.CharField(label=_("Building"), max_length=20, required=False)
    unit = forms.CharField(label=_("Unit"), max_length=20, required=False)
    room = forms.CharField(label=_("Room"), max_length=20, required=False)
    note = RemarkField(label=_("Remark for whoever receives them"), max_length=200, required=False)

    hide_optional = True  # said once for the whole form

    def __init__(self, *args: Any, street: Place, communities: Sequence[Place], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.street = street
        self.communities = {place.pk: place for place in communities}
        unknown = ("", _("not known: ask every community of the street"))
        choices = [unknown, *((place.pk, place.name) for place in communities)]
        self.fields["community"].choices = choices  # type: ignore[attr-defined]

    @property
    def to_place(self) -> Place:
        """The community, or the street where it is not known."""
        return self.communities.get(self.cleaned_data["community"], self.street)

    @property
    def door(self) -> Door:
        """The address as far as it is known, in bare numbers."""
        said = self.cleaned_data
        numbers = (addresses.bare(said[name]) for name in ("building", "unit", "room"))
        return Door("".join(said["compound"].split()), *numbers)


class DeclineForm(forms.Form):
    """Why an offer is not accepted."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=_("Why not?"), choices=DECLINE_REASONS, widget=forms.RadioSelect,
        error_messages={"required": _("Choose a reason.")},
    )  # fmt: skip
    remark = RemarkField(label=_("Remark"), max_length=150, required=False)

    use_required_attribute = False  # the server tells every fault at once, in words

    @property
    def said(self) -> str:
        """Code and remark in one, as `MoveOffer.decided_note` keeps them."""
        cleaned = self.cleaned_data
        return ":".join(filter(None, (cleaned["reason"], cleaned["remark"])))


class SamePersonForm(MergeForm):
    """Somebody offered (`second`) beside the receiver's row with her number (`first`). She lives at the door of that
    row: the sender's door is none to choose, and is not named."""

    def _ask_where(self) -> None:
        return

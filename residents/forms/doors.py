"""Where a door is: in which grid, and its compound and numbers."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from grid.models import Place, Staff
from grid.rules.permissions import Permission
from residents.forms.remarks import RemarkField
from residents.models import Household
from residents.models.household import DOOR_FIELDS
from residents.queries import doors as queries
from residents.rules import addresses
from residents.rules.addresses import Door

_NONE = "-"  # her word that a door stands in no compound; no compound is called so


class DoorForm(forms.Form):
    """Where the door is. With one grid in her places there is nothing to choose.

    Left without a compound where the grid knows the building or the very door in one, it asks which is meant: the same
    door with and without its compound would stand there twice.
    """

    grid = forms.TypedChoiceField(label=_("Grid"), coerce=int, error_messages={"required": _("Choose the grid.")})
    compound = forms.CharField(label=_("Compound"), max_length=60, required=False)
    # Its choices are known once the numbers are: the compounds in which the grid has them.
    known_compound = forms.CharField(label=_("Which door is it?"), required=False, widget=forms.RadioSelect)
    building = forms.CharField(label=_("Building"), max_length=20, required=False)
    unit = forms.CharField(label=_("Unit"), max_length=20, required=False)
    room = forms.CharField(label=_("Room"), max_length=20, required=False)
    note = RemarkField(label=_("Remark on the door"), max_length=200, required=False)

    use_required_attribute = False  # the server tells every fault at once, in words
    hide_optional = True  # no single part is needed: a door may be a building without entrances, or a house

    def __init__(self, *args: Any, grids: Sequence[Place], own: Collection[int] = (), **kwargs: Any) -> None:
        """`own`: ids of the grids that are hers, where others are offered too; they stand first."""
        super().__init__(*args, **kwargs)
        self.grids = {place.pk: place for place in grids}
        self.only_grid = grids[0] if len(grids) == 1 else None
        self.asks_compound = False
        if self.only_grid:
            del self.fields["grid"]
            if not self.is_bound and len(self.compounds) == 1:
                self.initial.setdefault("compound", self.compounds[0])
        else:
            self.fields["grid"].choices = _grid_choices(grids, own)  # type: ignore[attr-defined]
        for name in DOOR_FIELDS:
            self.fields[name].widget.attrs |= {"autocomplete": "off"}
        self.fields["compound"].widget.attrs["list"] = "compounds"

    @cached_property
    def compounds(self) -> list[str]:
        """The compounds that the page proposes while she types: of the only grid, for others may be out of her sight,
        and a whole street's would have to be looked through."""
        return queries.compounds_of(self.only_grid) if self.only_grid else []

    def clean(self) -> dict[str, Any]:
        """The door in bare numbers; "3-1-502" in the room alone is taken apart."""
        cleaned: dict[str, Any] = super().clean() or {}
        compound = "".join((cleaned.get("compound") or "").split())
        numbers = [addresses.bare(cleaned.get(name) or "") for name in ("building", "unit", "room")]
        whole = addresses.parse(cleaned.get("room") or "") if not any(numbers[:2]) and "-" in numbers[2] else None
        door = Door(compound, *numbers) if whole is None else whole._replace(compound=compound or whole.compound)
        if not any(door) and not self.errors:
            self.add_error("room", _("Say the door: at least the compound, the building or the room."))
        for name, value in door._asdict().items():
            if len(value) > self.fields[name].max_length:  # type: ignore[attr-defined]
                self.add_error(name, _("This is too long for a door."))
        if not self.errors and not door.compound and {"grid", *DOOR_FIELDS} & set(self.changed_data):
            door = self._with_compound(door, cleaned.get("known_compound") or "")
        cleaned["door"] = door
        return cleaned

    def _with_compound(self, door: Door, said: str) -> Door:
        known = queries.compounds_with(self.chosen_grid, door)
        if not known:
            return door
        self.asks_compound = True
        choices = [(name, Household(**door._replace(compound=name)._asdict()).door) for name in known]
        choices.append((_NONE, str(_("Another one, in no compound"))))
        self.fields["known_compound"].widget.choices = choices  # type: ignore[attr-defined]
        if said not in dict(choices):
            self.add_error("known_compound", _("This grid has these numbers in a compound. Say which door is meant."))
        return door._replace(compound=said) if said in known else door

    @property
    def chosen_grid(self) -> Place:
        """The grid of a valid form."""
        return self.only_grid or self.grids[self.cleaned_data["grid"]]


def _grid_choices(grids: Sequence[Place], own: Collection[int]) -> list[Any]:
    """Her own grids first, the others by community; a list of one group stands without a heading."""
    named = [(place, (place.pk, f"{place.parent} · {place.name}")) for place in grids]
    mine = [pair for place, pair in named if place.pk in own] if len(own) < len(grids) else []
    groups: dict[int | None, tuple[str, list[Any]]] = {0: (str(_("Your grids")), mine)} if mine else {}
    for place, pair in named:
        if pair not in mine:
            groups.setdefault(place.parent_id, (str(place.parent), []))[1].append(pair)
    return [("", "—"), *(groups.values() if len(groups) > 1 else [pair for _place, pair in named])]


class EditDoorForm(DoorForm):
    """A door that is registered; `version` is what the editor saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)


def initial_of(household: Household) -> dict[str, Any]:
    """The fields of a form that shows the door as stored."""
    return {"grid": household.grid_id} | {name: getattr(household, name) for name in (*DOOR_FIELDS, "note", "version")}


def refuse_elsewhere(staff: Staff, form: DoorForm) -> None:
    """An error where somebody who works in single buildings names a door outside of them."""
    door = Household(grid=form.chosen_grid, **form.cleaned_data["door"]._asdict())
    if not staff.may_at_door(Permission.EDIT_PEOPLE, door):
        form.add_error("building", _("This door is outside your building. Ask the grid worker or the lead."))


class NewDoorForm(DoorForm):
    """A door to add: `another` is her word that a second household lives behind a door that is taken."""

    another = forms.BooleanField(label=_("Another household lives behind the same door"), required=False)


class AddDoorForm(NewDoorForm):
    """The door of a new household: `nobody` is her word that it is to stand there without anybody."""

    nobody = forms.BooleanField(label=_("Only the door: nobody lives there now"), required=False)

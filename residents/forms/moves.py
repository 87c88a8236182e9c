"""Where somebody goes: another door, and with whom she lives there."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grid.models import Place, Staff
from grid.rules.permissions import Permission
from residents.actions.moves import Arrival
from residents.forms.doors import DoorForm, refuse_elsewhere
from residents.models import Household
from residents.models.household import DOOR_FIELDS
from residents.queries import moves as queries
from residents.rules.addresses import Door

OWN = "own"


class ArrivalForm(DoorForm):
    """The new door. Where somebody is registered there, she must say: with them, or in a household of their own."""

    note = None  # type: ignore[assignment]  # the remark on a door is no part of a move
    # Its choices are known once the door is: the households that stand there.
    beside = forms.CharField(label=_("With whom?"), required=False, widget=forms.RadioSelect)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, staff: Staff, grids: Sequence[Place], left: Household | None = None, inside: bool = False,
        to: Household | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        """`left` is the household they leave: never one to move in with. `inside`: doors of her buildings only.
        `to`: with whom she said already that they live; the page shows it filled in, to be confirmed."""
        own = [place.pk for place in grids if staff.may(Permission.EDIT_PEOPLE, place)]
        super().__init__(*args, grids=grids, own=own, **kwargs)
        self.staff, self.left, self.inside = staff, left, inside
        self.taken: list[Household] = []
        if to is not None and not self.is_bound:
            self.initial.update({"grid": to.grid_id, "beside": str(to.pk)})
            self.initial.update({name: getattr(to, name) for name in DOOR_FIELDS})
            self._look_who_is_there(to.grid, Door(*(getattr(to, name) for name in Door._fields)))

    def clean(self) -> dict[str, Any]:
        """The door, and the word about who lives there already."""
        cleaned = super().clean()
        if self.inside and not self.errors:
            refuse_elsewhere(self.staff, self)
        if self.errors:
            return cleaned
        known = self._look_who_is_there(self.chosen_grid, cleaned["door"])
        if self.taken and cleaned.get("beside") not in known:
            self.add_error("beside", _("Somebody is registered at this door. Say with whom they live."))
        return cleaned

    def _look_who_is_there(self, grid: Place, door: Door) -> set[str]:
        """Fills `taken`; the answers that "With whom?" has then."""
        there = queries.households_at(grid, door)
        self.taken = [row for row in there if self.left is None or row.pk != self.left.pk]
        names = queries.names_at(self.staff, self.taken)
        words = [names[row.pk] or _("people who are registered there") for row in self.taken]
        choices = [
            (str(row.pk), _("They move in with: %(names)s") % {"names": name})
            for row, name in zip(self.taken, words, strict=True)
        ]
        choices.append((OWN, str(_("A household of their own behind the same door"))))
        self.fields["beside"].widget.choices = choices  # type: ignore[attr-defined]
        return {value for value, _words in choices}

    def arrival(self, key: int) -> Arrival:
        """Where a valid form leads; `key` is the id reserved for a new household."""
        said = self.cleaned_data["beside"] if self.taken else OWN
        return Arrival(self.chosen_grid, self.cleaned_data["door"], None if said == OWN else int(said), key)

"""Words about names to verify → facts: where she lives, who finds her, which community she is given to."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from grid.forms.place_field import place_field
from grid.models import Place, Staff
from grid.queries.places import grids_of
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from grid.rules.places import Kind
from residents import identity
from residents.forms.households import refuse_registered
from residents.forms.moves import ArrivalForm
from residents.forms.people import PersonForm
from residents.forms.twins import Beside, free_to_save
from residents.models import NameToVerify
from residents.models.household import DOOR_FIELDS
from residents.queries.twins import door_key
from residents.rules import id_numbers
from residents.rules.id_numbers import IdNumber


class FoundPersonForm(PersonForm):
    """Who was found at the door, filled in as the lists say it. The list's number counts unless another is typed."""

    def __init__(self, *args: Any, name: NameToVerify, **kwargs: Any) -> None:
        self.listed: IdNumber | None = identity.unsealed(name.id_type, name.id_sealed)
        # What the number proves is not asked again.
        proven = self.listed is not None and id_numbers.birth_date_of(self.listed.number) is not None
        said = {
            "name": name.name, "phones": " ".join(name.phones), "sex": "" if proven else name.sex,
            "birth_date": name.birth_date.isoformat() if name.birth_date and not proven else "",
        }  # fmt: skip
        super().__init__(*args, stored=self.listed, initial=said, **kwargs)
        if self.listed is not None:
            self.fields["id_number"].help_text = _(
                "From the list: %(masked)s. Leave it empty if the card says the same."
            ) % {"masked": identity.mask(self.listed.number)}

    def clean(self) -> dict[str, Any]:
        """As for any person, with the list's number where none is typed."""
        typed = super().clean()
        if typed.get("number") is None and "id_number" not in self.errors:
            typed["number"] = self.listed
        return typed


class FoundForm:
    """The page of a person who was found and is not registered: her door and herself, checked together."""

    def __init__(self, data: QueryDict | None, *, name: NameToVerify, staff: Staff, at: datetime) -> None:
        self.name, self.staff = name, staff
        grids = [grid for grid in grids_of(staff, Permission.EDIT_PEOPLE) if grid.path.startswith(name.grid.path)]
        said = {part: getattr(name, part) for part in DOOR_FIELDS}  # as the lists say it: she looks before it counts
        initial = {**said, "version": name.version}
        self.door = ArrivalForm(data, initial=initial, staff=staff, grids=grids, inside=True)
        self.person = FoundPersonForm(data, name=name, today=local_day(at), prefix="person")
        self.beside: Beside | None = None

    @property
    def parts(self) -> list[forms.Form]:
        """Every form of the page, in the order of the page."""
        return [self.door, self.person]

    @property
    def failed(self) -> bool:
        """Whether the page was sent and is not sound."""
        return self.door.is_bound and any(part.errors for part in self.parts)

    def is_valid(self) -> bool:
        """Whether door and person are sound, her number is free, and nobody like her lives there unless she says so."""
        self.refuse()
        if not all([part.is_valid() for part in self.parts]):
            return False
        grid, door = self.door.chosen_grid, self.door.cleaned_data["door"]
        row, word = (self.person, door_key(grid.pk, door)), self.door.data.get("different", "")
        self.beside = Beside(self.staff, self.name.street_id, [row], word=word, grid=grid.pk)
        return free_to_save(self.beside)

    def refuse(self) -> None:
        """Says where the number lives that the register has already."""
        self.person.is_valid()
        refuse_registered(self.staff, self.name.street_id, [self.person])


class PassOnForm(forms.Form):
    """The community that is to find her."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    use_required_attribute = False  # the server tells every fault at once, in words

    def __init__(self, *args: Any, here: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = Place.objects.open().filter(kind=Kind.COMMUNITY).exclude(pk=here.pk)
        self.fields["to"] = place_field(places, label=_("To which community?"), empty=_("not chosen"))
        self.fields["to"].error_messages["required"] = _("Choose the community.")


class HandOutForm(forms.Form):
    """How names are given out: by building, evenly among these, or these names to this worker."""

    hide_optional = True  # which of them is needed follows from the button

    how = forms.ChoiceField(choices=[("building", ""), ("evenly", ""), ("chosen", "")])
    workers = forms.TypedMultipleChoiceField(label=_("Who goes?"), coerce=int, required=False)
    names = forms.TypedMultipleChoiceField(label=_("Which names?"), coerce=int, required=False)
    worker = forms.TypedChoiceField(coerce=int, empty_value=None, required=False, label=_("Who finds them?"))

    def __init__(self, *args: Any, staff: Iterable[Staff], shown: Sequence[NameToVerify], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(one.pk, one.name) for one in staff]
        self.fields["workers"].choices = people  # type: ignore[attr-defined]
        self.fields["worker"].choices = [("", _("not chosen")), *people]  # type: ignore[attr-defined]
        self.fields["names"].choices = [(name.pk, "") for name in shown]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Each way with what it needs."""
        said = super().clean() or {}
        if said.get("how") == "evenly" and not said.get("workers"):
            self.add_error("workers", _("Tick who is to go."))
        if said.get("how") == "chosen" and not said.get("names"):
            self.add_error("names", _("Tick the names to be given."))
        if said.get("how") == "chosen" and not said.get("worker"):
            self.add_error("worker", _("Choose who finds them."))
        return said


class PairForm(forms.Form):
    """Whether two names are one person."""

    first = forms.IntegerField(min_value=1, max_value=2**62)
    second = forms.IntegerField(min_value=1, max_value=2**62)
    same = forms.TypedChoiceField(choices=[("yes", ""), ("no", "")], coerce=lambda said: said == "yes")

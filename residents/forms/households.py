"""A door with its people on one page, and the ticket that makes one row of a form sent twice."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core import signing
from django.db.models import Model
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from grid.models import Place, Staff
from residents import identity
from residents.forms.doors import AddDoorForm, refuse_elsewhere
from residents.forms.people import PersonForm
from residents.forms.twins import Beside
from residents.models import Household
from residents.queries import households as queries
from residents.queries.twins import door_key

MOST_PEOPLE = 20
_TICKET = "a row reserved for a form"


def ticket_for(model: type[Model], key: int, staff: Staff) -> str:
    """The hidden field that ties a form to the id reserved for its row, so that a form sent twice makes one row."""
    return signing.dumps([key, staff.pk], salt=f"{_TICKET} of {model._meta.label}")


def key_in(model: type[Model], ticket: str, staff: Staff) -> int | None:
    """The reserved id, or None for a ticket that is not hers, for another kind of row, or was changed."""
    try:
        key, owner = signing.loads(ticket, salt=f"{_TICKET} of {model._meta.label}")
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return int(key) if owner == staff.pk else None


class HouseholdForm:
    """The page that adds a household: a door and rows of people, checked together and told all at once."""

    def __init__(self, data: QueryDict | None, *, staff: Staff, grids: Sequence[Place], today: date) -> None:
        self.staff, self.today = staff, today
        self.more = data is not None and "more" in data
        self.is_bound = data is not None and not self.more
        self.taken: list[Household] = []
        self.door = AddDoorForm(data if self.is_bound else None, grids=grids)
        rows = _rows_in(data)
        self.people = [self._row(data if self.is_bound else None, number, None) for number in range(rows)]
        if data is not None and self.more:
            self._type_again(data, grids, rows)

    def _row(self, data: QueryDict | None, number: int, initial: dict[str, Any] | None) -> PersonForm:
        # The rows below the first, and the first too, may stay untouched: an empty flat is a household as well.
        form = PersonForm(
            data, prefix=f"p{number}", today=self.today, initial=initial, empty_permitted=data is not None
        )
        form.person_number = number + 1
        return form

    def _type_again(self, data: QueryDict, grids: Sequence[Place], rows: int) -> None:
        """One row more, and everything typed so far stands where it stood; nothing is checked yet."""
        self.door = AddDoorForm(initial={name: data.get(name) for name in AddDoorForm.base_fields}, grids=grids)
        typed = [self._row(data, number, None).typed() for number in range(rows)]
        self.people = [self._row(None, number, row) for number, row in enumerate(typed)]
        if rows < MOST_PEOPLE:
            self.people.append(self._row(None, rows, None))

    @property
    def parts(self) -> list[forms.Form]:
        """Every form of the page, in the order of the page."""
        return [self.door, *self.people]

    @property
    def failed(self) -> bool:
        """Whether the page was sent and is not sound."""
        return self.is_bound and any(part.errors for part in self.parts)

    @property
    def full(self) -> bool:
        """Whether the page holds as many people as it may."""
        return len(self.people) >= MOST_PEOPLE

    @property
    def filled(self) -> list[PersonForm]:
        """The rows of a sent form in which something was typed."""
        return [row for row in self.people if row.has_changed()]

    def is_valid(self) -> bool:
        """Checks every part, the numbers against one another and the register, the door against its neighbours."""
        sound = all([part.is_valid() for part in self.parts])
        grid = self.door.chosen_grid if self.door.is_valid() else None
        _refuse_twice(self.filled)
        if not self.filled and not self.door.cleaned_data.get("nobody"):
            self.door.add_error("nobody", _("Write who lives there, or say that nobody does."))
        if grid is not None:
            refuse_registered(self.staff, grid.street_id or 0, self.filled)
            self._refuse_taken(grid)
            refuse_elsewhere(self.staff, self.door)
        return sound and not any(part.errors for part in self.parts)

    def beside(self) -> Beside | None:
        """The likely twins of the people typed; None until it is known in which grid they live."""
        if not self.is_bound:
            return None
        self.door.is_valid()
        sound = [row for row in self.filled if row.is_valid() or row.cleaned_data]
        grid_id = self.door.cleaned_data.get("grid")
        grid = self.door.only_grid or (self.door.grids[grid_id] if grid_id else None)
        if grid is None:
            return None
        door = door_key(grid.pk, self.door.cleaned_data["door"])
        word = self.door.data.get("different", "")
        return Beside(self.staff, grid.street_id or 0, [(row, door) for row in sound], word=word, grid=grid.pk)

    def _refuse_taken(self, grid: Place) -> None:
        if self.door.cleaned_data.get("another"):
            return
        self.taken = queries.households_at(self.staff, grid, self.door.cleaned_data["door"])
        if self.taken:
            self.door.add_error(
                "another", _("There is already a household at this door. Open it, or say that this is another one.")
            )

    def refuse(self) -> None:
        """Says that the register refused a number which was free a moment ago."""
        refuse_registered(self.staff, self.door.chosen_grid.street_id or 0, self.filled)


def _rows_in(data: QueryDict | None) -> int:
    number = data.get("rows", "") if data is not None else "1"
    return max(1, min(int(number), MOST_PEOPLE)) if number.isascii() and number.isdigit() and len(number) < 4 else 1


def _refuse_twice(rows: Sequence[PersonForm]) -> None:
    seen: set[bytes] = set()
    for row in rows:
        if number := row.cleaned_data.get("number") if hasattr(row, "cleaned_data") else None:
            digest = identity.digest_of(number)
            if digest in seen:
                row.add_error("id_number", _("This ID number stands twice on this page."))
            seen.add(digest)


def refuse_registered(staff: Staff, street_id: int, rows: Sequence[PersonForm], other_than: int = 0) -> None:
    """An error at each number that somebody of the street has already: where to look, as far as she may see."""
    numbers = {
        identity.digest_of(row.cleaned_data["number"]): row
        for row in rows
        if hasattr(row, "cleaned_data") and row.cleaned_data.get("number")
    }
    found = queries.living_with(street_id, numbers, other_than) if numbers else {}
    for digest, person in found.items():
        if queries.is_visible(staff, person):
            words = _("This number is registered already: %(name)s, %(grid)s %(door)s. Look there.")
            place = {"name": person.name, "grid": person.grid.name, "door": person.household.door}
            numbers[digest].add_error("id_number", words % place)
        else:
            numbers[digest].add_error(
                "id_number", _("This number is registered in another community of this street. Ask the lead.")
            )

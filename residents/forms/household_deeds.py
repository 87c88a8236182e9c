"""Forms of the deeds on a household: split it, join another one, say who is head, who sleeps where, nobody in."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grid.models import Place, Staff
from residents.forms.doors import NewDoorForm, refuse_elsewhere
from residents.models import Household, Resident
from residents.models.resident import RELATION_LABELS
from residents.queries import households as queries
from residents.rules.addresses import Door
from residents.rules.relations import HEAD, SELF

LONGEST_EMPTY = timedelta(days=5 * 365)
NOT_KNOWN = "0"


class SeenField(forms.CharField):
    """The versions of the rows that the page showed, by id ("12:3,15:1"), so that a change meanwhile is noticed."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> dict[int, int]:  # type: ignore[override]
        """The versions by id."""
        try:
            pairs = [pair.split(":") for pair in str(value or "").split(",") if pair]
            return {int(key): int(version) for key, version in pairs}
        except ValueError:
            raise ValidationError(_("This page is too old. Open it again.")) from None


def seen_of(rows: Iterable[Household | Resident]) -> str:
    """What a `SeenField` holds for these rows."""
    return ",".join(f"{row.pk}:{row.version}" for row in rows)


def _said(person: Resident) -> str:
    """Name and relation, as choices show a person."""
    return " · ".join(filter(None, [person.name, str(person.get_relation_display())]))


class SplitForm(NewDoorForm):
    """Who leaves, who is their head, and behind which door they live now. Nothing is chosen beforehand."""

    people = forms.TypedMultipleChoiceField(
        label=_("Who gets a household of their own?"), coerce=int, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose who leaves.")},
    )  # fmt: skip
    head = forms.TypedChoiceField(
        label=_("Who is the head of the new household?"), coerce=int, widget=forms.RadioSelect,
        error_messages={"required": _("Choose the head of the new household.")},
    )  # fmt: skip
    where = forms.ChoiceField(
        label=_("Where do they live now?"), widget=forms.RadioSelect, choices=[],
        error_messages={"required": _("Choose the door.")},
    )  # fmt: skip
    note = None  # type: ignore[assignment]  # the remark stays with the old household
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, household: Household, people: Sequence[Resident], staff: Staff, grids: Sequence[Place],
        **kwargs: Any,
    ) -> None:  # fmt: skip
        kwargs.setdefault("initial", {"version": household.version})
        super().__init__(*args, grids=grids, **kwargs)
        self.household, self.staff, self.taken = household, staff, list[Household]()
        choices = [(person.pk, _said(person)) for person in people]
        self._choices("people", choices)
        self._choices("head", [*choices, (NOT_KNOWN, _("not known yet"))])
        self._choices("where", [("same", _("behind the same door")), ("other", _("behind another door"))])
        if "grid" in self.fields:
            self.fields["grid"].required = False  # asked for with another door only

    def _choices(self, name: str, choices: list[Any]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The door they go to, and that the head is one of those who leave."""
        here = Door(*(getattr(self.household, name) for name in Door._fields))
        cleaned = self.cleaned_data | {"door": here}
        if cleaned.get("where") == "other":
            if "grid" in self.fields and not cleaned.get("grid"):
                self.add_error("grid", _("Choose the grid."))
            cleaned = super().clean()
            if not self.errors:
                refuse_elsewhere(self.staff, self)
            self._refuse_taken(cleaned)
        head = cleaned.get("head")
        if head and "people" in cleaned and head not in cleaned["people"]:
            self.add_error("head", _("The head of the new household must be one of those who leave."))
        return cleaned

    def _refuse_taken(self, cleaned: dict[str, Any]) -> None:
        if self.errors or cleaned.get("another"):
            return
        self.taken = queries.households_at(self.staff, self.chosen_grid, cleaned["door"])
        if self.taken:
            words = _("There is already a household at this door. Say that this is another one.")
            self.add_error("another", words)

    @property
    def chosen_grid(self) -> Place:
        """The grid of a valid form."""
        return super().chosen_grid if self.cleaned_data.get("where") == "other" else self.household.grid


def _behind(household: Household) -> str:
    """Door, names and remark, as choices show a household."""
    names = " ".join(household.names) or str(_("nobody registered"))  # type: ignore[attr-defined]
    return " · ".join(filter(None, [household.door, names, household.note]))


class JoinForm(forms.Form):
    """Which household joins this one: from those at the same door, or from a door that she writes."""

    other = forms.TypedChoiceField(
        label=_("Which household joins this one?"), coerce=int, widget=forms.RadioSelect,
        error_messages={"required": _("Choose the household.")},
    )  # fmt: skip
    find = forms.CharField(
        label=_("It stands under another door"), max_length=80, required=False, help_text=_("For example 3-1-502.")
    )
    seen = SeenField()

    use_required_attribute = False
    hide_optional = True

    def __init__(self, *args: Any, household: Household, candidates: Sequence[Household], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"seen": seen_of([household, *candidates])})
        super().__init__(*args, **kwargs)
        self.household, self.candidates = household, {row.pk: row for row in candidates}
        self.fields["other"].choices = [(row.pk, _behind(row)) for row in candidates]  # type: ignore[attr-defined]
        self.fields["find"].widget.attrs["autocomplete"] = "off"

    @property
    def chosen(self) -> Household:
        """The household that a valid form names."""
        return self.candidates[self.cleaned_data["other"]]


class PerPersonForm(forms.Form):
    """One field for each person behind a door."""

    seen = SeenField(required=False)

    use_required_attribute = False
    hide_optional = True

    def __init__(self, *args: Any, people: Sequence[Resident], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = list(people)
        self.initial.setdefault("seen", seen_of(people))
        for person in self.people:
            self.fields[f"p{person.pk}"] = self.field_of(person)

    def field_of(self, person: Resident) -> forms.Field:
        """The field of one person."""
        raise NotImplementedError

    @property
    def rows(self) -> list[tuple[Resident, forms.BoundField]]:
        """Each person with her field."""
        return [(person, self[f"p{person.pk}"]) for person in self.people]

    def values(self) -> dict[int, str]:
        """What a valid form says of each."""
        return {person.pk: self.cleaned_data[f"p{person.pk}"] for person in self.people}


class HeadForm(PerPersonForm):
    """What everybody is to the head who was chosen. What stands is only proposed while the head stays the same."""

    def __init__(self, *args: Any, people: Sequence[Resident], head: Resident, **kwargs: Any) -> None:
        self.head, self.everybody = head, list(people)
        self.is_same = head.relation in (SELF, HEAD)
        super().__init__(*args, people=[one for one in people if one.pk != head.pk], **kwargs)
        self.initial["seen"] = seen_of(people)

    def field_of(self, person: Resident) -> forms.Field:
        """The relation; empty where nobody knows it yet."""
        choices = [("", "—"), *(pair for pair in RELATION_LABELS if pair[0] not in (SELF, HEAD))]
        known = person.relation if self.is_same and person.relation not in (SELF, HEAD) else ""
        return forms.ChoiceField(label=person.name, choices=choices, required=False, initial=known)

    def relations(self) -> dict[int, str]:
        """The relation of everybody, the head among them."""
        code = self.head.relation if self.is_same else HEAD
        return self.values() | {self.head.pk: code}


class BedsForm(PerPersonForm):
    """Who sleeps in which bed of a dormitory."""

    def field_of(self, person: Resident) -> forms.Field:
        """The bed; empty where she has none."""
        box = forms.TextInput(attrs={"class": "short", "autocomplete": "off"})
        return forms.CharField(label=person.name, max_length=10, required=False, initial=person.bed, widget=box)

    def clean(self) -> dict[str, Any]:
        """No bed for two."""
        taken: dict[str, str] = {}
        for person in self.people:
            bed = "".join((self.cleaned_data.get(f"p{person.pk}") or "").split())
            self.cleaned_data[f"p{person.pk}"] = bed
            if bed and bed in taken:
                words = _("Bed %(bed)s is given to %(name)s already.")
                self.add_error(f"p{person.pk}", words % {"bed": bed, "name": taken[bed]})
            taken.setdefault(bed, person.name)
        return self.cleaned_data


class NobodyInForm(forms.Form):
    """Since which day nobody is in."""

    since = forms.DateField(
        label=pgettext_lazy("form", "Nobody in since"), widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": _("Choose the day, or tap “since today”.")},
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)

    use_required_attribute = False

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_since(self) -> date:
        """A day that has come, not years ago."""
        day: date = self.cleaned_data["since"]
        if not self.today - LONGEST_EMPTY <= day <= self.today:
            raise ValidationError(_("This day cannot be right. Check it."))
        return day

"""Twins beside a form, her word that they are others, and the form that makes one of two field by field."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core import signing
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from grid.models import Staff
from residents import identity
from residents.forms.people import PersonForm
from residents.models import Resident
from residents.models.resident import CARE_TAG_LABELS, RELATION_LABELS, RESIDENCY_LABELS, SEX_LABELS
from residents.queries import twins as queries
from residents.queries.history_words import listed
from residents.queries.twins import Likely
from residents.rules import merging
from residents.rules.merging import Values
from residents.rules.text import compact
from residents.rules.twins import Known

_WORD = "different people"
FIELD_LABELS: dict[str, Any] = {
    "name": _("Name"),
    "number": _("ID number"),
    "sex": _("Sex"),
    "birth_date": _("Birth date"),
    "phones": _("Phones"),
    "relation": _("Relation to head"),
    "residency": _("Residency"),
    "care_tags": _("Needs care"),
    "away_until": _("Away until"),
    "bed": _("Bed"),
    "note": _("Remark"),
}
_WORDS_OF = {
    "sex": dict(SEX_LABELS),
    "relation": dict(RELATION_LABELS),
    "residency": dict(RESIDENCY_LABELS),
    "care_tags": dict(CARE_TAG_LABELS),
}


class Beside:
    """The likely twins of the people on a form that was sent; shown beside it, never a blocker without a way on.

    `answered`: whether nobody looks like one of them, or each who does was shown to her and she said that it is
    another person. Her word travels signed and holds for exactly those who were shown. `door` or, where none stands
    yet, `grid`: the id of where the form puts them, so that somebody found can move there instead.
    """

    def __init__(self, staff: Staff, street_id: int, rows: Sequence[tuple[PersonForm, str]], *, word: str = "",
                 other_than: Iterable[int] = (), registered: bool = False, door: int = 0,
                 grid: int = 0) -> None:  # fmt: skip
        self.door, self.grid = door, grid
        self.of = registered  # the form is for somebody of the register: she does not move here
        sought = [known for form, door in rows if (known := typed(form, door))]
        self.found: list[Likely] = queries.likely(staff, street_id, sought, other_than)
        shown = {one.person.pk for one in self.found if not one.same_number}
        self.answered = shown <= _said(word, staff)
        self.holds = False  # whether she was to save, and nothing but these twins stood in the way
        self.word = signing.dumps([staff.pk, sorted(shown)], salt=_WORD) if shown else ""


def free_to_save(beside: Beside | None) -> bool:
    """Whether no unanswered twin stands in the way of a form that is sound; else the page says so."""
    if beside is None or beside.answered:
        return True
    beside.holds = True
    return False


def _said(word: str, staff: Staff) -> set[int]:
    try:
        owner, keys = signing.loads(word, salt=_WORD)
    except (signing.BadSignature, ValueError, TypeError):
        return set()
    return set(keys) if owner == staff.pk else set()


def typed(form: PersonForm, door: str) -> Known | None:
    """What a sent form says of a person, as far as it can be read; None while there is no name."""
    said = getattr(form, "cleaned_data", {})
    if not said.get("name"):
        return None
    number = said.get("number") or form.stored
    raw = compact(form.data.get(form.add_prefix("id_number"), "")).upper()
    damaged = bool(raw) and not said.get("number")
    return Known(
        name=said["name"],
        id_type=(said.get("id_type") or "resident_id") if damaged else (number.type.value if number else ""),
        number=raw[:18] if damaged else (number.number if number else ""),
        sound=not damaged,
        sex=said.get("sex") or "",
        birth_date=said.get("birth_date"),
        phones=frozenset(said.get("phones") or ()),
        door=door,
    )


class MergeForm(forms.Form):
    """Which of two values stays, for each field that differs; nothing is chosen beforehand.

    `where` is the door that she lives behind: its row is the one that stays.
    """

    first_version = forms.IntegerField(widget=forms.HiddenInput)
    second_version = forms.IntegerField(widget=forms.HiddenInput)
    use_required_attribute = False

    def __init__(self, *args: Any, first: Resident, second: Resident, values: tuple[Values, Values], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.first, self.second, self.values = first, second, values
        self.fields["first_version"].initial, self.fields["second_version"].initial = first.version, second.version
        self.asked = merging.undecided(*values)
        self._ask_where()
        for name in self.asked:
            options = [
                (side, shown(name, value[name])) for (side, _person), value in zip(self._sides, values, strict=True)
            ]
            if merging.may_join(name, *values):
                options.append(("both", _("both: %(values)s") % {"values": shown(name, merging.joined(name, *values))}))
            self._ask(name, FIELD_LABELS[name], options)

    def _ask_where(self) -> None:
        if self.first.household_id != self.second.household_id:
            doors = [(side, f"{person.household.door} · {person.grid.name}") for side, person in self._sides]
            self._ask("where", _("Where does she live?"), doors)

    @property
    def _sides(self) -> list[tuple[str, Resident]]:
        return [("first", self.first), ("second", self.second)]

    def _ask(self, name: str, label: Any, options: list[tuple[str, Any]]) -> None:
        self.fields[name] = forms.ChoiceField(
            label=label, choices=options, widget=forms.RadioSelect, error_messages={"required": _("Choose one.")}
        )

    @property
    def questions(self) -> list[forms.BoundField]:
        """What differs and must be chosen."""
        return self.visible_fields()

    @property
    def taken(self) -> list[tuple[Any, str]]:
        """What is equal, or said by one alone: taken as it is, and shown."""
        first, second = self.values
        names = [name for name in merging.FIELDS if name not in self.asked and (first[name] or second[name])]
        settled = {"sex", "birth_date"} if {"number"} & set(self.asked) else set()
        return [(FIELD_LABELS[name], shown(name, first[name] or second[name])) for name in names if name not in settled]

    def clean(self) -> dict[str, Any]:
        """That both still are as they were shown: what differs may be other fields by now."""
        said: dict[str, Any] = super().clean() or {}
        if (said.get("first_version"), said.get("second_version")) != (self.first.version, self.second.version):
            self.say_overtaken()
        return said

    def say_overtaken(self) -> None:
        """Says that somebody changed one of the two; the page then shows both anew."""
        words = _("Somebody has changed one of the two meanwhile. Look at both again, then choose.")
        self.add_error(None, forms.ValidationError(words, code="meanwhile"))

    def decision(self) -> tuple[Resident, Resident, tuple[int, int], dict[str, str]]:
        """Who stays, who goes into her, the versions that were shown, and the choices from the stayer's side."""
        said = self.cleaned_data
        turned = said.get("where") == "second"
        kept, duplicate = (self.second, self.first) if turned else (self.first, self.second)
        versions = (said["first_version"], said["second_version"])
        stays = "second" if turned else "first"
        meant = {"both": merging.BOTH, stays: merging.KEPT}
        choices = {name: meant.get(said[name], merging.DUPLICATE) for name in self.asked}
        return kept, duplicate, versions[::-1] if turned else versions, choices


def shown(name: str, value: Any) -> str:
    """A value in words; of a number the last two characters."""
    if not value:
        return "—"
    if name == "number":
        return identity.mask(value.number)
    if name in ("birth_date", "away_until"):
        return formats.date_format(value, "DATE_FORMAT")
    words = _WORDS_OF.get(name, {})
    return listed(words.get(one, one) for one in (value if isinstance(value, list) else [value]))


def going_back_words(fields: Values, stay: Iterable[str]) -> dict[str, Any]:
    """What a merge that is taken back gives back to the record that stayed, and what it leaves."""
    back = [(FIELD_LABELS[name], shown(name, value)) for name, value in fields.items()]
    return {"back": back, "stay": listed(FIELD_LABELS[name] for name in stay)}

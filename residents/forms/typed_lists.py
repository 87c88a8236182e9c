"""A paper list that is typed: what it is, and its lines as the page shows them and takes them back."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from grid import registries
from grid.models import Place, Staff
from residents.lists.blank_workbook import CHOICES
from residents.lists.faults import field_label, problem_words
from residents.lists.fields import DOOR, Field
from residents.lists.rows import Problem
from residents.lists.typed import LINES_LIMIT, Fault, Typed, words_of
from residents.models.resident import RESIDENCY_LABELS, SEX_LABELS
from residents.queries.lists import places_to_import_for
from residents.rules import id_numbers
from residents.rules.text import without_invisible

_BLANK_LINES = 10  # below the last one in which something stands
_NUMBERED = re.compile(rf"({'|'.join(Field)})-([1-9][0-9]{{0,2}})")
_LENGTHS = {
    Field.NAME: 60,
    Field.ID_NUMBER: 40,
    Field.COMPOUND: 60,
    Field.ADDRESS: 200,
    Field.NOTE: 200,
} | dict.fromkeys((Field.BUILDING, Field.UNIT, Field.ROOM, Field.RELATION), 20)
_LENGTH = 100  # characters of any other field
# What is chosen, not typed; the value is the word that a list would hold.
_OPTIONS = {
    Field.SEX: list(zip(CHOICES[Field.SEX], dict(SEX_LABELS).values(), strict=True)),
    Field.RESIDENCY: list(zip(CHOICES[Field.RESIDENCY], dict(RESIDENCY_LABELS).values(), strict=True)),
}
# What the page itself says of an ID number before anything is sent; the same words as everywhere.
ID_FAULTS = ("id_length", "id_characters", "id_check", "id_birth_date", "id_masked")


class BeginForm(forms.Form):
    """Which paper is typed. The kind decides about the columns, so it comes first; nothing is chosen beforehand."""

    place = forms.ModelChoiceField(Place.objects.none(), label=_("For which place"), empty_label=_("not chosen"))
    kind = forms.ChoiceField(
        label=_("What kind of list this is"), widget=forms.RadioSelect,
        error_messages={"required": _("Choose what kind of list it is.")},
    )  # fmt: skip
    title = forms.CharField(
        label=_("Title on the paper"), max_length=100, required=False,
        help_text=_("The list is called so under 名单. A compound, a building or a year in it counts for all lines."),
    )  # fmt: skip

    use_required_attribute = False

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = places_to_import_for(staff)
        self.fields["place"].queryset = places  # type: ignore[attr-defined]
        if len(places) == 1:
            self.fields["place"].widget = forms.HiddenInput()
            self.fields["place"].initial = places[0].pk
        kinds = [kind for kind in registries.LIST_KINDS.values() if kind.makes_people or kind.makes_names]
        self.fields["kind"].choices = [(kind.key, kind.label) for kind in kinds if kind.blank]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a line as the page draws it."""

    field: Field
    key: str  # name and id
    label: str | Promise
    value: str
    length: int
    options: list[tuple[str, Any]]
    proven: str  # what the ID number says of sex and birth date
    faults: list[str | Promise]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the paper."""

    number: int | str
    words: str  # "Line 3"
    cells: list[Cell]


@dataclass
class TypingPage:
    """The table: what was typed, with its faults where it is to be compared and is not sound."""

    typed: Typed
    seen: str  # digest of what is stored, as the page begins
    page: str = field(default_factory=lambda: secrets.token_hex(8))
    faults: list[Fault] = field(default_factory=list)
    elsewhere: bool = False  # another page stored something else meanwhile

    def labels(self) -> list[tuple[Field, str | Promise]]:
        """The columns in words."""
        came_back = Field.ISOLATION_END not in self.typed.columns
        own = {Field.ISOLATION_START: _("Came back on")} if came_back else {}
        return [(column, own.get(column) or field_label(column)) for column in self.typed.columns]

    def lines(self) -> Iterator[Line]:
        """Every line that was typed, and ten blank ones below."""
        faults: dict[tuple[int, Field], list[str | Promise]] = {}
        for fault in self.faults:
            faults.setdefault((fault.line, fault.field), []).append(words_of(fault))
        labels, blank = self.labels(), ("",) * len(self.typed.columns)
        for number in range(1, min(len(self.typed.lines) + _BLANK_LINES, LINES_LIMIT) + 1):
            texts = self.typed.lines[number - 1] if number <= len(self.typed.lines) else blank
            pairs = zip(labels, texts, strict=True)
            yield Line(number, _in_words(number), [_cell(*label, number, text, faults) for label, text in pairs])

    def pattern(self) -> Line:
        """The line from which the page makes further ones."""
        return Line("__n__", _in_words("__n__"), [_cell(*label, "__n__", "", {}) for label in self.labels()])

    @property
    def relations(self) -> list[str]:
        """Words for the relation to the head that are offered; others are read too."""
        return CHOICES[Field.RELATION]

    @property
    def first_blank(self) -> int:
        """The number of the line below the last one in which something stands."""
        return min(len(self.typed.lines) + 1, LINES_LIMIT)

    @property
    def summary(self) -> list[tuple[int, str, str | Promise, str | Promise]]:
        """For each fault its line, the id of its field, the field and what to do."""
        labels = dict(self.labels())
        return [
            (fault.line, f"{fault.field}-{fault.line}", labels[fault.field], words_of(fault)) for fault in self.faults
        ]

    @property
    def unread(self) -> bool:
        """Whether of some line nobody would be read: the preview could not even refuse it."""
        return any(fault.unread for fault in self.faults)

    @property
    def id_words(self) -> list[tuple[str, Promise]]:
        """What the page says of an ID number while it is typed: code and words."""
        return [(code.replace("_", "-"), problem_words(Problem(code))) for code in ID_FAULTS]


def _in_words(number: int | str) -> str:
    return str(_("Line %(number)s") % {"number": number})


def _cell(
    column: Field, label: str | Promise, number: int | str, text: str, faults: dict[tuple[int, Field], Any]
) -> Cell:
    proven = _proven(text) if column is Field.ID_NUMBER and text else ""
    found = faults.get((number, column), []) if isinstance(number, int) else []
    return Cell(
        column, f"{column}-{number}", label, text, _LENGTHS.get(column, _LENGTH), _OPTIONS.get(column, []), proven,
        found,
    )  # fmt: skip


def _proven(text: str) -> str:
    number = id_numbers.canonical(text)
    if isinstance(number, id_numbers.IdFault) or not (born := id_numbers.birth_date_of(number.number)):
        return ""
    return f"{dict(SEX_LABELS)[id_numbers.sex_of(number.number) or '']} · {born.isoformat()}"


def lines_in(data: QueryDict, columns: tuple[Field, ...]) -> list[tuple[str, ...]]:
    """The lines of a posted table, each field as it was typed; at most as many as a list may have."""
    numbers = [int(match[2]) for name in data if (match := _NUMBERED.fullmatch(name))]
    last = min(max(numbers, default=0), LINES_LIMIT)
    return [
        tuple(without_invisible(data.get(f"{column}-{number}", "")) for column in columns)
        for number in range(1, last + 1)
    ]


CARRIED = tuple(part for part in DOOR if part is not Field.ROOM)  # what the next line begins with

"""How a cell of each column becomes a value, and a value a cell: the widgets of the declared lists.

`clean` reads a cell by itself, as the reading of lists does (`values`); what only a whole row tells (sex and birth date
by the ID number, a year by the title) is the row's to say (`rows`). What `render` writes, `clean` reads back.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from import_export.widgets import Widget

from residents.lists import values
from residents.lists.cells import Cell
from residents.lists.fields import Field
from residents.rules.relations import word_of
from residents.rules.text import compact

SEX_WORDS = {"M": "男", "F": "女"}
RESIDENCY_WORDS = {"permanent": "常住", "floating": "流动", "lives_elsewhere": "人户分离"}
ID_TYPE_WORDS = {
    "resident_id": "居民身份证", "residence_permit": "港澳台居民居住证", "foreigner_card": "外国人永久居留身份证",
    "passport": "护照", "other": "通行证",
}  # fmt: skip


class Text(Widget):  # type: ignore[misc]  # the library is untyped
    """A text, by a reader of `values`; raises its BadValue. Nothing is None or empty."""

    def __init__(self, read: Callable[[Cell], Any] = values.read_plain) -> None:
        super().__init__()
        self.read = read

    def clean(self, value: Cell, row: Any = None, **kwargs: Any) -> Any:
        """The value in a cell."""
        return self.read(value)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """The text of a cell."""
        return "" if value is None else str(value)


class DoorPart(Text):
    """Compound, building, unit or room in a column of its own."""

    def __init__(self, part: Field) -> None:
        super().__init__(lambda cell: getattr(values.read_door({part: cell}, ""), part.value))


class Phones(Text):
    """Several numbers in one cell."""

    def __init__(self) -> None:
        super().__init__(values.read_phones)

    def render(self, value: Iterable[str] | None, obj: Any = None, **kwargs: Any) -> str:
        """The numbers side by side."""
        return "、".join(value or ())


class Word(Text):
    """A code of the register by its word in lists."""

    def __init__(self, words: Mapping[str, str], read: Callable[[Cell], Any] | None = None) -> None:
        codes = {word: code for code, word in words.items()}
        super().__init__(read or (lambda cell: codes.get(compact(values.read_plain(cell)))))
        self.words = words

    def render(self, value: str | None, obj: Any = None, **kwargs: Any) -> str:
        """The word."""
        return self.words.get(value or "", "")


class Relation(Text):
    """The relation to the head, by its commonest word."""

    def __init__(self) -> None:
        super().__init__(lambda cell: values.read_relation(cell, None))

    def render(self, value: str | None, obj: Any = None, **kwargs: Any) -> str:
        """The word."""
        return word_of(value) if value else ""


class Day(Text):
    """A day, with its year."""

    def __init__(self, read: Callable[[Cell], Any] = values.read_day) -> None:
        super().__init__(read)

    def render(self, value: date | None, obj: Any = None, **kwargs: Any) -> str:
        """As no program mistakes it."""
        return value.isoformat() if value else ""


def name() -> Text:
    """A name, its characters kept."""
    return Text(values.read_name)


def id_number() -> Text:
    """A document number, whole: IdNumber or None."""
    return Text(values.read_id)


def sex() -> Word:
    """The sex by its word; a digit alone says nothing."""
    return Word(SEX_WORDS, lambda cell: values.read_sex(cell, {}, None))


def birth_date() -> Day:
    """A whole birth date."""
    return Day(lambda cell: values.read_birth_date(cell, None))


def yes_or_no() -> Word:
    """是 or 否."""
    return Word({"yes": "是", "no": "否"}, values.read_yes_or_no)

"""A ticked sheet as it is keyed: a line a person. Nothing is chosen beforehand."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from quarantine.actions.check_ins import Said
from quarantine.forms.check_ins import TemperatureField
from quarantine.queries.sheets import Row, Sheet

_WITHOUT_POINT = re.compile(r"[34][0-9]{2}")
_PREFIX = re.compile(r"p([0-9]{1,18})-(?:temperature|reached|asked)")


class PaperTemperatureField(TemperatureField):
    """As everywhere; a number whose point is missing is asked about in words, never read as one."""

    def to_python(self, value: Any) -> Decimal | None:
        """℃ with one decimal, or None."""
        if _WITHOUT_POINT.fullmatch(unicodedata.normalize("NFKC", str(value or "")).strip()):
            raise forms.ValidationError(_("Type the point too: 36.5. Nothing is guessed."), code="point_missing")
        return super().to_python(value)


class RowForm(forms.Form):
    """The three columns of a row."""

    temperature = PaperTemperatureField(
        label=_("Temperature"), required=False, widget=forms.TextInput(attrs={"inputmode": "decimal", "maxlength": 8})
    )
    reached = forms.BooleanField(label=_("Reached"), required=False)
    asked = forms.BooleanField(label=_("Asked, none"), required=False)
    hide_optional = True

    @property
    def said(self) -> Said | None:
        """What a sound row says; None where it is empty."""
        data = self.cleaned_data
        if data["temperature"] is None and not data["reached"] and not data["asked"]:
            return None
        return Said(data["temperature"], asked=data["asked"], reached=data["reached"], channel="paper")


@dataclass
class Line:
    """A row of the sheet with its fields, and what became of it."""

    row: Row
    form: RowForm
    stored: str = ""  # in words, once it is
    fault: str = ""  # why it was not stored though it is sound

    @property
    def faults(self) -> list[str]:
        """What is to be mended, in words."""
        of_fields = [str(error) for errors in self.form.errors.values() for error in errors]
        return [*of_fields, self.fault] if self.fault else of_fields


@dataclass
class KeyedSheet:
    """The lines of a page, blank or as they were sent. `page` is the uuid that makes sending it twice harmless."""

    lines: list[Line]
    page: UUID
    unknown: int = 0  # people of the page who are out of sight by now, though something was typed of them

    @classmethod
    def of(cls, sheet: Sheet, page: UUID, data: QueryDict | None = None) -> "KeyedSheet":
        """The lines of a sheet."""
        lines = [Line(row, RowForm(data, prefix=f"p{row.person.case.pk}")) for row in sheet.rows]
        shown = {row.person.case.pk for row in sheet.rows}
        return cls(lines, page, len(cases_in(data) - shown) if data is not None else 0)

    def sound(self) -> Iterable[tuple[Line, Said]]:
        """The lines that say something and are right."""
        for line in self.lines:
            if line.form.is_valid() and (said := line.form.said) is not None:
                yield line, said

    @property
    def wrong(self) -> list[Line]:
        """The lines that are to be mended."""
        return [line for line in self.lines if line.faults]


def cases_in(data: QueryDict) -> set[int]:
    """The cases of which a posted page says something."""
    return {int(found[1]) for name, value in data.items() if value and (found := _PREFIX.fullmatch(name))}

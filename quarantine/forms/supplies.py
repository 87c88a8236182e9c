"""What a door asks for, in rows; and why a request is cancelled."""

import unicodedata
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from quarantine.actions.supplies import Line
from quarantine.models.supplies import CANCEL_REASONS
from residents.forms.remarks import RemarkField
from residents.models import Resident

SOMEBODY_ELSE = "other"
ROWS_AT_FIRST = 3
MOST_ROWS = 20


class QuantityField(forms.DecimalField):
    """A number above 0 with at most one decimal; full-width digits are digits."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            min_value=Decimal("0.1"),
            max_digits=7,
            decimal_places=1,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "short"}),
            error_messages={
                "invalid": _("Write a number, or leave it empty."),
                "min_value": _("Write a number above 0, or leave it empty."),
                "max_digits": _("This number is too large."),
                "max_whole_digits": _("This number is too large."),
                "max_decimal_places": _("One digit after the point is enough."),
            },
            **options,
        )

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs inherit int
        """The number, typed in either width."""
        return super().to_python(unicodedata.normalize("NFKC", value) if isinstance(value, str) else value)


class SupplyForm(forms.Form):
    """One request: who asks, rows of things, urgent or not. Nobody is chosen beforehand."""

    hide_optional = True
    resident = forms.ChoiceField(
        label=_("Who asks"), widget=forms.RadioSelect, error_messages={"required": _("Choose who asks.")}
    )
    urgent = forms.BooleanField(label=_("Urgent medicine"), required=False)
    note = RemarkField(label=_("Remark"), max_length=200, required=False)
    uuid = forms.UUIDField(widget=forms.HiddenInput)
    rows = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=MOST_ROWS)

    def __init__(self, *args: Any, people: list[Resident], row_count: int = ROWS_AT_FIRST, **options: Any) -> None:
        super().__init__(*args, **options)
        self.people = {str(person.pk): person for person in people}
        choices = [(key, person.name) for key, person in self.people.items()]
        self.fields["resident"].choices = [*choices, (SOMEBODY_ELSE, _("somebody else"))]  # type: ignore[attr-defined]
        self.initial = {"uuid": uuid4(), **self.initial, "rows": row_count}
        self.row_count = row_count
        for number in range(1, row_count + 1):
            self._add_row(number)
        self.order_fields(["resident", *(name for name in self.fields if name[-1].isdigit()), "urgent", "note"])

    def _add_row(self, number: int) -> None:
        words = {"number": number}
        self.fields[f"item_{number}"] = RemarkField(
            label=_("Item %(number)s") % words,
            max_length=60,
            required=False,
            error_messages={"max_length": _("At most 60 characters. Use a further row.")},
        )
        self.fields[f"quantity_{number}"] = QuantityField(label=_("Quantity %(number)s") % words, required=False)
        self.fields[f"unit_{number}"] = forms.CharField(
            label=_("Unit of measure %(number)s") % words,
            max_length=10,
            required=False,
            widget=forms.TextInput(attrs={"class": "short"}),
        )

    @property
    def line_rows(self) -> list[dict[str, forms.BoundField]]:
        """The rows as the page draws them."""
        parts = ("item", "quantity", "unit")
        return [{part: self[f"{part}_{number}"] for part in parts} for number in range(1, self.row_count + 1)]

    @property
    def may_grow(self) -> bool:
        """Whether one more row may be asked for."""
        return self.row_count < MOST_ROWS

    def clean(self) -> dict[str, Any]:
        """Gathers the filled rows as `lines`; a number without a thing, or no thing at all, is a fault."""
        data = super().clean() or {}
        lines = []
        for number in range(1, self.row_count + 1):
            item, quantity, unit = (data.get(f"{part}_{number}") for part in ("item", "quantity", "unit"))
            if item:
                lines.append(Line(item, quantity, unit or ""))
            elif (quantity or unit) and f"item_{number}" not in self.errors:
                self.add_error(f"item_{number}", _("Say what is needed."))
        if not lines and not any(name.startswith("item_") for name in self.errors):
            self.add_error("item_1", _("Write at least one thing."))
        return {**data, "lines": lines}

    def asked_by(self) -> Resident | None:
        """The resident who asks; None for somebody else."""
        return self.people.get(self.cleaned_data["resident"])


def rows_asked(typed: Any) -> int:
    """How many rows the posted page had; nonsense counts as the first three."""
    text = str(typed.get("rows", ""))
    return min(max(int(text), 1), MOST_ROWS) if text.isascii() and text.isdigit() and len(text) < 4 else ROWS_AT_FIRST


class CancelForm(forms.Form):
    """Why nothing will be delivered."""

    reason = forms.ChoiceField(
        label=_("Why is it not needed?"),
        choices=CANCEL_REASONS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a reason.")},
    )


class HandOverForm(forms.Form):
    """To whom it was handed, where that is worth a word."""

    handed_over = forms.CharField(max_length=60, required=False)

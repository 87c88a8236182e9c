"""Free text about people."""

from typing import Any

from django import forms

from residents.identity import without_numbers


class RemarkField(forms.CharField):
    """A remark, a reason, a question: whole ID numbers in it show their last two characters only."""

    def clean(self, value: Any) -> str:
        """The text as it may be stored: no number stands in clear anywhere."""
        return without_numbers(super().clean(value))

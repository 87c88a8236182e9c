"""What is said of rows that may be somebody known."""

from django import forms

DECISIONS = ("apart", "same", "again", "leave_out", "leave_out_all")


class _Keys(forms.TypedMultipleChoiceField):
    """Ids as they were sent; whether they belong to the list is the deed's to ask."""

    def __init__(self) -> None:
        super().__init__(coerce=int, required=False, empty_value=[])

    def valid_value(self, value: str) -> bool:
        """Whether it can be an id."""
        return value.isascii() and value.isdigit() and len(value) < 19


class TwinsForm(forms.Form):
    """Pairs that were ticked, or all that the page showed, and what is said of them."""

    reading = forms.IntegerField()
    decision = forms.ChoiceField(choices=[(name, name) for name in DECISIONS])
    everyone = forms.BooleanField(required=False)
    pair = _Keys()
    shown = _Keys()

    def chosen(self) -> list[int]:
        """The ids of the pairs that are meant."""
        said: list[int] = self.cleaned_data["shown" if self.cleaned_data["everyone"] else "pair"]
        return said

"""A list of places: a file or a pasted table, read while the form is checked; and its confirmation."""

from typing import Any

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from grid.rules.place_lists import PlaceRow
from residents.lists.faults import refusal_words
from residents.lists.place_rows import rows_of
from residents.lists.reading import FILE_LIMIT, RefusedFile, read_sheets

_SALT = "residents.place-list"
MOST_ROWS = 50_000

REASONS = {
    "lost_digits": _("Excel has cut the last digits of this code. Format the column as text and type the code again."),
    "code_missing": _("The code is missing."),
    "code_digits": _("The code must be digits only, up to 20."),
    "name_missing": _("The name is missing."),
    "name_long": _("The name is longer than 60 characters."),
    "code_twice": _("The list names this code twice, with different words."),
    "kind_unknown": _("This kind of place is not known. Write 街道, 社区 or 网格, or leave it empty."),
    "kind": _("The kind does not fit the place above, or is not the one it has."),
    "elsewhere": _("This code belongs to a place outside yours."),
    "closed": _("A closed place has this code. Open it again on its page, or use another code."),
    "above_missing": _("The place above is missing."),
    "above_ambiguous": _("Several places have the name of the place above. Give its code."),
    "above_unknown": _("The place above is neither known nor in this list."),
    "above_refused": _("The place above is refused itself."),
    "above_closed": _("The place above is closed."),
    "above_elsewhere": _("The place above is outside yours."),
    "below_grid": _("Nothing stands below a grid."),
    "moved_far": _("Only a grid may change its place by a list, and only to a community of the same street."),
    "circle": _("The places above name each other in a circle."),
}


class PlaceListForm(forms.Form):
    """A file or a table pasted from one; `rows` holds what was read."""

    hide_optional = True
    file = forms.FileField(
        label=_("The list"), required=False, help_text=_("Excel, WPS or CSV, up to 20 MB."),
        error_messages={"empty": _("This file is empty.")},
    )  # fmt: skip
    pasted = forms.CharField(
        label=_("Or a table pasted here"), required=False, max_length=4_000_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        help_text=_("Columns code, name and code of the place above; or street, community and grid with their codes."),
    )  # fmt: skip
    rows: list[PlaceRow]

    def clean(self) -> dict[str, Any]:
        """Reads whichever was given."""
        facts = super().clean() or {}
        if self.errors:
            return facts
        file, pasted = facts.get("file"), facts.get("pasted", "")
        if bool(file) == bool(pasted.strip()):
            raise forms.ValidationError(_("Choose a file or paste a table: one of the two."))
        if file and (file.size or 0) > FILE_LIMIT:
            raise forms.ValidationError(_("This file is larger than 20 MB. Split the list."))
        try:
            sheets = read_sheets(file.read() if file else pasted.encode("utf-8", "replace"), file.name if file else "")
        except RefusedFile as refused:
            raise forms.ValidationError(str(refusal_words(refused.reason))) from refused
        self.rows = rows_of(sheets)
        if not self.rows:
            raise forms.ValidationError(
                _("No list of places was found. Its first line must name the columns, code and name among them.")
            )
        if len(self.rows) > MOST_ROWS:
            raise forms.ValidationError(_("This list has too many rows. Split it: up to 50,000 rows."))
        return facts


class PlaceListConfirmForm(forms.Form):
    """The list as it was read, sealed against change, and the stamp of what was shown of it."""

    sealed = forms.CharField(widget=forms.HiddenInput)
    seen = forms.CharField(max_length=16, widget=forms.HiddenInput)

    def clean_sealed(self) -> list[PlaceRow]:
        """The rows."""
        try:
            return [PlaceRow(*row) for row in signing.loads(self.cleaned_data["sealed"], salt=_SALT)]
        except (signing.BadSignature, TypeError, ValueError):
            raise forms.ValidationError(_("Upload the list again.")) from None


def sealed(rows: list[PlaceRow]) -> str:
    """The rows on their way through the confirmation page."""
    return signing.dumps([list(row) for row in rows], salt=_SALT, compress=True)

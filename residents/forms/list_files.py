"""Files and pasted tables → lists that could be read, or words about why not."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _

from grid import registries
from grid.forms.place_field import place_field
from grid.models import Place, Staff
from residents.forms.people import REVEAL_REASONS
from residents.lists import memory, staging
from residents.lists.faults import refusal_words
from residents.lists.headers import find_tables
from residents.lists.reading import FILE_LIMIT, RefusedFile, read_sheets
from residents.queries.lists import places_to_import_for, places_to_write_for

FILES_LIMIT = 10  # at once: each is read while the page waits


@dataclass(frozen=True)
class ReadFile:
    """A file that could be read: its bytes, its tables as the street office understands them, its kind."""

    name: str
    data: bytes
    tables: list[staging.Plain]
    kind: str


class _SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class _FilesField(forms.FileField):
    """Any number of files."""

    widget = _SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:  # type: ignore[override]
        """The files in their order."""
        return [super(_FilesField, self).clean(file, initial) for file in (data or [])]


class UploadForm(forms.Form):
    """Files or a pasted table, read while the form is checked: what cannot be read is refused, and never stored."""

    hide_optional = True  # one of the two is enough

    file = _FilesField(
        label=_("The list"),
        required=False,
        help_text=_("Excel, WPS, Word or CSV, up to 20 MB each; several at once if you like. No template is needed."),
        error_messages={"empty": _("This file is empty.")},
    )
    pasted = forms.CharField(
        label=_("Or paste a table here"),
        required=False,
        help_text=_("Copy the cells in WPS or Excel, headings included, and paste them."),
        widget=forms.Textarea(attrs={"rows": 3}),
        strip=False,
    )
    place = forms.ModelChoiceField(Place.objects.none(), label=_("For which place"), empty_label=_("not chosen"))

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = places_to_import_for(staff)
        self.fields["place"].queryset = places  # type: ignore[attr-defined]
        if len(places) == 1:
            self.fields["place"].widget = forms.HiddenInput()
            self.fields["place"].initial = places[0].pk

    def clean(self) -> dict[str, Any]:
        """Sets `lists` (what could be read) and `refused` (words about the others); an error if there is no list."""
        said = super().clean() or {}
        self.lists: list[ReadFile] = []
        self.refused: list[str] = []
        files = [(file.name or "", file) for file in said.get("file") or []]
        if (pasted := said.get("pasted", "")).strip():
            files.append((str(_("Pasted table")), ContentFile(pasted.encode())))
        if self.errors:
            return said
        if not files:
            self.add_error("file", _("Choose a file or paste a table."))
        if len(files) > FILES_LIMIT:
            self.add_error("file", _("Choose up to %(count)s files at once.") % {"count": FILES_LIMIT})
            return said
        for name, file in files:
            try:
                self.lists.append(_read(name, file, said["place"].street_id))
            except forms.ValidationError as fault:
                self.refused.append(fault.messages[0] if len(files) == 1 else f"{name}: {fault.messages[0]}")
        if not self.lists:
            for words in self.refused:
                self.add_error("file" if said.get("file") else "pasted", words)
        return said


class WriteForm(forms.Form):
    """Of which place a list is written, whether ID numbers stand in it, and why it leaves. Nothing is chosen."""

    use_required_attribute = False

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places_to_write_for(staff)
        self.fields["place"] = place_field(self.places, label=_("People of which place"), empty=_("not chosen"))
        self.fields["whole"] = forms.TypedChoiceField(
            label=_("ID numbers"), widget=forms.RadioSelect, coerce=lambda said: said == "whole",
            choices=[("none", _("leave them out")), ("whole", _("write them whole"))],
            error_messages={"required": _("Choose one.")},
        )  # fmt: skip
        self.fields["reason"] = forms.ChoiceField(
            label=_("What is the list for?"), widget=forms.RadioSelect, choices=REVEAL_REASONS,
            error_messages={"required": _("Choose one.")},
        )  # fmt: skip

        self.columns = [
            (source, key, heading) for source in registries.FURTHER_COLUMNS for key, heading in source.offered(staff)
        ]
        if self.columns:
            self.fields["further"] = forms.MultipleChoiceField(
                label=_("Further columns"), required=False, widget=forms.CheckboxSelectMultiple,
                choices=[(key, heading) for _source, key, heading in self.columns],
            )  # fmt: skip

    def further(self, staff: Staff) -> list[tuple[str, dict[int, str]]]:
        """The columns that were chosen: heading, and the cell of each resident who has one."""
        wanted = self.cleaned_data.get("further", [])
        return [(heading, source.of_people(staff, key)) for source, key, heading in self.columns if key in wanted]

    def place(self) -> Place:
        """The place that was chosen."""
        return self.places.get(pk=self.cleaned_data["place"])


def _read(name: str, file: Any, street_id: int) -> ReadFile:
    if (file.size or 0) > FILE_LIMIT:
        raise forms.ValidationError(_("This file is larger than 20 MB. Split the list, or remove pictures from it."))
    data = file.read()
    try:
        found = find_tables(read_sheets(data, name))
    except RefusedFile as refused:
        raise forms.ValidationError(str(refusal_words(refused.reason))) from refused
    if not found:
        raise forms.ValidationError(_("No table of people was found in this file. It needs a column with names."))
    tables, kind = memory.recall(found, staging.plain_tables(found), street_id)
    return ReadFile(name, data, tables, kind or memory.kind_of(found, tables, name))

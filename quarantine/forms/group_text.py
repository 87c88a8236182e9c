"""粘贴接龙: the pasted text on its way through the preview, and what was tapped there."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from grid.models import Staff
from quarantine.actions.check_ins import ManyEntry, Said
from quarantine.forms.check_ins import WholeNumbersField
from quarantine.queries.group_text import Found, Option, Sheet
from quarantine.rules.group_text import LONGEST_TEXT

SKIP = "skip"
_SALT = "when a text of a chat group was read"
_READ_FOR = timedelta(hours=3)  # after that "observed now" would not be true any more


class GroupTextForm(forms.Form):
    """The text alone. It is stored nowhere; it travels with the pages."""

    text = forms.CharField(
        label=_("Text of the group"), max_length=LONGEST_TEXT, strip=False, widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("Names, rooms and temperatures as they stand there. Nothing is noted before you have looked."),
    )  # fmt: skip

    def clean_text(self) -> str:
        """The text; blanks alone are none."""
        text: str = self.cleaned_data["text"]
        if not text.strip():
            raise forms.ValidationError(self.fields["text"].error_messages["required"], code="required")
        return text


class ConfirmForm(GroupTextForm):
    """The text again, with when and as what it was shown, and a tap for whatever was not sure."""

    uuid = forms.UUIDField()
    ticket = forms.CharField(max_length=200)
    stamp = forms.CharField(max_length=16)

    def read_at(self, staff: Staff, now: datetime) -> datetime | None:
        """When the page was read by this member of staff; None where that is too long ago or not hers."""
        try:
            owner, said = signing.loads(self.cleaned_data["ticket"], salt=_SALT)
            at = datetime.fromisoformat(said)
        except (signing.BadSignature, ValueError, TypeError):
            return None
        return at if owner == staff.pk and now - _READ_FOR <= at <= now else None

    def entries(self, sheet: Sheet) -> list[ManyEntry]:
        """What is to be recorded: all that is sure and not left out, and what was tapped."""
        chosen = [(found, self._chosen(found)) for found in sheet.found]
        return [self._entry(found, option, sheet) for found, option in chosen if option is not None]

    def _chosen(self, found: Found) -> Option | None:
        tapped = str(self.data.get(f"choice-{found.key}", ""))
        if found.is_sure:
            return None if tapped == SKIP else found.options[0]
        return next((option for option in found.options if option.key == tapped), None) if found.is_asked else None

    def _entry(self, found: Found, option: Option, sheet: Sheet) -> ManyEntry:
        page: UUID = self.cleaned_data["uuid"]
        told = f"{found.key} {option.key} {found.entry.value}"
        said = Said(temperature=found.entry.value, channel="chat")
        return ManyEntry(option.person.case.pk, uuid5(page, told), said, sheet.observed_at(option.slot))

    def tapped(self) -> dict[str, Any]:
        """What was tapped, by the place of the reading."""
        return {name.removeprefix("choice-"): value for name, value in self.data.items() if name.startswith("choice-")}


class UndoForm(forms.Form):
    """The entries that were just recorded."""

    rows = WholeNumbersField()


def ticket(staff: Staff, at: datetime) -> str:
    """Says on the page when the text was read, and by whom."""
    return signing.dumps([staff.pk, at.isoformat()], salt=_SALT)

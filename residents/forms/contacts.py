"""A contact of a person as somebody types it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from residents.actions.contacts import ContactFacts
from residents.forms.remarks import RemarkField
from residents.lists.faults import problem_words
from residents.lists.rows import Problem
from residents.models import Contact
from residents.models.contact import CONTACT_LABELS
from residents.rules import names, phones


class ContactForm(forms.Form):
    """Name and who it is; a phone, a key or the right to report make it useful."""

    name = forms.CharField(
        label=_("Name"), max_length=names.LONGEST_NAME, error_messages={"required": _("Write the name.")}
    )
    relation = forms.ChoiceField(
        label=_("Who it is"), choices=[("", "—"), *CONTACT_LABELS], error_messages={"required": _("Choose who it is.")}
    )
    phones = forms.CharField(
        label=_("Phone"), max_length=100, required=False, help_text=_("Several: put a space between them.")
    )
    has_key = forms.BooleanField(label=_("Has a key"), required=False)
    may_report = forms.BooleanField(label=_("May report for the person"), required=False)
    note = RemarkField(label=_("Remark"), max_length=200, required=False)

    use_required_attribute = False  # the server tells every fault at once, in words

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "phones", "note"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.fields["phones"].widget.attrs["inputmode"] = "tel"

    def clean_name(self) -> str:
        """The name as people write it, without padding."""
        return names.clean(self.cleaned_data["name"])

    def clean_phones(self) -> list[str]:
        """Bare digits; anything that is no phone number is said."""
        text = self.cleaned_data["phones"]
        if text and not phones.is_sound(text):
            raise ValidationError(str(problem_words(Problem("phone_unreadable"))))
        return phones.normalise(text)

    def facts(self) -> ContactFacts:
        """What the form says, clean."""
        names_of = ("name", "relation", "has_key", "may_report", "note")
        said = {name: self.cleaned_data[name] for name in names_of}
        return ContactFacts(**said, phones=tuple(self.cleaned_data["phones"]))


class EditContactForm(ContactForm):
    """A contact that is registered; `version` is what the editor saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)


def initial_of(contact: Contact) -> dict[str, Any]:
    """The fields of a form that shows the contact as stored."""
    names_of = ("name", "relation", "has_key", "may_report", "note", "version")
    return {"phones": " ".join(contact.phones)} | {name: getattr(contact, name) for name in names_of}

"""An address outside the portal as an administrator types it: one small form a kind."""

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from grid.forms.place_field import place_field
from grid.models import Place
from grid.models.place import PlaceQuerySet
from quarantine.models.alert import LEVEL_LABELS
from quarantine.rules.ladder import Level

_PLAIN = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
_LEVELS = (Level.WORKER, Level.LEAD, Level.STREET)  # stand-ins are people, not an office with an address
_MOST = 20  # phones or people of one address


def _web_address(text: str) -> str:
    """The address without spaces around it. Raises ValidationError where it is none of http or https."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        good = False
    if not good or not text.isprintable() or " " in text:
        raise ValidationError(_("Paste the whole address. It begins with https:// or http://"))
    return text


def _several(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,，;；、]+", text) if word]


class AddressForm(forms.Form):
    """What every kind asks: where, who is meant, under which name."""

    level = forms.TypedChoiceField(
        label=_("Whose alerts"),
        coerce=int,
        choices=[(key, label) for key, label in LEVEL_LABELS if key in _LEVELS],
        widget=forms.RadioSelect,
        help_text=_("It hears of an alert as soon as these people are asked."),
    )
    label = forms.CharField(label=_("A name for it"), max_length=60, help_text=_("Shown here only, like: leads' group"))
    field_order = ("place", "level", "label")

    def __init__(self, *args: Any, places: PlaceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"] = place_field(places, label=_("Place"), empty=_("Choose"))
        self.order_fields(["place", "level", "label"])

    def facts(self) -> dict[str, Any]:
        """What is sealed of a valid form."""
        return {name: self.cleaned_data[name] for name in self.cleaned_data if name not in ("place", "level", "label")}

    def place(self) -> Place:
        """The place of a valid form."""
        return Place.objects.get(pk=self.cleaned_data["place"])


class RobotForm(AddressForm):
    """A group robot of WeCom, whose whole address is pasted: private installations have a host of their own."""

    url = forms.CharField(
        label=_("The robot's webhook address"),
        max_length=500,
        widget=forms.TextInput(attrs=_PLAIN),
        help_text=_("In the group: robots, add one, copy its address."),
    )

    def clean_url(self) -> str:
        """See `_web_address`."""
        return _web_address(self.cleaned_data["url"])


class GatewayForm(AddressForm):
    """A text-message gateway that takes JSON: its address, the phones, and the names it knows them by."""

    url = forms.CharField(label=_("Address of the gateway"), max_length=500, widget=forms.TextInput(attrs=_PLAIN))
    phones = forms.CharField(
        label=_("Mobile phones"), widget=forms.Textarea(attrs={"rows": 3, **_PLAIN}), help_text=_("One a line.")
    )
    phones_name = forms.CharField(label=_("The gateway calls the phones"), max_length=40, initial="phones")
    text_name = forms.CharField(label=_("The gateway calls the text"), max_length=40, initial="text")
    extra = forms.CharField(
        label=_("What else the gateway wants"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, **_PLAIN}),
        help_text=_("One a line, like: template=SMS_001"),
    )
    good_words = forms.CharField(
        label=_("Words of its answer that mean: sent"),
        required=False,
        max_length=60,
        help_text=_('Like "code":0. Empty: every good status means sent.'),
    )

    def clean_url(self) -> str:
        """See `_web_address`."""
        return _web_address(self.cleaned_data["url"])

    def clean_phones(self) -> list[str]:
        """Digits only, each once."""
        phones = list(dict.fromkeys(re.sub(r"[-()]", "", word) for word in _several(self.cleaned_data["phones"])))
        if len(phones) > _MOST or not all(re.fullmatch(r"\+?\d{6,15}", phone, re.ASCII) for phone in phones):
            raise ValidationError(_("Type digits only, one phone a line, %(most)s at most."), params={"most": _MOST})
        return phones

    def clean_extra(self) -> dict[str, str]:
        """Name and value of each line."""
        lines = [line.strip() for line in self.cleaned_data["extra"].splitlines() if line.strip()]
        pairs = [re.split(r"\s*[=＝]\s*", line, maxsplit=1) for line in lines]
        if not all(len(pair) == 2 and pair[0] for pair in pairs):
            raise ValidationError(_("Type a name, =, and a value on each line."))
        return {name: value for name, value in pairs}

    def clean(self) -> dict[str, Any]:
        """Phones and text need names of their own."""
        facts = super().clean() or {}
        names = [facts.get("phones_name"), facts.get("text_name"), *facts.get("extra", {})]
        if len(set(names)) < len(names):
            self.add_error("text_name", _("Two fields of the gateway have the same name."))
        return facts


class MailForm(AddressForm):
    """Mail: the server that takes it, and the people."""

    to = forms.CharField(
        label=_("E-mail addresses"), widget=forms.Textarea(attrs={"rows": 3, **_PLAIN}), help_text=_("One a line.")
    )
    sender = forms.EmailField(label=_("Sent from"), widget=forms.EmailInput(attrs=_PLAIN))
    server = forms.RegexField(
        r"(?ai)^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
        label=_("Mail server"),
        max_length=200,
        widget=forms.TextInput(attrs=_PLAIN),
        error_messages={"invalid": _("Type the name of the server, like smtp.example.cn")},
    )
    security = forms.ChoiceField(
        label=_("Encryption"),
        choices=[("ssl", "SSL · 465"), ("starttls", "STARTTLS · 587"), ("insecure", _("none, inside the office · 25"))],
        widget=forms.RadioSelect,
    )
    port = forms.IntegerField(
        label=_("Port"), required=False, min_value=1, max_value=65535, help_text=_("Empty: the one named above.")
    )
    user = forms.CharField(label=_("User name"), required=False, max_length=200, widget=forms.TextInput(attrs=_PLAIN))
    password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_to(self) -> list[str]:
        """Each address once."""
        people = list(dict.fromkeys(_several(self.cleaned_data["to"])))
        if len(people) > _MOST:
            raise ValidationError(_("%(most)s people at most."), params={"most": _MOST})
        for address in people:
            validate_email(address)
        return people

    def clean(self) -> dict[str, Any]:
        """The usual port where none is named."""
        facts = super().clean() or {}
        if not facts.get("port"):
            facts["port"] = {"ssl": 465, "starttls": 587}.get(facts.get("security", ""), 25)
        return facts


FORMS: dict[str, type[AddressForm]] = {"wecom": RobotForm, "sms": GatewayForm, "email": MailForm}

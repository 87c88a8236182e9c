"""Forms of login, PIN and password."""

from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from grid.models import Staff
from grid.rules import pins


class LoginForm(forms.Form):
    """User name or phone, and password. The check box starts empty: a shared PC is nobody's own."""

    username = forms.CharField(
        label=_("User name or mobile phone"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    own_phone = forms.BooleanField(label=_("This is my own phone"), required=False)


def _pin_field(label: Any, autocomplete: str) -> forms.CharField:
    attributes = {"inputmode": "numeric", "autocomplete": autocomplete, "pattern": "[0-9]{6}", "class": "short"}
    return forms.CharField(label=label, max_length=20, widget=forms.PasswordInput(attrs=attributes))


class PinForm(forms.Form):
    """The six digits that open an idle phone."""

    pin = _pin_field(_("Six-digit PIN"), "off")


class SetPinForm(forms.Form):
    """Six digits of her own, twice."""

    pin = _pin_field(_("Choose six digits"), "off")
    pin_again = _pin_field(_("The same six digits once more"), "off")

    def clean_pin(self) -> str:
        """Six digits that a passer-by would not try first."""
        pin = str(self.cleaned_data["pin"])
        if not pins.is_pin(pin):
            raise ValidationError(_("Type six digits."))
        if pins.is_easy(pin):
            raise ValidationError(_("This is guessed at once. Choose other digits, not a run or the same one again."))
        return pin

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        facts = super().clean() or {}
        if "pin" in facts and facts.get("pin_again") != facts["pin"]:
            self.add_error("pin_again", _("These are not the same six digits."))
        return facts


class _NewPassword:
    """What both forms for a new password add: plain words, and no keeping of the old one."""

    user: Staff
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = _("New password")
        self.fields["new_password1"].help_text = _("At least 10 characters, not digits alone.")
        self.fields["new_password2"].label = _("The new password once more")
        self.fields["new_password2"].help_text = ""

    def clean_new_password1(self) -> str:
        """The old one would not be a change."""
        password = str(self.cleaned_data["new_password1"])  # type: ignore[attr-defined]
        if self.user.check_password(password):
            raise ValidationError(_("This is the password you have now. Choose another."))
        return password


class FirstPasswordForm(_NewPassword, SetPasswordForm):  # type: ignore[type-arg]
    """After a one-time password, which she has typed a moment ago."""


class OwnPasswordForm(_NewPassword, PasswordChangeForm):
    """With the old password, so that an unlocked phone in a stranger's hand is not enough."""

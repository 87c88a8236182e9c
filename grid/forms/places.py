"""Forms about places."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from grid.models import Place


class PlaceForm(forms.ModelForm):  # type: ignore[type-arg]
    """Code and name; whether the code is free is decided by the action."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    field_order = ("name", "code")

    class Meta:
        model = Place
        fields = ("code", "name")
        labels = {"name": _("Name of the place")}
        help_texts = {"code": _("Digits only, up to 20. The code of the place above, then its own number.")}
        widgets = {"code": forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})}

    def validate_unique(self) -> None:
        """Left to the action: the same place sent twice is no error."""

    def clean_name(self) -> str:
        """Without spaces around it."""
        name = str(self.cleaned_data["name"]).strip()
        if not name:
            raise ValidationError(_("Type the name."))
        return name

    def facts(self) -> dict[str, Any]:
        """Code and name as the actions take them."""
        return {"code": self.cleaned_data["code"], "name": self.cleaned_data["name"]}

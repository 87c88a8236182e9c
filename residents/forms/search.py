"""The one search box."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SearchForm(forms.Form):
    """Words as typed; what they mean is told by `rules.search`."""

    words = forms.CharField(label=_("Search"), max_length=60, required=False)
    left = forms.BooleanField(label=_("Also those who left"), required=False)

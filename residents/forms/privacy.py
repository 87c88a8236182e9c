"""Why a person's file is printed, and on what ground her data are to be removed: codes, never free text."""

from django import forms
from django.utils.translation import gettext_lazy as _

FILE_REASONS = [
    ("asked_by_person", _("She asked for it herself")),
    ("asked_by_guardian", _("Her guardian asked for it")),
    ("asked_by_court", _("A court or the supervising authority asks")),
]
GROUND_LABELS = [
    ("retention_over", _("The data are needed no longer")),
    ("asked_by_person", _("She asked for the removal, herself or through her guardian")),
    ("entered_in_error", _("She was entered in error")),
]


class FileForm(forms.Form):
    """Why the file is printed."""

    reason = forms.ChoiceField(label=_("Who asked for it?"), choices=FILE_REASONS, widget=forms.RadioSelect)


class RemovalForm(forms.Form):
    """Why the data are to be removed."""

    ground = forms.ChoiceField(label=_("Why are they to be removed?"), choices=GROUND_LABELS, widget=forms.RadioSelect)

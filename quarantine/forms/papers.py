"""Which papers, for whom."""

from django import forms

from quarantine.forms.releases import ChosenCasesForm
from quarantine.forms.samples import ChosenField
from quarantine.models.paper import PAPER_KINDS


class IssueForm(ChosenCasesForm):
    """A paper of one kind for everybody who was ticked."""

    kind = forms.ChoiceField(choices=PAPER_KINDS)


class SheetsForm(forms.Form):
    """Papers to print."""

    papers = ChosenField()

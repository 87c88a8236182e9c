"""Words of deeds on many cases turned into facts. Nobody is chosen beforehand."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grid.models import Place
from quarantine.actions.case_decisions import MOST_AT_ONCE
from quarantine.queries.many_cases import CARE_GROUPS
from quarantine.queries.rule_words import in_short
from residents.forms.remarks import RemarkField
from residents.models.resident import CARE_TAG_LABELS

_SHOW_LABELS = [("", _("all")), ("today", _("ending today")), ("tomorrow", _("ending tomorrow"))]


class ShowForm(forms.Form):
    """Which cases are shown to choose from."""

    grid = forms.TypedChoiceField(label=_("Grid"), required=False, coerce=int, empty_value=None)
    building = forms.CharField(label=_("Building"), required=False, max_length=60, help_text=_("Like: 3"))
    ending = forms.ChoiceField(label=_("Which"), required=False, choices=_SHOW_LABELS)
    hide_optional = True

    def __init__(self, data: Any, *, grids: Iterable[Place]) -> None:
        super().__init__(data)
        field: Any = self.fields["grid"]
        field.choices = [("", _("all grids")), *((grid.pk, grid.name) for grid in grids)]

    def filters(self, today: date) -> dict[str, Any]:
        """What the query takes; what cannot be understood filters nothing."""
        self.is_valid()
        said = self.cleaned_data
        ends_on = {"today": today, "tomorrow": today + timedelta(days=1)}.get(said.get("ending", ""))
        return {"grid": said.get("grid"), "building": said.get("building", "").strip(), "ends_on": ends_on}


class ExtendManyForm(forms.Form):
    """How many more days, and why."""

    days = forms.IntegerField(
        label=_("How many days more"), min_value=1, max_value=MOST_AT_ONCE,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    why = RemarkField(label=_("Why?"), max_length=200)


class WhyForm(forms.Form):
    """Why."""

    why = RemarkField(label=_("Why?"), max_length=200)


class CareGroupForm(forms.Form):
    """Whom to look for: a grid, and who in it."""

    grid = forms.TypedChoiceField(label=_("Grid"), coerce=int)
    group = forms.ChoiceField(label=_("Who"))

    def __init__(self, data: Any, *, grids: Iterable[Place]) -> None:
        super().__init__(data)
        labels = {**dict(CARE_TAG_LABELS), "old": _("80 and older")}
        grid, group = (self.fields[name] for name in ("grid", "group"))
        grid.choices = [("", _("Choose")), *((one.pk, one.name) for one in grids)]  # type: ignore[attr-defined]
        group.choices = [("", _("Choose")), *((code, labels[code]) for code in CARE_GROUPS)]  # type: ignore[attr-defined]


class HowOftenForm(forms.Form):
    """How often those chosen are visited."""

    rules_name = forms.ChoiceField(
        label=_("How often"), widget=forms.RadioSelect, error_messages={"required": _("Choose how often.")}
    )

    def __init__(self, data: Any = None, *, offered: Iterable[Any]) -> None:
        super().__init__(data)
        field: Any = self.fields["rules_name"]
        field.choices = [(rules.name, f"{rules.name} · {in_short(rules)}") for rules in offered]

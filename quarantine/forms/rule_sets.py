"""Words of a rule set turned into data, and its faults into words."""

import re
from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quarantine.models.alert import KIND_LABELS, LEVEL_LABELS
from quarantine.models.case import SYMPTOM_LABELS
from quarantine.queries.cases import slot_word
from quarantine.queries.rule_words import NEED_LABELS
from quarantine.rules import ladder
from quarantine.rules.rule_sets import Fault, RuleSetData, faults_of

SLOT_ROWS = 4
_KNOWN_SLOTS = ("morning", "evening", "visit")
FAULT_WORDS: dict[str, Any] = {
    "name": _("Give the rules a name of at most 60 characters."),
    "days": _("From 1 to %(about)s days."),
    "monitoring": _("From 0 to %(about)s days."),
    "choice": _("Choose one of those offered. %(about)s"),
    "care_only": _("Care visits have neither monitoring nor tests nor a release."),
    "outside_period": _("These days lie outside the period: %(about)s"),
    "needs_tests": _("A negative test is asked for, but no test day is set."),
    "no_slot": _("Name at least one time of day."),
    "slot_names": _("Each time of day needs a name of its own, of at most 20 characters."),
    "slot_times": _("Type both times of each row, like 06:00."),
    "slot_order": _("Each time of day must begin after the one before."),
    "slot_overlap": _("This one runs into the next: %(about)s. Only the last may go on past midnight."),
    "grace": _("Grace is from 0 to %(about)s minutes."),
    "every": _("All rows come equally often: each 1 to %(about)s days."),
    "threshold": _("The threshold lies between 34.0 and 43.0, or is empty: no temperature."),
    "minutes": _("From 1 to %(about)s minutes."),
    "ladder_levels": _("Somebody must be asked: %(about)s"),
    "ladder_minutes": _("Each step lasts 1 to 2880 minutes: %(about)s"),
    "quiet": _("Type both hours, or leave both empty: no quiet hours."),
}


class DayNumbers(forms.CharField):
    """Numbers of days, apart by anything: 1、4、7、14."""

    def to_python(self, value: Any) -> list[int]:  # type: ignore[override]
        """The numbers, each once, in order."""
        words = super().to_python(value) or ""
        if re.sub(r"[\d\s,，、;；.]", "", words):
            raise forms.ValidationError(_("Type day numbers like 1, 4, 7."))
        return sorted({int(number) for number in re.findall(r"\d{1,4}", words)})

    def prepare_value(self, value: Any) -> Any:
        """As they are read."""
        return "、".join(map(str, value)) if isinstance(value, list) else value


class RuleSetForm(forms.Form):
    """One rule set. All faults are told at once; what is empty of the ladders is not asked."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    purpose = forms.CharField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name of the rules"), max_length=60, help_text=_("Another name makes rules of their own beside these.")
    )
    isolation_days = forms.IntegerField(label=_("Days of isolation"))
    monitoring_days = forms.IntegerField(label=_("Then days of monitoring"), initial=0)
    day_one = forms.ChoiceField(
        label=_("How day 1 counts"), widget=forms.RadioSelect,
        choices=[("counts", _("it counts: 14 days from the 1st end on the 14th")),
                 ("follows", _("whole days follow it: 14 days from the 1st end on the 15th"))],
    )  # fmt: skip
    test_days = DayNumbers(label=_("Tests on these days of isolation"), required=False)
    monitoring_test_days = DayNumbers(label=_("Tests on these days of monitoring"), required=False)
    threshold = forms.DecimalField(
        label=_("Fever from, in ℃"), max_digits=4, decimal_places=1, required=False,
        help_text=_("Empty: no temperature is taken."),
    )  # fmt: skip
    at_threshold_is_fever = forms.TypedChoiceField(
        label=_("What counts as fever"), widget=forms.RadioSelect, coerce=lambda value: value == "True",
        choices=[("True", _("at it and above")), ("False", _("only above it"))],
    )  # fmt: skip
    symptoms = forms.MultipleChoiceField(
        label=_("Symptoms that raise an alert"), choices=SYMPTOM_LABELS, widget=forms.CheckboxSelectMultiple,
        required=False,
    )  # fmt: skip
    release_needs = forms.MultipleChoiceField(
        label=_("A release needs"), choices=NEED_LABELS, widget=forms.CheckboxSelectMultiple, required=False
    )
    quiet_from = forms.CharField(label=_("Quiet hours from"), required=False, max_length=5)
    quiet_until = forms.CharField(label=_("Quiet hours until"), required=False, max_length=5)
    outcome_minutes = forms.IntegerField(label=_("Minutes for an outcome once taken"))

    def __init__(self, data: Any = None, *, start: RuleSetData, seen: int) -> None:
        super().__init__(data, initial={**_initial_of(start), "seen": seen})
        for row in range(SLOT_ROWS):
            self._add_slot(row, start.slots[row] if row < len(start.slots) else {})
        for kind, label in KIND_LABELS:
            steps = dict(ladder.steps_of(kind, start.ladders))
            for level, who in LEVEL_LABELS:
                name = f"ladder_{kind}_{level}"
                minutes = {int(step): after for step, after in steps.items()}.get(level)
                self.fields[name] = forms.IntegerField(label=f"{label} · {who}", required=False, initial=minutes)
        self.fields["purpose"].initial = start.purpose
        self.hide_optional = True
        self.start = start

    def _add_slot(self, row: int, slot: dict[str, Any]) -> None:
        words = {"name": _("Time of day"), "from": _("from"), "until": _("until"), "grace": _("grace, minutes"),
                 "every": _("each … days")}  # fmt: skip
        values = {"name": slot_word(slot["slot"]) if slot else "", "from": slot.get("from", ""),
                  "until": slot.get("until", ""), "grace": slot.get("grace", 60 if slot else None),
                  "every": slot.get("every", 1 if slot else None)}  # fmt: skip
        for key, label in words.items():
            kind = forms.IntegerField if key in ("grace", "every") else forms.CharField
            self.fields[f"slot{row}_{key}"] = kind(label=f"{row + 1} {label}", required=False, initial=values[key])

    def slot_rows(self) -> list[list[forms.BoundField]]:
        """The fields of the times of day, a row each."""
        return [[self[f"slot{row}_{key}"] for key in ("name", "from", "until", "grace", "every")]
                for row in range(SLOT_ROWS)]  # fmt: skip

    def ladder_rows(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields of the ladders, a kind each."""
        return [
            (label, [self[f"ladder_{kind}_{level}"] for level, _who in LEVEL_LABELS]) for kind, label in KIND_LABELS
        ]

    @property
    def levels(self) -> list[Any]:
        """Who is asked, from below."""
        return [who for _level, who in LEVEL_LABELS]

    def clean(self) -> dict[str, Any]:
        """Tells every fault of the whole at its field."""
        cleaned = super().clean() or {}
        if not self.errors:
            cleaned["rules"] = self._rules(cleaned)
            self._tell(faults_of(cleaned["rules"]))
        return cleaned

    def _tell(self, faults: Iterable[Fault]) -> None:
        places = {"slots": "slot0_name", "ladders": None, "quiet": "quiet_from", "purpose": None}
        kinds = dict(KIND_LABELS)
        for fault in faults:
            about = str(kinds.get(fault.about, slot_word(fault.about) if fault.field == "slots" else fault.about))
            self.add_error(places.get(fault.field, fault.field), FAULT_WORDS[fault.code] % {"about": about})

    def _rules(self, said: dict[str, Any]) -> RuleSetData:
        ladders = {}
        for kind, _label in KIND_LABELS:
            minutes = {level: said.get(f"ladder_{kind}_{level}") for level, _who in LEVEL_LABELS}
            ladders[kind] = [[int(level), after] for level, after in minutes.items() if after is not None]
        begins, ends = said["quiet_from"].strip(), said["quiet_until"].strip()
        keys = ("name", "isolation_days", "monitoring_days", "day_one", "test_days", "monitoring_test_days", "symptoms",
                "at_threshold_is_fever", "release_needs", "outcome_minutes")  # fmt: skip
        quiet = {"from": begins, "until": ends} if begins or ends else {}
        return RuleSetData(
            **{key: said[key] for key in keys}, purpose=self.start.purpose, slots=self._slots(said),
            threshold=said["threshold"], ladders=ladders, quiet=quiet,
        )  # fmt: skip

    def _slots(self, said: dict[str, Any]) -> list[dict[str, Any]]:
        known = {slot_word(code): code for code in _KNOWN_SLOTS}
        slots = []
        for row in range(SLOT_ROWS):
            name, begins, until = (said.get(f"slot{row}_{key}", "").strip() for key in ("name", "from", "until"))
            if name or begins or until:
                grace, every = said.get(f"slot{row}_grace"), said.get(f"slot{row}_every")
                slot = {"slot": known.get(name, name), "from": begins, "until": until}
                # What was left empty lies outside what is allowed: it is asked for, never filled in.
                slots.append({**slot, "grace": -1 if grace is None else grace, "every": 0 if every is None else every})
        return slots


def data_of(rules: Any) -> RuleSetData:
    """A rule set's row, or its data, as data with nothing left open."""
    facts = {name: getattr(rules, name) for name in RuleSetData.__dataclass_fields__}
    lists = {name: list(facts[name] or []) for name in ("test_days", "monitoring_test_days", "release_needs")}
    symptoms = [code for code, _label in SYMPTOM_LABELS] if facts["symptoms"] is None else list(facts["symptoms"])
    threshold = None if facts["threshold"] is None else Decimal(facts["threshold"])
    return RuleSetData(**facts | lists | {"symptoms": symptoms, "threshold": threshold})


def _initial_of(start: RuleSetData) -> dict[str, Any]:
    quiet = ladder.DEFAULT_QUIET if start.quiet is None else start.quiet
    facts = asdict(start) | {"quiet_from": quiet.get("from", ""), "quiet_until": quiet.get("until", "")}
    return facts | {"at_threshold_is_fever": str(start.at_threshold_is_fever)}

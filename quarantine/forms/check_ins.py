"""Words of the round turned into facts."""

import re
import unicodedata
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quarantine.actions.check_ins import Said
from quarantine.actions.tries import OF_A_DOOR
from quarantine.models.case import CHANNEL_LABELS, OUTCOME_LABELS, SYMPTOM_LABELS
from quarantine.rules import case_clock
from residents.forms.remarks import RemarkField

DEGREES = [(str(degree), str(degree)) for degree in range(35, 40)]
TENTHS = [(str(tenth), str(tenth)) for tenth in range(10)]
READINGS = [(key, key) for key in ("other", "not_measured", "no_thermometer")]
# What the word itself says of the way: nobody fails to pick up at the door.
CHANNEL_OF_OUTCOME = {"no_answer": "phone", "nobody_in": "visit", "wrong_number": "phone"}
CHANNELS_ASKED = [pair for pair in CHANNEL_LABELS if pair[0] != "list"]
OF_A_DOOR_LABELS = [pair for pair in OUTCOME_LABELS if pair[0] in OF_A_DOOR]
# "Not at home" without a reason stands in old rows only: whoever asks now is told where, or that nobody knows.
OUTCOMES_ASKED = [pair for pair in OUTCOME_LABELS if pair[0] != "not_at_home"]


# Digits, and at most one that counts after the point; no exponent, no "3_6".
_DEGREES = re.compile(r"[0-9]{1,4}(?:\.[0-9]0*)?")


class TemperatureField(forms.Field):
    """A temperature as people type it: 36.5, ３６．５, 36。5, 36,5, 36.5℃. Never guessed: 365 is refused."""

    default_error_messages = {
        "invalid": _("Type a number like 36.5."),
        "implausible": _("A temperature is between 34.0 and 43.0."),
    }

    def to_python(self, value: Any) -> Decimal | None:
        """℃ with one decimal, or None."""
        text = unicodedata.normalize("NFKC", str(value or "")).strip()
        text = (
            text.replace("。", ".").replace(",", ".").replace("、", ".").removesuffix("°C").removesuffix("度").strip()
        )
        if not text:
            return None
        if not _DEGREES.fullmatch(text):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        degrees = Decimal(text)
        if not case_clock.LOWEST <= degrees <= case_clock.HIGHEST:
            raise forms.ValidationError(self.error_messages["implausible"], code="implausible")
        return degrees


class TapForm(forms.Form):
    """One tap on the pad or on an outcome. Nothing is chosen beforehand; a digit without a degree stores nothing."""

    uuid = forms.UUIDField(widget=forms.HiddenInput)
    whole = forms.ChoiceField(choices=DEGREES, required=False)
    tenth = forms.ChoiceField(choices=TENTHS, required=False)
    temperature = TemperatureField(required=False)
    reading = forms.ChoiceField(choices=READINGS, required=False)
    outcome = forms.ChoiceField(choices=OUTCOME_LABELS, required=False)
    channel = forms.ChoiceField(choices=CHANNELS_ASKED, required=False)  # said once on the page, sent with each tap
    note = RemarkField(required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        """Puts what was tapped into `said`."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        cleaned["said"] = self._said(cleaned)
        return cleaned

    def _said(self, cleaned: dict[str, Any]) -> Said:
        reading, outcome, channel = cleaned["reading"], cleaned["outcome"], cleaned["channel"]
        if cleaned["tenth"]:
            if not cleaned["whole"]:
                raise forms.ValidationError(_("Tap the degree first."))
            return Said(temperature=Decimal(f"{cleaned['whole']}.{cleaned['tenth']}"), channel=channel)
        if outcome:
            return Said(outcome=outcome, channel=CHANNEL_OF_OUTCOME.get(outcome, channel), note=cleaned["note"])
        if reading == "no_thermometer":
            return Said(outcome="no_thermometer", channel=channel)
        if reading == "not_measured":
            return Said(reached=True, channel=channel)
        if cleaned["temperature"] is None:
            raise forms.ValidationError(_("Type the temperature first, for example 40.2."))
        return Said(temperature=cleaned["temperature"], channel=channel)


class CheckInForm(forms.Form):
    """Everything that can be learnt of a person at once. Nothing is chosen beforehand."""

    uuid = forms.UUIDField(widget=forms.HiddenInput)
    temperature = TemperatureField(
        label=_("Temperature (℃)"), required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    nothing_found = forms.BooleanField(label=_("asked, none"), required=False)
    symptoms = forms.MultipleChoiceField(
        label=_("Not feeling well? (several)"), choices=SYMPTOM_LABELS, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    outcome = forms.ChoiceField(
        label=_("How did it go?"), choices=OUTCOMES_ASKED, required=False, widget=forms.RadioSelect
    )
    channel = forms.ChoiceField(label=_("How?"), choices=CHANNELS_ASKED, required=False, widget=forms.RadioSelect)
    observed_at = forms.DateTimeField(
        label=_("When, if not now"), required=False, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    call_back = forms.TimeField(
        label=_("Ring again at"), required=False, input_formats=["%H:%M"],
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )  # fmt: skip
    note = RemarkField(label=_("Remark"), required=False, max_length=200)
    hide_optional = True  # every field may stay empty; saying it six times helps nobody

    def clean(self) -> dict[str, Any]:
        """Puts the words into `said`; "none" and a symptom together are refused."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        symptoms = tuple(cleaned["symptoms"])
        if cleaned["nothing_found"] and symptoms:
            self.add_error("nothing_found", _("Either none, or what was found."))
            return cleaned
        cleaned["said"] = Said(
            temperature=cleaned["temperature"],
            asked=cleaned["nothing_found"] or bool(symptoms),
            symptoms=symptoms,
            outcome=cleaned["outcome"],
            channel=CHANNEL_OF_OUTCOME.get(cleaned["outcome"], cleaned["channel"]),
            note=cleaned["note"],
        )
        return cleaned


class WholeNumbersField(forms.MultipleChoiceField):
    """Ids that travel as hidden fields; the deed itself knows which of them belong."""

    def valid_value(self, value: Any) -> bool:
        """Whether it is the text of an id."""
        return str(value).isascii() and str(value).isdigit() and len(str(value)) < 19


class DoorAskedForm(forms.Form):
    """问过，都没有: the page's uuid, and the cases of the people it named."""

    uuid = forms.UUIDField()
    cases = WholeNumbersField()
    channel = forms.ChoiceField(choices=CHANNELS_ASKED, required=False)


class DoorTriedForm(DoorAskedForm):
    """One outcome for the people of a door whom the page named."""

    outcome = forms.ChoiceField(choices=OF_A_DOOR_LABELS)

    @property
    def said_channel(self) -> str:
        """The way that the outcome itself says, else the one of the page."""
        outcome: str = self.cleaned_data["outcome"]
        channel: str = self.cleaned_data["channel"]
        return CHANNEL_OF_OUTCOME.get(outcome, channel)


class RingAgainForm(forms.Form):
    """When to ring again: in so many minutes, or at a time of day."""

    uuid = forms.UUIDField()
    also = WholeNumbersField(required=False)  # the tries of others at the same door
    minutes = forms.ChoiceField(choices=[("30", "30"), ("60", "60")], required=False)
    clock = forms.TimeField(required=False, input_formats=["%H:%M"])

    def clean(self) -> dict[str, Any]:
        """One of the two must be said."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not cleaned["minutes"] and cleaned["clock"] is None:
            raise forms.ValidationError(_("Say when to ring again, for example 10:30."))
        return cleaned

    def moment_after(self, at: datetime) -> datetime:
        """What was said, as a moment."""
        minutes, clock = self.cleaned_data["minutes"], self.cleaned_data["clock"]
        return at + timedelta(minutes=int(minutes)) if minutes else case_clock.coming(at, clock)

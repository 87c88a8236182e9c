"""A person as somebody types her: name, number, phones, relation, tags."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from residents import identity
from residents.forms.remarks import RemarkField
from residents.lists.faults import problem_words
from residents.lists.rows import Problem
from residents.models import Resident
from residents.models.resident import CARE_TAG_LABELS, ID_TYPE_LABELS, RELATION_LABELS, RESIDENCY_LABELS, SEX_LABELS
from residents.rules import id_numbers, names, phones
from residents.rules.id_numbers import IdFault, IdNumber, IdType
from residents.rules.people import PersonFacts

REVEAL_REASONS = [
    ("paper", _("To fill in a paper or a report")),
    ("transfer", _("For a transfer or a hospital")),
    ("authority", _("The police or health authority asks")),
    ("mend", _("To compare it with the card")),
]


def _words(code: str) -> str:
    """What to do about a fault, in the words that lists use for it."""
    return str(problem_words(Problem(code)))


class PersonForm(forms.Form):
    """One person. Everything but the name may stay empty; an ID number brings sex and birth date with it."""

    name = forms.CharField(
        label=_("Name"), max_length=names.LONGEST_NAME, error_messages={"required": _("Write the name.")}
    )
    id_number = forms.CharField(label=_("ID number"), max_length=40, required=False)
    phones = forms.CharField(
        label=_("Phone"), max_length=100, required=False, help_text=_("Several: put a space between them.")
    )
    relation = forms.ChoiceField(label=_("Relation to head"), choices=[("", "—"), *RELATION_LABELS], required=False)
    care_tags = forms.MultipleChoiceField(
        label=_("Needs care"), choices=CARE_TAG_LABELS, required=False, widget=forms.CheckboxSelectMultiple
    )
    id_type = forms.ChoiceField(
        label=_("ID type"), choices=[("", _("as the number shows")), *ID_TYPE_LABELS], required=False
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=[("", "—"), *SEX_LABELS], required=False)
    birth_date = forms.DateField(label=_("Birth date"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    residency = forms.ChoiceField(label=_("Residency"), choices=[("", "—"), *RESIDENCY_LABELS], required=False)
    note = RemarkField(label=_("Remark"), max_length=200, required=False)

    use_required_attribute = False  # the server tells every fault at once, in words
    hide_optional = True  # said once for the whole form
    # The ones that are seldom needed when a number is given: they stand folded.
    FOLDED = ("id_type", "sex", "birth_date", "residency", "note")

    def __init__(self, *args: Any, today: date, stored: IdNumber | None = None, **kwargs: Any) -> None:
        """`stored` is the number that stays when none is typed."""
        super().__init__(*args, **kwargs)
        self.today, self.stored = today, stored
        self.person_number = 0  # counted from 1 where several stand on one page
        for name in ("name", "id_number", "phones", "note"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.fields["phones"].widget.attrs["inputmode"] = "tel"
        self.fields["id_number"].widget.attrs["autocapitalize"] = "characters"

    @property
    def folded(self) -> list[forms.BoundField]:
        """The fields that stand folded."""
        return [self[name] for name in self.FOLDED]

    @property
    def unfold(self) -> bool:
        """Whether something in the folded fields must be seen."""
        return any(field.errors or (field.value() not in (None, "")) for field in self.folded)

    def clean_name(self) -> str:
        """The name as people write it, without padding."""
        name = names.clean(self.cleaned_data["name"])
        if not names.looks_like_name(name):
            raise ValidationError(_words("name_unreadable"))
        return name

    def clean_phones(self) -> list[str]:
        """Bare digits; anything that is no phone number is said."""
        text = self.cleaned_data["phones"]
        if text and not phones.is_sound(text):
            raise ValidationError(_words("phone_unreadable"))
        return phones.normalise(text)

    def clean_birth_date(self) -> date | None:
        """A day that has been."""
        day: date | None = self.cleaned_data["birth_date"]
        if (day is not None and not 1850 <= day.year <= self.today.year) or (day is not None and day > self.today):
            raise ValidationError(_("This birth date cannot be right. Check the year."))
        return day

    def clean(self) -> dict[str, Any]:
        """The number by its type, and that sex and birth date do not contradict it."""
        cleaned: dict[str, Any] = super().clean() or {}
        typed, said = cleaned.get("id_number") or "", cleaned.get("id_type") or ""
        read = id_numbers.canonical(typed, IdType(said) if said else None) if typed else None
        if isinstance(read, IdFault):
            self.add_error("id_number", _words(read.value))
            read = None
        elif read is not None and said and read.type.value != said:
            self.add_error("id_type", _("The number belongs to another type of document. Check both."))
        cleaned["number"] = read
        self._compare(cleaned, read or self.stored)
        return cleaned

    def _compare(self, cleaned: dict[str, Any], number: IdNumber | None) -> None:
        if number is None:
            return
        sex, born = id_numbers.sex_of(number.number), id_numbers.birth_date_of(number.number)
        if sex and cleaned.get("sex") not in (None, "", sex):
            self.add_error("sex", _words("sex_contradicts_id"))
        if born and cleaned.get("birth_date") not in (None, born):
            self.add_error("birth_date", _words("birth_date_contradicts_id"))
        if born and born > self.today:
            self.add_error("id_number", _words("id_birth_date"))
        cleaned["sex"] = sex or cleaned.get("sex", "")
        cleaned["birth_date"] = born or cleaned.get("birth_date")

    def facts(self) -> PersonFacts:
        """What the form says, clean."""
        cleaned = self.cleaned_data
        return PersonFacts(
            name=cleaned["name"],
            id_number=cleaned["number"],
            sex=cleaned["sex"],
            birth_date=cleaned["birth_date"],
            phones=tuple(cleaned["phones"]),
            relation=cleaned["relation"],
            care_tags=tuple(cleaned["care_tags"]),
            residency=cleaned["residency"],
            note=cleaned["note"],
        )

    def typed(self) -> dict[str, Any]:
        """What stands in the fields of a sent form, unchecked, to show it again in a form that was not to save."""
        return {
            name: field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))
            for name, field in self.fields.items()
        }


class EditPersonForm(PersonForm):
    """A person who is registered: an empty number keeps the stored one, and `version` is what the editor saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, resident: Resident, today: date, **kwargs: Any) -> None:
        stored = identity.unsealed(resident.id_type, resident.id_sealed)
        super().__init__(*args, today=today, stored=stored, **kwargs)
        self.went_into = resident.merged_into_id
        if stored is not None:
            self.fields["id_number"].help_text = _("On file: %(masked)s. Leave it empty to keep that number.") % {
                "masked": identity.masked(resident.id_type, resident.id_sealed)
            }

    def clean(self) -> dict[str, Any]:
        """As for a new person; a record that went into another one is changed there."""
        if self.went_into is not None:
            self.add_error(None, _("This record went into another one of the same person. Change that one."))
        return super().clean()


def initial_of(resident: Resident) -> dict[str, Any]:
    """The fields of a form that shows what is stored; the number stays sealed."""
    return {
        "name": resident.name,
        "phones": " ".join(resident.phones),
        "relation": resident.relation,
        "care_tags": resident.care_tags,
        "sex": resident.sex,
        "birth_date": resident.birth_date.isoformat() if resident.birth_date else "",
        "residency": resident.residency,
        "note": resident.note,
        "version": resident.version,
    }


class RevealForm(forms.Form):
    """Why somebody looks at an ID number; a code, because the record of the look must say nothing of the person."""

    reason = forms.ChoiceField(label=_("Why do you need the number?"), choices=REVEAL_REASONS, widget=forms.RadioSelect)

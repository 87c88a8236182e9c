"""Words about lists → facts: the meaning of their columns, and what the user decides."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from grid import registries
from grid.models import Place
from grid.rules.clock import local_day, moment
from residents.lists import kinds, staging
from residents.lists.columns import unproven_sex_digits
from residents.lists.faults import field_label
from residents.lists.fields import REPEATABLE, Field
from residents.lists.grids import Grids
from residents.models import ImportBatch
from residents.models.resident import SEX_LABELS
from residents.queries.lists import grids_of

_BY_MORNING, _ROOM = time(8, 0), timedelta(hours=2)
_LONGEST = timedelta(days=90)  # to find people
MEANS = "means-"  # before a name that several grids share
SEX = "sex-"  # before a digit
SEXES = [*SEX_LABELS, ("unknown", _("unclear"))]
MOST_SHARED = 30  # questions about such names
YES_NO = [("yes", _("Yes, open them")), ("no", _("No, open none"))]


class MappingForm(forms.Form):
    """What the columns mean, and what the list does not say: a grid for unknown doors, and whether people isolate."""

    hide_optional = True  # nearly every field here may stay empty: saying so each time would only be noise

    def __init__(self, *args: Any, batch: ImportBatch, found: staging.Found, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.batch, self.found = batch, found
        self.fields["kind"] = forms.ChoiceField(
            label=_("Kind of list"), initial=batch.kind,
            choices=[(kind.key, kind.label) for kind in registries.LIST_KINDS.values()],
        )  # fmt: skip
        fields = kinds.fields_of_all()
        choices = [("", _("leave out")), *((field.value, field_label(field)) for field in fields)]
        for number, (sheet, table) in enumerate(found):
            stored = {column["index"]: column["field"] for column in batch.tables[number]["columns"]}
            self._add_sheet(number, sheet.name, batch.tables[number])
            shown = staging.samples(table)
            for column in table.columns:
                self.fields[f"column-{number}-{column.index}"] = forms.ChoiceField(
                    label=column.header or _("(no heading)"), help_text=shown[column.index], choices=choices,
                    required=False, initial=stored.get(column.index, ""),
                )  # fmt: skip
        self._add_choices()
        self._add_grids()
        self._add_sexes()

    def _add_sheet(self, number: int, name: str, plain: staging.Plain) -> None:
        if len(self.found) > 1 or plain.get("hidden"):
            label = _("Take in this hidden sheet") if plain.get("hidden") else _("Take in this sheet")
            self.fields[f"use-{number}"] = forms.BooleanField(label=label, required=False, initial=plain["use"])

    def _add_choices(self) -> None:
        said = self.batch.choices
        grids = [(str(grid.pk), grid.name) for grid in grids_of(self.batch)]
        self.fields["grid"] = forms.ChoiceField(
            label=_("Grid of doors that are not known yet"), required=False, initial=said.get("grid") or "",
            help_text=_("Where the list or the register knows the grid of a building, that one counts."),
            choices=[("", _("not chosen")), *grids],
        )  # fmt: skip
        self.fields["deadline"] = forms.DateTimeField(
            label=_("To be found by"), required=False, initial=_deadline_of(said),
            help_text=_("Everybody on the list becomes a name to verify: a door to knock at or a number to ring."),
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            error_messages={"invalid": _("Write day and time like 2026-03-04 08:00.")},
        )  # fmt: skip
        if kinds.ISOLATION_REASONS:
            self.fields["isolation"] = forms.ChoiceField(
                label=_("Open isolation records"), choices=YES_NO, widget=forms.RadioSelect, required=False,
                help_text=_("For everybody whose isolation start stands in the list."),
                initial={True: "yes", False: "no"}.get(said.get("isolation")),
            )  # fmt: skip
            self.fields["reason"] = forms.ChoiceField(
                label=_("Reason of the isolation"), choices=[("", _("not chosen")), *kinds.ISOLATION_REASONS],
                required=False, initial=said.get("reason", ""),
            )  # fmt: skip

    def _add_grids(self) -> None:
        """One question for each name of the list that several grids share."""
        words = staging.words_under(self.found, self._tables_so_far(), Field.GRID)
        shared = Grids(self.batch.grid).shared(words) if words else {}
        places = Place.objects.select_related("parent").in_bulk({key for keys in shared.values() for key in keys})
        said = self.batch.choices.get("grids", {})
        for name, keys in list(shared.items())[:MOST_SHARED]:
            grids = sorted((places[key] for key in keys), key=lambda grid: grid.code)
            self.fields[f"{MEANS}{name}"] = forms.ChoiceField(
                label=format_lazy(_("Which grid is “{}”?"), grids[0].name), required=False, initial=said.get(name, ""),
                help_text=_("Several grids are called so. Rows that name their community need no answer."),
                choices=[("", _("not chosen")), *((str(grid.pk), f"{grid.parent} · {grid.name}") for grid in grids)],
            )  # fmt: skip

    def _add_sexes(self) -> None:
        """One question for each digit of sex columns whose meaning no ID number of the list proves."""
        said = {digit: sex or "unknown" for digit, sex in self.batch.choices.get("sexes", {}).items()}
        for digit in unproven_sex_digits(staging.as_confirmed(self.found, self._tables_so_far())):
            self.fields[f"{SEX}{digit}"] = forms.ChoiceField(
                label=format_lazy(_("Sex “{}” in the list means"), digit), choices=SEXES, widget=forms.RadioSelect,
                initial=said.get(digit), error_messages={"required": _("Say what it means: nothing is assumed.")},
                help_text=_("The ID numbers of this list do not prove it. Unclear: the sex stays empty."),
            )  # fmt: skip

    def _tables_so_far(self) -> list[staging.Plain]:
        """Tables with their mapping as it was sent, sound or not, or as it stands."""
        return self._tables(self._sent) if self.is_bound else list(self.batch.tables)

    def _sent(self, name: str, default: Any) -> Any:
        value = self.data.get(name, default)
        return value if value in set(Field) or not name.startswith("column-") else ""

    # -- what was said ------------------------------------------------------------------------------------------

    def tables(self) -> list[staging.Plain]:
        """Tables with their mapping as the user said."""
        return self._tables(self.cleaned_data.get)

    def _tables(self, said: Callable[[str, Any], Any]) -> list[staging.Plain]:
        return [
            {
                **plain,
                "use": bool(said(f"use-{number}", True)),
                "columns": [
                    {**column, "field": said(f"column-{number}-{column['index']}", "")} for column in plain["columns"]
                ],
            }
            for number, plain in enumerate(self.batch.tables)
        ]

    def choices(self) -> dict[str, Any]:
        """The grid for unknown doors, what shared names of grids and digits of sexes mean, whether and why people
        isolate."""
        said, asked = self.cleaned_data, self._asks_for_isolation()
        isolation = asked and said.get("isolation") == "yes"
        deadline = said.get("deadline") if self.makes_names else None
        return {
            "deadline": deadline.isoformat() if deadline else None,
            "grid": int(said["grid"]) if said.get("grid") else None,
            "grids": {
                name.removeprefix(MEANS): int(value) for name, value in said.items() if name.startswith(MEANS) and value
            },
            "sexes": {
                name.removeprefix(SEX): "" if value == "unknown" else value
                for name, value in said.items()
                if name.startswith(SEX)
            },
            "isolation": isolation if asked else None,
            "reason": said.get("reason", "") if isolation else "",
        }

    def _asks_for_isolation(self) -> bool:
        mapped = {column["field"] for table in self.tables() if table["use"] for column in table["columns"]}
        return self.makes_people and bool(kinds.ISOLATION_REASONS) and Field.ISOLATION_START.value in mapped

    def clean(self) -> dict[str, Any]:
        """Each field once a table; names somewhere; the isolation question answered where it is asked."""
        said = super().clean() or {}
        if self.errors:
            return said
        tables = [(number, table) for number, table in enumerate(self.tables()) if table["use"]]
        if not tables:
            raise forms.ValidationError(_("Tick at least one sheet."))
        for number, table in tables:
            self._check_columns(number, table)
        if self.makes_names and not said.get("deadline"):
            self.add_error("deadline", _("Say until when these people are to be found."))
        elif self.makes_names and not timezone.now() < said["deadline"] < timezone.now() + _LONGEST:
            self.add_error("deadline", _("This time is past or far away. Say when in the next 90 days."))
        if self._asks_for_isolation():
            if not said.get("isolation"):
                self.add_error("isolation", _("Say yes or no: nothing is assumed."))
            elif said["isolation"] == "yes" and not said.get("reason"):
                self.add_error("reason", _("Choose the reason of the isolation."))
        return said

    def _check_columns(self, number: int, table: staging.Plain) -> None:
        seen: set[str] = set()
        for column in table["columns"]:
            field = column["field"]
            if field and field in seen and Field(field) not in REPEATABLE:
                self.add_error(
                    f"column-{number}-{column['index']}", _("Another column means this already. Leave one out.")
                )
            seen.add(field)
        _sheet, proposed = self.found[number]
        nameless = self.makes_names and not proposed.indexes(Field.NAME) and seen & {Field.ID_NUMBER, Field.PHONES}
        if Field.NAME.value not in seen and not nameless:
            raise forms.ValidationError(_("Say which column holds the names."))

    @property
    def kind(self) -> kinds.ListKind | None:
        """The kind that was said or proposed; None for one that does not exist."""
        return registries.LIST_KINDS.get(str(self["kind"].value()))

    @property
    def is_taken_in(self) -> bool:
        """Whether the register can take in a list of that kind."""
        return bool(self.kind and self.kind.taken_in)

    @property
    def makes_people(self) -> bool:
        """Whether new rows of such a list become people of the register."""
        return bool(self.kind and self.kind.makes_people)

    @property
    def makes_names(self) -> bool:
        """Whether the people of such a list are to be found first."""
        return bool(self.kind and self.kind.makes_names)

    @property
    def recalled(self) -> bool:
        """Whether the columns of a table are as the street office corrected them before."""
        return any(table.get("recalled") for table in self.batch.tables)

    @property
    def shows_isolation(self) -> bool:
        """Whether the page asks about isolation: a column holds its start."""
        if not self.makes_people:
            return False
        columns = [name for name in self.fields if name.startswith("column-")]
        return "isolation" in self.fields and any(self[name].value() == Field.ISOLATION_START for name in columns)

    def asks_more(self, staged: staging.Staged) -> bool:
        """Whether rows stay without a grid as long as nobody says more; the form then says for which names."""
        if homeless := staged.count("grid_missing"):
            words = _("%(count)s rows have a door whose grid nobody knows. Choose a grid.")
            self.add_error("grid", words % {"count": homeless})
        for name in staged.grids_shared():
            field = f"{MEANS}{name}" if f"{MEANS}{name}" in self.fields else None
            self.add_error(field, _("Choose the grid: nothing is assumed."))
        return bool(self.errors)

    # -- how it is shown ----------------------------------------------------------------------------------------

    def meanings(self) -> list[forms.BoundField]:
        """The questions about names that several grids share, and about digits of sexes."""
        return [self[name] for name in self.fields if name.startswith((MEANS, SEX))]

    def sheets(self) -> list[dict[str, Any]]:
        """For the page: each table with its tick, matched columns first, then those left out."""
        shown = []
        for number, (sheet, table) in enumerate(self.found):
            columns = [self[f"column-{number}-{column.index}"] for column in table.columns]
            shown.append({
                "name": sheet.name,
                "use": self[f"use-{number}"] if f"use-{number}" in self.fields else None,
                "matched": [column for column in columns if column.value()],
                "left_out": [column for column in columns if not column.value()],
            })  # fmt: skip
        return shown


def _deadline_of(said: dict[str, Any]) -> datetime:
    """What was said before; else the next morning: lists come in the evening, and the day begins with them."""
    if said.get("deadline"):
        return datetime.fromisoformat(said["deadline"])
    at = timezone.now()
    morning = moment(local_day(at), _BY_MORNING)
    return morning if at + _ROOM < morning else moment(local_day(at) + timedelta(days=1), _BY_MORNING)


class CommitForm(forms.Form):
    """The word that a list be taken in as it was seen. `leave_blank` is what `fill_in` was not ticked of, where the
    page asked (`asked`); the page of a list that failed says it again."""

    reading = forms.IntegerField(widget=forms.HiddenInput)
    use_list = forms.MultipleChoiceField(
        label=_("For which of these should the list count?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    fill_in = forms.MultipleChoiceField(
        label=_("What the register does not hold yet is filled in"), required=False,
        help_text=_("Untick what should stay empty."), widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    asked = forms.BooleanField(required=False, widget=forms.HiddenInput)
    leave_blank = forms.MultipleChoiceField(required=False, widget=forms.MultipleHiddenInput)

    def __init__(self, *args: Any, batch: ImportBatch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        differing, filled = batch.counts.get("fields", {}), batch.counts.get("fills", {})
        said = batch.choices
        for name, fields in (("use_list", differing), ("fill_in", filled), ("leave_blank", filled)):
            self.fields[name].choices = [  # type: ignore[attr-defined]
                (key, format_lazy("{} ({})", field_label(key), count)) for key, count in fields.items()
            ]
        self.initial = {
            "reading": said.get("reading"), "use_list": said.get("use_list", []), "asked": bool(filled),
            "fill_in": [key for key in filled if key not in said.get("leave_blank", [])],
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """What `ask_commit` is told."""
        said = super().clean() or {}
        filled, asked = said.pop("fill_in", []), said.pop("asked", False)
        if asked:
            said["leave_blank"] = [key for key, _words in self.fields["fill_in"].choices if key not in filled]  # type: ignore[attr-defined]
        return said


class LeaveOutForm(forms.Form):
    """Rows of the preview that nothing is to become of, or something after all."""

    reading = forms.IntegerField()
    row = forms.TypedMultipleChoiceField(coerce=int, required=False)
    left_out = forms.TypedChoiceField(choices=[("yes", ""), ("no", "")], coerce=lambda said: said == "yes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = [value for value in self.data.getlist("row") if value.isdecimal() and len(value) < 19]  # type: ignore[attr-defined]
        self.fields["row"].choices = [(value, value) for value in said]  # type: ignore[attr-defined]  # scoped by the deed

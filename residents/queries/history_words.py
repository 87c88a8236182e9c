"""How history says a field and its values: labels and choices of the model, names for ids, dates as people say them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from grid import registries
from residents.models import Contact, Household, Resident
from residents.models.contact import CONTACT_LABELS
from residents.models.resident import (
    CARE_TAG_LABELS,
    ID_TYPE_LABELS,
    LEFT_LABELS,
    RELATION_LABELS,
    RESIDENCY_LABELS,
    SEX_LABELS,
)
from residents.rules.history import Change, FieldChange

_NO_LABEL: dict[str, Any] = {
    "household": pgettext_lazy("history", "Door"),
    "grid": gettext_lazy("Grid"),
    "left_on": pgettext_lazy("audit", "day of leaving"),
    "left_reason": pgettext_lazy("audit", "reason of leaving"),
    "merged_into": pgettext_lazy("history", "Now part of"),
}
_CODES: dict[str, dict[str, Any]] = {
    "sex": dict(SEX_LABELS),
    "id_type": dict(ID_TYPE_LABELS),
    "relation": {**dict(RELATION_LABELS), **dict(CONTACT_LABELS)},
    "residency": dict(RESIDENCY_LABELS),
    "care_tags": dict(CARE_TAG_LABELS),
    "left_reason": dict(LEFT_LABELS),
}
_MODELS = {"resident": Resident, "household": Household, "contact": Contact}
_BY_ID = {"household", "grid", "resident"}
_NOT_SAID = {"id", "resident", "street"}
_WHY_NOT: dict[str, Any] = {
    "": "",
    "nothing": "",
    "since": gettext_lazy("It was changed again since: change it by hand."),
    "number": gettext_lazy("The ID number was changed with it: change it by hand."),
    "merge": gettext_lazy("Two records were made one here: that is taken back where it was done."),
    "move": gettext_lazy("It was a move: move back to undo it."),
    "other": gettext_lazy("It was more than a change of words: change it by hand."),
    "left": gettext_lazy("It was a departure or a return: note the opposite to undo it."),
}


@dataclass(frozen=True)
class Names:
    """Names for the ids that changes mention, of what the reader may see."""

    staff: dict[int, str]
    grid: dict[int, str]
    household: dict[int, str]
    resident: dict[int, str]
    lists: dict[datetime, str]  # by the moment at which the list was taken in


def tracked(model: Any) -> list[str]:
    """The fields of the model of which versions are kept."""
    return [one.name for one in model.pgh_event_model._meta.concrete_fields if not one.name.startswith("pgh_")]


def deed_words(deed: str, label: str) -> str:
    """What was done; a row written by no deed says what became of it."""
    words = {"insert": _("Added"), "update": _("Changed"), "delete": _("Removed")}
    return str(registries.DEEDS.get(deed) or words[label])


def why_not_words(code: str) -> str:
    """A code of `rules.history.why_not_undone` for the reader."""
    return str(_WHY_NOT[code])


def sentences_of(change: Change, names: Names) -> list[str]:
    """Each field that a reader understands: what it was, what it is."""
    silent = _NOT_SAID | ({"grid"} if change.event.kind == "contact" else set())  # a contact goes where its person goes
    return [_sentence(one, change.event.kind, names) for one in change.fields if one.name not in silent]


def _sentence(one: FieldChange, kind: str, names: Names) -> str:
    label = _NO_LABEL.get(one.name) or _MODELS[kind]._meta.get_field(one.name).verbose_name  # type: ignore[union-attr]
    said = kind if one.name == "merged_into" else one.name
    before, after = (value_words(said, value, names) for value in (one.before, one.after))
    facts = {"what": label, "before": before, "after": after}
    if not before:
        return pgettext("history", "%(what)s: %(after)s") % facts
    if not after:
        return pgettext("history", "%(what)s: %(before)s → nothing") % facts
    return pgettext("history", "%(what)s: %(before)s → %(after)s") % facts


def value_words(name: str, value: Any, names: Names) -> str:
    """A stored value for a reader; "" for nothing."""
    if value in (None, "", []):
        return ""
    if name in _BY_ID:
        known: dict[int, str] = getattr(names, name)
        elsewhere = {
            "grid": _("another grid"), "household": _("a door elsewhere"), "resident": _("a person elsewhere"),
        }  # fmt: skip
        return known.get(value) or elsewhere[name]
    if isinstance(value, bool):
        return pgettext("audit", "yes") if value else pgettext("audit", "no")
    if isinstance(value, date):
        return formats.date_format(value)
    codes = _CODES.get(name, {})
    if isinstance(value, list):
        return listed(codes.get(part, part) for part in value)
    return str(codes.get(value, value))


def listed(words: Iterable[Any]) -> str:
    """Words one after the other, as the language parts them."""
    return pgettext("between two words", ", ").join(str(word) for word in words)

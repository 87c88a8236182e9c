"""Why a row is refused, in words that say what to do. They reveal nothing of people outside the reader's places."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from residents.lists.faults import row_words
from residents.lists.rows import Problem

_ROW_WORDS: dict[str, Promise] = {
    "name_missing": _("The name is missing. Write it."),
    "door_missing": _("The door is missing. Write building and room."),
    "grid_missing": _("No grid is known for this door. Choose one, then look again."),
    "two_fit": _("Two people of the register fit. Add the ID number."),
    "known_elsewhere": _("Already registered in another community of this street. Ask the street office."),
    "door_elsewhere": _("This door belongs to another community of this street. Ask the street office."),
    "twice_in_file": _("The same person stands in this list already, in row {row}."),
    "door_in_other_grid": _("Row {row} says another grid for this door. Write the same grid in both."),
    "same_as_row": _("The same person as in row {row}: one visit."),
    "waits_already": _("Another list named this person already: one visit."),
    "answered_already": _("Somebody has found out about this person already. What is new is added there."),
    "registered_here": _("Somebody with this ID number is registered with you."),
    "appeared_meanwhile": _("Somebody registered this person meanwhile. Upload the list again to compare."),
    "nobody_fits": _(
        "Nobody of the register fits. Look whether compound, building and room are whole; then register the person, or "
        "write the ID number."
    ),
    "no_isolation": _("No open isolation holds these days. Look at the person's record."),
    "isolation_closed": _("The isolation of these days is closed; nothing more can be recorded."),
    "readings_coming": _("These days are still to come. Check month and day."),
    "readings_in_words": _("No temperature stands here in figures."),
    "readings_left": _(
        "Readings that are not stored: {row}. Their days lie outside the open isolation or are to come."
    ),
    "changed_meanwhile": _("The register changed after you looked. Upload the list again to compare."),
}


def reason_words(problems: dict[str, str]) -> list[str]:
    """Every reason of a refused row, a sentence or two each."""
    return [words for name, code in problems.items() for words in _words(name, code)]


def _words(name: str, code: str) -> list[str]:
    if name != "row":
        return [str(words) for words in row_words({name: Problem(code)})]
    code, _colon, row = code.partition(":")
    return [str(_ROW_WORDS[code]).format(row=row)]

"""Faults and refusals in words that say what to do. Never a name, a number or any other value of the list."""

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from residents.lists.fields import Field
from residents.lists.reading import Refusal
from residents.lists.rows import Problem

FIELD_LABELS: dict[Field, Promise] = {
    Field.NAME: _("Name"),
    Field.SEX: _("Sex"),
    Field.BIRTH_DATE: _("Birth date"),
    Field.ID_TYPE: _("Document type"),
    Field.ID_NUMBER: _("ID number"),
    Field.PHONES: _("Phone"),
    Field.ADDRESS: _("Address"),
    Field.COMPOUND: _("Compound"),
    Field.BUILDING: _("Building"),
    Field.UNIT: _("Unit"),
    Field.ROOM: _("Room"),
    Field.RELATION: _("Relation to head"),
    Field.HOUSEHOLD: _("Household number"),
    Field.ISOLATION_START: _("Isolation start"),
    Field.ISOLATION_END: _("Isolation end"),
    Field.REGISTERED_ADDRESS: _("Registered address"),
    Field.RESIDENCY: _("Residency"),
    Field.COMMUNITY: _("Community"),
    Field.GRID: _("Grid"),
    Field.NOTE: _("Remark"),
    Field.CHECK_IN: _("Temperature"),
    Field.DAY: _("Day of the temperatures"),
    Field.SLOT: _("Morning or evening"),
    Field.NEEDS: _("Supplies asked for"),
    Field.URGENT: _("Urgent"),
}

_WORDS: dict[str, Promise] = {
    "name_unreadable": _("This is not a name. Write the person's full name."),
    "id_length": _("The ID number has too few or too many characters. Compare it with the ID card."),
    "id_characters": _("The ID number holds characters that no ID number has. Compare it with the ID card."),
    "id_check": _("A digit of the ID number is wrong. Compare it with the ID card."),
    "id_birth_date": _("The birth date inside the ID number does not exist. Compare it with the ID card."),
    "id_masked": _("The ID number is partly hidden. Write all its characters."),
    "id_unknown": _("This is no document number that we know. Name the document type, or check the number."),
    "id_lost_digits": _("Excel has lost the last digits of this ID number. Format the cell as text and type it again."),
    "sex_unreadable": _("Write the sex as 男 or 女."),
    "sex_coding_unknown": _("It is not known which digit means male. Write the sex as 男 or 女."),
    "sex_contradicts_id": _("The sex differs from the ID number. Check both."),
    "birth_date_contradicts_id": _("The birth date differs from the ID number. Check both."),
    "phone_unreadable": _("This is not a whole phone number. Check its digits."),
    "relation_unknown": _("This relation is not known. Choose one from the template."),
    "date_unreadable": _("This is not a date. Write it like 2020-02-03."),
    "date_impossible": _("This date does not exist or is far off. Check it."),
    "date_lost_digits": _("Excel has changed this date into a number. Write it like 2020-02-03."),
    "date_without_year": _("The list does not tell the year. Write the date like 2020-02-03."),
    "end_before_start": _("The end lies before the start. Check both dates."),
    "address_unreadable": _("No door can be told from this address. Write it like 12-3-502."),
    "door_became_date": _("Excel has changed this door into a date. Format the cell as text and type it again."),
    "grid_not_below": _(
        "This grid is none of those that the list is for. Write another one, or leave the column of grids out."
    ),
    "grid_shared": _("Several grids are called so. Say which one is meant, then look again."),
    "temperature_unreadable": _("This is no temperature between 34.0 and 43.0. Write it like 36.5."),
    "day_or_slot_unknown": _("The list does not tell the day, or morning or evening. Write them above the column."),
    "yes_or_no_unreadable": _("Write 是 or 否."),
    "text_too_long": _("This cell holds too much text. Shorten it to 500 characters."),
    "nothing_above": _("There is nothing above that could be repeated. Write the value."),
    "cell_formula": _("This formula was never calculated. Open the file in Excel, save it and upload it again."),
    "cell_error": _("The cell shows an error. Write the value."),
}  # fmt: skip

_REFUSALS: dict[Refusal, Promise] = {
    Refusal.EMPTY: _("This file is empty."),
    Refusal.ENCRYPTED: _("This file has a password. Remove it in Excel or WPS, save and upload again."),
    Refusal.DAMAGED: _(
        "This file is damaged or incomplete. Open it in Excel or WPS, save it as .xlsx and upload again."
    ),
    Refusal.HTML: _(
        "This is a web page that is named like a workbook. Open it in Excel or WPS, save it as .xlsx and upload again."
    ),
    Refusal.TOO_LARGE: _("This file is too large. Split it: up to 20 MB, 200 MB unpacked."),
    Refusal.TOO_MANY_ROWS: _("This list has too many rows. Split it: up to 100,000 rows a sheet."),
    Refusal.TOO_MANY_COLUMNS: _(
        "This list has too many columns. Keep up to 100, and delete stray cells far to the right."
    ),
    Refusal.BUSY: _("Another list is being read right now. Try again in a minute."),
    Refusal.TOO_SLOW: _("Reading this file took too long. Save it as .xlsx in Excel or WPS, or split it."),
    Refusal.NOT_A_LIST: _(
        "This is not a list. Upload a workbook (.xlsx, .xls, .ods), a Word table (.docx) or a CSV file."
    ),
}


def problem_words(problem: Problem) -> Promise:
    """What to do about a fault, in one or two sentences."""
    return _WORDS[problem.code]


def field_label(name: str) -> Promise:
    """The name of a field as pages show it."""
    return FIELD_LABELS[Field(name)]


def row_words(problems: dict[str, Problem]) -> list[Promise]:
    """Every fault of a row: "ID number: A digit of the ID number is wrong. …"."""
    return [format_lazy("{}: {}", field_label(name), problem_words(problem)) for name, problem in problems.items()]


def refusal_words(reason: Refusal) -> Promise:
    """Why a file is not read and what to do."""
    return _REFUSALS[reason]


CODES = frozenset(_WORDS)

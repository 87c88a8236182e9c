"""What a row says beside the person herself, as pages show it: temperatures and needs."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from residents.lists.rows import PersonRow
from residents.rules.needs import Need


def temperatures(person: PersonRow) -> list[str]:
    """Day, part of the day and reading of each."""
    return [_check_in(*said) for said in person.check_ins]


def _check_in(day: date, slot: str, degrees: float | None) -> str:
    words = _("morning") if slot == "morning" else _("evening")
    reading = _("normal, no number") if degrees is None else f"{degrees:.1f} ℃"
    return f"{date_format(day, 'MONTH_DAY_FORMAT')} {words} {reading}"


def needs(person: PersonRow) -> str:
    """What is asked for, with quantities."""
    return "、".join(_need(need) for need in person.needs)


def _need(need: Need) -> str:
    item, quantity, unit = need
    return item if quantity is None else f"{item} {quantity:g}{unit or ''}"

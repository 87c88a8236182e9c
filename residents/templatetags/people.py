"""How pages say facts of people."""

from collections.abc import Iterable
from datetime import date

from django import template

from residents.models.resident import CARE_TAG_LABELS
from residents.rules.people import age_on

register = template.Library()
_CARE_WORDS = dict(CARE_TAG_LABELS)


@register.filter
def age(birth_date: date | None, today: date) -> int | None:
    """Whole years on the day of the page; None without a birth date."""
    return age_on(birth_date, today) if birth_date else None


@register.filter
def care_words(tags: Iterable[str]) -> list[dict[str, str]]:
    """Care tags as `components/person_line.html` shows them."""
    return [{"word": str(_CARE_WORDS.get(tag, tag)), "kind": "care"} for tag in tags]

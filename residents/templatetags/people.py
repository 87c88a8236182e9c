"""How pages say facts of people."""

from collections.abc import Iterable
from datetime import date

from django import template

from grid.models import Place, Staff
from grid.rules.places import Kind
from residents.models.resident import CARE_TAG_LABELS, RELATION_LABELS, SEX_LABELS
from residents.rules.people import age_on

register = template.Library()
_CARE_WORDS = dict(CARE_TAG_LABELS)
# Django's get_…_display makes a dict of all choices for each row: a fifth of the time of a long list.
_SEX_WORDS, _RELATION_WORDS = dict(SEX_LABELS), dict(RELATION_LABELS)


@register.filter
def age(birth_date: date | None, today: date) -> int | None:
    """Whole years on the day of the page; None without a birth date."""
    return age_on(birth_date, today) if birth_date else None


@register.filter
def care_words(tags: Iterable[str]) -> list[dict[str, str]]:
    """Care tags as `components/person_line.html` shows them."""
    return [{"word": str(_CARE_WORDS.get(tag, tag)), "kind": "care"} for tag in tags]


@register.filter
def place_words(grid: Place, staff: Staff) -> str:
    """The grid, with its community before it for whoever works in several."""
    places = [post.place for post in staff.current_posts]
    communities = {place.parent_id if place.kind == Kind.GRID else place.pk for place in places}
    return grid.name if communities == {grid.parent_id} else f"{grid.parent} · {grid.name}"


@register.filter
def sex_word(code: str) -> str:
    """male, female; empty where it is not known."""
    return str(_SEX_WORDS.get(code, code))


@register.filter
def relation_word(code: str) -> str:
    """The relation to the head of the household; empty where it is not known."""
    return str(_RELATION_WORDS.get(code, code))

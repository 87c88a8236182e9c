"""What is known of a person, as forms understand it, before it becomes a row."""

from dataclasses import dataclass
from datetime import date

from residents.rules.id_numbers import IdNumber


@dataclass(frozen=True, kw_only=True)
class PersonFacts:
    """A person in clean values. Where `id_number` proves sex or birth date, the proof counts."""

    name: str
    id_number: IdNumber | None = None
    sex: str = ""  # "M", "F" or not known
    birth_date: date | None = None
    phones: tuple[str, ...] = ()
    relation: str = ""  # GB/T 4761
    care_tags: tuple[str, ...] = ()
    residency: str = ""
    note: str = ""


def age_on(birth_date: date, day: date) -> int:
    """Whole years lived on a day."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))

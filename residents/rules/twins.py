"""Twins: whether two rows of the register can be one person, how surely, and by which facts.

A name alone says nothing: the register of a street is full of namesakes. A phone or a door alone says nothing either:
families share both. It takes a name, same or of the same sound, and a second fact; and no sound fact against it.
"""

from dataclasses import dataclass
from datetime import date

from residents.rules.names import key_of
from residents.rules.pinyin import pinyin_of

SAME_ID, NEAR_ID = "same_id", "near_id"
SAME_NAME, SAME_SOUND = "same_name", "same_sound"
BIRTH_DATE, PHONE, DOOR = "birth_date", "phone", "door"
REASONS = (SAME_ID, NEAR_ID, SAME_NAME, SAME_SOUND, BIRTH_DATE, PHONE, DOOR)

SUREST = 100
# Old people often give their birthday by the lunar calendar, which runs 20-50 days behind.
_LUNAR_DAYS = 62


@dataclass(frozen=True, kw_only=True)
class Known:
    """What tells one person from another. Empty means not known, which says nothing for or against."""

    name: str
    id_type: str = ""
    number: str = ""  # of a stored row canonical; of a form perhaps damaged
    sound: bool = True  # whether the number passes its own check
    sex: str = ""
    birth_date: date | None = None
    phones: frozenset[str] = frozenset()
    door: str = ""  # equal for the same door, and only then


@dataclass(frozen=True)
class Suspicion:
    """`strength` (1-100) orders a page, `reasons` are codes in the order of `REASONS`."""

    strength: int
    reasons: tuple[str, ...]


def suspicion(one: Known, other: Known) -> Suspicion | None:
    """Whether these may be the same person; None where it is not worth anybody's time to look."""
    agree = _agreeing(one, other)
    name = _name_reason(one.name, other.name)
    if one.number and (one.id_type, one.number) == (other.id_type, other.number):
        return Suspicion(SUREST, tuple(code for code in (SAME_ID, name, *agree) if code))
    if not name:
        return None
    if is_near(one.number, other.number):
        return Suspicion(95 if name == SAME_NAME else 85, (NEAR_ID, name, *agree))
    for_it = sum({BIRTH_DATE: 2, PHONE: 1, DOOR: 1}[code] for code in agree)
    against = _against(one, other)
    if against >= for_it or (against and name == SAME_SOUND):
        return None
    strength = 40 + 15 * for_it - 10 * against + (10 if name == SAME_NAME else 0)
    return Suspicion(min(strength, 94), (name, *agree))


def is_near(one: str, other: str) -> bool:
    """Whether two numbers differ in one character or in two neighbouring ones that changed places."""
    if len(one) != len(other) or len(one) < 8:
        return False
    wrong = [place for place in range(len(one)) if one[place] != other[place]]
    if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
        return one[wrong[0]] == other[wrong[1]] and one[wrong[1]] == other[wrong[0]]
    return len(wrong) == 1


def near_numbers(number: str) -> list[str]:
    """Every number one slip away: a digit wrong, or two neighbours that changed places (about 190 for 18 digits)."""
    near = {
        number[:place] + digit + number[place + 1 :]
        for place, typed in enumerate(number)
        for digit in ("0123456789X" if place == 17 else "0123456789")
        if typed.isdigit() or place == 17
    }
    near |= {
        number[:place] + number[place + 1] + number[place] + number[place + 2 :] for place in range(len(number) - 1)
    }
    return sorted(near - {number})


def _agreeing(one: Known, other: Known) -> tuple[str, ...]:
    facts = {
        BIRTH_DATE: one.birth_date is not None and one.birth_date == other.birth_date,
        PHONE: bool(one.phones & other.phones),
        DOOR: bool(one.door) and one.door == other.door,
    }
    return tuple(code for code, agrees in facts.items() if agrees)


def _name_reason(one: str, other: str) -> str:
    if key_of(one) == key_of(other):
        return SAME_NAME
    return SAME_SOUND if pinyin_of(one)[0] == pinyin_of(other)[0] else ""


def _against(one: Known, other: Known) -> int:
    """How much speaks against it: two sound numbers of one kind, births that are no slip, another sex."""
    against = 0
    if one.number and other.number and one.id_type == other.id_type and one.sound and other.sound:
        against += 2
    if one.birth_date and other.birth_date and not _slip_of_a_date(one.birth_date, other.birth_date):
        against += 1
    if one.sex and other.sex and one.sex != other.sex:
        against += 1
    return against


def _slip_of_a_date(one: date, other: date) -> bool:
    """The same day, one wrong digit, day and month in the other order, or the lunar calendar."""
    written, again = f"{one:%Y%m%d}", f"{other:%Y%m%d}"
    turned = one.year == other.year and (one.month, one.day) == (other.day, other.month)
    return one == other or is_near(written, again) or turned or abs((one - other).days) <= _LUNAR_DAYS

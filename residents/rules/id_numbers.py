"""Identity documents: which number is sound, of what type, and what it proves.

Resident ID 公民身份号码 (GB 11643-1999): 6 digits area, 8 birth date, 3 sequence (odd = male), 1 check character by
ISO 7064 MOD 11-2. A number is never refused for its area: areas were renamed, and residence permits use 81, 82, 83.
"""

import re
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from stdnum.cn.ric import calc_check_digit

from residents.rules.text import compact

MALE, FEMALE = "M", "F"


class IdType(StrEnum):
    """The kind of document a number belongs to."""

    RESIDENT = "resident_id"
    RESIDENCE_PERMIT = "residence_permit"  # residents of Hong Kong, Macao, Taiwan: 18 digits, area 81, 82, 83
    FOREIGNER_CARD = "foreigner_card"  # permanent residence: 3 letters + 12 digits, since 2023 18 digits from 9
    PASSPORT = "passport"
    OTHER = "other"  # Mainland travel permits of Hong Kong and Macao (H, M) or Taiwan residents, and the like


class IdFault(StrEnum):
    """Why a text is no sound document number."""

    LENGTH = "id_length"
    CHARACTERS = "id_characters"
    CHECK = "id_check"
    BIRTH_DATE = "id_birth_date"
    MASKED = "id_masked"
    UNKNOWN = "id_unknown"


class IdNumber(NamedTuple):
    """A sound number in its canonical form (18 characters for resident IDs, upper-case letters)."""

    type: IdType
    number: str


_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_FIFTEEN = re.compile(r"[0-9]{15}")
_PERMANENT_OLD = re.compile(r"[A-Z]{3}[0-9]{12}")
_HK_MACAO = re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?")
_TAIWAN = re.compile(r"[0-9]{8}|[0-9]{10}(?:[A-Z])?")
_PASSPORT = re.compile(r"(?:[A-Z]{1,2}[0-9]{6,8}|[A-Z][A-Z0-9]{1,2}[0-9]{5,7})")
_PASSPORT_SAID = re.compile(r"[A-Z0-9]{5,12}")
_SEPARATORS = str.maketrans("", "", "'’‘`´\"=-–—·.,，。_")
_MASK = re.compile(r"[*×✱＊●○?#]")
# Words of a document-type column, longest meaning first.
_TYPE_WORDS = (
    ("居住证", IdType.RESIDENCE_PERMIT),
    ("永久", IdType.FOREIGNER_CARD),
    ("永居", IdType.FOREIGNER_CARD),
    ("通行证", IdType.OTHER),
    ("回乡证", IdType.OTHER),
    ("台胞证", IdType.OTHER),
    ("护照", IdType.PASSPORT),
    ("身份证", IdType.RESIDENT),
    ("身份号", IdType.RESIDENT),
)


def type_named(text: str) -> IdType | None:
    """The document type that a cell such as "护照" or "居民身份证" names; None where it names none."""
    text = compact(text)
    return next((kind for word, kind in _TYPE_WORDS if word in text), None)


def canonical(text: str, said: IdType | None = None) -> IdNumber | IdFault:
    """The sound number in a text, or why there is none. `said` is the type that the list or form names."""
    number = text if _EIGHTEEN.fullmatch(text) else compact(text).translate(_SEPARATORS).upper()
    if _EIGHTEEN.fullmatch(number):
        return _eighteen(number) if said is not IdType.PASSPORT else IdFault.LENGTH
    if _MASK.search(number):
        return IdFault.MASKED
    if not number.isascii() or not number.isalnum():
        return IdFault.CHARACTERS
    return _foreign(number, said) or _fifteen_or_fault(number)


def _eighteen(number: str) -> IdNumber | IdFault:
    if number[17] != calc_check_digit(number):
        return IdFault.CHECK
    if _born(number) is None:
        return IdFault.BIRTH_DATE
    if number[0] == "9":
        return IdNumber(IdType.FOREIGNER_CARD, number)
    permit = number[:2] in ("81", "82", "83")
    return IdNumber(IdType.RESIDENCE_PERMIT if permit else IdType.RESIDENT, number)


def _foreign(number: str, said: IdType | None) -> IdNumber | None:
    """Documents other than the resident ID; digits alone count only where the list names the type."""
    if _PERMANENT_OLD.fullmatch(number):
        return IdNumber(IdType.FOREIGNER_CARD, number)
    if said is IdType.PASSPORT and _PASSPORT_SAID.fullmatch(number):
        return IdNumber(IdType.PASSPORT, number)
    if said is IdType.OTHER and _TAIWAN.fullmatch(number):
        return IdNumber(IdType.OTHER, number)
    if said is not IdType.PASSPORT and _HK_MACAO.fullmatch(number):
        return IdNumber(IdType.OTHER, number)
    if said is None and _PASSPORT.fullmatch(number):
        return IdNumber(IdType.PASSPORT, number)
    return None


def _fifteen_or_fault(number: str) -> IdNumber | IdFault:
    if _FIFTEEN.fullmatch(number):
        # Numbers of 15 digits were given out until 1999: the century is always 19.
        longer = number[:6] + "19" + number[6:]
        return _eighteen(longer + calc_check_digit(longer + "0"))
    if number.rstrip("X").isdigit() or not any(character.isdigit() for character in number):
        return IdFault.LENGTH if any(character.isdigit() for character in number) else IdFault.CHARACTERS
    return IdFault.UNKNOWN


def birth_date_of(number: str) -> date | None:
    """The birth date in a canonical number; None where the document holds none (passport, travel permit)."""
    return _born(number) if _EIGHTEEN.fullmatch(number) else None


@lru_cache(maxsize=64)  # whoever reads a number asks several times in a row
def _born(number: str) -> date | None:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return born if born.year >= 1850 else None


def sex_of(number: str) -> str | None:
    """ "M" or "F" as the 17th digit of a canonical number proves; None where the document does not tell."""
    if not _EIGHTEEN.fullmatch(number):
        return None
    return MALE if int(number[16]) % 2 else FEMALE

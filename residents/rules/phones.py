"""Phone numbers as residents have them: mobiles `1[3-9]` + 9 digits, and landlines with or without area code."""

import re
import unicodedata
from typing import NamedTuple

from residents.rules.text import DITTO, NOTHING, without_invisible

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
# One number inside a longer text; spaces and hyphens may group its digits as 3-4-4.
_MOBILE_INSIDE = re.compile(r"(?<![0-9])(?:(?:\+|00)?86[- ]?)?(1[3-9][0-9])[- ]?([0-9]{4})[- ]?([0-9]{4})(?![0-9])")
_LANDLINE_INSIDE = re.compile(
    r"(?<![0-9])(?:(?:\+|00)86[- ]?)?\(?(0[1-9][0-9]{1,2})\)?[- ]?([2-8][0-9]{2,3})[- ]?([0-9]{4})(?![0-9])"
    r"(?:(?:转|-)[0-9]{1,5}(?![0-9]))?"
)
_LOCAL_LANDLINE = re.compile(r"(?<![0-9])([2-8][0-9]{3})[- ]?([0-9]{3,4})(?![0-9])")
_DASHES = re.compile(r"[‐‑‒–—―−－]")
_NOISE = str.maketrans("", "", " -\t\n'")


class Phones(NamedTuple):
    """The numbers in a text as bare digits, and whether the text holds digits that are no phone number."""

    numbers: tuple[str, ...]
    damaged: bool


_NONE = Phones((), False)


def read(text: str) -> Phones:
    """Every phone number in a text; several may stand side by side, separated by anything."""
    if _MOBILE.fullmatch(text):
        return Phones((text,), False)
    text = unicodedata.normalize("NFKC", without_invisible(text)).strip()
    bare = text.translate(_NOISE)
    if bare.endswith(".0") and bare[:-2].isdigit():  # a number cell that a program wrote as text
        text = bare = bare[:-2]
    if bare in NOTHING:
        return _NONE
    if len(bare) > 11:
        bare = bare.removeprefix("+").removeprefix("00").removeprefix("86") if bare[0] in "+08" else bare
    if _MOBILE.fullmatch(bare):
        return Phones((bare,), False)
    return _read_inside(_DASHES.sub("-", text))


def _read_inside(text: str) -> Phones:
    found: list[tuple[int, str]] = []
    for pattern in (_MOBILE_INSIDE, _LANDLINE_INSIDE, _LOCAL_LANDLINE):
        for match in pattern.finditer(text):
            found.append((match.start(), "".join(match.groups())))
        # What was understood goes, keeping every later position.
        text = pattern.sub(lambda match: "," * len(match.group()), text)
    damaged = any(character.isdigit() for character in text) or (not found and _words_that_are_no_phone(text))
    numbers = dict.fromkeys(number for _, number in sorted(found))
    return Phones(tuple(numbers), damaged)


def _words_that_are_no_phone(text: str) -> bool:
    return text not in NOTHING and text not in DITTO and any(character.isalpha() for character in text)


def normalise(text: str) -> list[str]:
    """The phone numbers of a text as bare digits, in order, none twice; [] where there is none."""
    return list(read(text).numbers)


def is_sound(text: str) -> bool:
    """Whether a text holds at least one phone number and no digits beside."""
    phones = read(text)
    return bool(phones.numbers) and not phones.damaged

"""What a line of a chat is made of, and the line while it is taken apart."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache

from residents.rules.addresses import Door
from residents.rules.names import simplified

TAKEN = "\0"  # in place of every character that was understood
IDEOGRAPH = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # for the inside of [ ]
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−─"), "-")


@dataclass(frozen=True)
class Token:
    """A part of a line and where it stands."""

    start: int
    end: int


@dataclass(frozen=True)
class Word(Token):
    """A known word that says nothing of who, when or how much: 体温, 谢谢."""


@dataclass(frozen=True)
class Mark(Token):
    """The number of a line in a chain: 12."""


@dataclass(frozen=True)
class Mention(Token):
    """@somebody."""


@dataclass(frozen=True)
class Compound(Token):
    """The name of a compound."""

    name: str


@dataclass(frozen=True)
class DoorAt(Token):
    """A door as it is written; may be a building alone."""

    door: Door


@dataclass(frozen=True)
class NameAt(Token):
    """A name: whom it can be (case ids), and whether it is a whole name."""

    cases: frozenset[int]
    is_whole: bool


@dataclass(frozen=True)
class KinAt(Token):
    """A relative: 老婆."""

    word: str


@dataclass(frozen=True)
class FirstPerson(Token):
    """我, 本人."""


@dataclass(frozen=True)
class Pronoun(Token):
    """他, 她: whoever was named before it in the same breath, or nobody that the line tells."""

    sex: str


@dataclass(frozen=True)
class Group(Token):
    """全家, 三口人, with the number that it says."""

    count: int | None


@dataclass(frozen=True)
class Reporter(Token):
    """代报: who stands before it only writes."""


@dataclass(frozen=True)
class OnBehalf(Token):
    """替, 帮: who stands before it only writes, who stands behind is meant."""


@dataclass(frozen=True)
class DayAt(Token):
    """A date."""

    day: date


@dataclass(frozen=True)
class OtherDay(Token):
    """昨天."""


@dataclass(frozen=True)
class ThisDay(Token):
    """今天."""


@dataclass(frozen=True)
class SlotWord(Token):
    """A time of day in a word, as an hour within it: 早上 is 8."""

    hour: int


@dataclass(frozen=True)
class ClockAt(Token):
    """An hour; `is_sure` where it can only be this one of the two in a day."""

    hour: int
    is_sure: bool


@dataclass(frozen=True)
class Reading(Token):
    """A temperature as it stands in a line."""

    said: str
    value: Decimal | None  # ℃, what may be stored; None where only the worker can say which
    doubt: str = ""  # why it is not sure; "" where it is
    is_weak: bool = False  # only a person beside it makes it a reading at all

    @property
    def is_whole_number(self) -> bool:
        """36: may count anything."""
        return self.is_weak and len(self.said) == 2


Who = DoorAt | NameAt | KinAt | FirstPerson | Pronoun | Group | Reporter | OnBehalf


@dataclass
class Text:
    """A line while it is read: what is understood is taken out of `left`, place by place."""

    line: str  # folded
    left: str = ""
    tokens: list[Token] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.left = self.line

    def take(self, token: Token) -> None:
        """A part is understood."""
        self.tokens.append(token)
        self.blank(token.start, token.end)

    def blank(self, start: int, end: int) -> None:
        """A part says nothing."""
        self.left = self.left[:start] + TAKEN * (end - start) + self.left[end:]

    def each(self, pattern: re.Pattern[str], heard: Callable[[re.Match[str]], None]) -> None:
        """Every place of a pattern in what is left."""
        for match in list(pattern.finditer(self.left)):
            if match.end() > match.start() and TAKEN not in self.left[match.start() : match.end()]:
                heard(match)

    def take_each(self, pattern: re.Pattern[str], make: Callable[[int, int], Token]) -> None:
        """Takes every place of a pattern as a token."""
        self.each(pattern, lambda match: self.take(make(*match.span())))

    def in_order(self) -> "Text":
        """The same with its tokens as they stand in the line."""
        self.tokens.sort(key=lambda token: token.start)
        return self

    @property
    def readings(self) -> list[Reading]:
        """The readings of the line."""
        return [token for token in self.tokens if isinstance(token, Reading)]

    def has(self, *kinds: type[Token]) -> bool:
        """Whether the line has a token of these kinds."""
        return any(isinstance(token, kinds) for token in self.tokens)


@lru_cache(maxsize=32_768)
def _folded(character: str) -> str:
    """A full-width digit, letter, mark or space as its plain one; every other character as it is."""
    plain = unicodedata.normalize("NFKC", character)
    is_form = "\uff00" < character < "\uff5f" or unicodedata.category(character) in ("Nd", "Zs")
    return plain if is_form and len(plain) == 1 and plain.isascii() else character


def folded(line: str) -> str:
    """The line for comparing, place by place as long as itself: plain digits and marks, simplified characters.

    Only digits, letters and marks are folded, never a character of a name.
    """
    return line if line.isascii() else simplified("".join(map(_folded, line)).translate(_DASHES))

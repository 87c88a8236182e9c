"""Looks for known ID numbers, and for what one could be put together from, in anything: a dump, logs, pages."""

import base64
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

_DIGITS = re.compile(r"[0-9]{11,}")
_BETWEEN = re.compile(r"[\s\-_.,;:|/\\'\"·()\[\]{}<>=]+")
_BYTEA = re.compile(r"\\x((?:[0-9a-f]{2}){8,})")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")

# What is looked for as a run of digits: the number's first 17 stand for it with and without its check character.
_SPELLINGS: dict[str, Callable[[str], str]] = {
    "the number": lambda number: number[:17],
    "area and birth date": lambda number: number[:14],
    "birth date and sequence": lambda number: number[6:17],
    "the number backwards": lambda number: number[:17][::-1],
    "the number in hexadecimal": lambda number: number[:17].encode().hex(),
    "the number in hexadecimal, two bytes a digit": lambda number: number[:17].encode("utf-16-be").hex(),
}


@dataclass(frozen=True)
class Known:
    """An 18-character number that must be found nowhere."""

    number: str

    @property
    def birth_date(self) -> date:
        """The date inside it."""
        return date.fromisoformat(self.number[6:14])


def find_traces(known: Iterable[str], text: str) -> list[str]:
    """What of the numbers stands in the text, in words; hexadecimal bytes and base64 in it are opened and read too."""
    numbers = list(known)
    found: set[str] = set()
    for layer in _layers(text):
        plain = unicodedata.normalize("NFKC", layer).upper()
        found |= set(_runs(numbers, plain)) | set(_runs(numbers, _BETWEEN.sub("", plain)))
        found |= set(_digests(numbers, plain))
    return sorted(found)


def tails_beside_birth_dates(known: Iterable[str], text: str) -> list[str]:
    """Lines in which the last four stand by themselves with the birth date: with the area they are the number."""
    found = []
    for number in known:
        day = Known(number).birth_date
        dates = [f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y/%m/%d}"]
        tail = re.compile(rf"(?<![0-9A-Za-z]){number[14:]}(?![0-9A-Za-z])")
        lines = (line for line in text.splitlines() if any(written in line for written in dates))
        found += [f"last four beside the birth date: {line[:120]}" for line in lines if tail.search(line)]
    return found


def _layers(text: str) -> Iterator[str]:
    """The text, and what its hexadecimal and base64 runs hold, with and without zero bytes between."""
    yield text
    inner = b"\n".join(bytes.fromhex(run) for run in _BYTEA.findall(text))
    for run in set(_BASE64.findall(text)):
        bare = run.rstrip("=").translate(str.maketrans("+/", "-_"))
        if len(bare) % 4 != 1:
            inner += b"\n" + base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    yield inner.decode("latin-1")
    yield inner.replace(b"\0", b"").decode("latin-1")


def _runs(numbers: list[str], text: str) -> Iterator[str]:
    wanted: dict[int, dict[str, str]] = {}
    for words, spell in _SPELLINGS.items():
        for number in numbers:
            wanted.setdefault(len(spell(number)), {})[spell(number)] = words
    for run in set(_DIGITS.findall(text)):
        for length, spellings in wanted.items():
            for start in range(len(run) - length + 1):
                if words := spellings.get(run[start : start + length]):
                    yield f"{words}: …{run[max(0, start - 10) : start + length + 10]}…"


def _digests(numbers: list[str], text: str) -> Iterator[str]:
    """A digest without a key is undone by trying them all."""
    hexadecimal = set(re.findall(r"[0-9A-F]{32,64}", text))
    for number in numbers:
        for part in (number, number[14:]):
            for name in ("md5", "sha1", "sha256"):
                if hashlib.new(name, part.encode()).hexdigest().upper() in hexadecimal:
                    yield f"bare {name} of {part}"

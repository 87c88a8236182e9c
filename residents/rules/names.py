"""Names keep their characters: never Unicode-normalised, because NFC and NFKC change some of them."""

import re
from functools import lru_cache

from opencc import OpenCC

from residents.rules.text import without_invisible

_PADDED_PAIR = re.compile(r"(\S)\s+(\S)")
_IDEOGRAPH = re.compile(r"[㐀-鿿豈-﫿〇\U00020000-\U0003ffff]")
_ORDINARY = re.compile(r"[\u4e00-\u9fa5]+")
_LINE_BREAKS = re.compile(r"\s*[\t\n\v\f\r\x85\u2028\u2029]\s*")
_DIGITS = re.compile(r"[0-9０-９]")
_DOTS = "·•・‧∙.．"
LONGEST_NAME = 60


def clean(text: str) -> str:
    """The name without spaces around it and without the padding inside a name of two characters ("李  明")."""
    if _ORDINARY.fullmatch(text):
        return text
    name = _LINE_BREAKS.sub(" ", without_invisible(text)).strip()
    if len(name) > 2:
        pair = _PADDED_PAIR.fullmatch(name)
        if pair and _IDEOGRAPH.match(pair[1]) and _IDEOGRAPH.match(pair[2]):
            return pair[1] + pair[2]
    return name


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")


@lru_cache(maxsize=32_768)
def _simplified(character: str) -> str:
    converted = str(_converter().convert(character))
    return converted if len(converted) == 1 else character


def simplified(name: str) -> str:
    """The name in simplified characters, for comparing only; what is stored and shown keeps its own.

    Character by character: by phrases 乾 would become another one alone than inside 乾隆, and a search would miss it.
    """
    return name if name.isascii() else "".join(map(_simplified, name))


@lru_cache(maxsize=32_768)
def key_of(name: str) -> str:
    """What search compares of a name: without what is typed one way or another, in simplified characters.

    Middle dots, spaces and capitals go: 买买提·阿不都拉 is found without the dot, and the reverse.
    """
    return "".join(character for character in simplified(name) if character.isalnum()).casefold()


def looks_like_name(text: str) -> bool:
    """Whether a text can be a person's name: letters, no digits, not longer than a name is."""
    return (
        0 < len(text) <= LONGEST_NAME
        and not _DIGITS.search(text)
        and (bool(_IDEOGRAPH.match(text)) or any(character.isalpha() for character in text))
    )


def looks_chinese(text: str) -> bool:
    """Whether a text is 2-4 ideographs, or a minority name of several parts with a middle dot."""
    parts = re.split(f"[{re.escape(_DOTS)}]", text)
    if not all(part and all(_IDEOGRAPH.match(character) for character in part) for part in parts):
        return False
    return len(parts) > 1 or 2 <= len(text) <= 4


def masked(name: str) -> str:
    """A name for readers who may see numbers, not people: 李*明, 王*, 欧**华."""
    if len(name) < 2:
        return "*"
    if len(name) == 2:
        return f"{name[0]}*"
    return f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"

"""Names keep their characters: never Unicode-normalised, because NFC and NFKC change some of them."""

import re
from functools import lru_cache

from opencc import OpenCC

from residents.rules.relations import code_of
from residents.rules.text import without_invisible

_PADDED_PAIR = re.compile(r"(\S)\s+(\S)")
_IDEOGRAPH = re.compile(r"[㐀-鿿豈-﫿〇\U00020000-\U0003ffff]")
_ORDINARY = re.compile(r"[\u4e00-\u9fa5]+")
_GAPS = re.compile(r"\s+")
_LINE_BREAKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]")
_DIGITS = re.compile(r"[0-9０-９]")
_DOTS = "·•・‧∙.．"
_REMARK = re.compile(r"(.+?)\s*[(（]([^()（）0-9]{1,6})[)）]")
_WHO = frozenset(("代", "代填", "代报", "代签", "房东", "租房", "租住", "租", "新增", "常住", "流动", "男", "女"))
_BETWEEN_NAMES = re.compile(r"[、,，;；/]")
LONGEST_NAME = 60


def clean(text: str) -> str:
    """The name without spaces around it and without the padding inside a name of two characters ("李  明")."""
    if _ORDINARY.fullmatch(text):
        return text
    name = _GAPS.sub(_without_break, without_invisible(text)).strip()
    if len(name) > 2:
        pair = _PADDED_PAIR.fullmatch(name)
        if pair and _IDEOGRAPH.match(pair[1]) and _IDEOGRAPH.match(pair[2]):
            return pair[1] + pair[2]
    return name


def _without_break(gap: re.Match[str]) -> str:
    return " " if _LINE_BREAKS.search(gap[0]) else gap[0]


def without_remark(name: str) -> str:
    """The name without a remark behind it that says who it is, and nothing that matters: 张三（租户）, 李四(代).

    Any other remark stays: 张三（已故） is not for a program to shorten.
    """
    match = _REMARK.fullmatch(name) if len(name) <= LONGEST_NAME else None
    return match[1] if match and (match[2] in _WHO or code_of(match[2])) else name


def several(text: str) -> bool:
    """Whether a text is several Chinese names: 张三、李四."""
    parts = _BETWEEN_NAMES.split(text[: 2 * LONGEST_NAME])
    return len(parts) > 1 and all(looks_chinese(clean(part)) for part in parts)


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

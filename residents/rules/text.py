"""What every value of a list or form goes through before it is understood."""

import re
import unicodedata

# Format and control characters (zero-width joins, bidi marks, byte order marks) never belong to a value.
_INVISIBLE = re.compile(r"[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_SPACES = re.compile(r"\s+")
# The unified ideographs of the basic block are their own NFKC.
_IDEOGRAPHS = re.compile(r"[\u4e00-\u9fa5]+")


def without_invisible(text: str) -> str:
    """The text without control and format characters; the characters people see stay as they are."""
    return text if text.isascii() and text.isprintable() else _INVISIBLE.sub("", text)


def compact(text: str) -> str:
    """NFKC (full-width digits and letters become plain), no invisible characters, no spaces at all.

    Right for numbers, phones, dates, headers; never for names (NFKC changes some characters).
    """
    if not text.isascii():
        if text.isalpha() and _IDEOGRAPHS.fullmatch(text):
            return text
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    elif text.isalnum():
        return text
    elif not text.isprintable():
        text = _INVISIBLE.sub("", text)
    return _SPACES.sub("", text)


_CHINESE_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")}


def arabic(text: str) -> str:
    """Chinese numerals below a hundred as digits ("十二" → "12"); every other text as it is."""
    if text.isascii() or not all(character in _CHINESE_DIGITS or character == "十" for character in text):
        return text
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return "".join(str(_CHINESE_DIGITS[character]) for character in text)
    if len(tens) > 1 or len(ones) > 1 or "十" in tens:
        return text
    return str((_CHINESE_DIGITS[tens] if tens else 1) * 10 + (_CHINESE_DIGITS[ones] if ones else 0))


# Words by which a list says that it holds nothing.
NOTHING = frozenset(
    {
        "",
        "无",
        "没有",
        "暂无",
        "不详",
        "未知",
        "不清楚",
        "未提供",
        "空",
        "-",
        "--",
        "—",
        "——",
        "/",
        "\\",
        "N/A",
        "n/a",
        "NA",
        "无电话",
        "无手机",
    }
)

# Words by which a list repeats the row above.
DITTO = frozenset({"同上", "同上行", "同前", "〃", "″", '"', "''", "“", "”", "同"})

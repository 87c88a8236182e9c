"""The numbers in a line of a chat: readings, and all that looks like one and is none."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from quarantine.rules.case_clock import HIGHEST, LOWEST
from quarantine.rules.chat import words
from quarantine.rules.chat.tokens import ClockAt, DayAt, Reading, Text
from residents.rules.text import arabic

# Why a reading is not sure.
FORM, RANGE, QUESTION, HEDGED = "form", "range", "question", "hedged"

_STICKER = re.compile(r"\[[^\[\]0-9]{1,8}\]|[0-9]\ufe0f?\u20e3")
_NOISE = re.compile(
    r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)"
    r"|(?<![0-9A-Za-z])(?=[A-Za-z]{0,20}[0-9])[A-Za-z0-9]{6,}(?![0-9A-Za-z])|\d{5,}[xX]?"
    r"|(?<![\d.])(?:[89]\d|1\d\d|2[0-4]\d)/(?:[4-9]\d|1[0-4]\d)(?![\d./])"
)
_DAY = re.compile(
    r"(?<!\d)(?P<year>20\d\d)[-/.年]\s?(?P<m1>\d{1,2})[-/.月]\s?(?P<d1>\d{1,2})日?(?!\d)"
    r"|(?<!\d)(?P<m2>\d{1,2})月\s?(?P<d2>\d{1,2})[日号]?(?!\d)"
    r"|(?<![\d./-])(?P<m3>\d{1,2})[./](?P<d3>\d{1,2})(?![\d./-])"
)
_CLOCK = re.compile(r"(?<![\d.:])([01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?(?![\d:])")
_OCLOCK = re.compile(
    r"(?<![\d.])(?P<digits>[01]?\d|2[0-4])[点时](?:半|整|一刻|[0-5]\d(?![\d.。度点℃])分?|[1-9]分)?"
    r"|(?<![0-9零一二三四五六七八九十])(?P<words>[一二两三四五六七八九]|十[一二]?)点(?:半|整|一刻|钟)?(?![零一二三四五六七八九])"
)
_TENTHS = {character: str(digit) for digit, character in enumerate("零一二三四五六七八九")} | {"半": "5"}
_UNIT = r"(?:\s?(?:℃|°\s?[cC]?|度[cC]?|摄氏度|[º˚][cC]?|[cC](?![A-Za-z])))?"
# 36.5, 36度5, 36。5, 36,5, 36. 5, 36度半, 37℃; not a letter before it (鄂A36.5) but T36.5.
_READING = re.compile(
    r"(?<![0-9A-SU-Za-su-z])(?<![0-9]\.)(?P<whole>[0-9]{2})"
    r"(?:(?:\s?[.。·]\s?|[度点,])(?P<tenth>[0-9半零一二三四五六七八九])(?P<more>[0-9]*)"
    r"|(?=\s?(?:℃|°|度|摄氏|[º˚])))"
    rf"(?P<odd>\.[0-9]+)?{_UNIT}(?![A-Za-z0-9])"
)
_IN_WORDS = re.compile(
    r"(?<![零一二三四五六七八九十百])(?P<whole>三十[四五六七八九]?|四十[一二三]?)"
    r"(?:[度点](?P<tenth>[零一二三四五六七八九半0-9])|(?=度|℃|摄氏))(?![十百零一二三四五六七八九0-9])(?:摄氏度|度|℃)?"
)
# 36, 365, 36 5, 36:5, 三六五: never sure.
_DOUBTFUL = re.compile(
    r"(?<![0-9A-Za-z.,:\-/])(?P<whole>3[4-9]|4[0-3])(?:(?P<tenth>[0-9])|[\s、:'’\-](?P<apart>[0-9]))?(?![0-9A-Za-z.:/%\-])"
    r"|(?<![零一二三四五六七八九十百])(?P<words>三[四五六七八九]|四[零一二三])(?P<last>[零一二三四五六七八九])"
    r"(?![零一二三四五六七八九十])"
)
_SPREAD = re.compile(r"(?<![0-9.] )(?<![0-9.])(?:3 [4-9]|4 [0-3]) ?\. ?[0-9](?! ?[0-9])")  # 3 6 . 5
_LEAST_WHOLE = 13  # below it "12.5" is a day
_BARE_DAYS_BACK = 3


def take_noise(text: Text) -> None:
    """Stickers, phones, document and parcel numbers, blood pressures: digits that are no reading and no door."""
    text.each(_STICKER, lambda match: text.blank(*match.span()))
    text.each(_NOISE, lambda match: text.blank(*match.span()))


def take_days(text: Text, today: date) -> None:
    """Dates. "2.6" is one only where it is of these days."""

    def day(match: re.Match[str]) -> None:
        parts = match.groupdict()
        month, number = next((parts["m" + n], parts["d" + n]) for n in "123" if parts["m" + n])
        try:
            said = date(int(parts["year"] or today.year), int(month), int(number))
        except ValueError:
            return
        is_near = 0 <= (today - said).days <= _BARE_DAYS_BACK and not words.PRICE_BEHIND.match(text.left, match.end())
        if is_near or not parts["m3"]:
            text.take(DayAt(*match.span(), said))

    text.each(_DAY, day)


def take_clocks(text: Text) -> None:
    """Hours of the day."""

    def oclock(match: re.Match[str]) -> None:
        hour = match["digits"] or arabic(match["words"].replace("两", "二"))
        text.take(ClockAt(*match.span(), int(hour) % 24, False))

    text.each(_CLOCK, lambda match: text.take(ClockAt(*match.span(), int(match[1]) % 24, match[1][0] == "0")))
    text.each(_OCLOCK, oclock)


def take_readings(text: Text) -> None:
    """Every temperature that is written as one; prices, limits and temperatures of things are blanked."""
    found: list[Reading] = []

    def heard(match: re.Match[str]) -> None:
        if (reading := _read(match)) is not None:
            is_cut = text.line[reading.end : reading.end + 1].isdigit()  # 36度2 right before 2-2-201
            found.append(replace(reading, value=None, doubt=FORM) if is_cut else reading)

    text.each(_IN_WORDS, heard)
    for reading in found:
        text.blank(reading.start, reading.end)
    text.each(_READING, heard)
    for reading in sorted(found, key=lambda reading: reading.start):
        if _is_of_a_body(text, reading.start, reading.end):
            text.take(reading)
        else:
            text.blank(reading.start, reading.end)


def take_doubtful(text: Text) -> None:
    """36, 365, 三六五: a reading only beside a person, and never sure."""

    def heard(match: re.Match[str]) -> None:
        if words.COUNTED.match(text.left, match.end()) or not _is_of_a_body(text, *match.span()):
            return
        if match["words"]:
            said = f"{arabic(match['words'])}.{arabic(match['last'])}"
        else:
            said = f"{match['whole']}.{match['tenth'] or match['apart'] or 0}"
        _take_weak(text, match, Decimal(said))

    text.each(_SPREAD, lambda match: _take_weak(text, match, Decimal(match[0].replace(" ", ""))))
    text.each(_DOUBTFUL, heard)


def _take_weak(text: Text, match: re.Match[str], value: Decimal) -> None:
    if LOWEST <= value <= HIGHEST:
        text.take(Reading(*match.span(), match[0], value, FORM, is_weak=True))


def _read(match: re.Match[str]) -> Reading | None:
    parts, said = match.groupdict(), match[0].strip()
    whole, tenth, more = int(arabic(parts["whole"])), parts["tenth"], parts.get("more") or ""
    if whole < _LEAST_WHOLE:
        return None
    value = Decimal(f"{whole}.{_TENTHS.get(tenth, tenth) if tenth else 0}")
    if not LOWEST <= value <= HIGHEST:
        is_slip = bool(tenth) and len(more) < 3
        return Reading(*match.span(), said, None, RANGE, is_weak=True) if is_slip else None
    if more.strip("0") or parts.get("odd"):
        return Reading(*match.span(), said, None, FORM)
    return Reading(*match.span(), said, value)


def _is_of_a_body(text: Text, start: int, end: int) -> bool:
    """Whether no price, limit or thing claims the number."""
    before, behind = text.left[max(start - 12, 0) : start], text.left[end : end + 12]
    claims = (words.PRICE_BEFORE, words.LIMIT_BEFORE, words.THINGS)
    if any(claim.search(before) for claim in claims):
        return False
    return not (words.PRICE_BEHIND.match(behind) or words.LIMIT_BEHIND.match(behind))


def doubt_around(text: Text, reading: Reading) -> str:
    """Why the words around a reading make it one that is asked about; "" where nothing does."""
    line, start, end = text.line, reading.start, reading.end
    if words.ASKED.search(_chunk_around(line, start, end)):
        return QUESTION
    before, behind = line[max(start - 8, 0) : start], line[end : end + 8]
    is_hedged = words.ABOUT_BEFORE.search(before) or words.ABOUT_BEHIND.match(behind) or words.NOT_QUITE.search(before)
    return HEDGED if is_hedged else ""


def _chunk_around(line: str, start: int, end: int) -> str:
    """The words around a place up to the nearest gap or mark on both sides, the mark behind included."""
    first = max(line.rfind(mark, 0, start) for mark in " ,。;!、") + 1
    last = min((place for mark in " ,。;!?？" if (place := line.find(mark, end)) >= 0), default=len(line))
    return line[first : last + 1]

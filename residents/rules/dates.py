"""Dates as people write them in lists: whole dates, and month and day without a year."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from residents.rules.text import arabic, compact

# Excel counts days from 30 December 1899 (its 1900 was a leap year that never was).
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = range(10_000, 73_051)  # 1927-05-18 to 2099-12-31
_YEARS = range(1850, 2101)
_LEAST_SHORT_YEAR = 13  # below it two digits may be a month

# A time behind the day. Without anything between, only two digits and two: "8/112:18" is the 1st or the 11th.
_TIME = (
    r"(?:[日号.]?(?:T[0-9]{1,2}[:时点].*|[上下]午.*|[早晚中].*)"
    r"|(?:[日号.]|(?<=[0-9]{2})(?=[0-9]{2}))[0-9]{1,2}[:时点].*)"
)
_WHOLE = re.compile(
    r"([0-9]{4})(?:[.\-/年,、。]([0-9]{1,2})[.\-/月,、。]([0-9]{1,2})|([0-9]{2})([0-9]{2}))"
    rf"(?:[日号.]|{_TIME})?"
)
_SHORT_YEAR = re.compile(r"([0-9]{2})(?:[.\-/]([0-9]{1,2})[.\-/]|年([0-9]{1,2})月)([0-9]{1,2})[日号]?")
_MONTH_DAY = re.compile(rf"([0-9]{{1,2}})[.\-/月,、。]([0-9]{{1,2}})(?:[日号]|{_TIME})?")
_BEFORE_TIME = re.compile(r"(?<=\d)\s+(?=\d{1,2}[:：点时])")
_SAID_BESIDE = re.compile(r"(?:[(][^()]*[)]|(?:星期|周|礼拜)[一二三四五六日天])$")
_CHINESE = re.compile(
    r"(?:([〇零一二三四五六七八九]{4})年)?([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]"
)
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")


class DateFault(StrEnum):
    """Why a cell holds no date."""

    UNREADABLE = "date_unreadable"
    IMPOSSIBLE = "date_impossible"
    LOST_DIGITS = "date_lost_digits"  # "1.30" typed as a number has become 1.3


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day without its year."""

    month: int
    day: int

    def in_year(self, year: int) -> date | None:
        """The date in a year; None where that year has no such day (29 February)."""
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return None


def read(value: object) -> date | MonthDay | DateFault:
    """The date a cell holds: a date cell, a number (20200203 or an Excel serial) or a text in any usual form."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _read_number(value)
    text = _SAID_BESIDE.sub("", joined(str(value)).replace("元月", "1月")).rstrip("起止")
    return _read_text(_in_digits(text) if "月" in text else text)


def joined(text: str) -> str:
    """A date without spaces, its time kept apart from its day: "2022/8/1 23:53" is not the 12th."""
    return compact(_BEFORE_TIME.sub("日", text))


def _in_digits(text: str) -> str:
    """二〇二〇年二月三日 in digits; every other text as it is."""
    match = _CHINESE.fullmatch(text)
    if match is None:
        return text
    year = f"{arabic(match[1].replace('〇', '零'))}年" if match[1] else ""
    return f"{year}{arabic(match[2])}月{arabic(match[3])}日"


def _read_number(number: float) -> date | MonthDay | DateFault:
    if not 0 < number < 1e9:  # nor infinite, nor NaN
        return DateFault.UNREADABLE
    if not float(number).is_integer():
        if int(number) in _SERIALS:  # a serial with a time of day
            return _EXCEL_EPOCH + timedelta(days=int(number))
        return DateFault.LOST_DIGITS if 1 <= number < 13 else DateFault.UNREADABLE
    if int(number) in _SERIALS:
        return _EXCEL_EPOCH + timedelta(days=int(number))
    return _read_text(str(int(number))) if 18500101 <= number <= 21001231 else DateFault.UNREADABLE


def _read_text(text: str) -> date | MonthDay | DateFault:
    if match := _WHOLE.fullmatch(text):
        year, *rest = (int(group) for group in match.groups() if group)
        return _checked(year, *rest)
    if match := _SHORT_YEAR.fullmatch(text):
        year, month, day = (int(group) for group in match.groups() if group)
        if year < _LEAST_SHORT_YEAR:
            return DateFault.UNREADABLE  # "02/03/20" says its year in front or behind: nobody knows
        return _checked(2000 + year, month, day)
    if match := _MONTH_DAY.fullmatch(text):
        month, day = int(match[1]), int(match[2])
        # 2020 is a leap year: 29 February is possible until the year is known.
        checked = _checked(2020, month, day)
        return checked if isinstance(checked, DateFault) else MonthDay(month, day)
    if _SERIAL.fullmatch(text):
        return _read_number(float(text))
    return DateFault.UNREADABLE


def _checked(year: int, month: int, day: int) -> date | DateFault:
    try:
        return date(year, month, day) if year in _YEARS else DateFault.IMPOSSIBLE
    except ValueError:
        return DateFault.IMPOSSIBLE


def years_in(text: str) -> set[int]:
    """The years that a title or file name states: "填报日期：2020年2月15日", "返乡人员2020-02"."""
    return {
        int(year)
        for year in re.findall(
            r"(?<![0-9])(20[0-9]{2})(?=年|[.\-/_][0-9]{1,2}|[01][0-9][0-3][0-9](?![0-9])|$)", compact(text)
        )
    }


def complete(part: MonthDay, known: list[date], years: set[int]) -> date | None:
    """The day with the year that its own list proves; None where nothing or too much speaks.

    `known` are whole dates of the same column: the year is the one that brings the day nearest to them.
    Without any, `years` stated by the list decide if they agree.
    """
    if known:
        first, last = min(known), max(known)
        candidates = [day for year in range(first.year - 1, last.year + 2) if (day := part.in_year(year))]
        distances = sorted((max((first - day).days, (day - last).days, 0), day) for day in candidates)
        tie = len(distances) > 1 and distances[0][0] == distances[1][0]
        return None if not distances or tie else distances[0][1]
    return part.in_year(next(iter(years))) if len(years) == 1 else None

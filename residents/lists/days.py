"""Lists that run wide: people down, days across, the temperature of a morning or evening under each day."""

import re
import unicodedata
from datetime import date

from residents.lists.cells import Cell, text_of
from residents.lists.values import BadValue
from residents.rules import dates
from residents.rules.text import NOTHING, compact

SLOT_WORDS = {"morning": "早|上午|晨|AM", "evening": "晚|下午|夜|PM"}
_SLOTS = {slot: re.compile(words) for slot, words in SLOT_WORDS.items()}
_NOT_A_DAY = re.compile(r"开始|结束|解除|返|抵|到达|出生|检测|核酸|采样|截止|填[报表]|登记")
_NOISE = re.compile(
    r"体温|温度|测温|今[日天]|°C|[℃度:：()（）\[\]]|星期.|周[一二三四五六日天]|日期|情况|数值|结果|记录|[监检]测|测量"
)
_NOON = re.compile(r"中午|午间|中$")
_WHEN = re.compile(r"(?:日期|时间|时段)$")
_NTH_DAY = re.compile(r"第[0-9一二三四五六七八九十]+[天日]")
_DAY_INSIDE = re.compile(r"(?:20[0-9]{2}[年.\-/])?[0-9]{1,2}[月.\-/][0-9]{1,2}[日号]?")
_WHOLE_DAY = re.compile(r"20[0-9]{2}[年./-][0-9]{1,2}[月./-][0-9]{1,2}")
_DAY_TO_DAY = re.compile(rf"{_WHOLE_DAY.pattern}[日号]?[-~—至到]")
NO_DAY = 0  # a day of the month that no month has
_HOUR = re.compile(r"(?<![0-9])([0-9]{1,2})(?::[0-5][0-9]|[点时](?:半|整|[0-5][0-9]分?)?)$")
_BEFORE_HOUR = re.compile(r"(?<=[0-9])\s+(?=(?!00:00)[0-9]{1,2}[:：点时])")
_MORNING, _EVENING = range(5, 12), range(16, 24)  # hours
_MIDNIGHT = re.compile(r"(?<=[0-9]{4}-[0-9]{2}-[0-9]{2})00:00")  # a date cell in a header
_DAY_ALONE = re.compile(r"([0-9]{1,2})[日号]?")
_MONTH = re.compile(r"(?<![0-9])([0-9]{1,2})月")
# Degrees as people write them: 36.5, 36.5℃, 36度5, 36,5, 三十六度五 is left to a person.
_DEGREES = re.compile(
    r"(?:正常|体温|发热|发烧|低热|低烧|高热|高烧)?([34][0-9])(?:[.,。·．度]([0-9])[0-9]?)?(?:℃|°C|°c|°|度|C|c)?(?:正常)?[↑*!！]*"
)
_SAID_NORMAL = frozenset({"正常", "体温正常", "均正常", "无异常"})
_NOT_MEASURED = NOTHING | {
    "未测",
    "未测量",
    "没测",
    "没量",
    "未报",
    "未测温",
    "外出",
    "不在家",
    "×",
    "✕",
    "x",
    "X",
    "?",
    "？",
}
PLAUSIBLE = (34.0, 43.0)  # ℃


def day_and_slot(header: str, measured: bool = False) -> tuple[date | dates.MonthDay | int | None, str | None] | None:
    """What the header of a column of temperatures says: its day (a bare number is a day of the month), its slot.

    None where the header names neither a slot nor a temperature of a day. "2月1日早" → (1 February, "morning").
    `measured`: temperatures are known to stand below, so that the slot alone is enough.
    """
    text = _MIDNIGHT.sub("", compact(_BEFORE_HOUR.sub("日", header)))
    if not text or len(text) > 30 or _NOT_A_DAY.search(text) or _NOON.search(text):
        return None
    named = _slots_of(text)
    if named is None:
        return None
    rest, slot = named
    if _NTH_DAY.search(rest):
        return NO_DAY, slot  # of somebody's isolation: places count it differently
    about_temperature = measured or "体温" in text or "温度" in text or "测温" in text
    rest = _NOISE.sub("", rest)
    if not rest:
        return (None, slot) if about_temperature and not _WHEN.search(text) else None
    read = dates.read(rest)
    if isinstance(read, date | dates.MonthDay):
        return read, slot
    bare = _DAY_ALONE.fullmatch(rest)
    if bare and 1 <= int(bare[1]) <= 31 and (slot or "日" in rest or "号" in rest):
        return int(bare[1]), slot
    inside = _DAY_INSIDE.findall(rest) if slot or about_temperature else []
    if len(inside) == 1 and isinstance(read := dates.read(inside[0]), date | dates.MonthDay):
        return read, slot  # 居家隔离期间2月1日
    return None


BOTH = "both"  # slots in one column: "36.5/36.8" under 早/晚


def _slots_of(text: str) -> tuple[str, str | None] | None:
    """The header without its part of the day, and that part (None: it names none); None where it names two."""
    slots = [slot for slot, words in _SLOTS.items() if words.search(text)]
    for words in _SLOTS.values():
        text = re.sub(rf"(?:{words.pattern})(?:上|间|晨|测|报)?", "", text)
    if len(slots) > 1:
        return text.strip("/、-和与"), BOTH
    if hour := _HOUR.search(text):
        told = "morning" if int(hour[1]) in _MORNING else "evening" if int(hour[1]) in _EVENING else None
        if told is None or slots not in ([], [told]):
            return None
        return text[: hour.start()], told
    return text, slots[0] if slots else None


def slot_named(text: str) -> str | None:
    """ "morning" or "evening" as a cell of its own names it; None where it names neither or both."""
    found = _slots_of(compact(text))
    return found[1] if found and found[1] != BOTH else None


def day_of(said: date | dates.MonthDay | int | None, title: str, years: frozenset[int], sheet: str = "") -> date | None:
    """The whole date of a column, with year and month from what the list says of all its columns; None without."""
    if isinstance(said, date):
        return said
    if said is None:
        day, named = _only_day(title), dates.read(sheet)
        if not isinstance(named, dates.MonthDay) or (day and (day.month, day.day) == (named.month, named.day)):
            return day
        if day:
            return None  # the title says another day than the sheet's name
        said = named  # a sheet named 4月3日 holds that day
    if isinstance(said, int):
        months = {int(month) for month in _MONTH.findall(compact(title))}
        if len(months) != 1 or not 1 <= min(months) <= 12:
            return None
        said = dates.MonthDay(months.pop(), said)
    return said.in_year(next(iter(years))) if len(years) == 1 else None


def _only_day(title: str) -> date | None:
    """The one whole day that a title or sheet name tells."""
    text = compact(title)
    if _DAY_TO_DAY.search(text):
        return None  # 2022年4月1日-7日
    found = {day for part in _WHOLE_DAY.findall(text) if isinstance(day := dates.read(part), date)}
    return found.pop() if len(found) == 1 else None


def read_temperature(cell: Cell) -> tuple[bool, float | None]:
    """(whether something was measured or said, degrees): "正常" says normal without a number.

    Raises BadValue for what is neither; a number that no living person has is never taken.
    """
    if isinstance(cell, bool):
        raise BadValue("temperature_unreadable")
    if isinstance(cell, float | int):
        return True, _plausible(float(cell))
    text = compact(unicodedata.normalize("NFKC", text_of(cell)).replace("℃", "℃"))
    if text in _NOT_MEASURED:
        return False, None
    if text in _SAID_NORMAL:
        return True, None
    match = _DEGREES.fullmatch(text.replace("°C", "℃"))
    if match is None:
        raise BadValue("temperature_unreadable")
    return True, _plausible(float(f"{match[1]}.{match[2] or 0}"))


def is_temperature(text: str) -> bool:
    """Whether a text is a reading, or says that there is none."""
    try:
        read_temperature(text)
    except BadValue:
        return False
    return True


def _plausible(degrees: float) -> float:
    if not PLAUSIBLE[0] <= degrees <= PLAUSIBLE[1] or round(degrees, 1) != round(degrees, 2):
        raise BadValue("temperature_unreadable")
    return round(degrees, 1)

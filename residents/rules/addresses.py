"""Doors: compound 小区, building 栋, entrance unit 单元, room 室, from one text or four; and the order to walk them in.

Numbers are kept bare: "12", not "12栋".
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from residents.rules.pinyin import pinyin_of
from residents.rules.text import arabic, compact, without_invisible

_NUMBER = r"[0-9A-Za-z甲乙丙丁东西南北一二三四五六七八九十百]+"
_BUILDING_WORD = r"(?:号楼|栋|幢|座|#楼|#|号院)"
_UNIT_WORD = r"(?:单元|门洞|梯|门(?!牌|口))"
_ROOM_WORD = r"(?:室|号房|号|房|户|门)"

# 12栋3单元502室, 12号楼502, 3单元502; the words prove what each number is.
_WORDED = re.compile(
    rf"(?P<compound>.*?)"
    rf"(?:第?(?P<building>[东西南北]?[0-9]+(?:-[0-9]+)?[A-Za-z]?|[A-Za-z][0-9]*|[甲乙丙丁一二三四五六七八九十]+)"
    rf"{_BUILDING_WORD}[-,，/ ]?)?"
    rf"(?:第?(?P<unit>[0-9]+|[A-Za-z甲乙丙丁东西南北]|[一二三四五六七八九十]+){_UNIT_WORD}[-,，/ ]?)?"
    rf"(?:(?P<floor>[0-9一二三四五六七八九十]+)[楼层][-,，/ ]?)?"
    rf"(?P<room>(?:负|地下|[A-Za-z])?[0-9]+(?:-[0-9]+)?[A-Za-z]?)?{_ROOM_WORD}?"
)
# 12-3-502 and 12-502 behind an optional compound; also 12/3/502, 12#3-502.
_DASHED = re.compile(
    rf"(?P<compound>.*?[^0-9A-Za-z\-]|)"
    rf"(?P<numbers>(?:[A-Za-z]?[0-9]+[A-Za-z]?|[A-Za-z])(?:[-/#](?:[A-Za-z]?[0-9]+[A-Za-z]?)){{1,2}}){_ROOM_WORD}?"
)
LONGEST = 120  # characters of an address
# 3栋, 二单元: a word says what the number is, so a dash behind it parts entrance and room.
_NUMBERED = re.compile(r"[0-9A-Za-z甲乙丙丁一二三四五六七八九十](?:号楼|栋|幢|座|#楼|单元|门洞|梯)")
_DASHES = re.compile(r"[‐‑‒–—―−－_~+＋]")
_GAPS = re.compile(r"\s+")
_DASH = re.compile(r"[-/#]")
_IS_PLAIN = re.compile(r"[\u4e00-\u9fa50-9A-Za-z\-]+")
# 湖北省武汉市江岸区望江街道临江社区: what stands above a compound.
_ABOVE = re.compile(
    r"(?:[^0-9]{2,7}?(?:省|自治区))?(?:[^0-9]{2,6}?(?:市|自治州))?(?:[^0-9小社]{1,6}?[区县])?"
    r"(?:[^0-9]{2,8}?(?:街道办事处|街道|镇|乡))?(?:[^0-9]{2,8}?(?:社区居委会|社区|居委会|村委会))?"
    r"(?:第?[0-9一二三四五六七八九十]+网格)?"
)
_ABOVE_ENDS = re.compile(r"(?:省|自治区|市.{1,6}[区县]|街道办事处|街道|[镇乡]|社区|居委会|村委会|网格)$")
# 望江路88号水秀苑: the number of a gate in a street, before the compound behind it.
_GATE = re.compile(r"[\u3400-\u9fff]{1,8}?(?:路|街|大道|巷)[0-9]+号(?=[\u3400-\u9fff]{2})(?!院)")
_UNIT_ROOM = re.compile(r"([0-9]{1,2})-([0-9]{3,4}[A-Za-z]?)")
_STOREY_ROOM = re.compile(r"([0-9]{1,2})-(\1[0-9]{2}[A-Za-z]?)")
_SHORT_DASHED = re.compile(r"[0-9]{1,2}-.*")
# 望江花园3-2单元501, 3号2单元501; but 滨江路88号 is a gate in a street.
_BUILDING_BEFORE_UNIT = re.compile(r"(.*?(?<![0-9]))([0-9]{1,3})-|(.*?(?<![路街道巷弄0-9]))([0-9]{1,3})号")
_DOOR_IN_BRACKETS = re.compile(r"([^()0-9]+)\(([^()]*[0-9][^()]*)\)")  # 水秀苑(3-2-501)
_REMARK_BEHIND = re.compile(r"\([^()0-9]{1,12}\)$")
_CITY_OR_DISTRICT = re.compile(r"(?:[^0-9小社]{2,3}市)?(?:[^0-9小社]{2,3}[区县])?(?=[\u3400-\u9fff]{3})")
_LIST_ABOVE = re.compile(r"^.*?(?:街道办事处|街道|社区)")
_NAMED_COMPOUND = re.compile(
    r"([\u3400-\u9fff]{1,10}?(?:小区|花园|新村|宿舍|花苑|家园|嘉园|佳园|公寓|新城|名都|华庭|雅居|家属院|大院|老街|山庄|[\u3400-\u9fff]苑)"
    r"(?:[一二三四五六七八九十0-9]+[期区])?)"
)
_AS_NUMBER = re.compile(r"([0-9]+)(?:\.0)+$")  # a number cell that a program wrote as text
_TAIL_WORDS = re.compile(rf"(?:号)?(?:宿舍|公寓)楼|{_BUILDING_WORD}|{_UNIT_WORD}|{_ROOM_WORD}|楼|第")


class Door(NamedTuple):
    """Where somebody lives; what the text does not say is empty."""

    compound: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""


@lru_cache(maxsize=64)  # a family stands together in a list
def parse(text: str) -> Door | None:
    """The door in a one-column address; None where a text is there but no door can be told from it.

    "机床厂宿舍17-1-1803", "望江花园12栋3单元502室", "18号楼3单元1701号", "12-502".
    """
    if not _IS_PLAIN.fullmatch(text):
        text = _plain(text[: 2 * LONGEST])
    if not text:
        return Door()
    if len(text) > LONGEST:
        return None  # no address; and the patterns below would search it for long
    if _DASH.search(text) and not _NUMBERED.search(text) and (match := _DASHED.fullmatch(text)):
        return _dashed(match)
    match = _WORDED.fullmatch(text)
    if match is None or not (match["building"] or match["unit"]):
        return parse(shorter) if (shorter := _without_brackets(text)) not in ("", text) else None
    return _worded(match)


def _without_brackets(text: str) -> str:
    """The address without a remark behind it, or without the brackets around its numbers."""
    inside = _DOOR_IN_BRACKETS.fullmatch(text)
    if inside and inside[1].endswith(compound_in(inside[1]) or "\0"):
        return inside[1] + inside[2]
    return _REMARK_BEHIND.sub("", text)


def _worded(match: re.Match[str]) -> Door | None:
    compound, building = match["compound"], arabic(match["building"] or "")
    unit, room = arabic(match["unit"] or ""), match["room"] or ""
    if not building and (before := _BUILDING_BEFORE_UNIT.fullmatch(compound)):
        compound, building = (part or "" for part in (before[1] or before[3], before[2] or before[4]))
    if _SHORT_DASHED.fullmatch(room):
        both = _STOREY_ROOM.fullmatch(room) if unit else _UNIT_ROOM.fullmatch(room)
        if both is None:
            return None  # 3栋2-5: entrance and room, or storey and number?
        unit, room = unit or both[1], both[2]  # 17栋3-402
    if match["floor"] and len(room) < 3:
        room = f"{arabic(match['floor'])}楼{room}"  # 5楼2号: the number alone would be another door
    return Door(_compound(compound), building, unit, room)


def _dashed(match: re.Match[str]) -> Door:
    numbers = re.split(r"[-/#]", match["numbers"])
    building, unit, room = numbers if len(numbers) == 3 else (numbers[0], "", numbers[1])
    return Door(_compound(match["compound"]), building, unit, room)


def _plain(text: str) -> str:
    text = _GAPS.sub("", _DASHES.sub("-", unicodedata.normalize("NFKC", without_invisible(text))))
    return unicodedata.normalize("NFKC", text).strip(",，。;；")


@lru_cache(maxsize=4096)
def _compound(text: str) -> str:
    """The compound without the province, city, district, street and community that stand before it."""
    text = text.strip("-,，、/#()")
    match = _ABOVE.match(text)
    if match and match.group() and _ABOVE_ENDS.search(match.group()):
        text = text[match.end() :].strip("-,，、/")
    elif (match := _CITY_OR_DISTRICT.match(text)) and _NAMED_COMPOUND.fullmatch(text[match.end() :]):
        text = text[match.end() :]  # 武汉市望江花园, 江岸区望江花园
    return _GATE.sub("", text, count=1) if "号" in text else text


def compound_in(text: str) -> str:
    """The compound that a title names ("望江街道望江花园1栋登记表" → "望江花园"); "" where it names none."""
    text = text[: 2 * LONGEST]
    for part in (*text.split(), text):  # "登记表 望江花园小区": what stands apart is not of the name
        if match := _NAMED_COMPOUND.search(_LIST_ABOVE.sub("", compact(part))):
            return match[1]
    return ""


def bare(text: str) -> str:
    """A building, unit or room cell as its bare number: "12栋" → "12", "三单元" → "3", "3单元502室" → "3-502"."""
    if text.isascii() and text.isalnum():
        return text
    text = _plain(text[:LONGEST])
    parts = (part.strip("-,，。;；") for part in _TAIL_WORDS.sub(" ", text).split())
    return "-".join(arabic(_AS_NUMBER.sub(r"\1", part)) for part in parts if part)


@lru_cache(maxsize=4096)
def padded(text: str) -> str:
    """A key that sorts numbers inside a text as numbers: bed 2 before bed 12."""
    return re.sub(r"[0-9]+", lambda digits: digits.group().zfill(6), unicodedata.normalize("NFKC", text))


@lru_cache(maxsize=4096)
def _compound_key(compound: str) -> str:
    return f"{pinyin_of(compound)[0].split(' ')[0]} {padded(compound)}" if compound else ""


def walk_key(compound: str, building: str, unit: str, room: str) -> str:
    """A key that sorts doors as one walks: compounds by pinyin, numbers as numbers (2栋 before 12栋).

    Compare by code point (PostgreSQL collation "C"); at most 200 characters. The separator sorts
    before digits and letters.
    """
    return "\t".join((_compound_key(compound)[:100], *(padded(part)[:30] for part in (building, unit, room))))


class Spot(NamedTuple):
    """Where a room is inside its entrance: the floor, below ground less than 0, and its number on that floor."""

    floor: int
    number: str


_STOREY = re.compile(
    r"(?P<below>负|地下|地|-|B)?(?P<floor>[0-9]{1,2}|[一二三四五六七八九十]{1,3})(?:层|楼|F)-?(?P<number>[0-9A-Za-z]*)"
)
_BASEMENT = re.compile(r"(?:负|地下|-|B)(?P<floor>[1-9])-?(?P<number>[0-9]{2}[A-Za-z]?)")
_FLOOR_ROOM = re.compile(
    r"(?P<before>(?:[0-9]{1,2}-|[A-Z]-?)?)0?(?P<floor>[1-9][0-9]?)-?(?P<number>[0-9]{2}(?:-[0-9]{1,2})?[A-Z]?)"
)


def spot_of(room: str) -> Spot | None:
    """Floor and number told from a room: 502 → 5 and "02", 1203 → 12, B101 → −1, 负一层3 → −1, A502 → 5 and "A02".

    None where the room does not say its floor ("12", "东厢房"): nothing is guessed.
    """
    text = _plain(room).upper()
    if text.endswith("室"):
        text = text[:-1]
    if storey := _STOREY.fullmatch(text):
        floor, number = arabic(storey["floor"]), storey["number"]
        if not floor.isdigit() or int(floor) == 0:
            return None
        if len(number) > 2:  # 5楼502 says the floor twice
            number = number.removeprefix(str(int(floor)))
        return Spot(-int(floor) if storey["below"] else int(floor), number)
    if basement := _BASEMENT.fullmatch(text):
        return Spot(-int(basement["floor"]), basement["number"])
    if found := _FLOOR_ROOM.fullmatch(text):
        return Spot(int(found["floor"]), found["before"] + found["number"])
    return None

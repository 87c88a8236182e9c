"""One cell → one clean value, or `BadValue` with the code of what is wrong with it."""

import re
from datetime import date

from residents.lists.cells import Cell, is_empty, text_of
from residents.lists.fields import DOOR, Field
from residents.rules import addresses, dates, id_numbers, names, needs, phones, relations
from residents.rules.text import DITTO, NOTHING, arabic, compact

_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]+")
_OWN_ID = re.compile(r"(?:(?:居民)?身份证(?:号码?)?:?)?([0-9A-Za-z]{15,18})(?:\((?:本人|自己|身份证)\))?")
_CODED_SEX = re.compile(r"[0-9][-.、:]?(男|女)性?|(男|女)性?\([0-9]\)")  # 1-男
_SEXES = {
    "男": "M", "女": "F", "男性": "M", "女性": "F", "M": "M", "F": "F", "m": "M", "f": "F",
    "male": "M", "female": "F", "Male": "M", "Female": "F", "先生": "M", "女士": "F",
}  # fmt: skip
_PERIOD = re.compile(
    r"(.+?)(?:至|到|~|—+|--|(?<=[日号0-9])-(?=[0-9]{4}[年./]|[0-9]{1,2}[月./]|[0-9]{8}$|[0-9]{1,2}[日号]$))(.+)"
)
_HAS_TIME = re.compile(r"[:：时点]")  # behind which a second day may stand
_DAY_ONLY = re.compile(r"[0-9]{1,2}[日号]")
_MONTH_BEFORE = re.compile(r"(?:[0-9]{4}年)?[0-9]{1,2}月")
_TWO_DIGIT_YEAR = re.compile(r"[0-9]{2}[.\-/年][0-9]{1,2}[.\-/月][0-9]{1,2}日?$")
_STOREY_SAID_TWICE = re.compile(r"(?:第?[0-9一二三四五六七八九十]+)[楼层](?=[0-9]{3,4})")
_STOREY_AND_NUMBER = re.compile(r"第?([0-9一二三四五六七八九十]+)[楼层]([0-9]{1,2})[号室]?")
_ROOM_ONLY = re.compile(r"[A-Za-z]?[0-9]{2,4}[A-Za-z]?")
_TWO_NUMBERS = re.compile(r"([0-9A-Za-z]+)-([0-9A-Za-z]+)")


_STROKES = frozenset(("/", "\\", "-", "--", "—", "——"))
_YES = frozenset(
    [
        "是",
        "有",
        "√",
        "✓",
        "✔",
        "对",
        "Y",
        "y",
        "yes",
        "YES",
        "1",
        "急",
        "紧急",
        "加急",
        "特急",
        "急需",
        "很急",
        "非常紧急",
    ]
)
_NO = frozenset(
    [
        "否",
        "无",
        "没有",
        "不是",
        "×",
        "✗",
        "✕",
        "x",
        "X",
        "N",
        "n",
        "no",
        "NO",
        "0",
        "不急",
        "一般",
        "普通",
        "不紧急",
        "非紧急",
        "正常",
    ]
)


class BadValue(Exception):
    """A cell that holds something, but no value of its field. Carries a code, never the cell."""

    def __init__(self, code: str, field: Field = Field.ADDRESS) -> None:
        super().__init__(code)
        self.code, self.field = code, field.value


def read_plain(cell: Cell) -> str:
    """A text as the list writes it, without spaces around it; a stroke says nothing."""
    text = cell.strip() if isinstance(cell, str) else text_of(cell)
    return "" if text in _STROKES else text


def read_name(cell: Cell) -> str:
    """A name with its characters kept."""
    name = names.clean(cell) if isinstance(cell, str) else ""
    if not names.looks_like_name(name) or name in DITTO or names.several(name):
        raise BadValue("name_unreadable")
    return name


def read_id(
    cell: Cell, said: id_numbers.IdType | None = None, likely: id_numbers.IdType | None = None
) -> id_numbers.IdNumber | None:
    """A sound document number; None where the list says it has none.

    `said` is the type that the row names, `likely` the one that the header names beside others.
    """
    if isinstance(cell, str):
        text = cell.strip()
        if text in NOTHING:
            return None
        if _SCIENTIFIC.fullmatch(text):
            raise BadValue("id_lost_digits")
    elif isinstance(cell, float) and cell.is_integer() and 10**14 <= cell < 10**15:
        text = text_of(cell)  # 15 digits are as many as a number cell keeps
    else:
        raise BadValue("id_lost_digits")
    number = id_numbers.canonical(text, said)
    if number is id_numbers.IdFault.CHARACTERS and (own := _OWN_ID.fullmatch(compact(text))):
        number = id_numbers.canonical(own[1], said)  # 身份证：… or …（本人）
    if isinstance(number, id_numbers.IdFault) and said is None and likely:
        other = id_numbers.canonical(text, likely)
        number = number if isinstance(other, id_numbers.IdFault) else other
    if isinstance(number, id_numbers.IdFault):
        raise BadValue(number.value)
    return number


def read_sex(cell: Cell, coding: dict[str, str], proven: str | None) -> str | None:
    """The sex by word, or by a digit whose meaning the IDs of the file prove or a person has said ("": not stated)."""
    text = cell if isinstance(cell, str) and cell in _SEXES else compact(text_of(cell))
    if coded := _CODED_SEX.fullmatch(text):
        text = coded[1] or coded[2]
    sex = _SEXES.get(text) or coding.get(text)
    if sex == "":
        return proven
    if sex is None:
        if text in NOTHING:
            return None
        if not text.isdigit():
            raise BadValue("sex_unreadable")
        if proven is None:
            raise BadValue("sex_coding_unknown")
        return proven
    if proven and sex != proven:
        raise BadValue("sex_contradicts_id")
    return sex


def read_birth_date(cell: Cell, proven: date | None) -> date | None:
    """A birth date; a part of one ("1956年3月") counts where a sound ID agrees with it."""
    text = compact(text_of(cell))
    if text in NOTHING:
        return None
    if _TWO_DIGIT_YEAR.match(text) and not proven:
        raise BadValue("date_without_year")  # 56.3.12: of which century?
    if proven and re.fullmatch(r"[0-9]{4}(?:[.\-/年]?(?:0?[1-9]|1[0-2])月?)?", text):
        parts = [int(part) for part in re.findall(r"^[0-9]{4}|[0-9]{1,2}", text)]
        if parts == [proven.year, proven.month][: len(parts)]:
            return proven
    if proven and _TWO_DIGIT_YEAR.match(text):
        cell = f"{proven.year // 100}{text}"
    day = dates.read(cell)
    if isinstance(day, dates.DateFault):
        raise BadValue(day.value)
    if isinstance(day, dates.MonthDay):
        raise BadValue("date_without_year")
    if proven and day != proven:
        raise BadValue("birth_date_contradicts_id")
    return day


def read_yes_or_no(cell: Cell) -> bool | None:
    """是/否, 有/无, √/×, 急/不急; None where nothing is said."""
    text = compact(text_of(cell))
    if text in _YES or text in _NO:
        return text in _YES
    if text in NOTHING:
        return None
    raise BadValue("yes_or_no_unreadable")


def read_needs(cell: Cell) -> tuple[needs.Need, ...]:
    """Every thing that a cell asks for."""
    text = text_of(cell)
    if len(text) > needs.LONGEST:
        raise BadValue("text_too_long")
    return needs.read(text)


def read_phones(cell: Cell) -> tuple[str, ...]:
    """The phone numbers of a cell; a number that is none damages the whole cell."""
    read = phones.read(cell if isinstance(cell, str) else text_of(cell))
    if read.damaged:
        raise BadValue("phone_unreadable")
    return read.numbers


def read_relation(cell: Cell, sex: str | None) -> str | None:
    """The GB/T 4761 code of a relation word."""
    if is_empty(cell) or compact(text_of(cell)) in NOTHING:
        return None
    code = relations.code_of(text_of(cell), sex)
    if code is None:
        raise BadValue("relation_unknown")
    return code


def read_day(cell: Cell) -> date | dates.MonthDay | None:
    """A day of isolation; None where the list says there is none."""
    if isinstance(cell, str) and cell.strip() in NOTHING:
        return None
    day = dates.read(cell)
    if isinstance(day, dates.DateFault):
        raise BadValue(day.value)
    if isinstance(day, date) and not 2000 <= day.year <= 2100:
        raise BadValue("date_impossible")
    return day


def split_period(text: str) -> tuple[str, str] | None:
    """Both days of "2020.2.3至2020.2.17", "2月3日-17日"; None where a text is no period."""
    if not isinstance(dates.read(text), dates.DateFault) and not _HAS_TIME.search(text):
        return None
    match = _PERIOD.fullmatch(dates.joined(text).removeprefix("自").removesuffix("止").replace("起至", "至"))
    if match is None:
        return None
    first, last = match.groups()
    if (day := _DAY_ONLY.fullmatch(last)) and (month := _MONTH_BEFORE.match(first)):
        last = month[0] + day[0]  # the same month goes on
    if any(isinstance(dates.read(part), dates.DateFault) for part in (first, last)):
        return None
    return first, last


def read_door(cells: dict[Field, Cell], building_around: str) -> addresses.Door:
    """The door by an address column and by columns of its parts; the parts win where both speak."""
    compound, building, unit, room = [_part(cells[name], name) if name in cells else "" for name in DOOR]
    if building and not unit and (both := _TWO_NUMBERS.fullmatch(building)):
        building, unit = both.groups()  # "12-3" in the column of buildings: building and entrance
    elif len(building) > 3 and (door := addresses.parse(text_of(cells[Field.BUILDING]))) and door.compound:
        compound, building, unit = compound or door.compound, door.building, unit or door.unit  # 望江花园12栋
    if not building and compound and (door := addresses.parse(compound)) and door.compound and door.building:
        compound, building, unit = door.compound, door.building, unit or door.unit
    if len(room) > 4:
        building, unit, room = _within_room(room, building or building_around, unit) or (building, unit, room)
    address = cells.get(Field.ADDRESS, "")
    door = addresses.Door()
    if not is_empty(address):
        door = _address(address, building or building_around)
    return addresses.Door(compound or door.compound, building or door.building, unit or door.unit, room or door.room)


def _within_room(room: str, building: str, unit: str) -> tuple[str, str, str] | None:
    """Building, entrance and room where the room column says more than the room ("2-603", "12-3-502")."""
    parts = room.split("-")
    if not _ROOM_ONLY.fullmatch(parts[-1]) or len(parts[-1]) < 3:
        return None
    if len(parts) == 2 and len(parts[0]) < 3 and unit in ("", parts[0]):
        return building, parts[0], parts[1]
    if len(parts) == 3 and building in ("", parts[0]) and unit in ("", parts[1]):
        return parts[0], parts[1], parts[2]
    return None


def _part(cell: Cell, name: Field) -> str:
    if cell == "":
        return ""
    if isinstance(cell, date):
        raise BadValue("door_became_date", name)
    if isinstance(cell, str):
        text = cell.strip()
        if text in NOTHING:
            return ""
        if len(text) > addresses.LONGEST:
            raise BadValue("address_unreadable", name)
        if name is Field.ROOM:
            text = _STOREY_SAID_TWICE.sub("", text)  # 5楼502
            if storey := _STOREY_AND_NUMBER.fullmatch(text):
                return f"{arabic(storey[1])}楼{storey[2]}"
        return text if name is Field.COMPOUND else addresses.bare(text)
    return text_of(cell)


def _address(cell: Cell, building: str) -> addresses.Door:
    """The door in an address; within a known building "502" and "3-502" are room, and entrance and room."""
    if isinstance(cell, date):
        raise BadValue("door_became_date")
    text = text_of(cell)
    if text.strip() in NOTHING:
        return addresses.Door()
    door = addresses.parse(text)
    if door and building and not door.compound and not door.unit and _TWO_NUMBERS.fullmatch(compact(text)):
        return addresses.Door(unit=door.building, room=door.room)
    if door is not None:
        return door
    if building and _ROOM_ONLY.fullmatch(room := addresses.bare(text)):
        return addresses.Door(room=room)
    if (compound := addresses.compound_in(text)) and compact(text).endswith(compound):
        return addresses.Door(compound=compound)  # no door, but the compound is told
    raise BadValue("address_unreadable")

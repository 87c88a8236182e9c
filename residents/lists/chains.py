"""接龙: a list passed round in a chat group and pasted in, everybody's line in one cell. Its parts become columns."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from residents.lists.cells import Cell, is_empty, text_of
from residents.lists.fields import Field
from residents.lists.reading import Sheet
from residents.rules import addresses, id_numbers, names, phones
from residents.rules.text import compact

_LINE = re.compile(r"\s*[0-9]{1,3}\s*(?:[.．、)）]|[:：])\s*(?=\S)(?![0-9]+月)")
_PART = re.compile(r"[^\s,，;；、+＋|]+")
_LABEL = re.compile(r"(?:姓名|电话|手机号?|联系电话|房号|门牌号|地址|住址|身份证号?码?|需求|备注)[:：]")
_MOBILE = re.compile(r"(?<![0-9])(1[0-9]{10})(?![0-9])")
_NO_TITLE = re.compile(r"[（(【\[]?(?:例|示例|格式|模板|填写|如[:：])")
_DOOR_IN_BRACKETS = re.compile(r"[(（]([0-9A-Za-z]+[-－—栋幢号单#][^()（）\s]*)[)）]")  # 张三（3-2-501）
_WANTED = re.compile(r"物资|需求|团购|采购|代购|订购|预订")
_PLACE = re.compile(r"(?:小区|花园|家园|新村|[苑园城社区村路街])$")
_LEAST_LINES = 3
_LONGEST = 200  # characters of a line that is taken apart


@dataclass(frozen=True, slots=True)
class Chain:
    """Lines taken apart: the sheet with a column for each of `fields`, from the row of the first line on."""

    sheet: Sheet
    first_row: int
    last_row: int
    fields: tuple[tuple[str, Field | None], ...]
    title: str


@dataclass(slots=True)
class _Line:
    """A line in its parts; `names` holds place among them and span of every part that could be the name."""

    text: str = ""
    door: str = ""
    phone: str = ""
    identity: str = ""
    name: str = ""
    names: list[tuple[int, tuple[int, int]]] = field(default_factory=list)
    used: list[tuple[int, int]] = field(default_factory=list)  # spans of what has a column

    def part(self, span: tuple[int, int]) -> str:
        return self.text[span[0] : span[1]]

    @property
    def rest(self) -> str:
        """What the line says besides."""
        letters = list(self.text)
        for start, end in self.used:
            letters[start:end] = " " * (end - start)
        return " ".join("".join(letters).split()).strip(" ,，;；、+＋|")


def chain_in(sheet: Sheet) -> Chain | None:
    """The lines of a sheet that holds nothing else; None where most do not name somebody with a door or phone."""
    texts = {number: text for number, row in enumerate(sheet.rows, 1) if (text := _only_text(row))}
    numbered = [number for number, text in texts.items() if _LINE.match(text)]
    filled = sum(any(not is_empty(cell) for cell in row) for row in sheet.rows)
    if len(numbered) < _LEAST_LINES or len(texts) < filled:
        return None
    above = [text for number, text in texts.items() if number < numbered[0] and not _NO_TITLE.match(text)]
    lines = {number: _taken_apart(text) for number, text in texts.items() if number >= numbered[0]}
    _settle_names(lines.values())
    whole = [number for number in numbered if lines[number].name and (lines[number].door or lines[number].phone)]
    said = Counter(lines[number].name for number in whole)
    if len(whole) < 0.8 * len(numbered) or len(said) < 0.7 * len(whole):
        return None
    people = {
        number: line
        for number, line in lines.items()
        if number in numbered or (line.name and (line.door or line.phone))
    }
    asked = " ".join(text for number, text in texts.items() if number < numbered[0])
    return _columns(sheet, people, " ".join(above), asked)


def _only_text(row: list[Cell]) -> str:
    """The text of a row that holds one alone; "" for any other."""
    filled = [cell for cell in row if not is_empty(cell)]
    return text_of(filled[0]).strip() if len(filled) == 1 else ""


def _taken_apart(text: str) -> _Line:
    """The parts of a line. Whom it names is settled when every line is known."""
    mark = _LINE.match(text)
    body = _LABEL.sub(" ", text[mark.end() if mark else 0 :][:_LONGEST])
    line = _Line(_MOBILE.sub(r" \1 ", _DOOR_IN_BRACKETS.sub(r" \1 ", body)))
    for place, part in enumerate(_PART.finditer(line.text)):
        if (kind := _kind_of(part[0], line)) is not None:
            setattr(line, kind, f"{getattr(line, kind)} {part[0]}".lstrip())  # two phones are both hers
            line.used.append(part.span())
        elif _is_name(part[0]):
            line.names.append((place, part.span()))
    return line


def _settle_names(lines: Iterable[_Line]) -> None:
    """Gives each line its name: of several parts that could be it, the one where lines have most different ones.

    Where none stands there, all of them: they are reported as no name, for 牛奶 is none.
    """
    lines = list(lines)
    at: dict[int, set[str]] = defaultdict(set)
    for line in lines:
        for place, span in line.names:
            at[place].add(line.part(span))
    ranked = sorted(at, key=lambda place: -len(at[place]))
    usual = ranked[0] if ranked and (len(ranked) == 1 or len(at[ranked[0]]) > len(at[ranked[1]])) else -1
    for line in lines:
        spans = [span for place, span in line.names if place == usual or len(line.names) == 1]
        line.name = "、".join(line.part(span) for span in spans or [span for _, span in line.names])
        line.used += spans
        if not line.name and (door := addresses.parse(line.door)) and _is_name(door.compound):
            line.name, line.door = door.compound, line.door.replace(door.compound, "", 1)  # 张三3-2-501


def _kind_of(part: str, line: _Line) -> str | None:
    """What a part is, where the line has none of that kind yet."""
    plain = compact(part)
    if plain.isdigit() and len(plain) == 11 and phones.normalise(plain):
        return "phone"
    if not line.identity and len(plain) >= 15 and isinstance(id_numbers.canonical(plain), id_numbers.IdNumber):
        return "identity"
    if not line.door and (door := addresses.parse(part)) and door.room and (door.building or door.unit):
        return "door"
    return None


def _is_name(text: str) -> bool:
    return names.looks_chinese(text) and not _PLACE.search(text)


def _columns(sheet: Sheet, people: dict[int, _Line], title: str, asked: str) -> Chain:
    """The sheet of the taken lines; rows keep their numbers."""
    rest = ("所需物资", Field.NEEDS) if _WANTED.search(asked) else ("备注", Field.NOTE if "备注" in asked else None)
    fields: tuple[tuple[str, Field | None], ...] = (
        ("姓名", Field.NAME), ("楼栋房号", Field.ADDRESS), ("手机号码", Field.PHONES), ("身份证号码", Field.ID_NUMBER),
        rest,
    )  # fmt: skip
    rows: list[list[Cell]] = [["" for _ in fields] for _ in sheet.rows]
    for number, line in people.items():
        rows[number - 1] = [line.name, line.door, line.phone, line.identity, line.rest]
    used = [index for index in range(len(fields)) if any(row[index] != "" for row in rows)]
    rows = [[row[index] for index in used] for row in rows]
    kept = tuple(fields[index] for index in used)
    return Chain(Sheet(sheet.name, rows, hidden=sheet.hidden), min(people), max(people), kept, title)

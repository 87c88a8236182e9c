"""Sheets of places → rows: by code and code of the place above, or nested in columns 街道 · 社区 · 网格."""

import re
from collections.abc import Iterator

from grid.rules.place_lists import PlaceRow
from grid.rules.places import Kind
from residents.lists.cells import Cell, is_empty, text_of
from residents.lists.reading import Sheet
from residents.rules.text import compact, without_invisible

_HEADER_WITHIN = 15  # rows from the top in which the header is looked for
_EXACT_BELOW = 1e15  # Excel keeps 15 digits of a number: beyond it the last ones are made up
_SIGNS = re.compile(r"[\W_]|[(（].*?[)）]")

_FLAT = {
    "code": "编码 代码 编号 地方编码 地方代码 行政区划代码 区划代码 统计用区划代码 code",
    "name": "名称 地方 地方名称 单位名称 name",
    "above": "上级编码 上级代码 上级编号 父级编码 父级代码 所属编码 上级地方编码 上级区划代码 parent parentcode",
    "kind": "类型 类别 级别 层级 kind",
}
_LEVELS = {
    Kind.STREET: (
        "街道 街道名称 所属街道 乡镇 镇街 乡镇街道 街道乡镇 街道办 街道办事处",
        "街道编码 街道代码 乡镇编码 镇街编码",
    ),
    Kind.COMMUNITY: ("社区 社区名称 所属社区 村社区 社区村 村居 村", "社区编码 社区代码 社区编号 村编码"),
    Kind.GRID: ("网格 网格名称 所属网格", "网格编码 网格代码 网格编号"),
}
_KINDS = {
    word: kind
    for kind, words in {
        Kind.CITY: "市 城市 city",
        Kind.DISTRICT: "区 县 区县 district",
        Kind.STREET: "街道 街道办 街道办事处 镇 乡 乡镇 street",
        Kind.COMMUNITY: "社区 村 居委会 村委会 community",
        Kind.GRID: "网格 grid",
    }.items()
    for word in words.split()
}
_COLUMNS = {word: column for column, words in _FLAT.items() for word in words.split()} | {
    word: (kind, part)
    for kind, both in _LEVELS.items()
    for part, words in zip(("name", "code"), both, strict=True)
    for word in words.split()
}
Columns = dict[object, int]  # "code", "name" … or (kind, "code") → index of the column


def rows_of(sheets: list[Sheet]) -> list[PlaceRow]:
    """The places of every visible sheet; empty where none has a header that names code and name."""
    rows: list[PlaceRow] = []
    for sheet in sheets:
        if not sheet.hidden and (found := _header(sheet)):
            top, columns = found
            for number in range(top + 1, len(sheet.rows) + 1):
                rows.extend(_places(number, sheet.row(number), columns))
    return rows


def _header(sheet: Sheet) -> tuple[int, Columns] | None:
    for number in range(1, min(len(sheet.rows), _HEADER_WITHIN) + 1):
        columns: Columns = {}
        for index, cell in enumerate(sheet.row(number)):
            meaning = _COLUMNS.get(_SIGNS.sub("", compact(text_of(cell))).lower())
            if meaning is not None:
                columns.setdefault(meaning, index)
        codes = "code" in columns or any((kind, "code") in columns for kind in _LEVELS)
        names = "name" in columns or any((kind, "name") in columns for kind in _LEVELS)
        if codes and names:
            return number, columns
    return None


def _places(number: int, cells: list[Cell], columns: Columns) -> Iterator[PlaceRow]:
    if all(is_empty(cell) for cell in cells):
        return
    if "name" in columns:
        yield from _flat(number, cells, columns)
    else:
        yield from _nested(number, cells, columns)


def _flat(number: int, cells: list[Cell], columns: Columns) -> Iterator[PlaceRow]:
    said = compact(_text(cells, columns.get("kind")))
    code, above = _code(cells, columns.get("code")), _code(cells, columns.get("above"))
    fault = "kind_unknown" if said and said.lower() not in _KINDS else ""
    if None in (code, above):
        fault = "lost_digits"
    name = _name(cells, columns.get("name"))
    if code or name:
        kind = _KINDS[said.lower()].value if said and not fault else ""
        yield PlaceRow(number, code or "", name, above=above or "", kind=kind, fault=fault)


def _nested(number: int, cells: list[Cell], columns: Columns) -> Iterator[PlaceRow]:
    """A row names a grid and what stands above it. A level without its code is found by its name."""
    above, above_kind = "", ""
    levels = [kind for kind in _LEVELS if not is_empty(_cell(cells, columns.get((kind, "name"))))]
    for kind in levels:
        column = columns.get((kind, "code"))
        if column is None and kind == levels[-1]:
            column = columns.get("code")
        code, name = _code(cells, column), _name(cells, columns.get((kind, "name")))
        if code != "" or kind == Kind.GRID or kind == levels[-1]:
            fault = "lost_digits" if code is None else ""
            yield PlaceRow(number, code or "", name, above, above_kind, kind.value, fault)
        above, above_kind = (code, "") if code else (name, kind.value)


def _cell(cells: list[Cell], index: int | None) -> Cell:
    return cells[index] if index is not None and index < len(cells) else ""


def _text(cells: list[Cell], index: int | None) -> str:
    return text_of(_cell(cells, index))


def _name(cells: list[Cell], index: int | None) -> str:
    return without_invisible(_text(cells, index)).strip()


def _code(cells: list[Cell], index: int | None) -> str | None:
    """The code as text; None for a number that Excel has cut."""
    cell = _cell(cells, index)
    if isinstance(cell, float | int) and not isinstance(cell, bool) and abs(cell) >= _EXACT_BELOW:
        return None
    return compact(text_of(cell))

"""Finds the table in a sheet and proposes what each column means: by its header, and by what stands in it.

Titles, notes and seal lines stand above; headers have one to three levels, merged or split into single characters;
totals and signatures stand below. The proposal is plain data that a person may correct before `rows` reads it.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from residents.lists.cells import Cell, is_empty, text_of
from residents.lists.chains import chain_in
from residents.lists.days import day_and_slot, is_temperature, slot_named
from residents.lists.fields import REPEATABLE, Field
from residents.lists.headings import OTHERS, SICK, field_of, find_header, header_key
from residents.lists.reading import Sheet
from residents.lists.side_by_side import side_by_side
from residents.lists.who import is_footer
from residents.rules import addresses, id_numbers, names, phones
from residents.rules.needs import is_amount
from residents.rules.text import compact

_SAMPLES = 3
_TABLES_LIMIT = 50  # in one sheet
_EVIDENCE = 40  # filled cells looked at as evidence for what a column holds
_AMOUNTS = re.compile(r"(?:需求|所需|采购|物资|购买)?(?:数量|单位|计量单位|数量单位)")
_PLACE = re.compile(r"(?:社区|小区|花园|街道|网格|单元|[栋村组区省市县镇乡族]|学校|医院|公司|超市|药店)$")
_COUNTS = re.compile(r"(?:人|户)数|合计|数量|占比|汇总")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its place (from 0), its header as the list writes it, the field it is read as, some values."""

    index: int
    header: str
    field: Field | None
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Where a table stands in its sheet (rows as Excel counts; header_row 0: it has no header) and what it means."""

    sheet: str
    header_row: int
    first_row: int
    last_row: int
    columns: tuple[Column, ...]
    title: str = ""

    def with_fields(self, fields: dict[int, Field | None]) -> "Table":
        """The table as a person corrected it: column index → field."""
        columns = (replace(column, field=fields.get(column.index, column.field)) for column in self.columns)
        return replace(self, columns=tuple(columns))

    def at(self) -> dict[Field, int]:
        """Field → the first column that is read as it."""
        return columns_by_field(self.columns)

    def indexes(self, field: Field) -> list[int]:
        """The columns that are read as a field."""
        return [column.index for column in self.columns if column.field is field]

    def header_key(self) -> str:
        """The same for every list that has the same headers: under it a correction is remembered."""
        return "|".join(header_key(column.header) for column in self.columns)


def columns_by_field(columns: Iterable[Column]) -> dict[Field, int]:
    """Field → the first column that is read as it."""
    at: dict[Field, int] = {}
    for column in columns:
        if column.field:
            at.setdefault(column.field, column.index)
    return at


def find_table(sheet: Sheet, start: int = 1) -> Table | None:
    """The first table of a sheet from row `start` on, with a proposed mapping; None where no list of people stands."""
    width = max(map(len, sheet.rows), default=0)
    header = find_header(sheet, width, start)
    if header is None:
        top, levels, headers = 0, 0, [""] * width
    else:
        top, levels, headers = header
    first = top + levels if top else start
    columns = _columns(sheet, headers, first)
    known = {column.field for column in columns}
    if not known & {Field.NAME, Field.ID_NUMBER} or (not top and len(known - {None}) < 2):
        return None
    title = " ".join(
        text_of(cell) for row in sheet.rows[start - 1 : max(top - 1, 0)] for cell in row if not is_empty(cell)
    )
    last = _last_row(sheet, first, columns)
    return Table(sheet.name, top, first, last, tuple(columns), title) if last >= first else None


def find_tables(sheets: list[Sheet]) -> list[tuple[Sheet, Table]]:
    """The tables of every sheet, of hidden ones last: side by side or one below another where a sheet holds several."""
    names = {sheet.name for sheet in sheets}
    ordered = sorted(sheets, key=lambda sheet: sheet.hidden)
    parts = (part for sheet in ordered for part in side_by_side(sheet, names))
    return [found for part in parts for found in [(part, table) for table in _tables_of(part)] or _lines_of(part)]


def _lines_of(sheet: Sheet) -> list[tuple[Sheet, Table]]:
    """The table that the lines of a chat group make, where the sheet holds nothing else."""
    if (chain := chain_in(sheet)) is None:
        return []
    columns = tuple(
        Column(index, header, field, tuple(text_of(cell) for cell in _filled(chain.sheet, index, 1)[:_SAMPLES]))
        for index, (header, field) in enumerate(chain.fields)
    )
    return [(chain.sheet, Table(sheet.name, 0, chain.first_row, chain.last_row, columns, chain.title))]


def _tables_of(sheet: Sheet) -> list[Table]:
    tables: list[Table] = []
    start = 1
    while (table := find_table(sheet, start)) is not None:
        below = _next_header(sheet, table)
        if below is None or len(tables) == _TABLES_LIMIT - 1:
            return [*tables, table]  # the last one holds all that follows, so that nothing is lost
        start = below
        while start > table.first_row and _is_title(sheet.row(start - 1)):
            start -= 1
        last = _last_row(sheet, table.first_row, list(table.columns), start - 1)
        tables.append(replace(table, last_row=last))
    return tables


def _next_header(sheet: Sheet, table: Table) -> int | None:
    """The row of another header within a table: it names a person and two facts more, and not the same columns."""
    width = max((column.index for column in table.columns), default=0) + 1
    own = {header_key(column.header) for column in table.columns if column.header}
    for number in range(table.first_row + 1, table.last_row + 1):
        row = sheet.rows[number - 1]
        if not any(isinstance(cell, str) and ("名" in cell or "证" in cell) for cell in row):
            continue  # the quick look: most rows are data
        texts = [text for cell in row if isinstance(cell, str) and (text := cell.strip())]
        if not 3 <= len(texts) <= width + 3 or max(map(len, texts)) > 20:
            continue
        fields = {match[0] for text in texts if (match := field_of(text)) and match[1] > 100}
        other = {header_key(text) for text in texts} != own
        if len(fields) >= 3 and fields & {Field.NAME, Field.ID_NUMBER} and other:
            return number
    return None


def _is_title(row: list[Cell]) -> bool:
    """Whether a row holds one text alone, or nothing."""
    filled = [cell for cell in row if not is_empty(cell)]
    return not filled or (len(filled) == 1 and isinstance(filled[0], str))


# -- the columns --------------------------------------------------------------------------------------------------


def _columns(sheet: Sheet, headers: list[str], first: int) -> list[Column]:
    values = [_filled(sheet, index, first) for index in range(len(headers))]
    claims: list[tuple[int, int, Field]] = []
    for index, header in enumerate(headers):
        match = field_of(header)
        if day_and_slot(header, slot_named(header) is not None and _share(values[index], is_temperature) > 0.8):
            claims.append((950, index, Field.CHECK_IN))
        elif match is not None:
            claims.append((match[1], index, match[0]))
        elif not OTHERS.search(header) and (evident := _evident(values[index])):
            claims.append((50, index, evident))
    claims = _without_heads(claims, headers)
    chosen: dict[int, Field] = {}
    for sureness, index, field in sorted(claims, key=lambda claim: (-claim[0], claim[1])):
        again = field in REPEATABLE and sureness > 900 and not re.search("紧急|户主", headers[index])
        if field not in chosen.values() or again:
            chosen[index] = field
    if Field.ADDRESS not in chosen.values():
        chosen = {index: _corrected(field, values[index]) for index, field in chosen.items()}
    of_people = {Field.ID_NUMBER, Field.PHONES, Field.ADDRESS, Field.SEX} & set(chosen.values())
    if (
        of_people
        and Field.NAME not in chosen.values()
        and (unnamed := _column_of_names(headers, values, chosen)) is not None
    ):
        chosen[unnamed] = Field.NAME
    _weigh(chosen, headers, values)
    return [
        Column(index, header, chosen.get(index), tuple(text_of(cell) for cell in values[index][:_SAMPLES]))
        for index, header in enumerate(headers)
        if header or values[index]
    ]


def _without_heads(claims: list[tuple[int, int, Field]], headers: list[str]) -> list[tuple[int, int, Field]]:
    """Facts about a head of household, or about whom somebody met, are not of those with a column of names."""
    named = max((claim for claim in claims if claim[2] is Field.NAME), default=None)
    if named and not SICK.search(headers[named[1]]):
        claims = [claim for claim in claims if not SICK.search(headers[claim[1]])]
    if named is None or "户主" in headers[named[1]]:
        return claims
    not_theirs = (Field.ID_NUMBER, Field.SEX, Field.BIRTH_DATE)
    return [claim for claim in claims if not (claim[2] in not_theirs and "户主" in headers[claim[1]])]


def _weigh(chosen: dict[int, Field], headers: list[str], values: list[list[Cell]]) -> None:
    """What one column says about another: quantities beside things, the day of temperatures, a summary apart."""
    fields = set(chosen.values())
    if Field.NEEDS in fields:
        amounts = (index for index, header in enumerate(headers) if _AMOUNTS.fullmatch(header_key(header)))
        chosen.update((index, Field.NEEDS) for index in amounts if _share(values[index], is_amount) > 0.8)
    told = [day_and_slot(headers[index], True) for index, field in chosen.items() if field is Field.CHECK_IN]
    for place, field in ((0, Field.DAY), (1, Field.SLOT)):
        if field in fields and all(said and said[place] for said in told):
            for index in [index for index, name in chosen.items() if name is field]:
                del chosen[index]
    for index in _summary(chosen, headers, values):
        chosen.pop(index, None)


def _summary(chosen: dict[int, Field], headers: list[str], values: list[list[Cell]]) -> range:
    """The columns of a small table of counts to the right, behind an empty column and the person's own."""
    own = max((index for index, field in chosen.items() if field in (Field.NAME, Field.ID_NUMBER)), default=0)
    for index in range(own + 1, len(headers)):
        if not headers[index] and not values[index] and any(_COUNTS.search(header) for header in headers[index:]):
            return range(index, len(headers))
    return range(0)


def _filled(sheet: Sheet, index: int, first: int) -> list[Cell]:
    """The first filled cells of a column below the header."""
    cells: list[Cell] = []
    for row in sheet.rows[first - 1 :]:
        if index < len(row) and not is_empty(row[index]):
            cells.append(row[index])
            if len(cells) == _EVIDENCE:
                break
    return cells


def _share(cells: list[Cell], test: Callable[[str], bool]) -> float:
    return sum(test(text_of(cell)) for cell in cells) / len(cells) if cells else 0.0


def _whole_door(text: str) -> bool:
    door = addresses.parse(text)
    return bool(door and door.building and (door.unit or door.compound) and door.room)


def _corrected(field: Field, values: list[Cell]) -> Field:
    """A column named 房号 or 门牌号 that holds "29-2-504" is an address."""
    if field in (Field.BUILDING, Field.UNIT, Field.ROOM, Field.COMPOUND) and _share(values, _whole_door) > 0.6:
        return Field.ADDRESS
    return field


def _evident(values: list[Cell]) -> Field | None:
    """What a column without a known header holds beyond doubt."""
    if len(values) < 2:
        return None
    if _share(values, _is_id) > 0.6:
        return Field.ID_NUMBER
    if _share(values, _has_mobile) > 0.8:
        return Field.PHONES
    if _share(values, lambda text: text.strip() in ("男", "女")) > 0.9:
        return Field.SEX
    if _share(values, _whole_door) > 0.8:
        return Field.ADDRESS
    return None


def _is_id(text: str) -> bool:
    return len(compact(text)) >= 15 and isinstance(id_numbers.canonical(text), id_numbers.IdNumber)


def _has_mobile(text: str) -> bool:
    return any(len(number) == 11 and number[0] == "1" for number in phones.normalise(text))


def _column_of_names(headers: list[str], values: list[list[Cell]], chosen: dict[int, Field]) -> int | None:
    """The column whose texts are names that rarely repeat, where no header says so."""
    for index, cells in enumerate(values):
        if index in chosen or len(cells) < 2 or OTHERS.search(headers[index]):
            continue
        texts = [names.clean(text_of(cell)) for cell in cells]
        alike = sum(names.looks_chinese(text) and not _PLACE.search(text) for text in texts) > 0.9 * len(texts)
        if alike and len(set(texts)) > 0.7 * len(texts):
            return index
    return None


# -- the end ------------------------------------------------------------------------------------------------------


def _last_row(sheet: Sheet, first: int, columns: list[Column], upto: int | None = None) -> int:
    """The last row, of those up to `upto`, that is neither blank nor a footer."""
    at = columns_by_field(columns)
    for number in range(len(sheet.rows) if upto is None else upto, first - 1, -1):
        row = sheet.rows[number - 1]
        if any(not is_empty(cell) for cell in row) and not is_footer(row, at):
            return number
    return first - 1

"""Finds the table in a sheet and proposes what each column means: by its header, and by what stands in it.

Titles, notes and seal lines stand above; headers have one to three levels, merged or split into single characters;
totals and signatures stand below. The proposal is plain data that a person may correct before `rows` reads it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from residents.lists.cells import Cell, is_empty, text_of
from residents.lists.days import day_and_slot
from residents.lists.fields import REPEATABLE, SYNONYMS, Field
from residents.lists.reading import Sheet
from residents.rules import addresses, id_numbers, names, phones
from residents.rules.text import compact

_HEADER_WITHIN = 15  # rows from the top in which a header is looked for
_LEVELS = 3
_SAMPLES = 3
_TABLES_LIMIT = 50  # in one sheet
_EVIDENCE = 40  # filled cells looked at as evidence for what a column holds

_BRACKETS = re.compile(r"[(\[【{<《].*?[)\]】}>》]")
_PUNCTUATION = re.compile(r"[^\w]|_")
# Facts about somebody else than the person of the row.
_OTHERS = re.compile(
    r"监护|联系人|网格[员长]|负责|包保|填[报表]|审核|医生|医务|民警|楼[栋道]长|志愿者|单位|来源|出发|户主"
)
_LOOSE: tuple[tuple[Field, re.Pattern[str]], ...] = (
    (Field.RELATION, re.compile(r"户主.*关系|关系$")),
    (Field.REGISTERED_ADDRESS, re.compile(r"户[籍口].*(?:地|址)")),
    (Field.ID_TYPE, re.compile(r"证件.*(?:类|种)")),
    (Field.ID_NUMBER, re.compile(r"身份证|身份号|证件号|护照号")),
    (Field.NAME, re.compile(r"姓名$")),
    (Field.PHONES, re.compile(r"手机|电话|联系方式|联系号码")),
    (
        Field.ISOLATION_END,
        re.compile(r"(?:隔离|观察|管控|监测).*(?:结束|解除|截止|期满|终止)|(?:结束|解除|满\d+天).*(?:时间|日期)?$"),
    ),
    (
        Field.ISOLATION_START,
        re.compile(r"(?:隔离|观察|管控|监测).*(?:开始|起始|起)|(?:开始|起始).*(?:隔离|观察|管控|监测)"),
    ),
    (Field.ISOLATION_START, re.compile(r"(?:返|抵|到达|来).*(?:时间|日期)")),
    (Field.BIRTH_DATE, re.compile(r"出生")),
    (Field.ADDRESS, re.compile(r"(?:住址|地址|居住地|现住)|楼.*房.*号")),
    (Field.HOUSEHOLD, re.compile(r"户.*编[号码]")),
    (Field.GRID, re.compile(r"网格")),
    (Field.NOTE, re.compile(r"备注")),
)


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

    def indexes(self, field: Field) -> list[int]:
        """The columns that are read as a field."""
        return [column.index for column in self.columns if column.field is field]

    def header_key(self) -> str:
        """The same for every list that has the same headers: under it a correction is remembered."""
        return "|".join(header_key(column.header) for column in self.columns)


@lru_cache(maxsize=4096)
def header_key(header: str) -> str:
    """A header without spaces, punctuation, line breaks and stars."""
    return _PUNCTUATION.sub("", compact(header))


_EXACT: dict[str, tuple[Field, int]] = {}
for _field, _words in SYNONYMS.items():
    for _rank, _word in enumerate(_words.split()):
        _EXACT.setdefault(header_key(_word), (_field, 1000 - _rank))


@lru_cache(maxsize=4096)
def field_of(header: str) -> tuple[Field, int] | None:
    """The field a header names and how sure that is (a larger number is surer); None where it names none."""
    key = header_key(header)
    if not key:
        return None
    if exact := _EXACT.get(key) or _EXACT.get(header_key(_BRACKETS.sub("", compact(header)))):
        return exact
    if len(key) > 30:
        return None
    if _OTHERS.search(key) and not re.search(r"关系|户籍", key):
        return None
    return next(((field, 100 - rank) for rank, (field, pattern) in enumerate(_LOOSE) if pattern.search(key)), None)


def find_table(sheet: Sheet, start: int = 1) -> Table | None:
    """The first table of a sheet from row `start` on, with a proposed mapping; None where no list of people stands."""
    width = max(map(len, sheet.rows), default=0)
    header = _find_header(sheet, width, start)
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
    last = _last_row(sheet, first)
    return Table(sheet.name, top, first, last, tuple(columns), title) if last >= first else None


def find_tables(sheets: list[Sheet]) -> list[tuple[Sheet, Table]]:
    """The tables of every visible sheet: one below another where a sheet holds several."""
    return [(sheet, table) for sheet in sheets if not sheet.hidden for table in _tables_of(sheet)]


def _tables_of(sheet: Sheet) -> list[Table]:
    tables: list[Table] = []
    start = 1
    while (table := find_table(sheet, start)) is not None:
        below = _next_header(sheet, table)
        if below is None:
            return [*tables, table]
        start = below
        while start > table.first_row and _is_title(sheet.row(start - 1)):
            start -= 1
        last = _last_row(sheet, table.first_row, start - 1)
        tables.append(replace(table, last_row=last))
        if len(tables) == _TABLES_LIMIT:
            break
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


# -- the header ---------------------------------------------------------------------------------------------------


def _find_header(sheet: Sheet, width: int, start: int) -> tuple[int, int, list[str]] | None:
    """(first row, levels, header text a column) of the rows that name most fields."""
    best: tuple[int, int, list[str]] | None = None
    best_score = 0
    for top in range(start, min(start - 1 + _HEADER_WITHIN, len(sheet.rows)) + 1):
        levels_texts: list[list[str]] = []
        for levels in range(1, _LEVELS + 1):
            texts = _header_texts(sheet, top + levels - 1, width)
            if texts is None or (levels > 1 and not _goes_on(sheet, top, levels_texts, texts)):
                break
            levels_texts.append(texts)
            headers = _joined(levels_texts)
            score = _score(headers)
            goes_on = best and best[0] == top and score == best_score and _only_header(texts)
            # A title above needs one level more to name the same fields.
            shorter = best and score == best_score > 0 and levels < best[1]
            if score > best_score or goes_on or shorter:
                best, best_score = (top, levels, headers), score
    return best


def _score(headers: list[str]) -> int:
    """How many fields a header names; one alone counts only if it says name or ID number beside other columns."""
    fields = {match[0] for header in headers if (match := field_of(header))}
    if len(fields) == 1:
        sure = any(header and _is_exact(header) for header in headers) and fields & {Field.NAME, Field.ID_NUMBER}
        return 1 if sure and sum(map(bool, headers)) > 1 else 0
    return len(fields)


def _header_texts(sheet: Sheet, row: int, width: int) -> list[str] | None:
    """The texts of a row that may be a header, merged cells filled to the right; None where it cannot be one."""
    cells = sheet.row(row)
    if all(is_empty(cell) for cell in cells):
        return None
    texts = [text_of(cell).strip() for cell in cells] + [""] * (width - len(cells))
    for text in texts:
        digits = sum(character.isdigit() for character in text)
        if digits >= 11 and len(text) < 40 and digits > len(text) * 0.6:
            return None  # an ID number or a phone: this is a row of data
    for top, left, bottom, right in sheet.merged:
        if top <= row <= bottom and right > left:
            if right - left + 1 >= max(width * 0.7, 3):
                return None  # merged over the whole width: a title or note
            if top == row:
                texts[left : right + 1] = [texts[left]] * (right - left + 1)
    return texts


def _goes_on(sheet: Sheet, top: int, above: list[list[str]], texts: list[str]) -> bool:
    """Whether a row continues the header above it: under a named column stands nothing, or a name again."""
    for upper, text in zip(_joined(above), texts, strict=True):
        if text and field_of(upper) and not (field_of(upper + text) or field_of(text)):
            return False
    row = top + len(above)
    merged_down = any(top <= first < row <= last for first, _, last, _ in sheet.merged)
    pairs = [(upper, text) for upper, text in zip(_joined(above), texts, strict=True) if text]
    named = any(field_of(text) or (upper and field_of(upper + text)) for upper, text in pairs)
    return merged_down or named or _only_header(texts)


def _only_header(texts: list[str]) -> bool:
    """Whether a row holds nothing but short words, as the lower level of a header does (早, 晚)."""
    filled = [text for text in texts if text]
    return (
        bool(filled) and all(len(text) <= 4 and not text[0].isdigit() for text in filled) and len(filled) < len(texts)
    )


def _joined(levels: list[list[str]]) -> list[str]:
    """One header a column: split characters join (性/别), a named lower level stands for itself (住址/楼栋)."""
    headers = []
    for texts in zip(*levels, strict=True):
        parts = [text for position, text in enumerate(texts) if text and (position == 0 or text != texts[position - 1])]
        joined = "".join(parts)
        lower = next((part for part in reversed(parts) if field_of(part)), None)
        headers.append(joined if len(parts) < 2 or _is_exact(joined) or lower is None else lower)
    return headers


def _is_exact(header: str) -> bool:
    match = field_of(header)
    return match is not None and match[1] > 100


# -- the columns --------------------------------------------------------------------------------------------------


def _columns(sheet: Sheet, headers: list[str], first: int) -> list[Column]:
    values = [_filled(sheet, index, first) for index in range(len(headers))]
    claims: list[tuple[int, int, Field]] = []
    for index, header in enumerate(headers):
        match = field_of(header)
        if day_and_slot(header) is not None:
            claims.append((950, index, Field.CHECK_IN))
        elif match is not None:
            field, sureness = match
            claims.append((sureness, index, _corrected(field, values[index])))
        elif not _OTHERS.search(header) and (evident := _evident(values[index])):
            claims.append((50, index, evident))
    chosen: dict[int, Field] = {}
    for sureness, index, field in sorted(claims, key=lambda claim: (-claim[0], claim[1])):
        again = field in REPEATABLE and sureness > 900 and not re.search("紧急|户主", headers[index])
        if field not in chosen.values() or again:
            chosen[index] = field
    if Field.NAME not in chosen.values() and (unnamed := _column_of_names(values, chosen)) is not None:
        chosen[unnamed] = Field.NAME
    return [
        Column(index, header, chosen.get(index), tuple(text_of(cell) for cell in values[index][:_SAMPLES]))
        for index, header in enumerate(headers)
        if header or values[index]
    ]


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


def _column_of_names(values: list[list[Cell]], chosen: dict[int, Field]) -> int | None:
    """The column whose texts are names that rarely repeat, where no header says so."""
    for index, cells in enumerate(values):
        if index in chosen or len(cells) < 2:
            continue
        texts = [names.clean(text_of(cell)) for cell in cells]
        if sum(map(names.looks_chinese, texts)) > 0.9 * len(texts) and len(set(texts)) > 0.7 * len(texts):
            return index
    return None


# -- the end ------------------------------------------------------------------------------------------------------

_FOOTER = re.compile(
    r"(?:合计|总计|小计|共计|累计|总人数|总数|本页|填[表报]|制表|审[核批]|经办|负责人|联系人|联系电话"
    r"|注[:：]|备注[:：]|说明[:：]|签[字名]|盖章|单位|日期[:：]|第\d+页|以上)"
)


def is_footer(row: list[Cell]) -> bool:
    """Whether a row is a total, a signature line or a note: its first filled cell says so."""
    for cell in row:
        if not is_empty(cell):
            return isinstance(cell, str) and bool(_FOOTER.match(compact(cell)))
    return False


def _last_row(sheet: Sheet, first: int, upto: int | None = None) -> int:
    """The last row, of those up to `upto`, that is neither blank nor a footer."""
    for number in range(len(sheet.rows) if upto is None else upto, first - 1, -1):
        row = sheet.rows[number - 1]
        if any(not is_empty(cell) for cell in row) and not is_footer(row):
            return number
    return first - 1

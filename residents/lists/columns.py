"""What a whole column, a title or a file proves about its single cells: the coding of sexes, the year, the compound."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from residents.lists.cells import Cell, is_empty, text_of
from residents.lists.fields import Field
from residents.lists.headers import Table
from residents.lists.reading import Sheet
from residents.lists.values import split_period
from residents.lists.who import is_footer
from residents.rules import addresses, dates, id_numbers
from residents.rules.text import arabic, compact

_PROOFS_NEEDED = 2  # rows that must prove what a digit means, none against
_DIGIT_AND_SEX = re.compile(r"([0-9])[-.、:=]?(男|女)")
_SEX_AND_DIGIT = re.compile(r"(男|女)[-.、:=]?([0-9])")
_BUILDING = re.compile(r"([0-9]+|[A-Za-z]|[一二三四五六七八九十]+)(?:栋|幢|号楼|座)")
_UNIT = re.compile(r"([0-9]+|[一二三四五六七八九十]+)单元")
_LONGEST = 200  # characters of a title in which a building is looked for
_AND_MORE = re.compile(r"[0-9A-Za-z一二三四五六七八九十](?:栋|幢|号楼|座|单元)?[-~—–～至到、，,/和及]$")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a list says of all its rows at once, in its title, sheet name or file name."""

    compound: str = ""
    building: str = ""
    unit: str = ""
    years: frozenset[int] = frozenset()


def surroundings_of(table: Table, filename: str = "") -> Surroundings:
    """Compound and building from the title or the sheet's name; the year from these or the file's name."""
    compound = building = unit = ""
    for text in (table.sheet, table.title):
        compound = compound or addresses.compound_in(text)
        building = building or building_in(text)
        unit = unit or unit_in(text)
    years: set[int] = set()
    for text in (table.title, table.sheet, filename):
        years = years or dates.years_in(text)
    return Surroundings(compound, building, unit, frozenset(years))


def building_in(text: str) -> str:
    """The one building that a title or sheet name names, bare; "" where it names none or several ("1-3栋")."""
    return _only(_BUILDING, compact(text))


def unit_in(text: str) -> str:
    """The one entrance that a title, sheet name or line between the rows names, bare."""
    return _only(_UNIT, compact(text))


def _only(pattern: re.Pattern[str], text: str) -> str:
    matches = list(pattern.finditer(text[:_LONGEST]))
    if any(_AND_MORE.search(text[: match.start()]) for match in matches):
        return ""
    found = {arabic(match[1]) for match in matches}
    return found.pop() if len(found) == 1 else ""


def sex_coding(sheets: Iterable[tuple[Sheet, Table]], said: dict[str, str] | None = None) -> dict[str, str]:
    """What the digits of sex columns mean, where sound IDs of the same file prove it: {"1": "F", "0": "M"}.

    A digit counts only if at least two IDs prove it and none contradicts, or if the header says it and no ID says
    otherwise; two digits of one meaning prove nothing.
    A digit of both sexes beside two that are proven means "not stated" and stays out. `said` is what a person says of
    digits that nothing proves ("" for one that says nothing): it never stands against a proof.
    """
    sheets = list(sheets)
    said = _coding_of_headers(sheets) | (said or {})
    proofs: dict[str, Counter[str]] = defaultdict(Counter)
    for code, sex in _sex_digits(sheets):
        if sex:
            proofs[code][sex] += 1
    proven = {
        code: next(iter(sexes)) for code, sexes in proofs.items() if len(sexes) == 1 and sexes.total() >= _PROOFS_NEEDED
    }
    both = any(len(sexes) > 1 for sexes in proofs.values())
    if len(set(proven.values())) < len(proven) or (both and len(proven) < 2):
        proven = {}
    taken = set(proven.values())
    return {code: sex for code, sex in said.items() if sex not in taken} | proven


def _coding_of_headers(sheets: Iterable[tuple[Sheet, Table]]) -> dict[str, str]:
    """What headers of sex columns say of their digits (性别（1男2女）, 男-0/女-1); {} where they differ."""
    said: set[tuple[str, str]] = set()
    for _sheet, table in sheets:
        for column in table.columns:
            if column.field is Field.SEX:
                header = compact(column.header)
                before, behind = _DIGIT_AND_SEX.findall(header), _SEX_AND_DIGIT.findall(header)
                if len(before) != len(behind):
                    said |= set(before) if len(before) > len(behind) else {(digit, word) for word, digit in behind}
    words, digits = {word for _, word in said}, {digit for digit, _ in said}
    if len(said) != 2 or len(words) != 2 or len(digits) != 2:
        return {}
    return {digit: "M" if word == "男" else "F" for digit, word in said}


def unproven_sex_digits(sheets: Iterable[tuple[Sheet, Table]]) -> list[str]:
    """The digits of sex columns, in order, of which neither the file nor the ID of every such row tells the meaning."""
    sheets = list(sheets)
    proven = sex_coding(sheets)
    return sorted({code for code, sex in _sex_digits(sheets) if sex is None and code not in proven})


def _sex_digits(sheets: Iterable[tuple[Sheet, Table]]) -> Iterator[tuple[str, str | None]]:
    """(digit, sex that the row's own ID proves or None) of every row that writes its sex as a digit."""
    for sheet, table in sheets:
        sex_columns, id_columns = table.indexes(Field.SEX), table.indexes(Field.ID_NUMBER)
        names = table.indexes(Field.NAME)
        if not sex_columns:
            continue
        at = table.at()
        for row in sheet.rows[table.first_row - 1 : table.last_row]:
            code = compact(text_of(row[sex_columns[0]])) if sex_columns[0] < len(row) else ""
            if len(code) != 1 or not code.isdigit():
                continue
            written = row[id_columns[0]] if id_columns and id_columns[0] < len(row) else ""
            # A number cell has lost its last digits and proves nothing, however sound it looks.
            proof = id_numbers.canonical(written) if isinstance(written, str) and written else None
            sex = id_numbers.sex_of(proof.number) if isinstance(proof, id_numbers.IdNumber) else None
            named = any(index < len(row) and not is_empty(row[index]) for index in names)
            if sex or ((named or written) and not is_footer(row, at)):
                yield code, sex


def whole_dates(sheet: Sheet, table: Table, index: int) -> list[date]:
    """The dates of a column that state their year: they tell the year of those that do not."""
    found: list[date] = []
    for row in sheet.rows[table.first_row - 1 : table.last_row]:
        if index < len(row) and not is_empty(row[index]):
            cell = row[index]
            cells = (isinstance(cell, str) and split_period(cell)) or (cell,)
            days = (dates.read(part) for part in cells)
            found.extend(day for day in days if isinstance(day, date) and 2000 <= day.year <= 2100)
    return found


def written_once(sheet: Sheet, table: Table) -> tuple[Field, ...]:
    """Of building, entrance and household number, those that are written where they begin and go on below.

    Such a column is filled in the first row, blank in at least half of those below, and never says twice in
    succession the same; otherwise a blank is a blank.
    """
    rows = sheet.rows[table.first_row - 1 : table.last_row]
    at = table.at()
    name = at.get(Field.NAME, 0)
    rows = [row for row in rows if name < len(row) and not is_empty(row[name]) and not is_footer(row, at)]
    found: list[Field] = []
    begins: set[int] = set()  # rows in which a column to the left says something new
    for field in (Field.HOUSEHOLD, Field.COMPOUND, Field.BUILDING, Field.UNIT):
        index = (table.indexes(field) or [-1])[0]
        if index < 0 or not rows:
            continue
        texts = [compact(text_of(row[index])) if index < len(row) else "" for row in rows]
        filled = [place for place, text in enumerate(texts) if text]
        again = any(texts[one] == texts[two] and two not in begins for one, two in pairwise(filled))
        if filled and filled[0] == 0 and len(texts) - len(filled) >= max(len(filled), 2) and not again:
            found.append(field)
            begins |= set(filled)
    return tuple(found)


def spanned_cells(sheet: Sheet, table: Table) -> dict[int, dict[int, Cell]]:
    """row → column → value of the cell above that is merged down over this row."""
    spans: dict[int, dict[int, Cell]] = defaultdict(dict)
    for top, left, bottom, right in sheet.merged:
        first, last = max(top + 1, table.first_row), min(bottom, table.last_row)
        if first > last or right - left >= len(table.columns) - 1:
            continue
        above = sheet.row(top)
        value = above[left] if left < len(above) else ""
        for number in range(first, last + 1):
            spans[number][left] = value
    return spans

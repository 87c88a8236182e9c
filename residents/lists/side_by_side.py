"""Tables printed side by side: the same header again to the right, to save paper. Each becomes a sheet of its own."""

from itertools import pairwise

from residents.lists.cells import Cell, is_empty, text_of
from residents.lists.fields import Field
from residents.lists.headings import field_of, find_header, header_key
from residents.lists.reading import Sheet

_NAME_LENGTH = 50  # of a sheet, so that its number fits behind


def side_by_side(sheet: Sheet, taken: set[str]) -> list[Sheet]:
    """The sheet itself, or its parts where one header stands in it several times side by side.

    What stands above the header is said of each part. Rows keep their numbers; `taken` are the names of all sheets.
    """
    width = max(map(len, sheet.rows), default=0)
    found = find_header(sheet, width, 1) if width > 3 else None
    if found is None:
        return [sheet]
    top, levels, headers = found
    edges = _edges(sheet, top, levels, headers)
    if len(edges) < 3:
        return [sheet]
    return [
        _part(sheet, top, [*range(edges[0]), *range(left, right)], _name(sheet, place, taken))
        for place, (left, right) in enumerate(pairwise(edges))
    ]


def _edges(sheet: Sheet, top: int, levels: int, headers: list[str]) -> list[int]:
    """Where each repetition begins, and the end of the last; [] where the header does not repeat."""
    rows = [sheet.row(number) for number in range(top, top + levels)]
    keys = [
        (header_key(header), *(header_key(text_of(row[index])) if index < len(row) else "" for row in rows))
        for index, header in enumerate(headers)
    ]
    persons = [
        index
        for index, header in enumerate(headers)
        if (match := field_of(header)) and match[0] is Field.NAME and match[1] > 100
    ]
    if len(persons) < 2:
        return []
    period = persons[1] - persons[0]
    starts = [start for start in range(persons[0] - period + 1, persons[0] + 1) if start >= 0 and keys[start][0]]
    for start in starts:
        edges = [start]
        while _same(keys, start, edges[-1] + period, period):
            edges.append(edges[-1] + period)
        if len(edges) > 1 and len(edges) == len(persons):
            return [*edges, len(headers)]
    return []


def _same(keys: list[tuple[str, ...]], first: int, second: int, width: int) -> bool:
    """Whether the headers from `second` on are those from `first` on, two of them at least."""
    one, other = keys[first : first + width], keys[second : second + width]
    blank = ("",) * len(keys[0])
    other += [blank] * (width - len(other))  # no empty column behind the last part
    return one == other and sum(bool(key[0]) for key in one) > 1


def _name(sheet: Sheet, place: int, taken: set[str]) -> str:
    name = f"{sheet.name[:_NAME_LENGTH]}（第{place + 1}栏）" if place else sheet.name
    while place and name in taken:
        name += "'"
    taken.add(name)
    return name


def _part(sheet: Sheet, top: int, columns: list[int], name: str) -> Sheet:
    """The sheet with these columns only; those left of the first part belong to all."""
    rows: list[list[Cell]] = [
        [" ".join(text_of(cell) for cell in row if not is_empty(cell))] for row in sheet.rows[: top - 1]
    ]
    for row in sheet.rows[top - 1 :]:
        rows.append([row[index] if index < len(row) else "" for index in columns])
    at = {index: position for position, index in enumerate(columns)}
    for first, begin, _last, end in sheet.merged:
        if first >= top and begin < columns[0] < end and begin < len(sheet.row(first)):
            rows[first - 1][0] = sheet.row(first)[begin]  # a line over all parts, such as "2单元"
    merged = [
        (first, at[begin], last, at.get(end, len(columns) - 1))
        for first, begin, last, end in sheet.merged
        if first >= top and begin in at
    ]
    valueless = {(row, at[index]): kind for (row, index), kind in sheet.valueless.items() if index in at}
    return Sheet(name, rows, merged, valueless, sheet.hidden)

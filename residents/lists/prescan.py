"""Looks into a zipped workbook before any parser does. Runs in the reader's child process: standard library only.

Answers three questions with the workbook still packed: does it stay small when unpacked, do its cells stay within
the limits (one cell at XFD1048576 makes a parser build 17 thousand million), and which cells show no value although
they hold something (a formula that was never calculated, an error): a parser reads those as empty.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple

UNZIPPED_LIMIT = 200 * 1024 * 1024
ENTRIES_LIMIT = 2_000
RATIO_LIMIT = 400  # a sheet of one word repeated packs to about 1:200
RATIO_COUNTS_FROM = 20 * 1024 * 1024
ROWS_LIMIT = 100_000
COLUMNS_LIMIT = 100

_ENTITY = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
# Each pattern looks at one tag or one cell only: a file must not make a search start over at every tag.
_CELL = re.compile(rb"<(?:\w+:)?c\b([^<>]*)>")
_FAR_HINT = re.compile(rb"""r=["'](?:[A-Z]{2}|[A-Z]\d{6})""")  # a quick look before the thorough one
_FORMULA = re.compile(rb"\s*<(?:\w+:)?f\b(?:[^<>]*/>|.*?</(?:\w+:)?f>)", re.DOTALL)
_STORED = re.compile(rb"<(?:\w+:)?v>[^<]")
_REFERENCE = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,9})["']""")
_ODS_TAG = re.compile(rb"<table:(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^<>]*)>")
_ODS_ATTRIBUTE = re.compile(rb'(?:table|office):([\w-]+)="([^"]*)"')
_SHEET_ENTRY = re.compile(r"<(?:\w+:)?sheet\b([^<>]{0,1000})>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b([^<>]{0,1000})>")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')


class Refused(Exception):
    """This file is not read; the argument is the code of the reason."""


def check_zip(archive: zipfile.ZipFile) -> None:
    """Refuses an archive that has too many, doubled or too large entries, without unpacking it."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > ENTRIES_LIMIT:
        raise Refused("too_large")
    if len(set(names)) != len(names):
        raise Refused("damaged")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused("encrypted")
    if sum(entry.file_size for entry in entries) > UNZIPPED_LIMIT:
        raise Refused("too_large")
    for entry in entries:
        if entry.file_size > RATIO_COUNTS_FROM and entry.file_size > RATIO_LIMIT * max(entry.compress_size, 1):
            raise Refused("too_large")


def unpacked(archive: zipfile.ZipFile, data: bytes, budget: list[int]) -> Iterator[tuple[str, bytes]]:
    """Every XML part with its content; the sizes that the archive states are not believed, but counted."""
    for entry in archive.infolist():
        content = _inflate(entry, data, budget)
        if entry.filename.endswith((".xml", ".rels")):
            if _ENTITY.search(content):
                raise Refused("damaged")
            yield entry.filename, content


def _inflate(entry: zipfile.ZipInfo, data: bytes, budget: list[int]) -> bytes:
    """The content of one entry; refuses once all entries together exceed the limit."""
    head = data[entry.header_offset : entry.header_offset + 30]
    if head[:4] != b"PK\x03\x04":
        raise Refused("damaged")
    start = entry.header_offset + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    packed = memoryview(data)[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        content = bytes(packed)
    elif entry.compress_type == zipfile.ZIP_DEFLATED:
        try:
            content = zlib.decompressobj(-15).decompress(packed, budget[0] + 1)
        except zlib.error:
            raise Refused("damaged") from None
    else:
        raise Refused("damaged")
    budget[0] -= len(content)
    if budget[0] < 0:
        raise Refused("too_large")
    return content


def check_sheet(content: bytes) -> None:
    """Refuses a sheet that has a filled cell beyond the limits."""
    if not _FAR_HINT.search(content):
        return
    for match in _CELL.finditer(content):
        if match[1].endswith(b"/") or not (reference := _REFERENCE.search(match[1])):
            continue
        if int(reference[2]) > ROWS_LIMIT:
            raise Refused("too_many_rows")
        if column_number(reference[1]) > COLUMNS_LIMIT:
            raise Refused("too_many_columns")


def valueless_cells(content: bytes) -> list[tuple[int, int, str]]:
    """(row from 1, column from 0, "formula" or "error") of cells that hold something but show no value."""
    if b"<f" not in content and b":f" not in content and b't="e"' not in content:
        return []
    found = []
    for attributes, inside in _cells(content):
        kind = _without_value(attributes, inside)
        if kind and (reference := _REFERENCE.search(attributes)):
            found.append((int(reference[2]), column_number(reference[1]) - 1, kind))
    return found


def _cells(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(attributes, what follows up to the next cell) of every cell."""
    attributes, start = None, 0
    for match in _CELL.finditer(content):
        if attributes is not None:
            yield attributes, content[start : match.start()]
        attributes, start = match[1], match.end()
    if attributes is not None:
        yield attributes, content[start:]


def _without_value(attributes: bytes, inside: bytes) -> str:
    """ "error" or "formula" for a cell that shows nothing, else ""."""
    if b't="e"' in attributes:
        return "error"
    formula = None if attributes.endswith(b"/") else _FORMULA.match(inside)
    if formula is None:
        return ""
    rest = inside[formula.end() :].partition(b"c>")[0]
    # An empty <v/> beside t="str" is a formula whose stored result is the empty text.
    stored = _STORED.search(rest) or (b't="str"' in attributes and b"v" in rest)
    return "" if stored else "formula"


class OdsSheet(NamedTuple):
    """What the parser does not tell of a sheet of a content.xml. Rows from 1, columns from 0."""

    merged: list[list[int]]  # first row, first column, last row, last column
    valueless: list[tuple[int, int, str]]  # row, column, "formula"


def look_into_ods(content: bytes) -> dict[str, OdsSheet]:
    """The sheets of a content.xml by name: merged cells, and formulas that were never calculated."""
    found: dict[str, OdsSheet] = {}
    if b"-spanned=" not in content and b"table:formula=" not in content:
        return found
    sheet = OdsSheet([], [])
    row, step, column = 1, 0, 0
    for match in _ODS_TAG.finditer(content):
        kind, attributes = match[1], dict(_ODS_ATTRIBUTE.findall(match[2]))
        if kind == b"table":
            name = _unescaped(attributes.get(b"name", b"").decode("utf-8", "replace"))
            sheet = found.setdefault(name, OdsSheet([], []))
            row, step = 1, 0
        elif kind == b"table-row":
            row, step, column = row + step, _count(attributes, b"number-rows-repeated"), 0
        else:
            down, right = _count(attributes, b"number-rows-spanned"), _count(attributes, b"number-columns-spanned")
            if down > 1 or right > 1:
                sheet.merged.append([row, column, row + down - 1, column + right - 1])
            if b"formula" in attributes and b"value-type" not in attributes:
                sheet.valueless.append((row, column, "formula"))
            column += _count(attributes, b"number-columns-repeated")
    return found


def _count(attributes: dict[bytes, bytes], name: bytes) -> int:
    value = attributes.get(name, b"1")
    return max(int(value), 1) if value.isdigit() and len(value) < 9 else 1


def column_number(letters: bytes) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def sheet_parts(parts: dict[str, bytes]) -> dict[str, str]:
    """Name of the part → name of the sheet, as the workbook's own index says."""
    workbook = parts.get("xl/workbook.xml", b"").decode("utf-8", "replace")
    relations = parts.get("xl/_rels/workbook.xml.rels", b"").decode("utf-8", "replace")
    targets = {}
    for match in _RELATION.finditer(relations):
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        target = attributes.get("Target", "")
        targets[attributes.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    names = {}
    for match in _SHEET_ENTRY.finditer(workbook):
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        identifier = next((value for key, value in attributes.items() if key.endswith(":id")), "")
        if identifier in targets:
            names[targets[identifier]] = _unescaped(attributes.get("name", ""))
    return names


def _unescaped(text: str) -> str:
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text

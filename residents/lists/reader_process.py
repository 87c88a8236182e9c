"""The child process that opens a file from outside: bytes on stdin, JSON on stdout, nothing else.

Started by `reading` with `python -I` and an empty environment. Limits itself before it looks at the first byte, imports
no network module, no Django and nothing of the product but `prescan`, `word` and `web_page`. Parsers can abort a whole
process on a few kilobytes: that is why they live here.
"""

import csv
import io
import json
import os
import re
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any

sys.path.append(os.path.dirname(os.path.abspath(__file__)))

import prescan  # type: ignore[import-not-found]
import web_page  # type: ignore[import-not-found]
import word  # type: ignore[import-not-found]
from prescan import Refused  # type: ignore[import-not-found]

MEMORY_LIMIT = 1 << 30
SECONDS_LIMIT = 30
FILE_LIMIT = 20 * 1024 * 1024
NAME_LIMIT = 60  # characters of a sheet's name
MERGED_LIMIT = 300_000  # areas in a sheet

# Control characters, halves of characters, marks that turn the direction of a text. In JSON the first look escaped.
_TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
_HARMFUL = re.compile(f"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_TURNING}]")
_MAY_HARM = re.compile(rf"\\u00[01]|\\[bf]|[\x7f-\x9f{_TURNING}]")

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML = (b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<body", b"<div", b"<script")
_ARCHIVED_PAGE = b"mime-version:"


ERRORS = frozenset(("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"))


def limit_self() -> None:
    """Memory, time, no file written, no core dump: broken limits kill this process and no other."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_LIMIT, SECONDS_LIMIT))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read(data: bytes) -> list[dict[str, Any]]:
    """The sheets of a file of any known format, told by its content. Raises `Refused`."""
    if len(data) > FILE_LIMIT:
        raise Refused("too_large")
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise Refused("empty")
    start = data[:1024].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith(_ARCHIVED_PAGE):
        raise Refused("html")
    if start.startswith(_HTML):
        return _with_something(web_page.sheets_of(_decoded(data)))
    if data.startswith(b"PK"):
        return _read_zipped(data)
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Refused("encrypted")
        return _read_workbook(data)
    if start.startswith((b"%pdf", b"<?xml", b"{\\rtf", b"\x89png", b"\xff\xd8\xff", b"gif8", b"rar!", b"7z\xbc\xaf")):
        raise Refused("not_a_list")
    return _with_something([_read_text(data)])


def _read_zipped(data: bytes) -> list[dict[str, Any]]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Refused("damaged") from None
    prescan.check_zip(archive)
    names = set(archive.namelist())
    if "word/document.xml" in names:
        document = b""
        for name, content in prescan.unpacked(archive, data, [prescan.UNZIPPED_LIMIT]):
            document = content if name == "word/document.xml" else document
        return _with_something(word.sheets_of(document))
    if "xl/workbook.xml" not in names and "xl/workbook.bin" not in names and "content.xml" not in names:
        raise Refused("not_a_list")
    valueless: dict[str, list[tuple[int, int, str]]] = {}
    of_ods: dict[str, prescan.OdsSheet] = {}
    index: dict[str, bytes] = {}
    for name, content in prescan.unpacked(archive, data, [prescan.UNZIPPED_LIMIT]):
        if name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
            index[name] = content
        elif name == "content.xml":
            of_ods = prescan.look_into_ods(content)
        elif name == "META-INF/manifest.xml" and b"encryption-data" in content:
            raise Refused("encrypted")
        elif name.startswith("xl/worksheets/") and name.endswith(".xml"):
            prescan.check_sheet(content)
            valueless[name] = prescan.valueless_cells(content)
    by_sheet = {sheet: valueless.get(part, []) for part, sheet in prescan.sheet_parts(index).items()}
    by_sheet |= {name: sheet.valueless for name, sheet in of_ods.items()}
    return _read_workbook(data, by_sheet, {name: sheet.merged for name, sheet in of_ods.items()})


def _read_workbook(
    data: bytes,
    valueless: dict[str, list[tuple[int, int, str]]] | None = None,
    merged: dict[str, list[list[int]]] | None = None,
) -> list[dict[str, Any]]:
    import python_calamine as calamine

    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets: list[dict[str, Any]] = []
        for about in workbook.sheets_metadata:
            if about.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_name(about.name)
            _check_size(sheet.total_height, sheet.total_width)
            rows = sheet.to_python(skip_empty_area=False)
            _check_size(len(rows), max(map(len, rows), default=0))  # of .ods the parser counts one column less
            sheets.append(
                {
                    "name": about.name,
                    "hidden": about.visible != calamine.SheetVisibleEnum.Visible,
                    "rows": rows,
                    "merged": (merged or {}).get(about.name) or _flat(sheet.merged_cell_ranges or []),
                    "valueless": (valueless or {}).get(about.name, []),
                }
            )
    except calamine.PasswordError:
        raise Refused("encrypted") from None
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, OSError, ValueError):
        raise Refused("damaged") from None
    return _with_something(sheets)


def _check_size(height: int, width: int) -> None:
    if height > prescan.ROWS_LIMIT:
        raise Refused("too_many_rows")
    if width > prescan.COLUMNS_LIMIT:
        raise Refused("too_many_columns")


def _with_something(sheets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not any(_holds_something(sheet) for sheet in sheets):
        raise Refused("empty")
    names: set[str] = set()
    for number, sheet in enumerate(sheets, 1):
        sheet["name"] = name = _harmless(sheet["name"])[:NAME_LIMIT]
        while sheet["name"] in names:  # rows are known by the name of their sheet
            name = name[: NAME_LIMIT - 6] + "'"
            sheet["name"] = f"{name}{number}"
        names.add(sheet["name"])
        sheet["merged"] = _within(sheet["merged"], sheet["rows"])
        _take_out_errors(sheet)
    return sheets


def _take_out_errors(sheet: dict[str, Any]) -> None:
    """Cells that show the error of a formula hold nothing; a workbook's parser does so itself, but for .ods."""
    for number, row in enumerate(sheet["rows"], 1):
        for index, cell in enumerate(row):
            if type(cell) is str and cell[:1] == "#" and cell in ERRORS:
                row[index] = ""
                sheet["valueless"].append((number, index, "error"))


def _within(merged: list[list[int]], rows: list[list[Any]]) -> list[list[int]]:
    """Merged cells as far as there are rows. Refuses areas that lie over each other: each costs what it spans."""
    height, width = len(rows), max(map(len, rows), default=0)
    inside = [
        [top, left, min(bottom, height), min(right, width - 1)]
        for top, left, bottom, right in merged
        if top <= height and left < width
    ]
    spanned = sum((bottom - top + 1) * (right - left + 1) for top, left, bottom, right in inside)
    if spanned > height * width:
        raise Refused("damaged")
    if len(inside) > MERGED_LIMIT:
        raise Refused("too_large")
    return inside


def _holds_something(sheet: dict[str, Any]) -> bool:
    return bool(sheet["valueless"]) or any(cell != "" for row in sheet["rows"] for cell in row)


def _flat(ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> list[list[int]]:
    """((row, column), (row, column)) from 0, inclusive → [first row from 1, first column, last row, last column]."""
    return [[top + 1, left, bottom + 1, right] for (top, left), (bottom, right) in ranges]


def _read_text(data: bytes) -> dict[str, Any]:
    text = _decoded(data)
    if "\0" in text or sum(character < " " and character not in "\t\r\n" for character in text[:4096]) > 8:
        raise Refused("not_a_list")
    lines = text.splitlines()
    separator = _separator(lines[:30])
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            if len(rows) >= prescan.ROWS_LIMIT:
                raise Refused("too_many_rows")
            if len(row) > prescan.COLUMNS_LIMIT:
                raise Refused("too_many_columns")
            rows.append(row)
    except csv.Error:  # a cell without end
        raise Refused("not_a_list") from None
    if max(map(len, rows), default=0) < 2:
        raise Refused("not_a_list")
    return {"name": "", "hidden": False, "rows": rows, "merged": [], "valueless": []}


def _decoded(data: bytes) -> str:
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused("not_a_list")


def _separator(lines: list[str]) -> str:
    """The separator that splits most lines; a table pasted from WPS or Excel has tabs."""
    return max("\t,;|，", key=lambda sign: (sum(sign in line for line in lines), -"\t,;|，".index(sign)))


def _plain(value: object) -> Any:
    """What JSON has no word for."""
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, timedelta):
        return value.total_seconds() / 86_400
    raise TypeError


def _as_json(answer: object) -> str:
    return json.dumps(answer, default=_plain, ensure_ascii=False, separators=(",", ":"), allow_nan=True)


def _harmless(value: Any) -> Any:
    """The same without characters that no list needs: a database refuses some, others turn a page's text around."""
    if isinstance(value, str):
        return _HARMFUL.sub("", value)
    if isinstance(value, dict):
        return {_harmless(key): _harmless(part) for key, part in value.items()}
    return [_harmless(part) for part in value] if isinstance(value, list | tuple) else value


def main() -> None:
    """Reads stdin, writes {"sheets": …} or {"refused": reason}."""
    limit_self()
    try:
        answer: dict[str, Any] = {"sheets": read(sys.stdin.buffer.read(FILE_LIMIT + 1))}
        text = _as_json(answer)
        if _MAY_HARM.search(text):
            text = _as_json(_harmless(answer))
        out = text.encode()
        if len(out) > prescan.UNZIPPED_LIMIT:
            raise Refused("too_large")
    except Refused as refusal:
        out = json.dumps({"refused": refusal.args[0]}).encode()
    except MemoryError:
        out = b'{"refused": "too_large"}'
    sys.stdout.buffer.write(out)


if __name__ == "__main__":
    main()

"""The child process that opens a file from outside: bytes on stdin, JSON on stdout, nothing else.

Started by `reading` with `python -I` and an empty environment. Limits itself before it looks at the first byte, imports
no network module, no Django and nothing of the product but `prescan` and `word`. Parsers can abort a whole process on
a few kilobytes: that is why they live here.
"""

import csv
import io
import json
import os
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any

sys.path.append(os.path.dirname(os.path.abspath(__file__)))

import prescan  # type: ignore[import-not-found]
import word  # type: ignore[import-not-found]
from prescan import Refused  # type: ignore[import-not-found]

MEMORY_LIMIT = 1 << 30
SECONDS_LIMIT = 30
FILE_LIMIT = 20 * 1024 * 1024

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML = (b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<body", b"<div", b"<script")


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
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(_HTML):
        raise Refused("html")
    if data.startswith(b"PK"):
        return _read_zipped(data)
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Refused("encrypted")
        return _read_workbook(data)
    if start.startswith((b"%pdf", b"<?xml", b"{\\rtf", b"\x89png", b"\xff\xd8\xff", b"gif8", b"rar!", b"7z\xbc\xaf")):
        raise Refused("not_a_list")
    return [_read_text(data)]


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
    merged: dict[str, list[list[int]]] = {}
    index: dict[str, bytes] = {}
    for name, content in prescan.unpacked(archive, data, [prescan.UNZIPPED_LIMIT]):
        if name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
            index[name] = content
        elif name == "content.xml":
            merged = prescan.merged_in_ods(content)
        elif name.startswith("xl/worksheets/") and name.endswith(".xml"):
            prescan.check_sheet(content)
            valueless[name] = prescan.valueless_cells(content)
    by_sheet = {sheet: valueless.get(part, []) for part, sheet in prescan.sheet_parts(index).items()}
    return _read_workbook(data, by_sheet, merged)


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
            if sheet.total_height > prescan.ROWS_LIMIT:
                raise Refused("too_many_rows")
            if sheet.total_width > prescan.COLUMNS_LIMIT:
                raise Refused("too_many_columns")
            sheets.append(
                {
                    "name": about.name,
                    "hidden": about.visible != calamine.SheetVisibleEnum.Visible,
                    "rows": sheet.to_python(skip_empty_area=False),
                    "merged": (merged or {}).get(about.name) or _flat(sheet.merged_cell_ranges or []),
                    "valueless": (valueless or {}).get(about.name, []),
                }
            )
    except calamine.PasswordError:
        raise Refused("encrypted") from None
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, OSError, ValueError):
        raise Refused("damaged") from None
    return _with_something(sheets)


def _with_something(sheets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not any(_holds_something(sheet) for sheet in sheets):
        raise Refused("empty")
    return sheets


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
    except csv.Error:
        raise Refused("damaged") from None
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


def main() -> None:
    """Reads stdin, writes {"sheets": …} or {"refused": reason}."""
    limit_self()
    try:
        answer: dict[str, Any] = {"sheets": read(sys.stdin.buffer.read(FILE_LIMIT + 1))}
        text = json.dumps(answer, default=_plain, ensure_ascii=False, separators=(",", ":"), allow_nan=True)
        out = text.encode("utf-8", "surrogatepass")
    except Refused as refusal:
        out = json.dumps({"refused": refusal.args[0]}).encode()
    except MemoryError:
        out = b'{"refused": "too_large"}'
    sys.stdout.buffer.write(out)


if __name__ == "__main__":
    main()

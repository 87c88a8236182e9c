"""A file that harms its reader is refused with a plain reason, and the caller lives on."""

import contextlib
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

from residents.lists import reading
from residents.lists.headers import find_tables
from residents.lists.prescan import Refused, check_sheet, valueless_cells
from residents.lists.reading import Refusal, RefusedFile, read_sheets
from residents.lists.rows import read_people

LISTS = Path(__file__).parents[2] / "lists"
GOOD = (LISTS / "01-returnees.xlsx").read_bytes()


def workbook(cells: dict[str, object]) -> bytes:
    book = openpyxl.Workbook()
    for reference, value in cells.items():
        book.active[reference] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(data: bytes, part: str, content: bytes) -> bytes:
    """A workbook whose part is replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return out.getvalue()


def sheet_xml(rows: bytes) -> bytes:
    return (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b"<sheetData>" + rows + b"</sheetData></worksheet>"
    )


SHEET = "xl/worksheets/sheet1.xml"
ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(1024)


def bomb() -> bytes:
    return with_part(GOOD, SHEET, sheet_xml(b"<row>" + b" " * (210 * 1024 * 1024) + b"</row>"))


def lying_bomb() -> bytes:
    """An entry that states 100 bytes and holds far more."""
    data = bytearray(bomb())
    place = data.rfind(b"PK\x01\x02", 0, data.rfind(SHEET.encode()))
    data[place + 24 : place + 28] = (100).to_bytes(4, "little")
    return bytes(data)


def doubled_entry() -> bytes:
    out = io.BytesIO(GOOD)
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning):
        archive.writestr(SHEET, b"<x/>")
    return out.getvalue()


def far_cell(reference: bytes) -> bytes:
    return with_part(
        GOOD, SHEET, sheet_xml(b'<row r="1"><c r="A1"><v>1</v></c><c r="' + reference + b'"><v>1</v></c></row>')
    )


CASES = {
    "nothing": (lambda: b"", Refusal.EMPTY),
    "blanks": (lambda: b"\xef\xbb\xbf \r\n", Refusal.EMPTY),
    "blank sheet": (lambda: workbook({}), Refusal.EMPTY),
    "password": (lambda: ENCRYPTED, Refusal.ENCRYPTED),
    "truncated": (lambda: GOOD[: len(GOOD) // 2], Refusal.DAMAGED),
    "truncated xls": (lambda: (LISTS / "03-isolation-ledger.xls").read_bytes()[:6000], Refusal.DAMAGED),
    "web page": (lambda: "<html><table><tr><td>姓名</td></tr></table></html>".encode(), Refusal.HTML),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)), Refusal.NOT_A_LIST),
    "zip of something else": (
        lambda: with_part(GOOD, "", b"").replace(b"xl/workbook", b"xl/workbxxk"),
        Refusal.NOT_A_LIST,
    ),
    "NUL bytes": (lambda: "姓名,电话\n张三,\0".encode(), Refusal.NOT_A_LIST),
    "prose": (lambda: "今天下雨\n明天晴".encode(), Refusal.NOT_A_LIST),
    "bomb": (bomb, Refusal.TOO_LARGE),
    "bomb that lies": (lying_bomb, Refusal.TOO_LARGE),
    "huge": (lambda: b"a,b\n" * (6 * 1024 * 1024), Refusal.TOO_LARGE),
    "doubled entry": (doubled_entry, Refusal.DAMAGED),
    "entity": (
        lambda: with_part(GOOD, SHEET, b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + sheet_xml(b"")),
        Refusal.DAMAGED,
    ),
    "far column": (lambda: far_cell(b"XFD1"), Refusal.TOO_MANY_COLUMNS),
    "far row": (lambda: far_cell(b"A1048576"), Refusal.TOO_MANY_ROWS),
    "far corner": (lambda: far_cell(b"XFD1048576"), Refusal.TOO_MANY_ROWS),
    "many rows": (lambda: b"a,b\n" * 100_001, Refusal.TOO_MANY_ROWS),
    "many columns": (lambda: b"a," * 101 + b"\n", Refusal.TOO_MANY_COLUMNS),
}


def strings_xml(strings: bytes) -> bytes:
    return b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' + strings + b"</sst>"


def with_path_names() -> bytes:
    out = io.BytesIO(GOOD)
    with zipfile.ZipFile(out, "a") as archive:
        for name in ("../../etc/passwd", "/etc/shadow", "C:\\\\x.xml", "xl/worksheets/../../../x.xml"):
            archive.writestr(name, b"root")
    return out.getvalue()


LAUGHS = b"<!DOCTYPE x [<!ENTITY a 'ha'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12)
) + b"]>"  # fmt: skip
STRINGS = "xl/sharedStrings.xml"
# Whether calamine reads them or gives up is its matter: nobody dies of them and nothing outside the file is read.
ODD = {
    "endless shared strings": lambda: with_part(GOOD, STRINGS, strings_xml(b"<si><t>a</t></si>" * 3_000_000)),
    "one endless string": lambda: with_part(GOOD, STRINGS, strings_xml(b"<si><t>" + b"a" * 60_000_000 + b"</t></si>")),
    "a string that is not there": lambda: with_part(
        GOOD, SHEET, sheet_xml(b'<row r="1"><c r="A1" t="s"><v>999999999</v></c></row>')
    ),
    "laughing strings": lambda: with_part(GOOD, STRINGS, LAUGHS + strings_xml(b"<si><t>&m;</t></si>")),
    "laughing sheet": lambda: with_part(GOOD, SHEET, LAUGHS + sheet_xml(b"<row><c><v>&m;</v></c></row>")),
    "external string": lambda: with_part(
        GOOD, STRINGS, b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + strings_xml(b"<si><t>&a;</t></si>")
    ),
    "path names": with_path_names,
    "deep elements": lambda: with_part(GOOD, SHEET, sheet_xml(b"<row>" * 300_000)),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_files_are_refused_or_read_and_nothing_else(case: str) -> None:
    started = time.monotonic()
    try:
        sheets = read_sheets(ODD[case](), "list.xlsx")
    except RefusedFile as refused:
        assert refused.reason in (Refusal.DAMAGED, Refusal.TOO_LARGE, Refusal.EMPTY)
    else:
        cells = "".join(str(cell) for sheet in sheets for row in sheet.rows[:50] for cell in row)
        assert "root:" not in cells and "haha" * 100 not in cells
    assert time.monotonic() - started < 60


def test_signs_that_turn_text_around_or_are_not_seen_stay_out_of_names() -> None:
    data = "姓名,电话\n张\u202e三\u200b\ufeff,19900001234\n".encode()
    (person,) = read_people(find_tables(read_sheets(data)))
    assert person.name == "张三"


@pytest.mark.parametrize("case", CASES)
def test_refused_with_its_reason(case: str) -> None:
    build, reason = CASES[case]
    with pytest.raises(RefusedFile) as refused:
        read_sheets(build(), "list.xlsx")
    assert refused.value.reason is reason


def test_format_is_told_by_content_not_by_name() -> None:
    assert read_sheets(GOOD, "list.csv")[0].name == "Sheet1"
    assert read_sheets("姓名,电话\n张三,19900001234\n".encode("gb18030"), "list.xlsx")[0].rows[1][0] == "张三"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_in_every_usual_encoding(encoding: str) -> None:
    data = "姓名\t电话\n𠮷田一\t19900001234\n".encode(encoding)
    assert read_sheets(data)[0].rows == [["姓名", "电话"], ["𠮷田一", "19900001234"]]


def test_formulas_without_value_and_errors_are_found() -> None:
    sheet = read_sheets(workbook({"A1": "姓名", "B2": "=1+1", "C4": "#N/A"}))[0]
    assert sheet.valueless == {(2, 1): "formula", (4, 2): "error"}


def test_rows_are_numbered_as_excel_counts() -> None:
    sheet = read_sheets(workbook({"C4": "x"}))[0]
    assert sheet.row(4)[2] == "x"


def test_a_reader_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hang = tmp_path / "hang.py"
    hang.write_text("import threading\nthreading.Event().wait()")
    monkeypatch.setattr(reading, "_READER", hang)
    monkeypatch.setattr(reading, "_SECONDS", 0.3)
    started = time.monotonic()
    with pytest.raises(RefusedFile) as refused:
        read_sheets(GOOD)
    assert refused.value.reason is Refusal.TOO_SLOW
    assert time.monotonic() - started < 5


def test_a_reader_that_dies_is_a_refused_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    die = tmp_path / "die.py"
    die.write_text("import os\nos.abort()")
    monkeypatch.setattr(reading, "_READER", die)
    with pytest.raises(RefusedFile) as refused:
        read_sheets(GOOD)
    assert refused.value.reason is Refusal.DAMAGED


def test_the_reader_imports_no_network_and_no_django() -> None:
    script = (
        f"import sys; sys.path.insert(0, {os.path.dirname(reading.__file__)!r}); import json, reader_process; "
        f"reader_process.read(open({str(LISTS / '01-returnees.xlsx')!r}, 'rb').read()); "
        "print(json.dumps(sorted(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, check=True, env={}).stdout
    modules = set(json.loads(out))
    assert not modules & {
        "socket",
        "_socket",
        "ssl",
        "_ssl",
        "http",
        "http.client",
        "urllib.request",
        "asyncio",
        "django",
    }


def test_secrets_of_the_caller_stay_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tell = tmp_path / "tell.py"
    tell.write_text("import os, json\nprint(json.dumps({'sheets': [], 'seen': 'SECRET_KEY' in os.environ}))")
    monkeypatch.setattr(reading, "_READER", tell)
    monkeypatch.setenv("SECRET_KEY", "x")
    assert json.loads(reading._ask_child(b"x"))["seen"] is False


@pytest.mark.parametrize(
    "inside",
    ["<c ><f>", "<c ", '<c r="AA1" ', '<c r="A1"><f>1', '<c t="e" '],
    ids=["unclosed", "tag", "far", "formula", "error"],
)
def test_a_sheet_of_torn_cells_costs_no_more_than_its_size(inside: str) -> None:
    """A pattern that starts over at every tag would hold a thread of the portal for half a minute."""
    content = f"<sheetData>{inside * 200_000}".encode()
    started = time.process_time()
    with contextlib.suppress(Refused):
        check_sheet(content)
    valueless_cells(content)
    assert time.process_time() - started < 5

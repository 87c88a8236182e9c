"""Hostile files of the other formats (.ods, .docx, .xls, text), and the limits at exactly their edge."""

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from residents.lists.headers import find_tables
from residents.lists.reading import Refusal, RefusedFile, read_sheets
from residents.lists.rows import read_people
from residents.models import ImportBatch
from tests.residents.lists.files import cell, docx, ods, row, word_row, word_table, zipped
from tests.residents.lists.support import client_of, make_street, to_preview, workbook

LISTS = Path(__file__).parents[2] / "lists"
XLS = (LISTS / "03-isolation-ledger.xls").read_bytes()
XLSX = (LISTS / "01-returnees.xlsx").read_bytes()
MIB = 1024 * 1024
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
EXTERNAL = '<!DOCTYPE x [<!ENTITY k SYSTEM "file:///etc/passwd">]>'
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f"<!ENTITY {chr(98 + n)} '" + f"&{chr(97 + n)};" * 10 + "'>" for n in range(10))
    + "]>"
)


def locked_ods() -> bytes:
    lock = "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
    return zipped(
        **{"mimetype": "x", "META-INF/manifest.xml": f"<manifest>{lock}</manifest>", "content.xml": b"\x12\x99" * 99}
    )


def xlsx(rows: str, behind: str = "", strings: str = "") -> bytes:
    sheet = f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{behind}</worksheet>'
    new = {"xl/worksheets/sheet1.xml": sheet} | ({"xl/sharedStrings.xml": strings} if strings else {})
    with zipfile.ZipFile(io.BytesIO(XLSX)) as old:
        return zipped(**{name: old.read(name) for name in old.namelist()} | new)


def looping_xls() -> bytes:
    """An .xls whose chains of sectors lead back to where they began."""
    data = bytearray(XLS)
    begin = 512 * (int.from_bytes(data[76:80], "little") + 1)
    for entry in range(128):
        place = begin + 4 * entry
        if int.from_bytes(data[place : place + 4], "little") < 0xFFFFFFF0:
            data[place : place + 4] = entry.to_bytes(4, "little")
    return bytes(data)


LYING_STRINGS = f'<sst xmlns="{MAIN}" count="4294967295" uniqueCount="4294967295"><si><t>a</t></si></sst>'
A_LONG_WAY = '<row r="1"><c r="A1"><v>1</v></c></row><row r="90000"><c r="B90000"><v>1</v></c></row>'
MANY_AREAS = "<mergeCells>" + '<mergeCell ref="A1:A90000"/>' * 50_000 + "</mergeCells>"

REFUSED: dict[str, tuple[Callable[[], bytes], Refusal]] = {
    "ods bomb": (lambda: ods(row(cell(" " * 210 * MIB))), Refusal.TOO_LARGE),
    "ods laughs": (lambda: ods(row(cell("&k;")), before=LAUGHS), Refusal.DAMAGED),
    "ods from outside": (lambda: ods(row(cell("&k;")), before=EXTERNAL), Refusal.DAMAGED),
    "ods a cell a thousand million times": (
        lambda: ods(row(cell("a", 'office:value-type="string" table:number-columns-repeated="1000000000"'))),
        Refusal.TOO_MANY_COLUMNS,
    ),
    "ods a row a thousand million times": (
        lambda: ods(row(cell("a"), cell("b"), about='table:number-rows-repeated="1000000000"')),
        Refusal.TOO_MANY_ROWS,
    ),
    "ods areas over each other": (
        lambda: ods(*[row(cell("a", 'table:number-rows-spanned="90000"'), cell("b"))] * 3000), Refusal.DAMAGED
    ),
    "ods with a password": (locked_ods, Refusal.ENCRYPTED),
    "ods torn": (lambda: ods(row(cell("a")))[:-40], Refusal.DAMAGED),
    "docx bomb": (lambda: docx("<w:p>" + " " * 210 * MIB + "</w:p>"), Refusal.TOO_LARGE),
    "docx laughs": (lambda: docx(word_table(word_row("&k;")), LAUGHS), Refusal.DAMAGED),
    "docx from outside": (lambda: docx(word_table(word_row("&k;")), EXTERNAL), Refusal.DAMAGED),
    "docx without end": (lambda: docx("<w:p>" * 300_000), Refusal.DAMAGED),
    "docx deep": (lambda: docx("<w:p>" * 200_000 + "</w:p>" * 200_000), Refusal.NOT_A_LIST),
    "docx of tables": (lambda: docx(word_table(word_row("a", "b")) * 300), Refusal.TOO_LARGE),
    "docx of elements": (lambda: docx("<w:p/>" * 8_000_000), Refusal.TOO_LARGE),
    "xls in a circle": (looping_xls, Refusal.DAMAGED),
    "xls without a body": (lambda: XLS[:512], Refusal.DAMAGED),
    "xls of ones": (lambda: XLS[:2048] + b"\xff" * (len(XLS) - 2048), Refusal.DAMAGED),
    "xls without its end": (lambda: XLS[:-3000], Refusal.DAMAGED),
    "xlsx areas over each other": (lambda: xlsx(A_LONG_WAY, MANY_AREAS), Refusal.DAMAGED),
    "xlsx of more strings than there are": (
        lambda: xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings=LYING_STRINGS), Refusal.DAMAGED
    ),
    "a line without end": (lambda: b"a" * 19 * MIB, Refusal.NOT_A_LIST),
    "a line of cells without end": (lambda: b"a," * 9 * MIB, Refusal.TOO_MANY_COLUMNS),
    "a quote without end": (lambda: b'"' + b"a\n" * 9 * MIB, Refusal.NOT_A_LIST),
    "tabs": (lambda: b"\t" * 19 * MIB, Refusal.EMPTY),
    "web page in two bytes": (lambda: "<html><table>".encode("utf-16"), Refusal.HTML),
    "web archive": (lambda: b"MIME-Version: 1.0\r\n\r\n<html>", Refusal.HTML),
    "pdf": (lambda: b"%PDF-1.4\nxxx", Refusal.NOT_A_LIST),
    # One beyond the limit, in each format.
    "text of 101 columns": (lambda: b"a," * 100 + b"a\n", Refusal.TOO_MANY_COLUMNS),
    "ods of 101 columns": (lambda: ods(row(*[cell("a")] * 101)), Refusal.TOO_MANY_COLUMNS),
    "docx of 101 columns": (lambda: docx(word_table(word_row(*["a"] * 101))), Refusal.TOO_MANY_COLUMNS),
    "xlsx of 101 columns": (lambda: xlsx('<row r="1"><c r="CW1"><v>1</v></c></row>'), Refusal.TOO_MANY_COLUMNS),
    "xlsx of 100,001 rows": (
        lambda: xlsx('<row r="100001"><c r="A100001"><v>1</v></c></row>'), Refusal.TOO_MANY_ROWS
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_its_reason_in_time(case: str) -> None:
    build, reason = REFUSED[case]
    data = build()
    started = time.monotonic()
    with pytest.raises(RefusedFile) as refused:
        read_sheets(data, "list.xlsx")
    assert refused.value.reason is reason
    assert time.monotonic() - started < 40


def size_of(data: bytes) -> tuple[int, int]:
    (sheet,) = read_sheets(data, "list")
    return len(sheet.rows), max(map(len, sheet.rows))


def test_at_the_limit_a_list_is_read_in_each_format() -> None:
    assert size_of(b"a," * 99 + b"a\n") == (1, 100)
    assert size_of(ods(row(*[cell("a")] * 100))) == (1, 100)
    assert size_of(docx(word_table(word_row(*["a"] * 100)))) == (1, 100)
    assert size_of(xlsx('<row r="1"><c r="CV1"><v>1</v></c></row>')) == (1, 100)
    assert size_of(b"a,b\n" * 100_000) == (100_000, 2)


def test_blank_cells_that_are_only_counted_are_no_cells() -> None:
    blank = '<table:table-cell table:number-columns-repeated="16000"/>'
    data = ods(
        row(cell("姓名"), cell("电话"), blank),
        row(cell("张三"), cell("19900001234")),
        row(blank, about='table:number-rows-repeated="1048500"'),
    )
    assert size_of(data) == (2, 2)


def test_merged_cells_and_formulas_of_ods_are_known() -> None:
    data = ods(
        row(cell("楼栋房号"), cell("姓名"), cell("身份证号"), cell("电话")),
        row(
            cell("5-1-101", 'office:value-type="string" table:number-rows-spanned="2"'),
            cell("张三"),
            cell(""),
            cell("19900001234"),
        ),
        row("<table:covered-table-cell/>", cell("李四"), cell(""), '<table:table-cell table:formula="of:=[.A9]"/>'),
    )
    (sheet,) = read_sheets(data)
    assert sheet.merged == [(2, 0, 3, 0)] and sheet.valueless == {(3, 3): "formula"}
    people = read_people(find_tables([sheet]))
    assert [(p.name, p.building, p.room, list(p.problems)) for p in people] == [
        ("张三", "5", "101", []),
        ("李四", "5", "101", ["phones"]),
    ]


def test_the_words_of_a_failed_formula_are_no_value() -> None:
    people = read_people(
        find_tables(read_sheets("姓名,楼栋房号,电话\n#N/A,1-1-101,19900001234\n张三,#REF!,\n".encode()))
    )
    assert [(p.name, {name: fault.code for name, fault in p.problems.items()}) for p in people] == [
        ("", {"name": "cell_error"}),
        ("张三", {"address": "cell_error"}),
    ]


def test_signs_that_harm_a_page_or_a_database_stay_out() -> None:
    data = "姓名,备注,电\u202e话\n张三,\u2066独\x01居\u200f,19900001234\n".encode()
    (sheet,) = read_sheets(data)
    assert sheet.rows == [["姓名", "备注", "电话"], ["张三", "独居", "19900001234"]]
    assert read_sheets(ods(row(cell("a"), cell("b")), names=("7\u202e栋",)))[0].name == "7栋"


def test_sheets_of_one_name_stay_apart() -> None:
    data = ods(row(cell("姓名"), cell("电话")), names=("很" * 70 + "1", "很" * 70 + "2", "表\u202e", "表"))
    names = [sheet.name for sheet in read_sheets(data)]
    assert len(set(names)) == 4 and max(map(len, names)) <= 60


# -- through the page ---------------------------------------------------------------------------------------------


@pytest.fixture
def lead() -> Client:
    return client_of(make_street().lead)


def upload(client: Client, data: bytes, name: str) -> ImportBatch | None:
    page = client.get(reverse("list_home")).context["form"]
    sent = {"file": SimpleUploadedFile(name, data), "place": page.fields["place"].initial}
    assert client.post(reverse("list_upload"), sent).status_code in (302, 422)
    return ImportBatch.unscoped.first()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../etc/passwd.xlsx", "passwd.xlsx"),
        ("C:\\users\\li\\名单.xlsx", "名单.xlsx"),
        ("名\u202e单\x07\x1b.xlsx", "名单.xlsx"),
        ("名" * 300 + ".xlsx", "名" * 195 + ".xlsx"),
    ],
)
def test_the_name_of_a_file_is_a_name_and_nothing_else(lead: Client, name: str, kept: str) -> None:
    batch = upload(lead, workbook(("张三", "", "19900001234", "望江花园3-1-101", "", "")), name)
    assert batch is not None and batch.file_name == kept


@pytest.mark.django_db
@pytest.mark.parametrize("case", ["docx laughs", "ods with a password", "xls in a circle", "a line without end"])
def test_a_hostile_file_is_refused_on_the_page_and_nothing_is_kept(lead: Client, case: str) -> None:
    assert upload(lead, REFUSED[case][0](), "名单.xlsx") is None


@pytest.mark.django_db
def test_a_list_full_of_such_signs_is_taken_to_its_preview() -> None:
    street = make_street()
    rows = (("张\u202e三\u200b", "", "19900001234", "望江花园3-1-101", "", "\u2066独居\ufffe"),)
    batch = to_preview(client_of(street.lead), workbook(*rows), grid=str(street.grid.pk))
    assert list(batch.rows.values_list("verdict", flat=True)) == ["new"]

"""Lists in a Word document: each table is read like a sheet, with what stands above it as its title."""

import io
import zipfile

import pytest

from residents.lists.headers import find_tables
from residents.lists.reading import Refusal, RefusedFile, read_sheets
from residents.lists.rows import PersonRow, read_people

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def cell(text: str, about: str = "") -> str:
    return f"<w:tc><w:tcPr>{about}</w:tcPr>{paragraph(text)}</w:tc>"


def table(*rows: list[str]) -> str:
    return "<w:tbl>" + "".join(f"<w:tr>{''.join(row)}</w:tr>" for row in rows) + "</w:tbl>"


def document(*parts: str, xml: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", xml or f"<w:document {W}><w:body>{''.join(parts)}</w:body></w:document>")
    return out.getvalue()


def people_in(data: bytes) -> list[PersonRow]:
    return read_people(find_tables(read_sheets(data, "名单.docx")))


DOWN, GOES_ON = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"


def test_a_table_with_its_title_and_cells_merged_downward() -> None:
    data = document(
        paragraph("望江花园小区返乡人员登记表（2020年2月）"),
        table(
            [cell("姓名"), cell("住址"), cell("联系电话"), cell("返乡时间")],
            [cell("张三"), cell("3-1-502", DOWN), cell("19900001234"), cell("2月3日")],
            [cell("李四"), cell("", GOES_ON), cell("19900001235"), cell("2月4日")],
        ),
    )
    first, second = people_in(data)
    assert (first.name, first.building, first.unit, first.room) == ("张三", "3", "1", "502")
    assert (second.name, second.building, second.room, second.phones) == ("李四", "3", "502", ("19900001235",))
    assert first.compound == "望江花园" and first.isolation_start and first.isolation_start.isoformat() == "2020-02-03"


def test_every_table_is_a_list_of_its_own() -> None:
    head = [cell("姓名"), cell("电话")]
    data = document(
        paragraph("第一网格"),
        table(head, [cell("张三"), cell("19900001234")]),
        paragraph("第二网格"),
        table(head, [cell("李四"), cell("19900001235")]),
    )
    assert [(person.sheet, person.name) for person in people_in(data)] == [
        ("1 第一网格", "张三"),
        ("2 第二网格", "李四"),
    ]


def test_a_title_that_spans_the_table_is_no_header() -> None:
    data = document(
        table(
            [cell("隔离人员名单", '<w:gridSpan w:val="3"/>')],
            [cell("姓名"), cell("身份证号码"), cell("电话")],
            [cell("张三"), cell("420198198001010019"), cell("19900001234")],
        )
    )
    assert [person.name for person in people_in(data)] == ["张三"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (document(paragraph("没有表格")), Refusal.NOT_A_LIST),
        (document(table([cell(""), cell("")])), Refusal.EMPTY),
        (document(xml=f"<w:document {W}><w:body>"), Refusal.DAMAGED),
        (document(xml=f'<!DOCTYPE x [<!ENTITY a "b">]><w:document {W}/>'), Refusal.DAMAGED),
        (document(table([cell("", '<w:gridSpan w:val="99999"/>')])), Refusal.TOO_MANY_COLUMNS),
    ],
)
def test_a_document_that_is_no_list_says_why(data: bytes, reason: Refusal) -> None:
    with pytest.raises(RefusedFile) as refused:
        read_sheets(data, "x.docx")
    assert refused.value.reason is reason

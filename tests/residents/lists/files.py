"""Small .ods and .docx files, written by hand so that each tag can be bent."""

import io
import zipfile

OASIS = "urn:oasis:names:tc:opendocument:xmlns"
ODS = f'xmlns:office="{OASIS}:office:1.0" xmlns:table="{OASIS}:table:1.0" xmlns:text="{OASIS}:text:1.0"'
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def zipped(**parts: str | bytes) -> bytes:
    """An archive of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def ods(*rows: str, before: str = "", names: tuple[str, ...] = ("名单",)) -> bytes:
    """A workbook whose sheets all hold these rows; `before` stands ahead of the first element."""
    tables = "".join(f'<table:table table:name="{name}">{"".join(rows)}</table:table>' for name in names)
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    content = f'<?xml version="1.0"?>{before}<office:document-content {ODS}>{body}</office:document-content>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return zipped(**{"mimetype": kind, "META-INF/manifest.xml": "<manifest/>", "content.xml": content})


def row(*cells: str, about: str = "") -> str:
    """A row of an .ods."""
    return f"<table:table-row {about}>{''.join(cells)}</table:table-row>"


def cell(text: str, about: str = 'office:value-type="string"') -> str:
    """A cell of an .ods with its attributes."""
    return f"<table:table-cell {about}><text:p>{text}</text:p></table:table-cell>"


def docx(body: str, before: str = "") -> bytes:
    """A document; `before` stands ahead of its first element."""
    return zipped(**{"word/document.xml": f"{before}<w:document {W}><w:body>{body}</w:body></w:document>"})


def word_row(*texts: str) -> str:
    """A row of a table in a document."""
    return "<w:tr>" + "".join(f"<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>" for text in texts) + "</w:tr>"


def word_table(*rows: str) -> str:
    """A table in a document."""
    return f"<w:tbl>{''.join(rows)}</w:tbl>"

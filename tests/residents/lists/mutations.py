"""Good files, spoilt at random: bytes turned, cut, doubled, and the same done to the parts inside a workbook."""

import io
import random
import zipfile
from pathlib import Path

from tests.residents.lists.files import cell, docx, ods, row, word_row, word_table

LISTS = Path(__file__).parents[2] / "lists"
SEEDS = [
    "01-returnees.xlsx", "02-households.xlsx", "03-isolation-ledger.xls", "04-screening-gbk.csv",
    "05-temperatures.xlsx", "06-supplies.xlsx", "list.ods", "list.docx",
]  # fmt: skip
_ROWS = [
    ("姓名", "楼栋房号", "电话"),
    *((f"张三{sign}", f"5-1-{101 + n}", "19900001234") for n, sign in enumerate("甲乙丙丁")),
]
MADE = {
    "list.ods": lambda: ods(*(row(*map(cell, texts)) for texts in _ROWS)),
    "list.docx": lambda: docx(word_table(*(word_row(*texts) for texts in _ROWS))),
}
_XML = [
    b"<",
    b">",
    b"&",
    b'"',
    b"&#0;",
    b"&x;",
    b'<c r="ZZ99999">',
    b"<!DOCTYPE a>",
    b"]]>",
    b"<f>",
    b'<table:table-cell table:number-columns-repeated="99999999"/>',
    b"<w:tbl><w:tr>",
    b"</row>",
    b"\xff",
]


def mutated(number: int) -> tuple[str, bytes]:
    """(name of the good file, its bytes spoilt), the same for the same number."""
    dice = random.Random(number)
    name = dice.choice(SEEDS)
    data = MADE[name]() if name in MADE else (LISTS / name).read_bytes()
    if name.endswith((".xlsx", ".ods", ".docx")) and dice.random() < 0.7:
        return name, _inside(data, dice)
    return name, _spoilt(data, dice)


def _inside(data: bytes, dice: random.Random) -> bytes:
    """A workbook that is whole as a file, with one or two of its parts spoilt."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        parts = [part for part in old.namelist() if part.endswith((".xml", ".rels"))]
        chosen = set(dice.sample(parts, min(dice.choice([1, 1, 2]), len(parts))))
        for part in old.namelist():
            content = old.read(part)
            new.writestr(part, _spoilt(content, dice) if part in chosen else content)
    return out.getvalue()


def _spoilt(data: bytes, dice: random.Random) -> bytes:
    spoilt = bytearray(data)
    for _time in range(dice.choice([1, 1, 2, 5, 20])):
        place = dice.randrange(len(spoilt) + 1)
        deed = dice.choice(["turn", "cut", "double", "put", "end"])
        if deed == "turn" and place < len(spoilt):
            spoilt[place] ^= 1 << dice.randrange(8)
        elif deed == "cut":
            del spoilt[place : place + dice.randrange(1, 200)]
        elif deed == "double":
            spoilt[place:place] = spoilt[place : place + dice.randrange(1, 2000)] * dice.choice([1, 3])
        elif deed == "put":
            spoilt[place:place] = dice.choice(_XML)
        elif deed == "end" and dice.random() < 0.2:
            del spoilt[place:]
        if not spoilt:
            break
    return bytes(spoilt)


def try_out(name: str, data: bytes) -> str:
    """ "read" or "refused"; whatever else happens is a fault of the reader and is raised."""
    from residents.lists.headers import find_tables
    from residents.lists.reading import RefusedFile, read_sheets
    from residents.lists.rows import read_people

    try:
        people = read_people(find_tables(read_sheets(data, name)), name)
    except RefusedFile:
        return "refused"
    if any("\0" in person.name for person in people):
        raise ValueError("a name with a zero byte")
    return "read"

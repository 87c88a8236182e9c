"""Blank lists to be filled in: text cells, choices, and an example that the reader understands."""

from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.urls import reverse

from residents.lists.blank_workbook import CHOICES
from residents.lists.fields import Field
from residents.lists.headers import find_tables
from residents.lists.reading import read_sheets
from residents.lists.rows import read_people
from residents.lists.values import read_relation, read_sex, read_yes_or_no
from residents.lists.who import EXAMPLE

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["residents", "to_find", "ledger", "temperatures", "supplies"])
def test_a_blank_list_has_a_sound_example_text_cells_and_choices(client: Any, kind: str, clock: Any) -> None:
    data = b"".join(client.get(reverse("list_blank", args=[kind])).streaming_content)
    book = openpyxl.load_workbook(BytesIO(data))
    sheet = book.active
    columns = {str(cell.value): cell.column_letter for cell in sheet[3]}
    assert {cell.number_format for row in (3, 4) for cell in sheet[row]} == {"@"}
    text = [range(part.min, part.max + 1) for part in sheet.column_dimensions.values() if part.number_format == "@"]
    assert {index for part in text for index in part} >= set(range(1, len(columns) + 1)), "below the example, too"
    offered = {str(area).rstrip("0123456789") for rule in sheet.data_validations.dataValidation for area in rule.sqref}
    chosen = {"性别", "与户主关系", "人员类型", "是否紧急"} & set(columns)
    assert {area.split(":")[0].rstrip("0123456789") for area in offered} == {columns[header] for header in chosen}
    sheet["A4"] = str(sheet["A4"].value).removeprefix(EXAMPLE)
    filled = BytesIO()
    book.save(filled)
    [person] = read_people(find_tables(read_sheets(filled.getvalue())))
    assert (person.name, person.problems) == ("张三", {})


@pytest.mark.parametrize(
    ("field", "reader"),
    [
        (Field.SEX, lambda word: read_sex(word, {}, None)),
        (Field.RELATION, lambda word: read_relation(word, None)),
        (Field.URGENT, read_yes_or_no),
    ],
)
def test_whatever_a_blank_list_offers_to_choose_is_understood(field: Field, reader: Any) -> None:
    assert all(reader(word) is not None for word in CHOICES[field])

"""People of the register as a list of the kind "people and doors": what is written can be read in again.

Rows go to the file as they come, so that memory does not grow with them; every cell is written as text, so that nothing
is calculated, whatever a remark begins with, and no digit is lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO

from xlsxwriter import Workbook

from residents.lists.fields import Field
from residents.lists.kinds import RESIDENTS
from residents.models import Resident

_WIDTH = 14  # characters
_WIDE = {Field.ID_NUMBER: 22, Field.PHONES: 26, Field.NOTE: 40, Field.ID_TYPE: 18}
# Without whole numbers the columns are left out: half a number helps nobody, and a list with dots cannot be read in.
_OF_NUMBERS = (Field.ID_TYPE, Field.ID_NUMBER)


def write(
    people: Iterable[Resident], *, whole: bool, further: Sequence[tuple[str, Mapping[int, str]]] = ()
) -> tuple[BytesIO, int]:
    """(the workbook, how many people are in it); `whole`: with their ID numbers in clear.

    `further` are columns behind the register's own: heading, and the cell of each resident who has one.

    The people come with household, grid and its community loaded.
    """
    resource = RESIDENTS.resource()
    names = [name for name in resource.fields if whole or name not in _OF_NUMBERS]
    # As `export_field` does, which looks each field up anew for each cell.
    cells_of = [getattr(resource, f"dehydrate_{name}", resource.fields[name].export) for name in names]
    book, line = BytesIO(), 0
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(book, options) as workbook:
        head = workbook.add_format({"bold": True, "bg_color": "#E3EEEA", "num_format": "@"})
        text = workbook.add_format({"num_format": "@"})
        sheet = workbook.add_worksheet("名单")
        sheet.freeze_panes(1, 1)
        for column, name in enumerate(names):
            sheet.set_column(column, column, _WIDE.get(Field(name), _WIDTH), text)
            sheet.write_string(0, column, RESIDENTS.heading(Field(name)), head)
        for column, (heading, _cells) in enumerate(further, start=len(names)):
            sheet.set_column(column, column, _WIDTH, text)
            sheet.write_string(0, column, heading, head)
        for line, person in enumerate(people, start=1):
            cells = [cell_of(person) for cell_of in cells_of] + [column.get(person.pk, "") for _head, column in further]
            for column, cell in enumerate(cells):
                if cell:
                    sheet.write_string(line, column, cell, text)
    book.seek(0)
    return book, line

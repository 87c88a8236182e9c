"""Cells as they come from a workbook: a number stays a number, for where a text belongs it has lost digits."""

from datetime import date, datetime

# '' is the empty cell. Whole numbers come as floats.
Cell = str | float | bool | date | datetime


def text_of(cell: Cell) -> str:
    """The text of a cell as a reader of the sheet would see it; whole numbers without ".0"."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float | int):
        return str(int(cell)) if float(cell).is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")
    return cell.isoformat()


def is_empty(cell: Cell) -> bool:
    """Whether a cell shows nothing."""
    return cell == "" or (isinstance(cell, str) and not cell.strip())

"""Bytes → sheets of numbered rows, read by a child process that may die without harm to the caller."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from residents.lists.cells import Cell

_READER = Path(__file__).with_name("reader_process.py")
_SECONDS = 30
# One file at a time in each process, so that slow files cannot hold every thread that answers pages.
_READER_FREE = BoundedSemaphore(1)
_WAIT_SECONDS = 5
FILE_LIMIT = 20 * 1024 * 1024


class Refusal(StrEnum):
    """Why a whole file is not read; `faults.refusal_words` says what to do about it."""

    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    HTML = "html"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    TOO_SLOW = "too_slow"
    NOT_A_LIST = "not_a_list"
    BUSY = "busy"


class RefusedFile(Exception):
    """The file is not read, for a reason that a person can act on."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(slots=True)
class Sheet:
    """One sheet of a workbook, or the only one of a CSV (its name is then '')."""

    name: str
    rows: list[list[Cell]]  # rows[0] is row 1 of Excel
    # first row, first column, last row, last column
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    valueless: dict[tuple[int, int], str] = field(default_factory=dict)  # (row, column) → "formula", "error"
    hidden: bool = False

    def row(self, number: int) -> list[Cell]:
        """The cells of a row as Excel numbers it; [] beyond the end."""
        return self.rows[number - 1] if 0 < number <= len(self.rows) else []


def read_sheets(data: bytes, filename: str = "") -> list[Sheet]:
    """Every sheet of a file, its format told by its content, whatever `filename` ends in.

    Rows are counted from 1 and columns from 0. Raises `RefusedFile`.
    """
    if not data:
        raise RefusedFile(Refusal.EMPTY)
    if len(data) > FILE_LIMIT:
        raise RefusedFile(Refusal.TOO_LARGE)
    if not _READER_FREE.acquire(timeout=_WAIT_SECONDS):
        raise RefusedFile(Refusal.BUSY)
    try:
        answer = json.loads(_ask_child(data), object_hook=_moment)
    finally:
        _READER_FREE.release()
    if "refused" in answer:
        raise RefusedFile(Refusal(answer["refused"]))
    return [_sheet(sheet) for sheet in answer["sheets"]]


def _ask_child(data: bytes) -> bytes:
    """What the reader process answered; its death is a refusal."""
    command = [sys.executable, "-I", str(_READER)]
    try:
        # No environment: secrets of this process are none of a parser's business.
        child = subprocess.run(
            command, input=data, capture_output=True, timeout=_SECONDS, env={"LANG": "C.UTF-8"}, cwd="/", check=False
        )
    except subprocess.TimeoutExpired:
        raise RefusedFile(Refusal.TOO_SLOW) from None
    if child.returncode == 0 and child.stdout:
        return child.stdout
    killed_for_time = child.returncode in (-24, -9)  # SIGXCPU, SIGKILL: the processor time is used up
    raise RefusedFile(Refusal.TOO_SLOW if killed_for_time else Refusal.DAMAGED)


def _sheet(plain: dict[str, Any]) -> Sheet:
    return Sheet(
        name=plain["name"],
        rows=plain["rows"],
        merged=[(top, left, bottom, right) for top, left, bottom, right in plain["merged"]],
        valueless={(row, column): kind for row, column, kind in plain["valueless"]},
        hidden=plain["hidden"],
    )


def _moment(plain: dict[str, Any]) -> object:
    if "date" in plain:
        return date.fromisoformat(plain["date"])
    if "datetime" in plain:
        return datetime.fromisoformat(plain["datetime"])
    return plain

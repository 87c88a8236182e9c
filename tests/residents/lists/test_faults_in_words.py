"""Every fault and refusal has words that say what to do, and none of them repeats a value of the list."""

import re
from pathlib import Path

import pytest

from residents.lists import faults
from residents.lists.fields import Field
from residents.lists.grids import NOT_BELOW, SHARED
from residents.lists.reading import Refusal
from residents.lists.rows import Problem
from residents.rules.dates import DateFault
from residents.rules.id_numbers import IdFault

SOURCES = [Path(faults.__file__).with_name(name) for name in ("rows.py", "values.py", "days.py", "temperatures.py")]


def test_every_code_that_can_occur_has_words() -> None:
    raised = {str(fault) for fault in (*IdFault, *DateFault)}
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        raised |= set(re.findall(r'(?:BadValue|Problem)\("(\w+)"', text))
    raised |= {"cell_formula", "cell_error", NOT_BELOW, SHARED}
    assert raised == faults.CODES


@pytest.mark.parametrize("code", sorted(faults.CODES))
def test_words_of_a_fault_tell_what_to_do(code: str) -> None:
    words = str(faults.problem_words(Problem(code)))
    assert len(words) > 5
    assert not re.search(r"\d{6,}", words)


def test_every_field_and_refusal_has_words() -> None:
    assert all(str(faults.field_label(field)) for field in Field)
    assert len({str(faults.refusal_words(reason)) for reason in Refusal}) == len(Refusal)


def test_a_row_names_every_faulty_field() -> None:
    labels = [str(faults.field_label(name)) for name in ("id_number", "phones")]
    words = faults.row_words({"id_number": Problem("id_check", 2), "phones": Problem("phone_unreadable", 3)})
    assert [str(line).startswith(label) for line, label in zip(words, labels, strict=True)] == [True, True]

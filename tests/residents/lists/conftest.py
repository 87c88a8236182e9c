"""The street of most tests of lists and its lead; and each file is read by one child process only."""

import functools
from typing import Any

import pytest

from residents.lists import reading
from tests.residents.lists.support import Street, client_of, make_street

# What the reader process itself does is tried here: each file goes to a child of its own.
WITH_THE_CHILD = ("test_hostile_files", "test_hostile_formats", "test_mutated_files")


@functools.cache
def _answer_of_child(data: bytes) -> bytes:
    return _ask_child(data)


_ask_child = reading._ask_child


@pytest.fixture(autouse=True)
def one_child_a_file(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Upload, columns and preview read the same bytes: the child's answer is kept and given again."""
    if request.module.__name__.rpartition(".")[2] not in WITH_THE_CHILD:
        monkeypatch.setattr(reading, "_ask_child", _answer_of_child)


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


@pytest.fixture
def client(street: Street) -> Any:
    """Of the lead of the street's community."""
    return client_of(street.lead)

"""A file starts the child process that reads it once: its answer is kept, and the same bytes get it again."""

import functools

import pytest

from residents.lists import reading

# What the reader process itself does is tried here: each file goes to a child of its own.
WITH_THE_CHILD = ("test_hostile_files", "test_hostile_formats", "test_mutated_files")


@functools.cache
def _answer_of_child(data: bytes) -> bytes:
    return _ask_child(data)


_ask_child = reading._ask_child


@pytest.fixture(autouse=True)
def one_child_a_file(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Upload, columns and preview read the same bytes."""
    if request.module.__name__.rpartition(".")[2] not in WITH_THE_CHILD:
        monkeypatch.setattr(reading, "_ask_child", _answer_of_child)

"""A list confirmed, taken in or uploaded by two at the same moment, with real transactions: one effect."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from grid.models import OutboxTask
from grid.rules.actors import Actor
from residents.actions import lists as deeds
from residents.lists import commit
from residents.models import ImportBatch, Resident
from tests.factories.residents import make_id_number
from tests.residents.lists.support import (
    client_of,
    confirm,
    make_street,
    to_preview,
    upload,
    workbook,
)

ROWS = [
    (f"测试{character}", make_id_number(), f"1990000000{number}", f"望江花园3-1-50{number}", "2026-03-01", "")
    for number, character in enumerate("甲乙丙丁")
]


def _together(work: Any, times: int = 2) -> list[Any]:
    """Runs the work in threads that start at the same moment."""
    start, answers = threading.Barrier(times), []

    def one() -> None:
        start.wait(10)
        try:
            answers.append(work())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


@pytest.fixture
def waiting(fresh_database: str) -> Iterator[ImportBatch]:
    """A list that waits for its worker, committed for every thread to see."""
    street = make_street()
    client = client_of(street.lead)
    batch = to_preview(client, workbook(*ROWS), grid=str(street.grid.pk))
    confirm(client, batch)
    yield ImportBatch.unscoped.select_related("grid").get(pk=batch.pk)


def _take_in(batch: ImportBatch) -> bool:
    fresh = ImportBatch.unscoped.select_related("grid").get(pk=batch.pk)
    return deeds.take_in(batch=fresh, by=Actor.staff(batch.by_id), at=timezone.now())


def test_two_workers_at_once_write_once(waiting: ImportBatch) -> None:
    assert sorted(_together(lambda: _take_in(waiting))) == [False, True]
    assert Resident.unscoped.count() == len(ROWS)
    assert ImportBatch.unscoped.get(pk=waiting.pk).counts["new"] == len(ROWS)


def test_twin_without_the_claim_the_second_worker_falsifies_the_result(waiting: ImportBatch, monkeypatch: Any) -> None:
    def finish_anyhow(batch: ImportBatch, **columns: Any) -> bool:
        return bool(ImportBatch.unscoped.filter(pk=batch.pk).update(state="done", **columns))

    monkeypatch.setattr(deeds, "_is_waiting", lambda batch: True)
    monkeypatch.setattr(deeds, "_finish", finish_anyhow)
    assert _together(lambda: _take_in(waiting)) == [True, True]
    assert ImportBatch.unscoped.get(pk=waiting.pk).counts["new"] != len(ROWS)


def test_progress_is_seen_before_the_commit_and_nothing_else_is(waiting: ImportBatch, monkeypatch: Any) -> None:
    seen: list[tuple[int, int]] = []
    whole = commit.counts

    def look(batch: ImportBatch) -> dict[str, int]:
        beside = connections.create_connection("default")
        with beside.cursor() as cursor:
            cursor.execute("SELECT rows_done, (SELECT count(*) FROM residents_resident) FROM residents_importbatch")
            seen.extend(cursor.fetchall())
        beside.close()
        return whole(batch)

    monkeypatch.setattr(commit, "_AT_ONCE", 3)
    monkeypatch.setattr(commit, "counts", look)
    assert _take_in(waiting)
    assert seen == [(len(ROWS), 0)]


def test_two_tabs_at_once_ask_once(fresh_database: str) -> None:
    street = make_street()
    batch = to_preview(client_of(street.lead), workbook(*ROWS), grid=str(street.grid.pk))

    def tap() -> str:
        return str(confirm(client_of(street.lead), batch)["Location"])

    assert len(set(_together(tap))) == 1
    assert OutboxTask.objects.filter(task="commit_list").count() == 1


def test_two_uploads_at_once_are_one_list(fresh_database: str) -> None:
    street = make_street()
    data = workbook(*ROWS)

    def send() -> str:
        return str(upload(client_of(street.lead), data)["Location"])

    assert len(set(_together(send))) == 1
    assert ImportBatch.unscoped.count() == 1

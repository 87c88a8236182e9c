"""Two at once: samples, releases and serial numbers; and what would happen without the guard."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.utils import timezone

from grid.models import AuditRecord
from grid.rules.actors import SYSTEM
from grid.rules.clock import local_day
from quarantine.actions import paper_issue, releases, samples
from quarantine.models import CasePaper, IsolationCase, PaperNumber, TestSample
from quarantine.rules import stages
from tests.factories.quarantine import make_case
from tests.factories.releases import make_ready_case
from tests.factories.samples import make_tested_case
from tests.quarantine.test_races import at_once

pytestmark = pytest.mark.usefixtures("fresh_database")


def unlocked(case_ids: Any) -> list[IsolationCase]:
    """As `lock_cases`, without the lock."""
    return list(IsolationCase.unscoped.filter(pk__in=list(case_ids)).select_related("rule_set", "grid"))


def when_both_have_come(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, once two threads have reached it."""
    both = threading.Barrier(2)

    def waits(*args: Any, **kwargs: Any) -> Any:
        both.wait(10)
        return function(*args, **kwargs)

    return waits


# --- two who tap 已采样 ---------------------------------------------------------------------------------------------


def tapped_by_two() -> int:
    now = timezone.now()
    case = make_tested_case(at=now)

    def tap() -> None:
        samples.note_sample(case=case, uuid=uuid4(), taken_on=local_day(now), by=SYSTEM, at=now)

    assert at_once(tap, tap) == []
    return TestSample.unscoped.count()


def test_two_who_note_the_same_sample_at_once_note_one() -> None:
    assert tapped_by_two() == 1


def test_without_the_lock_one_sample_would_be_two(monkeypatch) -> None:
    monkeypatch.setattr(samples, "lock_cases", unlocked)
    monkeypatch.setattr(samples, "_fault_of", when_both_have_come(samples._fault_of))
    assert tapped_by_two() == 2


# --- two who release ----------------------------------------------------------------------------------------------


def released_by_two(case: IsolationCase) -> int:
    now = timezone.now()

    def release() -> None:
        releases.release_cases(case_ids=[case.pk], checked=True, by=SYSTEM, at=now)

    assert at_once(release, release) == []
    assert IsolationCase.unscoped.get().closed_as == "released"
    return AuditRecord.objects.filter(deed="case_closed").count()


def test_two_who_release_at_once_release_once() -> None:
    assert released_by_two(make_ready_case(at=timezone.now())) == 1


def test_without_the_lock_a_person_would_be_released_twice(monkeypatch) -> None:
    case = make_ready_case(at=timezone.now())
    monkeypatch.setattr(releases, "lock_cases", unlocked)
    monkeypatch.setattr(releases, "still_missing", when_both_have_come(releases.still_missing))
    assert released_by_two(case) == 2


def test_something_abnormal_that_is_being_noted_holds_the_release_up() -> None:
    """Whichever comes first: nobody is released past what was seen before."""
    from quarantine.actions import check_ins

    case, now = make_ready_case(at=timezone.now()), timezone.now()
    refused: list[list[str]] = []

    def release() -> None:
        done = releases.release_cases(case_ids=[case.pk], checked=True, by=SYSTEM, at=now)
        refused.extend(done.refused.values())

    def note() -> None:
        said = check_ins.Said(outcome="unwell")
        check_ins.record_check_in(case=case, uuid=uuid4(), said=said, observed_at=now, by=SYSTEM, at=now)

    faults, found = at_once(release, note), None
    found = IsolationCase.unscoped.get()
    assert (found.closed_as == "released" and len(faults) == 1) or (
        found.closed_at is None and refused == [["no_symptoms"]] and found.stage != stages.READY
    )


# --- two serial numbers -------------------------------------------------------------------------------------------


def handed_out_by_two() -> list[Exception]:
    now = timezone.now()
    first = make_case(at=now)
    second = make_case(at=now, grid=first.grid)
    PaperNumber.objects.create(place_id=first.grid.parent_id, year=timezone.localtime(now).year, last=7)

    def hand_out(case: IsolationCase) -> None:
        paper_issue.issue_papers(case_ids=[case.pk], kind="isolation_notice", by=SYSTEM, at=now)

    return at_once(lambda: hand_out(first), lambda: hand_out(second))


def test_two_papers_at_once_get_two_numbers() -> None:
    assert handed_out_by_two() == []
    assert sorted(paper.serial[-4:] for paper in CasePaper.unscoped.all()) == ["0008", "0009"]


def test_a_number_that_is_read_and_then_written_would_be_given_twice(monkeypatch) -> None:
    both_have_read = threading.Barrier(2)

    def read_then_write(place_id: int, year: int, count: int) -> int:
        row = PaperNumber.objects.get(place=place_id, year=year)
        both_have_read.wait(10)
        PaperNumber.objects.filter(pk=row.pk).update(last=row.last + count)
        return row.last + count

    monkeypatch.setattr(paper_issue, "reserve_numbers", read_then_write)
    assert [type(fault) for fault in handed_out_by_two()] == [IntegrityError]


def test_two_who_print_the_same_notice_print_one() -> None:
    now = timezone.now()
    case = make_case(at=now)

    def hand_out() -> None:
        paper_issue.issue_papers(case_ids=[case.pk], kind="isolation_notice", by=SYSTEM, at=now)

    assert at_once(hand_out, hand_out) == []
    assert CasePaper.unscoped.count() == 1

"""Two at once: each guard with its twin that shows what breaks without it."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections, transaction
from django.utils import timezone

from grid.actions import audit
from grid.actions.staff import end_post
from grid.models import Place, Post, Staff
from grid.rules.actors import SYSTEM, Actor
from grid.rules.permissions import Permission, Role
from grid.rules.places import Kind
from quarantine.actions import case_decisions, cases, check_ins
from quarantine.actions.check_ins import Said
from quarantine.actions.rule_sets import rule_set_named
from quarantine.models import CheckIn, IsolationCase, RuleSet
from quarantine.rules import case_clock
from quarantine.rules.case_clock import DEFAULT_NAME
from residents.models import Household
from tests.databases import somebody_waits
from tests.factories.grid import make_place, make_staff
from tests.factories.quarantine import make_case
from tests.factories.residents import make_resident

pytestmark = pytest.mark.usefixtures("fresh_database")


def at_once(*deeds: Callable[[], Any]) -> list[Exception]:
    """Runs the deeds in threads that start together; what they raised."""
    barrier, faults = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], Any]) -> None:
        barrier.wait(10)
        try:
            deed()
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return faults


def opening_twice() -> list[Exception]:
    resident, now = make_resident(), timezone.now()
    rule_set_named(DEFAULT_NAME, place=resident.grid, at=now)

    def deed() -> None:
        today = timezone.localtime(now).date()
        cases.open_case(resident=resident, reason="other", first_day=today, by=SYSTEM, at=now)

    return at_once(deed, deed)


def test_two_who_open_a_case_at_once_open_one() -> None:
    faults = opening_twice()
    assert [type(fault) for fault in faults] == [cases.AlreadyOpen]
    assert IsolationCase.unscoped.count() == 1


def test_without_the_databases_word_there_would_be_two_open_cases() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP INDEX one_open_case_a_person")
    assert opening_twice() == []
    assert IsolationCase.unscoped.count() == 2


def test_two_who_need_the_default_rules_at_once_get_the_same() -> None:
    grid, now = make_resident().grid, timezone.now()
    assert at_once(*[lambda: rule_set_named(DEFAULT_NAME, place=grid, at=now)] * 3) == []
    assert RuleSet.objects.count() == 1


def test_a_double_tap_at_once_stores_one_check_in() -> None:
    now, uuid = timezone.now(), uuid4()
    case = make_case(at=now)

    def tap() -> None:
        said = Said(temperature=Decimal("36.5"))
        check_ins.record_check_in(case=case, uuid=uuid, said=said, observed_at=now, by=SYSTEM, at=now)

    assert at_once(tap, tap, tap) == []
    assert CheckIn.unscoped.count() == 1


def note_while_the_door_moves(case: IsolationCase) -> list[Exception]:
    """Somebody taps while the transaction of a move is still open, and has to wait for it."""
    new_grid, now = make_place(parent=case.grid.parent), timezone.now()
    said, faults = Said(temperature=Decimal("36.5")), []

    def tap() -> None:
        try:
            check_ins.record_check_in(case=case, uuid=uuid4(), said=said, observed_at=now, by=SYSTEM, at=now)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    waiting = threading.Thread(target=tap)
    with transaction.atomic():
        Household.unscoped.filter(pk=case.resident.household_id).update(grid=new_grid)
        waiting.start()
        while waiting.is_alive() and not somebody_waits():
            pass
    waiting.join(20)
    return faults


def test_a_tap_that_waits_for_a_move_is_noted_in_the_new_grid() -> None:
    case = make_case(at=timezone.now())
    assert note_while_the_door_moves(case) == []
    assert CheckIn.unscoped.get().grid_id == IsolationCase.unscoped.get().grid_id != case.grid_id


def test_a_join_under_the_lock_would_miss_the_person_who_moves(monkeypatch) -> None:
    def joined(case_ids: list[int]) -> list[IsolationCase]:
        rows = IsolationCase.unscoped.filter(pk__in=case_ids).select_for_update(of=("self",))
        return list(rows.select_related("rule_set", "grid"))

    monkeypatch.setattr(check_ins, "lock_cases", joined)
    assert [type(fault) for fault in note_while_the_door_moves(make_case(at=timezone.now()))] == [IndexError]


def measured_and_asked(case: IsolationCase) -> IsolationCase:
    now = timezone.now()
    facts = {"case": case, "observed_at": now, "by": SYSTEM, "at": now}
    faults = at_once(
        lambda: check_ins.record_check_in(uuid=uuid4(), said=Said(temperature=Decimal("36.5")), **facts),
        lambda: check_ins.record_check_in(uuid=uuid4(), said=Said(asked=True), **facts),
    )
    assert faults == []
    return IsolationCase.unscoped.get(pk=case.pk)


def test_two_who_note_different_facts_at_once_keep_both() -> None:
    found = measured_and_asked(make_case(at=timezone.now()))
    assert found.last_measured_at and found.last_asked_at


def test_without_the_lock_one_of_two_facts_would_be_lost(monkeypatch) -> None:
    def unlocked(case_ids: list[int]) -> list[IsolationCase]:
        return list(IsolationCase.unscoped.filter(pk__in=case_ids).select_related("rule_set", "grid"))

    both_have_read, facts_of = threading.Barrier(2), case_clock.facts_of

    def when_both_have_read(*args: Any, **kwargs: Any) -> case_clock.Facts:
        both_have_read.wait(10)
        return facts_of(*args, **kwargs)

    case = make_case(at=timezone.now())
    monkeypatch.setattr(check_ins, "lock_cases", unlocked)
    monkeypatch.setattr(case_clock, "facts_of", when_both_have_read)
    found = measured_and_asked(case)
    assert not (found.last_measured_at and found.last_asked_at)


def test_an_ending_taken_back_while_a_new_record_is_opened_leaves_one_open_and_words() -> None:
    case, now = make_case(at=timezone.now()), timezone.now()
    cases.close_case(case=case, closed_as="entered_in_error", note="", version=1, by=SYSTEM, at=now)
    ending, again = case.decisions.get(kind="closed"), {"reason": "other", "first_day": case.first_day}
    (fault,) = at_once(
        lambda: case_decisions.take_back(decision=ending, by=SYSTEM, at=now),
        lambda: cases.open_case(resident=case.resident, **again, by=SYSTEM, at=now),
    )
    assert isinstance(fault, ValidationError)
    assert IsolationCase.unscoped.open().count() == 1


# -- two deeds of one worker ----------------------------------------------------------------------------------------


def while_her_post_is_held(deed: Callable[[Staff, Place], Any]) -> bool:
    """Somebody's deed is not committed yet: did the other one have to wait for it?"""
    grid, now = make_place(Kind.GRID), timezone.now()
    worker = make_staff(Role.GRID_WORKER, grid)

    def run() -> None:
        try:
            with transaction.atomic():
                deed(worker, grid)
        finally:
            connection.close()

    other, waited = threading.Thread(target=run), False
    with transaction.atomic():
        audit.confirm_scope(Actor.staff(worker.pk), Permission.RECORD_CHECK_IN, grid, now)
        other.start()
        while other.is_alive() and not waited:
            waited = somebody_waits()
    other.join(20)
    return waited


def another_tap(worker: Staff, grid: Place) -> None:
    audit.confirm_scope(Actor.staff(worker.pk), Permission.RECORD_CHECK_IN, grid, timezone.now())


def her_post_ends(worker: Staff, _grid: Place) -> None:
    end_post(post_id=Post.objects.get(staff=worker).pk, by=SYSTEM, at=timezone.now())


def test_two_deeds_of_one_worker_never_wait_for_her_post_but_its_end_waits_for_them() -> None:
    assert not while_her_post_is_held(another_tap)
    assert while_her_post_is_held(her_post_ends)


def test_with_a_lock_of_her_own_they_would_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_held", lambda posts: bool(posts.select_for_update(of=("self",))[:1]))
    assert while_her_post_is_held(another_tap)

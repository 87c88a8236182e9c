"""Two at once at one pair of people: each guard with its twin that shows what breaks without it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from grid.actions.audit import EditedMeanwhile
from grid.rules.actors import SYSTEM
from residents.actions import merges
from residents.actions.residents import edit_resident
from residents.models import Merge, Resident
from residents.rules.people import PersonFacts
from tests.databases import somebody_waits
from tests.factories.grid import make_place
from tests.factories.residents import make_contact, make_household, make_resident
from tests.factories.twins import make_merge

pytestmark = pytest.mark.usefixtures("fresh_database")


def two_people() -> tuple[Resident, Resident]:
    grid = make_place()
    return make_resident(make_household(grid), name="陈美玲"), make_resident(make_household(grid), name="陈美玲")


def merging(kept: Resident, duplicate: Resident) -> Any:
    return merges.merge_people(
        kept=kept, duplicate=duplicate, versions=(kept.version, duplicate.version), choices={}, by=SYSTEM,
        at=timezone.now(),
    )  # fmt: skip


def while_it_waits(
    first: Callable[[], Any], second: Callable[[], Any], then: Callable[[], Any] = lambda: None
) -> list[Exception]:
    """`second` starts while the transaction of `first` is open, and has to wait for it; what it raised.

    `then` still belongs to that transaction: it runs once `second` waits.
    """
    faults: list[Exception] = []

    def run() -> None:
        try:
            second()
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    waiting = threading.Thread(target=run)
    with transaction.atomic():
        first()
        waiting.start()
        while waiting.is_alive() and not somebody_waits():
            pass
        then()
    waiting.join(20)
    return faults


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The people as read, nobody held."""

    def unheld(one: Resident, other: Resident) -> dict[int, Resident]:
        rows = Resident.unscoped.filter(pk__in=[one.pk, other.pk]).select_related("grid", "household")
        return {row.pk: row for row in rows}

    monkeypatch.setattr(merges, "hold", unheld)


def test_the_same_merge_twice_at_once_is_one() -> None:
    one, other = two_people()
    assert while_it_waits(lambda: merging(one, other), lambda: merging(one, other)) == []
    assert Merge.unscoped.count() == 1


def test_two_who_merge_a_pair_crosswise_do_not_make_a_ring() -> None:
    one, other = two_people()
    faults = while_it_waits(lambda: merging(one, other), lambda: merging(other, one))
    assert [type(fault) for fault in faults] == [merges.CannotMerge]
    assert list(Resident.unscoped.order_by("pk").values_list("merged_into", flat=True)) == [None, one.pk]


def test_without_locks_and_versions_they_would_make_a_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two_people()
    without_locks(monkeypatch)
    monkeypatch.setattr(merges, "claim_version", lambda *_args: None)
    assert while_it_waits(lambda: merging(one, other), lambda: merging(other, one)) == []
    assert list(Resident.unscoped.order_by("pk").values_list("merged_into", flat=True)) == [other.pk, one.pk]


def move(person: Resident) -> None:
    """As a move does it: door and person held, then one UPDATE."""
    there = make_household(make_place(parent=person.grid.parent))
    list(type(there).unscoped.select_for_update().filter(pk__in=[person.household_id, there.pk]).order_by("pk"))
    Resident.unscoped.filter(pk=person.pk).update(
        household=there.pk, grid=there.grid_id, street=there.street_id, version=F("version") + 1
    )


@pytest.mark.parametrize("mover", [0, 1], ids=["kept", "duplicate"])
def test_a_move_during_a_merge_is_told(mover: int) -> None:
    people = two_people()
    make_contact(people[1])
    faults = while_it_waits(lambda: move(people[mover]), lambda: merging(*people))
    assert [type(fault) for fault in faults] == [EditedMeanwhile]
    assert not Merge.unscoped.exists()


def test_without_the_guards_a_contact_would_hang_on_a_grid_where_nobody_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    people = two_people()
    make_contact(people[1])
    without_locks(monkeypatch)
    monkeypatch.setattr(merges, "claim_version", lambda *_args: None)
    faults = while_it_waits(lambda: move(people[0]), lambda: merging(*people))
    assert [type(fault) for fault in faults] == [IntegrityError]  # the database's last word, which no page explains


def test_a_remark_written_while_the_merge_waits_is_told_and_not_left_to_chance() -> None:
    one, other = two_people()
    Resident.unscoped.filter(pk=one.pk).update(note="三楼")

    def write() -> None:
        facts = PersonFacts(name=other.name, note="四楼")
        edit_resident(resident=other, version=other.version, facts=facts, by=SYSTEM, at=timezone.now())

    faults = while_it_waits(write, lambda: merging(one, other))
    assert [type(fault) for fault in faults] == [EditedMeanwhile], "what differs now, nobody was asked"
    assert not Merge.unscoped.exists()


def test_a_merge_taken_back_while_the_kept_one_is_merged_further_is_told() -> None:
    (one, other), (third, _fourth) = two_people(), two_people()
    merge = make_merge(one, other)
    kept = Resident.unscoped.get(pk=one.pk)

    def take_back() -> None:
        merges.take_merge_back(merge=merge, by=SYSTEM, at=timezone.now())

    faults = while_it_waits(lambda: merging(third, kept), take_back)
    assert [type(fault) for fault in faults] == [merges.CannotTakeBack]
    assert Merge.unscoped.get(pk=merge.pk).undone_at is None
    assert isinstance(faults[0], ValidationError)


def test_without_the_locks_it_would_be_taken_back_under_the_second_merge(monkeypatch: pytest.MonkeyPatch) -> None:
    (one, other), (third, _fourth) = two_people(), two_people()
    merge = make_merge(one, other)
    kept = Resident.unscoped.get(pk=one.pk)
    without_locks(monkeypatch)

    def take_back() -> None:
        merges.take_merge_back(merge=merge, by=SYSTEM, at=timezone.now())

    assert while_it_waits(lambda: merging(third, kept), take_back) == []
    assert Resident.unscoped.get(pk=one.pk).merged_into_id == third.pk
    assert Merge.unscoped.get(pk=merge.pk).undone_at is not None


def test_a_merge_that_waits_for_its_taking_back_is_told() -> None:
    one, other = two_people()
    merge = make_merge(one, other)
    kept, duplicate = Resident.unscoped.get(pk=one.pk), Resident.unscoped.get(pk=other.pk)

    def take_back() -> None:
        merges.take_merge_back(merge=merge, by=SYSTEM, at=timezone.now())

    faults = while_it_waits(take_back, lambda: merging(kept, duplicate))
    assert [type(fault) for fault in faults] == [EditedMeanwhile]
    assert Merge.unscoped.filter(undone_at=None).count() == 0

"""Places that change while others work there: each guard with its twin that shows what breaks without it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from grid.actions import audit, place_changes, place_moves
from grid.actions.audit import EditedMeanwhile, PlaceClosed, reserve_id
from grid.models import AuditRecord, Place
from grid.queries.place_changes import Plan, look
from grid.rules.actors import SYSTEM
from grid.rules.places import Kind
from quarantine.models import CheckIn, IsolationCase
from residents.actions import households, lists
from residents.lists.staging import Staged
from residents.models import Household, ImportBatch, Resident
from residents.rules.addresses import Door
from tests.databases import somebody_waits
from tests.factories.grid import make_place, make_staff
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_household, make_resident
from tests.grid.place_invariants import assert_places_are_sound
from tests.quarantine.test_races import at_once

pytestmark = pytest.mark.usefixtures("fresh_database")


def two_grids() -> tuple[Place, Place]:
    """Two grids of one community, with a door each."""
    community = make_place(Kind.COMMUNITY)
    grids = make_place(Kind.GRID, community), make_place(Kind.GRID, community)
    for grid in grids:
        make_resident(make_household(grid))
    return grids


def merge(place: Place, into: Place) -> Callable[[], None]:
    """The merge as it is previewed now."""
    plan, at = Plan(place, into), timezone.now()
    seen = look(plan, at).stamp
    return lambda: place_changes.merge_places(plan=plan, seen=seen, by=SYSTEM, at=at)


def add_door(grid: Place) -> None:
    households.add_household(
        key=reserve_id(Household), grid=grid, door=Door("望江花园", "9", "9", "909"), note="", people=[], by=SYSTEM,
        at=timezone.now(),
    )  # fmt: skip


def in_a_thread(deed: Callable[[], Any]) -> tuple[threading.Thread, list[Exception]]:
    """The deed begun beside us; what it raised, once it is joined."""
    faults: list[Exception] = []

    def run() -> None:
        try:
            deed()
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, faults


def merge_while_a_door_is_added(*, waits: bool = True) -> list[Exception]:
    """The transaction that adds a door is open when the merge comes; it ends once the merge waits for it or is done."""
    place, into = two_grids()
    deed, came = merge(place, into), threading.Event()
    hold = place_moves.hold_places

    def note_and_hold(*args: Any, **kwargs: Any) -> None:
        came.set()
        hold(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(place_moves, "hold_places", note_and_hold)
        add_door(place)
        thread, faults = in_a_thread(deed)
        assert came.wait(10)
        if not waits:
            thread.join(20)
    thread.join(20)
    return faults


def test_a_door_added_while_its_grid_is_merged_goes_along() -> None:
    assert merge_while_a_door_is_added() == []
    assert_places_are_sound()
    assert Household.unscoped.filter(grid__closed_at=None).count() == 3


def test_without_holding_the_place_the_door_would_stay_in_a_closed_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place_moves, "hold_places", lambda *_args, **_kwargs: None)
    assert merge_while_a_door_is_added(waits=False) == []
    assert Household.unscoped.exclude(grid__closed_at=None).count() == 1


def test_a_door_that_comes_too_late_is_refused_in_words() -> None:
    place, into = two_grids()
    merge(place, into)()
    with pytest.raises(PlaceClosed):
        add_door(place)


def test_two_merges_crosswise_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two_grids()
    faults = at_once(merge(one, other), merge(other, one))
    assert [type(fault) for fault in faults] == [EditedMeanwhile]
    assert_places_are_sound()
    assert Place.objects.exclude(merged_into=None).count() == 1


def test_without_one_at_a_time_they_would_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two_grids()
    monkeypatch.setattr(place_changes, "hold_street", lambda _street: None)
    monkeypatch.setattr(place_moves, "_TRIES", 3)
    meet, look_at = threading.Barrier(2), place_changes.look
    deeds = merge(one, other), merge(other, one)

    def look_together(*args: Any) -> Any:
        found = look_at(*args)
        meet.wait(10)
        return found

    monkeypatch.setattr(place_changes, "look", look_together)
    assert at_once(*deeds)
    assert Place.objects.exclude(merged_into=None).count() < 2


def test_the_same_merge_twice_at_once_is_one() -> None:
    place, into = two_grids()
    assert at_once(merge(place, into), merge(place, into)) == []
    assert AuditRecord.objects.filter(deed="place_merged").count() == 1


def test_a_merge_does_not_wait_for_ever_where_much_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    place, into = two_grids()
    deed = merge(place, into)
    monkeypatch.setattr(place_moves, "_TRIES", 2)
    with transaction.atomic():
        audit.confirm_open(place.pk)
        thread, faults = in_a_thread(deed)
        thread.join(20)
    assert [type(fault) for fault in faults] == [ValidationError]
    assert Household.unscoped.filter(grid=place).count() == 1


def test_taps_while_a_grid_is_merged_are_all_noted() -> None:
    place, into = two_grids()
    at = timezone.now()
    cases = [make_case(at=at, grid=place) for _ in range(4)]
    deed = merge(place, into)
    taps = [lambda case=case: make_check_in(case, at=at, temperature="36.5") for case in cases]
    assert at_once(deed, *taps) == []
    assert CheckIn.unscoped.count() == 4
    assert set(IsolationCase.unscoped.values_list("grid", flat=True)) == {into.pk}
    assert_places_are_sound()


def list_for(place: Place, state: str) -> ImportBatch:
    """A list on its way into the register, as a page finds it."""
    batch = ImportBatch.unscoped.create(
        grid=place, by=make_staff(), created_at=timezone.now(), state=state, kind="residents", file_name="表.xlsx",
        file_digest="a", choices={"reading": 1}, counts={},
    )  # fmt: skip
    return ImportBatch.unscoped.select_related("grid").get(pk=batch.pk)


def wait_for_a_lock(thread: threading.Thread) -> None:
    """Until the thread waits for somebody's lock, or has ended."""
    while thread.is_alive() and not somebody_waits():
        pass


def test_a_list_that_waits_for_the_merge_of_its_place_goes_on_in_the_new_one() -> None:
    place, into = two_grids()
    deed, batch = merge(place, into), list_for(place, "committing")
    with transaction.atomic():
        deed()
        thread, faults = in_a_thread(lambda: lists.take_in(batch=batch, by=SYSTEM, at=timezone.now()))
        wait_for_a_lock(thread)
    thread.join(20)
    assert faults == []
    assert ImportBatch.unscoped.get().grid_id == into.pk
    assert AuditRecord.objects.get(deed="list_taken_in").place_id == into.pk
    assert Resident.unscoped.filter(grid=into).count() == 2


PREVIEW = {"found": [], "staged": Staged([], [], [], []), "tables": [], "kind": "residents", "choices": {}}
DEEDS_ON_A_LIST = {
    "list_read": ("preview", lambda **facts: lists.keep_preview(**PREVIEW, **facts)),
    "list_confirmed": ("preview", lambda **facts: lists.ask_commit(reading=1, use_list=[], **facts)),
    "list_taken_back": ("done", lists.take_back),
}


def merge_while_a_list_is_held(name: str, monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """The list is locked when the merge of its place comes; the deed goes on once the merge waits. What both raised."""
    place, into = two_grids()
    deed, (state, of_list) = merge(place, into), DEEDS_ON_A_LIST[name]
    batch, confirm, begun = list_for(place, state), lists.confirm_scope, []

    def confirm_late(*args: Any) -> None:
        begun.append(in_a_thread(deed))
        wait_for_a_lock(begun[0][0])
        confirm(*args)

    monkeypatch.setattr(lists, "confirm_scope", confirm_late)
    raised: list[Exception] = []
    try:
        of_list(batch=batch, by=SYSTEM, at=timezone.now())
    except Exception as fault:
        raised.append(fault)
    thread, faults = begun[0]
    thread.join(20)
    return raised + faults


@pytest.mark.parametrize("name", DEEDS_ON_A_LIST)
def test_a_list_in_hand_and_the_merge_of_its_place_do_not_lock_up(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert merge_while_a_list_is_held(name, monkeypatch) == []
    assert ImportBatch.unscoped.get().grid.merged_into_id is None
    assert AuditRecord.objects.filter(deed__in=[name, "place_merged"]).count() == 2


def test_without_the_street_first_one_of_them_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "hold_street", lambda _street: None)
    faults = merge_while_a_list_is_held("list_read", monkeypatch)
    assert ["deadlock" in str(fault) for fault in faults] == [True]

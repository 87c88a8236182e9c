"""A list can be taken back while nobody worked with its people; what was touched is kept and named."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grid.models import OutboxTask
from quarantine.models import IsolationCase
from residents.actions import lists as deeds
from residents.models import Household, ImportBatch, ImportRow, Resident, TwinPair
from tests.factories.residents import make_household, make_resident
from tests.factories.twins import make_twins
from tests.residents.lists.support import Street, confirm, take_in, to_preview, workbook

pytestmark = pytest.mark.django_db
ROWS = [
    (f"测试{character}", "", f"1990000000{number}", f"望江花园3-1-50{number}", "2026-03-01", "")
    for number, character in enumerate("甲乙丙丁")
]


def undo(client: Any, batch: ImportBatch) -> Any:
    return client.post(reverse("list_undo", args=[batch.pk]))


def test_everything_untouched_goes_people_doors_and_cases(clock: Any, client: Any, street: Street) -> None:
    batch = take_in(client, workbook(*ROWS), grid=str(street.grid.pk), isolation="yes", reason="returnee")
    assert IsolationCase.unscoped.count() == len(ROWS)
    undo(client, batch)
    batch.refresh_from_db()
    assert batch.state == "undone" and batch.counts["taken_back"] == len(ROWS)
    assert not (Resident.unscoped.exists() or Household.unscoped.exists() or IsolationCase.unscoped.exists())


def test_who_was_edited_stays_with_her_door_and_is_named(client: Any, street: Street) -> None:
    batch = take_in(client, workbook(*ROWS), grid=str(street.grid.pk))
    Resident.unscoped.filter(name="测试甲").update(version=2)
    undo(client, batch)
    assert [person.name for person in Resident.unscoped.all()] == ["测试甲"] and Household.unscoped.count() == 1
    page = client.get(reverse("list_result", args=[batch.pk])).content.decode()
    assert "测试甲" in page and "测试乙" not in page


def test_who_has_a_case_by_hand_stays(clock: Any, client: Any, street: Street) -> None:
    batch = take_in(client, workbook(*ROWS), grid=str(street.grid.pk), isolation="yes", reason="returnee")
    IsolationCase.unscoped.filter(resident__name="测试甲").update(last_try_at=timezone.now())
    undo(client, batch)
    assert [case.resident.name for case in IsolationCase.unscoped.all()] == ["测试甲"]
    assert [person.name for person in Resident.unscoped.all()] == ["测试甲"]


def test_a_suspicion_holds_nobody_back_until_somebody_decides_on_it(client: Any, street: Street) -> None:
    batch = take_in(client, workbook(*ROWS[:2]), grid=str(street.grid.pk))
    known, (first, second) = make_resident(make_household(street.grid)), Resident.unscoped.order_by("pk")[:2]
    make_twins(first, known)
    decided = make_twins(second, known)
    TwinPair.unscoped.filter(pk=decided.pk).update(decision="apart", decided_at=timezone.now())
    undo(client, batch)
    assert set(Resident.unscoped.values_list("pk", flat=True)) == {known.pk, second.pk}
    assert [pair.pk for pair in TwinPair.unscoped.all()] == [decided.pk]


def test_people_and_doors_that_were_there_before_stay(client: Any, street: Street) -> None:
    door = make_household(street.grid, compound="望江花园", building="3", unit="1", room="500")
    empty = make_household(street.grid, compound="望江花园", building="3", unit="1", room="501")
    person = make_resident(door, "测试甲")
    batch = take_in(client, workbook(*ROWS), grid=str(street.grid.pk))
    undo(client, batch)
    assert set(Household.unscoped.values_list("pk", flat=True)) == {door.pk, empty.pk}
    assert [found.pk for found in Resident.unscoped.all()] == [person.pk]


def test_a_door_into_which_somebody_else_moved_stays(client: Any, street: Street) -> None:
    batch = take_in(client, workbook(*ROWS[:1]), grid=str(street.grid.pk))
    make_resident(Household.unscoped.get(), "新来的")
    undo(client, batch)
    assert [person.name for person in Resident.unscoped.all()] == ["新来的"] and Household.unscoped.count() == 1


def test_taking_back_twice_is_harmless(client: Any, street: Street) -> None:
    batch = take_in(client, workbook(*ROWS), grid=str(street.grid.pk))
    first, second = undo(client, batch), undo(client, batch)
    assert first["Location"] == second["Location"]
    batch.refresh_from_db()
    assert batch.counts["taken_back"] == len(ROWS)


def test_a_list_thrown_away_leaves_nothing(client: Any, street: Street) -> None:
    batch = to_preview(client, workbook(*ROWS), grid=str(street.grid.pk))
    client.post(reverse("list_discard", args=[batch.pk]))
    assert not ImportBatch.unscoped.exists() and not ImportRow.unscoped.exists()


def test_a_list_taken_in_cannot_be_thrown_away(client: Any, street: Street) -> None:
    batch = take_in(client, workbook(*ROWS), grid=str(street.grid.pk))
    answer = client.post(reverse("list_discard", args=[batch.pk]))
    assert answer["Location"] == reverse("list_result", args=[batch.pk])
    assert ImportBatch.unscoped.filter(pk=batch.pk, state="done").exists()


def test_cells_are_gone_after_thirty_days(client: Any, street: Street) -> None:
    done = take_in(client, workbook(*ROWS, ("", "420198", "", "", "", "")), grid=str(street.grid.pk))
    to_preview(client, workbook(*ROWS[:2]), grid=str(street.grid.pk))
    deeds.forget_old_lists(at=timezone.now())
    assert ImportRow.unscoped.exclude(sealed_cells=None).exists()
    deeds.forget_old_lists(at=timezone.now() + deeds.KEPT)
    assert not ImportRow.unscoped.exclude(sealed_cells=None).exists()
    assert [batch.pk for batch in ImportBatch.unscoped.all()] == [done.pk]
    assert client.get(reverse("list_result", args=[done.pk])).status_code == 200


def test_a_list_that_was_forgotten_is_not_looked_at_again(client: Any, street: Street) -> None:
    take_in(client, workbook(*ROWS), grid=str(street.grid.pk))
    later = timezone.now() + deeds.KEPT
    deeds.forget_old_lists(at=later)
    with CaptureQueriesContext(connection) as queries:
        deeds.forget_old_lists(at=later)
    assert not [query["sql"] for query in queries if "residents_importrow" in query["sql"]]


def test_a_list_stuck_for_thirty_days_goes_with_its_file(client: Any, street: Street) -> None:
    batch = to_preview(client, workbook(*ROWS), grid=str(street.grid.pk))
    confirm(client, batch)
    OutboxTask.objects.update(failed_at=timezone.now())
    deeds.forget_old_lists(at=timezone.now() + deeds.KEPT)
    assert not ImportBatch.unscoped.exists()

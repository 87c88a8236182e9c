"""A confirmed list is taken in exactly once: clicked twice, run twice, killed, overtaken by the register."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grid.models import AuditRecord, OutboxTask, Place, Post
from grid.rules.actors import Actor
from residents.actions import lists as deeds
from residents.lists import commit
from residents.lists.reading import read_sheets
from residents.lists.staging import Staged
from residents.models import Household, ImportBatch, ImportRow, Resident
from residents.tasks import commit_list
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.lists.support import (
    Street,
    batch_of,
    confirm,
    mapping_as_proposed,
    to_preview,
    upload,
    work_off,
    workbook,
)

ROWS = [
    (f"测试{character}", make_id_number(), f"1990000000{number}", f"望江花园3-1-50{number}", "2026-03-01", "")
    for number, character in enumerate("甲乙丙丁")
]


@pytest.fixture
def batch(client: Any, street: Street) -> ImportBatch:
    return to_preview(client, workbook(*ROWS), grid=str(street.grid.pk))


def run(batch: ImportBatch) -> None:
    commit_list(batch_id=batch.pk, staff_id=batch.by_id, at=timezone.now())


def test_a_double_click_asks_once_and_lands_on_the_same_page(client: Any, batch: ImportBatch) -> None:
    first, second = confirm(client, batch), confirm(client, batch)
    assert first["Location"] == second["Location"] == reverse("list_progress", args=[batch.pk])
    assert OutboxTask.objects.filter(task="commit_list").count() == 1


def test_a_task_run_twice_writes_once(client: Any, batch: ImportBatch) -> None:
    confirm(client, batch)
    run(batch)
    counts = ImportBatch.unscoped.get(pk=batch.pk).counts
    run(batch)
    again = ImportBatch.unscoped.select_related("grid").get(pk=batch.pk)
    assert not deeds.take_in(batch=again, by=Actor.staff(batch.by_id), at=timezone.now())
    assert Resident.unscoped.count() == len(ROWS) and again.counts == counts
    assert AuditRecord.objects.filter(deed="list_taken_in").count() == 1


@pytest.mark.parametrize("step", ["refuse", "write_new", "write_changes", "counts"])
def test_a_fault_half_way_leaves_nothing_and_may_be_tried_again(
    client: Any, batch: ImportBatch, monkeypatch: Any, step: str
) -> None:
    confirm(client, batch)
    whole = getattr(commit, step)

    def break_off(*values: Any, **named: Any) -> Any:
        whole(*values, **named)
        raise ConnectionError

    monkeypatch.setattr(commit, step, break_off)
    work_off()
    batch.refresh_from_db()
    assert batch.state == "failed" and not Resident.unscoped.exists() and not Household.unscoped.exists()
    assert not AuditRecord.objects.filter(deed="list_taken_in").exists()
    page = client.get(reverse("list_progress", args=[batch.pk]))
    assert page.context["stuck"]
    monkeypatch.setattr(commit, step, whole)
    confirm(client, batch)
    work_off()
    assert Resident.unscoped.count() == len(ROWS)


def test_a_reading_that_the_user_did_not_see_is_not_taken_in(client: Any, street: Street) -> None:
    """Two tabs: the list was read anew in the other one."""
    data = workbook(*ROWS)
    batch = to_preview(client, data, grid=str(street.grid.pk))
    again = batch_of(upload(client, data))
    said = mapping_as_proposed(client, again) | {"grid": str(street.other_grid.pk), "isolation": "no"}
    client.post(reverse("list_mapping", args=[again.pk]), said)
    assert ImportBatch.unscoped.count() == 1  # the same file is the same list
    answer = confirm(client, batch)
    assert answer["Location"] == reverse("list_preview", args=[batch.pk])
    assert not OutboxTask.objects.filter(task="commit_list").exists()


def test_whoever_was_registered_meanwhile_is_not_doubled(client: Any, batch: ImportBatch, street: Street) -> None:
    make_resident(make_household(street.grid), ROWS[0][0], ROWS[0][1])
    confirm(client, batch)
    work_off()
    batch.refresh_from_db()
    assert Resident.unscoped.count() == len(ROWS) and (batch.counts["new"], batch.counts["refused"]) == (3, 1)
    assert ImportRow.unscoped.get(batch=batch, verdict="refused").problems == {"row": "appeared_meanwhile"}


def test_whoever_appears_in_the_very_moment_is_not_doubled(
    client: Any, batch: ImportBatch, street: Street, monkeypatch: Any
) -> None:
    confirm(client, batch)
    write = commit.write_new

    def somebody_first(*values: Any) -> list[int]:
        make_resident(make_household(street.grid), ROWS[0][0], ROWS[0][1])
        return write(*values)

    monkeypatch.setattr(commit, "write_new", somebody_first)
    work_off()
    batch.refresh_from_db()
    assert batch.state == "done" and (batch.counts["new"], batch.counts["refused"]) == (3, 1)
    assert Resident.unscoped.count() == len(ROWS)


@pytest.mark.parametrize("moment", ["before", "very moment"])
def test_a_row_that_the_commit_refuses_goes_back_with_all_it_said(
    client: Any, batch: ImportBatch, street: Street, monkeypatch: Any, moment: str
) -> None:
    if moment == "very moment":
        monkeypatch.setattr(commit, "rows_spoken_of", lambda *_values: [])
    make_resident(make_household(street.grid), ROWS[0][0], ROWS[0][1])
    confirm(client, batch)
    work_off()
    book = b"".join(client.post(reverse("list_refused", args=[batch.pk])).streaming_content)
    rows = read_sheets(book)[0].rows
    assert [row[0] for row in rows[1:]] == [ROWS[0][0]]
    assert set(ROWS[0][:3]) < set(rows[1]) and not batch.blocks.exists()


def test_a_door_made_meanwhile_is_used(client: Any, batch: ImportBatch, street: Street) -> None:
    door = make_household(street.other_grid, compound="望江花园", building="3", unit="1", room="500")
    confirm(client, batch)
    work_off()
    person = Resident.unscoped.get(name=ROWS[0][0])
    assert person.household_id == door.pk and person.grid_id == street.other_grid.pk


def test_people_of_one_door_share_it(client: Any, street: Street) -> None:
    rows = [(name, "", "", "望江花园3-1-502", "", "") for name in ("测试甲", "测试乙")]
    batch = to_preview(client, workbook(*rows), grid=str(street.grid.pk))
    confirm(client, batch)
    work_off()
    assert Household.unscoped.count() == 1 and Household.unscoped.get().residents.count() == 2


def test_a_post_that_ended_meanwhile_ends_the_import(client: Any, batch: ImportBatch, street: Street) -> None:
    confirm(client, batch)
    Post.objects.filter(staff=street.lead).update(until=timezone.now())
    work_off()
    batch.refresh_from_db()
    assert (batch.state, batch.failure) == ("failed", "scope") and not Resident.unscoped.exists()


def test_no_door_is_made_in_a_grid_closed_meanwhile(client: Any, batch: ImportBatch, street: Street) -> None:
    door = make_household(street.other_grid, compound="望江花园", building="3", unit="1", room="500")
    Place.objects.filter(pk=street.grid.pk).update(closed_at=timezone.now())
    confirm(client, batch)
    work_off()
    batch.refresh_from_db()
    assert (batch.state, batch.counts["new"], batch.counts["refused"]) == ("done", 1, 3)
    assert [person.household for person in Resident.unscoped.all()] == [door]
    problems = batch.rows.filter(verdict="refused").values_list("problems", flat=True)
    assert list(problems) == [{"row": "changed_meanwhile"}] * 3


def give_up(batch: ImportBatch) -> None:
    """The worker died each time, and the outbox tries no more."""
    OutboxTask.objects.filter(task="commit_list", done_at=None).update(failed_at=timezone.now())


def test_a_list_at_which_the_background_gave_up_is_tried_again(client: Any, batch: ImportBatch) -> None:
    confirm(client, batch)
    give_up(batch)
    address = reverse("list_progress", args=[batch.pk])
    assert client.get(address).context["stuck"]
    assert confirm(client, batch)["Location"] == address
    assert not client.get(address).context["stuck"]
    confirm(client, batch)  # a second tap asks for nothing more
    assert OutboxTask.objects.filter(task="commit_list", done_at=None, failed_at=None).count() == 1
    work_off()
    batch.refresh_from_db()
    assert batch.state == "done" and Resident.unscoped.count() == len(ROWS)


def test_a_list_at_which_the_background_gave_up_can_be_thrown_away(client: Any, batch: ImportBatch) -> None:
    confirm(client, batch)
    discard = reverse("list_discard", args=[batch.pk])
    client.post(discard)
    assert ImportBatch.unscoped.exists()  # it is being taken in
    give_up(batch)
    assert discard in client.get(reverse("list_progress", args=[batch.pk])).content.decode()
    client.post(discard)
    assert not ImportBatch.unscoped.exists() and not ImportRow.unscoped.exists()


def test_the_page_that_asks_every_two_seconds_does_not_read_the_outbox_through(client: Any, batch: ImportBatch) -> None:
    confirm(client, batch)
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("list_progress", args=[batch.pk]), headers={"HX-Request": "true"})
    about_tasks = [query["sql"] for query in queries if "grid_outboxtask" in query["sql"]]
    assert len(about_tasks) == 1 and '"grid_outboxtask"."id" = ' in about_tasks[0]


def test_who_lost_the_post_meanwhile_neither_stages_nor_throws_away(
    client: Any, batch: ImportBatch, street: Street
) -> None:
    Post.objects.filter(staff=street.lead).update(until=timezone.now())
    by, at = Actor.staff(street.lead.pk), timezone.now()
    with pytest.raises(PermissionDenied):
        deeds.discard(batch=batch, by=by, at=at)
    staged = Staged([], [], [], [])
    with pytest.raises(PermissionDenied):
        deeds.keep_preview(
            batch=batch, found=[], staged=staged, tables=batch.tables, kind=batch.kind, choices=batch.choices,
            by=by, at=at,
        )  # fmt: skip
    assert ImportRow.unscoped.count() == len(ROWS)


def test_the_history_names_the_deed(client: Any, batch: ImportBatch) -> None:
    confirm(client, batch)
    work_off()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM residents_residentevent e JOIN pghistory_context c ON c.id = e.pgh_context_id"
            " WHERE c.metadata->>'deed' = 'list_taken_in'"
        )
        assert cursor.fetchone()[0] == len(ROWS)


def test_progress_leads_to_the_result_once_done(client: Any, batch: ImportBatch) -> None:
    confirm(client, batch)
    address = reverse("list_progress", args=[batch.pk])
    assert b"every 2s" in client.get(address).content
    part = client.get(address, headers={"HX-Request": "true"}).content
    assert b"<html" not in part and b"progress" in part
    work_off()
    result = reverse("list_result", args=[batch.pk])
    assert client.get(address)["Location"] == result
    assert client.get(address, headers={"HX-Request": "true"})["HX-Redirect"] == result


def test_new_people_are_found_by_pinyin_and_walked_in_order(client: Any, batch: ImportBatch) -> None:
    confirm(client, batch)
    work_off()
    assert Resident.unscoped.filter(initials__startswith="cs").count() == len(ROWS)
    assert [door.room for door in Household.unscoped.in_walking_order()] == ["500", "501", "502", "503"]


def test_a_list_whose_lines_are_lost_is_not_taken_in(client: Any, batch: ImportBatch) -> None:
    confirm(client, batch)
    batch.blocks.all().delete()
    work_off()
    batch.refresh_from_db()
    assert batch.state == "failed" and not Resident.unscoped.exists()


@pytest.mark.parametrize("sign", ["door", "phone"])
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "twin"])
def test_whoever_was_registered_without_a_number_is_found_by_other_signs(
    client: Any, batch: ImportBatch, street: Street, monkeypatch: Any, sign: str, guarded: bool
) -> None:
    """Only rows of which the register speaks are judged again; the twin shows that somebody is doubled otherwise."""
    door = make_household(
        street.grid, compound="望江花园", building="3", unit="1", room="500" if sign == "door" else "9"
    )
    make_resident(door, ROWS[0][0], phones=[ROWS[0][2]] if sign == "phone" else [])
    if not guarded:
        monkeypatch.setattr(commit, "rows_spoken_of", lambda *_values: [])
    confirm(client, batch)
    work_off()
    batch.refresh_from_db()
    assert batch.counts["refused"] == (1 if guarded else 0)
    assert Resident.unscoped.filter(name=ROWS[0][0]).count() == (1 if guarded else 2)


def test_no_door_is_made_in_a_building_that_another_community_registered_meanwhile(
    client: Any, batch: ImportBatch, street: Street
) -> None:
    make_household(street.elsewhere, compound="望江花园", building="3", unit="1", room="9")
    confirm(client, batch)
    work_off()
    problems = batch.rows.filter(verdict="refused").values_list("problems", flat=True)
    assert list(problems) == [{"row": "door_elsewhere"}] * len(ROWS) and not Resident.unscoped.exists()


def test_a_second_grid_in_the_building_changes_nothing_that_was_seen(
    client: Any, batch: ImportBatch, street: Street
) -> None:
    """The building came to be known in another grid: the row is judged again and goes nowhere unseen."""
    make_household(street.other_grid, compound="望江花园", building="3", unit="1", room="9")
    confirm(client, batch)
    work_off()
    batch.refresh_from_db()
    assert (batch.state, batch.counts["new"], batch.counts["refused"]) == ("done", 0, len(ROWS))
    assert not Resident.unscoped.exists()


def test_the_commit_leaves_nothing_of_new_people_behind(client: Any, batch: ImportBatch) -> None:
    block = batch.blocks.get()
    assert ROWS[0][0].encode() not in bytes(block.sealed_lines or b"") + bytes(block.sealed_rows)
    confirm(client, batch)
    work_off()
    assert not batch.blocks.exists() and not batch.rows.exclude(sealed_cells=None).exists()

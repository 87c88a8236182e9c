"""Deeds about lists: receive, stage, take in, take back, throw away."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet

from grid import registries, sealing
from grid.actions import outbox
from grid.actions.audit import (
    PlaceClosed,
    confirm_open,
    confirm_scope,
    deed,
    hold_street,
    record,
    reserve_id,
)
from grid.models import Place
from grid.rules.actors import Actor
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from residents.identity import without_numbers
from residents.lists import blocks, commit, earlier_rows, memory, names, readings, staging, twin_decisions, undo
from residents.lists.matching import Judged, digests_of, judge
from residents.lists.rows import PersonRow
from residents.lists.staging import Plain, Staged
from residents.models import ImportBatch, ImportRow
from residents.queries.lists import is_given_up

UNFINISHED = ("mapping", "preview", "committing", "failed")
OPEN_FOR_CHOICES = ("mapping", "preview", "failed")
KEPT = timedelta(days=30)
_LOCK_OF_UPLOADS = 7_600_011


class ListMovedOn(Exception):
    """The list is in another state than the page showed: taken in, thrown away or read anew meanwhile."""


def _lock(kind: int, key: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [kind, key % 2**31])


def receive_list(
    *,
    place: Place,
    kind: str,
    file_name: str,
    data: bytes,
    tables: list[Plain],
    by: Actor,
    at: datetime,
    typed: bool = False,
) -> tuple[ImportBatch, bool]:
    """Stores an uploaded file, sealed. The same file sent again by the same person, while unfinished, is the same list.

    `typed`: a list that is to be typed line by line; its bytes are those of `lists.typed`.
    Returns the list and whether it is new here.
    """
    digest = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        _lock(_LOCK_OF_UPLOADS, by.staff_id or 0)
        confirm_scope(by, Permission.IMPORT_LISTS, place, at)
        same = ImportBatch.unscoped.filter(by=by.staff_id, grid=place, file_digest=digest, state__in=UNFINISHED)
        if batch := same.filter(typed=typed).first():
            return batch, False
        key = reserve_id(ImportBatch)
        name = "list_begun" if typed else "list_uploaded"
        with deed(name, by=by, at=at, place=place, subject=(ImportBatch, key), digest=digest, size=len(data)):
            batch = ImportBatch(
                pk=key, grid=place, by_id=by.staff_id or 0, created_at=at, state="mapping", kind=kind, typed=typed,
                file_name=without_numbers(file_name)[-200:], file_digest=digest, tables=tables,
                sealed_file=sealing.seal(data, context=staging.FILE_CONTEXT),
            )  # fmt: skip
            batch.save(force_insert=True)
    return batch, True


def hold_list(batch: ImportBatch) -> ImportBatch:
    """The list as it stands now, kept so until the transaction ends; its file is not read. Raises ListMovedOn.

    The street first: whoever merges places there holds posts and places when the lists come along.
    """
    hold_street(batch.grid.street_id or 0)
    row = ImportBatch.unscoped.select_for_update().defer("sealed_file").filter(pk=batch.pk).first()
    if row is None:
        raise ListMovedOn
    return row


def keep_preview(
    *,
    batch: ImportBatch,
    found: staging.Found,
    staged: Staged,
    tables: list[Plain],
    kind: str,
    choices: dict[str, Any],
    by: Actor,
    at: datetime,
) -> None:
    """Stores the staged rows in place of those before, and remembers for the street office what its columns mean.

    Raises ListMovedOn if the list is being taken in already.
    """
    with transaction.atomic():
        row = hold_list(batch)
        if row.state not in OPEN_FOR_CHOICES or row.file_digest != batch.file_digest:
            raise ListMovedOn  # of a typed list more may have been typed since it was read
        confirm_scope(by, Permission.IMPORT_LISTS, row.grid, at)
        counts = staged.counts(local_day(at))
        with deed("list_read", by=by, at=at, place=row.grid_id, subject=row, counts=counts):
            staging.write_rows(row, staged)
            memory.remember(row, found, tables, kind, at)
            row.state, row.tables, row.kind, row.failure = "preview", tables, kind, ""
            row.counts = {**counts, "unread": staged.lines_unread(), **staged.fields()}
            row.choices = {**choices, "reading": row.choices.get("reading", 0) + 1}
            row.rows_total, row.rows_done = len(staged.people), 0
            row.save(update_fields=[
                "state", "tables", "kind", "counts", "failure", "choices", "rows_total", "rows_done",
            ])  # fmt: skip


def leave_out(*, batch: ImportBatch, reading: int, rows: list[int], left_out: bool, by: Actor, at: datetime) -> int:
    """Takes rows out of what the list is to do, or back into it; refused ones stay refused. Twice it changes nothing.

    Returns how many later rows, refused because of one that is left out now, count instead. Raises ListMovedOn where
    the list was read anew meanwhile or is being taken in.
    """
    with transaction.atomic():
        row = hold_list(batch)
        if row.state not in ("preview", "failed") or row.choices.get("reading") != reading:
            raise ListMovedOn
        confirm_scope(by, Permission.IMPORT_LISTS, row.grid, at)
        chosen = row.rows.filter(pk__in=rows).exclude(verdict="refused").exclude(left_out=left_out)
        if not (count := chosen.count()):
            return 0
        name = "list_rows_left_out" if left_out else "list_rows_taken_again"
        with deed(name, by=by, at=at, place=row.grid_id, subject=row, rows=count):
            chosen.update(left_out=left_out)
            twin_decisions.settle_again(row)
            kind = registries.LIST_KINDS[row.kind]
            back = earlier_rows.judge_again(row) if kind.makes_people else 0
            row.counts = {**row.counts, **commit.counts(row), **twin_decisions.counts(row)}
            if kind.readings is not None:
                row.counts |= readings.count_again(row, kind.readings, _rows_with_readings(row), at)
            # Another reading: a confirmation of what was seen before does not hold for this.
            row.choices = {**row.choices, "reading": reading + 1}
            row.save(update_fields=["counts", "choices"])
    return back


def ask_commit(
    *, batch: ImportBatch, reading: int, use_list: list[str], leave_blank: Sequence[str] = (), by: Actor, at: datetime
) -> None:
    """Hands the list, as it was seen, to the background; also one at which the background gave up.

    `use_list`: the fields in which the list goes before the register; `leave_blank`: those that it does not fill in.
    A second time it changes nothing and raises ListMovedOn; so does a kind of list that is only read.
    """
    with transaction.atomic():
        row = hold_list(batch)
        waits = row.state in ("preview", "failed") or is_given_up(row)
        if not waits or row.choices.get("reading") != reading or not registries.LIST_KINDS[row.kind].taken_in:
            raise ListMovedOn
        confirm_scope(by, Permission.IMPORT_LISTS, row.grid, at)
        record("list_confirmed", by=by, at=at, place=row.grid_id, subject=row, use_list=bool(use_list))
        row.task = outbox.ask("commit_list", at=at, batch_id=row.pk, staff_id=by.staff_id)
        row.choices = {**row.choices, "use_list": use_list, "leave_blank": list(leave_blank)}
        row.state, row.rows_done, row.failure = "committing", 0, ""
        row.save(update_fields=["state", "choices", "rows_done", "failure", "task"])


def take_in(*, batch: ImportBatch, by: Actor, at: datetime) -> bool:
    """Writes the list into the register in one transaction; False if that is done already.

    One at a time in a street. The state changes last and under a condition: killed, retried or run twice, it happens
    once or not at all, and until then the list's own row is free to tell how far it is. Raises ListMovedOn where the
    list was given up and thrown away or read anew meanwhile.
    Raises PermissionDenied where the actor may not import there any more.
    """
    prepared = commit.prepare(batch)
    with _own_connection() as beside, transaction.atomic():
        hold_street(batch.grid.street_id or 0)
        batch.refresh_from_db(fields=["grid"])  # its place may have been merged into another one meanwhile
        if not _is_waiting(batch):
            return False
        if registries.LIST_KINDS[batch.kind].makes_names:
            _take_in_names(batch, by, at)
            return True
        if registries.LIST_KINDS[batch.kind].readings is not None:
            _take_in_readings(batch, partial(_note_progress, beside, batch), by, at)
            return True
        confirm_scope(by, Permission.IMPORT_LISTS, batch.grid, at)
        held = _hold_grids(batch)
        ready = commit.lay_out(batch, prepared, held)
        standing, overtaken = commit.confirmed(ready, _judge_again(batch, ready), held)
        late = sum(map(len, overtaken.values()))
        facts = {"digest": batch.file_digest, "rows": _open_rows(batch) - late, "overtaken": late}
        with deed("list_taken_in", by=by, at=at, place=batch.grid_id, subject=batch, **facts):
            commit.refuse(batch, overtaken)
            faster = commit.write_new(
                standing, overtaken, batch.grid.street_id or 0, partial(_note_progress, beside, batch)
            )
            commit.refuse(batch, {"appeared_meanwhile": faster})
            changed = commit.write_changes(standing, batch.choices)
            _tell_of_people(batch, standing, by, at)
            outbox.ask("find_twins", at=at, place_id=batch.grid_id)
            blocks.keep_what_goes_back(batch)
            counts = {**commit.counts(batch), "people_changed": changed}
            counts["twins"] = twin_decisions.settle(batch, by.staff_id, at)
            batch.rows.filter(left_out=True).update(resident_id=None, household_id=None)
            if not _finish(batch, counts=counts, committed_at=at, sealed_file=None):
                raise ListMovedOn
    return True


def _take_in_names(batch: ImportBatch, by: Actor, at: datetime) -> None:
    deadline = datetime.fromisoformat(batch.choices["deadline"])
    rows = commit.unsealed(batch.rows.filter(verdict="verify", left_out=False))
    people = [item.person for item in rows]
    # Names before posts, as whoever answers one holds them.
    found = names.visits(people, digests_of(people), batch.grid, at, lock=True)
    confirm_scope(by, Permission.IMPORT_LISTS, batch.grid, at)
    confirm_open(batch.grid_id)
    facts = {"digest": batch.file_digest, "rows": len(rows)}
    with deed("names_taken_in", by=by, at=at, place=batch.grid_id, subject=batch, **facts):
        made = names.write(batch, [(item.row, item.person) for item in rows], found, deadline, at)
        blocks.keep_what_goes_back(batch)
        if not _finish(batch, counts={**commit.counts(batch), **made}, committed_at=at, sealed_file=None):
            raise ListMovedOn


def _rows_with_readings(batch: ImportBatch) -> list[tuple[ImportRow, PersonRow]]:
    rows = batch.rows.filter(verdict__in=("changed", "same"), left_out=False)
    return [(item.row, item.person) for item in commit.unsealed(rows)]


def _take_in_readings(batch: ImportBatch, note_progress: Callable[[int], object], by: Actor, at: datetime) -> None:
    confirm_scope(by, Permission.IMPORT_LISTS, batch.grid, at)
    keeper, rows = registries.LIST_KINDS[batch.kind].readings, _rows_with_readings(batch)
    facts = {"digest": batch.file_digest, "rows": len(rows)}
    with deed("readings_taken_in", by=by, at=at, place=batch.grid_id, subject=batch, **facts):
        refused, counts = readings.take_in(batch, keeper, rows, by=by, at=at, note_progress=note_progress)
        commit.refuse(batch, refused)
        blocks.keep_what_goes_back(batch)
        if not _finish(batch, counts={**commit.counts(batch), **counts}, committed_at=at, sealed_file=None):
            raise ListMovedOn


def _judge_again(batch: ImportBatch, ready: list[commit.Ready]) -> list[Judged]:
    people, said = [item.person for item in ready], twin_decisions.said_of(batch, ready)
    meant = {place: pair.resident_id or 0 for place, pair in said.items()}
    judged = judge(
        people, place=batch.grid, default_grid=batch.choices.get("grid"), lock=True, said=meant,
        grids_said=batch.choices.get("grids"),
    )  # fmt: skip
    return twin_decisions.doubted(ready, judged, said)


def _as_prepared(batch: ImportBatch) -> QuerySet[ImportBatch]:
    """The list, as long as it waits as it was prepared: one that failed and was read anew meanwhile is another."""
    return ImportBatch.unscoped.filter(pk=batch.pk, state="committing", choices__reading=batch.choices["reading"])


def _is_waiting(batch: ImportBatch) -> bool:
    return _as_prepared(batch).exists()


def _finish(batch: ImportBatch, **columns: Any) -> bool:
    return bool(_as_prepared(batch).update(state="done", rows_done=batch.rows_total, **columns))


@contextmanager
def _own_connection() -> Iterator[BaseDatabaseWrapper]:
    """A connection beside the transaction: what it writes is seen at once, whatever becomes of the transaction."""
    beside = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        yield beside
    finally:
        beside.close()


def _note_progress(beside: BaseDatabaseWrapper, batch: ImportBatch, rows_done: int) -> None:
    with beside.cursor() as cursor:
        cursor.execute("UPDATE residents_importbatch SET rows_done = %s WHERE id = %s", [rows_done, batch.pk])


def _open_rows(batch: ImportBatch) -> int:
    return batch.rows.filter(left_out=False).exclude(verdict="refused").count()


def _hold_grids(batch: ImportBatch) -> set[int]:
    """The grids in which the list is to make doors, kept open until the transaction ends; closed ones are left out.

    So are grids that lie in another place by now.
    """
    held = set()
    new_doors = batch.rows.filter(verdict="new", household_id=None).values("grid_id")
    grids = Place.objects.within([batch.grid.path]).filter(pk__in=new_doors)
    for grid_id in grids.order_by("pk").values_list("pk", flat=True):
        try:
            confirm_open(grid_id)
        except PlaceClosed:
            continue
        held.add(grid_id)
    return held


def _tell_of_people(batch: ImportBatch, standing: list[Any], by: Actor, at: datetime) -> None:
    if batch.choices.get("isolation") and (days := commit.first_days(standing)):
        reason = batch.choices["reason"]
        registries.tell("people_taken_in", place=batch.grid, first_days=days, reason=reason, by=by, at=at)


def note_failure(*, batch_id: int, failure: str) -> None:
    """Says on the list that it was not taken in; it may be tried again."""
    ImportBatch.unscoped.filter(pk=batch_id, state="committing").update(state="failed", failure=failure)


def take_back(*, batch: ImportBatch, by: Actor, at: datetime) -> None:
    """Removes what the list made and nobody touched since; the rest stays and is counted. Twice: ListMovedOn."""
    with transaction.atomic():
        hold_street(batch.grid.street_id or 0)
        batch.refresh_from_db(fields=["grid"])
        told = names.held(batch)  # names before posts
        claimed = ImportBatch.unscoped.filter(pk=batch.pk, state="done").update(state="undone", undone_at=at)
        if not claimed:
            raise ListMovedOn
        confirm_scope(by, Permission.IMPORT_LISTS, batch.grid, at)
        if registries.LIST_KINDS[batch.kind].makes_names:
            with deed("list_taken_back", by=by, at=at, place=batch.grid_id, subject=batch, made=batch.counts["names"]):
                counts = {**batch.counts, **names.take_back(batch, told)}
                ImportBatch.unscoped.filter(pk=batch.pk).update(counts=counts)
            return
        if (keeper := registries.LIST_KINDS[batch.kind].readings) is not None:
            made = batch.counts["readings"]
            with deed("list_taken_back", by=by, at=at, place=batch.grid_id, subject=batch, made=made):
                readings.take_back(batch, keeper, by=by, at=at)
            return
        made = undo.made_people(batch)
        with deed("list_taken_back", by=by, at=at, place=batch.grid_id, subject=batch, made=len(made)):
            everybody = undo.people_of(batch)
            since = batch.committed_at
            registries.tell("list_taken_back", place=batch.grid, resident_ids=everybody, since=since, by=by, at=at)
            removable = undo.untouched_people(made, since)
            undo.remove_people(removable, since)
            doors = undo.remove_doors(batch)
            counts = {
                **batch.counts,
                "taken_back": len(removable),
                "kept": len(made) - len(removable),
                "doors_back": doors,
            }
            ImportBatch.unscoped.filter(pk=batch.pk).update(counts=counts)


def fetch_refused(*, batch: ImportBatch, left_out: bool = False, by: Actor, at: datetime) -> list[ImportRow]:
    """The refused rows with their cells, behind them on request those left out. They leave the portal as a workbook,
    whole ID numbers among them: audited."""
    kept = batch.rows.filter(sealed_cells__isnull=False).order_by("left_out", "pk")
    rows = list(kept if left_out else kept.filter(left_out=False, verdict="refused"))
    with deed("refused_rows_fetched", by=by, at=at, place=batch.grid_id, subject=batch, rows=len(rows)):
        confirm_scope(by, Permission.IMPORT_LISTS, batch.grid, at)
    return rows


def discard(*, batch: ImportBatch, by: Actor, at: datetime) -> None:
    """Throws away a list that was not taken in, file and rows. Raises ListMovedOn while or once it is taken in."""
    with transaction.atomic():
        row = hold_list(batch)
        if row.state not in OPEN_FOR_CHOICES and not is_given_up(row):
            raise ListMovedOn
        with deed("list_discarded", by=by, at=at, place=row.grid_id, subject=row, digest=row.file_digest):
            confirm_scope(by, Permission.IMPORT_LISTS, row.grid, at)
            row.delete()


def forget_old_lists(*, at: datetime) -> None:
    """Removes what lists said of people 30 days after it was said: unfinished lists as a whole, else their cells.

    Each list once: the work of a night does not grow with the lists of former years.
    """
    names.forget(at - KEPT)
    old = ImportBatch.unscoped.filter(created_at__lt=at - KEPT, forgotten_at=None)
    old.filter(Q(state__in=OPEN_FOR_CHOICES) | Q(state="committing", task__failed_at__isnull=False)).delete()
    told = list(old.filter(state__in=("done", "undone")).values_list("pk", flat=True))
    ImportRow.unscoped.filter(batch__in=told, sealed_cells__isnull=False).update(sealed_cells=None)
    for batch in ImportBatch.unscoped.filter(pk__in=told).only("tables"):
        tables = [{**table, "title": ""} for table in batch.tables]
        ImportBatch.unscoped.filter(pk=batch.pk).update(forgotten_at=at, tables=tables)

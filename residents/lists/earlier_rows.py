"""Rows that are refused because of an earlier row of the list, judged again once that one is left out or comes back.

Such a row is sealed for itself, as every refused one. That it is though it is not refused tells that it was brought
back.
"""

from collections.abc import Iterable

from residents.lists import blocks, twins
from residents.lists.blocks import Block, StagedRow
from residents.lists.matching import EARLIER, Judged, digests_of, judge
from residents.lists.rows import PersonRow
from residents.models import ImportBatch, ImportRow


def judge_again(batch: ImportBatch) -> int:
    """Brings back whom a row names that is left out, and refuses again whom a row names that came back.

    Notes in the list's choices to which row each of them pointed; the caller stores these, in the same transaction.
    Returns how many rows were brought back. A fixed number of queries.
    """
    pointing = list(batch.rows.exclude(sealed_cells=None).exclude(twins__decision="same").order_by("pk"))
    pointed = {**_pointed(pointing), **batch.choices.get("earlier", {})}
    pointing = [row for row in pointing if str(row.pk) in pointed]
    if not pointing:
        return 0
    batch.choices = {**batch.choices, "earlier": pointed}
    first = batch.rows.filter(number__in=set(pointed.values()), sealed_cells=None, left_out=False)
    ours = {row.pk for row in pointing}
    rows = sorted({*first, *(row for row in pointing if not row.left_out)}, key=lambda row: row.pk)
    people = [person for person, _cells in blocks.said_by(rows)]
    judged = judge(
        people, place=batch.grid, default_grid=batch.choices.get("grid"), said=_said(batch, rows),
        grids_said=batch.choices.get("grids"),
    )  # fmt: skip
    turned = [
        (row, person, now)
        for row, person, now in zip(rows, people, judged, strict=True)
        if row.pk in ours and (row.verdict == "refused" or now.verdict == "refused") and row.problems != now.problems
    ]
    _keep(batch, turned)
    return sum(now.verdict != "refused" for _row, _person, now in turned)


def _pointed(rows: Iterable[ImportRow]) -> dict[str, int]:
    """Row → the number of the earlier row because of which it is refused."""
    codes = ((row.pk, *row.problems.get("row", "").partition(":")) for row in rows)
    return {str(key): int(number) for key, code, _colon, number in codes if code in EARLIER}


def _said(batch: ImportBatch, rows: list[ImportRow]) -> dict[int, int]:
    """Place among the rows → whom of the register the user says it means."""
    pairs = batch.twins.filter(decision="same", resident_id__isnull=False)
    meant = {pair.row_id: pair.resident_id or 0 for pair in pairs}
    return {place: meant[row.pk] for place, row in enumerate(rows) if row.pk in meant}


def _keep(batch: ImportBatch, turned: list[tuple[ImportRow, PersonRow, Judged]]) -> None:
    """Stores verdicts that turned or have another reason, the lines of rows that are new, and whom those may be."""
    rows = [row for row, _person, _now in turned]
    people, judged = [person for _row, person, _now in turned], [now for _row, _person, now in turned]
    for row, now in zip(rows, judged, strict=True):
        row.verdict, row.problems, row.resident_id = now.verdict, now.problems, now.resident_id
        row.household_id, row.grid_id, row.differing = now.household_id, now.grid_id, now.differing
        row.filling = now.filling or None
    stored = ["verdict", "problems", "resident_id", "household_id", "grid_id", "differing", "filling"]
    batch.rows.bulk_update(rows, stored)
    keys = [row.pk for row in rows]
    batch.blocks.filter(first_row__in=keys, sealed_rows=b"").delete()
    batch.twins.filter(row__in=keys).delete()
    batch.twins.filter(other__in=keys).delete()
    new = (
        StagedRow(row.pk, person, [], now, digest)
        for row, person, now, digest in zip(rows, people, judged, digests_of(people), strict=True)
        if now.verdict == "new"
    )
    blocks.write(batch, map(_block_of, new))
    twins.write(batch, twins.find(people, judged, batch.grid), keys)


def _block_of(row: StagedRow) -> Block:
    """A block of its own, for a row that is sealed for itself already."""
    return row.key, row.key, b"", blocks.lines([row])

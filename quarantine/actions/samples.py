"""Deeds on test samples: taken, their results noted by list or one by one, corrected, withdrawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from grid.actions.audit import EditedMeanwhile, deed
from grid.rules.actors import Actor
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.actions.alerts import raise_alerts, settle_alerts
from quarantine.actions.case_rows import TEST_COLUMNS, confirm_at_cases, lock_cases, set_stage, set_tests
from quarantine.models import IsolationCase, TestSample
from quarantine.rules import ladder, samples
from quarantine.rules.samples import POSITIVE


@dataclass(frozen=True)
class Noted:
    """What became of many: the rows that stand now, and why others were not noted (case or sample id → words)."""

    rows: list[TestSample]
    refused: dict[int, str]


def note_sample(*, case: IsolationCase, uuid: UUID, taken_on: date, by: Actor, at: datetime) -> TestSample:
    """A sample was taken of the person on that local day. A repeat gives back the first one.

    Raises ValidationError for a closed case and for a day that is to come or before the isolation.
    """
    noted = note_samples(uuids={case.pk: uuid}, taken_on=taken_on, by=by, at=at)
    if noted.refused:
        raise ValidationError(noted.refused[case.pk])
    return noted.rows[0]


def note_samples(*, uuids: Mapping[int, UUID], taken_on: date, by: Actor, at: datetime) -> Noted:
    """Samples were taken of many people on one day (case id → uuid of the form), in one transaction.

    Somebody whose sample of that day still waits for its result has it noted already: two who tap are one sample.
    The actor must hold the permission wherever a case stands: raises PermissionDenied.
    """
    with transaction.atomic():
        cases = lock_cases(uuids)
        confirm_at_cases(cases, Permission.RECORD_CHECK_IN, by, at)
        refused = {key: _("This isolation is not there any more.") for key in uuids}
        first = _noted_already(uuids, taken_on)
        used = set(TestSample.unscoped.filter(uuid__in=list(uuids.values())).values_list("uuid", flat=True))
        rows, fresh = [], []
        for case in cases:
            fault = _fault_of(case, taken_on, at, is_used=uuids[case.pk] in used)
            refused[case.pk] = "" if case.pk in first else fault
            if case.pk in first:
                rows.append(first[case.pk])
            elif not refused[case.pk]:
                fresh.append(_row(case, uuids[case.pk], taken_on, by, at))
        if fresh:
            with deed("samples_taken", by=by, at=at, place=fresh[0].grid_id, cases=[row.case_id for row in fresh]):
                TestSample.unscoped.bulk_create(fresh)
                _recompute([case for case in cases if case.pk in {row.case_id for row in fresh}], at=at)
        return Noted([*rows, *fresh], {key: words for key, words in refused.items() if words})


def _noted_already(uuids: Mapping[int, UUID], taken_on: date) -> dict[int, TestSample]:
    """By case: the sample of the same form, or one of the same day that waits for its result."""
    same_day = TestSample.unscoped.filter(case__in=list(uuids), taken_on=taken_on, result="", withdrawn_at=None)
    same_form = TestSample.unscoped.filter(case__in=list(uuids), uuid__in=list(uuids.values()))
    return {row.case_id: row for row in [*same_day.order_by("pk"), *same_form]}


def _fault_of(case: IsolationCase, taken_on: date, at: datetime, *, is_used: bool) -> str:
    if is_used:
        return _("This form was used for another person. Open the page again.")
    if case.closed_at is not None:
        return _("This isolation is closed; no sample belongs to it any more.")
    if taken_on > local_day(at):
        return _("This day is still to come. Check the day of the sample.")
    if taken_on < case.first_day:
        return _("This day is before the isolation. Check the day of the sample.")
    return ""


def _row(case: IsolationCase, uuid: UUID, taken_on: date, by: Actor, at: datetime) -> TestSample:
    return TestSample(
        uuid=uuid, case=case, grid_id=case.grid_id, taken_on=taken_on, noted_at=at, noted_by_id=by.staff_id
    )


def note_results(*, sample_ids: Sequence[int], result: str, by: Actor, at: datetime) -> Noted:
    """The same result (a code of `rules.samples.RESULTS`) of these samples, in one transaction; positive alarms.

    Samples that have another result already, or were withdrawn, are refused alone, with words. A closed isolation is
    no hindrance: a result that comes late must be heard, a positive one above all.
    """
    if result not in samples.RESULTS:
        raise ValidationError(_("Choose a result."))
    with transaction.atomic():
        cases, rows = _locked(sample_ids)
        confirm_at_cases(cases, Permission.RECORD_CHECK_IN, by, at)
        refused = {key: _("This sample is not there any more.") for key in sample_ids}
        refused |= {row.pk: _fault_of_result(row, result) for row in rows}
        fresh = [row for row in rows if not row.result and not refused[row.pk]]
        if fresh:
            keys = [row.pk for row in fresh]
            with deed("sample_results_noted", by=by, at=at, place=fresh[0].grid_id, samples=keys, result=result):
                _give(keys, result, by, at)
                _follow([case for case in cases if case.pk in {row.case_id for row in fresh}], result, by, at)
        stand = TestSample.unscoped.filter(pk__in=[row.pk for row in rows if not refused[row.pk]])
        return Noted(list(stand.order_by("pk")), {key: words for key, words in refused.items() if words})


def _fault_of_result(row: TestSample, result: str) -> str:
    if row.withdrawn_at is not None:
        return _("This sample was taken back meanwhile.")
    if row.result and row.result != result:
        return _("This sample has another result already. Correct it on its own page.")
    return ""


def correct_result(*, sample: TestSample, result: str, version: int, by: Actor, at: datetime) -> TestSample:
    """Puts another result ("" for none yet) in the place of one that was noted wrongly. The same one: nothing.

    Raises EditedMeanwhile when the sample is not the one that the page showed; ValidationError for one taken back.
    """
    with transaction.atomic():
        cases, (row,) = _locked([sample.pk])
        confirm_at_cases(cases, Permission.RECORD_CHECK_IN, by, at)
        if row.withdrawn_at is not None:
            raise ValidationError(_("This sample was taken back meanwhile."))
        if row.result == result:
            return row
        if row.version != version:
            raise EditedMeanwhile
        was_at = row.result_at.isoformat() if row.result_at else ""
        before = {"was": row.result, "was_by": row.result_by_id, "was_at": was_at}
        with deed("sample_corrected", by=by, at=at, place=row.grid_id, subject=row, result=result, **before):
            _give([row.pk], result, by, at)
            _follow(cases, result, by, at)
        return TestSample.unscoped.get(pk=row.pk)


def withdraw_sample(*, sample: TestSample, by: Actor, at: datetime) -> TestSample:
    """Says that the sample was noted by mistake; it stays to be seen. Harmless twice."""
    with transaction.atomic():
        cases, (row,) = _locked([sample.pk])
        confirm_at_cases(cases, Permission.RECORD_CHECK_IN, by, at)
        if row.withdrawn_at is None:
            with deed("sample_withdrawn", by=by, at=at, place=row.grid_id, subject=row):
                TestSample.unscoped.filter(pk=row.pk).update(withdrawn_at=at, version=F("version") + 1)
                _follow(cases, "", by, at)
        return TestSample.unscoped.get(pk=row.pk)


def _locked(sample_ids: Sequence[int]) -> tuple[list[IsolationCase], list[TestSample]]:
    """The cases of these samples, locked, and then the samples: whoever writes one holds its case."""
    of_cases = TestSample.unscoped.filter(pk__in=list(sample_ids))
    cases = lock_cases(of_cases.values_list("case", flat=True))
    return cases, list(of_cases.order_by("pk"))


def _give(sample_ids: Sequence[int], result: str, by: Actor, at: datetime) -> None:
    TestSample.unscoped.filter(pk__in=sample_ids).update(
        result=result, result_at=at if result else None, result_by=by.staff_id if result else None,
        version=F("version") + 1,
    )  # fmt: skip


def _follow(cases: Sequence[IsolationCase], result: str, by: Actor, at: datetime) -> None:
    """What a new result means for its locked cases: facts, and an alert raised, or settled where it was a slip."""
    _recompute(cases, at=at)
    if result == POSITIVE:
        raise_alerts(ladder.POSITIVE, cases, by=by, at=at)
        return
    keys = [case.pk for case in cases]
    still = TestSample.unscoped.filter(case__in=keys, result=POSITIVE, withdrawn_at=None)
    slips = sorted(set(keys) - set(still.values_list("case", flat=True)))
    settle_alerts(slips, outcome="slip", by=by, at=at, kinds=[ladder.POSITIVE])


def _recompute(cases: Sequence[IsolationCase], *, at: datetime) -> None:
    """Writes what the locked rows say of their tests, and their stage, from the samples that stand: two queries."""
    set_tests(cases)
    for case in cases:
        set_stage(case, at)
    IsolationCase.unscoped.bulk_update(cases, [*TEST_COLUMNS, "stage", "look_at"])

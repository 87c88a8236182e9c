"""Rows of cases: locked in one order, their clock computed anew, ended, opened again, and who decided what."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, prefetch_related_objects
from django.utils.translation import gettext as _

from grid.actions.audit import confirm_scope
from grid.bulk import update_rows
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from quarantine.actions.alerts import raise_alerts, settle_alerts
from quarantine.actions.papers import END, START, withdraw_papers
from quarantine.models import Alert, CaseChange, CheckIn, IsolationCase, TestSample
from quarantine.rules import case_clock, stages
from quarantine.rules.entries import Entry, standing_of
from quarantine.rules.samples import Sample, TestFacts, facts_of_samples, schedule_of

# A paper of a case that should not have been opened says something untrue.
_NEVER_WAS = frozenset({"entered_in_error", "same_person"})
_FACTS = [field.name for field in fields(case_clock.Facts)]
_COLUMNS = ["last_check_in_id", "stage", "look_at", *_FACTS]
TEST_COLUMNS = [field.name for field in fields(TestFacts)]


def lock_cases(case_ids: Iterable[int]) -> list[IsolationCase]:
    """The cases, locked in one order, so that two check-ins at once cannot lose each other's facts."""
    rows = IsolationCase.unscoped.order_by("pk")
    # Locked alone and read afterwards: a join taken before a move would miss the row that moved while it was awaited.
    locked = list(rows.filter(pk__in=list(case_ids)).select_for_update().values_list("pk", flat=True))
    return list(rows.filter(pk__in=locked).select_related("rule_set", "grid"))


def confirm_at_cases(cases: Sequence[IsolationCase], permission: Permission, by: Actor, at: datetime) -> None:
    """Asks once a grid, and at each door only where the whole grid is not hers. Raises PermissionDenied."""
    for grid in {case.grid_id: case.grid for case in cases}.values():
        try:
            confirm_scope(by, permission, grid, at)
        except PermissionDenied:
            for case in cases:
                if case.grid_id == grid.pk:
                    confirm_scope(by, permission, grid, at, door=case)


def recompute(cases: Sequence[IsolationCase], *, at: datetime, also: Sequence[str] = ()) -> None:
    """Writes the facts, the stage and the clock of each locked row anew from the check-ins that stand.

    Two queries, however many cases; `also` names columns that the deed has set on the rows in hand. A look of the sweep
    that is due already stays due.
    """
    if not cases:
        return
    standing = standing_check_ins(cases)
    for case in cases:
        rows = standing[case.pk]
        case.last_check_in = max(rows, key=lambda row: (row.received_at, row.pk), default=None)
        facts = case_clock.facts_of(
            [observation_of(row) for row in rows],
            first_day=case.first_day,
            last_day=case.last_day,
            slots=case_clock.slots_from(case.rule_set.slots),
            closed=case.closed_at is not None or case.paused_at is not None,
            at=at,
        )
        for name, value in asdict(facts).items():
            setattr(case, name, value)
        set_stage(case, at)
    columns = [*_COLUMNS, *also]
    update_rows(IsolationCase, columns, [[case.pk, *(getattr(case, name) for name in columns)] for case in cases])


def rewrite(
    cases: Sequence[IsolationCase], kind: str, changes: Callable[[IsolationCase], Mapping[str, Any]], *, why: str = "",
    by: Actor, at: datetime, takes_back: CaseChange | None = None,
) -> None:  # fmt: skip
    """Writes decided columns of locked, open cases: what was before is kept, tests, stage and clock follow.

    Belongs inside the `deed(...)` that says so. Raises ValidationError for a stage that cannot follow the one of now:
    the database refuses it too.
    """
    changed = [(case, changes(case), case.stage) for case in cases]
    CaseChange.unscoped.bulk_create(
        _change_of(case, kind, by=by, at=at, why=why, columns=list(new), takes_back=takes_back)
        for case, new, _stage in changed
    )
    written = {"version"}.union(*(new for _case, new, _stage in changed))
    for case, new, _stage in changed:
        for name, value in new.items():
            setattr(case, name, value)
        case.version += 1
    prefetch_related_objects(cases, "rule_set")  # those that have become others, in one go
    for case, _new, stage in changed:
        if case.stage != stages.CLOSED and not stages.may_follow(stage, stages.stage_of(case.standing, at)):
            raise ValidationError(_("This isolation has begun long since: its first day cannot lie ahead."))
    if written & {"first_day", "last_day"}:  # a notice that names other days is not valid any more
        withdraw_papers(cases, [START], by=by, at=at)
    set_tests(cases)
    recompute(cases, at=at, also=[*sorted(written), *TEST_COLUMNS])


def set_tests(cases: Sequence[IsolationCase]) -> None:
    """Sets on the rows in hand what they say of their tests, from the samples that stand: one query."""
    standing: dict[int, list[Sample]] = {case.pk: [] for case in cases}
    for row in TestSample.unscoped.filter(case__in=list(standing), withdrawn_at=None):
        standing[row.case_id].append(Sample(row.taken_on, row.noted_at, row.result))
    for case in cases:
        for name, value in asdict(facts_of_samples(standing[case.pk], schedule_of(case))).items():
            setattr(case, name, value)


def set_stage(case: IsolationCase, at: datetime) -> None:
    """Sets stage and next look on the row in hand, not in the database."""
    slots = case_clock.slots_from(case.rule_set.slots)
    case.stage = stages.stage_of(case.standing, at)
    coming = stages.look_at(case.standing, slots, at)
    is_due = case.look_at is not None and case.look_at <= at and coming is not None
    case.look_at = case.look_at if is_due else coming


def end_case(case: IsolationCase, *, closed_as: str, note: str = "", by: Actor, at: datetime) -> None:
    """Ends a locked case; its alerts are settled. Belongs inside the `deed(...)` that says so."""
    note_change(case, "closed", by=by, at=at, why=note, columns=["closed_at", "closed_as", "closed_note", "paused_at"])
    IsolationCase.unscoped.filter(pk=case.pk).update(
        closed_at=at, closed_as=closed_as, closed_note=note, next_due_at=None, look_at=None, paused_at=None,
        stage=stages.CLOSED, version=F("version") + 1,
    )  # fmt: skip
    if closed_as in _NEVER_WAS:
        withdraw_papers([case], [START], by=by, at=at)
    settle_alerts([case.pk], outcome="released" if closed_as == "released" else "done", by=by, at=at)


def reopen_case(case: IsolationCase, *, by: Actor, at: datetime, takes_back: CaseChange | None = None) -> None:
    """Opens a locked, closed case again, its clock computed anew. Belongs inside the `deed(...)` that says so."""
    ending = takes_back or case.decisions.filter(kind="closed", taken_back_by=None).order_by("-pk").first()
    note_change(case, "taken_back", by=by, at=at, takes_back=ending, columns=["closed_as"])
    ended_at = case.closed_at
    withdraw_papers([case], [END], by=by, at=at)
    facts = {"closed_at": None, "closed_as": "", "closed_note": "", "stage": stages.ISOLATION}
    facts["paused_at"] = columns_before(ending).get("paused_at") if ending else None
    IsolationCase.unscoped.filter(pk=case.pk).update(**facts, version=F("version") + 1)
    case.refresh_from_db(from_queryset=IsolationCase.unscoped.select_related("rule_set", "grid"))
    recompute([case], at=at)
    raise_settled(case, settled_at=ended_at, outcomes=["released", "done"], by=by, at=at)


def raise_settled(
    case: IsolationCase, *, settled_at: datetime | None, outcomes: Sequence[str], by: Actor, at: datetime
) -> None:  # fmt: skip
    """A decision is taken back: the alerts that it had settled are open again, as somebody must still answer them."""
    settled = Alert.unscoped.filter(case=case, closed_at=settled_at, outcome__in=outcomes)
    for kind in settled.values_list("kind", flat=True):
        raise_alerts(kind, [case], by=by, at=at)


def note_change(
    case: IsolationCase, kind: str, *, by: Actor, at: datetime, why: str = "", columns: Sequence[str] = (),
    takes_back: CaseChange | None = None,
) -> CaseChange:  # fmt: skip
    """Keeps who decided what about a case, when and why, with the named columns as they are before the deed."""
    change = _change_of(case, kind, by=by, at=at, why=why, columns=columns, takes_back=takes_back)
    change.save(force_insert=True)
    return change


def _change_of(
    case: IsolationCase, kind: str, *, by: Actor, at: datetime, why: str, columns: Sequence[str],
    takes_back: CaseChange | None,
) -> CaseChange:  # fmt: skip
    before: Mapping[str, Any] = {name: _plain(getattr(case, name)) for name in columns}
    return CaseChange(
        case=case, grid_id=case.grid_id, kind=kind, at=at, by_id=by.staff_id, why=why, before=before,
        takes_back=takes_back,
    )  # fmt: skip


def columns_before(change: CaseChange) -> dict[str, Any]:
    """The columns that a decision changed, as they were."""
    fields_of = IsolationCase._meta.get_field
    return {name: fields_of(name).to_python(value) for name, value in change.before.items()}  # type: ignore[union-attr]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def standing_check_ins(cases: Sequence[IsolationCase]) -> dict[int, list[CheckIn]]:
    """By case, the entries that stand, as they were observed: one query."""
    rows = list(CheckIn.unscoped.filter(case__in=[case.pk for case in cases]).order_by("observed_at", "pk"))
    stands = standing_of(Entry(row.pk, row.corrects_id, row.withdrawn) for row in rows).stands
    standing: dict[int, list[CheckIn]] = {case.pk: [] for case in cases}
    for row in rows:
        if row.pk in stands:
            standing[row.case_id].append(row)
    return standing


def observation_of(row: CheckIn) -> case_clock.Observation:
    """The entry as the rules of the clock see it."""
    return case_clock.Observation(
        day=row.local_day,
        slot=row.slot,
        observed_at=row.observed_at,
        temperature=row.temperature,
        asked=row.symptoms_asked,
        reached=row.reached,
        abnormal=row.abnormal,
        outcome=row.outcome,
        staff_id=row.by_id,
        call_back_at=row.call_back_at,
    )

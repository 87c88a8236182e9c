"""What becomes of isolation and supplies when people move, leave or come back: heard from `residents`."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q

from grid.actions.audit import deed, record
from grid.actions.notices import notify, settle
from grid.models import AuditRecord, Post
from grid.rules.actors import Actor
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.actions.case_rows import end_case, lock_cases, reopen_case
from quarantine.models import IsolationCase, SupplyRequest
from quarantine.models.supplies import SupplyRequestQuerySet
from residents.models import Household, Resident


def hear_residents_moved(*, resident_ids: Sequence[int], household_id: int, left: int, by: Actor, at: datetime) -> None:
    """The hook "residents_moved": what a person asked for stays with her old door while somebody lives there.

    Where nobody does, her requests follow her, and all that was asked for at `left`. Isolation follows by itself.
    """
    door = Household.unscoped.get(pk=household_id)
    asked = _of_nobody(SupplyRequest.unscoped.open()).exclude(household=door)
    follow = asked.filter(Q(resident__in=list(resident_ids)) | Q(household=left))
    # Household, grid and street in one UPDATE: the database holds them together.
    follow.update(household=door, grid=door.grid_id, street=door.street_id, version=F("version") + 1)


def hear_residents_left(*, resident_ids: Sequence[int], reason: str, on: object, by: Actor, at: datetime) -> None:
    """The hook "residents_left": their isolation ends as what happened, and a door without people needs no supplies."""
    closed_as = {"moved_out": "moved_away", "died": "died"}[reason]
    for case in lock_cases(_open_of(resident_ids)):
        with deed("case_closed", by=by, at=at, place=case.grid_id, subject=case, closed_as=closed_as, with_person=True):
            end_case(case, closed_as=closed_as, by=by, at=at)
            _tell_lead(case, by=by, at=at)
    doors = Resident.unscoped.filter(pk__in=list(resident_ids)).values("household")
    for request in _of_nobody(SupplyRequest.unscoped.open().filter(household__in=doors)).select_for_update():
        record("supply_cancelled", by=by, at=at, place=request.grid_id, subject=request, reason="nobody_left")
        SupplyRequest.unscoped.filter(pk=request.pk).update(state="cancelled", version=F("version") + 1)


def hear_residents_back(*, resident_ids: Sequence[int], by: Actor, at: datetime) -> None:
    """The hook "residents_back": isolation that ended today only because they left goes on, its clock computed anew."""
    ended = IsolationCase.unscoped.filter(resident__in=list(resident_ids), closed_as__in=("moved_away", "died"))
    with_person = AuditRecord.objects.filter(
        deed="case_closed", subject_kind="isolationcase", subject_id=OuterRef("pk"), at=OuterRef("closed_at"),
        facts__with_person=True,
    )  # fmt: skip
    another = IsolationCase.unscoped.open().filter(resident=OuterRef("resident"))
    found = ended.filter(Exists(with_person), ~Exists(another))
    today = [case.pk for case in found if case.closed_at and local_day(case.closed_at) == local_day(at)]
    for case in lock_cases(today):
        with deed("case_reopened", by=by, at=at, place=case.grid_id, subject=case):
            reopen_case(case, by=by, at=at)
            settle(kind="isolation_ended", subject=case, at=at)


def _tell_lead(case: IsolationCase, *, by: Actor, at: datetime) -> None:
    """A worker's deed on the person ended what only the lead decides on: she is told, unless it was her own."""
    lead = Post.objects.current(at).granting(Permission.DECIDE_CASES, case.grid.path).filter(staff=by.staff_id)
    if case.grid.parent_id is not None and not lead.exists():
        notify("isolation_ended", place=case.grid.parent_id, by=by, at=at, subject=case)


def _open_of(resident_ids: Sequence[int]) -> list[int]:
    return list(IsolationCase.unscoped.open().filter(resident__in=list(resident_ids)).values_list("pk", flat=True))


def _of_nobody(requests: SupplyRequestQuerySet) -> SupplyRequestQuerySet:
    """Requests of doors behind which nobody lives."""
    return requests.filter(~Exists(Resident.unscoped.current().filter(household=OuterRef("household"))))

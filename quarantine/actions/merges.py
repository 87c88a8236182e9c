"""What follows for isolation and supplies when two rows of the register become one person, or two again."""

from datetime import datetime

from grid.actions.audit import record
from grid.rules.actors import Actor
from quarantine.actions.case_rows import end_case, lock_cases, reopen_case
from quarantine.actions.doors import stand_at
from quarantine.models import Alert, IsolationCase, SupplyRequest
from residents.models import Resident

_CASES, _REQUESTS = IsolationCase._meta.label, SupplyRequest._meta.label
_CLOSED = f"{_CASES}.closed"  # closed because the other one's record goes on
_DOORS = f"{_REQUESTS}.doors"  # to be delivered at the kept one's door, because nobody lives at the other one


def hear_people_merged(
    *, kept: Resident, duplicate: Resident, moved: dict[str, list[int]], by: Actor, at: datetime
) -> None:
    """The hook "people_merged": records and requests follow. Of two open records the one that lasts longer goes on
    (the older one where both end on a day); the other is closed and its check-ins stay to be read."""
    ids = IsolationCase.unscoped.filter(resident__in=[kept.pk, duplicate.pk]).values_list("pk", flat=True)
    cases = lock_cases(ids)
    still_open = sorted((case for case in cases if case.closed_at is None), key=lambda case: (case.opened_at, case.pk))
    if len(still_open) > 1:
        # The first of equal ones; visits, which run for a year, never end an isolation.
        goes_on = max(still_open, key=lambda case: (not case.is_care, case.last_day))
        moved[_CLOSED] = [_close(case, goes_on, by=by, at=at) for case in still_open if case is not goes_on]
    moved[_CASES] = [case.pk for case in cases if case.resident_id == duplicate.pk]
    # Person and grid in one UPDATE: the database holds them together.
    IsolationCase.unscoped.filter(pk__in=moved[_CASES]).update(resident=kept.pk, grid=kept.grid_id)
    requests = SupplyRequest.unscoped.filter(resident=duplicate)
    moved[_REQUESTS] = list(requests.values_list("pk", flat=True))
    requests.update(resident=kept.pk)
    moved[_DOORS] = _to_door_of(kept, duplicate)


def _to_door_of(kept: Resident, duplicate: Resident) -> list[int]:
    """What a door waits for follows the last one who lived there, as with any move. The ids."""
    left = duplicate.household
    if Resident.unscoped.current().filter(household=left).exists():
        return []
    waiting = SupplyRequest.unscoped.open().filter(household=left)
    ids = list(waiting.values_list("pk", flat=True))
    stand_at(kept.household, waiting)
    return ids


def _close(case: IsolationCase, goes_on: IsolationCase, *, by: Actor, at: datetime) -> int:
    """Ends the other record. Nobody has answered its open alerts: they go on with the person, one a kind."""
    record("case_closed", by=by, at=at, place=case.grid_id, subject=case, closed_as="same_person")
    has = Alert.unscoped.open().filter(case=goes_on).values("kind")
    Alert.unscoped.open().filter(case=case).exclude(kind__in=has).update(case=goes_on.pk, grid=goes_on.grid_id)
    end_case(case, closed_as="same_person", by=by, at=at)
    return case.pk


def hear_people_unmerged(
    *, kept: Resident, duplicate: Resident, moved: dict[str, list[int]], by: Actor, at: datetime
) -> None:
    """The hook "people_unmerged": what still hangs on the kept one goes back, and what was closed for the merge is open
    again, unless its person has another open record meanwhile."""
    IsolationCase.unscoped.filter(pk__in=moved.get(_CASES, []), resident=kept).update(
        resident=duplicate.pk, grid=duplicate.grid_id
    )
    SupplyRequest.unscoped.filter(pk__in=moved.get(_REQUESTS, []), resident=kept).update(resident=duplicate.pk)
    came = SupplyRequest.unscoped.filter(pk__in=moved.get(_DOORS, []), household=kept.household_id)
    stand_at(duplicate.household, came)
    for case in lock_cases(moved.get(_CLOSED, [])):
        busy = IsolationCase.unscoped.open().filter(resident=case.resident_id).exists()
        if case.closed_as != "same_person" or busy:
            continue
        record("case_reopened_apart", by=by, at=at, place=case.grid_id, subject=case)
        reopen_case(case, by=by, at=at)

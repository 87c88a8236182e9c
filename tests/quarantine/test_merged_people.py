"""What follows for isolation and supplies when two rows become one person, and when that is taken back."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from grid.models import AuditRecord
from grid.rules.actors import SYSTEM
from grid.rules.clock import local_day
from quarantine.actions.cases import open_case
from quarantine.models import Alert, IsolationCase, SupplyRequest
from residents.actions.merges import take_merge_back
from residents.models import Resident
from tests.factories.grid import make_place
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_household, make_resident
from tests.factories.supplies import make_supply_request
from tests.factories.twins import make_merge

pytestmark = pytest.mark.django_db


def read(case: IsolationCase) -> IsolationCase:
    return IsolationCase.unscoped.get(pk=case.pk)


@pytest.fixture
def two() -> tuple[Resident, Resident]:
    grid = make_place()
    homes = (grid, make_place(parent=grid.parent))
    return tuple(make_resident(make_household(home), name="陈美玲") for home in homes)  # type: ignore[return-value]


@pytest.mark.parametrize(("of_kept", "of_duplicate", "goes_on"), [(0, 2, "duplicate"), (2, 0, "kept"), (1, 1, "kept")])
def test_of_two_open_records_the_longer_goes_on_and_an_undo_opens_the_other_again(
    two: tuple[Resident, Resident], of_kept: int, of_duplicate: int, goes_on: str
) -> None:
    (kept, duplicate), now = two, timezone.now()
    today = local_day(now)
    mine = make_case(resident=kept, at=now, first_day=today - timedelta(days=3 - of_kept))
    theirs = make_case(resident=duplicate, at=now, first_day=today - timedelta(days=3 - of_duplicate))
    make_check_in(theirs, at=now, temperature="38.6")
    check_in = theirs.last_check_in_id
    supply = make_supply_request(at=now, household=duplicate.household, resident=duplicate)
    before = [_facts(read(mine)), _facts(read(theirs))]
    merge = make_merge(kept, duplicate, at=now)
    assert read(theirs).resident_id == kept.pk
    assert read(theirs).grid_id == kept.grid_id
    assert read(theirs).last_check_in_id == check_in
    open_ones = list(IsolationCase.unscoped.open().values_list("pk", flat=True))
    assert open_ones == [mine.pk if goes_on == "kept" else theirs.pk]
    closed = read(theirs if goes_on == "kept" else mine)
    assert (closed.closed_as, closed.next_due_at) == ("same_person", None)
    assert SupplyRequest.unscoped.get().resident_id == kept.pk
    assert SupplyRequest.unscoped.get().household_id == kept.household_id, "nobody lives at the other door now"
    for _time in range(2):
        take_merge_back(merge=merge, by=SYSTEM, at=now)
    assert [_facts(read(mine)), _facts(read(theirs))] == before
    supply.refresh_from_db()
    assert (supply.resident_id, supply.household_id) == (duplicate.pk, duplicate.household_id)
    assert AuditRecord.objects.filter(deed="case_reopened_apart").count() == 1


def test_an_alert_that_nobody_answered_goes_on_with_the_person(two: tuple[Resident, Resident]) -> None:
    (kept, duplicate), now = two, timezone.now()
    mine = make_case(resident=kept, at=now, first_day=local_day(now))
    theirs = make_case(resident=duplicate, at=now, first_day=local_day(now) - timedelta(days=3))
    make_check_in(mine, at=now, outcome="whereabouts_unknown")
    make_check_in(theirs, at=now, temperature="38.6")
    make_check_in(theirs, at=now, outcome="whereabouts_unknown")
    make_merge(kept, duplicate, at=now)
    alerts = Alert.unscoped.open().order_by("kind").values_list("kind", "case", "grid")
    assert list(alerts) == [("abnormal", mine.pk, kept.grid_id), ("whereabouts", mine.pk, kept.grid_id)]


def _facts(case: IsolationCase) -> tuple[object, ...]:
    return (case.resident_id, case.grid_id, case.closed_at, case.closed_as, case.next_due_at, case.last_abnormal_at)


def test_one_that_was_opened_meanwhile_is_not_doubled(two: tuple[Resident, Resident]) -> None:
    (kept, duplicate), now = two, timezone.now()
    today: date = local_day(now)
    mine = make_case(resident=kept, at=now, first_day=today - timedelta(days=3))
    theirs = make_case(resident=duplicate, at=now, first_day=today)
    merge = make_merge(kept, duplicate, at=now)
    ended = {"closed_at": now, "closed_as": "to_hospital", "stage": "closed", "next_due_at": None}
    IsolationCase.unscoped.filter(pk=theirs.pk).update(**ended)
    newer = open_case(resident=kept, reason="other", first_day=today, by=SYSTEM, at=now)
    take_merge_back(merge=merge, by=SYSTEM, at=now)
    assert read(theirs).resident_id == duplicate.pk
    assert read(mine).closed_as == "same_person"
    assert read(newer).resident_id == kept.pk

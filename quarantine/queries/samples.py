"""Shared reads about test samples: who must be tested, what waits for its result, what became of one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import uuid4

from django.db.models import Q, QuerySet

from grid.models import AuditRecord, Staff
from grid.models.place import building_in_words
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.models import IsolationCase, TestSample
from quarantine.models.sample import RESULT_LABELS
from quarantine.queries.cases import SlotFacts
from quarantine.rules.samples import schedule_of
from residents.models import Household

# A closed isolation's sample waits for its result so long; after that nobody hears of it any more.
STILL_WAITED_FOR = timedelta(days=7)
WAITS = Q(result="", withdrawn_at=None)


def test_due(today: date) -> Q:
    """Open cases with a scheduled test up to today for which nobody took a sample."""
    return Q(closed_at=None, paused_at=None, next_test_on__lte=today)


def test_due_in(facts: SlotFacts) -> Q:
    """The same, as figures ask."""
    return test_due(local_day(facts.day_began))


def result_waited_for(_facts: SlotFacts) -> Q:
    """Open cases whose newest sample has no result yet."""
    return Q(closed_at=None, last_test_on__isnull=False, last_test_result="")


def to_be_tested(staff: Staff, at: datetime) -> QuerySet[IsolationCase]:
    """The cases in her reach of whom a sample must be taken by today, in walking order, with their doors."""
    rows: QuerySet[IsolationCase] = IsolationCase.objects.visible_to(staff, Permission.RECORD_CHECK_IN)
    rows = rows.filter(test_due(local_day(at))).select_related("resident__household", "grid")
    return rows.order_by("grid__code", "grid", "resident__household__walk_key", "resident__household", "resident")


def samples_in_sight(staff: Staff, permission: Permission) -> QuerySet[TestSample]:
    """Samples of the cases in sight: whoever has the person now sees what was taken before a move."""
    return TestSample.unscoped.filter(case__in=IsolationCase.objects.visible_to(staff, permission))


def waiting_samples(staff: Staff, at: datetime) -> QuerySet[TestSample]:
    """The samples in her reach that wait for their result, in walking order, with their people and doors."""
    lately = local_day(at) - STILL_WAITED_FOR
    rows = samples_in_sight(staff, Permission.RECORD_CHECK_IN).filter(WAITS)
    rows = rows.filter(Q(case__closed_at=None) | Q(taken_on__gte=lately))
    rows = rows.select_related("case__resident__household", "case__grid", "grid")
    door = "case__resident__household"
    return rows.order_by("case__grid__code", "case__grid", f"{door}__walk_key", door, "case__resident", "taken_on")


@dataclass(frozen=True)
class Building:
    """A building of a grid with the rows of its doors."""

    grid: str
    name: str
    rows: list[Any]

    @property
    def title(self) -> str:
        """Grid and building in words."""
        return " · ".join(filter(None, (self.grid, self.name)))

    @property
    def ready(self) -> list[Any]:
        """Of candidates for release: those of whom nothing is missing."""
        return [row for row in self.rows if not row.missing]


def by_building(rows: Iterable[Any], case_of: Any) -> list[Building]:
    """Rows in walking order, building by building; `case_of` gives a row's case."""

    def key(row: Any) -> tuple[int, str, str]:
        door: Household = case_of(row).resident.household
        return case_of(row).grid_id, door.compound, door.building

    found = []
    for (_grid, compound, building), group in groupby(rows, key=key):
        members = list(group)
        found.append(Building(case_of(members[0]).grid.name, building_in_words(compound, building), members))
    return found


def samples_of(case: IsolationCase) -> QuerySet[TestSample]:
    """Every sample of a case found in scope, newest first, with who noted what."""
    return TestSample.unscoped.filter(case=case).select_related("noted_by", "result_by").order_by("-taken_on", "-pk")


def panel_of_case(staff: Staff, case: IsolationCase, at: datetime) -> dict[str, Any]:
    """The part of a case's page: scheduled days, samples with their results, and what one tap stores."""
    rows = list(samples_of(case))
    today = local_day(at)
    standing = [row for row in rows if row.withdrawn_at is None]
    return {
        "case": case,
        "today": today,
        "scheduled": schedule_of(case),
        "samples": rows,
        "noted_today": any(row.taken_on == today and not row.result for row in standing),
        "may_note": staff.may_at_door(Permission.RECORD_CHECK_IN, case),
        "uuid": uuid4(),
        "earlier_uuid": uuid4(),
    }


@dataclass(frozen=True)
class Change:
    """A line of a sample's history: a result that was put in another's place, or the sample taken back."""

    record: AuditRecord
    was: str
    became: str


def changes_of(sample: TestSample) -> list[Change]:
    """What was corrected about a sample, oldest first, by whom and when."""
    records = AuditRecord.objects.filter(
        subject_kind="testsample", subject_id=sample.pk, deed__in=("sample_corrected", "sample_withdrawn")
    )
    return [_change(record) for record in records.select_related("staff").order_by("at", "pk")]


def _change(record: AuditRecord) -> Change:
    labels = {code: str(label) for code, label in RESULT_LABELS}
    said: Sequence[str] = [record.facts.get(name) for name in ("was", "result")]
    was, became = (labels.get(code, "") if code is not None else "" for code in said)
    return Change(record, was, became)

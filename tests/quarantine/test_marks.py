"""Marks: what lists of people and doors say of isolation, read for a whole page at once."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from grid import registries
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from quarantine.actions.cases import close_case
from tests.factories.grid import make_staff
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_household, make_resident
from tests.residents.support import Street, make_street


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


def words(marks: list[registries.Mark]) -> list[tuple[str, str, int]]:
    return [(mark.kind, str(mark.words), mark.count) for mark in marks]


def test_people_and_doors_say_who_is_in_isolation_and_due(street: Street, clock: time_machine.Traveller) -> None:
    at, door, quiet = timezone.now(), make_household(street.grid), make_household(street.grid)
    one, other = make_case(at=at, household=door), make_case(at=at, household=door)
    nobody = make_resident(door)
    make_check_in(other, at=at, temperature="36.5")
    clock.shift(1)
    with translation.override("en"), CaptureQueriesContext(connection) as queries:
        marks = registries.marks_for(
            street.worker, [one.resident_id, nobody.pk], [door.pk, quiet.pk], timezone.now()
        )  # fmt: skip
    assert words(marks.people[one.resident_id]) == [("isolation", "In isolation, day 1/14", 1)]
    assert words(marks.doors[door.pk]) == [("isolation", "In isolation: 2", 2), ("due", "Still due: 1", 1)]
    assert nobody.pk not in marks.people and quiet.pk not in marks.doors
    assert len(queries) == 2  # her posts, the marks
    marks.put_on(people=[nobody], doors=[door])
    assert nobody.marks == [] and len(door.marks) == 2  # type: ignore[attr-defined]


def test_nobody_outside_her_places_is_marked(street: Street, clock: time_machine.Traveller) -> None:
    case = make_case(at=timezone.now(), household=make_household(street.sibling))
    for reader in (street.worker, make_staff(Role.DISTRICT_VIEWER, street.grid.parent)):
        marks = registries.marks_for(reader, [case.resident_id], [case.resident.household_id], timezone.now())
        assert marks == registries.Marks()


def test_a_closed_record_marks_nobody(street: Street, clock: time_machine.Traveller) -> None:
    at = timezone.now()
    case = make_case(at=at, household=make_household(street.grid))
    close_case(case=case, version=case.version, closed_as="entered_in_error", note="", by=SYSTEM, at=at)
    assert (
        registries.marks_for(street.worker, [case.resident_id], [case.resident.household_id], at) == registries.Marks()
    )

"""The sweep: silences, stages, overdue releases; late, twice at once, and after hours of standstill."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grid.rules.clock import LOCAL, local_day
from grid.tasks import housekeeping
from quarantine.actions import sweeps
from quarantine.actions.sweeps import sweep
from quarantine.models import Alert, AlertStep, IsolationCase, SweepMark
from quarantine.rules import ladder
from quarantine.tasks import sweep as sweep_task
from tests.factories.alerts import make_alert, make_street, swept_until
from tests.factories.alerts import reread as reread_alert
from tests.factories.grid import make_place
from tests.factories.quarantine import make_case, make_check_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=LOCAL)


def sweep_at(text: str, *, stood_still: bool = False) -> None:
    if not stood_still:
        swept_until(local(text) - timedelta(minutes=1))
    sweep(at=local(text))


def kinds() -> list[str]:
    return sorted(Alert.unscoped.open().filter(case__isnull=False).values_list("kind", flat=True))


def reread(case: IsolationCase) -> IsolationCase:
    return IsolationCase.unscoped.get(pk=case.pk)


def test_silence_in_one_slot_is_never_an_alert_of_a_case_in_two_it_is_one() -> None:
    found = make_street(at=timezone.now())
    sweep_at("04 14:00")
    assert kinds() == []
    sweep_at("04 22:59")
    assert kinds() == []
    sweep_at("04 23:00")
    assert kinds() == [ladder.SILENT]
    alert = Alert.unscoped.get(kind=ladder.SILENT)
    assert (alert.grid, alert.level, alert.next_step_at) == (found.grid, ladder.Level.WORKER, local("05 07:30"))
    for text in ("04 23:00", "04 23:01", "05 14:00", "05 23:00"):
        sweep_at(text)
    assert kinds() == [ladder.SILENT] and AlertStep.objects.filter(alert=alert, kind="again").count() == 0


def test_a_word_ends_the_silence_and_its_alert() -> None:
    case = make_street(at=timezone.now()).case
    sweep_at("04 23:00")
    make_check_in(case, at=local("04 23:10"), outcome="well")
    assert kinds() == [] and reread(case).look_at == local("05 23:00")
    alert = Alert.unscoped.get(kind=ladder.SILENT)
    assert (alert.outcome, alert.closed_by, alert.next_step_at) == ("well", None, None)


def test_a_silence_that_somebody_closed_without_a_word_is_told_again_after_the_next_slot() -> None:
    make_street(at=timezone.now())
    sweep_at("04 23:00")
    alert = Alert.unscoped.get(kind=ladder.SILENT)
    Alert.unscoped.filter(pk=alert.pk).update(closed_at=local("05 08:00"), outcome="well", next_step_at=None)
    sweep_at("05 09:00")
    assert kinds() == []
    sweep_at("05 14:00")
    assert kinds() == [ladder.SILENT] and Alert.unscoped.filter(kind=ladder.SILENT).count() == 2


def test_after_a_standstill_whoever_fell_silent_meanwhile_is_given_an_hour() -> None:
    case = make_street(at=timezone.now()).case
    swept_until(local("04 21:00"))
    sweep_at("05 07:30", stood_still=True)
    assert kinds() == [] and reread(case).look_at == local("05 08:30")
    sweep_at("05 08:29")
    assert kinds() == []
    sweep_at("05 08:30")
    assert kinds() == [ladder.SILENT]


def test_the_very_first_sweep_raises_no_flood() -> None:
    for _number in range(3):
        make_case(at=timezone.now())
    sweep_at("06 12:00", stood_still=True)
    assert kinds() == []
    assert SweepMark.objects.get(key="sweep").at == local("06 12:00")


def test_the_stage_follows_the_days() -> None:
    now = timezone.now()
    case = make_case(at=now, first_day=local_day(now) + timedelta(days=1))
    assert case.stage == "planned" and case.look_at == local("05 00:00")
    sweep_at("05 00:00")
    assert reread(case).stage == "isolation"
    last = case.last_day
    IsolationCase.unscoped.filter(pk=case.pk).update(
        last_asked_at=local("17 20:00"), look_at=local("18 00:00"), last_reached_at=local("17 20:00")
    )
    assert last.day == 18
    sweep_at("18 00:00")
    assert reread(case).stage == "ready"
    sweep_at("19 00:00")  # what was asked two days ago says nothing of today
    assert reread(case).stage == "isolation"


def test_whose_last_day_is_over_is_told_at_nine_and_again_the_next_day_when_somebody_closed_it() -> None:
    case = make_case(at=timezone.now())
    IsolationCase.unscoped.filter(pk=case.pk).update(look_at=local("18 09:00"), last_reached_at=local("17 20:00"))
    sweep_at("18 08:59")
    assert kinds() == []
    sweep_at("18 09:00")
    assert kinds() == [ladder.RELEASE_OVERDUE]
    Alert.unscoped.update(closed_at=local("18 10:00"), outcome="done", next_step_at=None)
    sweep_at("19 00:00")
    assert kinds() == []
    sweep_at("19 09:00")
    assert kinds() == [ladder.RELEASE_OVERDUE]


def test_swept_twice_or_late_it_is_the_same(clock) -> None:
    make_street(at=timezone.now())
    swept_until(local("04 22:59"))
    clock.move_to(local("04 23:04"))
    sweep_task()
    steps = AlertStep.objects.count()
    sweep_task()
    assert AlertStep.objects.count() == steps and kinds() == [ladder.SILENT]


@pytest.mark.parametrize("number", [1, 3])
def test_the_cost_does_not_grow_with_what_is_due(number: int) -> None:
    grid = make_place()
    for _case in range(number):
        make_case(grid=grid, at=timezone.now())
    swept_until(local("04 22:59"))
    with CaptureQueriesContext(connection) as queries:
        sweep(at=local("04 23:00"))
    assert kinds() == [ladder.SILENT] * number
    assert len(queries) == 62


def test_marks_of_long_ago_are_forgotten_at_night(clock) -> None:
    swept_until(timezone.now())
    SweepMark.objects.create(key="round 1 x", at=timezone.now() - timedelta(days=31))
    SweepMark.objects.create(key="round 1 y", at=timezone.now())
    housekeeping()
    assert set(SweepMark.objects.values_list("key", flat=True)) == {"sweep", "round 1 y"}


def test_rules_that_cannot_be_read_keep_no_alert_from_climbing(monkeypatch) -> None:
    found = make_street(at=timezone.now())
    alert = make_alert(found.case, at=local("04 08:30"))

    def unreadable(**_said: object) -> int:
        raise ValueError("no slot")

    monkeypatch.setattr(sweeps, "look_at_cases", unreadable)
    with pytest.raises(ValueError, match="no slot"):
        sweep_at("04 08:40")
    assert reread_alert(alert).level == ladder.Level.LEAD

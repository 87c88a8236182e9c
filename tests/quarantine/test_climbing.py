"""An alert that nobody takes climbs; one taken without an outcome is open again; none is ever lost."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from grid.models import Post, Staff
from grid.rules.actors import Actor
from grid.rules.clock import LOCAL
from grid.rules.permissions import Role
from quarantine.actions import alert_deeds
from quarantine.actions.check_ins import Said, correct_check_in, note_confirmed, withdraw_check_in
from quarantine.actions.sweeps import sweep
from quarantine.models import Alert, AlertAddress, AlertMessage, AlertStep
from quarantine.rules import ladder
from quarantine.rules.ladder import Level
from tests.factories.alerts import make_alert, make_street, reread, swept_until
from tests.factories.grid import make_staff
from tests.factories.quarantine import make_check_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
MINUTE = timedelta(minutes=1)


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=LOCAL)


@pytest.fixture
def found():
    return make_street(at=timezone.now())


def actor(staff: Staff) -> Actor:
    return Actor.staff(staff.pk)


def sweep_at(at: datetime) -> None:
    swept_until(at - MINUTE)
    sweep(at=at)


def steps(alert: Alert) -> list[tuple[str, int]]:
    return list(AlertStep.objects.filter(alert=alert).order_by("pk").values_list("kind", "level"))


def test_untaken_it_climbs_level_by_level_and_is_repeated_at_the_top(found) -> None:
    make_staff(Role.GRID_WORKER, found.grid, until=local("20 00:00"))
    alert = make_alert(found.case, at=local("04 08:30"))
    for after in (9, 10, 15, 30, 59, 60):
        sweep_at(local("04 08:30") + after * MINUTE)
    assert steps(alert) == [("raised", 1), ("climbed", 2), ("climbed", 3), ("climbed", 4), ("repeated", 4)]
    assert reread(alert).next_step_at == local("04 10:00")


def test_a_level_at_which_nobody_is_there_is_passed_over_at_once(found) -> None:
    Post.objects.filter(staff=found.worker).update(until=local("04 00:00"))
    assert make_alert(found.case, at=local("04 08:30")).level == Level.LEAD
    Staff.objects.filter(pk=found.lead.pk).update(is_active=False)
    assert make_alert(found.case, at=local("04 08:30"), kind=ladder.SILENT).level == Level.STREET


def test_where_nobody_is_in_charge_it_stands_at_the_top_and_is_repeated(found) -> None:
    Post.objects.update(until=local("04 00:00"))
    alert = make_alert(found.case, at=local("04 08:30"))
    sweep_at(local("04 09:00"))
    assert steps(alert) == [("raised", 4), ("repeated", 4)]


def test_after_hours_of_standstill_it_climbs_one_step_counted_from_now(found) -> None:
    alert = make_alert(found.case, at=local("04 08:30"))
    sweep(at=local("04 14:30"))
    assert steps(alert) == [("raised", 1), ("climbed", 3)]
    assert reread(alert).next_step_at == local("04 14:45")


def test_whoever_takes_it_stops_the_climb_and_without_an_outcome_in_time_it_is_open_again(found) -> None:
    alert = make_alert(found.case, at=local("04 08:30"))
    alert_deeds.take_alert(alert=alert, by=actor(found.worker), at=local("04 08:35"))
    assert reread(alert).next_step_at == local("04 09:35")
    sweep_at(local("04 09:34"))
    assert reread(alert).taken_by == found.worker
    sweep_at(local("04 09:35"))
    now = reread(alert)
    assert (now.taken_by, now.taken_at, now.level, now.next_step_at) == (None, None, 3, local("04 09:50"))
    assert steps(alert) == [("raised", 1), ("taken", 1), ("overdue", 3)]


def test_what_she_cannot_see_to_goes_on_at_once(found) -> None:
    alert = make_alert(found.case, at=local("04 08:30"))
    alert_deeds.take_alert(alert=alert, by=actor(found.worker), at=local("04 08:35"))
    alert_deeds.give_back_alert(alert=alert, by=actor(found.worker), at=local("04 08:40"))
    now = reread(alert)
    assert (now.taken_by, now.taken_at, now.level, now.next_step_at) == (None, None, 3, local("04 08:55"))
    assert steps(alert) == [("raised", 1), ("taken", 1), ("given_back", 1), ("climbed", 3)]


# --- What leaves the portal ---


def address(grid, level: int) -> AlertAddress:
    return AlertAddress.unscoped.create(
        grid=grid, level=level, kind="wecom", label="群", address_sealed=b"x", added_at=timezone.now()
    )


def waiting() -> list[tuple[int, datetime]]:
    rows = AlertMessage.objects.filter(sent_at=None, dropped_at=None).order_by("pk")
    return [(message.address.level, message.due_at) for message in rows]


def test_a_climb_asks_for_a_message_at_its_level_and_taking_it_drops_what_waits(found) -> None:
    address(found.grid, 1)
    address(found.grid.parent, 3)
    alert = make_alert(found.case, at=local("04 08:30"))
    assert waiting() == [(1, local("04 08:31"))]
    sweep_at(local("04 08:40"))
    assert waiting() == [(1, local("04 08:31")), (3, local("04 08:40"))]
    alert_deeds.take_alert(alert=alert, by=actor(found.lead), at=local("04 08:41"))
    assert waiting() == []


def test_at_night_only_what_is_urgent_leaves(found) -> None:
    address(found.grid, 1)
    make_alert(found.case, at=local("04 23:00"), kind=ladder.SILENT)
    make_alert(found.case, at=local("04 23:00"), kind=ladder.ABNORMAL)
    assert waiting() == [(1, local("05 07:00")), (1, local("04 23:01"))]


def test_a_reading_that_somebody_stands_by_is_told_at_once_a_slip_never(found) -> None:
    address(found.grid, 1)
    check_in = make_check_in(found.case, at=local("04 08:30"), temperature="38.5")
    assert waiting() == [(1, local("04 08:31"))]
    note_confirmed(check_in=check_in, by=actor(found.worker), at=local("04 08:30") + timedelta(seconds=5))
    assert waiting() == [(1, local("04 08:30") + timedelta(seconds=5))]
    withdraw_check_in(check_in=check_in, by=actor(found.worker), at=local("04 08:31"))
    assert waiting() == [] and Alert.unscoped.get().outcome == "slip"


# --- Raised in the check-in's own transaction ---


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"temperature": "37.3"}, ladder.ABNORMAL),
        ({"temperature": "37.2"}, None),
        ({"asked": True, "symptoms": ("fever",)}, ladder.ABNORMAL),
        ({"asked": True}, None),
        ({"outcome": "unwell"}, ladder.ABNORMAL),
        ({"outcome": "whereabouts_unknown"}, ladder.WHEREABOUTS),
        ({"outcome": "no_answer"}, None),
    ],
)
def test_what_is_said_raises_an_alert_at_once(found, said, kind) -> None:
    make_check_in(found.case, at=local("04 08:30"), **said)
    assert list(Alert.unscoped.open().values_list("kind", flat=True)) == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("person", "is_raised"),
    [
        ({"care_tags": ["lives_alone"]}, True),
        ({"birth_date": datetime(1950, 3, 4).date()}, True),
        ({"birth_date": datetime(1950, 3, 5).date()}, False),
        ({}, False),
    ],
)
def test_two_tries_in_vain_at_somebody_alone_or_over_75_and_a_word_ends_it(found, person, is_raised) -> None:
    resident = found.case.resident
    type(resident).unscoped.filter(pk=resident.pk).update(**person)
    make_check_in(found.case, at=local("04 08:30"), outcome="no_answer")
    assert not Alert.unscoped.exists()
    make_check_in(found.case, at=local("04 08:40"), outcome="nobody_in")
    assert Alert.unscoped.open().filter(kind=ladder.FAILED_TRIES).exists() == is_raised
    make_check_in(found.case, at=local("04 08:50"), temperature=str(Decimal("36.5")))
    assert not Alert.unscoped.open().exists()


def test_a_second_fever_is_the_same_alert_that_came_again(found) -> None:
    for text in ("04 08:30", "04 14:00"):
        make_check_in(found.case, at=local(text), temperature="38.5")
    alert = Alert.unscoped.get()
    assert steps(alert) == [("raised", 1), ("again", 1)]


@pytest.mark.parametrize("said", [{"temperature": "38.5"}, {"outcome": "whereabouts_unknown"}])
def test_an_alert_stays_while_another_entry_that_causes_it_stands(found, said) -> None:
    first, second = (make_check_in(found.case, at=local(text), **said) for text in ("04 08:30", "04 08:40"))
    withdraw_check_in(check_in=second, by=actor(found.worker), at=local("04 08:41"))
    assert Alert.unscoped.get().closed_at is None
    withdraw_check_in(check_in=first, by=actor(found.worker), at=local("04 08:42"))
    assert Alert.unscoped.get().outcome == "slip"


def test_a_fever_that_somebody_answered_keeps_no_later_slip_open(found) -> None:
    make_check_in(found.case, at=local("04 08:30"), temperature="38.5")
    Alert.unscoped.update(closed_at=local("04 08:35"), outcome="to_hospital", next_step_at=None)
    slip = make_check_in(found.case, at=local("04 08:40"), temperature="38.9")
    withdraw_check_in(check_in=slip, by=actor(found.worker), at=local("04 08:41"))
    assert list(Alert.unscoped.order_by("pk").values_list("outcome", flat=True)) == ["to_hospital", "slip"]


def test_a_fever_whose_correction_is_undone_is_told_again(found) -> None:
    fever = make_check_in(found.case, at=local("04 08:30"), temperature="38.5")
    normal = correct_check_in(
        check_in=fever, uuid=uuid4(), said=Said(temperature=Decimal("36.5")), observed_at=fever.observed_at,
        by=actor(found.worker), at=local("04 08:40"),
    )  # fmt: skip
    assert not Alert.unscoped.open().exists()
    withdraw_check_in(check_in=normal, by=actor(found.worker), at=local("04 08:41"))
    assert Alert.unscoped.open().get().kind == ladder.ABNORMAL


def test_a_word_noted_for_the_wrong_person_and_undone_leaves_her_as_silent_as_she_was(found) -> None:
    resident = found.case.resident
    type(resident).unscoped.filter(pk=resident.pk).update(care_tags=["lives_alone"])
    for text in ("04 08:30", "04 08:40"):
        make_check_in(found.case, at=local(text), outcome="no_answer")
    sweep_at(local("04 23:00"))
    word = make_check_in(found.case, at=local("04 23:10"), outcome="well")
    assert not Alert.unscoped.open().filter(case=found.case).exists()
    withdraw_check_in(check_in=word, by=actor(found.worker), at=local("04 23:11"))
    kinds = Alert.unscoped.open().filter(case=found.case).order_by("kind").values_list("kind", flat=True)
    assert list(kinds) == [ladder.FAILED_TRIES, ladder.SILENT]


def test_a_word_after_the_last_day_ends_the_silence_too(found) -> None:
    type(found.case).unscoped.filter(pk=found.case.pk).update(last_day=local("04 00:00").date())
    found.case.refresh_from_db()
    sweep_at(local("04 23:00"))
    assert Alert.unscoped.open().filter(kind=ladder.SILENT).exists()
    make_check_in(found.case, at=local("05 15:00"), asked=True)
    assert Alert.unscoped.get(kind=ladder.SILENT).outcome == "well"

"""Messages of alerts: grouped, sent at least once, tried again, dropped where nobody needs them any more."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from grid import celery
from grid.models import Place, Post
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from grid.rules.places import Kind
from quarantine import tasks
from quarantine.actions import alerts, messages
from quarantine.actions.check_ins import withdraw_check_in
from quarantine.models import Alert, AlertAddress, AlertMessage, AlertStep
from quarantine.rules.ladder import Level
from tests.factories.grid import make_place, make_staff
from tests.factories.quarantine import make_case, make_check_in
from tests.quarantine import local_servers as servers
from tests.quarantine.local_servers import Robot, robot_facts, serving

pytestmark = pytest.mark.django_db
SLIP = timedelta(seconds=61)  # past the minute in which a slip can be undone


@pytest.fixture
def robot():
    with serving(Robot()) as server:
        yield server


@pytest.fixture
def community() -> Place:
    return make_place(Kind.COMMUNITY, name="花园社区")


@pytest.fixture
def grid(community: Place) -> Place:
    return make_place(Kind.GRID, community, name="海棠一网格")


def make_address(place: Place, facts: dict[str, Any], level: int = Level.WORKER, kind: str = "wecom") -> AlertAddress:
    """An address as the deed leaves it."""
    return AlertAddress.unscoped.create(
        grid=place,
        level=level,
        kind=kind,
        label="群",
        address_sealed=AlertAddress.sealed(facts),
        added_at=timezone.now(),
    )


def fever(grid: Place) -> Alert:
    """Somebody of the grid measured 38.6 just now; its worker is asked first."""
    if not Post.objects.filter(place=grid).exists():
        make_staff(Role.GRID_WORKER, grid)
    case = make_case(grid=grid, at=timezone.now())
    make_check_in(case, at=timezone.now(), temperature="38.6")
    return Alert.unscoped.get(case=case)


def climb(alert: Alert, level: int = Level.WORKER) -> AlertMessage | None:
    """The alert reaches the level now, as the sweep has it."""
    alert.level = level
    alerts.queue_messages(alerts.note_steps("climbed", [alert], by=SYSTEM, at=timezone.now()), due_at=timezone.now())
    return AlertMessage.objects.order_by("pk").last()


def unsent() -> int:
    return AlertMessage.objects.unsent().count()


def test_a_fever_leaves_after_the_minute_in_which_it_can_be_a_slip(clock, robot: Robot, grid: Place) -> None:
    make_address(grid, robot_facts(robot))
    fever(grid)
    tasks.send_messages()
    assert robot.texts == []
    clock.shift(SLIP)
    tasks.send_messages()
    tasks.send_messages()
    assert robot.texts == ["【守望】海棠一网格：1件事等人处理，其中急1件。请打开守望-提醒。"]
    assert AlertMessage.objects.get().sent_at == timezone.now() == AlertAddress.unscoped.get().last_sent_at


def test_all_that_is_due_at_an_address_leaves_in_one_text(clock, robot: Robot, community: Place, settings) -> None:
    settings.PORTAL_ADDRESS = "https://portal.example.cn"
    grids = [make_place(Kind.GRID, community, name=f"海棠{number}网格") for number in "一二三四"]
    make_address(community, robot_facts(robot))
    for grid in [grids[0], *grids]:
        fever(grid)
    clock.shift(SLIP)
    tasks.send_messages()
    [text] = robot.texts
    assert text == (
        "【守望】花园社区：5件事等人处理，其中急5件（海棠一网格2件、海棠二网格1件、海棠三网格1件、别处1件）。"
        "请打开守望-提醒。https://portal.example.cn"
    )
    assert unsent() == 0


def test_a_text_says_nothing_of_the_person(clock, robot: Robot, grid: Place) -> None:
    make_address(grid, robot_facts(robot))
    make_staff(Role.GRID_WORKER, grid)
    case = make_case(grid=grid, at=timezone.now(), name="李明", phones=["19900001234"])
    make_check_in(case, at=timezone.now(), temperature="38.6")
    clock.shift(SLIP)
    tasks.send_messages()
    [text] = robot.texts
    door = case.resident.household
    for word in ("李明", "19900001234", "38.6", "发烧", door.compound, *filter(None, [door.room])):
        assert word not in text


def test_two_texts_to_one_address_are_seconds_apart(clock, robot: Robot, grid: Place) -> None:
    make_address(grid, robot_facts(robot))
    alert = fever(grid)
    clock.shift(SLIP)
    tasks.send_messages()
    climb(alert)
    tasks.send_messages()
    assert len(robot.texts) == 1
    clock.shift(messages.BETWEEN)
    tasks.send_messages()
    assert len(robot.texts) == 2


def test_what_does_not_leave_is_tried_again_within_a_minute_and_never_given_up(
    clock, robot: Robot, grid: Place
) -> None:
    address = make_address(grid, robot_facts(robot))
    fever(grid)
    robot.manner = servers.LIMITED
    clock.shift(SLIP)
    for _try in range(8):
        tasks.send_messages()
        row = AlertMessage.objects.get()
        assert timedelta(0) < row.due_at - timezone.now() <= timedelta(seconds=45)
        tasks.send_messages()
        assert AlertMessage.objects.get().attempts == row.attempts  # not before its pause is over
        clock.move_to(row.due_at)
    AlertMessage.objects.update(attempts=32_000)  # after weeks; the column holds 32,767
    tasks.send_messages()
    address.refresh_from_db(from_queryset=AlertAddress.unscoped.all())
    assert address.is_failing and unsent() == 1
    robot.manner = servers.GOOD
    clock.shift(timedelta(seconds=45))
    tasks.send_messages()
    assert unsent() == 0 and not AlertAddress.unscoped.get().is_failing


def test_a_dead_address_does_not_hold_up_a_living_one(clock, robot: Robot, grid: Place, monkeypatch) -> None:
    monkeypatch.setattr(messages, "AT_ONCE", 1)
    dead = make_address(grid, {"url": f"http://127.0.0.1:{servers.refused_port()}/"})
    make_address(grid, robot_facts(robot))
    fever(grid)
    clock.shift(SLIP)
    AlertAddress.unscoped.filter(pk=dead.pk).update(last_failed_at=timezone.now())
    assert messages.send_due(at=timezone.now()) == 1
    assert len(robot.texts) == 1 and unsent() == 1


def test_an_address_that_does_not_open_holds_up_no_other(clock, robot: Robot, grid: Place) -> None:
    sealed_by_a_lost_key = make_address(grid, robot_facts(robot))
    AlertAddress.unscoped.update(address_sealed=b"lost\0" + bytes(40))
    make_address(grid, robot_facts(robot))
    fever(grid)
    clock.shift(SLIP)
    assert messages.send_due(at=timezone.now()) == 2
    sealed_by_a_lost_key.refresh_from_db(from_queryset=AlertAddress.unscoped.all())
    assert len(robot.texts) == 1 and sealed_by_a_lost_key.is_failing


@pytest.mark.parametrize("how", ["taken", "closed", "slip", "ended"])
def test_what_nobody_needs_any_more_is_dropped_and_nothing_else(clock, robot: Robot, grid: Place, how: str) -> None:
    address, other = make_address(grid, robot_facts(robot)), fever(grid)
    case = make_case(grid=grid, at=timezone.now())
    check_in = make_check_in(case, at=timezone.now(), temperature="38.6")
    alert = Alert.unscoped.get(case=case)
    climb(other)
    if how == "taken":
        Alert.unscoped.filter(pk=alert.pk).update(taken_at=timezone.now())
    elif how == "closed":
        Alert.unscoped.filter(pk=alert.pk).update(closed_at=timezone.now(), next_step_at=None)
    elif how == "slip":
        withdraw_check_in(check_in=check_in, by=SYSTEM, at=timezone.now())
    else:
        AlertAddress.unscoped.filter(pk=address.pk).update(ended_at=timezone.now())
    clock.shift(SLIP)
    tasks.send_messages()
    left = 0 if how == "ended" else AlertMessage.objects.filter(alert=other).count()
    assert AlertMessage.objects.filter(sent_at__isnull=False).count() == left
    assert AlertMessage.objects.filter(alert=alert, dropped_at__isnull=False).count() == 1 and unsent() == 0
    assert [text.count("1件事") for text in robot.texts] == ([] if how == "ended" else [1])


def test_whoever_took_it_and_gave_no_outcome_is_reported_all_the_same(clock, robot: Robot, grid: Place) -> None:
    make_address(grid, robot_facts(robot), level=Level.LEAD)
    alert = fever(grid)
    Alert.unscoped.filter(pk=alert.pk).update(taken_at=timezone.now())
    clock.shift(timedelta(hours=1))
    climb(alert, Level.LEAD)
    tasks.send_messages()
    assert len(robot.texts) == 1


def test_an_address_hears_its_own_level_and_place_only(clock, robot: Robot, grid: Place, community: Place) -> None:
    make_address(make_place(Kind.GRID, community), robot_facts(robot))
    make_address(grid, robot_facts(robot), level=Level.STREET)
    fever(grid)
    assert not AlertMessage.objects.exists()


def test_claimed_by_a_worker_that_died_it_waits_for_the_lease_and_leaves(clock, robot: Robot, grid: Place) -> None:
    address = make_address(grid, robot_facts(robot))
    fever(grid)
    clock.shift(SLIP)
    assert len(messages.claim(address.pk, at=timezone.now())) == 1  # … and then the power went
    tasks.send_messages()
    assert robot.texts == []
    clock.shift(messages.LEASE)
    tasks.send_messages()
    assert len(robot.texts) == 1 and unsent() == 0


def test_a_worker_that_comes_too_late_leaves_the_others_lease_alone(clock, robot: Robot, grid: Place) -> None:
    address = make_address(grid, robot_facts(robot))
    fever(grid)
    clock.shift(SLIP)
    late = messages.claim(address.pk, at=timezone.now())
    clock.shift(messages.LEASE)
    [mine] = messages.claim(address.pk, at=timezone.now())
    messages._note_messages(late, messages.outward.Answer("silent"), timezone.now())
    assert AlertMessage.objects.get().leased_until == mine.leased_until


def test_without_a_broker_the_rows_stand_and_the_scheduler_sends_them(
    clock, robot: Robot, grid: Place, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    def refuse(*_args: Any, **_options: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(celery.app, "send_task", refuse)
    make_address(grid, robot_facts(robot))
    with django_capture_on_commit_callbacks(execute=True) as hints:
        fever(grid)
    assert hints and unsent() == 1
    clock.shift(SLIP)
    tasks.send_messages()
    assert len(robot.texts) == 1


def test_a_hint_names_the_moment_and_follows_the_commit(
    clock, robot: Robot, grid: Place, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    hints: list[dict[str, Any]] = []
    monkeypatch.setattr(celery.app, "send_task", lambda name, **options: hints.append({"name": name, **options}))
    make_address(grid, robot_facts(robot))
    with django_capture_on_commit_callbacks(execute=True):
        fever(grid)
        assert hints == []
    due = timezone.now() + alerts.UNDO_WITHIN
    assert {"name": tasks.send_messages.name, "eta": due, "retry": False} in hints


def test_the_scheduler_asks_for_it_and_stale_asking_expires(settings) -> None:
    [entry] = [one for one in settings.CELERY_BEAT_SCHEDULE.values() if one["task"] == tasks.send_messages.name]
    assert entry["schedule"] == 15 == entry["options"]["expires"]
    slowest = messages.PAUSES[-1].total_seconds() + entry["schedule"]
    assert max(slowest, messages.LEASE.total_seconds() + entry["schedule"]) < 60


def test_a_sent_message_is_never_sent_twice_by_a_task_delivered_twice(clock, robot: Robot, grid: Place) -> None:
    make_address(grid, robot_facts(robot))
    alert = fever(grid)
    clock.shift(SLIP)
    for _delivery in range(3):
        tasks.send_messages()
        clock.shift(timedelta(minutes=1))
    assert len(robot.texts) == 1 and AlertStep.objects.filter(alert=alert).count() == 1

"""One item a grid, however many people: raised once, counted live, closed by itself when nobody is left."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from grid.models import Place, Post
from grid.rules.actors import Actor
from grid.rules.clock import LOCAL
from grid.rules.permissions import Role
from grid.rules.places import Kind
from quarantine.actions.alerts import close_alerts
from quarantine.actions.rule_sets import rule_set_named
from quarantine.actions.sweeps import sweep
from quarantine.models import Alert, AlertStep, IsolationCase, RuleSet
from quarantine.queries.alerts import counted
from quarantine.rules import ladder
from quarantine.rules.case_clock import DEFAULT_NAME
from residents.models import NameToVerify
from tests.factories.alerts import swept_until
from tests.factories.grid import make_place, make_staff
from tests.factories.names import make_name
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_household

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=LOCAL)


@pytest.fixture
def grid() -> Place:
    """A grid with its worker."""
    grid = make_place(Kind.GRID)
    make_staff(Role.GRID_WORKER, grid)
    return grid


def sweep_at(text: str) -> None:
    swept_until(local(text) - timedelta(minutes=1))
    sweep(at=local(text))


def items(kind: str) -> list[Alert]:
    return list(Alert.unscoped.open().filter(kind=kind).order_by("pk"))


def number_of(alert: Alert, text: str) -> tuple[int, int]:
    found = counted([alert], IsolationCase.unscoped.all(), NameToVerify.unscoped.all(), local(text))[alert.pk]
    return found.people, found.doors


def test_when_grace_ends_the_round_carries_one_item_and_closes_when_the_last_one_is_reached(grid) -> None:
    door = make_household(grid)
    cases = [make_case(household=door, at=timezone.now()), make_case(household=door, at=timezone.now())]
    cases.append(make_case(grid=grid, at=timezone.now()))
    sweep_at("04 13:59")
    assert items(ladder.ROUND_OPEN) == []
    for text in ("04 14:00", "04 14:01"):
        sweep_at(text)
    (item,) = items(ladder.ROUND_OPEN)
    assert (item.grid, item.case, item.level, datetime.fromisoformat(item.key)) == (grid, None, 1, local("04 06:00"))
    assert number_of(item, "04 14:01") == (3, 2)
    make_check_in(cases[2], at=local("04 14:05"), outcome="well")
    assert number_of(item, "04 14:06") == (2, 1)
    for case in cases[:2]:
        make_check_in(case, at=local("04 14:10"), temperature="36.5")
    sweep_at("04 14:11")
    assert items(ladder.ROUND_OPEN) == []
    steps = AlertStep.objects.filter(alert=item).order_by("pk").values_list("kind", "by")
    assert list(steps) == [("raised", None), ("closed", None)]


def test_the_next_slot_takes_the_place_of_the_one_before(grid) -> None:
    make_case(grid=grid, at=timezone.now())
    for text in ("04 14:00", "04 23:00"):
        sweep_at(text)
    (item,) = items(ladder.ROUND_OPEN)
    assert datetime.fromisoformat(item.key) == local("04 13:00")


def test_after_a_standstill_only_the_newest_slot_gives_an_item(grid) -> None:
    make_case(grid=grid, at=timezone.now())
    swept_until(local("04 09:00"))
    sweep(at=local("06 15:00"))
    assert [datetime.fromisoformat(alert.key) for alert in Alert.unscoped.filter(kind=ladder.ROUND_OPEN)] == [
        local("06 06:00")
    ]


def test_whose_record_began_after_the_slot_or_who_is_paused_is_not_left(grid) -> None:
    make_case(grid=grid, at=local("04 13:10"))
    paused = make_case(grid=grid, at=timezone.now())
    IsolationCase.unscoped.filter(pk=paused.pk).update(paused_at=timezone.now(), stage="paused", next_due_at=None)
    sweep_at("04 14:00")
    assert items(ladder.ROUND_OPEN) == []


def test_last_days_are_one_item_of_their_day_until_each_is_an_alert_of_her_own(grid) -> None:
    for _person in range(2):
        make_case(grid=grid, at=timezone.now())
    sweep_at("17 06:59")
    assert items(ladder.RELEASE_DUE) == []
    sweep_at("17 07:00")
    (item,) = items(ladder.RELEASE_DUE)
    assert (item.key, item.grid, number_of(item, "17 07:00")[0]) == ("2026-03-17", grid, 2)
    sweep_at("18 08:59")
    assert items(ladder.RELEASE_DUE) == [item]
    sweep_at("18 09:00")
    assert items(ladder.RELEASE_DUE) == [] and len(items(ladder.RELEASE_OVERDUE)) == 2


def test_tests_are_one_item_that_goes_on_over_the_days(grid) -> None:
    case = make_case(grid=grid, at=timezone.now())
    IsolationCase.unscoped.filter(pk=case.pk).update(next_test_on=local("05 00:00").date())
    sweep_at("04 09:00")
    assert items(ladder.TEST_DUE) == []
    for text in ("05 07:00", "05 08:00", "06 07:00"):
        sweep_at(text)
    (item,) = items(ladder.TEST_DUE)
    assert item.key.startswith("2026-03-05") and number_of(item, "06 07:00")[0] == 1
    IsolationCase.unscoped.filter(pk=case.pk).update(next_test_on=local("08 00:00").date())
    sweep_at("06 07:01")
    assert items(ladder.TEST_DUE) == []


def test_tests_that_come_back_on_the_same_day_are_told_again_unless_somebody_has_answered_for_it(grid) -> None:
    case = make_case(grid=grid, at=timezone.now())
    days = {"none": local("08 00:00").date(), "due": local("05 00:00").date()}

    def sweep_with(next_test: str, text: str) -> list[Alert]:
        IsolationCase.unscoped.filter(pk=case.pk).update(next_test_on=days[next_test])
        sweep_at(text)
        return items(ladder.TEST_DUE)

    assert len(sweep_with("due", "05 07:00")) == 1
    assert sweep_with("none", "05 07:30") == []  # taken: it closed by itself
    (again,) = sweep_with("due", "05 08:00")  # the sample was a slip
    lead = make_staff(Role.COMMUNITY_LEAD, grid.parent)
    close_alerts([again], outcome="passed_on", by=Actor.staff(lead.pk), at=local("05 08:10"))
    assert sweep_with("due", "05 09:00") == [] and len(sweep_with("due", "06 07:00")) == 1


def test_a_grid_that_nobody_walks_is_the_leads(grid) -> None:
    make_case(grid=grid, at=timezone.now())
    bare = make_place(Kind.GRID, grid.parent)
    make_case(grid=bare, at=timezone.now())
    make_staff(Role.COMMUNITY_LEAD, grid.parent)
    sweep_at("04 09:00")
    (item,) = items(ladder.NO_WORKER)
    assert (item.grid, item.level, number_of(item, "04 09:00")[0]) == (bare, ladder.Level.LEAD, 1)
    make_staff(Role.GRID_WORKER, bare, until=local("09 00:00"))
    sweep_at("04 09:01")
    assert items(ladder.NO_WORKER) == []


def test_names_past_their_deadline_are_an_item_of_their_community(grid) -> None:
    name = make_name(grid.parent, at=timezone.now(), deadline=local("05 08:00"))
    sweep_at("05 07:00")
    assert items(ladder.NAMES_LATE) == []
    sweep_at("05 08:00")
    (item,) = items(ladder.NAMES_LATE)
    assert (item.grid, number_of(item, "05 08:00")[0]) == (grid.parent, 1)
    NameToVerify.unscoped.filter(pk=name.pk).update(state="unknown", answered_at=local("05 08:05"))
    sweep_at("05 08:06")
    assert items(ladder.NAMES_LATE) == []


def test_an_item_follows_the_newest_default_rules_of_its_place(grid) -> None:
    case = make_case(grid=grid, at=timezone.now())
    shipped = rule_set_named(DEFAULT_NAME, place=grid, at=timezone.now())
    ladders = {ladder.ROUND_OPEN: [[ladder.Level.LEAD, 7]]}
    facts = {"isolation_days": 14, "slots": shipped.slots, "at_threshold_is_fever": True, "created_at": timezone.now()}
    RuleSet.objects.create(place=grid.parent, name=DEFAULT_NAME, version=1, ladders=ladders, **facts)
    make_staff(Role.COMMUNITY_LEAD, grid.parent)
    sweep_at("04 14:00")
    (item,) = items(ladder.ROUND_OPEN)
    assert case.rule_set == shipped and Post.objects.count() == 2
    assert (item.level, item.next_step_at) == (ladder.Level.LEAD, local("04 14:07"))

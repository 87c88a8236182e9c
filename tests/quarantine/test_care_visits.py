"""Care visits: opened, listed, ended, and never taken for an isolation."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grid import registries
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from quarantine.actions import cases
from quarantine.models import IsolationCase
from tests.factories.grid import PASSWORD, make_place, make_staff
from tests.factories.quarantine import make_case
from tests.factories.residents import make_household, make_resident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]  # it is 4 March 2026, 08:30
DAILY = "关爱走访 每天"


@pytest.fixture
def grid():
    return make_place()


@pytest.fixture
def lead(grid) -> Client:
    client = Client()
    staff = make_staff(Role.COMMUNITY_LEAD, grid.parent)
    client.post(reverse("login"), {"username": staff.user_name, "password": PASSWORD})
    return client


def visited(grid, **person) -> IsolationCase:
    resident = make_resident(make_household(grid), **person)
    today = timezone.localdate()
    return cases.open_case(
        resident=resident, reason="living_alone", first_day=today, rules_name=DAILY, by=SYSTEM, at=timezone.now()
    )


def text(response) -> str:
    return response.content.decode()


def test_a_lead_starts_visits_from_the_persons_page(lead, grid) -> None:
    resident = make_resident(make_household(grid))
    address = reverse("care_open", args=[resident.pk])
    assert address in text(lead.get(reverse("resident_detail", args=[resident.pk])))
    assert " checked" not in text(lead.get(address))
    assert lead.post(address, {"reason": "very_old"}).status_code == 422
    page = text(lead.post(address, {"reason": "very_old", "rules_name": DAILY}, follow=True))
    case = IsolationCase.unscoped.get()
    assert case.is_care and case.rule_set.purpose == "care" and "关爱走访" in page and "隔离中" not in page
    again = lead.post(address, {"reason": "very_old", "rules_name": DAILY})
    assert again["Location"] == reverse("case_detail", args=[case.pk])


def test_rules_of_another_purpose_are_refused(grid) -> None:
    resident, now = make_resident(make_household(grid)), timezone.now()
    for reason, rules in (("very_old", ""), ("returnee", DAILY)):
        with pytest.raises(ValidationError):
            cases.open_case(
                resident=resident, reason=reason, first_day=timezone.localdate(), rules_name=rules, by=SYSTEM, at=now
            )


def test_whoever_is_visited_isolates_in_no_figure_mark_or_count(grid) -> None:
    supervisor, at = make_staff(Role.STREET_SUPERVISOR, grid.street), timezone.now()
    case = visited(grid)
    isolating = make_case(at=at, household=case.resident.household)
    found = {
        key: figure.source.rows(supervisor).filter(figure.condition(figure.source.facts(at))).count()
        for key, figure in registries.FIGURES.items()
        if figure.source.key == "cases"
    }
    assert {key for key, number in found.items() if number} == {
        "in_isolation", "new_today", "due", "not_reached", "care_visits", "care_left",
    }  # fmt: skip
    assert set(found.values()) == {0, 1}
    worker = make_staff(Role.GRID_WORKER, grid)
    marks = registries.marks_for(worker, [case.resident_id, isolating.resident_id], [case.resident.household_id], at)
    assert [mark.kind for mark in marks.people[case.resident_id]] == ["care"]
    counts = {mark.kind: mark.count for mark in marks.doors[case.resident.household_id]}
    assert counts == {"isolation": 1, "due": 2}
    assert registries.DOOR_COUNTS[-1].of_grids(worker, [grid.pk], []) == {grid.pk: 1}


def test_isolation_ends_the_visits_by_hand_and_by_list(grid) -> None:
    by_hand, by_list, today = visited(grid), visited(grid), timezone.localdate()
    make_case(at=timezone.now(), resident=by_hand.resident)
    cases.open_cases(first_days={by_list.resident_id: today}, reason="other", by=SYSTEM, at=timezone.now())
    for case in (by_hand, by_list):
        rows = IsolationCase.unscoped.filter(resident=case.resident_id).order_by("pk")
        assert [row.closed_as for row in rows] == ["care_ended", ""]


def test_a_list_does_not_open_a_second_isolation(grid) -> None:
    case = make_case(at=timezone.now(), grid=grid)
    first_days = {case.resident_id: timezone.localdate() - timedelta(days=1)}
    cases.open_cases(first_days=first_days, reason="other", by=SYSTEM, at=timezone.now())
    assert IsolationCase.unscoped.count() == 1


def test_visits_end_as_visits_and_isolation_as_isolation(lead, grid) -> None:
    case, isolating = visited(grid), make_case(at=timezone.now(), grid=grid)
    page = text(lead.get(reverse("case_close", args=[case.pk])))
    assert 'value="care_ended"' in page and 'value="released"' not in page
    assert 'value="care_ended"' not in text(lead.get(reverse("case_close", args=[isolating.pk])))
    for wrong, closed_as in ((case, "to_central_isolation"), (isolating, "care_ended")):
        with pytest.raises(ValidationError):
            cases.close_case(case=wrong, closed_as=closed_as, note="", version=1, by=SYSTEM, at=timezone.now())
    form = {"version": 1, "closed_as": "care_ended"}
    assert lead.post(reverse("case_close", args=[case.pk]), form).status_code == 302


def test_the_opening_page_shows_which_last_day_follows_before_anything_is_opened(lead, grid) -> None:
    resident = make_resident(make_household(grid))
    address = reverse("case_open", args=[resident.pk])
    form = {"reason": "close_contact", "first_day": "2026-03-02", "rules_name": "第九版 密接 7天+3天"}
    page = text(lead.post(address, {**form, "look": "on"}))
    assert "隔离到 3月8日 → 监测到 3月11日" in page and "3月4日" in page and not IsolationCase.unscoped.exists()
    told = text(lead.post(address, form, follow=True))
    assert "隔离到3月8日，再监测到3月11日" in told
    assert IsolationCase.unscoped.get().rule_set.name == "第九版 密接 7天+3天"

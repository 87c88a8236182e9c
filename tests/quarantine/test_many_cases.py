"""A lead decides on many at once: more days, newer rules, care visits. Each in the version that was shown."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grid.models import AuditRecord
from grid.rules.actors import SYSTEM, Actor
from grid.rules.permissions import Role
from quarantine.actions.case_decisions import move_end, take_back
from quarantine.actions.many_cases import extend_many, follow_newest_rules
from quarantine.actions.rule_sets import save_rule_set
from quarantine.models import IsolationCase
from quarantine.rules.case_clock import DEFAULT_NAME
from quarantine.rules.rule_sets import shipped
from tests.factories.grid import PASSWORD, make_place, make_staff
from tests.factories.quarantine import make_case
from tests.factories.residents import make_household, make_resident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]  # it is 4 March 2026, 08:30


@pytest.fixture
def grid():
    return make_place()


@pytest.fixture
def lead(grid) -> Client:
    client = Client()
    staff = make_staff(Role.COMMUNITY_LEAD, grid.parent)
    client.post(reverse("login"), {"username": staff.user_name, "password": PASSWORD})
    return client


def text(response) -> str:
    return response.content.decode()


def again(case: IsolationCase) -> IsolationCase:
    return IsolationCase.unscoped.get(pk=case.pk)


def newer_rules(grid, days: int = 10) -> None:
    old = IsolationCase.unscoped.first().rule_set
    data = replace(shipped(DEFAULT_NAME), isolation_days=days)
    save_rule_set(place=grid.street, data=data, seen=old.pk, by=SYSTEM, at=timezone.now())


def test_many_are_looked_at_extended_and_told_and_twice_changes_nobody(lead, grid) -> None:
    cases = [make_case(at=timezone.now(), grid=grid) for _number in range(3)]
    address = reverse("case_many")
    assert " checked" not in text(lead.get(address))
    tokens = [f"{case.pk}-1" for case in cases[:2]]
    fields = {"case": tokens, "days": "3", "why": "楼里又有阳性"}
    page = text(lead.post(address, {**fields, "step": "look"}))
    assert "3月20日" in page and cases[2].resident.name not in page and again(cases[0]).version == 1
    page = text(lead.post(address, {**fields, "step": "save"}, follow=True))
    assert "改了2份记录" in page
    page = text(lead.post(address, {**fields, "step": "save"}, follow=True))
    assert "2份记录没动" in page
    assert [again(case).last_day.day for case in cases] == [20, 20, 17]
    assert AuditRecord.objects.get(deed="cases_extended").facts["count"] == 2
    decision = again(cases[0]).decisions.get(kind="extended")
    assert take_back(decision=decision, by=SYSTEM, at=timezone.now()).last_day.day == 17


def test_nobody_chosen_and_no_reason_come_back_in_words(lead, grid) -> None:
    case = make_case(at=timezone.now(), grid=grid)
    address = reverse("case_many")
    assert lead.post(address, {"days": "3", "why": "x", "step": "look"}).status_code == 422
    page = lead.post(address, {"case": [f"{case.pk}-1"], "days": "3", "step": "look"})
    assert page.status_code == 422 and " checked" in text(page)


def test_cases_are_chosen_by_grid_and_by_the_day_they_end(lead, grid) -> None:
    ending = make_case(at=timezone.now(), grid=grid, first_day=date(2026, 2, 19), name="满期者")
    other = make_case(at=timezone.now(), grid=make_place(parent=grid.parent), name="隔壁人")
    page = text(lead.get(reverse("case_many"), {"ending": "today"}))
    assert ending.resident.name in page and other.resident.name not in page
    page = text(lead.get(reverse("case_many"), {"grid": other.grid_id}))
    assert ending.resident.name not in page and other.resident.name in page


def test_a_case_of_others_is_refused_whatever_the_form_names(lead, grid) -> None:
    foreign = make_case(at=timezone.now())
    fields = {"case": [f"{foreign.pk}-1"], "days": "3", "why": "x", "step": "save"}
    assert lead.post(reverse("case_many"), fields).status_code == 403
    assert lead.post(reverse("case_rules"), fields).status_code == 403
    worker = Actor.staff(make_staff(Role.GRID_WORKER, foreign.grid).pk)
    with pytest.raises(PermissionDenied):
        extend_many(versions={foreign.pk: 1}, days=1, why="x", by=worker, at=timezone.now())
    with pytest.raises(ValidationError):
        extend_many(versions={foreign.pk: 1}, days=99, why="x", by=SYSTEM, at=timezone.now())
    assert again(foreign).version == 1


def test_open_cases_follow_newer_rules_only_when_the_lead_says_so(lead, grid) -> None:
    longer = make_case(at=timezone.now(), grid=grid, name="手工延")
    move_end(case=longer, last_day=date(2026, 3, 19), why="x", version=1, by=SYSTEM, at=timezone.now())
    plain = make_case(at=timezone.now(), grid=grid, name="照常的")
    newer_rules(grid)
    assert again(plain).last_day == date(2026, 3, 17)
    address = reverse("case_rules")
    page = text(lead.get(address))
    assert "手工延长2天" in page and "改后到3月13日" in page and "改后到3月15日" in page
    fields = {"case": [f"{longer.pk}-2", f"{plain.pk}-1"], "why": "改成10天"}
    for _twice in range(2):
        assert lead.post(address, fields).status_code == 302
    assert (again(longer).last_day, again(plain).last_day) == (date(2026, 3, 15), date(2026, 3, 13))
    assert again(plain).rule_set.version == 2 and again(plain).rule_set.place == grid.street
    assert again(plain).decisions.filter(kind="rules_changed").count() == 1
    page = text(lead.get(reverse("case_detail", args=[plain.pk])))
    assert "改按" in page and "改成10天" in page
    back = take_back(decision=again(plain).decisions.get(kind="rules_changed"), by=SYSTEM, at=timezone.now())
    assert back.last_day == date(2026, 3, 17) and back.rule_set_id == plain.rule_set_id


def test_a_shorter_rule_that_is_over_already_makes_it_ready_or_overdue_never_breaks(grid) -> None:
    case = make_case(at=timezone.now(), grid=grid, first_day=date(2026, 2, 20))
    newer_rules(grid, days=5)
    done = follow_newest_rules(versions={case.pk: 1}, why="x", by=SYSTEM, at=timezone.now())
    assert [one.pk for one in done.changed] == [case.pk]
    assert again(case).last_day == date(2026, 2, 24) and again(case).next_due_at is None


@pytest.mark.parametrize("typed", ["3", "3栋", "望江花园 3栋", "望江花园3栋"])
def test_a_building_is_found_as_people_call_it(lead, grid, typed) -> None:
    for building, name in (("3", "三栋的"), ("13", "十三栋的"), ("", "没有栋的")):
        home = make_household(grid, compound="望江花园", building=building)
        make_case(at=timezone.now(), household=home, name=name)
    page = text(lead.get(reverse("case_many"), {"building": typed}))
    assert "三栋的" in page and "十三栋的" not in page and "没有栋的" not in page


def test_where_more_are_found_than_shown_the_page_says_so(lead, grid, monkeypatch) -> None:
    monkeypatch.setattr("quarantine.queries.many_cases.MOST_SHOWN", 2)
    for room in ("101", "102", "103"):
        make_case(at=timezone.now(), household=make_household(grid, building="3", room=room))
    make_case(at=timezone.now(), household=make_household(grid, building="5"), name="五栋的")
    page = text(lead.get(reverse("case_many")))
    assert page.count('name="case"') == 2 and "只显示前2人" in page
    page = text(lead.get(reverse("case_many"), {"building": "5"}))
    assert "五栋的" in page and "只显示" not in page


@pytest.mark.parametrize("rows", [1, 3])
def test_to_follow_newer_rules_costs_the_same_queries(grid, rows, django_assert_num_queries) -> None:
    cases = [make_case(at=timezone.now(), grid=grid) for _number in range(rows)]
    newer_rules(grid)
    versions = {case.pk: 1 for case in cases}
    with django_assert_num_queries(15):
        done = follow_newest_rules(versions=versions, why="x", by=SYSTEM, at=timezone.now())
    assert len(done.changed) == rows


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("name", "queries"), [("case_many", 7), ("case_rules", 7)])
def test_the_lists_cost_the_same_queries(lead, grid, rows, name, queries, django_assert_num_queries) -> None:
    for _number in range(rows):
        make_case(at=timezone.now(), grid=grid)
    newer_rules(grid)
    with django_assert_num_queries(queries):
        assert lead.get(reverse(name)).status_code == 200


def test_all_who_live_alone_in_a_grid_are_chosen_and_visited(lead, grid) -> None:
    alone = [make_resident(make_household(grid), care_tags=["lives_alone"]) for _number in range(2)]
    old = make_resident(make_household(grid), birth_date=date(1940, 1, 1))
    busy = make_case(at=timezone.now(), grid=grid, care_tags=["lives_alone"], name="隔离者")
    foreign = make_resident(make_household(), care_tags=["lives_alone"])
    address = f"{reverse('care_many')}?grid={grid.pk}&group=lives_alone"
    page = text(lead.get(address))
    assert page.count('name="person"') == 2 and busy.resident.name not in page and " checked" not in page
    assert f'value="{old.pk}"' in text(lead.get(address.replace("lives_alone", "old")))
    fields = {"person": [alone[0].pk, foreign.pk], "rules_name": "关爱走访 每3天"}
    for _twice in range(2):
        lead.post(address, fields)
    case = IsolationCase.unscoped.get(resident=alone[0])
    assert case.reason == "living_alone" and case.rule_set.name == "关爱走访 每3天" and case.decisions.count() == 1
    assert not IsolationCase.unscoped.filter(resident__in=[foreign, alone[1]]).exists()
    assert lead.post(address, {"rules_name": "关爱走访 每3天"}).status_code == 422


def test_rules_of_visits_that_were_withdrawn_meanwhile_come_back_in_words(lead, grid, monkeypatch) -> None:
    alone = make_resident(make_household(grid), care_tags=["lives_alone"])

    def withdrawn(**_facts) -> None:
        raise ValidationError("这套规则停用了")

    monkeypatch.setattr("quarantine.views.many_cases.case_deeds.open_care_visits", withdrawn)
    address = f"{reverse('care_many')}?grid={grid.pk}&group=lives_alone"
    answer = lead.post(address, {"person": [alone.pk], "rules_name": "关爱走访 每3天"})
    assert answer.status_code == 422 and "这套规则停用了" in text(answer) and " checked" in text(answer)


def test_a_worker_may_not_decide_on_many(grid) -> None:
    client, staff = Client(), make_staff(Role.GRID_WORKER, grid)
    client.post(reverse("login"), {"username": staff.user_name, "password": PASSWORD})
    for name in ("case_many", "case_rules", "care_many"):
        assert client.get(reverse(name)).status_code == 403 and client.post(reverse(name)).status_code == 403


def test_the_days_until_then_are_the_same_whichever_order_they_are_decided_in(grid) -> None:
    one, other = make_case(at=timezone.now(), grid=grid), make_case(at=timezone.now(), grid=grid)
    newer_rules(grid)
    now = {"by": SYSTEM, "at": timezone.now()}
    extend_many(versions={one.pk: 1}, days=3, why="x", **now)
    follow_newest_rules(versions={one.pk: 2, other.pk: 1}, why="x", **now)
    extend_many(versions={other.pk: 2}, days=3, why="x", **now)
    assert again(one).last_day == again(other).last_day == date(2026, 3, 13) + timedelta(days=3)


@pytest.mark.parametrize("step", ["look", "save"])
def test_tokens_that_no_page_sent_are_nobody(lead, grid, step: str) -> None:
    case = make_case(at=timezone.now(), grid=grid)
    tokens = ["9" * 25 + "-1", f"{case.pk}-" + "9" * 5000, f"{case.pk}-²", "-", f"{case.pk}"]
    fields = {"case": tokens, "days": "3", "why": "x", "step": step}
    for name in ("case_many", "case_rules"):
        assert lead.post(reverse(name), fields).status_code < 400
    assert again(case).version == 1

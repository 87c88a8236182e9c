"""隔离记录: opened from the person's page, seen, written on, closed."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grid import registries
from grid.rules.permissions import Role
from quarantine.models import CheckIn, IsolationCase
from quarantine.rules.case_clock import DEFAULT_NAME
from quarantine.views import cases as views
from tests.factories.grid import PASSWORD, make_place, make_staff
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.releases import release
from tests.factories.residents import make_household, make_resident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def grid():
    return make_place()


def logged_in(role: Role, place) -> Client:
    client = Client()
    staff = make_staff(role, place)
    client.post(reverse("login"), {"username": staff.user_name, "password": PASSWORD})
    return client


@pytest.fixture
def lead(grid) -> Client:
    return logged_in(Role.COMMUNITY_LEAD, grid.parent)


@pytest.fixture
def worker(grid) -> Client:
    return logged_in(Role.GRID_WORKER, grid)


def text(response) -> str:
    return response.content.decode()


def test_a_lead_opens_a_case_and_is_told_the_last_day(lead, grid) -> None:
    resident = make_resident(make_household(grid))
    address = reverse("case_open", args=[resident.pk])
    form = text(lead.get(address))
    # Nothing about her is chosen beforehand; of the rules, those that the place mostly follows are.
    assert form.count(" checked") == 1 and f'value="{DEFAULT_NAME}"' in form and 'value="2026' not in form
    answer = lead.post(address, {"reason": "returnee", "first_day": "2026-03-02"}, follow=True)
    case = IsolationCase.unscoped.get()
    assert (case.first_day, case.last_day) == (date(2026, 3, 2), date(2026, 3, 15))
    assert "3月15日" in text(answer) and answer.redirect_chain[-1][0] == reverse("case_detail", args=[case.pk])


def test_opening_twice_lands_on_the_same_case(lead, grid) -> None:
    case = make_case(at=timezone.now(), grid=grid)
    address = reverse("case_open", args=[case.resident_id])
    answer = lead.post(address, {"reason": "returnee", "first_day": "2026-03-02"})
    assert answer["Location"] == reverse("case_detail", args=[case.pk])
    assert IsolationCase.unscoped.count() == 1


def test_opening_while_the_open_case_is_closed_lands_on_the_person(lead, grid, monkeypatch) -> None:
    case = make_case(at=timezone.now(), grid=grid)
    monkeypatch.setattr(views, "open_case_of", lambda _resident_id: None)  # closed right after the refusal
    answer = lead.post(reverse("case_open", args=[case.resident_id]), {"reason": "other", "first_day": "2026-03-02"})
    assert answer["Location"] == reverse("resident_detail", args=[case.resident_id])


def test_a_form_without_reason_or_day_comes_back_filled_in(lead, grid) -> None:
    resident = make_resident(make_household(grid))
    answer = lead.post(reverse("case_open", args=[resident.pk]), {"reason": "returnee", "first_day": "2020-01-01"})
    assert answer.status_code == 422 and "太早" in text(answer) and "2020-01-01" in text(answer)
    assert not IsolationCase.unscoped.exists()


def test_a_worker_may_not_open_or_close(worker, grid) -> None:
    case = make_case(at=timezone.now(), grid=grid)
    for name, key in (("case_open", case.resident_id), ("case_close", case.pk)):
        assert worker.get(reverse(name, args=[key])).status_code == 403
        assert worker.post(reverse(name, args=[key]), {}).status_code == 403


def test_people_and_cases_elsewhere_are_not_there(lead) -> None:
    case = make_case(at=timezone.now())
    pages = [
        ("case_open", case.resident_id),
        ("case_detail", case.pk),
        ("case_close", case.pk),
        ("check_in_more", case.pk),
    ]
    for name, key in pages:
        assert lead.get(reverse(name, args=[key])).status_code == 404


def test_the_case_page_shows_every_entry_what_it_replaced_and_who_typed_it(worker, grid, clock) -> None:
    case = make_case(at=timezone.now(), grid=grid, first_day=date(2026, 3, 1))
    wrong = make_check_in(case, at=timezone.now(), temperature="38.5")
    address = reverse("check_in_more", args=[case.pk]) + f"?corrects={wrong.pk}&back=case"
    fields = {"uuid": str(uuid4()), "temperature": "36.4", "channel": "phone"}
    page = text(worker.post(address, fields, follow=True))
    assert "<del>38.5℃</del>" in page and "36.4℃" in page and "改过" in page and "电话" in page
    assert "3月4日 08:30" in page and "03-04" not in page
    assert 'class="square measured"' in page and 'class="square missed"' in page
    assert IsolationCase.unscoped.get().last_temperature == Decimal("36.4")


def test_an_undone_correction_shows_the_first_entry_standing_again(worker, grid) -> None:
    case = make_case(at=timezone.now(), grid=grid)
    wrong = make_check_in(case, at=timezone.now(), temperature="38.5")
    address = reverse("check_in_more", args=[case.pk]) + f"?corrects={wrong.pk}&back=case"
    worker.post(address, {"uuid": str(uuid4()), "temperature": "36.4"})
    second = CheckIn.unscoped.get(corrects=wrong)
    worker.post(reverse("check_in_withdraw", args=[second.pk]))
    page = text(worker.get(reverse("case_detail", args=[case.pk])))
    assert "<del>36.4℃</del>" in page and "<del>38.5℃</del>" not in page and 'class="square abnormal"' in page
    assert reverse("check_in_withdraw", args=[wrong.pk]) in page
    assert "没错，马上报告" in text(worker.get(reverse("check_in_confirm", args=[wrong.pk])))
    round_page = text(worker.get(reverse("today"), {"grid": grid.pk, "done": wrong.pk}))
    assert "要马上处理" in round_page and reverse("check_in_withdraw", args=[wrong.pk]) in round_page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_case_page_costs_the_same_queries(worker, grid, rows, django_assert_num_queries) -> None:
    case = make_case(at=timezone.now(), grid=grid)
    for _number in range(rows):
        make_check_in(case, at=timezone.now(), temperature="36.5")
    with django_assert_num_queries(11):
        assert worker.get(reverse("case_detail", args=[case.pk])).status_code == 200


def test_symptoms_are_noted_with_what_was_asked_and_lead_to_the_question(worker, grid) -> None:
    case = make_case(at=timezone.now(), grid=grid)
    address = reverse("check_in_more", args=[case.pk])
    assert " checked" not in text(worker.get(address))
    fields = {"uuid": str(uuid4()), "symptoms": ["breathless", "fever"]}
    answer = worker.post(address, fields)
    row = CheckIn.unscoped.get()
    assert row.symptoms_asked and row.abnormal and row.temperature is None
    assert answer["Location"] == reverse("check_in_confirm", args=[row.pk])
    assert "先打120" in text(worker.get(answer["Location"]))


def test_none_and_a_symptom_together_are_refused_and_so_is_nothing_at_all(worker, grid) -> None:
    address = reverse("check_in_more", args=[make_case(at=timezone.now(), grid=grid).pk])
    both = worker.post(address, {"uuid": str(uuid4()), "symptoms": ["fever"], "nothing_found": "on"})
    assert both.status_code == 422 and 'value="fever"' in text(both) and " checked" in text(both)
    assert worker.post(address, {"uuid": str(uuid4())}).status_code == 422
    assert not CheckIn.unscoped.exists()


def test_a_reading_of_last_evening_is_entered_late_in_its_own_slot(worker, grid) -> None:
    case = make_case(at=timezone.now(), grid=grid, first_day=date(2026, 3, 1))
    fields = {"uuid": str(uuid4()), "temperature": "36.6", "observed_at": "2026-03-03T20:10"}
    worker.post(reverse("check_in_more", args=[case.pk]), fields)
    row = CheckIn.unscoped.get()
    assert (row.local_day.day, row.slot) == (3, "evening")
    assert "补录" in text(worker.get(reverse("case_detail", args=[case.pk])))


def test_a_case_is_closed_by_the_version_that_was_seen(lead, grid) -> None:
    case = make_case(at=timezone.now(), grid=grid, first_day=date(2026, 2, 19))
    address = reverse("case_close", args=[case.pk])
    late = lead.post(address, {"version": 7, "closed_as": "to_hospital", "closed_note": "发热"})
    assert late.status_code == 422 and "error-summary" in text(late) and 'value="发热"' in text(late)
    # What comes back carries the version of now, so that sending it again works.
    assert 'name="version" value="1"' in text(late)
    for _twice in range(2):
        assert lead.post(address, {"version": 1, "closed_as": "to_hospital"}).status_code == 302
    assert IsolationCase.unscoped.get().closed_as == "to_hospital"


def test_the_person_and_the_door_show_the_isolation(lead, worker, grid) -> None:
    door = make_household(grid)
    free, isolated = make_resident(door), make_resident(door, name="王小明")
    case = make_case(at=timezone.now(), resident=isolated)
    assert reverse("case_detail", args=[case.pk]) in text(lead.get(reverse("resident_detail", args=[isolated.pk])))
    assert reverse("case_open", args=[free.pk]) in text(lead.get(reverse("resident_detail", args=[free.pk])))
    assert reverse("case_open", args=[free.pk]) not in text(worker.get(reverse("resident_detail", args=[free.pk])))
    assert reverse("case_detail", args=[case.pk]) in text(worker.get(reverse("household_detail", args=[door.pk])))


def counts(staff) -> dict[str, int]:
    found = {}
    for key, figure in registries.FIGURES.items():
        if figure.source.key == "cases":
            condition = figure.condition(figure.source.facts(timezone.now()))
            found[key] = figure.source.rows(staff).filter(condition).count()
    return found


def test_figures_split_those_due_and_count_closed_cases_as_released_only(grid, clock) -> None:
    supervisor = make_staff(Role.STREET_SUPERVISOR, grid.street)
    began = timezone.now() - timedelta(days=2)
    yesterday = began + timedelta(days=1)
    cases = [make_case(at=began, grid=grid, first_day=date(2026, 3, 2)) for _number in range(6)]
    make_check_in(cases[0], at=yesterday, temperature="38.0")  # of yesterday: neither measured nor abnormal today
    make_check_in(cases[1], at=timezone.now(), temperature="37.3")
    make_check_in(cases[2], at=timezone.now(), outcome="well")
    make_check_in(cases[3], at=timezone.now(), outcome="no_answer")
    make_check_in(cases[4], at=timezone.now(), asked=True)  # nobody asked is called not reached
    make_case(at=timezone.now(), grid=grid, first_day=date(2026, 3, 5))  # begins tomorrow
    over = make_case(at=began, grid=grid, first_day=date(2026, 2, 10))
    release(over, at=timezone.now())
    make_case(at=timezone.now())  # another street
    found = counts(supervisor)
    assert found == {
        "in_isolation": 7, "new_today": 1, "released_today": 1, "due": 6, "measured": 1, "reached": 2,
        "not_reached": 3, "abnormal": 1, "test_due": 0, "test_waiting": 0, "care_visits": 0, "care_left": 0,
    }  # fmt: skip
    left = IsolationCase.unscoped.open().filter(next_due_at__lte=timezone.now(), grid=grid).count()
    assert found["not_reached"] == left == 3
    clock.shift(timedelta(hours=5))  # 13:30: the evening has begun
    later = counts(supervisor)
    assert later["due"] == later["not_reached"] == 6 and later["abnormal"] == 1

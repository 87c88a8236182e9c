"""今天: two taps, the next person, what is left and done, for the test client without JavaScript."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grid.models import AuditRecord
from grid.rules.permissions import Role
from quarantine.models import Alert, CheckIn, IsolationCase, RuleSet
from quarantine.queries import round as rounds
from quarantine.queries.cases import SlotFacts
from residents.models import Household
from tests.factories.grid import PASSWORD, make_place, make_staff
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_household, make_resident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def grid():
    return make_place()


def logged_in(role: Role, place) -> Client:
    client = Client()
    staff = make_staff(role, place)
    assert client.post(reverse("login"), {"username": staff.user_name, "password": PASSWORD}).status_code in (302, 303)
    return client


@pytest.fixture
def worker(grid) -> Client:
    return logged_in(Role.GRID_WORKER, grid)


def door(grid, room: str):
    return make_household(grid, room=room)


def tap(client: Client, case: IsolationCase, **fields):
    return client.post(reverse("check_in_add", args=[case.pk]), {"uuid": str(uuid4()), **fields})


def heading(response) -> str:
    return re.search(r"<h1>(.*?)</h1>", response.content.decode(), re.S)[1].strip()


def open_room(response) -> str:
    return re.search(r'id="stop-title"[^>]*>(.*?)<', response.content.decode(), re.S)[1].strip()


def pad_of(response) -> str | None:
    found = re.search(r'class="pad">\s*<form method="post" action="(.*?)"', response.content.decode(), re.S)
    return found[1] if found else None


def test_the_first_line_says_how_many_doors_and_people_are_left(worker, grid) -> None:
    now = timezone.now()
    home = door(grid, "102")
    make_case(at=now, household=home)
    make_case(at=now, household=home)
    make_case(at=now, household=door(grid, "101"))
    page = worker.get(reverse("today"))
    assert heading(page) == "今早 还差2户3人"
    assert open_room(page).endswith("101")
    assert " checked" not in page.content.decode()


def test_two_taps_store_the_temperature_and_open_the_next_person(worker, grid) -> None:
    now = timezone.now()
    home = door(grid, "101")
    first, second = make_case(at=now, household=home), make_case(at=now, household=home)
    third = make_case(at=now, household=door(grid, "102"))
    page = worker.get(tap(worker, first, whole="36", tenth="5")["Location"])
    row = CheckIn.unscoped.get()
    assert (row.temperature, row.symptoms_asked, row.reached) == (Decimal("36.5"), False, False)
    assert pad_of(page) == reverse("check_in_add", args=[second.pk])
    assert "36.5℃" in page.content.decode() and reverse("check_in_withdraw", args=[row.pk]) in page.content.decode()
    page = worker.get(tap(worker, second, whole="36", tenth="8")["Location"])
    assert pad_of(page) == reverse("check_in_add", args=[third.pk])
    assert reverse("door_asked", args=[home.pk]) in page.content.decode()
    page = worker.get(tap(worker, third, whole="36", tenth="8")["Location"])
    assert heading(page) == "今早 都报完了"


def new_version(rules: RuleSet, name: str) -> RuleSet:
    slots = [{"slot": name, "from": "00:00", "until": "23:00"}]
    fields = {"version": rules.version + 1, "slots": slots, "isolation_days": 14, "threshold": Decimal("37.3")}
    return RuleSet.objects.create(
        place=rules.place, name=rules.name, at_threshold_is_fever=True, created_at=timezone.now(), **fields
    )


def test_the_page_speaks_of_the_newest_rules_and_reads_only_those_that_count(worker, grid) -> None:
    followed = make_case(at=timezone.now(), household=door(grid, "101")).rule_set
    forgotten = new_version(followed, "morning")
    newest = new_version(forgotten, "evening")
    facts = SlotFacts.read(timezone.now())
    assert list(facts.running) == [followed.pk, newest.pk]
    assert rounds.slot_of_page(facts, timezone.now()).name == "evening"


def test_behind_the_last_door_the_round_begins_again(worker, grid) -> None:
    now = timezone.now()
    make_case(at=now, household=door(grid, "101"))
    last = make_case(at=now, household=door(grid, "102"))
    page = worker.get(tap(worker, last, whole="36", tenth="5")["Location"])
    assert open_room(page).endswith("101")


def test_a_digit_without_a_degree_stores_nothing_and_says_so(worker, grid) -> None:
    case = make_case(at=timezone.now(), household=door(grid, "101"))
    answer = tap(worker, case, tenth="5")
    assert answer.status_code == 422 and "先点整数" in answer.content.decode()
    assert pad_of(answer) == reverse("check_in_add", args=[case.pk])
    assert not CheckIn.unscoped.exists()


@pytest.mark.parametrize("people", [1, 3])
def test_whoever_has_no_phone_is_rung_through_the_family(
    worker, grid, people, django_assert_num_queries: Callable[..., AbstractContextManager[Any]]
) -> None:
    home, alone = door(grid, "101"), door(grid, "102")
    case = make_case(at=timezone.now(), resident=make_resident(home, "赵奶奶"))
    for number in range(people):
        make_resident(home, f"家里人{number}", phones=[f"1990000500{number}"])
        make_case(at=timezone.now(), resident=make_resident(alone, f"独居{number}"))
    make_resident(home, "走了的", phones=["19900005009"], left_on=timezone.now().date(), left_reason="moved_out")
    with django_assert_num_queries(14):
        page = worker.get(reverse("today")).content.decode()
    whole = worker.get(reverse("case_detail", args=[case.pk])).content.decode()
    for shown, ways in ((page, 1), (whole, people)):  # on the round one, so that the pad stays in view
        assert shown.count("打给家里人：家里人") == ways and "打给家里人：家里人0" in shown
        assert "tel:19900005000" in shown and "tel:19900005009" not in shown and "没有电话" not in shown
    assert "没有电话" in worker.get(f"{reverse('today')}?door={alone.pk}").content.decode()


def test_a_double_tap_stores_once(worker, grid) -> None:
    case = make_case(at=timezone.now(), household=door(grid, "101"))
    uuid = str(uuid4())
    for tenth in ("5", "6"):
        assert tap(worker, case, uuid=uuid, whole="36", tenth=tenth).status_code == 302
    assert [row.temperature for row in CheckIn.unscoped.all()] == [Decimal("36.5")]


def test_a_fever_is_stored_at_once_and_then_asked_about(worker, grid) -> None:
    case = make_case(at=timezone.now(), household=door(grid, "101"))
    lead = make_staff(Role.COMMUNITY_LEAD, grid.parent, name="王芳")
    type(lead).objects.filter(pk=lead.pk).update(phone="19900007001")
    answer = tap(worker, case, whole="38", tenth="5")
    row = CheckIn.unscoped.get()
    assert row.abnormal and answer["Location"] == reverse("check_in_confirm", args=[row.pk])
    page = worker.get(answer["Location"])
    assert heading(page) == "38.5℃，没按错？"
    assert "19900007001" in page.content.decode() and "王芳" in page.content.decode()
    worker.post(reverse("check_in_confirm", args=[row.pk]))
    assert "要马上处理" in worker.get(reverse("today")).content.decode()


def test_a_fever_is_confirmed_once_by_whoever_has_the_person_after_a_move(grid) -> None:
    case = make_case(at=timezone.now(), household=door(grid, "101"))
    fever = make_check_in(case, at=timezone.now(), temperature="38.5")
    new_grid = make_place(parent=grid.parent)
    Household.unscoped.filter(pk=case.resident.household_id).update(grid=new_grid)
    new_worker = logged_in(Role.GRID_WORKER, new_grid)
    for _twice in range(2):
        assert new_worker.post(reverse("check_in_confirm", args=[fever.pk])).status_code == 302
    assert AuditRecord.objects.get(deed="check_in_confirmed").place == new_grid


def urgent_card(response) -> str:
    return re.search(r'aria-labelledby="abnormal-title".*?</section>', response.content.decode(), re.S)[0]


def test_the_urgent_card_gives_no_later_normal_reading_the_time_of_the_fever(worker, grid, clock) -> None:
    case = make_case(at=timezone.now(), household=door(grid, "101"))
    make_check_in(case, at=timezone.now(), temperature="38.9")
    assert "· 38.9℃" in urgent_card(worker.get(reverse("today")))
    clock.shift(600)
    make_check_in(case, at=timezone.now(), temperature="36.1")
    assert "℃" not in urgent_card(worker.get(reverse("today")))


def test_a_slip_is_taken_back_and_the_person_is_open_again(worker, grid) -> None:
    case = make_case(at=timezone.now(), household=door(grid, "101"))
    make_case(at=timezone.now(), household=door(grid, "102"))
    tap(worker, case, whole="38", tenth="5")
    address = reverse("check_in_withdraw", args=[CheckIn.unscoped.get().pk])
    page = worker.get(worker.post(address)["Location"])
    assert pad_of(page) == reverse("check_in_add", args=[case.pk])
    assert "要马上处理" not in page.content.decode() and heading(page) == "今早 还差2户2人"
    assert worker.post(address).status_code == 302
    assert CheckIn.unscoped.count() == 2


def test_a_try_in_vain_stays_left_and_says_who_tried_when(worker, grid) -> None:
    case = make_case(at=timezone.now(), household=door(grid, "101"))
    page = worker.get(tap(worker, case, outcome="no_answer")["Location"])
    assert heading(page) == "今早 还差1户1人"
    assert re.search(r"08:30 员工\d+打过，没接", page.content.decode())


def test_asked_none_is_noted_for_those_named_and_says_no_temperature(worker, grid) -> None:
    now, home = timezone.now(), door(grid, "101")
    case, other = make_case(at=now, household=home), make_case(at=now, household=home)
    answer = worker.post(reverse("door_asked", args=[home.pk]), {"uuid": str(uuid4()), "cases": [case.pk]})
    assert answer.status_code == 302
    found = IsolationCase.unscoped.get(pk=case.pk)
    assert found.last_asked_at == now and found.last_measured_at is None
    assert IsolationCase.unscoped.get(pk=other.pk).last_asked_at is None


@pytest.mark.parametrize("typed", ["40.2", "４０．２", "40。2", "40,2 ", "40.2℃"])
def test_another_number_is_read_as_people_type_it(worker, grid, typed: str) -> None:
    case = make_case(at=timezone.now(), household=door(grid, "101"))
    tap(worker, case, reading="other", temperature=typed)
    assert CheckIn.unscoped.get().temperature == Decimal("40.2")


@pytest.mark.parametrize("typed", ["365", "36.55", "abc", "", "NaN", "33.9"])
def test_a_number_that_cannot_be_meant_is_refused(worker, grid, typed: str) -> None:
    case = make_case(at=timezone.now(), household=door(grid, "101"))
    assert tap(worker, case, reading="other", temperature=typed).status_code == 422
    assert not CheckIn.unscoped.exists()


def test_somebody_asked_is_not_called_reached_and_not_left(worker, grid) -> None:
    case = make_case(at=timezone.now(), household=door(grid, "101"))
    make_check_in(case, at=timezone.now(), asked=True)
    page = worker.get(reverse("today"))
    assert heading(page) == "今早 都报完了"
    in_english = worker.get(reverse("today"), headers={"accept-language": "en"}).content.decode()
    assert "Asked, not measured" in in_english and "Not reached" not in in_english
    assert "已联系" not in page.content.decode() and "没联系上" not in page.content.decode()


def test_not_measured_is_reached_and_nothing_else(worker, grid) -> None:
    case = make_case(at=timezone.now(), household=door(grid, "101"))
    page = worker.get(tap(worker, case, reading="not_measured")["Location"])
    row = CheckIn.unscoped.get()
    assert row.reached and row.temperature is None and not row.symptoms_asked
    assert "已联系·未测温" in page.content.decode()


def test_htmx_gets_the_part_and_the_address_to_come_back_to(worker, grid) -> None:
    case = make_case(at=timezone.now(), household=door(grid, "101"))
    fields = {"uuid": str(uuid4()), "whole": "36", "tenth": "5"}
    part = worker.post(reverse("check_in_add", args=[case.pk]), fields, headers={"HX-Request": "true"})
    text = part.content.decode()
    assert part.status_code == 200 and "<html" not in text and '<div id="round"' in text
    assert part["HX-Replace-Url"].startswith(reverse("today"))
    boosted = worker.get(reverse("today"), headers={"HX-Request": "true", "HX-Boosted": "true"})
    assert "<html" in boosted.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_round_costs_the_same_queries_whatever_is_on_it(worker, grid, rows, django_assert_num_queries) -> None:
    now = timezone.now()
    for number in range(rows):
        home = door(grid, f"10{number}")
        make_case(at=now, household=home)
        make_check_in(make_case(at=now, household=home), at=now, temperature="38.0")
        make_check_in(make_case(at=now, household=door(grid, f"20{number}")), at=now, temperature="36.5")
    done = CheckIn.unscoped.order_by("pk").last()
    with django_assert_num_queries(14):
        page = worker.get(reverse("today"), {"after": home.pk, "done": done.pk})
    assert page.status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_the_table_of_grids_costs_the_same_queries_whatever_is_in_it(rows, django_assert_num_queries) -> None:
    now, community = timezone.now(), make_place().parent
    lead = logged_in(Role.COMMUNITY_LEAD, community)
    for _number in range(rows):
        case = make_case(at=now, grid=make_place(parent=community))
        make_check_in(case, at=now, outcome="unwell")
        make_case(at=now, household=case.resident.household)
    with django_assert_num_queries(18):
        page = lead.get(reverse("today"))
    assert heading(page) == f"今早 还差{rows}户{rows}人"
    assert page.content.decode().count("?grid=") == rows + 1


def test_a_lead_reads_what_her_day_brings_and_finds_just_as_many_behind_each_number(grid) -> None:
    now, day = timezone.now(), timezone.localdate()
    lead = logged_in(Role.COMMUNITY_LEAD, grid.parent)
    for ends_in, people in ((-2, 1), (0, 2), (5, 3)):
        for _person in range(people):
            first_day = day + timedelta(days=ends_in - 13)
            make_case(at=now, household=make_household(grid), first_day=first_day)
    IsolationCase.unscoped.filter(first_day=day - timedelta(days=8)).update(next_test_on=day)
    page = lead.get(reverse("today")).content.decode()
    for words in ("逾期没解除：1人", "今天期满：2人", "要采样：3", "告知书没发：6人"):
        assert words in page
    for name, part, number in (
        ("release_list", 'aria-labelledby="overdue"', 1), ("release_list", 'aria-labelledby="today"', 2),
        ("sample_list", 'aria-labelledby="due"', 3), ("paper_due", 'aria-labelledby="isolation_notice"', 6),
    ):  # fmt: skip
        section = lead.get(reverse(name)).content.decode().split(part)[1]
        doors = re.findall(r"<li[ >]", re.split(r'<section class="stack" ', section)[0])
        assert len(doors) == number, name
    make_place(parent=grid.parent)
    supervisor = logged_in(Role.STREET_SUPERVISOR, grid.street).get(reverse("today")).content.decode()
    assert "逾期没解除" not in supervisor and "没有网格员" in supervisor
    make_staff(Role.GRID_WORKER, grid)
    page = lead.get(reverse("today")).content.decode()
    assert page.count("没有网格员") == 1 and "逾期没解除：1人" in page


def test_the_table_says_who_sees_to_somebody_unwell_and_seen_to_only_when_it_was(grid) -> None:
    case, lead = make_case(at=timezone.now(), grid=grid), logged_in(Role.COMMUNITY_LEAD, grid.parent)
    tap(lead, case, whole="38", tenth="5")
    assert "还没人接手" in lead.get(reverse("today")).content.decode()
    Alert.unscoped.update(closed_at=timezone.now(), next_step_at=None, outcome="to_hospital")
    page = lead.get(reverse("today")).content.decode()
    assert case.resident.name in page and "处理完了" in page and "还没人接手" not in page


def test_a_supervisor_sees_the_round_and_cannot_tap(grid) -> None:
    case = make_case(at=timezone.now(), household=door(grid, "101"))
    supervisor = logged_in(Role.STREET_SUPERVISOR, grid.street)
    page = supervisor.get(reverse("today"), {"grid": grid.pk})
    assert page.status_code == 200 and pad_of(page) is None
    assert tap(supervisor, case, whole="36", tenth="5").status_code == 403


def test_another_grid_and_another_door_are_not_there(worker, grid) -> None:
    elsewhere = make_case(at=timezone.now())
    assert worker.get(reverse("today"), {"grid": elsewhere.grid_id}).status_code == 404
    assert tap(worker, elsewhere, whole="36", tenth="5").status_code == 404
    far_door = reverse("door_asked", args=[elsewhere.resident.household_id])
    assert worker.post(far_door, {"uuid": str(uuid4())}).status_code == 404
    row = make_check_in(elsewhere, at=timezone.now(), temperature="38.0")
    for name in ("check_in_confirm", "check_in_withdraw"):
        assert worker.post(reverse(name, args=[row.pk])).status_code == 404
    assert CheckIn.unscoped.count() == 1


def test_deeds_refuse_to_be_read(worker, grid) -> None:
    case = make_case(at=timezone.now(), household=door(grid, "101"))
    row = make_check_in(case, at=timezone.now(), temperature="38.0")
    for name, key in (
        ("check_in_add", case.pk),
        ("check_in_withdraw", row.pk),
        ("door_asked", case.resident.household_id),
    ):
        assert worker.get(reverse(name, args=[key])).status_code == 405
    assert worker.post(reverse("today")).status_code == 405


def test_nobody_due_says_what_to_do(worker) -> None:
    assert "这里没有人居家隔离" in worker.get(reverse("today")).content.decode()


def test_who_is_not_begun_or_over_is_not_on_the_round(worker, grid) -> None:
    make_case(at=timezone.now(), household=door(grid, "101"), first_day=date(2026, 3, 5))
    make_case(at=timezone.now(), household=door(grid, "102"), first_day=date(2026, 2, 18))
    assert heading(worker.get(reverse("today"))) == "今早 都报完了"

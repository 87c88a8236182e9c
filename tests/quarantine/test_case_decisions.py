"""Decisions on an open isolation: extended, shortened, paused, corrected, and taken back; refused where impossible."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grid.actions.audit import EditedMeanwhile
from grid.models import AuditRecord
from grid.rules.actors import SYSTEM, Actor
from grid.rules.permissions import Role
from quarantine.actions import case_decisions as deeds
from quarantine.actions import cases
from quarantine.actions.releases import release_case
from quarantine.actions.sweeps import sweep
from quarantine.models import Alert, CaseChange, CasePaper, IsolationCase
from quarantine.rules import ladder
from tests.factories.alerts import make_alert, reread, swept_until
from tests.factories.grid import PASSWORD, make_place, make_staff
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_household, make_resident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]  # it is 4 March 2026, 08:30
V8 = "第八版 14天隔离+7天监测"


def again(case: IsolationCase) -> IsolationCase:
    return IsolationCase.unscoped.get(pk=case.pk)


def by_v8(first_day: date, **where) -> IsolationCase:
    resident = make_resident(make_household(where.get("grid")))
    return cases.open_case(
        resident=resident, reason="close_contact", first_day=first_day, rules_name=V8, by=SYSTEM, at=timezone.now()
    )


def newest(case: IsolationCase) -> CaseChange:
    return again(case).decisions.order_by("-pk")[0]


def move_end(case: IsolationCase, day: date, version: int | None = None, **facts) -> IsolationCase:
    facts = {"why": "同住的人阳了", "by": SYSTEM, "at": timezone.now()} | facts
    return deeds.move_end(case=case, last_day=day, version=version or again(case).version, **facts)


def test_an_extension_keeps_why_and_moves_monitoring_along_while_isolation_lasts() -> None:
    case = by_v8(date(2026, 3, 1))
    assert (case.last_day, case.monitoring_from) == (date(2026, 3, 21), date(2026, 3, 15))
    now = move_end(case, date(2026, 3, 24))
    assert (now.last_day, now.monitoring_from, now.version) == (date(2026, 3, 24), date(2026, 3, 18), 2)
    kept = newest(case)
    assert (kept.kind, kept.why, kept.before["last_day"]) == ("extended", "同住的人阳了", "2026-03-21")
    assert AuditRecord.objects.get(deed="case_extended").facts == {"days": 3}


def test_in_monitoring_an_extension_makes_monitoring_longer(clock) -> None:
    case = by_v8(date(2026, 2, 16))
    assert case.stage == "monitoring"
    now = move_end(case, date(2026, 3, 12))
    assert (now.last_day, now.monitoring_from) == (date(2026, 3, 12), date(2026, 3, 2))


def test_the_same_twice_is_one_decision_and_another_version_is_told() -> None:
    case = make_case(at=timezone.now())
    for _twice in range(2):
        move_end(case, date(2026, 3, 20), version=1)
    assert again(case).decisions.filter(kind="extended").count() == 1
    with pytest.raises(EditedMeanwhile):
        move_end(case, date(2026, 3, 22), version=1)


@pytest.mark.parametrize("day", [date(2026, 3, 3), date(2026, 6, 1)])
def test_an_end_out_of_reach_is_refused_and_nothing_is_kept(day: date) -> None:
    case = make_case(at=timezone.now())
    with pytest.raises(ValidationError):
        move_end(case, day)
    assert again(case).version == 1 and again(case).decisions.count() == 1


def test_a_closed_case_and_a_stranger_are_refused() -> None:
    case = make_case(at=timezone.now())
    worker = make_staff(Role.GRID_WORKER, case.grid)
    with pytest.raises(PermissionDenied):
        move_end(case, date(2026, 3, 20), by=Actor.staff(worker.pk))
    cases.close_case(case=case, closed_as="to_hospital", note="", version=1, by=SYSTEM, at=timezone.now())
    with pytest.raises(ValidationError, match="结束"):
        move_end(case, date(2026, 3, 20))


def test_a_pause_asks_for_nothing_and_going_on_may_add_its_days(clock) -> None:
    case = make_case(at=timezone.now())
    facts = {"why": "住院", "by": SYSTEM}
    paused = deeds.pause_case(case=case, version=1, at=timezone.now(), **facts)
    assert paused.stage == "paused" and paused.next_due_at is None and paused.look_at is None
    assert deeds.pause_case(case=case, version=1, at=timezone.now(), **facts).version == 2  # harmless twice
    clock.shift(timedelta(days=3))
    on = deeds.resume_case(case=case, version=2, adds_days=True, at=timezone.now(), **facts)
    assert on.stage == "isolation" and on.paused_at is None and on.next_due_at is not None
    assert on.last_day == case.last_day + timedelta(days=3)
    back = deeds.take_back(decision=newest(case), by=SYSTEM, at=timezone.now())
    assert back.stage == "paused" and back.last_day == case.last_day and back.paused_at == paused.paused_at


def test_the_slots_of_a_pause_are_nobodys_silence(clock) -> None:
    case, facts = make_case(at=timezone.now()), {"why": "住院", "by": SYSTEM}
    deeds.pause_case(case=case, version=1, at=timezone.now(), **facts)
    clock.shift(timedelta(days=3))
    deeds.resume_case(case=case, version=2, adds_days=False, at=timezone.now(), **facts)

    def kinds_after(hours: int) -> set[str]:
        at = timezone.now() + timedelta(hours=hours)
        swept_until(at - timedelta(minutes=1))
        sweep(at=at)
        return set(Alert.unscoped.filter(kind__in=[ladder.SILENT, ladder.ROUND_OPEN]).values_list("kind", flat=True))

    assert kinds_after(0) == set()  # the evening before was not hers either
    assert kinds_after(6) == {ladder.ROUND_OPEN}
    assert kinds_after(15) == {ladder.ROUND_OPEN, ladder.SILENT}


def test_a_pause_that_was_a_mistake_brings_back_what_it_had_ended(clock) -> None:
    case, facts = make_case(at=timezone.now()), {"why": "点错了", "by": SYSTEM}
    known = make_case(at=timezone.now())
    for one in (case, known):
        make_alert(one, at=timezone.now(), kind=ladder.SILENT)
        deeds.pause_case(case=one, version=1, at=timezone.now(), **facts)
    assert not Alert.unscoped.open().exists()
    clock.shift(timedelta(minutes=20))
    make_check_in(known, at=timezone.now(), temperature="36.5")
    for one in (case, known):
        deeds.take_back(decision=newest(one), by=SYSTEM, at=timezone.now())
    assert Alert.unscoped.open().get().case_id == case.pk


def test_a_corrected_first_day_moves_the_whole_period_and_its_tests() -> None:
    case = by_v8(date(2026, 3, 4))
    assert case.next_test_on == date(2026, 3, 4)
    move_end(case, date(2026, 3, 26))
    facts = {"why": "记错了", "version": 2, "by": SYSTEM, "at": timezone.now()}
    now = deeds.correct_first_day(case=case, first_day=date(2026, 3, 2), **facts)
    assert (now.last_day, now.monitoring_from) == (date(2026, 3, 24), date(2026, 3, 18))
    assert now.next_test_on == date(2026, 3, 5)  # day 4; day 1 was before the record began


def test_what_has_begun_long_since_cannot_begin_ahead() -> None:
    case = by_v8(date(2026, 2, 16))
    facts = {"why": "记错了", "version": 1, "by": SYSTEM, "at": timezone.now()}
    with pytest.raises(ValidationError):
        deeds.correct_first_day(case=case, first_day=date(2026, 3, 9), **facts)
    assert again(case).first_day == date(2026, 2, 16)
    with pytest.raises(ProgrammingError), transaction.atomic():  # and the database says the same
        IsolationCase.unscoped.filter(pk=case.pk).update(stage="planned")


def test_the_database_refuses_what_no_action_would_write() -> None:
    case = make_case(at=timezone.now())
    for wrong in (
        {"last_day": date(2026, 3, 1)},
        {"stage": "paused"},
        {"stage": "closed"},
        {"closed_at": timezone.now()},
        {"monitoring_from": case.first_day},
    ):
        with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
            IsolationCase.unscoped.filter(pk=case.pk).update(**wrong)


def test_only_the_newest_decision_is_taken_back_and_history_says_both() -> None:
    case = make_case(at=timezone.now())
    move_end(case, date(2026, 3, 20))
    first = newest(case)
    move_end(case, date(2026, 3, 18))
    with pytest.raises(ValidationError):
        deeds.take_back(decision=first, by=SYSTEM, at=timezone.now())
    second = newest(case)
    for _twice in range(2):
        assert deeds.take_back(decision=second, by=SYSTEM, at=timezone.now()).last_day == date(2026, 3, 20)
    assert deeds.take_back(decision=first, by=SYSTEM, at=timezone.now()).last_day == case.last_day
    kinds = list(case.decisions.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["opened", "extended", "shortened", "taken_back", "taken_back"]


def test_an_opening_is_not_taken_back() -> None:
    case = make_case(at=timezone.now())
    with pytest.raises(ValidationError):
        deeds.take_back(decision=newest(case), by=SYSTEM, at=timezone.now())


def test_a_closing_taken_back_goes_on_where_it_was_with_what_it_had_settled(clock) -> None:
    case = make_case(at=timezone.now())
    make_check_in(case, at=timezone.now(), temperature="38.5")
    version = deeds.pause_case(case=case, why="住院", version=1, by=SYSTEM, at=timezone.now()).version
    clock.shift(60)
    cases.close_case(case=case, closed_as="to_hospital", note="", version=version, by=SYSTEM, at=timezone.now())
    assert not Alert.unscoped.open().exists()
    clock.shift(timedelta(days=2))
    back = deeds.take_back(decision=newest(case), by=SYSTEM, at=timezone.now())
    assert back.closed_at is None and back.stage == "paused" and back.last_abnormal_at is not None
    assert [alert.kind for alert in Alert.unscoped.open()] == ["abnormal"]


def release(case: IsolationCase) -> None:
    make_check_in(case, at=timezone.now(), asked=True)
    release_case(case=case, checked=True, by=SYSTEM, at=timezone.now())


def test_a_release_is_taken_back_on_its_day_with_its_paper(clock) -> None:
    case = make_case(at=timezone.now(), first_day=date(2026, 2, 19))
    release(case)
    paper = CasePaper.unscoped.create(
        case=case, grid=case.grid, kind="release_notice", serial="x", token_digest=b"1", token_sealed=b"2",
        issued_at=timezone.now(),
    )  # fmt: skip
    deeds.take_back(decision=newest(case), by=SYSTEM, at=timezone.now())
    paper.refresh_from_db()
    assert paper.withdrawn_at == timezone.now() and again(case).closed_at is None
    release(case)
    clock.shift(timedelta(days=1))
    with pytest.raises(ValidationError):
        deeds.take_back(decision=newest(case), by=SYSTEM, at=timezone.now())


def test_a_closing_is_not_taken_back_where_the_person_has_another_record() -> None:
    case = make_case(at=timezone.now())
    cases.close_case(case=case, closed_as="entered_in_error", note="", version=1, by=SYSTEM, at=timezone.now())
    make_case(at=timezone.now(), resident=case.resident)
    with pytest.raises(ValidationError):
        deeds.take_back(decision=newest(case), by=SYSTEM, at=timezone.now())


# the pages


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


def text(response) -> str:
    return response.content.decode()


def test_a_lead_extends_sees_who_when_and_why_and_takes_it_back(lead, grid) -> None:
    case = make_case(at=timezone.now(), grid=grid)
    address = reverse("case_end", args=[case.pk])
    assert 'value="2026' not in text(lead.get(address))
    fields = {"version": 1, "last_day": "2026-03-20", "why": "同住的人阳了"}
    for _twice in range(2):
        page = text(lead.post(address, fields, follow=True))
    assert "从3月17日延到3月20日" in page.replace(" ", "") and "同住的人阳了" in page
    decision = newest(case)
    undo = reverse("case_take_back", args=[decision.pk])
    assert undo in page and lead.get(undo).status_code == 200
    for _twice in range(2):
        page = text(lead.post(undo, follow=True))
    assert again(case).last_day == date(2026, 3, 17) and "<del>" in page and "撤销" in page


def test_a_decision_without_why_or_of_an_old_page_comes_back_filled_in(lead, grid) -> None:
    case = make_case(at=timezone.now(), grid=grid)
    address = reverse("case_end", args=[case.pk])
    empty = lead.post(address, {"version": 1, "last_day": "2026-03-20", "why": ""})
    assert empty.status_code == 422 and 'value="2026-03-20"' in text(empty)
    move_end(case, date(2026, 3, 18))
    late = lead.post(address, {"version": 1, "last_day": "2026-03-20", "why": "同住"})
    assert late.status_code == 422 and 'name="version" value="2"' in text(late) and 'value="同住"' in text(late)


def test_pause_go_on_and_first_day_have_pages(grid, clock) -> None:
    case = make_case(at=timezone.now(), grid=grid)
    lead = logged_in(Role.COMMUNITY_LEAD, grid.parent)
    pages = [("case_pause", {"why": "住院"}), ("case_resume", {"why": "出院", "adds_days": "on"})]
    for name, fields in pages:
        answer = lead.post(reverse(name, args=[case.pk]), {"version": again(case).version, **fields})
        assert answer.status_code == 302, text(answer)
        clock.shift(timedelta(days=1))
        lead = logged_in(Role.COMMUNITY_LEAD, grid.parent)
        assert lead.get(reverse(name, args=[case.pk])).status_code == 200
    fields = {"version": again(case).version, "first_day": "2026-03-02", "why": "记错了"}
    page = text(lead.post(reverse("case_first_day", args=[case.pk]), fields, follow=True))
    assert again(case).first_day == date(2026, 3, 2) and "暂停" in page and "第1天" in page


DECISIONS = ["case_end", "case_pause", "case_resume", "case_first_day"]


@pytest.mark.parametrize("name", DECISIONS)
def test_a_worker_may_not_decide_and_a_stranger_finds_nothing(name, lead, grid) -> None:
    own, foreign = make_case(at=timezone.now(), grid=grid), make_case(at=timezone.now())
    worker = logged_in(Role.GRID_WORKER, grid)
    assert worker.post(reverse(name, args=[own.pk]), {}).status_code == 403
    assert lead.post(reverse(name, args=[foreign.pk]), {}).status_code == 404
    assert lead.post(reverse("case_take_back", args=[newest(foreign).pk])).status_code == 404
    assert worker.post(reverse("case_take_back", args=[newest(own).pk])).status_code == 403


def test_the_page_says_day_and_stage_apart_in_monitoring_and_marks_test_days(lead, grid, clock) -> None:
    case = by_v8(date(2026, 2, 16), grid=grid)
    page = text(lead.get(reverse("case_detail", args=[case.pk])))
    assert "监测第3/7天" in page.replace(" ", "") and page.count('class="days"') == 2
    assert page.count('class="day-test"') == 6


def test_a_shortening_taken_back_leaves_no_release_overdue() -> None:
    case = make_case(at=timezone.now() - timedelta(days=5), first_day=date(2026, 2, 27))
    move_end(case, date(2026, 3, 2))
    alert = make_alert(case, at=timezone.now(), kind="release_overdue")
    deeds.take_back(decision=newest(case), by=SYSTEM, at=timezone.now())
    assert reread(alert).closed_at is not None

"""补问: asked of chosen people, answered at their doors, a column of lists, gone when it is over."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from grid.models import AuditRecord
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from quarantine.actions import questions as deeds
from quarantine.actions.cases import close_case
from quarantine.models import Question, QuestionAnswer
from quarantine.queries import questions as queries
from tests.factories.grid import make_place, make_staff
from tests.factories.quarantine import make_case
from tests.factories.residents import make_household

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def grid():
    return make_place()


def client_of(role: Role, place) -> Client:
    client = Client()
    client.force_login(make_staff(role, place))
    return client


@pytest.fixture
def lead(grid) -> Client:
    return client_of(Role.COMMUNITY_LEAD, grid.parent)


@pytest.fixture
def worker(grid) -> Client:
    return client_of(Role.GRID_WORKER, grid)


def asked(case, kind: str = "yes_no", **facts) -> QuestionAnswer:
    now = timezone.now()
    question = deeds.ask_question(
        place=case.grid.parent, case_ids=[case.pk], text="药还够一周吗", kind=kind, unit=facts.get("unit", ""),
        expires_at=now + timedelta(days=2), uuid=uuid4(), by=SYSTEM, at=now,
    )  # fmt: skip
    return QuestionAnswer.unscoped.select_related("question", "grid").get(question=question)


def form(**facts) -> dict[str, object]:
    said = {"uuid": str(uuid4()), "text": "有没有发电机", "kind": "yes_no", "until": "2026-03-05", "whom": "all"}
    return said | facts


def ask_at(place, **where) -> str:
    return reverse("question_add") + f"?place={place.pk}&tag={where.get('tag', '')}"


def test_a_lead_asks_everybody_of_a_grid_or_those_whom_she_ticks(lead, grid) -> None:
    now = timezone.now()
    first, second = make_case(at=now, grid=grid), make_case(at=now, grid=grid)
    page = lead.get(ask_at(grid)).content.decode()
    assert " checked" not in page and first.resident.name in page
    lead.post(ask_at(grid), form())
    assert set(QuestionAnswer.unscoped.values_list("case", flat=True)) == {first.pk, second.pk}
    lead.post(ask_at(grid), form(whom="ticked", cases=[str(second.pk)], text="另一个"))
    assert [row.case_id for row in QuestionAnswer.unscoped.filter(question__text="另一个")] == [second.pk]


def test_only_those_with_the_care_tag_are_asked(lead, grid) -> None:
    now = timezone.now()
    make_case(at=now, grid=grid)
    alone = make_case(at=now, grid=grid, care_tags=["lives_alone"])
    lead.post(ask_at(grid, tag="lives_alone"), form())
    assert [row.case_id for row in QuestionAnswer.unscoped.all()] == [alone.pk]


def test_the_same_form_twice_asks_once(lead, grid) -> None:
    make_case(at=timezone.now(), grid=grid)
    said = form()
    addresses = {lead.post(ask_at(grid), said)["Location"] for _time in range(2)}
    assert len(addresses) == 1 and Question.unscoped.count() == 1


def test_a_form_sent_again_with_another_question_says_so(lead, grid) -> None:
    make_case(at=timezone.now(), grid=grid)
    said = form()
    lead.post(ask_at(grid), said)
    answer = lead.post(ask_at(grid), said | {"text": "有没有蜡烛"})
    assert answer.status_code == 422 and "有没有蜡烛" in answer.content.decode()
    assert Question.unscoped.get().text == "有没有发电机"


@pytest.mark.parametrize(
    ("fault", "words"),
    [({"text": ""}, "写"), ({"kind": ""}, "选"), ({"whom": ""}, "选"), ({"until": "2026-03-03"}, "14"),
     ({"until": "2026-04-30"}, "14"), ({"whom": "ticked"}, "选")],
)  # fmt: skip
def test_a_form_with_a_fault_comes_back_filled_and_asks_nobody(lead, grid, fault, words) -> None:
    case = make_case(at=timezone.now(), grid=grid)
    answer = lead.post(ask_at(grid), form() | fault)
    assert answer.status_code == 422 and not Question.unscoped.exists()
    assert words in answer.content.decode() and case.resident.name in answer.content.decode()
    if "text" not in fault:
        assert "有没有发电机" in answer.content.decode()


def test_people_of_another_community_are_never_asked(lead, grid) -> None:
    foreign = make_case(at=timezone.now(), grid=make_place())
    make_case(at=timezone.now(), grid=grid)
    lead.post(ask_at(grid), form(whom="ticked", cases=[str(foreign.pk)]))
    assert lead.post(ask_at(foreign.grid), form()).status_code == 422
    assert not QuestionAnswer.unscoped.filter(case=foreign).exists()


def test_one_tap_at_the_door_answers_and_a_second_changes_nothing(worker, grid) -> None:
    row = asked(make_case(at=timezone.now(), household=make_household(grid, room="301")))
    address = reverse("question_answer", args=[row.pk])
    for _tap in range(2):
        assert worker.post(address, {"value": "0"}).status_code == 302
    row.refresh_from_db(from_queryset=QuestionAnswer.unscoped.all())
    assert (row.value, queries.words_of(row)) == (0, "不是")
    worker.post(address, {"taken_back": "1"})
    row.refresh_from_db(from_queryset=QuestionAnswer.unscoped.all())
    assert (row.value, row.answered_at, row.answered_by_id) == (None, None, None)


@pytest.mark.parametrize("said", [{}, {"value": "7"}, {"value": "x"}, {"value": "-1"}])
def test_what_is_no_answer_is_refused_in_words(worker, grid, said) -> None:
    row = asked(make_case(at=timezone.now(), household=make_household(grid, room="301")))
    assert worker.post(reverse("question_answer", args=[row.pk]), said).status_code == 422
    assert QuestionAnswer.unscoped.get(pk=row.pk).value is None


def test_a_question_that_is_over_takes_no_answer(worker, lead, grid, clock) -> None:
    row = asked(make_case(at=timezone.now(), household=make_household(grid, room="301")))
    lead.post(reverse("question_close", args=[row.question_id]))
    lead.post(reverse("question_close", args=[row.question_id]))
    assert worker.post(reverse("question_answer", args=[row.pk]), {"value": "1"}).status_code == 422
    other = asked(make_case(at=timezone.now(), grid=grid))
    clock.shift(timedelta(days=3))
    late = client_of(Role.GRID_WORKER, grid)  # the login of before has run out
    assert late.post(reverse("question_answer", args=[other.pk]), {"value": "1"}).status_code == 422
    assert not QuestionAnswer.unscoped.filter(answered_at__isnull=False).exists()


def test_whoever_is_released_is_asked_no_more(worker, grid) -> None:
    row = asked(make_case(at=timezone.now(), household=make_household(grid, room="301")))
    close_case(case=row.case, closed_as="to_hospital", note="", version=1, by=SYSTEM, at=timezone.now())
    assert worker.post(reverse("question_answer", args=[row.pk]), {"value": "1"}).status_code == 422
    assert QuestionAnswer.unscoped.get(pk=row.pk).value is None


def test_a_number_counts_with_its_unit(worker, grid) -> None:
    row = asked(make_case(at=timezone.now(), grid=grid), kind="number", unit="天")
    worker.post(reverse("question_answer", args=[row.pk]), {"value": "12"})
    assert queries.words_of(QuestionAnswer.unscoped.select_related("question").get(pk=row.pk)) == "12天"


def test_the_answers_are_a_column_of_a_written_list(lead, grid) -> None:
    case = make_case(at=timezone.now(), grid=grid)
    row = asked(case)
    deeds.answer_question(answer=row, value=1, by=SYSTEM, at=timezone.now())
    said = {"place": grid.pk, "whole": "none", "reason": "epidemic", "further": [str(row.question_id)]}
    said["reason"] = next(iter(dict(lead.get(reverse("list_write")).context["form"].fields["reason"].choices)))
    sheet = load_workbook(BytesIO(b"".join(lead.post(reverse("list_write"), said).streaming_content))).active
    rows = list(sheet.values)
    column = rows[0].index("药还够一周吗")
    assert {line[rows[0].index("姓名")]: line[column] for line in rows[1:]}[case.resident.name] == "是"


def test_who_asked_and_who_answered_is_recorded_without_the_words(worker, lead, grid) -> None:
    make_case(at=timezone.now(), grid=grid)
    lead.post(ask_at(grid), form())
    worker.post(reverse("question_answer", args=[QuestionAnswer.unscoped.get().pk]), {"value": "1"})
    records = list(AuditRecord.objects.filter(deed__startswith="question_").order_by("pk"))
    assert [record.deed for record in records] == ["question_asked", "question_answered"]
    assert "发电机" not in str([record.facts for record in records])


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_the_same_however_many_questions(lead, grid, django_assert_num_queries, number) -> None:
    for _question in range(number):
        asked(make_case(at=timezone.now(), grid=grid))
    lead.get(reverse("question_list"))
    with django_assert_num_queries(8):
        assert lead.get(reverse("question_list")).content.decode().count("药还够一周吗") == number


@pytest.mark.parametrize("number", [1, 3])
def test_a_question_costs_the_same_however_many_were_asked(lead, grid, django_assert_num_queries, number) -> None:
    now = timezone.now()
    cases = [make_case(at=now, grid=grid) for _case in range(number)]
    question = deeds.ask_question(
        place=grid.parent, case_ids=[case.pk for case in cases], text="问", kind="yes_no", unit="",
        expires_at=now + timedelta(days=2), uuid=uuid4(), by=SYSTEM, at=now,
    )  # fmt: skip
    lead.get(reverse("question_detail", args=[question.pk]))
    with django_assert_num_queries(9):
        page = lead.get(reverse("question_detail", args=[question.pk])).content.decode()
    assert all(case.resident.name in page for case in cases)

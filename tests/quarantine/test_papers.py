"""Papers: handed out once with a number and a code, printed with and without the ID number, checked by anybody."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grid.models import AuditRecord, Place, Staff
from grid.rules.actors import SYSTEM, Actor
from grid.rules.permissions import Role
from quarantine.actions.case_rows import lock_cases, reopen_case
from quarantine.actions.cases import close_case
from quarantine.actions.paper_issue import issue_papers
from quarantine.actions.papers import withdraw_papers
from quarantine.models import CasePaper, IsolationCase, PaperNumber
from quarantine.queries import papers as queries
from tests.factories.grid import make_place, make_staff
from tests.factories.papers import make_paper
from tests.factories.quarantine import make_case
from tests.factories.releases import make_ready_case, release
from tests.factories.residents import make_household, make_id_number
from tests.factories.samples import make_tested_case

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def grid() -> Place:
    return make_place()


@pytest.fixture
def lead(grid: Place) -> Staff:
    return make_staff(Role.COMMUNITY_LEAD, grid.parent)


@pytest.fixture
def portal(client: Client, lead: Staff) -> Client:
    client.force_login(lead)
    return client


def text(response) -> str:
    return response.content.decode()


def check(paper: CasePaper) -> str:
    return reverse("paper_check", args=[queries.token_of(paper)])


# --- handed out ---------------------------------------------------------------------------------------------------


def test_a_paper_is_handed_out_once_with_number_and_code(portal, grid, lead) -> None:
    case = make_case(at=timezone.now(), grid=grid)
    assert case in queries.without_notice(lead)
    form = {"kind": "isolation_notice", "cases": [case.pk]}
    answers = [portal.post(reverse("paper_issue"), form) for _twice in range(2)]
    paper = CasePaper.unscoped.get()
    assert {answer.url for answer in answers} == {f"{reverse('paper_sheets')}?papers={paper.pk}"}
    assert paper.serial == f"{grid.parent.code}-2026-0001"
    assert (paper.issued_by, paper.case_id, paper.withdrawn_at) == (lead, case.pk, None)
    assert queries.token_of(paper).encode() not in bytes(paper.token_sealed) + bytes(paper.token_digest)
    assert AuditRecord.objects.filter(deed="papers_issued").count() == 1
    assert case not in queries.without_notice(lead)


def test_a_notice_asks_for_the_days_of_isolation_and_names_the_monitoring_apart(portal, grid) -> None:
    now = timezone.now()
    case = make_tested_case(at=now, grid=grid, rules="第八版 14天隔离+7天监测")
    page = text(portal.get(reverse("paper_sheets"), {"papers": make_paper(case, at=now).pk}))
    until, last = (f"{day.year}年{day.month}月{day.day}日" for day in (case.isolation_until, case.last_day))
    assert f"至{until}（14天）" in page and f"其后居家健康监测至{last}" in page


def test_numbers_run_by_community_and_year_and_are_never_given_again(grid, clock) -> None:
    now = timezone.now()
    cases = [make_case(at=now, grid=grid) for _one in range(2)]
    papers = issue_papers(case_ids=[case.pk for case in cases], kind="isolation_notice", by=SYSTEM, at=now).papers
    assert [paper.serial[-4:] for paper in papers] == ["0001", "0002"]
    assert make_paper(make_case(at=now), at=now).serial.endswith("-2026-0001")  # another community
    CasePaper.unscoped.filter(pk=papers[1].pk).delete()
    assert make_paper(cases[1], at=now).serial.endswith("-2026-0003")
    clock.shift(timedelta(days=365))
    assert make_paper(make_case(at=timezone.now(), grid=grid), at=timezone.now()).serial.endswith("-2027-0001")
    assert PaperNumber.objects.count() == 3


def test_a_building_is_printed_in_one_go_one_page_each(portal, grid) -> None:
    now = timezone.now()
    cases = [make_ready_case(at=now, grid=grid) for _one in range(3)]
    for case in cases:
        release(case, at=now)
    page = text(portal.get(reverse("paper_due")))
    assert " checked" not in page and f'value="{",".join(str(case.pk) for case in cases)}"' in page
    form = {"kind": "release_notice", "cases": ",".join(str(case.pk) for case in cases)}
    sheets = text(portal.post(reverse("paper_issue"), form, follow=True))
    assert sheets.count("居家隔离医学观察解除通知单") == 3 and sheets.count("page-break") == 2
    assert "style=" not in sheets and sheets.count('<svg viewBox="0 0') >= 3
    assert "已开" in text(portal.get(reverse("paper_due")))


def test_only_what_is_so_is_announced(grid) -> None:
    now = timezone.now()
    open_case, ended = make_case(at=now, grid=grid), make_case(at=now, grid=grid)
    close_case(case=ended, closed_as="to_hospital", note="", version=1, by=SYSTEM, at=now)
    for case, kind in ((open_case, "release_notice"), (ended, "isolation_notice"), (ended, "release_notice")):
        issued = issue_papers(case_ids=[case.pk], kind=kind, by=SYSTEM, at=now)
        assert not issued.papers and issued.refused[case.pk]
    assert issue_papers(case_ids=[0], kind="isolation_notice", by=SYSTEM, at=now).refused
    assert not CasePaper.unscoped.exists()


def test_a_worker_hands_out_the_start_and_only_the_lead_the_end(client, grid) -> None:
    now = timezone.now()
    worker = make_staff(Role.GRID_WORKER, grid)
    client.force_login(worker)
    case, released = make_case(at=now, grid=grid), make_ready_case(at=now, grid=grid)
    release(released, at=now)
    start, end = ({"kind": kind, "cases": [key]} for kind, key in (
        ("isolation_notice", case.pk), ("release_notice", released.pk)
    ))  # fmt: skip
    assert client.post(reverse("paper_issue"), start).status_code == 302
    assert client.post(reverse("paper_issue"), end).status_code == 403
    with pytest.raises(PermissionDenied):
        issue_papers(case_ids=[released.pk], kind="release_notice", by=Actor.staff(worker.pk), at=now)
    assert [paper.kind for paper in CasePaper.unscoped.all()] == ["isolation_notice"]


# --- printed ------------------------------------------------------------------------------------------------------


def test_a_print_shows_the_whole_number_only_as_a_recorded_look(portal, grid, lead) -> None:
    now, number = timezone.now(), make_id_number()
    worker = make_staff(Role.GRID_WORKER, grid, name="王芳")
    Staff.objects.filter(pk=worker.pk).update(phone="19900001234")
    case = make_case(at=now, grid=grid, name="李晓明", id_number=number, phones=["19900005678"], sex="F")
    paper = make_paper(case, at=now)
    page = text(portal.get(reverse("paper_sheets"), {"papers": paper.pk}))
    for words in ("居家隔离医学观察告知书", "李晓明", "19900005678", "王芳", "19900001234", paper.serial, "盖章"):
        assert words in page
    assert number not in page and f"••••{number[-2:]}" in page
    assert not AuditRecord.objects.filter(deed="id_revealed").exists()
    whole = portal.post(reverse("paper_sheets_whole"), {"papers": paper.pk})
    assert number in text(whole) and whole["Cache-Control"] == "private, no-store"
    record = AuditRecord.objects.get(deed="id_revealed")
    assert (record.staff, record.subject_id, record.facts) == (lead, case.resident_id, {"reason": "paper"})


def test_a_withdrawn_paper_and_a_strangers_are_not_printed(portal, grid) -> None:
    now = timezone.now()
    mine, stranger = make_paper(make_case(at=now, grid=grid), at=now), make_paper(make_case(at=now), at=now)
    address = reverse("paper_sheets")
    assert portal.get(address, {"papers": stranger.pk}).status_code == 404
    assert portal.get(address, {"papers": "x"}).status_code == 200  # says where to choose
    assert portal.post(reverse("paper_sheets_whole")).url == reverse("paper_due")
    withdraw_papers([mine.case], ["isolation_notice"], by=SYSTEM, at=now)
    assert portal.get(address, {"papers": mine.pk}).status_code == 404
    assert portal.post(reverse("paper_sheets_whole"), {"papers": mine.pk}).status_code == 404


def test_posts_refuse_get_strangers_and_readers(portal, grid) -> None:
    now = timezone.now()
    case = make_case(at=now, grid=grid, id_number=make_id_number())
    addresses = [reverse("paper_issue"), reverse("paper_sheets_whole")]
    assert {portal.get(address).status_code for address in addresses} == {405}
    assert portal.post(addresses[0], {"kind": "isolation_notice"}).status_code == 422
    paper = make_paper(case, at=now)
    stranger, reader, worker = Client(), Client(), Client()
    stranger.force_login(make_staff(Role.COMMUNITY_LEAD, make_place().parent))
    reader.force_login(make_staff(Role.STREET_SUPERVISOR, grid.parent.parent))
    worker.force_login(make_staff(Role.GRID_WORKER, grid))
    form = {"kind": "isolation_notice", "cases": [case.pk], "papers": [paper.pk]}
    assert stranger.post(addresses[0], form).url == reverse("paper_due")
    assert stranger.post(addresses[1], form).status_code == 404
    assert [reader.post(address, form).status_code for address in addresses] == [403, 403]
    assert worker.post(addresses[1], form).status_code == 403
    assert CasePaper.unscoped.count() == 1
    assert not AuditRecord.objects.filter(deed="id_revealed").exists()


# --- checked by anybody -------------------------------------------------------------------------------------------


def test_the_check_says_how_the_paper_stands_and_nothing_of_the_person(client, grid) -> None:
    now = timezone.now()
    case = make_ready_case(at=now, grid=grid, name="李晓明", phones=["19900005678"])
    start = make_paper(case, at=now)
    assert "有效，观察到2026年3月4日" in text(client.get(check(start)))
    release(case, at=now)
    end = make_paper(case, at=now, kind="release_notice")
    pages = {"有效，解除于2026年3月4日": check(end), "观察已结束": check(start)}
    pages |= {"没有这份通知": reverse("paper_check", args=["AAAAAAAAAAAAAAAAAAAAAA"])}
    for words, address in pages.items():
        answer = client.get(address)
        page = text(answer)
        assert answer.status_code == 200 and words in page, words
        assert "noindex" in answer["X-Robots-Tag"] and "no-store" in answer["Cache-Control"]
        for secret in ("李晓明", "晓明", "19900005678", case.resident.household.room, grid.name, start.serial):
            assert secret not in page
    with CaptureQueriesContext(connection) as known:
        client.get(check(end))
    with CaptureQueriesContext(connection) as unknown:
        client.get(reverse("paper_check", args=["AAAAAAAAAAAAAAAAAAAAAA"]))
    assert len(known) == len(unknown)
    # one shape: but for the sentence itself the pages are the same
    shapes = {re.sub(r'(?s)<p class="note.*?</p>|csrf\S*|nonce\S*|value="[^"]*"', "", text(client.get(one)))
              for one in pages.values()}  # fmt: skip
    assert len({re.sub(r"/check/[^/]*/|X-CSRFToken[^}]*", "", shape) for shape in shapes}) == 1
    assert client.post(check(end)).status_code == 405


def test_a_release_taken_back_makes_its_notice_invalid(client, grid) -> None:
    now = timezone.now()
    case = make_ready_case(at=now, grid=grid)
    release(case, at=now)
    end = make_paper(case, at=now, kind="release_notice")
    reopen_case(lock_cases([case.pk])[0], by=SYSTEM, at=now)
    assert "已作废" in text(client.get(check(end)))
    assert AuditRecord.objects.filter(deed="papers_withdrawn").count() == 1
    release(IsolationCase.unscoped.get(pk=case.pk), at=now)
    again = make_paper(case, at=now, kind="release_notice")
    assert again.serial != end.serial and "有效" in text(client.get(check(again)))


def test_a_case_entered_in_error_leaves_no_valid_paper(client, grid) -> None:
    now = timezone.now()
    case = make_case(at=now, grid=grid)
    start = make_paper(case, at=now)
    close_case(case=case, closed_as="entered_in_error", note="", version=1, by=SYSTEM, at=now)
    assert "已作废" in text(client.get(check(start)))


# --- pages --------------------------------------------------------------------------------------------------------


def test_the_record_leads_to_its_papers(portal, grid) -> None:
    case = make_case(at=timezone.now(), grid=grid)
    address = reverse("case_detail", args=[case.pk])
    assert 'value="isolation_notice"' in text(portal.get(address))
    paper = make_paper(case, at=timezone.now())
    page = text(portal.get(address))
    assert paper.serial in page and 'value="isolation_notice"' not in page


@pytest.mark.parametrize("people", [1, 3])
def test_the_pages_cost_the_same_for_one_and_for_three(portal, grid, people, django_assert_num_queries) -> None:
    now = timezone.now()
    papers = []
    for _one in range(people):
        papers.append(make_paper(make_case(at=now, household=make_household(grid)), at=now).pk)
        make_case(at=now, household=make_household(grid))
        release(make_ready_case(at=now, grid=grid), at=now)
    portal.get(reverse("paper_due"))
    with django_assert_num_queries(DUE_QUERIES):
        portal.get(reverse("paper_due"))
    with django_assert_num_queries(SHEET_QUERIES):
        portal.get(reverse("paper_sheets"), {"papers": papers})


DUE_QUERIES, SHEET_QUERIES = 9, 8

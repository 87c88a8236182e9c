"""核酸: samples taken, results noted by list and one by one, corrected and withdrawn; what the case says of them."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grid.actions.audit import EditedMeanwhile
from grid.models import AuditRecord, Place, Staff
from grid.rules.actors import SYSTEM, Actor
from grid.rules.permissions import Role
from quarantine.actions import samples as deeds
from quarantine.actions.cases import close_case
from quarantine.models import Alert, IsolationCase, TestSample
from quarantine.rules import samples as rules
from quarantine.rules.samples import Sample
from tests.factories.grid import make_place, make_staff
from tests.factories.quarantine import make_case
from tests.factories.residents import make_household
from tests.factories.samples import make_sample, make_tested_case

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def grid() -> Place:
    return make_place()


@pytest.fixture
def worker(grid: Place) -> Staff:
    return make_staff(Role.GRID_WORKER, grid, name="王芳")


@pytest.fixture
def portal(client: Client, worker: Staff) -> Client:
    client.force_login(worker)
    return client


def text(response) -> str:
    return response.content.decode()


def reread(case: IsolationCase) -> IsolationCase:
    return IsolationCase.unscoped.get(pk=case.pk)


# --- what follows from samples ------------------------------------------------------------------------------------

D = [date(2026, 3, day) for day in range(1, 15)]
NOW = timezone.now()


def facts(*seen: tuple[int, str], scheduled=(0, 3, 6)) -> tuple:
    rows = [Sample(D[day], NOW + timedelta(minutes=number), result) for number, (day, result) in enumerate(seen)]
    found = rules.facts_of_samples(rows, [D[day] for day in scheduled])
    return found.next_test_on, found.last_test_on, found.last_test_result


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([], (D[0], None, "")),
        ([(0, "")], (D[3], D[0], "")),
        ([(0, "negative")], (D[3], D[0], "negative")),
        # typed late and out of order: the newest day counts, not the newest note
        ([(3, "negative"), (0, "")], (D[6], D[3], "negative")),
        ([(6, "negative")], (None, D[6], "negative")),
        # an unclear one must be repeated, on the same day too
        ([(0, "negative"), (3, "unclear")], (D[3], D[3], "unclear")),
        ([(0, "negative"), (3, "unclear"), (3, "negative")], (D[6], D[3], "negative")),
        ([(2, "negative")], (D[3], D[2], "negative")),  # a day before the scheduled one does not do for it
    ],
)
def test_next_and_last_test_follow_from_all_samples(seen, expected) -> None:
    assert facts(*seen) == expected


def test_a_schedule_begins_with_the_record_and_ends_with_the_case(grid) -> None:
    now = timezone.now()
    case = make_tested_case(at=now, grid=grid, day=1)
    assert rules.schedule_of(case) == [case.first_day + timedelta(days=number) for number in (0, 3, 6)]
    case.opened_at = now + timedelta(days=1)
    case.last_day = case.first_day + timedelta(days=5)
    assert rules.schedule_of(case) == [case.first_day + timedelta(days=3)]


# --- a sample taken -----------------------------------------------------------------------------------------------


def test_one_tap_notes_a_sample_of_today_and_moves_the_next_test(portal, grid, worker) -> None:
    case = make_tested_case(at=timezone.now(), grid=grid)
    assert case.next_test_on == case.first_day
    page = text(portal.get(reverse("case_detail", args=[case.pk])))
    assert "今天已采样" in page
    form = {"uuid": str(uuid4())}
    answer = portal.post(reverse("sample_add", args=[case.pk]), form)
    assert answer.url == reverse("case_detail", args=[case.pk])
    sample = TestSample.unscoped.get()
    assert (sample.taken_on, sample.noted_by, sample.grid, sample.result) == (case.first_day, worker, grid, "")
    now = reread(case)
    assert (now.next_test_on, now.last_test_on) == (case.first_day + timedelta(days=3), case.first_day)
    portal.post(reverse("sample_add", args=[case.pk]), form)  # a double tap
    portal.post(reverse("sample_add", args=[case.pk]), {"uuid": str(uuid4())})  # two who tap
    assert TestSample.unscoped.count() == 1
    assert AuditRecord.objects.filter(deed="samples_taken").count() == 1
    page = text(portal.get(reverse("case_detail", args=[case.pk])))
    assert "今天已采样" not in page and "还没结果" in page


def test_tapped_on_the_round_it_leads_back_to_the_door(portal, grid) -> None:
    case = make_tested_case(at=timezone.now(), grid=grid)
    answer = portal.post(reverse("sample_add", args=[case.pk]), {"uuid": str(uuid4()), "back": "today"})
    assert answer.url == f"/today/?grid={grid.pk}&door={case.resident.household_id}#here"


def test_an_earlier_day_may_be_said_but_none_to_come_and_none_before_the_isolation(portal, grid) -> None:
    now = timezone.now()
    case = make_tested_case(at=now, grid=grid, day=3)
    address = reverse("sample_add", args=[case.pk])
    for day in (now + timedelta(days=1), now - timedelta(days=3), "昨天"):
        said = day if isinstance(day, str) else f"{day:%Y-%m-%d}"
        portal.post(address, {"uuid": str(uuid4()), "taken_on": said})
        assert not TestSample.unscoped.exists()
    portal.post(address, {"uuid": str(uuid4()), "taken_on": f"{case.first_day}"})
    assert TestSample.unscoped.get().taken_on == case.first_day


def test_a_closed_isolation_takes_no_sample_and_a_form_only_its_own_person(grid) -> None:
    now = timezone.now()
    case, uuid = make_tested_case(at=now, grid=grid), uuid4()
    close_case(case=case, closed_as="to_hospital", note="", version=case.version, by=SYSTEM, at=now)
    with pytest.raises(ValidationError):
        deeds.note_sample(case=case, uuid=uuid, taken_on=case.first_day, by=SYSTEM, at=now)
    one, other = make_tested_case(at=now, grid=grid), make_tested_case(at=now, grid=grid)
    deeds.note_sample(case=one, uuid=uuid, taken_on=one.first_day, by=SYSTEM, at=now)
    with pytest.raises(ValidationError):
        deeds.note_sample(case=other, uuid=uuid, taken_on=other.first_day, by=SYSTEM, at=now)


def test_ticked_people_are_noted_as_sampled_and_strangers_are_not(portal, grid) -> None:
    now = timezone.now()
    mine, other = (make_tested_case(at=now, grid=grid) for _one in range(2))
    stranger = make_tested_case(at=now)
    page = text(portal.get(reverse("sample_list")))
    assert mine.resident.name in page and " checked" not in page and "要采样：2" in page
    form = {"uuid": str(uuid4()), "cases": [mine.pk, stranger.pk]}
    for _twice in range(2):
        assert portal.post(reverse("samples_taken"), form).url == reverse("sample_list")
    assert [row.case_id for row in TestSample.unscoped.all()] == [mine.pk]
    assert reread(other).next_test_on == other.first_day
    assert portal.post(reverse("samples_taken"), {"uuid": str(uuid4())}).status_code == 422


# --- results ------------------------------------------------------------------------------------------------------


def test_ticked_samples_become_negative_after_a_page_that_names_them(portal, grid) -> None:
    now = timezone.now()
    first, second, third = (make_sample(make_tested_case(at=now, grid=grid), at=now) for _one in range(3))
    page = text(portal.get(reverse("sample_list")))
    assert " checked" not in page and "结果未出：3" in page
    address, chosen = reverse("samples_negative"), {"samples": [first.pk, second.pk]}
    asked = portal.post(address, chosen)
    assert asked.status_code == 200 and first.case.resident.name in text(asked)
    assert set(TestSample.unscoped.values_list("result", flat=True)) == {""}
    for _twice in range(2):
        assert portal.post(address, chosen | {"confirmed": "1"}).status_code == 302
    assert [row.result for row in TestSample.unscoped.order_by("pk")] == ["negative", "negative", ""]
    assert reread(first.case).last_test_result == "negative"
    assert AuditRecord.objects.filter(deed="sample_results_noted").count() == 1
    assert portal.post(address, {}).status_code == 422
    assert third.case.resident.name in text(portal.get(reverse("sample_list")))


def test_a_positive_result_asks_once_more_and_alarms_in_the_same_deed(portal, grid) -> None:
    now = timezone.now()
    sample = make_sample(make_tested_case(at=now, grid=grid), at=now)
    address, said = reverse("sample_detail", args=[sample.pk]), {"version": sample.version, "result": "positive"}
    assert " checked" not in text(portal.get(address))
    asked = portal.post(address, said)
    assert asked.status_code == 200 and "没按错" in text(asked)
    assert not Alert.unscoped.exists()
    portal.post(address, said | {"confirmed": "1"})
    alert = Alert.unscoped.get()
    assert (alert.kind, alert.case_id, alert.closed_at) == ("positive", sample.case_id, None)
    assert reread(sample.case).last_test_result == "positive"
    # the same again: nothing more
    portal.post(address, said | {"confirmed": "1"})
    assert Alert.unscoped.count() == 1


def test_a_correction_keeps_what_stood_and_settles_the_alarm(portal, grid, worker) -> None:
    now = timezone.now()
    sample = make_sample(make_tested_case(at=now, grid=grid), at=now)
    deeds.note_results(sample_ids=[sample.pk], result="positive", by=Actor.staff(worker.pk), at=now)
    address = reverse("sample_detail", args=[sample.pk])
    version = TestSample.unscoped.get().version
    assert portal.post(address, {"version": version, "result": "negative"}).status_code == 302
    row, alert = TestSample.unscoped.get(), Alert.unscoped.get()
    assert row.result == "negative" and (alert.outcome, bool(alert.closed_at)) == ("slip", True)
    record = AuditRecord.objects.get(deed="sample_corrected")
    assert (record.facts["was"], record.facts["result"], record.facts["was_by"]) == ("positive", "negative", worker.pk)
    assert "阳性 → 阴性" in text(portal.get(address))
    # and back to none, which no page may do by itself
    portal.post(address, {"version": row.version, "result": "none"})
    row = TestSample.unscoped.get()
    assert (row.result, row.result_at, row.result_by) == ("", None, None)
    assert reread(sample.case).last_test_result == ""


def test_an_alarm_stays_while_another_positive_sample_stands(grid) -> None:
    now = timezone.now()
    case = make_tested_case(at=now, grid=grid, day=4)
    first = make_sample(case, at=now, taken_on=case.first_day, result="positive")
    make_sample(case, at=now, result="positive")
    first.refresh_from_db(from_queryset=TestSample.unscoped.all())
    deeds.correct_result(sample=first, result="negative", version=first.version, by=SYSTEM, at=now)
    assert Alert.unscoped.get().closed_at is None


def test_whoever_was_slower_is_told(portal, grid) -> None:
    now = timezone.now()
    sample = make_sample(make_tested_case(at=now, grid=grid), at=now, result="negative")
    with pytest.raises(EditedMeanwhile):
        deeds.correct_result(sample=sample, result="unclear", version=1, by=SYSTEM, at=now)
    answer = portal.post(reverse("sample_detail", args=[sample.pk]), {"version": 1, "result": "unclear"})
    assert answer.status_code == 422 and TestSample.unscoped.get().result == "negative"
    noted = deeds.note_results(sample_ids=[sample.pk], result="positive", by=SYSTEM, at=now)
    assert not noted.rows and list(noted.refused) == [sample.pk]


def test_a_sample_taken_back_is_due_again_and_stays_to_be_seen(portal, grid) -> None:
    now = timezone.now()
    case = make_tested_case(at=now, grid=grid)
    sample = make_sample(case, at=now, result="positive")
    for _twice in range(2):
        assert portal.post(reverse("sample_withdraw", args=[sample.pk])).status_code == 302
    found = reread(case)
    assert (found.next_test_on, found.last_test_on, found.last_test_result) == (case.first_day, None, "")
    assert Alert.unscoped.get().outcome == "slip"
    assert AuditRecord.objects.filter(deed="sample_withdrawn").count() == 1
    assert "已撤销" in text(portal.get(reverse("case_detail", args=[case.pk])))
    page = portal.post(reverse("sample_detail", args=[sample.pk]), {"version": 9, "result": "negative"})
    assert page.status_code == 422


def test_a_result_that_comes_after_the_end_is_heard(grid, worker) -> None:
    now = timezone.now()
    case = make_tested_case(at=now, grid=grid)
    sample = make_sample(case, at=now)
    close_case(case=reread(case), closed_as="moved_away", note="", version=case.version, by=SYSTEM, at=now)
    deeds.note_results(sample_ids=[sample.pk], result="positive", by=Actor.staff(worker.pk), at=now)
    found = reread(case)
    assert (found.stage, found.last_test_result, found.look_at) == ("closed", "positive", None)
    assert Alert.unscoped.get().closed_at is None


def test_what_must_be_chosen_is_asked_for(portal, grid) -> None:
    sample = make_sample(make_tested_case(at=timezone.now(), grid=grid), at=timezone.now())
    answer = portal.post(reverse("sample_detail", args=[sample.pk]), {"version": 1})
    assert answer.status_code == 422 and "error-summary" in text(answer)
    with pytest.raises(ValidationError):
        deeds.note_results(sample_ids=[sample.pk], result="fine", by=SYSTEM, at=timezone.now())


# --- who may ------------------------------------------------------------------------------------------------------


def test_posts_refuse_get_strangers_and_readers(portal, grid) -> None:
    now = timezone.now()
    sample = make_sample(make_tested_case(at=now, grid=grid), at=now)
    addresses = [
        reverse("sample_add", args=[sample.case_id]), reverse("sample_withdraw", args=[sample.pk]),
        reverse("samples_taken"), reverse("samples_negative"),
    ]  # fmt: skip
    assert {portal.get(address).status_code for address in addresses} == {405}
    stranger, reader = Client(), Client()
    stranger.force_login(make_staff(Role.GRID_WORKER, make_place()))
    reader.force_login(make_staff(Role.STREET_SUPERVISOR, grid.parent.parent))
    form = {"uuid": str(uuid4()), "samples": [sample.pk], "cases": [sample.case_id], "confirmed": "1"}
    assert [stranger.post(address, form).status_code for address in addresses] == [404, 404, 302, 302]
    assert {reader.post(address, form).status_code for address in addresses} == {403}
    row = TestSample.unscoped.get()
    assert row.result == "" and row.withdrawn_at is None
    with pytest.raises(PermissionDenied):
        deeds.note_results(
            sample_ids=[sample.pk], result="negative", by=Actor.staff(make_staff(Role.GRID_WORKER).pk), at=now
        )


@pytest.mark.parametrize("people", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_three(portal, grid, people, django_assert_num_queries) -> None:
    now = timezone.now()
    for _one in range(people):
        make_sample(make_tested_case(at=now, household=make_household(grid)), at=now)
        make_tested_case(at=now, household=make_household(grid))
    portal.get(reverse("sample_list"))
    with django_assert_num_queries(LIST_QUERIES):
        portal.get(reverse("sample_list"))


LIST_QUERIES = 9


def test_nobody_to_test_is_said(portal, grid) -> None:
    make_case(at=timezone.now(), grid=grid)  # the default rules schedule no test
    assert "没有" in text(portal.get(reverse("sample_list")))

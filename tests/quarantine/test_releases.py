"""解除: who is ready, what is missing and where it is done; the check that only a person can say; many at once."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grid.models import AuditRecord, Place, Staff
from grid.rules.actors import SYSTEM, Actor
from grid.rules.permissions import Role
from quarantine.actions.alerts import raise_alerts
from quarantine.actions.releases import NotReady, release_case, release_cases
from quarantine.actions.samples import note_results
from quarantine.models import Alert, IsolationCase
from tests.factories.grid import make_place, make_staff
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.releases import make_ready_case
from tests.factories.residents import make_household
from tests.factories.samples import ONE_TEST, make_sample, make_tested_case

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


def reread(case: IsolationCase) -> IsolationCase:
    return IsolationCase.unscoped.select_related("rule_set", "grid").get(pk=case.pk)


def missing(case: IsolationCase) -> list[str]:
    with pytest.raises(NotReady) as fault:
        release_case(case=case, checked=True, by=SYSTEM, at=timezone.now())
    assert reread(case).closed_at is None
    return fault.value.missing


# --- the deed -----------------------------------------------------------------------------------------------------


def test_a_release_needs_period_test_question_and_the_check(grid, clock) -> None:
    case = make_tested_case(at=timezone.now(), grid=grid, day=4, rules=ONE_TEST)
    assert missing(case) == ["period", "last_test_negative", "no_symptoms"]
    clock.shift(timedelta(days=1))
    assert missing(case) == ["tests", "no_symptoms"]
    sample = make_sample(case, at=timezone.now())
    assert missing(case) == ["last_test_negative", "no_symptoms"]
    make_check_in(case, at=timezone.now(), asked=True)
    assert missing(case) == ["last_test_negative"]
    note_results(sample_ids=[sample.pk], result="negative", by=SYSTEM, at=timezone.now())
    assert reread(case).stage == "ready"
    with pytest.raises(NotReady) as fault:
        release_case(case=case, checked=False, by=SYSTEM, at=timezone.now())
    assert fault.value.missing == ["checked"]
    for _twice in range(2):
        done = release_case(case=case, checked=True, by=SYSTEM, at=timezone.now())
        assert (done.closed_as, done.stage) == ("released", "closed")
    assert AuditRecord.objects.get(deed="case_closed").facts == {"closed_as": "released", "checked": True}


@pytest.mark.parametrize("result", ["positive", "unclear", ""])
def test_no_other_result_than_negative_releases(grid, result) -> None:
    case = make_ready_case(at=timezone.now(), grid=grid)
    make_sample(case, at=timezone.now() + timedelta(minutes=1), result=result)
    assert set(missing(case)) & {"last_test_negative", "tests"}


def test_something_abnormal_after_the_question_must_be_asked_about_again(grid, clock) -> None:
    case = make_ready_case(at=timezone.now(), grid=grid)
    clock.shift(timedelta(minutes=5))
    make_check_in(case, at=timezone.now(), temperature="38.2")
    assert missing(case) == ["no_symptoms"]
    clock.shift(timedelta(minutes=5))
    make_check_in(case, at=timezone.now(), asked=True)
    assert release_case(case=case, checked=True, by=SYSTEM, at=timezone.now()).closed_at


def test_the_default_rules_ask_for_the_question_and_the_check(grid) -> None:
    now = timezone.now()
    case = make_case(at=now, grid=grid, first_day=timezone.localdate() - timedelta(days=13))
    assert missing(case) == ["no_symptoms"]
    make_check_in(case, at=now, temperature="36.5")  # measured is not asked
    assert missing(case) == ["no_symptoms"]
    make_check_in(case, at=now, asked=True)
    assert release_case(case=case, checked=True, by=SYSTEM, at=now).closed_as == "released"


def test_a_positive_test_stands_against_a_release_by_whatever_rules(grid) -> None:
    now = timezone.now()
    case = make_case(at=now, grid=grid, first_day=timezone.localdate() - timedelta(days=13))
    make_check_in(case, at=now, asked=True)
    make_sample(case, at=now, result="positive")
    assert missing(case) == ["last_test_negative"]
    make_sample(case, at=now + timedelta(minutes=1), result="negative")
    assert release_case(case=case, checked=True, by=SYSTEM, at=now).closed_as == "released"


def test_whoever_is_paused_closed_otherwise_or_visited_for_care_is_not_released(grid) -> None:
    now = timezone.now()
    paused, ended = (make_ready_case(at=now, grid=grid) for _one in range(2))
    IsolationCase.unscoped.filter(pk=paused.pk).update(paused_at=now, stage="paused", next_due_at=None)
    IsolationCase.unscoped.filter(pk=ended.pk).update(
        closed_at=now, closed_as="to_hospital", stage="closed", next_due_at=None
    )
    done = release_cases(case_ids=[paused.pk, ended.pk, 0], checked=True, by=SYSTEM, at=now)
    assert done.refused == {paused.pk: ["paused"], ended.pk: ["closed"], 0: ["gone"]} and not done.released


def test_many_are_released_together_and_each_refusal_is_told(grid, lead) -> None:
    now = timezone.now()
    ready = [make_ready_case(at=now, grid=grid) for _one in range(2)]
    other = make_tested_case(at=now, grid=grid, day=5, rules=ONE_TEST)
    raise_alerts("release_overdue", [reread(ready[0])], by=SYSTEM, at=now)
    keys = [case.pk for case in [*ready, other]]
    done = release_cases(case_ids=keys, checked=True, by=Actor.staff(lead.pk), at=now)
    assert sorted(done.released) == keys[:2] and list(done.refused) == [other.pk]
    assert Alert.unscoped.get().outcome == "released"


def test_one_out_of_reach_stops_all(grid, lead) -> None:
    now = timezone.now()
    mine, stranger = make_ready_case(at=now, grid=grid), make_ready_case(at=now)
    with pytest.raises(PermissionDenied):
        release_cases(case_ids=[mine.pk, stranger.pk], checked=True, by=Actor.staff(lead.pk), at=now)
    assert reread(mine).closed_at is None


# --- the pages ----------------------------------------------------------------------------------------------------


def test_the_page_says_who_is_ready_and_what_is_missing_with_the_way_to_it(portal, grid) -> None:
    now = timezone.now()
    ready = make_ready_case(at=now, grid=grid)
    late = make_tested_case(at=now, grid=grid, day=7, rules=ONE_TEST)
    tomorrow = make_tested_case(at=now, grid=grid, day=4, rules=ONE_TEST)
    much_later = make_tested_case(at=now, grid=grid, day=2)
    page = text(portal.get(reverse("release_list")))
    assert " checked" not in page
    assert page.index("已过期") < page.index('id="today"') < page.index('id="tomorrow"')
    assert f'name="cases" value="{ready.pk}"' in page
    for case in (late, tomorrow):
        assert f'name="cases" value="{case.pk}"' not in page and case.resident.household.door in page
    assert reverse("case_detail", args=[late.pk]) + "#tests" in page
    # Whose period is over stands on nobody's round any more.
    assert reverse("check_in_more", args=[late.pk]) in page and f"door={late.resident.household_id}" not in page
    assert f"/today/?grid={grid.pk}&amp;door={tomorrow.resident.household_id}" in page
    assert much_later.resident.household.door not in page


@pytest.mark.parametrize("days_ago", [20, 3])
def test_who_is_paused_is_not_forgotten_past_the_last_day_or_before_it(portal, grid, days_ago) -> None:
    case = make_case(at=timezone.now(), grid=grid, first_day=timezone.localdate() - timedelta(days=days_ago))
    paused = {"paused_at": timezone.now(), "stage": "paused", "next_due_at": None}
    IsolationCase.unscoped.filter(pk=case.pk).update(**paused)
    page = text(portal.get(reverse("release_list")))
    assert case.resident.household.door in page and "暂停中：没有人在问" in page and "隔离暂停中" in page
    assert f'name="cases" value="{case.pk}"' not in page


def test_whose_period_is_over_is_asked_from_her_record(portal, grid) -> None:
    now = timezone.now()
    first_days = (timezone.localdate() - timedelta(days=ago) for ago in (20, 2))
    over, on_round = (make_case(at=now, grid=grid, first_day=day) for day in first_days)
    for case, is_there in ((over, False), (on_round, True)):
        page = text(portal.get(reverse("case_detail", args=[case.pk])))
        assert (f"door={case.resident.household_id}&amp;case={case.pk}" in page) == is_there
        assert reverse("check_in_more", args=[case.pk]) in page


def test_a_release_asks_for_the_check_and_tells_what_became_of_each(portal, grid) -> None:
    now = timezone.now()
    first, second = (make_ready_case(at=now, grid=grid) for _one in range(2))
    address = reverse("release_chosen")
    asked = portal.post(address, {"cases": f"{first.pk},{second.pk}"})  # the button of a building
    assert asked.status_code == 200 and "我核对过" in text(asked) and " checked" not in text(asked)
    unticked = portal.post(address, {"cases": [first.pk, second.pk], "step": "release"})
    assert unticked.status_code == 422 and reread(first).closed_at is None
    # meanwhile something abnormal was seen
    make_check_in(second, at=now + timedelta(minutes=1), outcome="unwell")
    said = {"cases": [first.pk, second.pk], "step": "release", "checked": "on"}
    answer = portal.post(address, said, follow=True)
    assert reread(first).closed_as == "released" and reread(second).closed_at is None
    assert f"{second.resident.name}没有解除" in text(answer) and "1人已解除" in text(answer)
    portal.post(address, said)
    assert AuditRecord.objects.filter(deed="case_closed").count() == 1


def test_one_person_is_released_from_her_record(portal, grid) -> None:
    case = make_ready_case(at=timezone.now(), grid=grid)
    address = reverse("case_release", args=[case.pk])
    assert address in text(portal.get(reverse("case_detail", args=[case.pk])))
    assert "我核对过" in text(portal.get(address))
    assert portal.post(address, {"step": "release"}).status_code == 422
    assert portal.post(address, {"checked": "on"}).url == reverse("release_list")
    assert reread(case).closed_as == "released"
    assert "已经解除" in text(portal.get(address))


def test_nothing_chosen_is_said_and_strangers_are_passed_over(portal, grid) -> None:
    stranger = make_ready_case(at=timezone.now())
    assert portal.post(reverse("release_chosen"), {}).status_code == 422
    assert portal.post(reverse("release_chosen"), {"cases": "abc"}).status_code == 422
    said = {"cases": [stranger.pk], "step": "release", "checked": "on"}
    assert portal.post(reverse("release_chosen"), said).status_code == 302
    assert reread(stranger).closed_at is None


def test_posts_refuse_get_strangers_and_readers(portal, grid) -> None:
    case = make_ready_case(at=timezone.now(), grid=grid)
    assert portal.get(reverse("release_chosen")).status_code == 405
    stranger, worker, street = Client(), Client(), Client()
    stranger.force_login(make_staff(Role.COMMUNITY_LEAD, make_place().parent))
    worker.force_login(make_staff(Role.GRID_WORKER, grid))
    street.force_login(make_staff(Role.STREET_SUPERVISOR, grid.parent.parent))
    said = {"cases": [case.pk], "step": "release", "checked": "on"}
    assert stranger.post(reverse("case_release", args=[case.pk]), said).status_code == 404
    for reader in (worker, street):
        assert reader.post(reverse("case_release", args=[case.pk]), said).status_code == 403
        assert reader.post(reverse("release_chosen"), said).status_code == 403
    assert reread(case).closed_at is None


@pytest.mark.parametrize("people", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_three(portal, grid, people, django_assert_num_queries) -> None:
    for _one in range(people):
        make_ready_case(at=timezone.now(), household=make_household(grid))
        make_tested_case(at=timezone.now(), grid=grid, day=7, rules=ONE_TEST)
    portal.get(reverse("release_list"))
    with django_assert_num_queries(LIST_QUERIES):
        portal.get(reverse("release_list"))


LIST_QUERIES = 7


def test_nobody_is_said(portal) -> None:
    assert "没有人" in text(portal.get(reverse("release_list")))


def test_the_close_form_does_not_release(portal, grid) -> None:
    case = make_ready_case(at=timezone.now(), grid=grid)
    address = reverse("case_close", args=[case.pk])
    assert 'value="released"' not in text(portal.get(address))
    assert portal.post(address, {"version": case.version, "closed_as": "released"}).status_code == 422
    assert reread(case).closed_at is None

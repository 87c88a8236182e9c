"""规则: what is wrong with a rule set, which one holds where, a new version looked at and saved, and withdrawn."""

import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from hypothesis import given
from hypothesis import strategies as st

from grid.actions.audit import EditedMeanwhile
from grid.models import Place
from grid.rules.actors import SYSTEM, Actor
from grid.rules.permissions import Role
from quarantine.actions.rule_sets import rule_set_named, save_rule_set, withdraw_rule_set
from quarantine.forms.rule_sets import data_of
from quarantine.models import IsolationCase, RuleSet
from quarantine.queries import rule_sets as queries
from quarantine.rules.case_clock import DEFAULT_NAME
from quarantine.rules.rule_sets import SHIPPED, RuleSetData, example_of, faults_of, shipped, under_other_rules
from tests.factories.grid import PASSWORD, make_place, make_staff
from tests.factories.quarantine import make_case

NINTH = "第九版 密接 7天+3天"


def ninth(**changes) -> RuleSetData:
    return replace(shipped(NINTH), **changes)  # type: ignore[type-var]


def codes(**changes) -> set[str]:
    return {fault.code for fault in faults_of(ninth(**changes))}


def slot(name: str, begins: str, until: str, **more) -> dict:
    return {"slot": name, "from": begins, "until": until, "grace": 60, **more}


@pytest.mark.parametrize("data", SHIPPED, ids=lambda data: data.name)
def test_what_is_shipped_has_no_fault(data: RuleSetData) -> None:
    assert faults_of(data_of(data)) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "name"),
        ({"isolation_days": 0}, "days"),
        ({"isolation_days": 401}, "days"),
        ({"monitoring_days": 61}, "monitoring"),
        ({"day_one": "often"}, "choice"),
        ({"test_days": [0, 1]}, "outside_period"),
        ({"test_days": [8]}, "outside_period"),
        ({"monitoring_test_days": [4]}, "outside_period"),
        ({"test_days": [], "monitoring_test_days": []}, "needs_tests"),
        ({"slots": []}, "no_slot"),
        ({"slots": [slot("a", "06:00", "13:00"), slot("a", "13:00", "22:00")]}, "slot_names"),
        ({"slots": [slot("a", "13:00", "22:00"), slot("b", "06:00", "12:00")]}, "slot_order"),
        ({"slots": [slot("a", "06:00", "14:00"), slot("b", "13:00", "22:00")]}, "slot_overlap"),
        ({"slots": [slot("a", "06:00", "05:00"), slot("b", "13:00", "22:00")]}, "slot_overlap"),
        ({"slots": [slot("a", "06:00", "12:00"), slot("b", "20:00", "07:00")]}, "slot_overlap"),
        ({"slots": [slot("a", "6 Uhr", "13:00")]}, "slot_times"),
        ({"slots": [slot("a", "06Z", "13:00")]}, "slot_times"),
        ({"slots": [slot("a", "06:00+08:00", "13:00+08:00")]}, "slot_times"),
        ({"slots": [slot("a", "06:00", "13:00", every=0)]}, "every"),
        ({"slots": [slot("a", "06:00", "13:00", grace=721)]}, "grace"),
        ({"threshold": Decimal("33.9")}, "threshold"),
        ({"threshold": Decimal("43.1")}, "threshold"),
        ({"symptoms": ["hunger"]}, "choice"),
        ({"release_needs": ["luck"]}, "choice"),
        ({"ladders": {"abnormal": [[3, 10], [1, 10]]}}, "ladder_levels"),
        ({"ladders": {"abnormal": []}}, "ladder_levels"),
        ({"ladders": {"abnormal": [[9, 10]]}}, "ladder_levels"),
        ({"ladders": {"abnormal": [[1, 0]]}}, "ladder_minutes"),
        ({"ladders": {"abnormal": [[1, 2881]]}}, "ladder_minutes"),
        ({"quiet": {"from": "22:00", "until": ""}}, "quiet"),
        ({"quiet": {"from": "22:00", "until": "22:00"}}, "quiet"),
        ({"quiet": {"from": "22Z", "until": "07:00"}}, "quiet"),
        ({"outcome_minutes": 0}, "minutes"),
        ({"purpose": "care"}, "care_only"),
    ],
)
def test_each_fault_is_told(changes, code: str) -> None:
    assert code in codes(**changes)


def test_all_faults_are_told_at_once() -> None:
    wrong = {"isolation_days": 0, "threshold": Decimal(50), "outcome_minutes": 0, "slots": []}
    assert codes(**wrong) >= {"days", "threshold", "minutes", "no_slot", "outside_period"}


def test_without_a_temperature_and_across_midnight_is_no_fault() -> None:
    night = [slot("noon", "08:00", "12:00"), slot("night", "20:00", "02:00")]
    assert codes(threshold=None, slots=night) == set() and codes(day_one="follows", test_days=[8]) == set()


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 1))


@given(first=DAYS, name=st.sampled_from([data.name for data in SHIPPED]), follows=st.booleans())
def test_an_example_keeps_its_tests_within_its_period(first: date, name: str, follows: bool) -> None:
    rules = replace(shipped(name), day_one="follows" if follows else "counts")  # type: ignore[type-var]
    example = example_of(rules, first)
    assert first <= example.isolation_until <= example.last_day
    assert all(first <= day <= example.last_day for day in example.tests)
    whole = rules.isolation_days + rules.monitoring_days + follows
    assert (example.last_day - first).days + 1 == whole


RULES = st.builds(
    lambda days, monitoring, follows: ninth(
        isolation_days=days, monitoring_days=monitoring, day_one="follows" if follows else "counts"
    ),
    st.integers(1, 30), st.integers(0, 10), st.booleans(),
)  # fmt: skip


@given(first=DAYS, old=RULES, new=RULES, by_hand=st.integers(-20, 20))
def test_other_rules_keep_what_was_added_by_hand_and_never_break_the_period(first, old, new, by_hand) -> None:
    example = example_of(old, first)
    begins = date.fromordinal(example.isolation_until.toordinal() + 1) if old.monitoring_days else None
    last = max(date.fromordinal(example.last_day.toordinal() + by_hand), first)
    if begins is not None and begins > last:
        begins = None
    moved = under_other_rules(first, last, begins, old, new)
    assert moved.last_day >= first
    assert moved.monitoring_from is None or first < moved.monitoring_from <= moved.last_day
    assert moved.kept == (last - example.last_day).days
    if moved.kept == 0 and (begins is not None or not old.monitoring_days):
        assert moved.last_day == example_of(new, first).last_day
        same = under_other_rules(first, moved.last_day, moved.monitoring_from, new, new)
        assert (same.last_day, same.monitoring_from) == (moved.last_day, moved.monitoring_from)


# which one holds


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
def test_the_nearest_place_wins_and_of_its_versions_the_newest() -> None:
    grid, now = make_place(), timezone.now()
    root = Place.objects.get(pk=int(grid.path.strip("/").split("/")[0]))
    street, community = grid.street, grid.parent
    for place, days in ((root, 8), (street, 9), (street, 10), (community, 6)):
        newest = queries.newest_named(NINTH)
        data = ninth(isolation_days=days, test_days=[1])
        save_rule_set(place=place, data=data, seen=newest.pk if newest else 0, by=SYSTEM, at=now)
    beside = make_place(parent=make_place("community", street))
    assert rule_set_named(NINTH, place=grid, at=now).isolation_days == 6
    assert rule_set_named(NINTH, place=beside, at=now).isolation_days == 10
    assert {one.rules.name for one in queries.all_at(grid.path)} == {data.name for data in SHIPPED}
    own = make_case(at=now, grid=grid)
    assert own.rule_set.name == DEFAULT_NAME


@pytest.fixture
def place(db):
    return make_place().parent


def save(place, data: RuleSetData, seen: int = 0, by=SYSTEM) -> RuleSet:
    return save_rule_set(place=place, data=data, seen=seen, by=by, at=timezone.now())


def test_a_version_is_added_once_and_the_second_of_two_is_told(place) -> None:
    first = save(place, ninth(isolation_days=8))
    assert save(place, ninth(isolation_days=8)) == first  # the same tap again
    with pytest.raises(EditedMeanwhile):
        save(place, ninth(isolation_days=9))
    assert save(place, ninth(isolation_days=9), seen=first.pk).version == 2


def test_faults_and_strangers_are_refused_by_the_deed_too(place) -> None:
    with pytest.raises(ValidationError):
        save(place, ninth(isolation_days=0))
    with pytest.raises(PermissionDenied):
        save(place, ninth(), by=Actor.staff(make_staff(Role.COMMUNITY_LEAD, place).pk))


def test_withdrawn_rules_are_not_offered_and_come_back_by_a_new_version(place) -> None:
    now = timezone.now()
    gone = withdraw_rule_set(place=place, name=NINTH, seen=0, by=SYSTEM, at=now)
    assert withdraw_rule_set(place=place, name=NINTH, seen=0, by=SYSTEM, at=now) == gone  # harmless twice
    assert NINTH not in [rules.name for rules in queries.offered_at(place.path)]
    with pytest.raises(ValidationError):
        rule_set_named(NINTH, place=place, at=now)
    with pytest.raises(ValidationError):
        withdraw_rule_set(place=place, name=DEFAULT_NAME, seen=0, by=SYSTEM, at=now)
    save(place, ninth(), seen=gone.pk)
    assert NINTH in [rules.name for rules in queries.offered_at(place.path)]


@pytest.mark.usefixtures("fresh_database")
def test_two_who_save_at_once_make_one_version_and_one_is_told() -> None:
    place, told = make_place().parent, []
    barrier = threading.Barrier(2)

    def edit(days: int) -> None:
        barrier.wait(10)
        try:
            save(place, ninth(isolation_days=days))
        except EditedMeanwhile as fault:
            told.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=edit, args=[days]) for days in (8, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(told) == 1 and RuleSet.objects.filter(place=place).count() == 1


# the pages


@pytest.fixture
def admin(place) -> Client:
    client = Client()
    staff = make_staff(Role.ADMINISTRATOR, place)
    client.post(reverse("login"), {"username": staff.user_name, "password": PASSWORD})
    return client


def text(response) -> str:
    return response.content.decode()


def address(name: str, place, rules: str = NINTH) -> str:
    return f"{reverse(name)}?{urlencode({'place': place.pk, 'name': rules})}"


def typed(admin, place) -> dict:
    form = admin.get(address("rule_set_edit", place)).context["form"]
    fields = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in fields.items() if value is not None} | {"at_place": place.pk}


def test_the_list_names_what_nobody_needed_yet_and_a_page_says_it_in_words(admin, place) -> None:
    page = text(admin.get(reverse("rule_set_list")))
    assert all(data.name in page for data in SHIPPED) and "还没人用过" in page
    page = text(admin.get(address("rule_set", place)))
    assert "隔离7天，再监测3天" in page and "37.3℃及以上" in page and "核酸" in page
    assert admin.get(address("rule_set", place, "没有")).status_code == 302


def test_a_version_is_looked_at_with_its_example_before_it_is_saved(admin, place, clock) -> None:
    fields = typed(admin, place) | {"isolation_days": "5", "test_days": "1、3、5"}
    page = text(admin.post(address("rule_set_edit", place), {**fields, "step": "look"}))
    assert "3月4日 → 隔离到 3月8日 → 监测到 3月11日" in page and "改了" in page
    assert not RuleSet.objects.exists()
    again = admin.post(address("rule_set_edit", place), {**fields, "step": "edit"})
    assert again.status_code == 200 and 'value="5"' in text(again)
    for _twice in range(2):
        assert admin.post(address("rule_set_edit", place), {**fields, "step": "save"}).status_code == 302
    saved = RuleSet.objects.get()
    assert (saved.isolation_days, saved.test_days, saved.place) == (5, [1, 3, 5], place)
    assert saved.slots == shipped(NINTH).slots or saved.slots[0]["from"] == "06:00"  # type: ignore[union-attr]


def test_all_faults_come_back_in_words_with_what_was_typed(admin, place) -> None:
    wrong = {"isolation_days": "0", "threshold": "50", "slot0_until": "14:00", "outcome_minutes": "0"}
    answer = admin.post(address("rule_set_edit", place), typed(admin, place) | wrong | {"step": "save"})
    page = text(answer)
    assert answer.status_code == 422 and all(f'value="{value}"' in page for value in wrong.values())
    assert "重叠" in page and "34.0" in page and "1到400" in page and "1到2880" in page


@pytest.mark.parametrize(("left_empty", "told"), [("grace", "宽限"), ("every", "间隔要一样")])
def test_what_is_left_empty_of_a_time_of_day_is_asked_for(admin, place, left_empty, told) -> None:
    fields = typed(admin, place) | {f"slot0_{left_empty}": "", "step": "save"}
    answer = admin.post(address("rule_set_edit", place), fields)
    assert answer.status_code == 422 and told in text(answer)
    assert not RuleSet.objects.exists()


def test_an_old_page_is_told_and_a_name_that_is_taken_too(admin, place) -> None:
    fields = typed(admin, place) | {"step": "save"}
    save(place, ninth(isolation_days=9))
    late = admin.post(address("rule_set_edit", place), fields | {"isolation_days": "5"})
    assert late.status_code == 422 and "新的一版" in text(late)
    save(place, ninth(name="自己的"))
    taken = admin.post(address("rule_set_edit", place), typed(admin, place) | {"name": "自己的", "step": "save"})
    assert taken.status_code == 422
    mine = typed(admin, place) | {"name": "另一套", "step": "save"}
    assert admin.post(address("rule_set_edit", place), mine).status_code == 302
    assert RuleSet.objects.filter(name="另一套", version=1).exists()


def test_a_place_of_others_is_not_there_and_a_lead_may_not(admin, place) -> None:
    foreign = make_place().parent
    for name in ("rule_set_list", "rule_set", "rule_set_edit"):
        assert admin.get(address(name, foreign)).status_code == 404
    withdraw = {"place": foreign.pk, "name": NINTH, "seen": "0"}
    assert admin.post(reverse("rule_set_withdraw"), withdraw).status_code == 404
    smuggled = typed(admin, place) | {"at_place": foreign.pk, "step": "save"}
    assert admin.post(address("rule_set_edit", place), smuggled).status_code == 422
    assert not RuleSet.objects.exists()


def test_rules_are_withdrawn_on_the_page(admin, place) -> None:
    fields = {"place": place.pk, "name": NINTH, "seen": "0"}
    assert admin.get(reverse("rule_set_withdraw")).status_code == 405
    for _twice in range(2):
        page = text(admin.post(reverse("rule_set_withdraw"), fields, follow=True))
    assert "已停用" in page and RuleSet.objects.count() == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_says_how_many_follow_it_never_who(admin, place, rows, clock, django_assert_num_queries) -> None:
    grid = make_place(parent=place)
    cases = [make_case(at=timezone.now(), grid=grid) for _number in range(rows)]
    url = address("rule_set", place, DEFAULT_NAME)
    with django_assert_num_queries(10):
        page = text(admin.get(url))
    assert place.name in page and not any(case.resident.name in page for case in cases)
    assert IsolationCase.unscoped.count() == rows


@pytest.mark.parametrize("wrong", ["9" * 25, "9" * 5000, "²", "\0"])
def test_numbers_and_names_that_nobody_has_are_nothing(admin, place, wrong: str) -> None:
    for name in ("rule_set_list", "rule_set_edit"):
        assert admin.get(reverse(name), {"place": wrong}).status_code == 404
    for fields in ({"name": NINTH, "seen": wrong}, {"name": wrong, "seen": "0"}):
        assert admin.post(reverse("rule_set_withdraw"), {"place": place.pk, **fields}).status_code == 302
    assert not RuleSet.objects.exists()

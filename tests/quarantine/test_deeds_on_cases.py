"""Opening and closing, recording, correcting and withdrawing: what the case row says afterwards."""

from datetime import date, time, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import ProgrammingError, transaction
from django.utils import timezone

from grid import registries
from grid.actions.audit import EditedMeanwhile
from grid.models import AuditRecord, Place
from grid.rules.actors import SYSTEM, Actor
from grid.rules.clock import moment
from grid.rules.permissions import Role
from quarantine.actions import cases, check_ins
from quarantine.actions.check_ins import Said
from quarantine.actions.rule_sets import rule_set_named
from quarantine.models import CheckIn, IsolationCase, RuleSet
from quarantine.rules.case_clock import DEFAULT_NAME
from residents.models import Household, Resident
from tests.factories.grid import make_place, make_staff
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_household, make_resident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def again(case: IsolationCase) -> IsolationCase:
    return IsolationCase.unscoped.get(pk=case.pk)


def test_a_case_gets_its_last_day_and_its_first_slot_from_the_default_rules() -> None:
    now = timezone.now()
    case = make_case(at=now)
    assert case.last_day == case.first_day + timedelta(days=13)
    assert timezone.localtime(again(case).next_due_at).strftime("%d %H:%M") == "04 06:00"
    assert AuditRecord.objects.filter(deed="case_opened", subject_id=case.pk).count() == 1


def test_there_is_one_version_of_the_default_rules_a_root_and_nobody_at_work_can_change_it() -> None:
    now, grid = timezone.now(), make_place()
    rules = rule_set_named(DEFAULT_NAME, place=grid, at=now)
    assert rule_set_named(DEFAULT_NAME, place=grid.parent, at=now) == rules
    assert rules.threshold == Decimal("37.3") and rules.version == 1
    with pytest.raises(ProgrammingError), transaction.atomic():
        RuleSet.objects.filter(pk=rules.pk).update(isolation_days=7)


def test_a_person_has_one_open_case_at_most() -> None:
    now = timezone.now()
    case = make_case(at=now)
    with pytest.raises(cases.AlreadyOpen):
        make_case(at=now, resident=case.resident)
    assert IsolationCase.unscoped.count() == 1


@pytest.mark.parametrize("days", [-61, 31])
def test_a_first_day_out_of_reach_is_refused(days: int) -> None:
    with pytest.raises(ValidationError, match="第1天"):
        make_case(at=timezone.now(), first_day=date(2026, 3, 4) + timedelta(days=days))


def test_the_scope_is_asked_again_inside_the_deed() -> None:
    worker = make_staff(Role.GRID_WORKER)
    resident = make_resident()
    with pytest.raises(PermissionDenied):
        cases.open_case(
            resident=resident, reason="other", first_day=date(2026, 3, 4), by=Actor.staff(worker.pk), at=timezone.now()
        )
    assert not IsolationCase.unscoped.exists()


def test_closing_ends_what_is_due_and_needs_the_version_that_was_seen() -> None:
    now = timezone.now()
    case = make_case(at=now)
    with pytest.raises(EditedMeanwhile):
        cases.close_case(case=case, closed_as="to_hospital", note="", version=9, by=SYSTEM, at=now)
    closed = cases.close_case(case=case, closed_as="to_hospital", note="", version=1, by=SYSTEM, at=now)
    assert closed.next_due_at is None and closed.closed_at == now
    assert cases.close_case(case=closed, closed_as="to_hospital", note="", version=1, by=SYSTEM, at=now) == closed


def test_closing_is_no_way_around_the_check_of_a_release() -> None:
    now = timezone.now()
    over = make_case(at=now, first_day=date(2026, 2, 19))
    with pytest.raises(ValidationError, match="核对"):
        cases.close_case(case=over, closed_as="released", note="", version=1, by=SYSTEM, at=now)
    assert IsolationCase.unscoped.get().closed_at is None


def test_a_temperature_says_measured_and_nothing_else() -> None:
    now = timezone.now()
    case = make_case(at=now)
    make_check_in(case, at=now, temperature="36.5")
    assert case.last_measured_at == now
    assert case.last_reached_at is None and case.last_asked_at is None and case.last_abnormal_at is None
    assert timezone.localtime(case.next_due_at).strftime("%d %H:%M") == "04 13:00"


def test_asked_says_nothing_of_a_temperature_or_of_contact_and_ends_what_is_due() -> None:
    now = timezone.now()
    case = make_case(at=now)
    make_check_in(case, at=now, asked=True)
    assert case.last_asked_at == now and case.last_measured_at is None and case.last_temperature is None
    assert case.last_reached_at is None and case.next_due_at > now


def test_a_try_in_vain_leaves_the_person_left() -> None:
    now = timezone.now()
    case = make_case(at=now)
    make_check_in(case, at=now, outcome="no_answer")
    assert case.last_reached_at is None and case.last_try_outcome == "no_answer" and case.next_due_at <= now


@pytest.mark.parametrize(
    "said", [{"temperature": "37.3"}, {"asked": True, "symptoms": ("dry_cough",)}, {"outcome": "unwell"}]
)
def test_fever_symptoms_and_unwell_are_abnormal_and_a_normal_reading_does_not_silence_them(said, clock) -> None:
    began = timezone.now()
    case = make_case(at=began)
    assert make_check_in(case, at=began, **said).abnormal
    clock.shift(600)
    make_check_in(case, at=timezone.now(), temperature="36.4")
    assert case.last_abnormal_at == began and case.last_temperature == Decimal("36.4")


def test_just_below_the_threshold_is_not_abnormal() -> None:
    now = timezone.now()
    assert not make_check_in(make_case(at=now), at=now, temperature="37.2").abnormal


def test_a_late_entry_takes_its_place_in_time() -> None:
    now = timezone.now()
    case = make_case(at=now, first_day=date(2026, 3, 1))
    make_check_in(case, at=now, temperature="36.5")
    late = make_check_in(case, at=now, temperature="36.9", observed_at=now - timedelta(hours=12))
    assert (late.local_day.day, late.slot) == (3, "evening")
    assert case.last_temperature == Decimal("36.5") and case.last_measured_at == now


def test_the_same_form_twice_is_one_check_in_and_another_persons_form_is_refused() -> None:
    now, uuid = timezone.now(), uuid4()
    case, other = make_case(at=now), make_case(at=now)
    facts = {"uuid": uuid, "observed_at": now, "by": SYSTEM, "at": now}
    first = check_ins.record_check_in(case=case, said=Said(temperature=Decimal("36.5")), **facts)
    second = check_ins.record_check_in(case=case, said=Said(temperature=Decimal("36.6")), **facts)
    assert first == second and second.temperature == Decimal("36.5")
    assert AuditRecord.objects.filter(deed="check_in_recorded").count() == 1
    with pytest.raises(check_ins.NotThisCase):
        check_ins.record_check_in(case=other, said=Said(temperature=Decimal("36.5")), **facts)
    assert again(other).last_measured_at is None


@pytest.mark.parametrize(
    "said",
    [Said(), Said(channel="phone"), Said(temperature=Decimal("33.9")), Said(temperature=Decimal("43.1")),
     Said(symptoms=("fever",))],
)  # fmt: skip
def test_nothing_said_and_what_cannot_be_is_refused(said: Said) -> None:
    now = timezone.now()
    case = make_case(at=now)
    with pytest.raises(ValidationError):
        check_ins.record_check_in(case=case, uuid=uuid4(), said=said, observed_at=now, by=SYSTEM, at=now)
    assert not CheckIn.unscoped.exists()


@pytest.mark.parametrize(
    ("day", "stored"), [(date(2025, 2, 14), False), (date(2026, 2, 13), False), (date(2026, 2, 14), True),
                        (date(2026, 2, 28), True), (date(2026, 3, 1), True)],
)  # fmt: skip
def test_what_was_seen_before_the_isolation_is_refused_and_whoever_is_overdue_is_still_asked(
    day: date, stored: bool
) -> None:
    now = timezone.now()
    case = make_case(at=now, first_day=date(2026, 2, 14))
    seen = moment(day, time(8))
    if not stored:
        with pytest.raises(ValidationError, match=r"隔离期|outside the isolation"):
            make_check_in(case, at=now, temperature="36.5", observed_at=seen)
    else:
        make_check_in(case, at=now, temperature="36.5", observed_at=seen)
    assert CheckIn.unscoped.count() == int(stored)


def test_the_future_and_a_closed_case_are_refused() -> None:
    now = timezone.now()
    case = make_case(at=now)
    with pytest.raises(ValidationError, match="还没到"):
        make_check_in(case, at=now, temperature="36.5", observed_at=now + timedelta(minutes=1))
    cases.close_case(case=case, closed_as="moved_away", note="", version=1, by=SYSTEM, at=now)
    with pytest.raises(ValidationError, match="结束"):
        make_check_in(case, at=now, temperature="36.5")


def test_a_correction_takes_the_place_and_both_stay_to_be_seen() -> None:
    now = timezone.now()
    case = make_case(at=now)
    wrong = make_check_in(case, at=now, temperature="38.5")
    said = Said(temperature=Decimal("36.5"))
    check_ins.correct_check_in(check_in=wrong, uuid=uuid4(), said=said, observed_at=now, by=SYSTEM, at=now)
    assert again(case).last_temperature == Decimal("36.5") and again(case).last_abnormal_at is None
    assert CheckIn.unscoped.filter(case=case).count() == 2
    with pytest.raises(ValidationError, match="改过"):
        check_ins.withdraw_check_in(check_in=wrong, by=SYSTEM, at=now)


def corrected(wrong: CheckIn, temperature: str) -> CheckIn:
    now, said = timezone.now(), Said(temperature=Decimal(temperature))
    return check_ins.correct_check_in(check_in=wrong, uuid=uuid4(), said=said, observed_at=now, by=SYSTEM, at=now)


def test_an_undone_correction_gives_the_place_back_to_what_it_replaced() -> None:
    now = timezone.now()
    case = make_case(at=now)
    fever = make_check_in(case, at=now, temperature="38.5")
    correction = corrected(fever, "36.5")
    check_ins.withdraw_check_in(check_in=correction, by=SYSTEM, at=now)
    found = again(case)
    assert (found.last_temperature, found.last_abnormal_at) == (Decimal("38.5"), now)
    assert found.last_check_in == fever
    with pytest.raises(check_ins.Replaced):
        corrected(correction, "36.6")


def test_what_stands_again_can_be_corrected_again_and_undone() -> None:
    now = timezone.now()
    case = make_case(at=now)
    fever = make_check_in(case, at=now, temperature="38.5")
    check_ins.withdraw_check_in(check_in=corrected(fever, "36.5"), by=SYSTEM, at=now)
    second = corrected(fever, "38.4")
    assert again(case).last_temperature == Decimal("38.4")
    check_ins.withdraw_check_in(check_in=second, by=SYSTEM, at=now)
    check_ins.withdraw_check_in(check_in=fever, by=SYSTEM, at=now)
    assert again(case).last_temperature is None and again(case).last_check_in is None


def test_the_last_of_several_corrections_stands_alone() -> None:
    now = timezone.now()
    case = make_case(at=now)
    last = corrected(corrected(make_check_in(case, at=now, temperature="38.5"), "38.1"), "36.5")
    found = again(case)
    assert (found.last_temperature, found.last_abnormal_at, found.last_check_in) == (Decimal("36.5"), None, last)


def test_a_withdrawn_entry_leaves_the_person_as_before_and_is_harmless_twice() -> None:
    now = timezone.now()
    case = make_case(at=now)
    slip = make_check_in(case, at=now, temperature="38.5")
    row = check_ins.withdraw_check_in(check_in=slip, by=SYSTEM, at=now)
    assert check_ins.withdraw_check_in(check_in=slip, by=SYSTEM, at=now) == row
    found = again(case)
    assert found.last_measured_at is None and found.last_abnormal_at is None and found.next_due_at <= now
    with pytest.raises(ProgrammingError), transaction.atomic():
        CheckIn.unscoped.filter(pk=slip.pk).update(temperature=None)


def test_a_door_asked_notes_only_those_named_and_not_asked_yet() -> None:
    now, door = timezone.now(), make_household()
    first, second, third = (make_case(at=now, household=door) for _number in range(3))
    make_check_in(second, at=now, asked=True, symptoms=("fatigue",))
    uuid = uuid4()
    ids = [first.pk, second.pk]
    assert check_ins.door_asked(household=door, case_ids=ids, uuid=uuid, by=SYSTEM, at=now) == 1
    assert check_ins.door_asked(household=door, case_ids=ids, uuid=uuid, by=SYSTEM, at=now) == 0
    assert again(first).last_asked_at == now and again(first).last_measured_at is None
    assert again(second).last_abnormal_at == now and again(third).last_asked_at is None


def test_a_door_asked_is_recorded_with_the_people_it_was_noted_for_and_only_then() -> None:
    now, door = timezone.now(), make_household()
    case, elsewhere = make_case(at=now, household=door), make_case(at=now)
    for _twice in range(2):
        ids = [elsewhere.pk, case.pk, 10**15]
        check_ins.door_asked(household=door, case_ids=ids, uuid=uuid4(), by=SYSTEM, at=now)
    assert AuditRecord.objects.get(deed="door_asked").facts == {"cases": [case.pk]}


def moved_unseen(door: Household) -> Place:
    """Moves the door to the next grid; objects that were read before know nothing of it."""
    new_grid = make_place(parent=door.grid.parent)
    Household.unscoped.filter(pk=door.pk).update(grid=new_grid)
    return new_grid


def test_a_move_meanwhile_is_seen_by_every_deed_on_the_case() -> None:
    now, stale = timezone.now(), make_resident()
    old, new_grid = stale.grid, moved_unseen(stale.household)
    newcomer, by_old = make_staff(Role.COMMUNITY_LEAD, new_grid), make_staff(Role.GRID_WORKER, old)
    facts = {"by": Actor.staff(newcomer.pk), "at": now}
    case = cases.open_case(resident=stale, reason="other", first_day=date(2026, 3, 4), **facts)
    assert case.grid == new_grid and AuditRecord.objects.get(deed="case_opened").place == new_grid
    door, third = Household.unscoped.get(pk=stale.household_id), moved_unseen(Household.unscoped.get())
    facts["by"] = Actor.staff(make_staff(Role.COMMUNITY_LEAD, third).pk)
    for by in (newcomer, by_old):
        with pytest.raises(PermissionDenied):
            check_ins.door_asked(household=door, case_ids=[case.pk], uuid=uuid4(), by=Actor.staff(by.pk), at=now)
    assert check_ins.door_asked(household=door, case_ids=[case.pk], uuid=uuid4(), **facts) == 1
    assert CheckIn.unscoped.get().grid == third
    assert cases.close_case(case=case, closed_as="moved_away", note="", version=1, **facts).closed_at


def test_who_left_meanwhile_gets_no_case() -> None:
    stale = make_resident()
    Resident.unscoped.filter(pk=stale.pk).update(left_on=date(2026, 3, 3), left_reason="moved_out")
    with pytest.raises(ValidationError, match="不住"):
        make_case(at=timezone.now(), resident=stale)


@pytest.mark.parametrize("number", [1, 3])
def test_lists_open_cases_with_the_same_number_of_queries(number: int, django_assert_num_queries) -> None:
    now, door = timezone.now(), make_household()
    people = [make_resident(door) for _number in range(number)]
    rule_set_named(DEFAULT_NAME, place=door.grid, at=now)
    days = {person.pk: date(2026, 3, 1) for person in people}
    with django_assert_num_queries(5):
        registries.tell("people_taken_in", first_days=days, reason="returnee", by=SYSTEM, at=now)
    assert IsolationCase.unscoped.open().count() == number
    registries.tell("people_taken_in", first_days=days, reason="returnee", by=SYSTEM, at=now)
    assert IsolationCase.unscoped.count() == number


def test_a_list_opens_no_case_for_a_day_out_of_reach_and_the_others_are_not_held_up() -> None:
    now, door = timezone.now(), make_household()
    people = [make_resident(door) for _number in range(3)]
    days = {people[0].pk: date(2009, 2, 3), people[1].pk: date(2026, 3, 1), people[2].pk: date(2062, 3, 1)}
    refused = cases.open_cases(first_days=days, reason="returnee", by=SYSTEM, at=now, place=door.grid.street)
    assert refused == {people[0].pk: date(2009, 2, 3), people[2].pk: date(2062, 3, 1)}
    assert IsolationCase.unscoped.get().resident == people[1]
    record = AuditRecord.objects.get(deed="cases_opened")
    assert record.facts == {"count": 1, "refused": 2, "reason": "returnee"}


def test_cases_of_a_list_are_seen_by_the_auditor_of_its_place() -> None:
    now, door = timezone.now(), make_household()
    facts = {"place": door.grid.street_id, "by": SYSTEM, "at": now}
    people = [make_resident(door).pk]
    registries.tell("people_taken_in", first_days=dict.fromkeys(people, date(2026, 3, 1)), reason="other", **facts)
    registries.tell("list_taken_back", resident_ids=people, since=now, **facts)
    found = AuditRecord.objects.filter(deed__in=["cases_opened", "cases_removed"], place=door.grid.street)
    assert found.count() == 2


def test_a_list_taken_back_takes_its_untouched_cases_only(clock) -> None:
    now = timezone.now()
    people = [make_resident() for _number in range(3)]
    by_hand = make_case(at=now, resident=people[2])
    clock.shift(60)
    taken_in = timezone.now()
    days = {person.pk: date(2026, 3, 4) for person in people}
    registries.tell("people_taken_in", first_days=days, reason="returnee", by=SYSTEM, at=taken_in)
    worked_on = IsolationCase.unscoped.get(resident=people[0])
    make_check_in(worked_on, at=taken_in, temperature="36.5")
    ids = [person.pk for person in people]
    registries.tell("list_taken_back", resident_ids=ids, since=taken_in, by=SYSTEM, at=timezone.now())
    assert set(IsolationCase.unscoped.values_list("pk", flat=True)) == {by_hand.pk, worked_on.pk}


def test_nothing_is_withdrawn_and_nothing_closed_otherwise_once_a_case_is_closed() -> None:
    at = timezone.now()
    case = make_case(at=at)
    entry = make_check_in(case, at=at, temperature="36.5")
    shown = IsolationCase.unscoped.get(pk=case.pk)
    cases.close_case(case=shown, closed_as="to_hospital", note="", version=shown.version, by=SYSTEM, at=at)
    with pytest.raises(ValidationError):
        check_ins.withdraw_check_in(check_in=entry, by=SYSTEM, at=at)
    with pytest.raises(EditedMeanwhile):
        cases.close_case(case=shown, closed_as="moved_away", note="", version=shown.version, by=SYSTEM, at=at)
    assert IsolationCase.unscoped.get(pk=case.pk).closed_as == "to_hospital"

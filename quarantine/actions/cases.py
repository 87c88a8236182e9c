"""Deeds on isolation cases: open, close, and what follows from lists."""

from collections.abc import Sequence
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from grid.actions.audit import EditedMeanwhile, confirm_scope, deed, record, reserve_id
from grid.models import Place
from grid.rules.actors import Actor
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.actions.case_rows import end_case, lock_cases, note_change, set_stage
from quarantine.actions.rule_sets import rule_set_named
from quarantine.models import CaseChange, IsolationCase, RuleSet
from quarantine.models.case import CARE_REASONS
from quarantine.rules import case_clock, stages
from quarantine.rules.case_clock import DEFAULT_NAME
from quarantine.rules.rule_sets import CARE
from quarantine.rules.samples import schedule_of
from residents.models import Resident


class AlreadyOpen(ValidationError):
    """The person has an open case."""

    def __init__(self, resident_id: int) -> None:
        super().__init__(_("This person has an open isolation record already."))
        self.resident_id = resident_id


def open_case(
    *, resident: Resident, reason: str, first_day: date, by: Actor, at: datetime, rules_name: str = ""
) -> IsolationCase:
    """Opens the person's isolation, or visits to her, by the rule set of this name at her place, or the default one.

    Care visits end where isolation begins: nobody is visited twice. Raises ValidationError (a first day out of reach, a
    person who left, rules of another purpose) and AlreadyOpen: at most one open case a person, which the database
    itself holds.
    """
    _check_first_day(first_day, at)
    try:
        with transaction.atomic():
            # She may have moved or left since the page was shown: what counts is what the locked row says.
            now = Resident.unscoped.select_for_update().get(pk=resident.pk)
            confirm_scope(by, Permission.DECIDE_CASES, now.grid, at)
            if now.left_on is not None or now.merged_into_id is not None:
                raise ValidationError(_("This person does not live here any more."))
            return _open_for(now, reason, first_day, rules_name or DEFAULT_NAME, by=by, at=at)
    except IntegrityError as fault:
        if "one_open_case_a_person" in str(fault):
            raise AlreadyOpen(resident.pk) from fault
        raise


def _open_for(
    resident: Resident, reason: str, first_day: date, rules_name: str, *, by: Actor, at: datetime
) -> IsolationCase:
    rules = rule_set_named(rules_name, place=resident.grid, at=at)
    _check_purpose(reason, rules)
    if reason not in CARE_REASONS:
        end_care([resident.pk], by=by, at=at)
    key = reserve_id(IsolationCase)
    subject = (IsolationCase, key)
    with deed("case_opened", by=by, at=at, place=resident.grid_id, subject=subject, resident=resident.pk):
        case = _new_case(resident.pk, resident.grid_id, reason, first_day, rules, at)
        case.pk = key
        case.save(force_insert=True)
        note_change(case, "opened", by=by, at=at)
    return case


def close_case(
    *, case: IsolationCase, closed_as: str, note: str, version: int, by: Actor, at: datetime
) -> IsolationCase:
    """Closes an open case before its time; a release is a deed of its own (`actions.releases`).

    Raises EditedMeanwhile when the case is not the one that the page showed; closing a case that was closed in the
    same way already does nothing.
    """
    if case.closed_at is not None and case.closed_as == closed_as:
        return case
    if closed_as == "released":
        raise ValidationError(_("A release asks for a check: it has a page of its own."))
    if (closed_as == "care_ended" and not case.is_care) or (closed_as == "to_central_isolation" and case.is_care):
        raise ValidationError(_("This ending does not fit. Choose another one."))
    with transaction.atomic():
        now = lock_cases([case.pk])[0]
        confirm_scope(by, Permission.DECIDE_CASES, now.grid, at)
        if now.closed_at is not None and now.closed_as == closed_as:
            return now
        if now.closed_at is not None:
            raise EditedMeanwhile
        if now.version != version:
            raise EditedMeanwhile
        with deed("case_closed", by=by, at=at, place=now.grid_id, subject=now, closed_as=closed_as):
            end_case(now, closed_as=closed_as, note=note, by=by, at=at)
    return IsolationCase.unscoped.get(pk=case.pk)


def open_cases(
    *, first_days: dict[int, date], reason: str, by: Actor, at: datetime, place: Place | int | None = None
) -> dict[int, date]:
    """Opens cases for many people (resident id → first day) who have none; `place` is the one of the audit record.

    Set-based, for lists: the number of queries does not grow with the rows. Heard as "people_taken_in", inside the
    transaction of the list, whose action has asked for the scope. People who left are passed over. What was not
    opened because the day is out of reach, as in `open_case`, is given back; the others of the list are not held up.
    """
    today = local_day(at)
    refused = {
        key: day
        for key, day in first_days.items()
        if case_clock.is_too_long_ago(day, today) or case_clock.is_too_far_ahead(day, today)
    }
    isolating = IsolationCase.unscoped.open().isolating().filter(resident=OuterRef("pk"))
    people = list(
        Resident.unscoped.current()
        .filter(~Exists(isolating), pk__in=first_days.keys() - refused.keys())
        .values_list("pk", "grid_id", "grid__path")
    )
    if not people and not refused:
        return {}
    record("cases_opened", by=by, at=at, place=place, count=len(people), refused=len(refused), reason=reason)
    end_care([resident_id for resident_id, _grid, _path in people], by=by, at=at)
    rules_of: dict[str, RuleSet] = {}
    cases = []
    for resident_id, grid_id, path in people:
        if path not in rules_of:  # a community may have rules of its own; a list covers few grids
            rules_of[path] = rule_set_named(DEFAULT_NAME, place=Place(path=path), at=at)
        cases.append(_new_case(resident_id, grid_id, reason, first_days[resident_id], rules_of[path], at))
    # One opened by hand in this very moment stays; the database decides.
    IsolationCase.unscoped.bulk_create(cases, ignore_conflicts=True)
    return refused


def end_care(resident_ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Ends care visits to people whose isolation begins. Belongs inside the transaction of that deed."""
    visited = IsolationCase.unscoped.open().filter(resident__in=list(resident_ids), reason__in=CARE_REASONS)
    for case in lock_cases(visited.values_list("pk", flat=True)):
        record("case_closed", by=by, at=at, place=case.grid_id, subject=case, closed_as="care_ended")
        end_case(case, closed_as="care_ended", by=by, at=at)


def open_care_visits(
    *, people: Sequence[Resident], reason: str, rules_name: str, by: Actor, at: datetime
) -> list[IsolationCase]:
    """Opens care visits from today on to these people of one grid, as many as have no open record. Harmless twice.

    Raises ValidationError for rules that are not offered, or not made for visits.
    """
    with transaction.atomic():
        wanted = Resident.unscoped.current().filter(pk__in=[person.pk for person in people])
        now = list(wanted.select_related("grid").select_for_update(of=("self",)).order_by("pk"))
        for grid in {person.grid_id: person.grid for person in now}.values():
            confirm_scope(by, Permission.DECIDE_CASES, grid, at)
        busy = set(IsolationCase.unscoped.open().filter(resident__in=now).values_list("resident", flat=True))
        free = [person for person in now if person.pk not in busy]
        if not free:
            return []
        rules = rule_set_named(rules_name, place=free[0].grid, at=at)
        _check_purpose(reason, rules)
        with deed("cases_opened", by=by, at=at, place=free[0].grid, count=len(free), refused=len(busy), reason=reason):
            today = local_day(at)
            cases = [_new_case(person.pk, person.grid_id, reason, today, rules, at) for person in free]
            IsolationCase.unscoped.bulk_create(cases)
            CaseChange.unscoped.bulk_create(
                CaseChange(case=case, grid_id=case.grid_id, kind="opened", at=at, by_id=by.staff_id) for case in cases
            )
        return cases


def hear_people_taken_in(
    *, first_days: dict[int, date], reason: str, by: Actor, at: datetime, place: Place | int | None = None
) -> None:
    """The hook "people_taken_in": a list, taken in for `place`, named people who isolate."""
    open_cases(first_days=first_days, reason=reason, by=by, at=at, place=place)


def hear_list_taken_back(
    *, resident_ids: list[int], since: datetime, by: Actor, at: datetime, place: Place | int | None = None
) -> None:
    """The hook "list_taken_back": removes the cases that a list opened at `since` while nobody has worked on them.

    A case with a check-in, a try or an end stays, and so its person stays in the register.
    """
    opened = IsolationCase.unscoped.filter(resident__in=list(resident_ids), opened_at=since)
    untouched = opened.filter(
        closed_at=None, last_try_at=None, check_ins=None, decisions=None, test_samples=None, case_alerts=None
    )
    removed, _by_model = untouched.filter(case_papers=None, question_answers=None).delete()
    if removed:
        record("cases_removed", by=by, at=at, place=place, count=removed)


def _check_purpose(reason: str, rules: RuleSet) -> None:
    if (reason in CARE_REASONS) != (rules.purpose == CARE):
        raise ValidationError(_("These rules do not fit the reason. Choose others."))


def _check_first_day(first_day: date, at: datetime) -> None:
    today = local_day(at)
    if case_clock.is_too_long_ago(first_day, today):
        raise ValidationError(_("The first day is too long ago. Check month and year."))
    if case_clock.is_too_far_ahead(first_day, today):
        raise ValidationError(_("The first day is too far ahead. Check month and year."))


def _new_case(
    resident_id: int, grid_id: int, reason: str, first_day: date, rules: RuleSet, at: datetime
) -> IsolationCase:
    last_day, monitoring_from = stages.end_of(first_day, rules.isolation_days, rules.monitoring_days, rules.day_one)
    slots = case_clock.slots_from(rules.slots)
    case = IsolationCase(
        resident_id=resident_id,
        grid_id=grid_id,
        reason=reason,
        rule_set=rules,
        first_day=first_day,
        last_day=last_day,
        monitoring_from=monitoring_from,
        opened_at=at,
        next_due_at=case_clock.next_due_at(first_day, last_day, slots, set(), at),
    )
    case.next_test_on = stages.next_test_on(schedule_of(case), [])
    set_stage(case, at)
    return case

"""Deeds on isolation cases: open, close, and what follows from lists."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from grid.actions.audit import EditedMeanwhile, confirm_scope, deed, record, reserve_id
from grid.models import Place
from grid.rules.actors import Actor
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.actions.case_rows import end_case, lock_cases, note_change, set_stage
from quarantine.actions.rule_sets import rule_set_named
from quarantine.models import IsolationCase, RuleSet
from quarantine.rules import case_clock, stages
from quarantine.rules.case_clock import DEFAULT_NAME
from residents.models import Resident


class AlreadyOpen(ValidationError):
    """The person has an open case."""

    def __init__(self, resident_id: int) -> None:
        super().__init__(_("This person has an open isolation record already."))
        self.resident_id = resident_id


def open_case(
    *, resident: Resident, reason: str, first_day: date, by: Actor, at: datetime, rules_name: str = ""
) -> IsolationCase:
    """Opens the person's isolation by the rule set of this name at her place, or by the default one.

    Raises ValidationError (a first day out of reach, a person who left) and AlreadyOpen: at most one open case a
    person, which the database itself holds.
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
    people = list(
        Resident.unscoped.current()
        .filter(pk__in=first_days.keys() - refused.keys())
        .exclude(cases__closed_at=None, cases__pk__isnull=False)
        .values_list("pk", "grid_id", "grid__path")
    )
    if not people and not refused:
        return {}
    record("cases_opened", by=by, at=at, place=place, count=len(people), refused=len(refused), reason=reason)
    rules_of: dict[str, RuleSet] = {}
    cases = []
    for resident_id, grid_id, path in people:
        root = path.strip("/").split("/")[0]
        if root not in rules_of:
            rules_of[root] = rule_set_named(DEFAULT_NAME, place=Place(path=path), at=at)
        cases.append(_new_case(resident_id, grid_id, reason, first_days[resident_id], rules_of[root], at))
    # One opened by hand in this very moment stays; the database decides.
    IsolationCase.unscoped.bulk_create(cases, ignore_conflicts=True)
    return refused


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
    scheduled = stages.test_days_of(first_day, monitoring_from, rules.test_days or [], rules.monitoring_test_days or [])
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
        next_test_on=stages.next_test_on([day for day in scheduled if day >= local_day(at)], []),
    )
    set_stage(case, at)
    return case

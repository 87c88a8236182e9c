"""Deeds on isolation cases: open, close, and what follows from lists."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from grid.actions.audit import EditedMeanwhile, claim_version, confirm_scope, deed, record, reserve_id
from grid.models import Place
from grid.rules.actors import Actor
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.actions.check_ins import lock_cases
from quarantine.actions.rule_sets import default_rule_set
from quarantine.models import IsolationCase, RuleSet
from quarantine.rules import case_clock
from residents.models import Resident


class AlreadyOpen(ValidationError):
    """The person has an open case."""

    def __init__(self, resident_id: int) -> None:
        super().__init__(_("This person has an open isolation record already."))
        self.resident_id = resident_id


def open_case(*, resident: Resident, reason: str, first_day: date, by: Actor, at: datetime) -> IsolationCase:
    """Opens the person's isolation by the default rule set of the place.

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
            return _open_for(now, reason, first_day, by=by, at=at)
    except IntegrityError as fault:
        if "one_open_case_a_person" in str(fault):
            raise AlreadyOpen(resident.pk) from fault
        raise


def _open_for(resident: Resident, reason: str, first_day: date, *, by: Actor, at: datetime) -> IsolationCase:
    rules = default_rule_set(place=resident.grid, at=at)
    key = reserve_id(IsolationCase)
    subject = (IsolationCase, key)
    with deed("case_opened", by=by, at=at, place=resident.grid_id, subject=subject, resident=resident.pk):
        case = _new_case(resident.pk, resident.grid_id, reason, first_day, rules, at)
        case.pk = key
        case.save(force_insert=True)
    return case


def close_case(
    *, case: IsolationCase, closed_as: str, note: str, version: int, by: Actor, at: datetime
) -> IsolationCase:
    """Closes an open case. A release needs the period to be complete; other endings may come any day.

    Raises EditedMeanwhile when the case is not the one that the page showed; closing a case that was closed in the
    same way already does nothing.
    """
    if case.closed_at is not None and case.closed_as == closed_as:
        return case
    if closed_as == "released" and local_day(at) < case.last_day:
        raise ValidationError(_("The period is not complete yet. Choose another ending, or wait for the last day."))
    with transaction.atomic():
        now = lock_cases([case.pk])[0]
        confirm_scope(by, Permission.DECIDE_CASES, now.grid, at)
        if now.closed_at is not None and now.closed_as == closed_as:
            return now
        if now.closed_at is not None:
            raise EditedMeanwhile
        claim_version(IsolationCase.unscoped.open(), case.pk, version)
        with deed("case_closed", by=by, at=at, place=now.grid_id, subject=now, closed_as=closed_as):
            facts = {"closed_at": at, "closed_as": closed_as, "closed_note": note, "next_due_at": None}
            IsolationCase.unscoped.filter(pk=case.pk).update(**facts)
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
            rules_of[root] = default_rule_set(place=Place(path=path), at=at)
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
    removed, _by_model = opened.filter(closed_at=None, last_try_at=None, check_ins__isnull=True).delete()
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
    last_day = case_clock.last_day_of(first_day, rules.isolation_days)
    slots = case_clock.slots_from(rules.slots)
    return IsolationCase(
        resident_id=resident_id,
        grid_id=grid_id,
        reason=reason,
        rule_set=rules,
        first_day=first_day,
        last_day=last_day,
        opened_at=at,
        next_due_at=case_clock.next_due_at(first_day, last_day, slots, set(), at),
    )

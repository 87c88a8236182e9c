"""Deeds on an open isolation: its end moved, paused, gone on, its first day corrected, and any of them taken back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from grid.actions.audit import EditedMeanwhile, confirm_scope, deed
from grid.rules.actors import Actor
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.actions.alerts import settle_alerts
from quarantine.actions.case_rows import columns_before, lock_cases, raise_settled, reopen_case, rewrite
from quarantine.models import CaseChange, IsolationCase
from quarantine.rules import case_clock, ladder, stages
from residents.models import Resident

MOST_AT_ONCE = 60  # days by which one deed may move the end: more is a slip of the finger
# Who left or was merged comes back by the deed on the person, which opens the record again.
_ENDED_WITH_PERSON = frozenset({"died", "same_person"})
_ENDED_BY_A_PAUSE = (ladder.SILENT, ladder.FAILED_TRIES, ladder.RELEASE_OVERDUE)
_TAKEN_BACK_AS_COLUMNS = frozenset({"extended", "shortened", "paused", "resumed", "first_day", "rules_changed"})


def move_end(*, case: IsolationCase, last_day: date, why: str, version: int, by: Actor, at: datetime) -> IsolationCase:
    """Extends or shortens: the period ends on another day. Monitoring follows as `stages.shifted` says.

    Where it ends on that day already nothing is done. Raises ValidationError (a day out of reach) and EditedMeanwhile.
    """
    with _decided(case, version, by, at, done=lambda now: now.last_day == last_day) as now:
        if now is not None:
            name = "case_extended" if last_day > now.last_day else "case_shortened"
            with deed(name, by=by, at=at, place=now.grid_id, subject=now, days=(last_day - now.last_day).days):
                kind = name.removeprefix("case_")
                rewrite([now], kind, lambda row: _ends_on(row, last_day, at), why=why, by=by, at=at)
                settle_overdue([now], by=by, at=at)
    return _again(case)


def _ends_on(case: IsolationCase, last_day: date, at: datetime) -> dict[str, Any]:
    check_end(case, last_day)
    begins = stages.shifted(case.first_day, case.last_day, case.monitoring_from, last_day, local_day(at))
    return {"last_day": last_day, "monitoring_from": begins}


def check_end(case: IsolationCase, last_day: date) -> None:
    """Raises ValidationError where the period cannot end on that day."""
    if last_day < case.first_day:
        raise ValidationError(_("The last day cannot lie before the first one."))
    if abs((last_day - case.last_day).days) > MOST_AT_ONCE:
        raise ValidationError(_("More than 60 days at once. Check month and year."))


def settle_overdue(cases: list[IsolationCase], *, by: Actor, at: datetime) -> None:
    """Closes alerts of a release overdue where the period is not over any more."""
    going_on = [case.pk for case in cases if not stages.is_release_overdue(case.standing, at)]
    settle_alerts(going_on, outcome="done", by=by, at=at, kinds=[ladder.RELEASE_OVERDUE])


def pause_case(*, case: IsolationCase, why: str, version: int, by: Actor, at: datetime) -> IsolationCase:
    """Nothing is due until it goes on: she is in hospital, or elsewhere with leave. Harmless twice."""
    with _decided(case, version, by, at, done=lambda now: now.paused_at is not None) as now:
        if now is not None:
            with deed("case_paused", by=by, at=at, place=now.grid_id, subject=now):
                rewrite([now], "paused", lambda _row: {"paused_at": at}, why=why, by=by, at=at)
                settle_alerts([now.pk], outcome="done", by=by, at=at, kinds=_ENDED_BY_A_PAUSE)
    return _again(case)


def resume_case(
    *, case: IsolationCase, why: str, adds_days: bool, version: int, by: Actor, at: datetime
) -> IsolationCase:
    """A paused isolation goes on; with `adds_days` the days of the pause are added at the end. Harmless twice."""
    with _decided(case, version, by, at, done=lambda now: now.paused_at is None) as now:
        if now is not None:
            days = days_paused(now, at) if adds_days else 0

            def changes(row: IsolationCase) -> dict[str, Any]:
                moved = _ends_on(row, row.last_day + timedelta(days=days), at) if days else {}
                return {"paused_at": None, "resumed_at": at, **moved}

            with deed("case_resumed", by=by, at=at, place=now.grid_id, subject=now, days=days):
                rewrite([now], "resumed", changes, why=why, by=by, at=at)
    return _again(case)


def days_paused(case: IsolationCase, at: datetime) -> int:
    """Local days from the one on which it was paused to the one before today: those that a pause may add."""
    return 0 if case.paused_at is None else (local_day(at) - local_day(case.paused_at)).days


def correct_first_day(
    *, case: IsolationCase, first_day: date, why: str, version: int, by: Actor, at: datetime
) -> IsolationCase:
    """The first day was another one: the whole period moves with it, extensions and all.

    What was noted before it stays to be read. Raises ValidationError (out of reach), EditedMeanwhile.
    """
    with _decided(case, version, by, at, done=lambda now: now.first_day == first_day) as now:
        if now is not None:
            with deed("case_first_day_corrected", by=by, at=at, place=now.grid_id, subject=now):
                rewrite([now], "first_day", lambda row: _begins_on(row, first_day, at), why=why, by=by, at=at)
                settle_overdue([now], by=by, at=at)
    return _again(case)


def _begins_on(case: IsolationCase, first_day: date, at: datetime) -> dict[str, Any]:
    today, days = local_day(at), first_day - case.first_day
    if case_clock.is_too_long_ago(first_day, today):
        raise ValidationError(_("The first day is too long ago. Check month and year."))
    if case_clock.is_too_far_ahead(first_day, today):
        raise ValidationError(_("The first day is too far ahead. Check month and year."))
    monitoring = case.monitoring_from + days if case.monitoring_from else None
    return {"first_day": first_day, "last_day": case.last_day + days, "monitoring_from": monitoring}


def take_back(*, decision: CaseChange, by: Actor, at: datetime) -> IsolationCase:
    """Takes the newest decision on a case back: its columns are as they were, and history says so. Harmless twice.

    Raises ValidationError where something came after it or hangs on it.
    """
    with transaction.atomic():
        # Her row first, as whoever opens a record or takes her out of the register does.
        Resident.unscoped.select_for_update(of=("self",)).get(cases=decision.case_id)
        now = lock_cases([decision.case_id])[0]
        confirm_scope(by, Permission.DECIDE_CASES, now.grid, at)
        if now.decisions.filter(takes_back=decision.pk).exists():
            return now
        if (fault := why_not_back(now, decision, at)) is not None:
            raise ValidationError(fault)
        with deed("case_decision_taken_back", by=by, at=at, place=now.grid_id, subject=now, decision=decision.kind):
            if decision.kind == "closed":
                reopen_case(now, by=by, at=at, takes_back=decision)
            else:
                rewrite(
                    [now], "taken_back", lambda _row: columns_before(decision), by=by, at=at, takes_back=decision
                )  # fmt: skip
                if decision.kind == "paused" and (now.known_at is None or now.known_at < decision.at):
                    raise_settled(now, settled_at=decision.at, outcomes=["done"], by=by, at=at)
                settle_overdue([now], by=by, at=at)
    return _again(now)


def why_not_back(case: IsolationCase, decision: CaseChange, at: datetime) -> str | None:
    """Why a decision cannot be taken back any more, in words; None where it can."""
    standing = case.decisions.exclude(kind="taken_back").filter(taken_back_by=None).order_by("-pk").first()
    if standing is None or standing.pk != decision.pk:
        return _("Something was decided after this. Take that back first, or decide anew.")
    if decision.kind != "closed":
        if case.closed_at is not None or decision.kind not in _TAKEN_BACK_AS_COLUMNS:
            return _("This cannot be taken back.")
        return None
    person = case.resident
    if case.closed_as in _ENDED_WITH_PERSON or person.left_on is not None or person.merged_into_id is not None:
        return _("The person left: what ended with her is taken back on her own page.")
    if IsolationCase.unscoped.open().filter(resident=case.resident_id).exists():
        return _("The person has an open record again. Close that one first.")
    if case.closed_as == "released" and local_day(decision.at) != local_day(at):
        return _("A release is taken back on its own day only. Start a new isolation instead.")
    return None


@contextmanager
def _decided(
    case: IsolationCase, version: int, by: Actor, at: datetime, *, done: Callable[[IsolationCase], bool]
) -> Iterator[IsolationCase | None]:
    """Locks an open case that still is what the page showed; None where the deed was done already."""
    with transaction.atomic():
        now = lock_cases([case.pk])[0]
        confirm_scope(by, Permission.DECIDE_CASES, now.grid, at)
        if now.closed_at is not None:
            raise ValidationError(_("This isolation is closed."))
        if done(now):
            yield None
            return
        if now.version != version:
            raise EditedMeanwhile
        yield now


def _again(case: IsolationCase) -> IsolationCase:
    return IsolationCase.unscoped.get(pk=case.pk)

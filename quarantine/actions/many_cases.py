"""Deeds on many isolations at once, each in the version that the page showed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from grid.actions.audit import confirm_scope, deed
from grid.rules.actors import Actor
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.actions.case_decisions import MOST_AT_ONCE, settle_overdue
from quarantine.actions.case_rows import lock_cases, rewrite
from quarantine.models import IsolationCase
from quarantine.queries.many_cases import moved_to
from quarantine.queries.rule_sets import rule_set_at
from quarantine.rules import stages


@dataclass(frozen=True)
class Done:
    """What became of them: how many were changed, and who was left as somebody else has put her meanwhile."""

    changed: list[IsolationCase] = field(default_factory=list)
    passed_over: list[IsolationCase] = field(default_factory=list)


def extend_many(*, versions: Mapping[int, int], days: int, why: str, by: Actor, at: datetime) -> Done:
    """So many more days for each of these cases (id → version seen). The same once more changes nobody.

    Raises ValidationError for a number of days that nobody means, PermissionDenied for a case of another place.
    """
    if not 1 <= days <= MOST_AT_ONCE:
        raise ValidationError(_("From 1 to %(most)s days.") % {"most": MOST_AT_ONCE})

    def changes(case: IsolationCase) -> dict[str, Any]:
        last = case.last_day + timedelta(days=days)
        begins = stages.shifted(case.first_day, case.last_day, case.monitoring_from, last, local_day(at))
        return {"last_day": last, "monitoring_from": begins}

    return _decide(versions, changes, name="cases_extended", why=why, by=by, at=at, facts={"days": days})


def follow_newest_rules(*, versions: Mapping[int, int], why: str, by: Actor, at: datetime) -> Done:
    """Moves these cases to the newest version of their rules at their grid: the period is computed anew from its first
    day, days added by hand stay. The same once more changes nobody."""

    newest_at = cache(rule_set_at)  # of a grid once, however many cases

    def changes(case: IsolationCase) -> dict[str, Any]:
        rules = newest_at(case.grid.path, case.rule_set.name)
        if rules is None or not rules.in_use or rules.pk == case.rule_set_id:
            return {}
        moved = moved_to(case, rules)
        return {"rule_set_id": rules.pk, "last_day": moved.last_day, "monitoring_from": moved.monitoring_from}

    return _decide(versions, changes, name="cases_rules_changed", why=why, by=by, at=at, facts={})


def _decide(
    versions: Mapping[int, int], changes: Callable[[IsolationCase], dict[str, Any]], *, name: str, why: str, by: Actor,
    at: datetime, facts: dict[str, Any],
) -> Done:  # fmt: skip
    """One transaction, one audit record for all; whoever is not as she was shown is passed over."""
    with transaction.atomic():
        cases = lock_cases(versions)
        for grid in {case.grid_id: case.grid for case in cases}.values():
            confirm_scope(by, Permission.DECIDE_CASES, grid, at)
        fit = [case for case in cases if case.closed_at is None and case.version == versions[case.pk]]
        new = {case.pk: found for case in fit if (found := changes(case))}
        changed = [case for case in fit if case.pk in new]
        passed_over = [case for case in cases if case.pk not in new]
        if changed:
            kind, place = name.removeprefix("cases_"), changed[0].grid.parent_id
            with deed(name, by=by, at=at, place=place, count=len(changed), refused=len(passed_over), **facts):
                rewrite(changed, kind, lambda case: new[case.pk], why=why, by=by, at=at)
                settle_overdue(changed, by=by, at=at)
        return Done(changed, passed_over)

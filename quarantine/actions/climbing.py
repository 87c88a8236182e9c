"""Alerts that nobody took in time go on to the next level; those taken without an outcome are open again."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from django.db import transaction

from grid.bulk import update_rows
from grid.rules.actors import SYSTEM, Actor
from quarantine.actions.alerts import note_steps, tell_outward
from quarantine.models import Alert, RuleSet
from quarantine.queries.alerts import levels_held
from quarantine.queries.rule_sets import default_rules_at
from quarantine.rules import ladder

AT_ONCE = 500  # rows of a transaction
_COLUMNS = ["level", "next_step_at", "taken_at", "taken_by_id"]


def climb_due(*, at: datetime) -> int:
    """Takes each alert whose time has passed one step on, counted from now; how many. Harmless when run twice at once.

    What another transaction has in hand (somebody is just taking it) is left for the next sweep.
    """
    done = 0
    while found := _climb_some(at):
        done += found
    return done


def _climb_some(at: datetime) -> int:
    with transaction.atomic():
        due = Alert.unscoped.open().filter(next_step_at__lte=at).order_by("next_step_at")[:AT_ONCE]
        ids = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True))
        # Locked alone and read afterwards: their places may have changed meanwhile.
        alerts = list(Alert.unscoped.filter(pk__in=ids).prefetch_related("grid", "case__rule_set").order_by("pk"))
        climb(alerts, at=at)
    return len(alerts)


def climb(alerts: Sequence[Alert], *, at: datetime) -> None:
    """Takes these locked alerts one step on: to the next level at which there is somebody, else the same one again."""
    held, rules = levels_held({alert.grid.path for alert in alerts}, at), _rules_of(alerts)
    steps_of_kind: dict[str, list[Alert]] = {"climbed": [], "overdue": [], "repeated": []}
    for alert in alerts:
        own = rules[alert.pk]
        steps = ladder.steps_of(alert.kind, own.ladders if own else None)
        step = ladder.next_step(alert.level, steps, held[alert.grid.path])
        kind = "climbed" if step.level > alert.level else "repeated"
        steps_of_kind["overdue" if alert.taken_at else kind].append(alert)
        alert.level, alert.taken_at, alert.taken_by_id = step.level, None, None
        alert.next_step_at = ladder.climbs_at(at, step.minutes, alert.kind, own.quiet if own else None)
    update_rows(Alert, _COLUMNS, [attrgetter("pk", *_COLUMNS)(alert) for alert in alerts])
    for kind, found in steps_of_kind.items():
        if found:
            tell_outward(note_steps(kind, found, by=SYSTEM, at=at), rules, at=at)


def report_to_lead(case_ids: Sequence[int], kind: str, *, by: Actor, at: datetime) -> None:
    """Somebody stands by what raised these alerts: they go to the community lead at once, past those below her.

    Whoever has taken one keeps it. Belongs inside the transaction of the deed that says so.
    """
    below = Alert.unscoped.untaken().filter(case__in=list(case_ids), kind=kind, level__lt=ladder.Level.LEAD)
    alerts = list(below.select_for_update(of=("self",)).select_related("grid", "case__rule_set").order_by("pk"))
    held, rules = levels_held({alert.grid.path for alert in alerts}, at), _rules_of(alerts)
    for alert in alerts:
        own = rules[alert.pk]
        step = ladder.next_step(
            ladder.Level.STAND_IN, ladder.steps_of(kind, own.ladders if own else None), held[alert.grid.path]
        )
        alert.level = max(alert.level, step.level)
        alert.next_step_at = ladder.climbs_at(at, step.minutes, kind, own.quiet if own else None)
    update_rows(Alert, _COLUMNS, [attrgetter("pk", *_COLUMNS)(alert) for alert in alerts])
    tell_outward(note_steps("reported", alerts, by=by, at=at), rules, at=at)


def _rules_of(alerts: Sequence[Alert]) -> dict[int, RuleSet | None]:
    at_place = default_rules_at({alert.grid.path for alert in alerts if alert.case is None})
    return {alert.pk: alert.case.rule_set if alert.case else at_place[alert.grid.path] for alert in alerts}

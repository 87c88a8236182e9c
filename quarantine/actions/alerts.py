"""Alerts raised and settled in the transaction of the deed that causes them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from grid.rules.actors import Actor
from quarantine.actions import messages
from quarantine.models import Alert, AlertAddress, AlertMessage, AlertStep, IsolationCase
from quarantine.rules import ladder

# Nothing leaves the portal before the minute in which a slip can be undone, unless somebody stands by it.
UNDO_WITHIN = timedelta(seconds=60)


def raise_alerts(
    kind: str, cases: Sequence[IsolationCase], *, by: Actor, at: datetime, facts: dict[str, Any] | None = None
) -> list[Alert]:
    """Raises an alert of the kind for each of these locked cases; where one is open already, notes that it came again.

    Belongs inside the transaction of what causes it. `facts` say nothing of a person.
    """
    is_open = {alert.case_id: alert for alert in Alert.unscoped.open().filter(kind=kind, case__in=list(cases))}
    fresh = [_new_alert(kind, case, at, facts or {}) for case in cases if case.pk not in is_open]
    Alert.unscoped.bulk_create(fresh)
    note_steps("again", list(is_open.values()), by=by, at=at)
    raised = note_steps("raised", fresh, by=by, at=at)
    queue_messages(raised, due_at=at + UNDO_WITHIN)
    return [*is_open.values(), *fresh]


def _new_alert(kind: str, case: IsolationCase, at: datetime, facts: dict[str, Any]) -> Alert:
    rules = case.rule_set
    first = ladder.steps_of(kind, rules.ladders)[0]
    return Alert(
        kind=kind, case=case, grid_id=case.grid_id, facts=facts, raised_at=at, level=first.level,
        next_step_at=ladder.climbs_at(at, first.minutes, kind, rules.quiet),
    )  # fmt: skip


def note_steps(kind: str, alerts: Sequence[Alert], *, by: Actor, at: datetime) -> list[AlertStep]:
    """Keeps what became of these alerts just now, each at the level it has."""
    steps = [AlertStep(alert=alert, kind=kind, at=at, by_id=by.staff_id, level=alert.level) for alert in alerts]
    return AlertStep.objects.bulk_create(steps)


def queue_messages(steps: Sequence[AlertStep], *, due_at: datetime) -> None:
    """Asks for a message to each address of the step's level at the alert's place or above: a row first, sent later."""
    if not steps:
        return
    wanted = {step.level for step in steps}
    addresses = list(AlertAddress.unscoped.filter(ended_at=None, level__in=wanted).select_related("grid"))
    if not addresses:
        return
    paths = dict(Alert.unscoped.filter(pk__in=[step.alert_id for step in steps]).values_list("pk", "grid__path"))
    AlertMessage.objects.bulk_create([
        AlertMessage(alert_id=step.alert_id, step=step, address=address, due_at=due_at)
        for step in steps
        for address in addresses
        if address.level == step.level and paths[step.alert_id].startswith(address.grid.path)
    ])  # fmt: skip
    transaction.on_commit(lambda: messages.hint(due_at=due_at))


def settle_alerts(
    case_ids: Sequence[int], *, outcome: str, by: Actor, at: datetime, kinds: Sequence[str] = ladder.OF_CASE
) -> None:
    """Closes open alerts of these cases because what they asked for was done. Belongs inside the `deed(...)`."""
    found = list(
        Alert.unscoped.open().filter(case__in=list(case_ids), kind__in=kinds).select_for_update().order_by("pk")
    )
    if not found:
        return
    Alert.unscoped.filter(pk__in=[alert.pk for alert in found]).update(
        closed_at=at, closed_by=by.staff_id, outcome=outcome, next_step_at=None
    )
    note_steps("closed", found, by=by, at=at)
    unsent = AlertMessage.objects.filter(alert__in=found, sent_at=None, dropped_at=None)
    unsent.update(dropped_at=at)

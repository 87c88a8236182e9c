"""Alerts raised and settled in the transaction of the deed that causes them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from grid.models import Place
from grid.rules.actors import Actor
from quarantine.actions import messages
from quarantine.models import Alert, AlertAddress, AlertMessage, AlertStep, IsolationCase, RuleSet
from quarantine.queries.alerts import levels_held
from quarantine.queries.rule_sets import default_rules_at
from quarantine.rules import ladder

# Nothing leaves the portal before the minute in which a slip can be undone, unless somebody stands by it.
UNDO_WITHIN = timedelta(seconds=60)


def raise_alerts(
    kind: str, cases: Sequence[IsolationCase], *, by: Actor, at: datetime, wait: timedelta = UNDO_WITHIN
) -> list[Alert]:
    """Raises an alert of the kind for each of these locked cases; where one is open already, notes that it came again.

    Belongs inside the transaction of what causes it. What goes outward waits so long.
    """
    # Locked: one that somebody closes in this very moment has not heard of what came now, which needs one of its own.
    known = Alert.unscoped.open().filter(kind=kind, case__in=list(cases)).select_for_update().order_by("pk")
    is_open = {alert.case_id: alert for alert in known}
    held = levels_held({case.grid.path for case in cases}, at) if len(is_open) < len(cases) else {}
    fresh = [
        _new_alert(kind, case.grid, case.rule_set, held[case.grid.path], at, case=case)
        for case in cases
        if case.pk not in is_open
    ]
    note_steps("again", list(is_open.values()), by=by, at=at)
    _store(fresh, [case.rule_set for case in cases if case.pk not in is_open], by=by, at=at, wait=wait)
    return [*is_open.values(), *fresh]


def raise_at_grids(kind: str, key: str, grids: Sequence[Place], *, by: Actor, at: datetime) -> list[Alert]:
    """Raises one item for each of these places. Whoever calls has made sure that none of this key is there yet."""
    held, at_place = levels_held({grid.path for grid in grids}, at), default_rules_at(grid.path for grid in grids)
    rules = [at_place[grid.path] for grid in grids]
    fresh = [_new_alert(kind, grid, own, held[grid.path], at, key=key) for grid, own in zip(grids, rules, strict=True)]
    _store(fresh, rules, by=by, at=at, wait=timedelta())
    return fresh


def _new_alert(
    kind: str, grid: Place, rules: RuleSet | None, held: Collection[int], at: datetime, **columns: Any
) -> Alert:
    first = ladder.first_step(ladder.steps_of(kind, rules.ladders if rules else None), held)
    quiet = rules.quiet if rules else None
    return Alert(
        kind=kind, grid=grid, raised_at=at, level=first.level,
        next_step_at=ladder.climbs_at(at, first.minutes, kind, quiet), **columns,
    )  # fmt: skip


def _store(
    fresh: Sequence[Alert], rules: Sequence[RuleSet | None], *, by: Actor, at: datetime, wait: timedelta
) -> None:
    if fresh:
        Alert.unscoped.bulk_create(fresh)
        of_alert = {alert.pk: own for alert, own in zip(fresh, rules, strict=True)}
        tell_outward(note_steps("raised", fresh, by=by, at=at), of_alert, at=at + wait)


def rules_of(alert: Alert) -> RuleSet | None:
    """The rules whose ladder and quiet hours an alert in hand follows: its case's, or those of its place."""
    if alert.case is not None:
        return alert.case.rule_set
    return default_rules_at([alert.grid.path])[alert.grid.path]


def tell_outward(steps: Sequence[AlertStep], rules: Mapping[int, RuleSet | None], *, at: datetime) -> None:
    """Asks for the messages of these steps, at once or when it is quiet no more. `rules`: by alert."""
    due: dict[datetime, list[AlertStep]] = {}
    for step in steps:
        held = rules[step.alert_id]
        due.setdefault(ladder.after_quiet(at, step.alert.kind, held.quiet if held else None), []).append(step)
    for due_at, found in due.items():
        queue_messages(found, due_at=due_at)


def note_steps(kind: str, alerts: Sequence[Alert], *, by: Actor, at: datetime) -> list[AlertStep]:
    """Keeps what became of these alerts just now, each at the level it has."""
    if not alerts:
        return []
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
    close_alerts(found, outcome=outcome, by=by, at=at)


def close_alerts(found: Sequence[Alert], *, outcome: str, note: str = "", by: Actor, at: datetime) -> None:
    """Closes these locked alerts; what was to be told of them outside is told no more.

    One UPDATE: a second one of the same row would have the database lock its case, which whoever notes something of
    the case holds while she waits for the alert.
    """
    if not found:
        return
    Alert.unscoped.filter(pk__in=[alert.pk for alert in found]).update(
        closed_at=at, closed_by=by.staff_id, outcome=outcome, note=note, next_step_at=None
    )
    note_steps("closed", found, by=by, at=at)
    drop_messages(found, at=at)


def drop_messages(alerts: Sequence[Alert], *, at: datetime) -> None:
    """Somebody sees to these alerts, or nobody need any more: what has not left yet stays here."""
    AlertMessage.objects.filter(alert__in=alerts, sent_at=None, dropped_at=None).update(dropped_at=at)


def hurry_messages(case_ids: Sequence[int], *, kind: str, at: datetime) -> None:
    """Somebody stands by what raised these alerts: what waits for a slip to be undone may leave now."""
    open_ones = Alert.unscoped.open().filter(case__in=list(case_ids), kind=kind)
    waiting = AlertMessage.objects.filter(alert__in=open_ones, sent_at=None, dropped_at=None, due_at__gt=at)
    if waiting.update(due_at=at):
        transaction.on_commit(lambda: messages.hint(due_at=at))

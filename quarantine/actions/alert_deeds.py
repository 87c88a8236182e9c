"""Deeds on an alert: 我来处理, 处理完了, 处理不了. Of two who take it at once one has it, and the other hears who."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from grid.actions.audit import confirm_scope, deed
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from quarantine.actions.alerts import close_alerts, drop_messages, note_steps, rules_of
from quarantine.actions.climbing import climb
from quarantine.models import Alert
from quarantine.rules import ladder


class NotHers(Exception):
    """Somebody else has the alert, nobody has, or it is closed: `alert` says which."""

    def __init__(self, alert: Alert) -> None:
        super().__init__()
        self.alert = alert


def take_alert(*, alert: Alert, by: Actor, at: datetime) -> None:
    """我来处理: the climb stops; the time for an outcome begins. Taken twice by the same person it is one deed.

    Raises NotHers where somebody else was first or it is closed, PermissionDenied.
    """
    rules = rules_of(alert)
    minutes = rules.outcome_minutes if rules else ladder.DEFAULT_OUTCOME_MINUTES
    next_step_at = ladder.climbs_at(at, minutes, alert.kind, rules.quiet if rules else None)
    try:
        with deed("alert_taken", by=by, at=at, place=alert.grid_id, subject=alert, kind=alert.kind):
            _confirm(alert, by, at)
            free = Alert.unscoped.untaken().filter(pk=alert.pk)
            if not free.update(taken_at=at, taken_by=by.staff_id, next_step_at=next_step_at):
                raise NotHers(_as_it_is(alert))
            note_steps("taken", [_as_it_is(alert)], by=by, at=at)
            drop_messages([alert], at=at)
    except NotHers as found:
        if found.alert.closed_at is not None or found.alert.taken_by_id != by.staff_id:
            raise


def finish_alert(*, alert: Alert, outcome: str, note: str = "", by: Actor, at: datetime) -> None:
    """处理完了: closes what she has taken. A repeat is harmless.

    Raises NotHers where it is not hers (any more), ValidationError for an outcome that the kind does not know.
    """
    if outcome not in ladder.outcomes_of(alert.kind):
        raise ValidationError(_("Say what came of it."))
    try:
        with deed("alert_closed", by=by, at=at, place=alert.grid_id, subject=alert, kind=alert.kind, outcome=outcome):
            found = _hers(alert, by, at)
            close_alerts([found], outcome=outcome, note=note, by=by, at=at)
    except NotHers as found:
        if found.alert.closed_at is None or found.alert.closed_by_id != by.staff_id:
            raise


def give_back_alert(*, alert: Alert, by: Actor, at: datetime) -> None:
    """处理不了: nobody has it any more, and it goes on to the next level at once. Raises NotHers, PermissionDenied."""
    with deed("alert_given_back", by=by, at=at, place=alert.grid_id, subject=alert, kind=alert.kind):
        found = _hers(alert, by, at)
        note_steps("given_back", [found], by=by, at=at)
        found.taken_at, found.taken_by_id = None, None
        climb([found], at=at)


def _hers(alert: Alert, by: Actor, at: datetime) -> Alert:
    """The alert, locked, while the actor has it."""
    _confirm(alert, by, at)
    found = Alert.unscoped.select_for_update().get(pk=alert.pk)
    if found.closed_at is not None or found.taken_at is None or found.taken_by_id != by.staff_id:
        raise NotHers(_as_it_is(alert))
    return found


def _confirm(alert: Alert, by: Actor, at: datetime) -> None:
    """Asks for the permission where the alert stands now: its person may have moved since the page was shown."""
    now = Alert.unscoped.select_related("grid").get(pk=alert.pk)
    confirm_scope(by, Permission.HANDLE_ALERTS, now.grid, at, door=now)


def _as_it_is(alert: Alert) -> Alert:
    return Alert.unscoped.select_related("taken_by", "closed_by").get(pk=alert.pk)

"""Alerts and people in charge for tests, by the deeds themselves."""

from datetime import datetime
from types import SimpleNamespace

from django.db import transaction

from grid.models import Place
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from grid.rules.places import Kind
from quarantine.actions.alerts import raise_alerts
from quarantine.actions.case_rows import lock_cases
from quarantine.models import Alert, IsolationCase, SweepMark
from quarantine.rules import ladder
from tests.factories.grid import make_place, make_staff
from tests.factories.quarantine import make_case


def make_alert(case: IsolationCase, *, at: datetime, kind: str = ladder.ABNORMAL) -> Alert:
    """An open alert about a case."""
    with transaction.atomic():
        alert = raise_alerts(kind, lock_cases([case.pk]), by=SYSTEM, at=at)[0]
    return reread(alert)


def make_item(grid: Place, kind: str, key: str, *, at: datetime) -> Alert:
    """An open item of a whole grid."""
    return Alert.unscoped.create(kind=kind, grid=grid, key=key, raised_at=at, level=1, next_step_at=at)


def reread(alert: Alert) -> Alert:
    """The row as it stands now."""
    return Alert.unscoped.select_related("grid", "case", "taken_by").get(pk=alert.pk)


def swept_until(at: datetime) -> None:
    """As if the sweep had run every minute until then."""
    SweepMark.objects.update_or_create(key="sweep", defaults={"at": at})


def make_street(*, at: datetime) -> SimpleNamespace:
    """A grid with its worker, the lead and the supervisor above, and somebody in isolation there."""
    grid = make_place(Kind.GRID)
    return SimpleNamespace(
        grid=grid,
        worker=make_staff(Role.GRID_WORKER, grid, name="王芳"),
        lead=make_staff(Role.COMMUNITY_LEAD, grid.parent, name="李书记"),
        supervisor=make_staff(Role.STREET_SUPERVISOR, grid.street, name="赵主任"),
        case=make_case(grid=grid, at=at, name="测试甲"),
    )

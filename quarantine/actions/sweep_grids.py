"""Items of a whole grid: one, however many people; raised once, counted live, closed by itself when nobody is left."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from grid.models import Place
from grid.rules.actors import SYSTEM
from grid.rules.clock import LOCAL, local_day
from quarantine.actions.alerts import close_alerts, raise_at_grids
from quarantine.actions.climbing import AT_ONCE
from quarantine.models import Alert, IsolationCase
from quarantine.queries import alerts as queries
from quarantine.rules import ladder
from quarantine.rules.case_clock import SlotOfDay
from residents.models import NameToVerify

# A kind of which one open item is enough: it says what is there now, since whatever day.
_ONE_IS_ENOUGH = (ladder.TEST_DUE, ladder.NO_WORKER, ladder.NAMES_LATE)


def raise_rounds(ended: Mapping[int, SlotOfDay], *, at: datetime) -> None:
    """还差17户: an item for each grid in which somebody was not reached in these slots (by rule set), grace and all."""
    for start in sorted({slot.starts_at for slot in ended.values()}):
        slots = {key: slot for key, slot in ended.items() if slot.starts_at == start}
        left = IsolationCase.unscoped.filter(queries.round_left(slots)).values_list("grid", flat=True)
        _raise_once(ladder.ROUND_OPEN, start.isoformat(), set(left), at)


def raise_day_items(*, at: datetime) -> None:
    """What a day brings: last days, tests, grids that nobody walks, names past their deadline."""
    day, cases = local_day(at), IsolationCase.unscoped
    hour = at.astimezone(LOCAL).isoformat(timespec="hours")
    found: dict[str, QuerySet[Any]] = {
        ladder.RELEASE_DUE: cases.filter(queries.release_due(day)),
        ladder.TEST_DUE: cases.filter(queries.tests_due(day)),
        ladder.NAMES_LATE: NameToVerify.unscoped.filter(queries.names_late(at)),
    }
    for kind, rows in found.items():
        key = hour if kind in _ONE_IS_ENOUGH else day.isoformat()
        _raise_once(kind, key, set(rows.values_list("grid", flat=True).distinct()), at)
    grids = set(cases.open().values_list("grid", flat=True).distinct())
    _raise_once(ladder.NO_WORKER, hour, grids - _walked(grids, at), at)


def _walked(grids: Collection[int], at: datetime) -> set[int]:
    """Those of the grids in which somebody works the whole grid."""
    return queries.walked(dict(Place.objects.filter(pk__in=grids).values_list("pk", "path")), at)


def _raise_once(kind: str, key: str, grids: Collection[int], at: datetime) -> None:
    """Belongs behind a mark: what is there already is not raised again."""
    if not grids:
        return
    there = Alert.unscoped.filter(kind=kind, case=None, grid__in=grids)
    known = set(there.filter(key=key).values_list("grid", flat=True))
    if kind in _ONE_IS_ENOUGH:
        # Whoever closed one today has answered for today; one that closed itself, as nothing was left, has not.
        answered = there.filter(key__startswith=key[:10], closed_by__isnull=False)
        known |= set((there.open() | answered).values_list("grid", flat=True))
    raise_at_grids(kind, key, list(Place.objects.filter(pk__in=set(grids) - known).order_by("pk")), by=SYSTEM, at=at)


def close_empty(*, at: datetime) -> None:
    """Closes the items whose matter is done: nobody is left, or a newer item of the grid counts them."""
    open_items = Alert.unscoped.open().filter(case=None, kind__in=ladder.OF_GRID)
    alerts = list(open_items.order_by("pk"))
    if not alerts:
        return
    cases, names = IsolationCase.unscoped.all(), NameToVerify.unscoped.all()
    found = queries.counted(alerts, cases, names, at, with_doors=False)
    bare = [alert.grid_id for alert in alerts if alert.kind == ladder.NO_WORKER]
    walked = _walked(bare, at) if bare else set()
    done = [
        alert.pk
        for alert in alerts
        if not found[alert.pk].people or (alert.kind == ladder.NO_WORKER and alert.grid_id in walked)
    ]
    for begin in range(0, len(done), AT_ONCE):
        with transaction.atomic():
            some = open_items.filter(pk__in=done[begin : begin + AT_ONCE]).order_by("pk")
            close_alerts(list(some.select_for_update(skip_locked=True)), outcome="done", by=SYSTEM, at=at)

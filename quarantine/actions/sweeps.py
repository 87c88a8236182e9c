"""The sweep: each minute, what nobody's deed will tell. Its cost follows from what is due, not from what is there.

Correct when run twice at once (rows are claimed under their lock, marks by a unique key), late, or after hours of
standstill: then a silence that ended meanwhile is given an hour, since nobody could have been told in time.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from grid.bulk import update_rows
from grid.rules.actors import SYSTEM
from grid.rules.clock import LOCAL, local_day, moment
from quarantine.actions.alerts import raise_alerts
from quarantine.actions.case_rows import set_stage
from quarantine.actions.climbing import AT_ONCE, climb_due
from quarantine.actions.sweep_grids import close_empty, raise_day_items, raise_rounds
from quarantine.models import Alert, IsolationCase, SweepMark
from quarantine.queries.alerts import slots_ended
from quarantine.rules import case_clock, ladder, stages

STANDSTILL = timedelta(minutes=10)  # no sweep for so long: whoever fell silent meanwhile is given …
FRESH_GRACE = timedelta(hours=1)
DAY_ITEMS_FROM = 7  # o'clock; from then on each hour finds what was added since
MARKS_KEPT = timedelta(days=30)
_LAST = "sweep"


def sweep(*, at: datetime) -> None:
    """Everything that is due at the moment. Where one part fails the others are done all the same, and then it is said:
    rules that cannot be read must not keep every alert from climbing."""
    last = SweepMark.objects.filter(key=_LAST).values_list("at", flat=True).first()
    faults: list[Exception] = []
    for part in (
        lambda: look_at_cases(at=at, stood_still_since=_standstill(last, at)),
        lambda: _items_of_grids(at),
        lambda: close_empty(at=at),
        lambda: climb_due(at=at),
    ):
        try:
            part()
        except Exception as fault:
            faults.append(fault)
    if faults:
        raise faults[0]
    if not SweepMark.objects.filter(key=_LAST, at__lt=at).update(at=at):
        SweepMark.objects.bulk_create([SweepMark(key=_LAST, at=at)], ignore_conflicts=True)


def forget_marks(*, at: datetime) -> None:
    """The hook "night": what happens once a slot or a day has long happened."""
    SweepMark.objects.filter(at__lt=at - MARKS_KEPT).exclude(key=_LAST).delete()


def _standstill(last: datetime | None, at: datetime) -> datetime | None:
    """Since when nobody looked; None where the last sweep is not long ago. Before the first one nobody ever did."""
    if last is None:
        return datetime.min.replace(tzinfo=LOCAL)
    return last if at - last > STANDSTILL else None


# --- Cases ---


def look_at_cases(*, at: datetime, stood_still_since: datetime | None) -> int:
    """Looks at each case that is due: its stage, its silence, its overdue release. How many it looked at.

    A case that another transaction has in hand is left for the next sweep.
    """
    done = 0
    while found := _look_at_some(at, stood_still_since):
        done += found
    return done


def _look_at_some(at: datetime, stood_still_since: datetime | None) -> int:
    with transaction.atomic():
        due = IsolationCase.unscoped.open().filter(look_at__lte=at).order_by("look_at")[:AT_ONCE]
        ids = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True))
        # Locked alone and read afterwards, as everywhere; rules and places are few, so they are read once each.
        cases = list(IsolationCase.unscoped.filter(pk__in=ids).prefetch_related("rule_set", "grid").order_by("pk"))
        silent, overdue = [], []
        for case in cases:
            slots = case_clock.slots_from(case.rule_set.slots)
            case.look_at = None  # seen to now: a look that is due would stay
            set_stage(case, at)
            if stages.is_silent(case.standing, slots, at):
                ended = case_clock.slot_ended(at, slots).grace_until
                if stood_still_since is not None and ended > stood_still_since:
                    case.look_at = min(filter(None, [case.look_at, at + FRESH_GRACE]))
                else:
                    silent.append((case, ended))
            if stages.is_release_overdue(case.standing, at):
                overdue.append((case, moment(local_day(at), stages.OVERDUE_FROM)))
        update_rows(IsolationCase, ["stage", "look_at"], [(case.pk, case.stage, case.look_at) for case in cases])
        _raise_anew(ladder.SILENT, silent, at)
        _raise_anew(ladder.RELEASE_OVERDUE, overdue, at)
    return len(cases)


def _raise_anew(kind: str, found: list[tuple[IsolationCase, datetime]], at: datetime) -> None:
    """Raises the kind for those cases of which no alert is open, and none was closed since the moment beside them."""
    if not found:
        return
    told = Alert.unscoped.filter(kind=kind, case__in=[case.pk for case, _since in found])
    latest = Q(closed_at=None) | Q(closed_at__gte=min(since for _case, since in found))
    rows = told.filter(latest).order_by(F("closed_at").asc(nulls_last=True))  # an open one, or the one closed last
    closed = {key: closed_at or at for key, closed_at in rows.values_list("case", "closed_at")}
    fresh = [case for case, since in found if case.pk not in closed or closed[case.pk] < since]
    if fresh:
        raise_alerts(kind, fresh, by=SYSTEM, at=at, wait=timedelta())


# --- Grids ---


def _items_of_grids(at: datetime) -> None:
    ended = slots_ended(at)
    marks = {f"round {key} {slot.starts_at.isoformat()}": key for key, slot in ended.items()}
    for mark in _not_yet(marks):
        with transaction.atomic():
            if _mark(mark, at):
                raise_rounds({marks[mark]: ended[marks[mark]]}, at=at)
    hour = at.astimezone(LOCAL).hour
    for mark in _not_yet([f"day {local_day(at).isoformat()} {hour}"] if hour >= DAY_ITEMS_FROM else []):
        with transaction.atomic():
            if _mark(mark, at):
                raise_day_items(at=at)


def _not_yet(marks: Iterable[str]) -> list[str]:
    wanted = list(marks)
    done = set(SweepMark.objects.filter(key__in=wanted).values_list("key", flat=True)) if wanted else set()
    return [mark for mark in wanted if mark not in done]


def _mark(key: str, at: datetime) -> bool:
    """Whether it was this sweep that came first; another one waits here until the first has finished."""
    try:
        with transaction.atomic():
            SweepMark.objects.create(key=key, at=at)
    except IntegrityError:
        return False
    return True

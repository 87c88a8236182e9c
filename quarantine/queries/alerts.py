"""Alerts: who stands at which level of a place, what an item of a grid counts, and what is for whom to act on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from grid.models import Post
from grid.rules.clock import local_day, moment
from grid.rules.permissions import Role
from quarantine.models import Alert, IsolationCase
from quarantine.queries.cases import followed_rules
from quarantine.rules import case_clock, ladder
from quarantine.rules.case_clock import SlotOfDay
from quarantine.rules.ladder import Level
from quarantine.rules.stages import OVERDUE_FROM
from residents.models import NameToVerify

_LEVEL_OF = {Role.COMMUNITY_LEAD: Level.LEAD, Role.STREET_SUPERVISOR: Level.STREET}


def level_of(post: Post) -> Level | None:
    """The level of a post on the ladder; None where it has none. A worker's post that ends is a stand-in's."""
    if post.role == Role.GRID_WORKER:
        return Level.WORKER if post.until is None else Level.STAND_IN
    return _LEVEL_OF.get(Role(post.role))


def levels_held(paths: Iterable[str], at: datetime) -> dict[str, frozenset[Level]]:
    """Path of a place → the levels at which somebody with an open login stands there or above: one query.

    A helper of a single building is nobody for the whole grid.
    """
    above = {path: [int(part) for part in path.strip("/").split("/")] for path in paths}
    ids = {place for places in above.values() for place in places}
    posts = Post.objects.current(at).of_whole_places().filter(place__in=ids, staff__is_active=True)
    held: dict[int, set[Level]] = {}
    for post in posts.only("place_id", "role", "until"):
        if (level := level_of(post)) is not None:
            held.setdefault(post.place_id, set()).add(level)
    return {path: frozenset().union(*(held.get(place, ()) for place in places)) for path, places in above.items()}


def walked(grids: Mapping[int, str], at: datetime) -> set[int]:
    """Those of the grids (id → path) in which somebody works the whole grid: one query."""
    held = levels_held(grids.values(), at)
    return {key for key, path in grids.items() if held[path] & {Level.WORKER, Level.STAND_IN}}


# --- What an item of a grid counts ---


def slots_ended(at: datetime) -> dict[int, SlotOfDay]:
    """Rule set → its newest slot whose grace is over: one query."""
    return {key: case_clock.slot_ended(at, slots) for key, slots in followed_rules()}


def round_left(slots: Mapping[int, SlotOfDay]) -> Q:
    """Open cases of which nothing was learnt since their rules' slot began, though it is over, grace and all."""
    found = Q(pk__in=[])
    for rule_set_id, slot in slots.items():
        learnt = Q(last_measured_at__gte=slot.starts_at)
        learnt |= Q(last_reached_at__gte=slot.starts_at) | Q(last_asked_at__gte=slot.starts_at)
        due = Q(first_day__lte=slot.day, last_day__gte=slot.day, opened_at__lt=slot.until)
        due &= Q(resumed_at=None) | Q(resumed_at__lt=slot.until)
        found |= Q(rule_set=rule_set_id) & due & ~learnt
    return _ACTIVE & found


def release_due(day: date) -> Q:
    """Open cases whose last day it is."""
    return _ACTIVE & Q(last_day=day)


def tests_due(day: date) -> Q:
    """Open cases whose test of that day, or of one before, nobody has taken."""
    return _ACTIVE & Q(next_test_on__lte=day, first_day__lte=day)


_ACTIVE = Q(closed_at=None, paused_at=None)
OPEN = Q(closed_at=None)


def names_late(at: datetime) -> Q:
    """Names to verify past their deadline."""
    return Q(state="open", deadline__lte=at)


def starts_of(alert: Alert) -> datetime:
    """When the slot of an unfinished round began: it is the alert's key."""
    return datetime.fromisoformat(alert.key)


def day_of(alert: Alert) -> date:
    """The day that an item of a day is about: it is the alert's key."""
    return date.fromisoformat(alert.key)


@dataclass(frozen=True)
class Counted:
    """What an item of a grid stands for now."""

    people: int
    doors: int = 0


def counted(
    alerts: Sequence[Alert], cases: QuerySet[IsolationCase], names: QuerySet[NameToVerify], at: datetime,
    *, with_doors: bool = True,
) -> dict[int, Counted]:  # fmt: skip
    """Alert → what it stands for at this moment, of the rows that are given: three queries, however many alerts.

    Doors are counted only where somebody reads them: the sweep asks whether anybody is left.
    """
    of_grids = [alert for alert in alerts if alert.kind in ladder.OF_GRID]
    if not of_grids:
        return {}
    kinds, found = {alert.kind for alert in of_grids}, {}
    wanted: dict[str, Q] = {"open": OPEN}
    ended = slots_ended(at) if ladder.ROUND_OPEN in kinds else {}
    starts = {start: f"round_{number}" for number, start in enumerate(sorted({s.starts_at for s in ended.values()}))}
    for start, name in starts.items():
        wanted[name] = round_left({key: slot for key, slot in ended.items() if slot.starts_at == start})
    for alert in of_grids:
        if alert.kind == ladder.RELEASE_DUE:
            wanted[f"release_{alert.key}"] = release_due(day_of(alert))
    wanted["test"] = tests_due(local_day(at))
    doors = list(starts.values()) if with_doors else []
    rows = _sums(cases.filter(grid__in={alert.grid_id for alert in of_grids}), wanted, doors)
    late = _late_names(of_grids, names, at)
    for alert in of_grids:
        row = rows.get(alert.grid_id, {})
        if alert.kind == ladder.NAMES_LATE:
            found[alert.pk] = Counted(late.get(alert.grid_id, 0))
        elif alert.kind == ladder.ROUND_OPEN:
            name = starts.get(starts_of(alert), "")
            found[alert.pk] = Counted(row.get(name, 0), row.get(f"{name}_doors", 0))
        elif alert.kind == ladder.RELEASE_DUE and at >= moment(day_of(alert) + timedelta(days=1), OVERDUE_FROM):
            found[alert.pk] = Counted(0)  # from now on each of them has an alert of her own
        else:
            name = {ladder.TEST_DUE: "test", ladder.NO_WORKER: "open"}.get(alert.kind, f"release_{alert.key}")
            found[alert.pk] = Counted(row.get(name, 0))
    return found


def _sums(cases: QuerySet[IsolationCase], wanted: Mapping[str, Q], doors: Iterable[str]) -> dict[int, dict[str, int]]:
    sums = {name: Count("pk", filter=condition) for name, condition in wanted.items()}
    sums |= {f"{name}_doors": Count("resident__household", filter=wanted[name], distinct=True) for name in doors}
    # A name with a day in it is no word for the database.
    plain = {f"n{number}": name for number, name in enumerate(sums)}
    rows: Any = cases.filter(OPEN).values("grid").annotate(**{short: sums[name] for short, name in plain.items()})
    return {row["grid"]: {name: row[short] for short, name in plain.items()} for row in rows}


def _late_names(alerts: Sequence[Alert], names: QuerySet[NameToVerify], at: datetime) -> dict[int, int]:
    places = {alert.grid_id for alert in alerts if alert.kind == ladder.NAMES_LATE}
    if not places:
        return {}
    return dict(names.filter(names_late(at), grid__in=places).values_list("grid").annotate(Count("pk")))

"""Which rule sets hold at a place: of each name the nearest above it, in its newest version."""

from collections.abc import Iterable

from quarantine.models import RuleSet
from quarantine.rules.case_clock import DEFAULT_NAME
from quarantine.rules.rule_sets import SHIPPED, RuleSetData


def rule_set_at(place_path: str, name: str) -> RuleSet | None:
    """The newest version of the name at the place itself or the nearest place above it that has one."""
    return _nearest(place_path, name=name).get(name)


def offered_at(place_path: str, purpose: str | None = None) -> list[RuleSet | RuleSetData]:
    """What may be chosen at the place, shipped ones first and those that nobody has needed yet as they are shipped."""
    held = _nearest(place_path)
    rows = [held.get(data.name, data) for data in SHIPPED]
    own = sorted(set(held) - {data.name for data in SHIPPED})
    rows += [held[name] for name in own]
    found: list[RuleSet | RuleSetData] = [row for row in rows if isinstance(row, RuleSetData) or row.in_use]
    return [row for row in found if purpose is None or row.purpose == purpose]


def default_rules_at(paths: Iterable[str]) -> dict[str, RuleSet | None]:
    """Path of a place → the rules for what concerns the whole place: the newest version of the default name at the
    nearest place above, or None where those that are shipped hold. One query, however many places."""
    of_place: dict[int, RuleSet] = {}
    for row in RuleSet.objects.filter(name=DEFAULT_NAME).order_by("version"):
        of_place[row.place_id] = row
    return {path: next((of_place[place] for place in _above(path) if place in of_place), None) for path in paths}


def _above(path: str) -> list[int]:
    """The place and those above it, the nearest first."""
    return [int(part) for part in reversed(path.strip("/").split("/"))]


def _nearest(place_path: str, **only: str) -> dict[str, RuleSet]:
    above = [int(part) for part in place_path.strip("/").split("/")]
    rows = RuleSet.objects.filter(place__in=above, **only).order_by("version")
    # The nearest place last, and of its versions the newest: what comes later takes the name.
    return {row.name: row for row in sorted(rows, key=lambda row: above.index(row.place_id))}

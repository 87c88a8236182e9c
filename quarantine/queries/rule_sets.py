"""Which rule sets hold at a place: of each name the nearest above it, in its newest version."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from grid.models import Place
from quarantine.models import IsolationCase, RuleSet
from quarantine.rules.case_clock import DEFAULT_NAME
from quarantine.rules.rule_sets import SHIPPED, RuleSetData, shipped


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
    named = Named(DEFAULT_NAME)
    return {path: named.at(path) for path in paths}


def newest_named(name: str) -> RuleSet | None:
    """The newest row of this name, wherever it stands: what an editor has seen."""
    return RuleSet.objects.filter(name=name).order_by("-pk").first()


class Named:
    """Every place's newest version of one name, read once: which one holds at a place costs nothing more."""

    def __init__(self, name: str) -> None:
        self._of_place = {row.place_id: row for row in RuleSet.objects.filter(name=name).order_by("version")}

    def at(self, place_path: str) -> RuleSet | None:
        """The one of the place itself or of the nearest place above it."""
        above = (int(part) for part in reversed(place_path.strip("/").split("/")))
        return next((self._of_place[key] for key in above if key in self._of_place), None)


@dataclass(frozen=True)
class Offered:
    """A rule set as an administrator finds it at a place: its own, inherited from above, or as it is shipped."""

    rules: RuleSet | RuleSetData
    from_place: Place | None  # None: as shipped, nobody needed it yet
    in_use: bool

    @property
    def version(self) -> int:
        """Its version; 0 as shipped."""
        return self.rules.version if isinstance(self.rules, RuleSet) else 0


def all_at(place_path: str) -> list[Offered]:
    """Everything there is at the place, what was withdrawn last."""
    held = _nearest(place_path)
    names = [data.name for data in SHIPPED] + sorted(set(held) - {data.name for data in SHIPPED})
    found = [
        Offered(row, row.place, row.in_use) if (row := held.get(name)) else Offered(shipped(name), None, True)  # type: ignore[arg-type]
        for name in names
    ]
    return sorted(found, key=lambda one: not one.in_use)


def one_at(place_path: str, name: str) -> Offered | None:
    """The rule set of this name at the place."""
    return next((one for one in all_at(place_path) if one.rules.name == name), None)


def followers_of(name: str, paths: Iterable[str]) -> list[tuple[Place, int, int]]:
    """Communities below these paths with how many open cases follow rules of the name, and how many an older version.

    Numbers, never names: an administrator sees how many. Older is what is not the one offered at the grid now.
    """
    within = Q(pk__in=[])
    for path in paths:
        within |= Q(grid__path__startswith=path)
    cases = IsolationCase.unscoped.open().filter(within, rule_set__name=name)
    counts: dict[int, list[int]] = {}
    named = Named(name)
    rows = cases.values_list("grid__parent", "grid__path", "rule_set").annotate(number=Count("pk"))
    for community, path, rule_set, number in rows.order_by("grid__path"):
        held = named.at(path)
        row = counts.setdefault(community, [0, 0])
        row[0] += number
        row[1] += number if held is not None and rule_set != held.pk else 0
    places = Place.objects.in_bulk(list(counts))
    return [(places[key], whole, older) for key, (whole, older) in counts.items()]


def _nearest(place_path: str, **only: str) -> dict[str, RuleSet]:
    above = [int(part) for part in place_path.strip("/").split("/")]
    rows = RuleSet.objects.filter(place__in=above, **only).select_related("place").order_by("version")
    # The nearest place last, and of its versions the newest: what comes later takes the name.
    return {row.name: row for row in sorted(rows, key=lambda row: above.index(row.place_id))}

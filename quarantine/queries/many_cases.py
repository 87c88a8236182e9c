"""Cases among which a lead chooses many at once: whom to give more days, whom to move to newer rules, whom to visit."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from grid.models import Place, Staff
from grid.queries.places import grids_of
from grid.rules.permissions import Permission
from quarantine.models import IsolationCase, RuleSet
from quarantine.queries.rule_sets import Named
from quarantine.queries.stops import building_of
from quarantine.rules.rule_sets import under_other_rules
from residents.models import Household, Resident

MOST_SHOWN = 500
_TOKEN = re.compile(r"([0-9]{1,18})-([0-9]{1,8})")  # what no column holds is nobody
OLD_FROM = 80  # years from which visits are offered for age alone


@dataclass(frozen=True)
class Change:
    """A case and what would become of its period."""

    case: IsolationCase
    last_day: date
    monitoring_from: date | None
    kept: int = 0  # days extended or shortened by hand, which stay
    rules: RuleSet | None = None

    @property
    def token(self) -> str:
        """Which case in which version: what is confirmed is what was shown."""
        return f"{self.case.pk}-{self.case.version}"


def cases_to_decide(staff: Staff) -> QuerySet[IsolationCase]:
    """Open isolations on which she decides, in walking order, with person, door, grid and rules."""
    cases: QuerySet[IsolationCase] = IsolationCase.objects.visible_to(staff, Permission.DECIDE_CASES).open()
    rows = cases.isolating().select_related("resident__household", "grid", "rule_set")  # type: ignore[attr-defined]
    return rows.in_walking_order()  # type: ignore[no-any-return]


def chosen_of(staff: Staff, grid: int | None, building: str, ends_on: date | None) -> list[IsolationCase]:
    """Those of a grid, of a building, or whose last day it is; one more than are shown tells that there are more."""
    rows = cases_to_decide(staff)
    if grid is not None:
        rows = rows.filter(grid=grid)
    if ends_on is not None:
        rows = rows.filter(last_day=ends_on)
    if not building:
        return list(rows[: MOST_SHOWN + 1])
    return [case for case in rows if _is_called(case.resident.household, building)][: MOST_SHOWN + 1]


def _is_called(door: Household, typed: str) -> bool:
    """Whether somebody who types this means the door's building: 3, 3栋, 望江花园3栋."""
    names = (door.building, f"{door.building}栋", building_of(door))
    return bool(door.building) and _plain(typed) in {_plain(name) for name in names}


def _plain(words: str) -> str:
    return "".join(words.split()).casefold()


def grids_to_decide(staff: Staff) -> list[Place]:
    """The grids on whose cases she decides."""
    return list(grids_of(staff, Permission.DECIDE_CASES))


def by_tokens(staff: Staff, tokens: Iterable[str]) -> list[IsolationCase]:
    """The chosen ones among those she decides on; a number that is none of hers is nobody."""
    return list(cases_to_decide(staff).filter(pk__in=list(versions_in(tokens))[:MOST_SHOWN]))


def versions_in(tokens: Iterable[str]) -> dict[int, int]:
    """Case id → version seen."""
    found = [_TOKEN.fullmatch(token) for token in tokens]
    return {int(one[1]): int(one[2]) for one in found if one}


def with_older_rules(staff: Staff) -> list[Change]:
    """Her cases that follow an older version of rules than the one that holds at their grid, each with what changes.

    One query for the cases, and one a name for the rules.
    """
    named: dict[str, Named] = {}
    found = []
    for case in cases_to_decide(staff)[: MOST_SHOWN * 4]:
        name = case.rule_set.name
        rules = (named.get(name) or named.setdefault(name, Named(name))).at(case.grid.path)
        if rules is not None and rules.in_use and rules.pk != case.rule_set_id:
            found.append(moved_to(case, rules))
    return found[:MOST_SHOWN]


def moved_to(case: IsolationCase, rules: RuleSet) -> Change:
    """What becomes of a case under other rules."""
    moved = under_other_rules(case.first_day, case.last_day, case.monitoring_from, case.rule_set, rules)
    return Change(case, moved.last_day, moved.monitoring_from, moved.kept, rules)


CARE_GROUPS: dict[str, str] = {  # who is looked for → the reason of the visits
    "lives_alone": "living_alone", "old": "very_old", "chronic_illness": "ill", "disabled": "needs_care",
}  # fmt: skip


def people_to_visit(staff: Staff, grid: int, group: str, today: date) -> list[Resident]:
    """People of a grid in a care group of whom no record is open, in walking order: one query."""
    people: Any = Resident.objects.visible_to(staff, Permission.DECIDE_CASES).current().filter(grid=grid)
    if group == "old":
        people = people.filter(birth_date__lte=today - timedelta(days=OLD_FROM * 365 + OLD_FROM // 4))
    else:
        people = people.filter(care_tags__contains=[group])
    has_record = IsolationCase.objects.visible_to(staff, Permission.DECIDE_CASES).open().filter(resident=OuterRef("pk"))
    rows = people.filter(~Exists(has_record)).select_related("household", "grid")
    return list(rows.order_by("household__walk_key", "household_id", "pk")[:MOST_SHOWN])

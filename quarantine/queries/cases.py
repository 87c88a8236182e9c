"""Shared reads about cases: the slot that is running, what figures count, a case's days."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When
from django.utils.translation import gettext as _

from grid.models import Place, Post, Staff
from grid.rules.clock import local_day, moment
from grid.rules.permissions import Permission
from quarantine.models import CheckIn, IsolationCase, RuleSet
from quarantine.models.case import CARE_REASONS
from quarantine.rules import case_clock
from quarantine.rules.case_clock import SlotOfDay
from quarantine.rules.entries import Entry, standing_of
from quarantine.rules.rule_sets import CARE
from residents.queries.households import family_to_ring


def running_slots(at: datetime) -> dict[int, SlotOfDay]:
    """The slot that is running in each rule set that counts, oldest first: one query.

    What counts is the rules of open cases and the newest version of each; versions that nobody follows any more stay
    out, however many there were.
    """
    return _running(_rules_that_count(), at)


def followed_rules() -> list[tuple[int, tuple[case_clock.Slot, ...]]]:
    """The slots of each rule set that counts, oldest first: one query."""
    return [(key, case_clock.slots_from(slots)) for key, slots, _purpose in _rules_that_count()]


def _rules_that_count() -> list[tuple[int, Any, str]]:
    followed = IsolationCase.unscoped.open().filter(rule_set=OuterRef("pk"))
    newer = RuleSet.objects.filter(place=OuterRef("place"), name=OuterRef("name"), version__gt=OuterRef("version"))
    rows = RuleSet.objects.filter(Exists(followed) | ~Exists(newer)).order_by("pk")
    return list(rows.values_list("pk", "slots", "purpose"))


def _running(rows: Sequence[tuple[int, Any, str]], at: datetime) -> dict[int, SlotOfDay]:
    return {key: case_clock.slot_at(at, case_clock.slots_from(slots)) for key, slots, _purpose in rows}


@dataclass(frozen=True)
class SlotFacts:
    """What the conditions of figures need to know of the moment."""

    running: dict[int, SlotOfDay]
    day_began: datetime
    care: frozenset[int] = frozenset()  # rule sets of visits

    @classmethod
    def read(cls, at: datetime) -> "SlotFacts":
        """Reads the rule sets: one query."""
        rows = _rules_that_count()
        care = frozenset(key for key, _slots, purpose in rows if purpose == CARE)
        return cls(_running(rows, at), moment(local_day(at), datetime.min.time()), care)


OPEN = Q(closed_at=None)
VISITS = Q(reason__in=CARE_REASONS)
_NEVER = Q(pk__in=[])


def due_this_slot(facts: SlotFacts) -> Q:
    """Open cases whose period contains the running slot; each is measured, in contact only, or not reached."""
    return _any_rule_set(facts, _in_period)


def measured(facts: SlotFacts) -> Q:
    """Due, and a temperature was observed in the running slot."""
    return _any_rule_set(facts, lambda slot: _in_period(slot) & _measured_in(slot))


def reached_not_measured(facts: SlotFacts) -> Q:
    """Due, and somebody was reached or asked in the running slot, but no temperature is known."""
    return _any_rule_set(facts, lambda slot: _in_period(slot) & ~_measured_in(slot) & _in_contact_in(slot))


def not_reached(facts: SlotFacts) -> Q:
    """Due, and neither measured nor reached nor asked in the running slot."""
    return _any_rule_set(facts, lambda slot: _in_period(slot) & ~_measured_in(slot) & ~_in_contact_in(slot))


def abnormal_today(facts: SlotFacts) -> Q:
    """Open, and something abnormal was observed on the slot's day; a normal reading later changes nothing."""
    return _any_rule_set(facts, lambda slot: Q(last_abnormal_at__gte=moment(slot.day, datetime.min.time())))


def of_isolation(condition: Callable[[SlotFacts], Q]) -> Callable[[SlotFacts], Q]:
    """The condition of a figure about isolation: whoever is only visited, because she needs care, is not counted."""
    return lambda facts: condition(facts) & ~VISITS


def care_visits(_facts: SlotFacts) -> Q:
    """Open records of care visits."""
    return OPEN & VISITS


def care_left(facts: SlotFacts) -> Q:
    """Care visits that are due and not done."""
    return not_reached(facts) & VISITS


def in_isolation(_facts: SlotFacts) -> Q:
    """Open cases."""
    return OPEN


def new_today(facts: SlotFacts) -> Q:
    """Open cases that were opened today."""
    return OPEN & Q(opened_at__gte=facts.day_began)


def released_today(facts: SlotFacts) -> Q:
    """Cases released today; the only figure in which a closed case counts."""
    return Q(closed_as="released", closed_at__gte=facts.day_began)


def _in_period(slot: SlotOfDay) -> Q:
    return Q(first_day__lte=slot.day, last_day__gte=slot.day, paused_at=None)


def _measured_in(slot: SlotOfDay) -> Q:
    return Q(last_measured_at__gte=slot.starts_at)


def _in_contact_in(slot: SlotOfDay) -> Q:
    return Q(last_reached_at__gte=slot.starts_at) | Q(last_asked_at__gte=slot.starts_at)


def _any_rule_set(facts: SlotFacts, condition: Callable[[SlotOfDay], Q]) -> Q:
    """The condition of each rule set's own slot, over open cases."""
    whole = _NEVER
    for rule_set_id, slot in facts.running.items():
        whole |= Q(rule_set=rule_set_id) & condition(slot)
    return OPEN & whole


def cases_for_figures(staff: Staff) -> QuerySet[IsolationCase]:
    """The cases whose numbers the member of staff may see, with what a list of them shows."""
    rows: QuerySet[IsolationCase] = IsolationCase.objects.visible_to(staff, Permission.SEE_FIGURES).in_walking_order()
    return rows.select_related("resident__household", "grid")


def open_case_of(resident_id: int) -> int | None:
    """The id of the person's open case."""
    found: int | None = IsolationCase.unscoped.open().filter(resident=resident_id).values_list("pk", flat=True).first()
    return found


def who_decides(grid: Place, at: datetime) -> list[Staff]:
    """Those who answer for cases at the grid now: whom to ring when something is wrong."""
    posts = Post.objects.current(at).granting(Permission.DECIDE_CASES, grid.path)
    return list(Staff.objects.filter(posts__in=posts, is_active=True).distinct().order_by("pk")[:5])


def isolated_by_grid(staff: Staff, grid_ids: list[int], without: list[Post]) -> dict[int, int]:
    """How many people isolate in each grid, those in the buildings of these posts left out."""
    cases = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).open().isolating().filter(grid__in=grid_ids)
    return dict(cases.outside(without).values_list("grid").annotate(Count("pk")))


def check_ins_in_sight(staff: Staff, permission: Permission = Permission.SEE_ROUND) -> QuerySet[CheckIn]:
    """Check-ins of the cases in sight: whoever has the person now sees what was noted before a move."""
    return CheckIn.unscoped.filter(case__in=IsolationCase.objects.visible_to(staff, permission))


def check_ins_of(case: IsolationCase) -> list[CheckIn]:
    """Every check-in of the case, newest first, with who typed it and what became of it."""
    found = list(CheckIn.unscoped.filter(case=case).select_related("by").order_by("-observed_at", "-pk"))
    standing = standing_of(Entry(row.pk, row.corrects_id, row.withdrawn) for row in found)
    slots = case_clock.slots_from(case.rule_set.slots)
    for row in found:
        row.is_late = case_clock.is_late(row.observed_at, row.received_at, slots)  # type: ignore[attr-defined]
        row.stands = row.pk in standing.stands  # type: ignore[attr-defined]
        row.undone = row.pk in standing.undone_by  # type: ignore[attr-defined]
    return found


def with_family(cases: QuerySet[IsolationCase], also: Q = _NEVER) -> QuerySet[IsolationCase]:
    """Cases in sight, each with whom to ring at her door (`family`) where she has no phone, and where `also` holds: in
    the same query."""
    wanted = When(Q(resident__phones=[]) | also, then=family_to_ring(OuterRef("resident__household")))
    return cases.annotate(family=Case(wanted))


def standing_check_in(staff: Staff, check_in_id: int) -> CheckIn | None:
    """The check-in, with its case and person, if it is in sight and stands: one query."""
    of_case = check_ins_in_sight(staff).filter(case__check_ins=check_in_id).select_related("case__resident")
    rows = {row.pk: row for row in of_case}
    standing = standing_of(Entry(row.pk, row.corrects_id, row.withdrawn) for row in rows.values())
    return rows[check_in_id] if check_in_id in standing.stands else None


def slot_word(slot: str) -> str:
    """The slot's name for a reader; names that a rule set made up are shown as they are."""
    return {"morning": _("morning"), "evening": _("evening")}.get(slot, slot)

"""Shared reads about cases: the slot that is running, what figures count, a case's days."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When
from django.utils.translation import gettext as _

from grid.models import Place, Post, Staff
from grid.rules.clock import local_day, moment
from grid.rules.permissions import Permission
from quarantine.models import CheckIn, IsolationCase, RuleSet
from quarantine.rules import case_clock
from quarantine.rules.case_clock import SlotOfDay
from quarantine.rules.entries import Entry, standing_of
from quarantine.rules.rule_sets import CARE
from residents.models import Household, Resident
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


def panel_of_resident(staff: Staff, resident: Resident, at: datetime) -> dict[str, Any]:
    """The part of a person's page: the open case, or the way to one, and earlier ones."""
    cases = list(
        IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).filter(resident=resident).order_by("-pk")
    )
    case = next((case for case in cases if case.closed_at is None), None)
    return {
        "resident": resident,
        "case": case,
        "day_number": case.day_number(local_day(at)) if case else None,
        "past": [case for case in cases if case.closed_at is not None],
        "may_open": case is None and resident.left_on is None and staff.may(Permission.DECIDE_CASES, resident.grid),
    }


_TOLD_OF_CASES = ("case_opened", "case_closed")  # what was noted day by day stands on the case's own page


def history_of_resident(staff: Staff, resident: Resident) -> Q:
    """The audit's records that a person's history tells of her cases in the reader's sight: begun and ended."""
    cases = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).filter(resident=resident)
    ids = list(cases.values_list("pk", flat=True))
    return Q(subject_kind="isolationcase", subject_id__in=ids, deed__in=_TOLD_OF_CASES) if ids else Q(pk__in=[])


def panel_of_household(staff: Staff, household: Household, at: datetime) -> dict[str, Any]:
    """The part of a door's page: who isolates here."""
    cases = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).open().filter(resident__household=household)
    people = [(case, case.day_number(local_day(at))) for case in cases.select_related("resident").in_walking_order()]
    return {"household": household, "isolated": people}


def isolated_by_grid(staff: Staff, grid_ids: list[int], without: list[Post]) -> dict[int, int]:
    """How many people isolate in each grid, those in the buildings of these posts left out."""
    cases = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).open().filter(grid__in=grid_ids)
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


def days_of(case: IsolationCase, check_ins: Sequence[CheckIn], at: datetime) -> list[dict[str, Any]]:
    """The case's days for the strip of squares: each slot empty, measured, reached, abnormal or missed, with words."""
    slots = case_clock.slots_from(case.rule_set.slots)
    running, opened = case_clock.slot_at(at, slots), case_clock.slot_at(case.opened_at, slots)
    standing: dict[tuple[Any, str], list[CheckIn]] = {}
    for row in check_ins:
        if row.stands:  # type: ignore[attr-defined]
            standing.setdefault((row.local_day, row.slot), []).append(row)
    ends_on = min(case.last_day, local_day(case.closed_at)) if case.closed_at else case.last_day
    days = []
    for number in range((case.last_day - case.first_day).days + 1):
        day = case.first_day + timedelta(days=number)
        squares = []
        for slot in slots:
            rows = standing.get((day, slot.name), [])
            starts_at = case_clock.slot_on(day, slot).starts_at
            if starts_at < opened.starts_at:
                otherwise = ("empty", _("Before the record began"))
            elif starts_at < running.starts_at and day <= ends_on:
                otherwise = ("missed", _("Missed"))
            else:
                otherwise = ("empty", _("Not due yet"))
            squares.append(_square(slot.name, rows, otherwise))
        days.append({"number": number + 1, "date": day, "today": day == running.day, "slots": squares})
    return days


def _square(slot: str, rows: list[CheckIn], otherwise: tuple[str, str]) -> dict[str, str]:
    word = slot_word(slot)
    measured_row = next((row for row in rows if row.temperature is not None), None)
    reading = f" {measured_row.temperature}℃" if measured_row else ""
    if any(row.abnormal for row in rows):
        return {"state": "abnormal", "words": f"{word}: {_('Abnormal')}{reading}"}
    if measured_row:
        return {"state": "measured", "words": f"{word}:{reading}"}
    if any(row.reached for row in rows):
        return {"state": "reached", "words": f"{word}: {_('Reached, not measured')}"}
    if any(row.symptoms_asked for row in rows):
        return {"state": "reached", "words": f"{word}: {_('Asked, not measured')}"}
    return {"state": otherwise[0], "words": f"{word}: {otherwise[1]}"}


def slot_word(slot: str) -> str:
    """The slot's name for a reader; names that a rule set made up are shown as they are."""
    return {"morning": _("morning"), "evening": _("evening")}.get(slot, slot)

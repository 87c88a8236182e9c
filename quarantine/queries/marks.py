"""What lists of people and doors say of isolation: who is on which day, and where somebody is still due."""

from collections import Counter
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from grid.models import Staff
from grid.registries import Mark, Marks
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.models import IsolationCase
from quarantine.queries.case_days import day_words
from quarantine.queries.stops import person_now
from residents.models import Resident


def read_marks(staff: Staff, marks: Marks, people: list[int], doors: list[int], at: datetime) -> None:
    """Day 5/14 for a person; for a door how many are in isolation and how many are due and unknown now: one query."""
    cases = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).open()
    if doors:  # by the people behind them: their index is narrower than all open cases of a street
        behind = Resident.objects.visible_to(staff, Permission.SEE_ROUND)
        cases = cases.filter(resident__in=behind.filter(Q(pk__in=people) | Q(household__in=doors)))
    else:
        cases = cases.filter(resident__in=people)
    isolated, due, wanted = Counter[int](), Counter[int](), set(doors)
    for case in cases.select_related("rule_set").annotate(door_id=F("resident__household_id")).order_by("pk"):
        marks.people.setdefault(case.resident_id, []).append(_mark_of(case, at))
        if case.door_id in wanted:
            isolated[case.door_id] += not case.is_care
            due[case.door_id] += person_now(case, [], at).is_left
    for door, count in isolated.items():
        found = marks.doors.setdefault(door, [])
        if count:
            found.append(Mark("isolation", _("In isolation: %(count)s") % {"count": count}, count))
        if due[door]:
            found.append(Mark("due", _("Still due: %(count)s") % {"count": due[door]}, due[door]))


def _mark_of(case: IsolationCase, at: datetime) -> Mark:
    if case.is_care:
        return Mark("care", _("Care visits"))
    words = day_words(case, local_day(at))
    return Mark("isolation", _("In isolation, %(day)s") % {"day": words} if words else _("In isolation"))


def is_isolated() -> Exists:
    """Whether a resident has an open case: those come first in a search."""
    return Exists(IsolationCase.unscoped.open().filter(resident=OuterRef("pk")))

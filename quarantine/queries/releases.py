"""Who is to be released: the people whose last day is over, today or tomorrow, and what is missing of each."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grid.models import Staff
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.models import IsolationCase
from quarantine.models.sample import RESULT_LABELS
from quarantine.queries.samples import Building, by_building
from quarantine.rules import rule_sets, stages
from quarantine.rules.samples import POSITIVE, UNCLEAR


@dataclass(frozen=True)
class Missing:
    """One thing that a release still needs: its code, in words, and the page where it is done."""

    code: str
    words: str
    way: str  # "samples", "stop", "note" or nothing


@dataclass(frozen=True)
class Candidate:
    """Somebody whose period ends, with all that is missing but the check."""

    case: IsolationCase
    missing: list[Missing]

    @property
    def last_result(self) -> str:
        """The result of the newest sample in words."""
        return str(dict(RESULT_LABELS)[self.case.last_test_result])


def ending_soon(staff: Staff, at: datetime) -> QuerySet[IsolationCase]:
    """The isolations in her decision whose last day is tomorrow at the latest, by door; and all that are paused, on
    whatever day, or nobody would ever think of them again."""
    rows: QuerySet[IsolationCase] = IsolationCase.objects.visible_to(staff, Permission.DECIDE_CASES)
    ends = Q(last_day__lte=local_day(at) + timedelta(days=1))
    rows = rows.filter(ends | Q(paused_at__isnull=False), closed_at=None, rule_set__purpose=rule_sets.ISOLATION)
    door = "resident__household"
    rows = rows.select_related(door, "grid", "rule_set")
    return rows.order_by("grid__code", "grid", f"{door}__walk_key", door, "resident")


def may_be_released(staff: Staff, case: IsolationCase, at: datetime) -> bool:
    """Whether the reader may release this case: its last day has come, whatever else is missing."""
    going_on = case.closed_at is None and case.paused_at is None and case.rule_set.purpose == rule_sets.ISOLATION
    return going_on and local_day(at) >= case.last_day and staff.may_at_door(Permission.DECIDE_CASES, case)


def candidate_of(case: IsolationCase, at: datetime, *, now: bool = False) -> Candidate:
    """The case with what its release needs: now, or on the day on which it may be, where that is still to come."""
    codes = still_missing(case, local_day(at) if now else max(local_day(at), case.last_day))
    return Candidate(case, [Missing(code, _of_case(code, case), _way(code, case, at)) for code in codes])


def still_missing(case: IsolationCase, day: date) -> list[str]:
    """What a release of the case on that day still needs but the check; nothing where it is released already."""
    if case.closed_at is not None:
        return [] if case.closed_as == "released" else ["closed"]
    if case.rule_set.purpose == rule_sets.CARE:
        return ["care"]
    if case.paused_at is not None:
        return ["paused"]
    return [code for code in stages.missing_for_release(case.standing, day) if code != "checked"]


@dataclass(frozen=True)
class Section:
    """Those who are overdue, whose last day is today or tomorrow, or who are paused; building by building."""

    key: str
    title: str
    buildings: list[Building]


def sections_of(cases: Iterable[IsolationCase], at: datetime) -> list[Section]:
    """Cases in walking order, those longest waited for first; sections without anybody are left out."""
    today, found = local_day(at), list(cases)
    going_on = [case for case in found if case.paused_at is None]
    parts = [
        ("overdue", _("Overdue"), [case for case in going_on if case.last_day < today]),
        ("today", _("Ends today"), [case for case in going_on if case.last_day == today]),
        ("tomorrow", _("Ends tomorrow"), [case for case in going_on if case.last_day > today]),
        ("paused", _("Paused: nobody asks after them"), [case for case in found if case.paused_at is not None]),
    ]
    sections = []
    for key, title, rows in parts:
        candidates = [candidate_of(case, at) for case in rows]
        if candidates:
            sections.append(Section(key, title, by_building(candidates, lambda one: one.case)))
    return sections


def _way(code: str, case: IsolationCase, at: datetime) -> str:
    """Where it is done. Whose period is over stands on nobody's round any more: she is asked on a page of her own."""
    asked_on = "stop" if local_day(at) <= case.last_day else "note"
    return {"tests": "samples", "last_test_negative": "samples", "no_symptoms": asked_on}.get(code, "")


def _of_case(code: str, case: IsolationCase) -> str:
    """What is missing, as exactly as the row knows it."""
    if code == "tests" and case.next_test_on is not None:
        return _("The test of %(day)s was not taken.") % {"day": date_format(case.next_test_on, "MONTH_DAY_FORMAT")}
    if code == "last_test_negative" and case.last_test_on is not None:
        words = {
            "": _("The result of the sample of %(day)s is not in."),
            POSITIVE: _("The sample of %(day)s was positive."),
            UNCLEAR: _("The sample of %(day)s was unclear: it must be repeated."),
        }[case.last_test_result]
        return words % {"day": date_format(case.last_test_on, "MONTH_DAY_FORMAT")}
    abnormal, asked = case.last_abnormal_at, case.last_asked_at
    if code == "no_symptoms" and abnormal is not None and (asked is None or asked <= abnormal):
        return _("Something was abnormal, and nobody asked since.")
    return words_of([code])


def words_of(missing: Collection[str]) -> str:
    """Codes of what is missing in words."""
    words = {
        "period": _("The period is not complete yet."),
        "tests": _("A test was not taken."),
        "last_test_negative": _("No negative test is there."),
        "no_symptoms": _("Nobody asked about symptoms yesterday or today."),
        "checked": _("Say that you checked the list."),
        "paused": _("The isolation is paused."),
        "care": _("A care visit is not released: end it on its record."),
        "closed": _("The isolation has ended in another way."),
        "gone": _("This isolation is not there any more."),
    }
    return " ".join(words[code] for code in missing)

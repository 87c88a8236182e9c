"""A case's days: the strip of squares, isolation and monitoring apart, and the words for where she is in them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grid.rules.clock import local_day, moment
from quarantine.models import CaseChange, CheckIn, IsolationCase
from quarantine.queries.cases import slot_word
from quarantine.rules import case_clock, stages
from quarantine.rules.case_clock import Slot, SlotOfDay

CARE_DAYS_SHOWN = 14  # visits run for a year: the last ones are what somebody looks for


def day_words(case: IsolationCase, day: date) -> str:
    """Day 5/14 in isolation, day 2/7 in monitoring; empty outside the period."""
    if case.is_care:
        return _("Care visits")
    part = stages.part_of_day(case.first_day, case.last_day, case.monitoring_from, day)
    if part is None:
        return ""
    words = _("day %(number)s/%(total)s") if part.part == stages.ISOLATION else _("monitoring %(number)s/%(total)s")
    return words % {"number": part.number, "total": part.total}


def stage_words(case: IsolationCase, at: datetime) -> str:
    """Where the case stands, as its page says it."""
    today = local_day(at)
    if case.closed_at is not None:
        return f"{case.get_closed_as_display()} · {date_format(local_day(case.closed_at), 'MONTH_DAY_FORMAT')}"
    if case.paused_at is not None:
        since = date_format(local_day(case.paused_at), "MONTH_DAY_FORMAT")
        return _("paused since %(day)s: nothing is due") % {"day": since}
    if today < case.first_day:
        return _("not begun yet")
    if today > case.last_day:
        return _("period over, not closed yet")
    words = day_words(case, today)
    if case.is_care:
        return words
    if stages.stage_of(case.standing, at) == stages.READY:
        return f"{words} · {_('ready for release')}"
    return words if case.monitoring_from and today >= case.monitoring_from else f"{_('in isolation')} · {words}"


def strips_of(
    case: IsolationCase, check_ins: Sequence[CheckIn], decisions: Sequence[CaseChange], at: datetime
) -> list[dict[str, Any]]:
    """The strips of squares: one of the isolation, one of the monitoring after it; of care visits the last ones."""
    days = _days_of(case, check_ins, decisions, at)
    if case.is_care:
        passed = [day for day in days if day["slots"] and day["date"] <= local_day(at)]
        return [{"caption": _("The last visits"), "days": passed[-CARE_DAYS_SHOWN:]}]
    begins = case.monitoring_from or case.last_day + timedelta(days=1)
    strips = [{"caption": _("Days of the isolation"), "days": [day for day in days if day["date"] < begins]}]
    if later := [day for day in days if day["date"] >= begins]:
        for number, day in enumerate(later, start=1):
            day["number"] = number
        strips.append({"caption": _("Days of health monitoring"), "days": later})
    return strips


def _days_of(
    case: IsolationCase, check_ins: Sequence[CheckIn], decisions: Sequence[CaseChange], at: datetime
) -> list[dict[str, Any]]:
    """Each day of the period: its slots empty, measured, reached, abnormal or missed, with words, and its test."""
    rules = case.rule_set
    slots = case_clock.slots_from(rules.slots)
    running = case_clock.slot_at(at, slots)
    told = _Untold(case, case_clock.slot_at(case.opened_at, slots), running, _pauses(case, decisions, at))
    standing: dict[tuple[Any, str], list[CheckIn]] = {}
    for row in check_ins:
        if row.stands:  # type: ignore[attr-defined]
            standing.setdefault((row.local_day, row.slot), []).append(row)
    tests = stages.test_days_of(
        case.first_day, case.monitoring_from, rules.test_days or [], rules.monitoring_test_days or []
    )
    days = []
    for number in range((case.last_day - case.first_day).days + 1):
        day = case.first_day + timedelta(days=number)
        squares = [
            _square(slot.name, standing.get((day, slot.name), []), told.words(day, slot))
            for slot in slots
            if slot.runs_on(day)
        ]
        days.append(
            {"number": number + 1, "date": day, "today": day == running.day, "slots": squares, "test": day in tests}
        )
    return days


class _Untold:
    """Why nothing is known of a slot: it was before the record, during a pause, missed, or is still to come."""

    def __init__(
        self, case: IsolationCase, opened: SlotOfDay, running: SlotOfDay, pauses: list[tuple[datetime, datetime]]
    ) -> None:
        self.ends_on = min(case.last_day, local_day(case.closed_at)) if case.closed_at else case.last_day
        self.opened, self.running, self.pauses = opened, running, pauses

    def words(self, day: date, slot: Slot) -> tuple[str, str]:
        """State and words of a slot without an entry."""
        starts_at = case_clock.slot_on(day, slot).starts_at
        if starts_at < self.opened.starts_at:
            return "empty", _("Before the record began")
        if any(begins <= starts_at < ends for begins, ends in self.pauses):
            return "empty", _("Paused")
        if starts_at < self.running.starts_at and day <= self.ends_on:
            return "missed", _("Missed")
        return "empty", _("Not due yet")


def _pauses(case: IsolationCase, decisions: Sequence[CaseChange], at: datetime) -> list[tuple[datetime, datetime]]:
    """From when to when it was paused, by the decisions that were not taken back; the last one may still run."""
    undone = {row.takes_back_id for row in decisions if row.takes_back_id}
    found: list[tuple[datetime, datetime]] = []
    begun: datetime | None = None
    for row in sorted(decisions, key=lambda row: row.pk):
        if row.pk in undone:
            continue
        if row.kind == "paused":
            begun = row.at
        elif row.kind in ("resumed", "closed") and begun is not None:
            found.append((begun, row.at))
            begun = None
    if begun is not None:
        found.append((begun, max(at, moment(case.last_day, datetime.min.time()) + timedelta(days=1))))
    return found


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

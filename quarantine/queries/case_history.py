"""What was decided about a case, in sentences: who, when, why, and what may be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from quarantine.models import CaseChange, IsolationCase, RuleSet
from quarantine.models.case import CHANGE_LABELS, CLOSED_LABELS

_TRACKED = ("first_day", "last_day", "monitoring_from", "rule_set_id", "closed_as")
TAKEN_BACK_BY_HAND = frozenset({"extended", "shortened", "paused", "resumed", "first_day", "rules_changed", "closed"})


@dataclass(frozen=True)
class Told:
    """One decision as history says it."""

    change: CaseChange
    sentence: str
    is_undone: bool
    may_take_back: bool  # the newest one that stands, where its kind can be


def decisions_of(case: IsolationCase) -> list[CaseChange]:
    """Every decision, newest first, with who decided: one query."""
    return list(CaseChange.unscoped.filter(case=case).select_related("by", "takes_back").order_by("-pk"))


def told_of(case: IsolationCase, decisions: Sequence[CaseChange]) -> list[Told]:
    """The decisions in sentences. What each one led to is what the next one found, and at last what stands now."""
    undone = {row.takes_back_id for row in decisions if row.takes_back_id}
    standing = next((row for row in decisions if row.kind != "taken_back" and row.pk not in undone), None)
    after: dict[str, Any] = {name: _plain(getattr(case, name)) for name in _TRACKED}
    names = _names_of_rules(case, decisions)
    told = []
    for row in decisions:
        sentence = _sentence(row, dict(after), names)
        may = row is standing and row.kind in TAKEN_BACK_BY_HAND
        told.append(Told(row, sentence, row.pk in undone, may))
        after.update(row.before)
    return told


def _sentence(row: CaseChange, after: dict[str, Any], names: dict[int, str]) -> str:
    """What was decided. `after` holds the columns as the decision left them."""
    said = {"first": _day(after["first_day"]), "last": _day(after["last_day"])}
    said |= {f"old_{name}": _day(row.before.get(f"{name}_day")) for name in ("first", "last")}
    if row.kind == "taken_back" and row.takes_back is not None:
        return _("Taken back: %(what)s") % {"what": dict(CHANGE_LABELS)[row.takes_back.kind]}
    if row.kind == "closed":
        return _("Closed: %(how)s") % {"how": dict(CLOSED_LABELS).get(after["closed_as"], "")}
    if row.kind == "rules_changed":
        said["rules"] = names.get(after["rule_set_id"], "")
    if row.kind == "resumed" and "last_day" not in row.before:
        return _("Goes on")
    words = {
        "opened": _("Opened: from %(first)s to %(last)s"),
        "extended": _("Extended: until %(last)s instead of %(old_last)s"),
        "shortened": _("Shortened: until %(last)s instead of %(old_last)s"),
        "paused": _("Paused"),
        "resumed": _("Goes on, now until %(last)s instead of %(old_last)s"),
        "first_day": _("First day corrected: %(first)s instead of %(old_first)s, until %(last)s"),
        "rules_changed": _("Now by the rules %(rules)s, until %(last)s"),
    }.get(row.kind, str(dict(CHANGE_LABELS).get(row.kind, row.kind)))
    return words % said


def _names_of_rules(case: IsolationCase, decisions: Sequence[CaseChange]) -> dict[int, str]:
    if not any("rule_set_id" in row.before for row in decisions):
        return {case.rule_set_id: str(case.rule_set)}
    wanted = {case.rule_set_id, *(row.before["rule_set_id"] for row in decisions if "rule_set_id" in row.before)}
    return {rules.pk: str(rules) for rules in RuleSet.objects.filter(pk__in=wanted)}


def _day(value: str | None) -> str:
    return date_format(date.fromisoformat(value), "MONTH_DAY_FORMAT") if value else ""


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value

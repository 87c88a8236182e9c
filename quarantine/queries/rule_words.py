"""What a rule set says, in plain words and by a worked example."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from quarantine.queries.cases import slot_word
from quarantine.rules.rule_sets import CARE, example_of

NEED_LABELS = [
    ("last_test_negative", gettext_lazy("the tests are taken and the last one is negative")),
    ("no_symptoms", gettext_lazy("asked about symptoms yesterday or today, none found")),
    ("checked", gettext_lazy("checked by whoever releases")),
]


def listed(words: Iterable[str]) -> str:
    """Words one after another, as the language does it."""
    return pgettext("between two words", ", ").join(words)


def days_in_words(rules: Any) -> str:
    """How long: 14 days, then 7 days of monitoring; of care visits how often."""
    if rules.purpose == CARE:
        return every_in_words(int(rules.slots[0].get("every", 1)))
    words = ngettext("%(days)s day of isolation", "%(days)s days of isolation", rules.isolation_days)
    if rules.monitoring_days:
        words = _("%(days)s days of isolation, then %(monitoring)s days of monitoring")
    return words % {"days": rules.isolation_days, "monitoring": rules.monitoring_days}


def every_in_words(every: int) -> str:
    """How often a slot comes."""
    if every == 1:
        return _("every day")
    return _("every Monday") if every == 7 else _("every %(days)s days") % {"days": every}


def tests_in_words(rules: Any) -> str:
    """On which days tests are due."""
    parts = []
    if rules.test_days:
        parts.append(_("tests on day %(days)s") % {"days": listed(map(str, rules.test_days))})
    if rules.monitoring_test_days:
        days = listed(map(str, rules.monitoring_test_days))
        parts.append(_("on day %(days)s of monitoring") % {"days": days})
    return listed(parts) if parts else _("no tests")


def in_short(rules: Any) -> str:
    """One line: days and tests."""
    return days_in_words(rules) if rules.purpose == CARE else f"{days_in_words(rules)} · {tests_in_words(rules)}"


def in_words(rules: Any) -> list[str]:
    """Everything a rule set does, a sentence each."""
    found = [days_in_words(rules)]
    if rules.purpose != CARE:
        counts = rules.day_one == "counts"
        found.append(
            _("Day 1 counts as a whole day.")
            if counts
            else _("Whole days are counted from day 1: it ends a day later.")
        )
    found += [slot_in_words(slot) for slot in rules.slots]
    found.append(threshold_in_words(rules))
    if rules.purpose != CARE:
        found.append(tests_in_words(rules))
        needs = dict(NEED_LABELS)
        wanted = [str(needs[need]) for need in rules.release_needs or []]
        found.append(_("Release needs: %(needs)s") % {"needs": listed(wanted) or _("nothing but the last day")})
    return found


def slot_in_words(slot: dict[str, Any]) -> str:
    """A time of day in which an entry is due."""
    words = _("%(slot)s: %(from)s to %(until)s, missing %(grace)s minutes later")
    facts = {"slot": slot_word(slot["slot"]), "from": slot["from"], "until": slot["until"]}
    return words % {**facts, "grace": slot.get("grace", 60)}


def threshold_in_words(rules: Any) -> str:
    """What counts as fever."""
    if rules.threshold is None:
        return _("No temperature is taken.")
    words = _("%(degrees)s℃ and above is fever.") if rules.at_threshold_is_fever else _("Above %(degrees)s℃ is fever.")
    return words % {"degrees": rules.threshold}


def example_in_words(rules: Any, first_day: date) -> str:
    """Day 1 3 February → last day 16 February; tests on …"""
    example = example_of(rules, first_day)
    words = _("day 1 %(first)s → last day %(last)s")
    if rules.monitoring_days:
        words = _("day 1 %(first)s → isolation until %(until)s → monitoring until %(last)s")
    said = words % {
        "first": day_in_words(first_day), "until": day_in_words(example.isolation_until),
        "last": day_in_words(example.last_day),
    }  # fmt: skip
    if not example.tests:
        return said
    return said + _("; tests on %(days)s") % {"days": listed(day_in_words(day) for day in example.tests)}


def day_in_words(day: date) -> str:
    """3月4日."""
    return date_format(day, "MONTH_DAY_FORMAT")

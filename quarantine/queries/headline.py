"""The first line of 今天: what is left in the running slot, isolation and visits apart."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from grid.rules.clock import local_day
from quarantine.rules.case_clock import SlotOfDay


class Share(NamedTuple):
    """How much is left of one kind of round. `slot` without a name: several slots run at once."""

    slot: SlotOfDay
    doors: int
    people: int


def headline(isolation: Share | None, visits: Share | None, at: datetime) -> str:
    """What is left this morning or evening; after it, or alone where nobody isolates, the visits of the day or week."""
    if isolation is None and visits is not None:
        return _visits(visits)
    words = _isolation(isolation, at) if isolation else _("Everybody done")
    return f"{words} · {_visits(visits)}" if visits is not None and visits.people else words


def _isolation(share: Share, at: datetime) -> str:
    is_before_today = share.slot.day < local_day(at)
    if share.doors == 0:
        return {
            "morning": _("This morning: everybody done"),
            "evening": _("Last evening: everybody done") if is_before_today else _("This evening: everybody done"),
        }.get(share.slot.name, _("Everybody done"))
    words = {
        "morning": _("This morning: %(doors)s doors, %(people)s people left"),
        "evening": _("Last evening: %(doors)s doors, %(people)s people left")
        if is_before_today
        else _("This evening: %(doors)s doors, %(people)s people left"),
    }.get(share.slot.name, _("%(doors)s doors, %(people)s people left"))
    return words % {"doors": share.doors, "people": share.people}


def _visits(share: Share) -> str:
    days = (share.slot.until - share.slot.starts_at) // timedelta(days=1) + 1
    round_of_visits = {1: _("Visits of today"), 7: _("Visits of this week")}.get(days, _("Visits of these days"))
    if share.people == 0:
        return _("%(round)s: everybody visited") % {"round": round_of_visits}
    words = _("%(round)s: %(doors)s doors, %(people)s people left")
    return words % {"round": round_of_visits, "doors": share.doors, "people": share.people}

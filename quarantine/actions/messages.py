"""Messages of alerts leave the portal: claimed, sent, noted, and tried again until somebody has them.

A message is a row before it is anything else (`alerts.queue_messages`). It leaves at least once: whoever claims it has
forty seconds, then another may. All that is due at an address leaves in one text.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Least
from django.utils import translation
from django.utils.translation import gettext, ngettext, pgettext

from grid.celery import app
from quarantine import outward
from quarantine.models import AlertAddress, AlertMessage

TASK = "quarantine.tasks.send_messages"
LEASE = timedelta(seconds=40)
# With the scheduler's fifteen seconds it stays below a minute from a mended line to the text.
PAUSES = [timedelta(seconds=seconds) for seconds in (10, 20, 40)]
BETWEEN = timedelta(seconds=5)  # texts to one address: a robot that is sent 20 a minute is silent for the next ten
AT_ONCE = 16  # addresses a batch: all of it is over in `outward.WITHIN`, well inside the lease
_PLACES_NAMED = 3
_MOST_ATTEMPTS = 30_000  # where the column's count stops; the trying does not
_logger = logging.getLogger(__name__)


def hint(*, due_at: datetime) -> None:
    """Tells a worker that messages are due then. A broker that is away costs a log line: the scheduler makes good."""
    try:
        app.send_task(TASK, eta=due_at, retry=False)
    except Exception as fault:  # whatever the broker's client raises: the rows stand
        _logger.warning("hint of messages not sent: %s", type(fault).__name__)


def send_due(*, at: datetime) -> int:
    """Sends what is due at up to `AT_ONCE` addresses, at once, and notes each answer; how many were written to."""
    held: dict[int, list[AlertMessage]] = {}
    letters = []
    for key in _addresses_with_mail(at)[:AT_ONCE]:
        if claimed := claim(key, at=at):
            address = claimed[0].address
            held[key] = claimed
            letters.append(outward.Letter(key, address.kind, address.facts, text_of(address, claimed)))
    for letter, answer in outward.send_all(letters):
        note_answer(letter.key, answer, at=at)
        _note_messages(held[letter.key], answer, at)
    return len(letters)


def _addresses_with_mail(at: datetime) -> list[int]:
    """Those that failed last come last, so that a dead line does not hold up a living one."""
    failed = Q(last_failed_at__isnull=False) & (Q(last_sent_at=None) | Q(last_failed_at__gt=F("last_sent_at")))
    waiting = AlertMessage.objects.waiting(at).values("address")
    rows = AlertAddress.unscoped.filter(pk__in=waiting)
    order = (Case(When(failed, then=1), default=0), F("last_failed_at").asc(nulls_first=True), "pk")
    return list(rows.order_by(*order).values_list("pk", flat=True))


def claim(address_id: int, *, at: datetime) -> list[AlertMessage]:
    """Leases what is due at the address to the caller alone; nothing where a text to it is under way or just left.

    Whose alert was taken or closed, or whose address was ended, is dropped here. No lock is waited for: whoever
    settles an alert at a door must not stand in a queue, or in a deadlock, with this.
    """
    with transaction.atomic():
        address = _locked(AlertAddress.unscoped.filter(pk=address_id), no_key=True).first()
        if address is None or _is_busy(address, at):
            return []
        due = AlertMessage.objects.waiting(at).filter(address=address)
        keys = list(_locked(due).values_list("pk", flat=True))
        mine = due.filter(pk__in=keys)
        mine.filter(_settled(address)).update(dropped_at=at)
        lease = at + LEASE
        attempts = Least(F("attempts") + 1, Value(_MOST_ATTEMPTS))
        if not mine.update(leased_until=lease, attempts=attempts):
            return []
        claimed = AlertMessage.objects.unsent().filter(pk__in=keys, leased_until=lease)
        return list(claimed.select_related("alert__grid", "address__grid").order_by("pk"))


def _locked(rows: Any, **how: bool) -> Any:
    """The rows that nobody holds, locked."""
    return rows.select_for_update(skip_locked=True, **how)


def _is_busy(address: AlertAddress, at: datetime) -> bool:
    if address.last_sent_at is not None and at - BETWEEN < address.last_sent_at <= at:
        return True
    return AlertMessage.objects.unsent().filter(address=address, leased_until__gt=at).exists()


def _settled(address: AlertAddress) -> Q:
    """Messages that nobody needs any more. Who was told after it was taken (no outcome in time) still is."""
    if address.ended_at is not None:
        return Q()
    return Q(alert__closed_at__isnull=False) | Q(alert__taken_at__gte=F("step__at"))


def _note_messages(messages: Sequence[AlertMessage], answer: outward.Answer, at: datetime) -> None:
    """Row by row: an UPDATE of one row can wait, but it cannot be half of a deadlock."""
    for message in messages:
        row = AlertMessage.objects.filter(pk=message.pk)
        if answer.is_sent:
            row.update(sent_at=at, dropped_at=None, leased_until=None)
        else:
            pause = PAUSES[min(message.attempts, len(PAUSES)) - 1]
            # Unless the lease ran out meanwhile and somebody else is at it.
            row.filter(sent_at=None, leased_until=message.leased_until).update(due_at=at + pause, leased_until=None)


def note_answer(address_id: int, answer: outward.Answer, *, at: datetime) -> None:
    """Keeps at the address when a text last left for it, and when one last did not."""
    what = {"last_sent_at": at} if answer.is_sent else {"last_failed_at": at}
    AlertAddress.unscoped.filter(pk=address_id).update(**what)


def text_of(address: AlertAddress, messages: Sequence[AlertMessage]) -> str:
    """The one text of these messages: places and counts, nothing of a person and nothing of what she has."""
    alerts = {message.alert_id: message.alert for message in messages}
    places = Counter(alert.grid.name for alert in alerts.values())
    urgent = sum(alert.is_urgent for alert in alerts.values())
    facts = {"place": next(iter(places)) if len(places) == 1 else address.grid.name, "count": len(alerts)}
    with translation.override(settings.LANGUAGE_CODE):
        parts = [ngettext(
            "[Shouwang] %(place)s: %(count)s matter waits for somebody",
            "[Shouwang] %(place)s: %(count)s matters wait for somebody", len(alerts),
        ) % facts]  # fmt: skip
        if urgent:
            parts.append(gettext(", urgent: %(count)s") % {"count": urgent})
        if len(places) > 1:
            parts.append(_places_in_words(places))
        parts.append(gettext(". Open Shouwang: Alerts."))
    return "".join([*parts, settings.PORTAL_ADDRESS])


def _places_in_words(places: Counter[str]) -> str:
    named = places.most_common(_PLACES_NAMED)
    words = [gettext("%(place)s %(count)s") % {"place": name, "count": count} for name, count in named]
    if rest := places.total() - sum(count for _name, count in named):
        words.append(gettext("elsewhere %(count)s") % {"count": rest})
    return gettext(" (%(places)s)") % {"places": pgettext("between two words", ", ").join(words)}

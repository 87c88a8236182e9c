"""What entries mean for the alerts of their cases: raised at once, ended by a word, slips once their cause is gone.

Everything here belongs inside the transaction of the entries, with their cases locked and computed anew.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Min, Q

from grid.rules.actors import Actor
from grid.rules.clock import local_day
from quarantine.actions.alerts import raise_alerts, settle_alerts
from quarantine.models import Alert, CheckIn, IsolationCase
from quarantine.rules import case_clock, ladder, stages
from quarantine.rules.entries import Entry, standing_of
from residents.models import Resident

# What an entry must be to raise the kind, and to keep it open.
_CAUSES: dict[str, Callable[[CheckIn], bool]] = {
    ladder.ABNORMAL: lambda row: row.abnormal,
    ladder.WHEREABOUTS: lambda row: row.outcome == "whereabouts_unknown",
}
# What ends by itself once anything is learnt of the person: she is there.
_OF_SILENCE = (ladder.SILENT, ladder.FAILED_TRIES)


class Quiet(NamedTuple):
    """Those of some cases of whom nothing is heard."""

    unheard: frozenset[int]  # two slots in silence, be the period over since, or a try in vain: alerts may be open
    silent: frozenset[int]  # two slots in silence, and the period goes on
    in_vain: frozenset[int]  # tried in vain so often that somebody alone or old is worried about


def quiet_of(cases: Sequence[IsolationCase], at: datetime) -> Quiet:
    """Who is quiet, by the rows in hand: asked before a deed and after it."""
    unheard, silent, in_vain = set(), set(), set()
    for case in cases:
        slots = case_clock.slots_from(case.rule_set.slots)
        since = stages.silent_at(case.standing, slots)
        if case.failed_tries or (since is not None and since <= at):
            unheard.add(case.pk)
        if stages.is_silent(case.standing, slots, at):
            silent.add(case.pk)
        if case.failed_tries >= ladder.TRIES_IN_VAIN:
            in_vain.add(case.pk)
    return Quiet(frozenset(unheard), frozenset(silent), frozenset(in_vain))


def follow_entries(
    rows: Sequence[CheckIn], cases: Sequence[IsolationCase], *, before: Quiet, by: Actor, at: datetime
) -> None:
    """Raises what these entries, which stand from now on, ask for; ends the alerts of a silence that they broke.

    Asks the database nothing where all is well.
    """
    now, of_rows = quiet_of(cases, at), {row.case_id for row in rows}
    for kind, is_cause in _CAUSES.items():
        _raise(kind, {row.case_id for row in rows if is_cause(row)}, cases, by=by, at=at)
    _raise(ladder.FAILED_TRIES, _worried_about(now.in_vain & of_rows, at), cases, by=by, at=at)
    if known := sorted(before.unheard - now.unheard):
        settle_alerts(known, outcome="well", by=by, at=at, kinds=_OF_SILENCE)


def follow_taken_away(
    taken: Sequence[CheckIn], cases: Sequence[IsolationCase], *, before: Quiet, by: Actor, at: datetime
) -> None:
    """These entries do not stand any more. An alert that nothing else causes was a slip; a silence that one of them had
    broken is told again at once, or nobody would hear of it for hours."""
    for kind, is_cause in _CAUSES.items():
        touched = {row.case_id for row in taken if is_cause(row)}
        slips = touched - _still_caused(kind, touched) if touched else set()
        settle_alerts(sorted(slips), outcome="slip", by=by, at=at, kinds=[kind])
    now = quiet_of(cases, at)
    if fewer := sorted(before.in_vain - now.in_vain):
        settle_alerts(fewer, outcome="slip", by=by, at=at, kinds=[ladder.FAILED_TRIES])
    _raise(ladder.SILENT, now.silent - before.silent, cases, by=by, at=at)
    _raise(ladder.FAILED_TRIES, _worried_about(now.in_vain - before.in_vain, at), cases, by=by, at=at)


def _raise(
    kind: str, case_ids: Iterable[int], cases: Sequence[IsolationCase], *, by: Actor, at: datetime
) -> None:  # fmt: skip
    wanted = set(case_ids)
    if found := [case for case in cases if case.pk in wanted]:
        raise_alerts(kind, found, by=by, at=at)


def _still_caused(kind: str, case_ids: set[int]) -> set[int]:
    """Those of the cases whose open alert of the kind has a cause that stands: an entry that came since it was raised,
    or since an earlier one of the kind that was taken for a slip."""
    alerts = Alert.unscoped.filter(Q(closed_at=None) | Q(outcome="slip"), kind=kind, case__in=case_ids)
    since = dict(alerts.values_list("case").annotate(Min("raised_at")))
    rows = list(CheckIn.unscoped.filter(case__in=list(since)))
    stands = standing_of(Entry(row.pk, row.corrects_id, row.withdrawn) for row in rows).stands
    return {
        row.case_id for row in rows if row.pk in stands and _CAUSES[kind](row) and row.received_at >= since[row.case_id]
    }


def _worried_about(case_ids: Iterable[int], at: datetime) -> list[int]:
    """Those of the cases whose person is alone or over 75."""
    tried = set(case_ids)
    if not tried:
        return []
    people = Resident.unscoped.filter(cases__in=tried).values_list("cases", "care_tags", "birth_date")
    return [
        key
        for key, tags, birth_date in people
        if key in tried and ("lives_alone" in tags or _years(birth_date, local_day(at)) > ladder.OLD_AGE)
    ]


def _years(birth_date: date | None, today: date) -> int:
    if birth_date is None:
        return 0
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))

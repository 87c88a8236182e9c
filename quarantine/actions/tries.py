"""Deeds of ringing and knocking: one outcome for a whole door, and when somebody is to be rung again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from grid.actions.audit import confirm_scope, deed
from grid.rules.actors import SYSTEM, Actor
from grid.rules.permissions import Permission
from quarantine.actions.case_rows import lock_cases, observation_of, recompute, standing_check_ins
from quarantine.actions.check_ins import (
    ManyEntry,
    Replaced,
    Said,
    closed,
    new_row,
    record_many,
    standing_in,
)
from quarantine.models import CheckIn, IsolationCase
from quarantine.queries.cases import running_slots
from residents.actions.people import held_door
from residents.models import Household

OF_A_DOOR = ("well", "nobody_in", "no_answer")  # what can be true of everybody behind a door at once
AGAIN_WITHIN = timedelta(hours=24)


def door_tried(
    *, household: Household, case_ids: Sequence[int], outcome: str, channel: str, uuid: UUID, by: Actor, at: datetime
) -> list[CheckIn]:
    """Notes one outcome for the named people of a door: all well (reached, and nothing else), or nobody answered.

    Only for those of whom nothing is known in this slot: what is known of a person says more than the door does. A
    repeat of the same uuid gives back the first rows. Cases that closed or left meanwhile are passed over. Raises
    ValidationError for an outcome that cannot be a whole door's.
    """
    if outcome not in OF_A_DOOR:
        raise ValidationError(_("Say this for each person by herself."))
    with transaction.atomic():
        door = held_door(household)
        of_door = IsolationCase.unscoped.open().filter(pk__in=case_ids, resident__household=door)
        # Cases before posts, as everywhere: two taps of one worker at one door must not wait for each other.
        cases = lock_cases(of_door.values_list("pk", flat=True))
        confirm_scope(by, Permission.RECORD_CHECK_IN, door.grid, at, door=door)
        uuids = {case.pk: uuid5(uuid, str(case.pk)) for case in cases}
        repeats = list(CheckIn.unscoped.filter(uuid__in=uuids.values()))
        noted, running = {row.case_id for row in repeats}, running_slots(at)
        said = Said(outcome=outcome, channel=channel)
        entries = [
            ManyEntry(case.pk, uuids[case.pk], said, at)
            for case in cases
            if case.closed_at is None
            and case.pk not in noted
            and (case.known_at is None or case.known_at < running[case.rule_set_id].starts_at)
        ]  # fmt: skip
        return [*repeats, *record_many(entries=entries, by=by, at=at).rows]


def ring_again(
    *, check_ins: Sequence[CheckIn], uuid: UUID, call_back_at: datetime, by: Actor, at: datetime
) -> list[CheckIn]:
    """Adds to tries at one door when to ring again: rows in their place that say the same and this. Harmless twice.

    Of each person it is the newest try that is meant, though something older was typed after it. Of whom something was
    learnt meanwhile she is passed over. Raises ValidationError for a moment that is past or further than
    a day away, or closed cases; Replaced when none of the tries stands any more.
    """
    if not at <= call_back_at <= at + AGAIN_WITHIN:
        raise ValidationError(_("Ring again within the next 24 hours: check the time."))
    with transaction.atomic():
        cases = {case.pk: case for case in lock_cases({check_in.case_id for check_in in check_ins})}
        for case in cases.values():
            confirm_scope(by, Permission.RECORD_CHECK_IN, case.grid, at, door=case)
        if all(case.closed_at is not None for case in cases.values()):
            raise closed()
        uuids = {key: uuid5(uuid, str(key)) for key in cases}
        if first := list(CheckIn.unscoped.filter(uuid__in=uuids.values())):
            return first
        tried = _newest_tries([case for case in cases.values() if case.closed_at is None])
        stored = [_with_moment(row, cases[key], uuids[key], call_back_at, at) for key, row in tried.items()]
        if not stored:
            raise Replaced
        touched = [cases[row.case_id] for row in stored]
        with deed("call_back_agreed", by=by, at=at, place=touched[0].grid_id, cases=[case.pk for case in touched]):
            CheckIn.unscoped.bulk_create(stored)
            recompute(touched, at=at)
        return stored


def _newest_tries(cases: Sequence[IsolationCase]) -> dict[int, CheckIn]:
    """By case, what was seen last of her, where it was a try and she was not there."""
    found = {}
    for key, rows in standing_check_ins(cases).items():
        last = max(rows, key=lambda row: (row.observed_at, row.pk), default=None)
        if last is not None and last.outcome and not observation_of(last).is_known:
            found[key] = last
    return found


def _with_moment(check_in: CheckIn, case: IsolationCase, uuid: UUID, call_back_at: datetime, at: datetime) -> CheckIn:
    """The row that takes the place of the try."""
    # Whoever tried stays the one who tried; the audit says who agreed the time.
    tried_by = Actor.staff(check_in.by_id) if check_in.by_id else SYSTEM
    row = new_row(case, uuid, _said_again(check_in, call_back_at), check_in.observed_at, by=tried_by, at=at)
    row.corrects_id = standing_in(case).last[check_in.pk]
    return row


def _said_again(row: CheckIn, call_back_at: datetime) -> Said:
    return Said(
        temperature=row.temperature, asked=row.symptoms_asked, symptoms=tuple(row.symptoms), outcome=row.outcome,
        reached=row.reached, channel=row.channel, note=row.note, call_back_at=call_back_at,
    )  # fmt: skip

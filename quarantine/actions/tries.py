"""Deeds of ringing and knocking: one outcome for a whole door, and when somebody is to be rung again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from grid.actions.audit import confirm_scope, deed
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from quarantine.actions.case_rows import lock_cases, recompute
from quarantine.actions.check_ins import (
    ManyEntry,
    Replaced,
    Said,
    closed,
    earlier_of,
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
        confirm_scope(by, Permission.RECORD_CHECK_IN, door.grid, at, door=door)
        of_door = IsolationCase.unscoped.open().filter(pk__in=case_ids, resident__household=door)
        cases = lock_cases(of_door.values_list("pk", flat=True))
        uuids = {case.pk: uuid5(uuid, str(case.pk)) for case in cases}
        repeats = list(CheckIn.unscoped.filter(uuid__in=uuids.values()))
        noted, running = {row.case_id for row in repeats}, running_slots(at)
        said = Said(outcome=outcome, channel=channel)
        entries = [
            ManyEntry(case.pk, uuids[case.pk], said, at)
            for case in cases
            if case.pk not in noted
            and (case.known_at is None or case.known_at < running[case.rule_set_id].starts_at)
        ]  # fmt: skip
        return [*repeats, *record_many(entries=entries, by=by, at=at).rows]


def ring_again(*, check_in: CheckIn, uuid: UUID, call_back_at: datetime, by: Actor, at: datetime) -> CheckIn:
    """Adds to a try when to ring again: a row in its place that says the same and this. Harmless twice.

    Raises ValidationError for a moment that is past or further than a day away, or a closed case; Replaced when the
    try does not stand any more.
    """
    if not at <= call_back_at <= at + AGAIN_WITHIN:
        raise ValidationError(_("Ring again within the next 24 hours: check the time."))
    with transaction.atomic():
        case = lock_cases([check_in.case_id])[0]
        confirm_scope(by, Permission.RECORD_CHECK_IN, case.grid, at, door=case)
        if (first := earlier_of(case, uuid)) is not None:
            return first
        if case.closed_at is not None:
            raise closed()
        standing = standing_in(case)
        if check_in.pk not in standing.stands:
            raise Replaced
        row = new_row(case, uuid, _said_again(check_in, call_back_at), check_in.observed_at, by=by, at=at)
        row.by_id = check_in.by_id  # whoever tried stays the one who tried; the audit says who agreed the time
        row.corrects_id = standing.last[check_in.pk]
        with deed("call_back_agreed", by=by, at=at, place=case.grid_id, subject=case):
            row.save(force_insert=True)
            recompute([case], at=at)
        return row


def _said_again(row: CheckIn, call_back_at: datetime) -> Said:
    return Said(
        temperature=row.temperature, asked=row.symptoms_asked, symptoms=tuple(row.symptoms), outcome=row.outcome,
        reached=row.reached, channel=row.channel, note=row.note, call_back_at=call_back_at,
    )  # fmt: skip

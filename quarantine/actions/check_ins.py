"""Deeds on check-ins: record, correct, withdraw; and the case's clock that follows from them."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4, uuid5

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from grid.actions.audit import confirm_scope, deed, record
from grid.models import AuditRecord
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from quarantine.models import CheckIn, IsolationCase
from quarantine.queries.cases import running_slots
from quarantine.rules import case_clock
from quarantine.rules.entries import Entry, Standing, standing_of
from residents.actions.people import held_door
from residents.models import Household

_CONFIRMED = "check_in_confirmed"


@dataclass(frozen=True)
class Said:
    """What was learnt. Empty means not learnt, never "none": `asked` without symptoms is the only "none"."""

    temperature: Decimal | None = None  # ℃
    asked: bool = False
    symptoms: tuple[str, ...] = ()
    outcome: str = ""
    reached: bool = False  # somebody spoke, though nothing else was learnt ("not measured")
    channel: str = ""
    note: str = ""


class Replaced(ValidationError):
    """The entry does not stand any more: another one took its place."""

    def __init__(self) -> None:
        super().__init__(_("Somebody has corrected this entry meanwhile."))


class NotThisCase(ValidationError):
    """The uuid of a form belongs to a check-in of another case."""

    def __init__(self) -> None:
        super().__init__(_("This form was used for another person. Open the page again."))


def record_check_in(
    *, case: IsolationCase, uuid: UUID, said: Said, observed_at: datetime, by: Actor, at: datetime
) -> CheckIn:
    """Stores what was learnt of a case at `observed_at`. A repeat of the same uuid gives back the first one.

    Raises ValidationError: nothing said, implausible, from the future or outside the isolation's days, a closed case;
    NotThisCase for a foreign uuid.
    """
    return _once(case, uuid, said, observed_at, by=by, at=at, deed_name="check_in_recorded", corrects=None)


def correct_check_in(
    *, check_in: CheckIn, uuid: UUID, said: Said, observed_at: datetime, by: Actor, at: datetime
) -> CheckIn:
    """Puts a new check-in in the place of one that was wrong; both stay to be seen.

    Raises as `record_check_in`, and Replaced when the entry does not stand any more.
    """
    case = IsolationCase.unscoped.get(pk=check_in.case_id)
    return _once(case, uuid, said, observed_at, by=by, at=at, deed_name="check_in_corrected", corrects=check_in)


def withdraw_check_in(*, check_in: CheckIn, by: Actor, at: datetime) -> CheckIn:
    """Says that a check-in was a mistake; it stays to be seen, and what it had replaced stands again. Harmless twice.

    Raises Replaced when it was corrected by another value meanwhile, ValidationError for a closed case.
    """
    with transaction.atomic():
        case = lock_cases([check_in.case_id])[0]
        confirm_scope(by, Permission.RECORD_CHECK_IN, case.grid, at, door=case)
        standing = _standing_in(case)
        if (earlier := standing.undone_by.get(check_in.pk)) is not None:
            return CheckIn.unscoped.get(pk=earlier)
        if case.closed_at is not None:
            raise _closed()
        if check_in.pk not in standing.stands:
            raise Replaced
        with deed("check_in_withdrawn", by=by, at=at, place=case.grid_id, subject=check_in):
            row = CheckIn.unscoped.create(
                uuid=uuid4(), case=case, grid_id=case.grid_id, local_day=check_in.local_day, slot=check_in.slot,
                observed_at=check_in.observed_at, received_at=at, reached=False, abnormal=False, by_id=by.staff_id,
                corrects_id=standing.last[check_in.pk], withdrawn=True,
            )  # fmt: skip
            recompute([case], at=at)
            return row


def _closed() -> ValidationError:
    return ValidationError(_("This isolation is closed; nothing more can be recorded."))


def note_confirmed(*, check_in: CheckIn, by: Actor, at: datetime) -> None:
    """Somebody looked at an abnormal entry again and stands by it. Noted once; a repeat is harmless."""
    with transaction.atomic():
        case = lock_cases([check_in.case_id])[0]
        confirm_scope(by, Permission.RECORD_CHECK_IN, case.grid, at, door=case)
        noted = AuditRecord.objects.filter(deed=_CONFIRMED, subject_kind="checkin", subject_id=check_in.pk)
        if not noted.exists():
            record(_CONFIRMED, by=by, at=at, place=case.grid_id, subject=check_in)


def door_asked(*, household: Household, case_ids: Sequence[int], uuid: UUID, by: Actor, at: datetime) -> int:
    """Somebody of the door was asked about symptoms and said that nobody has any; how many people it was noted for.

    Only for those whom the page named, and not for whoever was asked in this slot already: what was found then stands.
    A repeat of the same uuid adds nothing. Cases that closed meanwhile are passed over.
    """
    with transaction.atomic():
        door = held_door(household)
        confirm_scope(by, Permission.RECORD_CHECK_IN, door.grid, at, door=door)
        unasked = _unasked_of(door, case_ids, uuid, at)
        if not unasked:
            return 0
        noted = [case.pk for case in unasked]
        with deed("door_asked", by=by, at=at, place=door.grid_id, subject=door, cases=noted):
            rows = [_row(case, uuid5(uuid, str(case.pk)), Said(asked=True), at, by=by, at=at) for case in unasked]
            CheckIn.unscoped.bulk_create(rows)
            recompute(unasked, at=at)
        return len(rows)


def _unasked_of(door: Household, case_ids: Sequence[int], uuid: UUID, at: datetime) -> list[IsolationCase]:
    """Those of the named cases that stand open at the door and whom nobody asked in this slot, locked."""
    of_door = IsolationCase.unscoped.open().filter(pk__in=case_ids, resident__household=door)
    cases = lock_cases(of_door.values_list("pk", flat=True))
    running = running_slots(at)
    repeats = set(CheckIn.unscoped.filter(uuid__in=[uuid5(uuid, str(case.pk)) for case in cases]).values_list("case"))
    return [
        case
        for case in cases
        if case.closed_at is None
        and (case.pk,) not in repeats
        and case_clock.is_of_isolation(at, case.first_day, case.last_day)
        and (case.last_asked_at is None or case.last_asked_at < running[case.rule_set_id].starts_at)
    ]


def lock_cases(case_ids: Iterable[int]) -> list[IsolationCase]:
    """The cases, locked in one order, so that two check-ins at once cannot lose each other's facts."""
    rows = IsolationCase.unscoped.order_by("pk")
    # Locked alone and read afterwards: a join taken before a move would miss the row that moved while it was awaited.
    locked = list(rows.filter(pk__in=list(case_ids)).select_for_update().values_list("pk", flat=True))
    return list(rows.filter(pk__in=locked).select_related("rule_set", "grid"))


def recompute(cases: Sequence[IsolationCase], *, at: datetime) -> None:
    """Writes the facts of each case row anew from the check-ins that stand. Two queries, however many cases."""
    rows = list(CheckIn.unscoped.filter(case__in=[case.pk for case in cases]).order_by("observed_at", "pk"))
    stands = standing_of(Entry(row.pk, row.corrects_id, row.withdrawn) for row in rows).stands
    standing: dict[int, list[CheckIn]] = {case.pk: [] for case in cases}
    for row in rows:
        if row.pk in stands:
            standing[row.case_id].append(row)
    names = [field.name for field in fields(case_clock.Facts)]
    for case in cases:
        case.last_check_in = max(standing[case.pk], key=lambda row: (row.received_at, row.pk), default=None)
        facts = case_clock.facts_of(
            [_observation(row) for row in standing[case.pk]],
            first_day=case.first_day,
            last_day=case.last_day,
            slots=case_clock.slots_from(case.rule_set.slots),
            closed=case.closed_at is not None,
            at=at,
        )
        for name, value in asdict(facts).items():
            setattr(case, name, value)
    if cases:
        columns = ["last_check_in", *(name.removesuffix("_id") for name in names)]
        IsolationCase.unscoped.bulk_update(cases, columns)


def _once(
    case: IsolationCase, uuid: UUID, said: Said, observed_at: datetime, *, by: Actor, at: datetime, deed_name: str,
    corrects: CheckIn | None,
) -> CheckIn:  # fmt: skip
    first = _earlier(case, uuid)
    if first is not None:
        return first
    _check(said, observed_at, at)
    if not case_clock.is_of_isolation(observed_at, case.first_day, case.last_day):
        raise ValidationError(_("This time is outside the isolation. Check day and hour."))
    try:
        with transaction.atomic():
            locked = lock_cases([case.pk])[0]
            confirm_scope(by, Permission.RECORD_CHECK_IN, locked.grid, at, door=locked)
            if locked.closed_at is not None:
                raise _closed()
            row = _row(locked, uuid, said, observed_at, by=by, at=at)
            if corrects is not None:
                standing = _standing_in(locked)
                if corrects.pk not in standing.stands:
                    raise Replaced
                row.corrects_id = standing.last[corrects.pk]
            with deed(deed_name, by=by, at=at, place=locked.grid_id, subject=locked):
                row.save(force_insert=True)
                recompute([locked], at=at)
            return row
    except (IntegrityError, Replaced):  # the same form may have arrived twice at once
        first = _earlier(case, uuid)
        if first is not None:
            return first
        raise


def _standing_in(case: IsolationCase) -> Standing:
    """Which entries of the locked case stand."""
    rows = CheckIn.unscoped.filter(case=case).values_list("pk", "corrects", "withdrawn")
    return standing_of(Entry(*row) for row in rows)


def _earlier(case: IsolationCase, uuid: UUID) -> CheckIn | None:
    first = CheckIn.unscoped.filter(uuid=uuid).first()
    if first is not None and first.case_id != case.pk:
        raise NotThisCase
    return first


def _check(said: Said, observed_at: datetime, at: datetime) -> None:
    if said.temperature is not None and not case_clock.LOWEST <= said.temperature <= case_clock.HIGHEST:
        raise ValidationError(_("A temperature is between 34.0 and 43.0."))
    if said.symptoms and not said.asked:
        raise ValidationError(_("Symptoms are known only where somebody asked."))
    if said.temperature is None and not said.asked and not said.outcome and not said.reached:
        raise ValidationError(_("Nothing was filled in. Enter a temperature, symptoms or how it went."))
    if observed_at > at:
        raise ValidationError(_("This time is still to come. Check day and hour."))


def _row(case: IsolationCase, uuid: UUID, said: Said, observed_at: datetime, *, by: Actor, at: datetime) -> CheckIn:
    rules = case.rule_set
    slot = case_clock.slot_at(observed_at, case_clock.slots_from(rules.slots))
    fever = case_clock.is_fever(said.temperature, rules.threshold, rules.at_threshold_is_fever)
    return CheckIn(
        uuid=uuid,
        case=case,
        grid_id=case.grid_id,
        local_day=slot.day,
        slot=slot.name,
        observed_at=observed_at,
        received_at=at,
        temperature=said.temperature,
        symptoms_asked=said.asked,
        symptoms=list(said.symptoms),
        outcome=said.outcome,
        reached=case_clock.is_contact(said.outcome, said.reached),
        abnormal=case_clock.is_abnormal(fever, said.symptoms, said.outcome),
        channel=said.channel,
        note=said.note,
        by_id=by.staff_id,
    )


def _observation(row: CheckIn) -> case_clock.Observation:
    return case_clock.Observation(
        day=row.local_day,
        slot=row.slot,
        observed_at=row.observed_at,
        temperature=row.temperature,
        asked=row.symptoms_asked,
        reached=row.reached,
        abnormal=row.abnormal,
        outcome=row.outcome,
        staff_id=row.by_id,
    )

"""Deeds on check-ins: record, correct, withdraw; and the case's clock that follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4, uuid5

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from grid.actions.audit import confirm_scope, deed, record
from grid.bulk import copy_rows, reserve_ids
from grid.models import AuditRecord
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from quarantine.actions.alerts import hurry_messages
from quarantine.actions.case_rows import confirm_at_cases, lock_cases, recompute
from quarantine.actions.climbing import report_to_lead
from quarantine.actions.entry_alerts import follow_entries, follow_taken_away, quiet_of
from quarantine.models import CheckIn, IsolationCase
from quarantine.queries.cases import running_slots
from quarantine.rules import case_clock, ladder
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
    call_back_at: datetime | None = None  # "ring again at …"


@dataclass(frozen=True)
class ManyEntry:
    """One of many check-ins that come at once: a chat group's text, a ticked sheet, a list."""

    case_id: int
    uuid: UUID
    said: Said
    observed_at: datetime


@dataclass(frozen=True)
class Recorded:
    """What became of many: the rows stored now or earlier, and why others were not (uuid → words)."""

    rows: list[CheckIn]
    refused: dict[UUID, str]


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


def record_many(
    *, entries: Sequence[ManyEntry], by: Actor, at: datetime, alert_since: datetime | None = None
) -> Recorded:
    """Stores many check-ins in one transaction, in a number of queries that does not grow with them.

    An entry that cannot be stored is refused alone, with words; a uuid that was stored already is harmless. The actor
    must hold the permission wherever a case stands: raises PermissionDenied. `alert_since`: what was observed before
    raises no alert.
    """
    with transaction.atomic():
        cases = {case.pk: case for case in lock_cases({entry.case_id for entry in entries})}
        confirm_at_cases(list(cases.values()), Permission.RECORD_CHECK_IN, by, at)
        earlier = {row.uuid: row for row in CheckIn.unscoped.filter(uuid__in=[entry.uuid for entry in entries])}
        rows, refused, stored = [], {}, []
        for entry in entries:
            case = cases.get(entry.case_id)
            fault = _fault_of(entry, case, earlier.get(entry.uuid), at)
            if fault:
                refused[entry.uuid] = fault
            elif (first := earlier.get(entry.uuid)) is not None:
                stored.append(first)
            elif case is not None:
                row = new_row(case, entry.uuid, entry.said, entry.observed_at, by=by, at=at)
                rows.append(row)
                earlier[entry.uuid] = row  # the same uuid twice in one go
        if rows:
            touched = [cases[key] for key in sorted({row.case_id for row in rows})]
            with deed("check_ins_recorded", by=by, at=at, place=touched[0].grid_id, count=len(rows)):
                _store(rows)
                before = quiet_of(touched, at)
                recompute(touched, at=at)
                fresh = [row for row in rows if alert_since is None or row.observed_at >= alert_since]
                follow_entries(fresh, touched, before=before, by=by, at=at)
        return Recorded([*stored, *rows], refused)


def _store(rows: Sequence[CheckIn]) -> None:
    """Writes many new rows by COPY: of a list of 20,000 readings Django's own way is half of the whole cost."""
    names = [field.attname for field in CheckIn._meta.concrete_fields]
    for row, key in zip(rows, reserve_ids(CheckIn, len(rows)), strict=True):
        row.pk, row._state.adding = key, False
    copy_rows(CheckIn, names, ([getattr(row, name) for name in names] for row in rows))


def _fault_of(entry: ManyEntry, case: IsolationCase | None, earlier: CheckIn | None, at: datetime) -> str:
    """Why an entry cannot be stored, in words; empty where it can, or is stored already."""
    if case is None:
        return _("This isolation is not there any more.")
    try:
        if earlier is not None:
            if earlier.case_id != case.pk:
                raise NotThisCase
            return ""
        _check(entry.said, entry.observed_at, at)
        if case.closed_at is not None:
            raise closed()
        if not case_clock.is_of_isolation(entry.observed_at, case.first_day, case.last_day):
            raise _outside()
    except ValidationError as fault:
        return " ".join(fault.messages)
    return ""


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
        standing = standing_in(case)
        if (earlier := standing.undone_by.get(check_in.pk)) is not None:
            return CheckIn.unscoped.get(pk=earlier)
        if case.closed_at is not None:
            raise closed()
        if check_in.pk not in standing.stands:
            raise Replaced
        with deed("check_in_withdrawn", by=by, at=at, place=case.grid_id, subject=check_in):
            row = CheckIn.unscoped.create(
                uuid=uuid4(), case=case, grid_id=case.grid_id, local_day=check_in.local_day, slot=check_in.slot,
                observed_at=check_in.observed_at, received_at=at, reached=False, abnormal=False, by_id=by.staff_id,
                corrects_id=standing.last[check_in.pk], withdrawn=True,
            )  # fmt: skip
            before = quiet_of([case], at)
            recompute([case], at=at)
            follow_taken_away([check_in], [case], before=before, by=by, at=at)
            again = CheckIn.unscoped.filter(pk__in=standing_in(case).stands - standing.stands)
            follow_entries(list(again), [case], before=before, by=by, at=at)
            return row


def closed() -> ValidationError:
    """What is said of a case that ended."""
    return ValidationError(_("This isolation is closed; nothing more can be recorded."))


def _outside() -> ValidationError:
    return ValidationError(_("This time is outside the isolation. Check day and hour."))


def note_confirmed(*, check_in: CheckIn, by: Actor, at: datetime) -> None:
    """Somebody looked at an abnormal entry again and stands by it. Noted once; a repeat is harmless."""
    with transaction.atomic():
        case = lock_cases([check_in.case_id])[0]
        confirm_scope(by, Permission.RECORD_CHECK_IN, case.grid, at, door=case)
        noted = AuditRecord.objects.filter(deed=_CONFIRMED, subject_kind="checkin", subject_id=check_in.pk)
        if not noted.exists():
            hurry_messages([case.pk], kind=ladder.ABNORMAL, at=at)
            report_to_lead([case.pk], ladder.ABNORMAL, by=by, at=at)
            record(_CONFIRMED, by=by, at=at, place=case.grid_id, subject=check_in)


def door_asked(
    *, household: Household, case_ids: Sequence[int], uuid: UUID, by: Actor, at: datetime, channel: str = ""
) -> int:
    """Somebody of the door was asked about symptoms and said that nobody has any; how many people it was noted for.

    Only for those whom the page named, and not for whoever was asked in this slot already: what was found then stands.
    A repeat of the same uuid adds nothing. Cases that closed meanwhile are passed over.
    """
    with transaction.atomic():
        door = held_door(household)
        unasked = _unasked_of(door, case_ids, uuid, at)  # cases before posts, as everywhere
        confirm_scope(by, Permission.RECORD_CHECK_IN, door.grid, at, door=door)
        if not unasked:
            return 0
        noted, said = [case.pk for case in unasked], Said(asked=True, channel=channel)
        with deed("door_asked", by=by, at=at, place=door.grid_id, subject=door, cases=noted):
            rows = [new_row(case, uuid5(uuid, str(case.pk)), said, at, by=by, at=at) for case in unasked]
            CheckIn.unscoped.bulk_create(rows)
            before = quiet_of(unasked, at)
            recompute(unasked, at=at)
            follow_entries(rows, unasked, before=before, by=by, at=at)
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


def _once(
    case: IsolationCase, uuid: UUID, said: Said, observed_at: datetime, *, by: Actor, at: datetime, deed_name: str,
    corrects: CheckIn | None,
) -> CheckIn:  # fmt: skip
    first = _earlier(case, uuid)
    if first is not None:
        return first
    _check(said, observed_at, at)
    if not case_clock.is_of_isolation(observed_at, case.first_day, case.last_day):
        raise _outside()
    try:
        with transaction.atomic():
            locked = lock_cases([case.pk])[0]
            confirm_scope(by, Permission.RECORD_CHECK_IN, locked.grid, at, door=locked)
            if locked.closed_at is not None:
                raise closed()
            row = new_row(locked, uuid, said, observed_at, by=by, at=at)
            if corrects is not None:
                standing = standing_in(locked)
                if corrects.pk not in standing.stands:
                    raise Replaced
                row.corrects_id = standing.last[corrects.pk]
            with deed(deed_name, by=by, at=at, place=locked.grid_id, subject=locked):
                row.save(force_insert=True)
                before = quiet_of([locked], at)
                recompute([locked], at=at)
                if corrects is not None:
                    follow_taken_away([corrects], [locked], before=before, by=by, at=at)
                follow_entries([row], [locked], before=before, by=by, at=at)
            return row
    except (IntegrityError, Replaced):  # the same form may have arrived twice at once
        first = _earlier(case, uuid)
        if first is not None:
            return first
        raise


def standing_in(case: IsolationCase) -> Standing:
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


def new_row(case: IsolationCase, uuid: UUID, said: Said, observed_at: datetime, *, by: Actor, at: datetime) -> CheckIn:
    """The check-in as it would be stored, in its slot and judged by the case's rules."""
    rules = case.rule_set
    slot = case_clock.slot_at(observed_at, case_clock.slots_from(rules.slots))
    alarming = [symptom for symptom in said.symptoms if rules.symptoms is None or symptom in rules.symptoms]
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
        abnormal=case_clock.is_abnormal(fever, alarming, said.outcome),
        channel=said.channel,
        note=said.note,
        call_back_at=said.call_back_at,
        by_id=by.staff_id,
    )

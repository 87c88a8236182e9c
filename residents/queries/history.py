"""The history of a person or door, as sentences: from the versions that the database keeps and the audit's records.

Every read starts from a person or door that the caller found in scope; names of places, doors and people beyond the
reader's places are not said.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from grid import registries
from grid.models import AuditRecord, Place, Staff
from grid.queries.audit import facts_in_words, names_of
from grid.rules.permissions import Permission
from residents.models import Contact, Household, ImportBatch, Resident
from residents.queries import history_words as words
from residents.queries.households import is_visible
from residents.rules.history import Change, Event, changes_of, why_not_undone

_FOLLOWS = {"contact": "grid"}  # the database moves it along with the person: no deed of its own
MOST = 1_000  # versions and records that are read of one person or door: no real one comes near


@dataclass
class Line:
    """One deed as the page tells it."""

    at: datetime
    who: str
    what: str
    about: str = ""  # the contact that it was about
    sentences: list[str] = field(default_factory=list)
    undo: int | None = None  # the version whose change may be undone here
    why_not: str = ""  # why it cannot, in words; "" where there is nothing to say
    was_move: bool = False  # and the reader may move back
    was_undo: bool = False  # undoing it brings back what was undone


def history_of(staff: Staff, subject: Resident | Household) -> list[Line]:
    """Everything that was done about a person, with her contacts, or about a door and who came and went there; newest
    first."""
    if not is_visible(staff, subject):  # versions have no scope of their own: a second wall behind the caller's
        return []
    changes = _changes(_events(type(subject), Q(pgh_obj_id=subject.pk)))
    if isinstance(subject, Resident):
        changes += _changes(_events(Contact, Q(resident_id=subject.pk)))
    else:
        changes += _comings_and_goings(subject)
    return _lines(staff, subject, changes, _of_subject(subject, staff))


def _comings_and_goings(household: Household) -> list[Change]:
    """Of everybody who ever stood behind the door, the changes of door alone."""
    versions = Resident.pgh_event_model.objects  # type: ignore[attr-defined]
    who = versions.filter(household_id=household.pk).values("pgh_obj_id")
    changes = _changes(_events(Resident, Q(pgh_obj_id__in=who)))
    found = []
    for change in changes:
        doors = tuple(one for one in change.fields if one.name == "household")
        if any(household.pk in (one.before, one.after) for one in doors):
            found.append(replace(change, fields=doors))
    return found


def change_of(subject: Resident | Household, number: int) -> tuple[Change, bool] | None:
    """One change of the person or door by its version, and whether the ID number was changed with it."""
    found = _changes(_events(type(subject), Q(pgh_obj_id=subject.pk)))
    change = next((change for change in found if change.event.number == number), None)
    if change is None:
        return None
    about = {"subject_kind": subject._meta.model_name, "subject_id": subject.pk, "at": change.event.at}
    records = AuditRecord.objects.filter(**about)
    return change, any(_changed_number(record) for record in records)


def values_of(subject: Resident | Household) -> dict[str, Any]:
    """The row's fields as history keeps them."""
    return {name: subject.serializable_value(name) for name in words.tracked(type(subject))}


def _events(model: Any, condition: Q) -> list[Event]:
    """Versions of rows, oldest first; of very many the newest."""
    names = words.tracked(model)
    columns = ("pgh_id", "pgh_obj_id", "pgh_label", "pgh_created_at", "pgh_context_id", "pgh_context__metadata")
    rows = model.pgh_event_model.objects.filter(condition).order_by("-pgh_id").values(*columns, *names)[:MOST]
    return [_event(model, row, names) for row in reversed(rows)]


def _event(model: Any, row: Mapping[str, Any], names: Iterable[str]) -> Event:
    said = row["pgh_context__metadata"] or {}
    return Event(
        kind=model._meta.model_name,
        number=row["pgh_id"],
        key=row["pgh_obj_id"],
        label=row["pgh_label"],
        at=datetime.fromisoformat(said["at"]) if "at" in said else row["pgh_created_at"],
        staff_id=said.get("staff"),
        deed=said.get("deed", ""),
        context=row["pgh_context_id"],
        values={name: row[name] for name in names},
    )


def _changes(events: list[Event]) -> list[Change]:
    said = changes_of(events)
    return [change for change in said if change.label != "update" or change.names - {_FOLLOWS.get(change.event.kind)}]


def _of_subject(subject: Resident | Household, staff: Staff) -> Q:
    """The audit's records about the row, and about what the apps above keep of it."""
    kind = subject._meta.model_name or ""
    condition = Q(subject_kind=kind, subject_id=subject.pk)
    for more in registries.HISTORIES.get(kind, []):
        condition |= more(staff, subject)
    return condition


def _changed_number(record: AuditRecord) -> bool:
    return "id_number" in (record.facts.get("changed") or [])


def _lines(staff: Staff, subject: Resident | Household, changes: list[Change], of_subject: Q) -> list[Line]:
    records = list(AuditRecord.objects.filter(of_subject).select_related("staff").order_by("-at", "-pk")[:MOST])
    numbers = {record.at for record in records if _changed_number(record)}
    told = {(change.event.deed, change.event.at) for change in changes}
    names = _names(staff, subject, changes)
    may = subject.merged_into_id is None and staff.may_at_door(Permission.EDIT_PEOPLE, subject)
    now = values_of(subject)
    known, kind = now if may else None, subject._meta.model_name or ""
    lines = [_line_of_change(change, kind, names, known, change.event.at in numbers) for change in reversed(changes)]
    lines += [_line_of_record(record) for record in records if (record.deed, record.at) not in told]
    return sorted(lines, key=lambda line: line.at, reverse=True)  # of one moment the newest first: it is stable


def _line_of_change(change: Change, kind: str, names: words.Names, now: Mapping[str, Any] | None, number: bool) -> Line:
    """One change on the page of a row of this kind; `now` holds that row's values where the reader may undo."""
    event = change.event
    line = Line(event.at, names.staff.get(event.staff_id or 0, ""), words.deed_words(event.deed, change.label))
    line.about = str(event.values["name"]) if event.kind == "contact" else ""
    if event.kind == "resident" and kind == "household":
        line.about, now = words.value_words("resident", event.key, names), None
    if event.at in names.lists:
        line.sentences.append(_("From the list “%(name)s”") % {"name": names.lists[event.at]})
    line.sentences += words.sentences_of(change, names)
    if number and event.kind == "resident":
        line.sentences.append(_("The ID number was changed; history keeps no digit of it."))
    if now is not None and event.kind != "contact":
        code = why_not_undone(change, now, with_number=number)
        line.undo = None if code else event.number
        line.why_not, line.was_move = words.why_not_words(code), code == "move"
        line.was_undo = event.deed == "change_undone"
    return line


def _line_of_record(record: AuditRecord) -> Line:
    who = record.staff.name if record.staff else ""
    return Line(
        record.at, who, str(registries.DEEDS.get(record.deed, record.deed)),
        sentences=facts_in_words(record, codes_only=True),
    )  # fmt: skip


def _names(staff: Staff, subject: Resident | Household, changes: list[Change]) -> words.Names:
    """The names of all that the changes mention, each kind read at once and only within the reader's places."""
    mentioned: dict[str, set[int]] = {"grid": set(), "household": set(), "resident": set()}
    for change in changes:
        if change.event.kind == "resident" and isinstance(subject, Household):
            mentioned["resident"].add(change.event.key)
        for one in change.fields:
            kind = {"street": "grid", "merged_into": change.event.kind}.get(one.name, one.name)
            if kind in mentioned:
                mentioned[kind] |= {key for key in (one.before, one.after) if key}
    places = Place.objects.within(staff.paths_with(Permission.SEE_PEOPLE)).filter(pk__in=mentioned["grid"])
    doors = Household.objects.visible_to(staff).filter(pk__in=mentioned["household"])
    people = Resident.objects.visible_to(staff).filter(pk__in=mentioned["resident"])
    lists = ImportBatch.objects.visible_to(staff, Permission.IMPORT_LISTS)
    taken = {change.event.at for change in changes if change.event.deed == "list_taken_in"}
    return words.Names(
        staff=names_of({change.event.staff_id for change in changes if change.event.staff_id}),
        grid={**dict(places.values_list("pk", "name")), subject.grid_id: subject.grid.name},
        household={door.pk: door.door for door in doors},
        resident=dict(people.values_list("pk", "name")),
        lists=dict(lists.filter(committed_at__in=taken).values_list("committed_at", "file_name")),
    )

"""The undo of one change of a person or door, from her history."""

from datetime import datetime
from typing import Any

from django.db import transaction

from grid.actions.audit import claim_version, confirm_scope, deed
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from residents import identity
from residents.actions import people as shared
from residents.models import Household, Resident
from residents.queries.history import values_of
from residents.rules.history import Change, why_not_undone
from residents.rules.id_numbers import birth_date_of, sex_of

_DOOR = ("compound", "building", "unit", "room")


class CannotUndo(Exception):
    """The change cannot be undone; `code` is one of `rules.history.why_not_undone`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def undo_change(
    *, subject: Resident | Household, change: Change, with_number: bool, version: int, by: Actor, at: datetime
) -> bool:
    """Gives exactly the fields of one change the values they had before; False where they have them already.

    Raises EditedMeanwhile if somebody saved since `version`, CannotUndo where a field has another value than the
    change gave it, or where the change is none that can be undone here; PermissionDenied.
    """
    rows: Any = type(subject).unscoped.all()
    with transaction.atomic():
        now: Any = shared.held(rows, subject)
        before = {field.name: field.before for field in change.fields}
        values = values_of(now)
        if change.label == "update" and all(values[name] == value for name, value in before.items()):
            return False
        if code := why_not_undone(change, values, with_number=with_number) or _contradicts(now, before):
            raise CannotUndo(code)
        with deed("change_undone", by=by, at=at, place=now.grid_id, subject=now, changed=sorted(before)):
            confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at, door=now)
            claim_version(rows, now.pk, version)
            rows.filter(pk=now.pk).update(**_columns(now, before))
            if change.names & set(_DOOR):  # whoever has one building only does not send a door to another one
                confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at, door=rows.get(pk=now.pk))
    return True


def _contradicts(now: Resident | Household, before: dict[str, Any]) -> str:
    """ "number" where the number on file proves another sex or birth date than the undo would bring back."""
    number = identity.unsealed(now.id_type, now.id_sealed) if isinstance(now, Resident) else None
    if number is None:
        return ""
    proven = {"sex": sex_of(number.number), "birth_date": birth_date_of(number.number)}
    return "number" if any(proven.get(name) not in (None, value) for name, value in before.items()) else ""


def _columns(now: Resident | Household, before: dict[str, Any]) -> dict[str, Any]:
    """The fields as they were, with the columns that follow from them."""
    if isinstance(now, Household):
        door = {name: before.get(name, getattr(now, name)) for name in _DOOR}
        return before | identity.prepare_door(**door)
    return before | (identity.name_fields(before["name"]) if "name" in before else {})

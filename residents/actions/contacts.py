"""Deeds about contacts: who else to ring about a person. Added, changed, removed, and put back after a removal."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.http import Http404

from grid.actions.audit import claim_version, confirm_scope, deed
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from residents.actions import people as shared
from residents.models import Contact, ContactEvent, Resident  # type: ignore[attr-defined]  # the history makes it

MOST_CONTACTS = 10


class TooMany(Exception):
    """The person has as many contacts as a page can show: one must go before another comes."""


@dataclass(frozen=True, kw_only=True)
class ContactFacts:
    """A contact in clean values; `relation` is a code of `CONTACT_LABELS`."""

    name: str
    relation: str
    phones: tuple[str, ...] = ()
    has_key: bool = False
    may_report: bool = False
    note: str = ""

    def columns(self) -> dict[str, object]:
        """The columns of its row."""
        return vars(self) | {"phones": list(self.phones)}


def add_contact(*, key: int, resident: Resident, facts: ContactFacts, by: Actor, at: datetime) -> Contact:
    """One more contact of a person; `key` is the id reserved for the row when its form was opened.

    Raises AlreadyAdded for the second of two, TooMany, PermissionDenied.
    """
    with shared.refusals_named(), transaction.atomic():
        now = shared.held(Resident.unscoped.all(), resident)
        with deed("contact_added", by=by, at=at, place=now.grid_id, subject=now, contact=key):
            confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at, door=now)
            _confirm_room(now, key)
            contact = Contact(pk=key, resident=now, grid_id=now.grid_id, **facts.columns())
            contact.save(force_insert=True)
    return contact


def edit_contact(*, contact: Contact, version: int, facts: ContactFacts, by: Actor, at: datetime) -> None:
    """Changes what is known of a contact.

    Raises EditedMeanwhile if somebody saved since `version`, Http404 where it was removed, PermissionDenied.
    """
    new = facts.columns()
    with transaction.atomic():
        now = shared.held(Contact.unscoped.all(), contact)
        changed = sorted(name for name, value in new.items() if getattr(now, name) != value)
        with deed(
            "contact_edited", by=by, at=at, place=now.grid_id, subject=(Resident, now.resident_id),
            contact=now.pk, changed=changed,
        ):  # fmt: skip
            confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at, door=now)
            claim_version(Contact.unscoped.all(), now.pk, version)
            Contact.unscoped.filter(pk=now.pk).update(**new)


def remove_contact(*, contact: Contact, by: Actor, at: datetime) -> None:
    """Takes a contact away; the history keeps what `restore_contact` needs. Raises Http404 where it is gone already."""
    with transaction.atomic():
        now = shared.held(Contact.unscoped.all(), contact)
        person = (Resident, now.resident_id)
        with deed("contact_removed", by=by, at=at, place=now.grid_id, subject=person, contact=now.pk):
            confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at, door=now)
            Contact.unscoped.filter(pk=now.pk).delete()


def restore_contact(*, key: int, resident: Resident, by: Actor, at: datetime) -> Contact:
    """Puts a removed contact of the person back as it was. One that stands already stays as it is.

    Raises Http404 where the history knows no such contact of the person, TooMany, PermissionDenied.
    """
    with transaction.atomic():
        now = shared.held(Resident.unscoped.all(), resident)
        if standing := Contact.unscoped.filter(pk=key, resident=now).first():
            return standing
        was = ContactEvent.objects.filter(pgh_obj_id=key, pgh_label="delete").order_by("-pk").first()
        if was is None or was.resident_id != now.pk:
            raise Http404
        facts = ContactFacts(
            name=was.name, relation=was.relation, phones=tuple(was.phones), has_key=was.has_key,
            may_report=was.may_report, note=was.note,
        )  # fmt: skip
        with deed("contact_restored", by=by, at=at, place=now.grid_id, subject=now, contact=key):
            confirm_scope(by, Permission.EDIT_PEOPLE, now.grid, at, door=now)
            _confirm_room(now, key)
            contact = Contact(pk=key, resident=now, grid_id=now.grid_id, **facts.columns())
            contact.save(force_insert=True)
    return contact


def _confirm_room(person: Resident, key: int) -> None:
    """The person's row is locked: nobody adds another one meanwhile."""
    if Contact.unscoped.filter(resident=person).exclude(pk=key).count() >= MOST_CONTACTS:
        raise TooMany

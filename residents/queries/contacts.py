"""Questions about contacts of people."""

from collections.abc import Sequence

from django.db.models import QuerySet

from grid.models import Staff
from residents.models import Contact, ContactEvent, Resident  # type: ignore[attr-defined]  # the history makes it


def contacts_of(staff: Staff, people: Sequence[Resident]) -> list[Contact]:
    """The contacts of these people in the order they were added, and each person gets her own as `contacts_here`: one
    query, however many people."""
    rows: QuerySet[Contact] = Contact.objects.visible_to(staff).filter(resident__in=people)
    found = list(rows.order_by("pk"))
    for person in people:
        person.contacts_here = [contact for contact in found if contact.resident_id == person.pk]  # type: ignore[attr-defined]
    return found


def removed_contact(staff: Staff, contact_id: int) -> Resident | None:
    """The person in sight whose contact with this id was removed; None where there never was one."""
    was = ContactEvent.objects.filter(pgh_obj_id=contact_id, pgh_label="delete").order_by("-pk").first()
    if was is None:
        return None
    people: QuerySet[Resident] = Resident.objects.visible_to(staff).select_related("household", "grid")
    return people.filter(pk=was.resident_id).first()

"""Everything that the register keeps of one person, as it is printed for her; and who looked at her data."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from grid import registries
from grid.models import AuditRecord, Notice, Staff
from grid.queries.audit import facts_in_words
from grid.rules.permissions import Permission
from residents.models import Contact, ImportBatch, ImportRow, Merge, MoveOffer, Resident
from residents.queries.history import history_of

LOOKS = ("id_revealed", "person_file_printed")
WISHES = ("removal_asked", "removal_withdrawn")


def looks_at(resident: Resident) -> list[dict[str, Any]]:
    """Who looked at the whole ID number or printed the file, when and why; newest first."""
    return [
        {"record": record, "deed": registries.DEEDS[record.deed], "facts": facts_in_words(record, codes_only=True)}
        for record in _about(resident, LOOKS)
    ]


def wish_of(resident: Resident) -> AuditRecord | None:
    """The wish that her data be removed, where one stands: the newest word about it counts."""
    newest = _about(resident, WISHES).first()
    return newest if newest is not None and newest.deed == "removal_asked" else None


def file_of(staff: Staff, resident: Resident) -> dict[str, Any]:
    """What the register itself keeps of her. The apps above add their panels ("person_file")."""
    lists = ImportRow.unscoped.filter(resident_id=resident.pk).values("batch")
    return {
        "contacts": list(Contact.objects.visible_to(staff).filter(resident=resident).order_by("pk")),
        "merges": list(_merges_of(staff, resident)),
        "offers": list(MoveOffer.objects.visible_to(staff).filter(resident=resident).order_by("pk")),
        "lists": list(
            ImportBatch.objects.visible_to(staff, Permission.IMPORT_LISTS).filter(pk__in=lists).order_by("pk")
        ),
        "lines": history_of(staff, resident),
        "looks": looks_at(resident),
    }


def lines_of_wishes(staff: Staff, notices: list[Notice]) -> dict[int, tuple[str, str]]:
    """The words of notices "removal_asked": of whom, where the reader sees her."""
    people = Resident.objects.visible_to(staff).filter(pk__in=[notice.subject_id for notice in notices])
    names = dict(people.values_list("pk", "name"))
    return {
        notice.pk: (
            _("The data of %(name)s are to be removed. Tell who runs the portal.") % {"name": names[notice.subject_id]},
            reverse("resident_detail", args=[notice.subject_id]),
        )
        for notice in notices
        if notice.subject_id in names
    }


def _merges_of(staff: Staff, resident: Resident) -> QuerySet[Merge]:
    rows: QuerySet[Merge] = Merge.objects.visible_to(staff).filter(Q(kept=resident) | Q(duplicate=resident))
    return rows.select_related("kept", "duplicate").order_by("pk")


def _about(resident: Resident, deeds: tuple[str, ...]) -> QuerySet[AuditRecord]:
    records = AuditRecord.objects.filter(subject_kind="resident", subject_id=resident.pk, deed__in=deeds)
    return records.select_related("staff").order_by("-at", "-pk")

"""The words of 提醒 for notices about doors, people and offers: read at once, in the reader's scope."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from grid.models import Notice, Staff
from residents.models import Household, NameToVerify, Resident
from residents.queries import offers
from residents.queries.moves import names_at

Lines = dict[int, tuple[Any, str]]


def door_lines(staff: Staff, notices: list[Notice]) -> Lines:
    """For notices about a household: its door and who lives there. What is out of sight keeps the bare label."""
    keys = {notice.subject_id for notice in notices if notice.subject_kind == "household"}
    doors = {row.pk: row for row in Household.objects.visible_to(staff).filter(pk__in=keys).select_related("grid")}
    names = names_at(staff, list(doors.values()))
    words = {
        "moved_in": _("Moved in: %(door)s, %(names)s"),
        "moved_out": _("Moved to %(grid)s: %(door)s, %(names)s"),
        "given_back": _("With you again: %(door)s, %(names)s"),
    }
    return {
        notice.pk: (
            words[notice.kind] % {"door": door.door, "grid": door.grid.name, "names": names[door.pk] or _("nobody")},
            reverse("household_detail", args=[door.pk]),
        )
        for notice in notices
        if (door := doors.get(notice.subject_id or 0))
    }


def offer_lines(staff: Staff, notices: list[Notice]) -> Lines:
    """For notices about an offer to another street: from where it comes, or what became of it."""
    keys = [notice.subject_id for notice in notices if notice.subject_id]
    at = max(notice.created_at for notice in notices)
    rows = {row.pk: row for row in offers.sent(staff, at).filter(pk__in=keys)}
    rows |= {row.pk: row for row in offers.received(staff, at).filter(pk__in=keys)}
    words = {
        "offer_received": _("Somebody from %(street)s is offered to you: do they live with you?"),
        "offer_answered": _("Your offer to %(place)s: %(state)s"),
    }
    return {
        notice.pk: (
            words[notice.kind]
            % {
                "street": offer.from_grid.street.name if offer.from_grid.street else "",
                "place": offer.to_place.name,
                "state": offer.get_state_display(),
            },
            reverse("offer_detail", args=[offer.pk]),
        )
        for notice in notices
        if (offer := rows.get(notice.subject_id or 0))
    }


def name_lines(staff: Staff, notices: list[Notice]) -> Lines:
    """For notices about a name that another community passed on."""
    keys = [notice.subject_id for notice in notices if notice.subject_id]
    names = {row.pk: row for row in NameToVerify.objects.visible_to(staff).filter(pk__in=keys)}
    words = _("Another community asks you to find %(name)s")
    return {
        notice.pk: (words % {"name": row.name or _("somebody without a name")}, reverse("name_detail", args=[row.pk]))
        for notice in notices
        if (row := names.get(notice.subject_id or 0))
    }


def person_lines(staff: Staff, notices: list[Notice]) -> Lines:
    """For notices about a person: whom a worker found, who is to isolate."""
    keys = [notice.subject_id for notice in notices if notice.subject_id]
    people = Resident.objects.visible_to(staff).filter(pk__in=keys).select_related("household")
    rows = {row.pk: row for row in people}
    words = _("%(name)s, %(door)s was found and is to isolate. Open the isolation record.")
    return {
        notice.pk: (
            words % {"name": row.name, "door": row.household.door},
            reverse("resident_detail", args=[row.pk]),
        )
        for notice in notices
        if (row := rows.get(notice.subject_id or 0))
    }

"""Questions about supply requests: what is open, where, since when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Min, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grid.models import Staff
from grid.rules.permissions import Permission
from quarantine.models import SupplyRequest
from quarantine.queries.stops import building_of
from quarantine.rules.supplies import UNDO_WITHIN
from residents.models import Household, Resident

PAGE_SIZE = 30


@dataclass(frozen=True)
class OpenSupplies:
    """One page of what is open, and how much there is in all."""

    page: Page[SupplyRequest]
    grids: list[dict[str, Any]]  # grid_id, name, number, oldest: each grid with open requests
    grid_id: int | None  # the one chosen
    number: int
    longest: str  # how long the oldest of them waits, in words; empty without any


def open_supplies(staff: Staff, *, grid_id: int | None, page: str, at: datetime) -> OpenSupplies:
    """What has not been delivered in the places of this member of staff, urgent first, then as one walks."""
    rows = SupplyRequest.objects.visible_to(staff, Permission.SEE_SUPPLIES).open()
    by_grid = rows.order_by("grid__code").values("grid_id", name=F("grid__name"))
    grids = list(by_grid.annotate(number=Count("pk"), oldest=Min("asked_at")))
    chosen = [share for share in grids if grid_id is None or share["grid_id"] == grid_id]
    if grid_id is not None:
        rows = rows.filter(grid=grid_id)
    found = Paginator(with_lines(rows.urgent_first()), PAGE_SIZE).get_page(page)
    for request in found:
        describe(request, staff, at)
    oldest = min((share["oldest"] for share in chosen), default=None)
    return OpenSupplies(found, grids, grid_id, sum(share["number"] for share in chosen), waited(oldest, at))


def with_lines(rows: QuerySet[SupplyRequest]) -> QuerySet[SupplyRequest]:
    """Requests with all that a card shows, in a fixed number of queries."""
    return rows.select_related("household", "resident", "grid", "asked_by").prefetch_related("lines")


def describe(request: SupplyRequest, staff: Staff, at: datetime) -> None:
    """Adds what the card says beyond the row: its heading, how long it waits, whether the reader may deliver it."""
    stop = building_of(request.household) or _("Door not known")
    request.heading = _("To be taken at once") if request.urgent else stop  # type: ignore[attr-defined]
    request.waited = waited(request.asked_at, at)  # type: ignore[attr-defined]
    request.may_deliver = staff.may_at_door(Permission.RECORD_SUPPLIES, request)  # type: ignore[attr-defined]


def waited(since: datetime | None, at: datetime) -> str:
    """How long somebody has waited, in its largest unit: 5小时."""
    if since is None:
        return ""
    minutes = int((at - since).total_seconds() // 60)
    if minutes < 60:
        return ngettext("%(number)s minute", "%(number)s minutes", minutes) % {"number": minutes}
    if minutes < 48 * 60:
        return ngettext("%(number)s hour", "%(number)s hours", minutes // 60) % {"number": minutes // 60}
    days = minutes // (24 * 60)
    return ngettext("%(number)s day", "%(number)s days", days) % {"number": days}


def supplies_of_household(staff: Staff, household: Household, at: datetime) -> dict[str, Any]:
    """The panel of a door's page: what is open there, oldest first."""
    rows = SupplyRequest.objects.visible_to(staff, Permission.SEE_SUPPLIES).open().filter(household=household)
    requests = list(with_lines(rows.in_walking_order()))
    for request in requests:
        describe(request, staff, at)
    may_ask = staff.may_at_door(Permission.RECORD_SUPPLIES, household)
    return {"requests": requests, "household": household, "may_ask": may_ask}


def people_who_may_ask(staff: Staff, household: Household) -> list[Resident]:
    """Who lives behind the door now, in the order they were added."""
    people = Resident.objects.visible_to(staff).current().filter(household=household)
    return list(people.order_by("pk"))


def last_delivery(staff: Staff, at: datetime) -> SupplyRequest | None:
    """What this member of staff marked as delivered within the last minute, and so may still take back."""
    rows = SupplyRequest.objects.visible_to(staff, Permission.RECORD_SUPPLIES).select_related("household")
    found: SupplyRequest | None = rows.just_delivered(staff.pk, at - UNDO_WITHIN).first()
    return found


def rows_for_figures(staff: Staff) -> QuerySet[SupplyRequest]:
    """The rows behind the figures of 报数: what is open, in the order and with the facts of its list."""
    rows = SupplyRequest.objects.visible_to(staff, Permission.SEE_FIGURES).open()
    return with_lines(rows.urgent_first())

"""Questions about the audit, as an auditor asks them."""

from datetime import date, time, timedelta

from django.db.models import Q, QuerySet

from grid.models import AuditRecord, Place, Staff
from grid.rules.clock import moment
from grid.rules.permissions import Permission


def records_of(auditor: Staff) -> QuerySet[AuditRecord]:
    """Records of the auditor's places. Those without a place (logins …) only for an auditor at the top of the tree."""
    paths = auditor.paths_with(Permission.READ_AUDIT)
    if not paths:
        return AuditRecord.objects.none()
    condition = Q(place__in=Place.objects.within(paths).values("pk"))
    if any(path.count("/") == 2 for path in paths):  # "/1/": a root
        condition |= Q(place=None)
    return AuditRecord.objects.filter(condition)


def search_records(
    records: QuerySet[AuditRecord], *, first_day: date, last_day: date, who: str, deed: str, place: Place | None
) -> QuerySet[AuditRecord]:
    """Records of the days (both included), newest first; `who` is part of a name or user name, or a phone."""
    start, end = moment(first_day, time()), moment(last_day + timedelta(days=1), time())
    records = records.filter(at__gte=start, at__lt=end)
    if who:
        people = Staff.objects.filter(Q(name__icontains=who) | Q(user_name__icontains=who) | Q(phone=who)).values("pk")
        records = records.filter(Q(staff__in=people) | Q(subject_kind="staff", subject_id__in=people))
    if deed:
        records = records.filter(deed=deed)
    if place is not None:
        records = records.filter(place__in=Place.objects.within([place.path]).values("pk"))
    return records.select_related("staff", "place").order_by("-at", "-pk")


def names_of(staff_ids: set[int]) -> dict[int, str]:
    """Names of staff by id."""
    return dict(Staff.objects.filter(pk__in=staff_ids).values_list("pk", "name"))

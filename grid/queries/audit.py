"""Questions about the audit, as an auditor asks them, and its facts in words."""

from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import pgettext

from grid import registries
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


def place_names(records: Iterable[AuditRecord]) -> dict[str, str]:
    """The names of the places that the facts of these records mention, by what the fact holds (code, or id with a #).

    One query where any is mentioned. A place has its name of now; a code that is gone says itself.
    """
    ids, codes = set[int](), set[str]()
    for record in records:
        for name, value in record.facts.items():
            known = _known(record, name)
            if known and known.holds == "place":
                ids.add(value)
            elif known and known.holds == "place_code":
                codes.add(value)
    if not ids and not codes:
        return {}
    places = Place.objects.filter(Q(pk__in=ids) | Q(code__in=codes)).values_list("pk", "code", "name")
    return {word: name for key, code, name in places for word in (f"#{key}", code)}


def _known(record: AuditRecord, name: str) -> registries.FactWords | None:
    return registries.FACTS.get(f"{record.deed}.{name}") or registries.FACTS.get(name)


def facts_in_words(
    record: AuditRecord, *, codes_only: bool = False, places: Mapping[str, str] | None = None
) -> list[str]:
    """Each fact of a record: what it is, and its value; a fact without words keeps its own name.

    `codes_only` leaves out ids and counts, which say nothing to a reader who is no auditor. `places`: `place_names`.
    """
    lines = []
    for name, value in sorted(record.facts.items()):
        known = _known(record, name)
        if (codes_only and not (known and known.words)) or (known and known.holds == "nothing"):
            continue
        said = _held(value, known.holds, places or {}) if known and known.holds else ""
        said = said or _value(value, known.words if known else {})
        if said:
            label = known.label if known else name
            lines.append(pgettext("audit", "%(what)s: %(value)s") % {"what": label, "value": said})
    return lines


def _held(value: Any, holds: str, places: Mapping[str, str]) -> str:
    """What a fact points at; "" where nothing better than the value itself is known."""
    if holds == "number" and value is not None:
        return pgettext("audit", "no. %(number)s") % {"number": value}
    return places.get(f"#{value}" if holds == "place" else str(value), "")


def _value(value: Any, words: dict[str, Any]) -> str:
    """A JSON value as a reader takes it: yes and no, codes by their words, lists and counts one after the other."""
    if isinstance(value, bool):
        return pgettext("audit", "yes") if value else pgettext("audit", "no")
    if isinstance(value, dict):
        order = [*(key for key in words if key in value), *(key for key in value if key not in words)]
        parts = [f"{_value(key, words)} {_value(value[key], words)}" for key in order]
    elif isinstance(value, list):
        parts = [_value(part, words) for part in value]
    else:
        return "" if value is None else str(words.get(str(value), value))
    return pgettext("between two words", ", ").join(part for part in parts if part)

"""What 提醒 shows: which notices are for whom, and their words."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from grid import registries
from grid.models import Notice, Staff
from grid.models.notice import TOLD_ABOVE
from grid.rules.permissions import PERMISSIONS_OF, Permission, Role
from grid.rules.places import ORDER, Kind

# How long a notice waits at its place before whoever is one level above sees it too.
WAITS = timedelta(hours=2)
MOST_COUNTED = 10


def notices_for(staff: Staff, at: datetime) -> QuerySet[Notice]:
    """The notices for a member of staff: those at her own places, and from below what nobody acknowledged in time.

    A notice climbs one level each two hours, so that a lead is not flooded with what her workers see anyway. What was
    acknowledged below her is shown again only to whoever did it. One marked `TOLD_ABOVE` does not climb.
    """
    concerns = Q(pk__in=[])
    for post in staff.current_posts:
        if Permission.SEE_PEOPLE not in PERMISSIONS_OF[Role(post.role)] or post.building:
            continue
        concerns |= Q(grid=post.place_id)
        for levels, kind in enumerate(ORDER[ORDER.index(Kind(post.place.kind)) + 1 :], start=1):
            below = Q(grid__kind=kind, grid__path__startswith=post.place.path) & ~Q(facts__has_key=TOLD_ABOVE)
            concerns |= below & Q(seen_at=None, created_at__lte=at - WAITS * levels)
    mine: QuerySet[Notice] = Notice.objects.visible_to(staff)
    return mine.filter(concerns | Q(seen_by=staff.pk))


def unseen_count(staff: Staff, at: datetime) -> int:
    """How many she has not acknowledged, rounds handed over to her and what the apps above have waiting for her among
    them, counted up to `MOST_COUNTED`: one query on every page."""
    rows = notices_for(staff, at).filter(seen_at=None).values("pk")
    waiting = [part.waiting(staff).values("pk") for part in registries.INBOX if staff.may(part.permission)]
    found = rows.union(*waiting, all=True)[:MOST_COUNTED].count()
    return min(found + len(staff.rounds_unseen), MOST_COUNTED)


def described(staff: Staff, notices: list[Notice]) -> list[dict[str, Any]]:
    """The notices with their words, read at once for all of a kind; `url` is empty where nothing can be opened."""
    of_kind: dict[str, list[Notice]] = defaultdict(list)
    for notice in notices:
        of_kind[notice.kind].append(notice)
    lines: dict[int, tuple[Any, str]] = {}
    for kind, found in of_kind.items():
        if kind in registries.NOTICES:
            words = registries.NOTICES[kind]
            lines |= {notice.pk: (words.label, "") for notice in found} | words.lines(staff, found)
    return [
        {"notice": notice, "sentence": sentence, "url": url}
        for notice in notices
        for sentence, url in [lines.get(notice.pk, (notice.kind, ""))]
    ]

"""The page 提醒: what others' deeds brought to one's places, acknowledged with one tap."""

from contextlib import suppress

from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from grid import registries
from grid.access import StaffRequest, actor_of, needs, unattended
from grid.actions import notices as deeds
from grid.models import Notice
from grid.queries import notices as queries
from grid.rules.permissions import Permission

ON_A_PAGE = 20


@needs(Permission.SEE_PEOPLE)
@require_safe
def notice_list(request: StaffRequest) -> HttpResponse:
    """Unseen ones first, the newest first; what was acknowledged stays for a month."""
    at = timezone.now()
    found = queries.notices_for(request.user, at).select_related("grid", "created_by", "seen_by")
    rows = found.order_by(F("seen_at").desc(nulls_first=True), "-created_at", "-pk")
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    lines = queries.described(request.user, list(page.object_list))
    inbox = registries.inbox_of(request.user, at) if page.number == 1 else []
    context = {"heading": _("Notices"), "lines": lines, "page": page, "inbox": inbox}
    return render(request, "grid/notices.html", context)


@unattended
@needs(Permission.SEE_PEOPLE)
@require_safe
def notice_count(request: StaffRequest) -> HttpResponse:
    """The number beside 提醒, which an open page asks for each minute."""
    count = queries.unseen_count(request.user, timezone.now())
    return render(request, "components/count.html", {"page": {"count": count}})


@needs(Permission.SEE_PEOPLE)
@require_POST
def notice_seen(request: StaffRequest, notice_id: int) -> HttpResponse:
    """ "I know"; tapped twice, or by two, it is one deed."""
    notices = Notice.objects.visible_to(request.user).select_related("grid")
    notice: Notice = get_object_or_404(notices, pk=notice_id)
    with suppress(deeds.SeenAlready):
        deeds.acknowledge(notice=notice, by=actor_of(request), at=timezone.now())
    return redirect("notice_list")

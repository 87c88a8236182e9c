"""提醒: one alert with its steps; 我来处理, 处理完了, 处理不了; and those that were seen to."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from grid.access import StaffRequest, actor_of, needs, require
from grid.models import Staff
from grid.rules.permissions import Permission
from quarantine.actions import alert_deeds as actions
from quarantine.forms.alerts import OutcomeForm
from quarantine.models import Alert
from quarantine.queries import alert_inbox as queries

PAST_ON_A_PAGE = 50


@needs(Permission.HANDLE_ALERTS)
@require_safe
def alert_past(request: StaffRequest) -> HttpResponse:
    """What was seen to in the last days: by whom, when, and what came of it."""
    at = timezone.now()
    page = Paginator(queries.closed_lately(request.user, at), PAST_ON_A_PAGE).get_page(request.GET.get("page"))
    lines = queries.described(request.user, list(page.object_list), at)
    context = {"heading": _("Seen to in the last %(days)s days") % {"days": queries.PAST.days}}
    return render(request, "quarantine/alerts/past.html", {**context, "lines": lines, "page": page})


@needs(Permission.HANDLE_ALERTS)
@require_safe
def alert_detail(request: StaffRequest, alert_id: int) -> HttpResponse:
    """What it is, whose it is, and step by step what became of it."""
    alert = _alert(request.user, alert_id)
    return _page(request, alert, OutcomeForm(kind=alert.kind))


@needs(Permission.HANDLE_ALERTS)
@require_POST
def alert_take(request: StaffRequest, alert_id: int) -> HttpResponse:
    """我来处理. Whoever comes second is told who has it."""
    alert = _alert(request.user, alert_id)
    try:
        actions.take_alert(alert=alert, by=actor_of(request), at=timezone.now())
    except actions.NotHers as found:
        _tell_whose_it_is(request, found.alert)
    return redirect("alert_detail", alert.pk)


@needs(Permission.HANDLE_ALERTS)
@require_POST
def alert_finish(request: StaffRequest, alert_id: int) -> HttpResponse:
    """处理完了, with what came of it."""
    alert = _alert(request.user, alert_id)
    form = OutcomeForm(request.POST, kind=alert.kind)
    if not form.is_valid():
        return _page(request, alert, form, status=422)
    try:
        actions.finish_alert(alert=alert, **form.cleaned_data, by=actor_of(request), at=timezone.now())
    except actions.NotHers as found:
        _tell_whose_it_is(request, found.alert)
        return redirect("alert_detail", alert.pk)
    messages.success(request, _("Noted: seen to."))
    return redirect("notice_list")


@needs(Permission.HANDLE_ALERTS)
@require_POST
def alert_give_back(request: StaffRequest, alert_id: int) -> HttpResponse:
    """处理不了: it goes on to the next level at once."""
    alert = _alert(request.user, alert_id)
    try:
        actions.give_back_alert(alert=alert, by=actor_of(request), at=timezone.now())
    except actions.NotHers as found:
        _tell_whose_it_is(request, found.alert)
    else:
        messages.success(request, _("Given back. It goes on to the next one at once."))
    return redirect("alert_detail", alert.pk)


def _alert(staff: Staff, alert_id: int) -> Alert:
    rows = Alert.objects.visible_to(staff, Permission.HANDLE_ALERTS).select_related("grid", "taken_by", "closed_by")
    alert: Alert = get_object_or_404(rows, pk=alert_id)
    require(staff, Permission.HANDLE_ALERTS, alert)
    return alert


def _page(request: StaffRequest, alert: Alert, form: OutcomeForm, *, status: int = 200) -> HttpResponse:
    line = next(iter(queries.described(request.user, [alert], timezone.now())), None)
    context = {
        "alert": alert,
        "line": line,
        "form": form,
        "steps": queries.steps_of(alert),
        "heading": line.sentence if line else str(alert.get_kind_display()),  # type: ignore[attr-defined]
    }
    return render(request, "quarantine/alerts/detail.html", context, status=status)


def _tell_whose_it_is(request: StaffRequest, alert: Alert) -> None:
    if alert.closed_at is not None:
        messages.warning(request, _("This alert is closed already."))
    elif alert.taken_at is not None and alert.taken_by is not None:
        words = {"name": alert.taken_by.name, "time": timezone.localtime(alert.taken_at).strftime("%H:%M")}
        messages.warning(request, _("%(name)s has been seeing to it since %(time)s.") % words)
    else:
        messages.warning(request, _("Nobody has this alert now. Take it first."))

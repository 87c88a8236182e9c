"""物资: what doors ask for, and 送到了."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grid.access import StaffRequest, actor_of, needs, require
from grid.models import Staff
from grid.parts import wants_part
from grid.rules.permissions import Permission
from grid.views.versions import id_in
from quarantine.actions import supplies as actions
from quarantine.forms.supplies import MOST_ROWS, CancelForm, HandOverForm, SupplyForm, rows_asked
from quarantine.models import SupplyRequest
from quarantine.queries import supplies as queries
from quarantine.views.today import Wanted
from quarantine.views.words import undo_of_delivery
from residents.models import Household


@needs(Permission.SEE_SUPPLIES)
@require_safe
def supply_list(request: StaffRequest) -> HttpResponse:
    """What is open, by building; the same address answers the part that htmx swaps."""
    at = timezone.now()
    chosen = request.GET.get("grid", "")
    grid_id = id_in(chosen)
    found = queries.open_supplies(request.user, grid_id=grid_id, page=request.GET.get("page", "1"), at=at)
    context = {"found": found, "undo": undo_of_delivery(request.user, at) or None, "heading": _("Supplies")}
    template = "quarantine/_supply_list.html" if wants_part(request) else "quarantine/supply_list.html"
    return render(request, template, context)


@needs(Permission.RECORD_SUPPLIES)
@require_http_methods(["GET", "HEAD", "POST"])
def supply_add(request: StaffRequest, household_id: int) -> HttpResponse:
    """The form of one request: who asks, what, how urgent."""
    doors = Household.objects.visible_to(request.user, Permission.SEE_SUPPLIES).select_related("grid")
    household = get_object_or_404(doors, pk=household_id)
    require(request.user, Permission.RECORD_SUPPLIES, household)
    people = queries.people_who_may_ask(request.user, household)
    heading = _("Ask for supplies")
    rows = rows_asked(request.POST)
    if "add_row" in request.POST:
        form = SupplyForm(people=people, row_count=min(rows + 1, MOST_ROWS), initial=request.POST.dict())
    elif request.method == "POST":
        form = SupplyForm(request.POST, people=people, row_count=rows)
        if form.is_valid():
            return _ask(request, household, form)
    else:
        form = SupplyForm(people=people)
    status = 422 if form.errors else 200
    context = {"form": form, "household": household, "heading": heading}
    return render(request, "quarantine/supply_form.html", context, status=status)


def _ask(request: StaffRequest, household: Household, form: SupplyForm) -> HttpResponse:
    data = form.cleaned_data
    actions.ask_for_supplies(
        household=household,
        resident=form.asked_by(),
        lines=data["lines"],
        urgent=data["urgent"],
        note=data["note"],
        uuid=data["uuid"],
        by=actor_of(request),
        at=timezone.now(),
    )
    messages.success(request, _("%(door)s: request noted.") % {"door": household.door})
    return redirect("household_detail", household.pk)


@needs(Permission.RECORD_SUPPLIES)
@require_POST
def supply_deliver(request: StaffRequest, request_id: int) -> HttpResponse:
    """送到了. Whoever comes second is told who was first."""
    supply = _supply(request.user, request_id)
    form = HandOverForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Not saved: to whom it was handed takes at most 60 characters."))
        return _back(request, supply)
    try:
        handed_over = form.cleaned_data["handed_over"]
        actions.deliver(request=supply, handed_over=handed_over, by=actor_of(request), at=timezone.now())
    except actions.NotOpen as found:
        _tell_who_was_first(request, found.request, supply.household)
    else:
        messages.success(request, _delivered_words(supply.household))
    return _back(request, supply)


@needs(Permission.RECORD_SUPPLIES)
@require_POST
def supply_reopen(request: StaffRequest, request_id: int) -> HttpResponse:
    """撤销: takes a delivery back within the minute; a second tap changes nothing."""
    supply = _supply(request.user, request_id)
    try:
        actions.take_delivery_back(request=supply, by=actor_of(request), at=timezone.now())
    except actions.TooLate:
        if supply.state != "open":
            messages.warning(request, _("A delivery can be taken back for one minute, by who recorded it."))
            return _back(request, supply)
    messages.success(request, _("%(door)s: open again.") % {"door": supply.household.door})
    return _back(request, supply)


@needs(Permission.RECORD_SUPPLIES)
@require_http_methods(["GET", "HEAD", "POST"])
def supply_cancel(request: StaffRequest, request_id: int) -> HttpResponse:
    """Asks why nothing is to be delivered, and closes the request."""
    supply = _supply(request.user, request_id)
    form = CancelForm(request.POST or None)
    if request.method == "POST" and not form.is_valid():
        return render(request, "quarantine/supply_cancel.html", _cancel_page(request.user, form, supply), status=422)
    if request.method != "POST":
        return render(request, "quarantine/supply_cancel.html", _cancel_page(request.user, CancelForm(), supply))
    try:
        actions.cancel(request=supply, reason=form.cleaned_data["reason"], by=actor_of(request), at=timezone.now())
    except actions.NotOpen as found:
        _tell_who_was_first(request, found.request, supply.household)
    else:
        messages.success(request, _("%(door)s: request cancelled.") % {"door": supply.household.door})
    return redirect("supply_list")


def _cancel_page(staff: Staff, form: CancelForm, supply: SupplyRequest) -> dict[str, object]:
    queries.describe(supply, staff, timezone.now())
    return {"form": form, "supply": supply, "heading": _("Cancel a request")}


def _supply(staff: Staff, request_id: int) -> SupplyRequest:
    rows = SupplyRequest.objects.visible_to(staff, Permission.SEE_SUPPLIES).select_related("grid", "household")
    supply: SupplyRequest = get_object_or_404(rows, pk=request_id)
    require(staff, Permission.RECORD_SUPPLIES, supply)
    return supply


def _delivered_words(household: Household) -> str:
    return _("%(door)s: delivered.") % {"door": household.door}


def _tell_who_was_first(request: StaffRequest, settled: SupplyRequest, household: Household) -> None:
    words = {"door": household.door}
    if settled.state != "delivered" or settled.delivered_at is None:
        messages.warning(request, _("%(door)s: this request is cancelled already.") % words)
    elif settled.delivered_by_id == request.user.pk:
        messages.success(request, _delivered_words(household))
    else:
        words["name"] = settled.delivered_by.name if settled.delivered_by else "—"
        words["time"] = timezone.localtime(settled.delivered_at).strftime("%H:%M")
        messages.warning(request, _("%(door)s: %(name)s delivered it at %(time)s.") % words)


def _back(request: HttpRequest, supply: SupplyRequest) -> HttpResponse:
    """To the door on 今天, or to the list as it stood: same grid, same page. htmx follows and swaps the part."""
    if request.POST.get("back") == "round":
        return redirect(Wanted(grid=supply.grid_id, after=supply.household_id, brought=supply.pk).address)
    kept = {name: request.POST[name] for name in ("grid", "page") if request.POST.get(name, "").isdigit()}
    return redirect(reverse("supply_list") + (f"?{urlencode(kept)}" if kept else ""))

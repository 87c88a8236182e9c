"""Pages of a round handed over: give it, take it back, know of it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from grid.access import StaffRequest, actor_of, needs
from grid.actions import hand_overs as deeds
from grid.forms.helpers import HandOverForm
from grid.queries import hand_overs as queries
from grid.rules.permissions import Permission


@needs(Permission.RECORD_CHECK_IN)
@require_http_methods(["GET", "POST"])
def hand_over(request: StaffRequest) -> HttpResponse:
    """Which round, to whom, until when; below, what she gave and whether it was seen."""
    at = timezone.now()
    grids = list(queries.rounds_to_give(request.user))
    colleagues = queries.receivers(grids).exclude(pk=request.user.pk).order_by("name", "pk")
    asked = [request.GET["grid"]] if "grid" in request.GET else [str(grid.pk) for grid in grids if len(grids) == 1]
    facts: dict[str, Any] = {"grids": grids, "colleagues": list(colleagues), "at": at, "initial": {"grids": asked}}
    form = HandOverForm(request.POST if request.method == "POST" else None, **facts)
    if form.is_valid():
        said = form.deed()
        try:
            deeds.hand_over(**said, by=actor_of(request), at=at)
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            messages.success(request, _("%(name)s has the round now.") % {"name": said["to"].name})
            return redirect("hand_over")
    given = queries.rounds_given(request.user).filter(until__gt=at)
    context = {"heading": _("Hand over a round"), "form": form, "grids": grids, "given": given}
    return render(request, "grid/helpers/hand_over.html", context, status=422 if form.is_bound else 200)


@needs(Permission.RECORD_CHECK_IN)
@require_POST
def hand_over_back(request: StaffRequest, post_id: int) -> HttpResponse:
    """Takes a round back, by its giver or the lead; tapped twice, it is one deed."""
    at = timezone.now()
    post = get_object_or_404(queries.rounds_given(request.user), pk=post_id)
    deeds.take_back(post_id=post.pk, by=actor_of(request), at=at)
    messages.success(request, _("%(grid)s is yours again.") % {"grid": post.place.name})
    return redirect("hand_over")


@needs(Permission.RECORD_CHECK_IN)
@require_POST
def rounds_seen(request: StaffRequest) -> HttpResponse:
    """ "I know" for the rounds that the page showed; what is not hers is passed over."""
    keys = [int(key) for key in request.POST.getlist("post") if key.isascii() and key.isdigit() and len(key) < 19]
    deeds.acknowledge_rounds(post_ids=keys, by=actor_of(request), at=timezone.now())
    return redirect("home")

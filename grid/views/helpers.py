"""Pages of a lead about her staff: who works where, helpers, grids that nobody walks."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grid.access import StaffRequest, actor_of, needs
from grid.actions import helpers as deeds
from grid.actions.audit import EditedMeanwhile
from grid.forms.helpers import HelperForm, UntilForm
from grid.models import Place, Staff
from grid.queries import helpers as queries
from grid.queries.places import grids_of
from grid.rules.permissions import Permission
from grid.rules.posts import last_day_of
from grid.views.one_time import keep_once, take_once
from grid.views.versions import version_in


@needs(Permission.MANAGE_HELPERS)
@require_safe
def helper_list(request: StaffRequest) -> HttpResponse:
    """Each grid with its workers, helpers and stand-ins, and until when."""
    shares = queries.staff_of_grids(request.user, timezone.now())
    kept = take_once(request)
    context = {
        "heading": _("Who works here"),
        "shares": shares,
        "uncovered": sum(not share.is_covered for share in shares),
        "new": Staff.objects.filter(pk=kept[0]).first() if kept else None,
        "one_time_password": kept[1] if kept else None,
    }
    return render(request, "grid/helpers/list.html", context)


@needs(Permission.MANAGE_HELPERS)
@require_safe
def grids_without_worker(request: StaffRequest) -> HttpResponse:
    """Grids that nobody works as a whole, and what stands behind their doors."""
    bare = queries.without_worker(request.user, queries.staff_of_grids(request.user, timezone.now()))
    context = {"heading": _("Grids without a worker"), "shares": bare}
    return render(request, "grid/helpers/without_worker.html", context)


@needs(Permission.MANAGE_HELPERS)
@require_http_methods(["GET", "POST"])
def helper_add(request: StaffRequest) -> HttpResponse:
    """A helper by her phone number. `show` asks for the buildings of one grid and keeps what was typed."""
    at, grids = timezone.now(), list(grids_of(request.user, Permission.MANAGE_HELPERS))
    single = _one_of(grids, request.POST.get("show", request.POST.get("single", "")))
    facts: dict[str, Any] = {"at": at, "grids": grids, "single": single}
    facts["buildings"] = queries.buildings_of(single) if single else {}
    if request.method == "POST" and "show" not in request.POST:
        form = HelperForm(request.POST, **facts)
        if form.is_valid() and (answer := _add(request, form)):
            return answer
    else:
        typed = {name: request.POST.get(name, "") for name in ("name", "phone", "last_day")}
        form = HelperForm(initial={**typed, "spots": [request.GET.get("grid", "")]}, **facts)
    context = {"heading": _("Add a helper"), "form": form, "grids": grids, "single": single}
    return render(request, "grid/helpers/add.html", context, status=422 if form.is_bound else 200)


def _add(request: StaffRequest, form: HelperForm) -> HttpResponse | None:
    person = {name: form.cleaned_data[name] for name in ("name", "phone")}
    try:
        staff, password = deeds.add_helper(
            **person, spots=form.chosen(), until=form.until, by=actor_of(request), at=form.at
        )
    except ValidationError as fault:
        form.add_error(None, fault)
        return None
    if password:
        keep_once(request, staff.pk, password)
    messages.success(request, _("%(name)s can work there from now on.") % {"name": staff.name})
    return redirect("helper_list")


@needs(Permission.MANAGE_HELPERS)
@require_http_methods(["GET", "POST"])
def helper_until(request: StaffRequest, post_id: int) -> HttpResponse:
    """Another last day for a helper or stand-in, or the end at once."""
    at = timezone.now()
    post = get_object_or_404(queries.helper_posts(request.user).filter(until__gt=at), pk=post_id)
    form = UntilForm(
        request.POST if request.method == "POST" else None, at=at, initial={"last_day": last_day_of(post.until or at)}
    )
    if form.is_valid():
        try:
            deeds.set_helper_until(post_id=post.pk, until=form.until, by=actor_of(request), at=at)
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            messages.success(request, _("Saved"))
            return redirect("helper_list")
    context = {"heading": post.staff.name, "post": post, "form": form}
    context["may_renew_password"] = queries.opens_help_alone(request.user, post.staff, at)
    return render(request, "grid/helpers/until.html", context, status=422 if form.is_bound else 200)


@needs(Permission.MANAGE_HELPERS)
@require_POST
def helper_end(request: StaffRequest, post_id: int) -> HttpResponse:
    """Ends a helper's or stand-in's post now; tapped twice, it is one deed."""
    at = timezone.now()
    post = get_object_or_404(queries.helper_posts(request.user), pk=post_id)
    deeds.end_helper(post_id=post.pk, by=actor_of(request), at=at)
    messages.success(request, _("%(name)s does not work there any more.") % {"name": post.staff.name})
    return redirect("helper_list")


@needs(Permission.MANAGE_HELPERS)
@require_POST
def helper_password(request: StaffRequest, post_id: int) -> HttpResponse:
    """A new one-time password for a helper who lost hers, shown on the list, once; the second tap gives no other."""
    at = timezone.now()
    post = get_object_or_404(queries.helper_posts(request.user).filter(until__gt=at), pk=post_id)
    try:
        password = deeds.renew_password(post_id=post.pk, version=version_in(request), by=actor_of(request), at=at)
    except EditedMeanwhile:
        messages.warning(request, _("Her login was changed a moment ago. No password here? Then ask for it once more."))
    else:
        keep_once(request, post.staff_id, password)
    return redirect("helper_list")


def _one_of(grids: list[Place], key: str) -> Place | None:
    """The grid with this id among hers; None where none is named, 404 for another one."""
    if not key:
        return None
    found = next((grid for grid in grids if str(grid.pk) == key), None)
    if found is None:
        raise Http404
    return found

"""Staff pages for administrators: who works here, at which posts, with which login."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grid.access import StaffRequest, actor_of, needs
from grid.actions import staff as deeds
from grid.actions.audit import EditedMeanwhile
from grid.forms.staff import PostForm, StaffForm
from grid.models import Place, Post, Staff
from grid.queries import staff as queries
from grid.queries.places import places_of
from grid.rules.permissions import Permission
from grid.views.one_time import keep_once, take_once
from grid.views.versions import version_in

PAGE_SIZE = 50


@needs(Permission.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def staff_list(request: StaffRequest) -> HttpResponse:
    """Staff by name. Search words are posted, so that no phone stands in an address."""
    at, words = timezone.now(), request.POST.get("words", "")[:60].replace("\0", "")
    people = queries.staff_managed_by(request.user)
    idle = queries.without_post(people, at)
    shown = idle if request.GET.get("show") == "without_post" else people
    found = queries.search_staff(shown, words, at)
    page = Paginator(found, PAGE_SIZE).get_page(request.POST.get("page") or request.GET.get("page"))
    context: dict[str, Any] = {"page": page, "words": words, "hidden": {"words": words} if words else None}
    context |= {"without_post": idle.count(), "tasks_given_up": queries.tasks_given_up()}
    context["place"] = place = _place_in(request)
    context["action"] = reverse("staff_list") + (f"?place={place.pk}" if place else "")
    return render(request, "grid/staff_list.html", context)


@needs(Permission.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def staff_add(request: StaffRequest) -> HttpResponse:
    """A new member of staff with a first post; her one-time password is shown on the next page, once."""
    at = timezone.now()
    places = places_of(request.user, Permission.MANAGE_STAFF).open()
    form = StaffForm(request.POST or None, places=places, at=at, chosen=_place_in(request))
    if request.method == "POST" and form.is_valid():
        person = {name: form.cleaned_data[name] for name in ("user_name", "phone", "name")}
        try:
            staff, password = deeds.add_staff(**person, **form.post(), by=actor_of(request), at=at)
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            keep_once(request, staff.pk, password)
            return redirect("staff_detail", staff.pk)
    return render(request, "grid/staff_add.html", {"form": form}, status=422 if form.is_bound else 200)


@needs(Permission.MANAGE_STAFF)
@require_safe
def staff_detail(request: StaffRequest, staff_id: int) -> HttpResponse:
    """One member of staff: login, posts, and what an administrator may do."""
    return _detail(request, _find(request, staff_id))


@needs(Permission.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def post_add(request: StaffRequest, staff_id: int) -> HttpResponse:
    """A further post."""
    staff, at = _find(request, staff_id), timezone.now()
    places = places_of(request.user, Permission.MANAGE_STAFF).open()
    start = {"version": staff.version}
    form = PostForm(request.POST or None, places=places, at=at, chosen=_place_in(request), initial=start)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            deeds.add_post(staff_id=staff.pk, version=version, **form.post(), by=actor_of(request), at=at)
        except EditedMeanwhile:
            form = _with_version(request, form, staff)
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            messages.success(request, _("The post is given."))
            return redirect("staff_detail", staff.pk)
    context = {"form": form, "staff": staff, "posts": queries.posts_not_ended(staff, at)}
    return render(request, "grid/post_add.html", context, status=422 if form.is_bound else 200)


@needs(Permission.MANAGE_STAFF)
@require_POST
def post_end(request: StaffRequest, post_id: int) -> HttpResponse:
    """Ends a post from this moment on."""
    places = places_of(request.user, Permission.MANAGE_STAFF).values("pk")
    post = get_object_or_404(Post.objects.filter(place__in=places), pk=post_id)
    try:
        deeds.end_post(post_id=post.pk, by=actor_of(request), at=timezone.now())
    except ValidationError as fault:
        return _refused(request, post.staff_id, fault.messages[0])
    messages.success(request, _("The post is ended."))
    return redirect("staff_detail", post.staff_id)


@needs(Permission.MANAGE_STAFF)
@require_POST
def staff_reset_password(request: StaffRequest, staff_id: int) -> HttpResponse:
    """A new one-time password, shown on the next page, once."""
    staff = _find(request, staff_id)
    try:
        password = deeds.reset_password(
            staff_id=staff.pk, version=version_in(request), by=actor_of(request), at=timezone.now()
        )
    except EditedMeanwhile:
        return _refused(request, staff.pk, _("Somebody changed this a moment ago. Look again before you go on."))
    except ValidationError as fault:
        return _refused(request, staff.pk, fault.messages[0])
    keep_once(request, staff.pk, password)
    return redirect("staff_detail", staff.pk)


@needs(Permission.MANAGE_STAFF)
@require_POST
def staff_disable(request: StaffRequest, staff_id: int) -> HttpResponse:
    """Closes the login at once, or opens it again (`wanted`); asking twice changes nothing."""
    staff, wanted = _find(request, staff_id), request.POST.get("wanted")
    if wanted not in {"disabled", "enabled"}:
        raise Http404
    facts: dict[str, Any] = {"staff_id": staff.pk, "version": version_in(request), "by": actor_of(request)}
    try:
        if wanted == "disabled" and staff.is_active:
            deeds.disable(**facts, at=timezone.now())
        elif wanted == "enabled" and not staff.is_active:
            keep_once(request, staff.pk, deeds.enable(**facts, at=timezone.now()))
    except EditedMeanwhile:
        return _refused(request, staff.pk, _("Somebody changed this a moment ago. Look again before you go on."))
    except ValidationError as fault:
        return _refused(request, staff.pk, fault.messages[0])
    return redirect("staff_detail", staff.pk)


def _place_in(request: StaffRequest) -> Place | None:
    """The place from whose page she came to give somebody a post; None where the address names none of hers."""
    key = request.GET.get("place", "")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    return places_of(request.user, Permission.MANAGE_STAFF).open().filter(pk=key).first()


def _find(request: StaffRequest, staff_id: int) -> Staff:
    return get_object_or_404(queries.staff_managed_by(request.user), pk=staff_id)


def _detail(request: StaffRequest, staff: Staff, refusal: str = "", status: int = 200) -> HttpResponse:
    at = timezone.now()
    posts = list(Post.objects.filter(staff=staff).select_related("place").order_by("-since", "-pk"))
    for post in posts:
        post.mine = request.user.may(Permission.MANAGE_STAFF, post.place)  # type: ignore[attr-defined]
        post.ended = post.until is not None and post.until <= at  # type: ignore[attr-defined]
    whole = all(post.mine or post.ended for post in posts) and staff.pk != request.user.pk  # type: ignore[attr-defined]
    context = {"staff": staff, "posts": posts, "whole": whole, "refusal": refusal, "at": at}
    kept = take_once(request)
    context["one_time_password"] = kept[1] if kept and kept[0] == staff.pk else None
    return render(request, "grid/staff_detail.html", context, status=status)


def _refused(request: StaffRequest, staff_id: int, words: str) -> HttpResponse:
    return _detail(request, _find(request, staff_id), refusal=words, status=422)


def _with_version(request: HttpRequest, form: PostForm, staff: Staff) -> PostForm:
    """The same form with what was typed, on the version of now, saying that somebody was faster."""
    data = request.POST.copy()
    data["version"] = str(staff.version)
    fresh = PostForm(data, places=form.places, at=form.at)
    fresh.add_error(None, _("Somebody changed these posts a moment ago. Look at them below, then save again."))
    return fresh

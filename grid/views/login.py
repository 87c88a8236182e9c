"""Login, PIN and password pages."""

from datetime import datetime
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth import login as begin_session
from django.contrib.auth import logout as end_session
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from grid import held_posts, registries, sessions
from grid.access import StaffRequest, actor_of, needs, public
from grid.actions import logins
from grid.actions.logins import PinAnswer
from grid.forms.logins import FirstPasswordForm, LoginForm, OwnPasswordForm, PinForm, SetPinForm
from grid.models import Staff
from grid.rules.actors import SYSTEM, Actor
from grid.sessions import LoginState

_SECRETS = ("password", "pin", "pin_again", "old_password", "new_password1", "new_password2")


@sensitive_post_parameters(*_SECRETS)
@public
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """User name or phone, and password. The answer is the same whether the account exists or not."""
    if request.login_state is LoginState.LIVE:  # type: ignore[attr-defined]
        return redirect("home")
    form = LoginForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "grid/login.html", {"form": form}, status=422 if form.is_bound else 200)
    at, typed = timezone.now(), form.cleaned_data["username"]
    credentials = {"username": typed, "password": form.cleaned_data["password"]}
    if not AxesProxyHandler.is_allowed(request, credentials):
        return locked_out(request, None, credentials)
    staff = authenticate(request, **credentials)
    if isinstance(staff, Staff):
        return _let_in(request, staff, own_phone=form.cleaned_data["own_phone"], at=at)
    locked = bool(getattr(request, "axes_locked_out", False))
    logins.note_failed_login(typed=typed, locked=locked, by=SYSTEM, at=at)
    form.add_error(None, _("User name or password is wrong."))
    return render(request, "grid/login.html", {"form": form}, status=422)


def _let_in(request: HttpRequest, staff: Staff, *, own_phone: bool, at: datetime) -> HttpResponse:
    begin_session(request, staff)
    request.session.cycle_key()  # Django keeps the key where the same person logs in again
    device, token = sessions.known_device(request, staff), None
    if own_phone and device is None:
        device, token = logins.know_device(staff=staff, by=Actor.staff(staff.pk), at=at)
        sessions.begin_on_device(request, device)
    logins.note_login(staff=staff, device=device, by=Actor.staff(staff.pk), at=at)
    response = _go_on(request, staff, ask_for_pin=device is not None and not staff.pin)
    if token is not None:
        secure = bool(settings.SESSION_COOKIE_SECURE)
        age = sessions.DEVICE_COOKIE_AGE
        response.set_cookie(sessions.DEVICE_COOKIE, token, age, httponly=True, samesite="Lax", secure=secure)
    return response


def _go_on(request: HttpRequest, staff: Staff, *, ask_for_pin: bool = False) -> HttpResponse:
    """The next page after a login: new password, PIN, what was tapped before, the page asked for, the first page."""
    if staff.must_change_password:
        return redirect("change_password")
    if ask_for_pin:
        return redirect("set_pin")
    if held_posts.held(request):
        return redirect("continue_held")
    return redirect(sessions.page_to_open(request) or "home")


def locked_out(
    request: HttpRequest, _response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """Too many failures from this address for this name: says when to try again, not whether the name exists."""
    attempts = AxesProxyHandler.get_implementation().get_user_attempts(request, credentials)
    newest = max((found for rows in attempts if (found := rows.aggregate(at=Max("attempt_time"))["at"])), default=None)
    pause = get_cool_off(request)
    again_at = (newest or timezone.now()) + pause
    response = render(request, "grid/login_locked.html", {"again_at": again_at}, status=429)
    response["Retry-After"] = str(max(1, int((again_at - timezone.now()).total_seconds())))
    return response


@sensitive_post_parameters(*_SECRETS)
@public
@require_http_methods(["GET", "POST"])
def unlock(request: HttpRequest) -> HttpResponse:
    """The PIN after idling on a known device; after five misses the password."""
    staff, device = sessions.staff_of(request), sessions.device_of_session(request)
    if request.login_state is LoginState.LIVE:  # type: ignore[attr-defined]
        return redirect("home")
    if request.login_state is not LoginState.LOCKED or staff is None or device is None:  # type: ignore[attr-defined]
        return redirect("login")
    if device.pin_misses >= sessions.PIN_MISSES_ALLOWED:
        return redirect("login")
    form, at = PinForm(request.POST or None), timezone.now()
    if request.method == "POST" and form.is_valid():
        by, pin = Actor.staff(staff.pk), form.cleaned_data["pin"]
        answer = logins.try_pin(staff=staff, device=device, pin=pin, by=by, at=at)
        if answer is PinAnswer.RIGHT:
            sessions.open_again(request, at)
            request.user = staff
            return _go_on(request, staff)
        if answer is PinAnswer.PASSWORD_NEEDED:
            sessions.note_pin_used_up(request)
            return redirect("login")
        left = sessions.PIN_MISSES_ALLOWED - device.pin_misses
        form.add_error("pin", _("That was not it. Tries left: %(count)s.") % {"count": left})
    return render(request, "grid/unlock.html", {"form": form}, status=422 if form.is_bound else 200)


@public
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Ends the session, live or not."""
    staff = sessions.staff_of(request)
    if staff is not None:
        logins.note_logout(staff=staff, by=Actor.staff(staff.pk), at=timezone.now())
    end_session(request)
    return redirect("login")


@sensitive_post_parameters(*_SECRETS)
@needs(None)
@require_http_methods(["GET", "POST"])
def change_password(request: StaffRequest) -> HttpResponse:
    """Her own new password. After a one-time password nothing else opens before."""
    staff = request.user
    form_class = FirstPasswordForm if staff.must_change_password else OwnPasswordForm
    form = form_class(staff, request.POST or None)
    if request.method == "POST" and form.is_valid():
        password = form.cleaned_data["new_password1"]
        logins.change_password(staff=staff, password=password, by=actor_of(request), at=timezone.now())
        update_session_auth_hash(request, staff)
        messages.success(request, _("The new password is stored."))
        on_device = sessions.device_of_session(request) is not None
        return _go_on(request, staff, ask_for_pin=on_device and not staff.pin)
    context = {"form": form, "first": staff.must_change_password}
    return render(request, "grid/change_password.html", context, status=422 if form.is_bound else 200)


@sensitive_post_parameters(*_SECRETS)
@needs(None)
@require_http_methods(["GET", "POST"])
def set_pin(request: StaffRequest) -> HttpResponse:
    """Six digits for this phone; she may leave it for later and type the password instead."""
    if sessions.device_of_session(request) is None:
        return redirect("home")
    if request.method == "POST" and "later" in request.POST:
        return _go_on(request, request.user)
    form = SetPinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        logins.set_pin(staff=request.user, pin=form.cleaned_data["pin"], by=actor_of(request), at=timezone.now())
        messages.success(request, _("The PIN is stored. It opens this phone when it was left lying."))
        return _go_on(request, request.user)
    return render(request, "grid/set_pin.html", {"form": form}, status=422 if form.is_bound else 200)


@needs(None)
@require_http_methods(["GET", "POST"])
def continue_held(request: StaffRequest) -> HttpResponse:
    """What was tapped when the login had run out: one button sends it again, another drops it."""
    kept = held_posts.held(request)
    if kept is None or request.method == "POST":
        held_posts.forget(request)
        return redirect(sessions.page_to_open(request) or registries.home_for(request.user) or "home")
    return render(request, "grid/continue_held.html", {"path": kept["path"], "fields": kept["fields"]})

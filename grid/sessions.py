"""The login's two clocks: one password a working day, a PIN after idling on a phone known to be hers.

A session that has run out keeps its record (see `SESSION_COOKIE_AGE`), so that what was tapped in it can be kept for
the same person; it counts as logged out everywhere.
"""

from datetime import datetime
from enum import Enum

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.utils import timezone

from grid import sealing
from grid.models import KnownDevice, Staff

DEVICE_COOKIE = "device"
DEVICE_COOKIE_AGE = 180 * 24 * 3600
_PASSWORD_AT, _SEEN_AT, _DEVICE, _LOCKED, _NEXT = "password_at", "seen_at", "device", "locked", "next_page"
PIN_MISSES_ALLOWED = 5
PIN_USED_UP = "pin_used_up"


class LoginState(Enum):
    """Where a request's login stands."""

    NONE = "none"
    LIVE = "live"
    LOCKED = "locked"  # idle on a known device: the PIN opens it
    RUN_OUT = "run_out"  # the password is needed again


def begin_after_login(request: HttpRequest, user: Staff, **_kwargs: object) -> None:
    """Starts both clocks after the password was right (heard from Django's login)."""
    device = known_device(request, user)
    request.session[_PASSWORD_AT] = request.session[_SEEN_AT] = timezone.now().timestamp()
    request.session[_DEVICE] = device.pk if device else None
    request.session.pop(_LOCKED, None)
    request.session.pop(PIN_USED_UP, None)


def note_pin_used_up(request: HttpRequest) -> None:
    """The login page then says why the password is asked again."""
    request.session[PIN_USED_UP] = True


def state_of(request: HttpRequest, at: datetime) -> LoginState:
    """The state at the moment; a session that idled is marked, so that no clock can bring it back."""
    session = request.session
    started = session.get(_PASSWORD_AT)
    if started is None or not request.user.is_authenticated:
        return LoginState.NONE
    now = at.timestamp()
    if now - started >= settings.SESSION_LIFETIME:
        return LoginState.RUN_OUT
    on_known_device = session.get(_DEVICE) is not None
    idle = settings.SESSION_IDLE_KNOWN_DEVICE if on_known_device else settings.SESSION_IDLE_UNKNOWN_DEVICE
    if session.get(_LOCKED) or now - session[_SEEN_AT] >= idle:
        if not session.get(_LOCKED):
            session[_LOCKED] = True
        return LoginState.LOCKED if on_known_device and request.user.pin else LoginState.RUN_OUT  # type: ignore[union-attr]
    return LoginState.LIVE


def touch(request: HttpRequest, at: datetime) -> None:
    """Notes the request; written at most once a minute, so that a page is not a write."""
    if at.timestamp() - request.session[_SEEN_AT] >= 60:
        request.session[_SEEN_AT] = at.timestamp()


def staff_of(request: HttpRequest) -> Staff | None:
    """Whose session this is, live or not."""
    session_user = request.session.get("_auth_user_id")
    return get_user_model().objects.filter(pk=session_user, is_active=True).first() if session_user else None  # type: ignore[attr-defined,no-any-return]


def device_of_session(request: HttpRequest) -> KnownDevice | None:
    """The known device that the session was begun on."""
    return KnownDevice.objects.filter(pk=request.session.get(_DEVICE) or 0).first()


def known_device(request: HttpRequest, staff: Staff) -> KnownDevice | None:
    """The device of this browser, if this member of staff called it her own."""
    token = request.COOKIES.get(DEVICE_COOKIE, "")
    return KnownDevice.objects.filter(staff=staff, token_digest=device_digest(token)).first() if token else None


def begin_on_device(request: HttpRequest, device: KnownDevice) -> None:
    """Notes that this session runs on a device that was called her own a moment ago."""
    request.session[_DEVICE] = device.pk


def device_digest(token: str) -> bytes:
    """What is stored of a device's cookie."""
    return sealing.digest(token, context="device")


def open_again(request: HttpRequest, at: datetime) -> None:
    """Unlocks after the PIN; the password's clock runs on."""
    request.session.pop(_LOCKED, None)
    request.session[_SEEN_AT] = at.timestamp()
    request.session.cycle_key()


def remember_page(request: HttpRequest) -> None:
    """Keeps the page that was asked for in the session, so that no address rides through the login's own."""
    request.session[_NEXT] = request.get_full_path()[:500]


def page_to_open(request: HttpRequest) -> str | None:
    """The page asked for before the login; once."""
    page = request.session.pop(_NEXT, None)
    return page if isinstance(page, str) and page.startswith("/") and not page.startswith("//") else None

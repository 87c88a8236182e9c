"""How a member of staff proves who she is: hasher, backend, and what failed logins are counted by."""

from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from grid import sealing, sessions
from grid.models import Staff


class HouseArgon2Hasher(Argon2PasswordHasher):
    """argon2id at 19 MiB, two passes, one lane: the recommended floor, and bearable on a small server."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


class LengthValidator(MinimumLengthValidator):
    """Django's rule in our own words: its Chinese catalogue lacks this one."""

    def get_error_message(self) -> str:
        """Says how many characters are needed."""
        return _("Take at least %(count)s characters.") % {"count": self.min_length}

    def get_help_text(self) -> str:
        """The same, before anything was typed."""
        return self.get_error_message()


class NameOrPhoneBackend(ModelBackend):
    """User name or phone number, and password. An unknown name costs the same time as a wrong password."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Staff | None:
        """The member of staff, or None; which of the two was wrong, or run out, is never said."""
        if not username or not password:
            return None
        staff = Staff.objects.by_login(username)
        if staff is None:
            Staff().set_password(password)  # spends the time of a check
            return None
        if not staff.check_password(password) or not self.user_can_authenticate(staff):
            return None
        return None if staff.one_time_until is not None and staff.one_time_until <= timezone.now() else staff


def login_key(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """What failures are counted by, beside the address: whose login (name and phone are one), and on which phone.

    A digest, so that nothing typed by a stranger is kept.
    """
    typed = str((credentials or {}).get("username") or request.POST.get("username", ""))
    keys: dict[str, str] = request.__dict__.setdefault("login_keys", {})
    if typed not in keys:
        staff = Staff.objects.by_login(typed)
        device = sessions.known_device(request, staff) if staff else None
        who = f"staff {staff.pk} {device.pk if device else ''}" if staff else f"nobody {typed.strip().casefold()}"
        keys[typed] = sealing.digest(who, context="failed login").hex()
    return keys[typed]


def client_address(request: HttpRequest) -> str | None:
    """The browser's address: behind n proxies, what the outermost one of ours saw (the nth from the right)."""
    if settings.PROXY_COUNT:
        seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(seen) >= settings.PROXY_COUNT and (address := _address(seen[-settings.PROXY_COUNT])):
            return address
    return str(request.META.get("REMOTE_ADDR") or "") or None


def _address(text: str) -> str | None:
    """An IP address as some proxies write it (with a port, in brackets); None where it is none."""
    bare = text.partition("]")[0].lstrip("[") if text.startswith("[") else text
    for candidate in (bare, bare.rpartition(":")[0]):
        try:
            return str(ip_address(candidate))
        except ValueError:
            continue
    return None

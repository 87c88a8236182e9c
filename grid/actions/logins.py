"""Logging in and out, passwords, PINs and known devices."""

import secrets
from datetime import datetime
from enum import Enum

from django.contrib.auth.hashers import check_password, make_password
from django.db.models import F

from grid import sessions
from grid.actions.audit import deed
from grid.models import KnownDevice, Staff
from grid.rules.actors import SYSTEM, Actor


class PinAnswer(Enum):
    """What became of a try with the PIN."""

    RIGHT = "right"
    WRONG = "wrong"
    PASSWORD_NEEDED = "password_needed"  # noqa: S105  (five misses: the PIN opens nothing until the next login)


def note_login(*, staff: Staff, device: KnownDevice | None, by: Actor, at: datetime) -> None:
    """The password was right: the PIN of this device may be tried again."""
    with deed("logged_in", by=by, at=at, subject=staff, known_device=device is not None):
        if device is not None:
            KnownDevice.objects.filter(pk=device.pk).update(pin_misses=0)


def note_failed_login(*, typed: str, locked: bool, by: Actor = SYSTEM, at: datetime) -> None:
    """Somebody was refused. Names the member of staff where there is one, never what was typed."""
    with deed("login_locked" if locked else "login_failed", by=by, at=at, subject=Staff.objects.by_login(typed)):
        pass


def note_logout(*, staff: Staff, by: Actor, at: datetime) -> None:
    """She logged out."""
    with deed("logged_out", by=by, at=at, subject=staff):
        pass


def know_device(*, staff: Staff, by: Actor, at: datetime) -> tuple[KnownDevice, str]:
    """Makes a browser known as hers; the device and the token for its cookie, which is stored nowhere."""
    token = secrets.token_urlsafe(32)
    with deed("device_known", by=by, at=at, subject=staff):
        device = KnownDevice.objects.create(staff=staff, token_digest=sessions.device_digest(token), since=at)
    return device, token


def set_pin(*, staff: Staff, pin: str, by: Actor, at: datetime) -> None:
    """Stores the six digits as a hash."""
    with deed("pin_set", by=by, at=at, subject=staff):
        Staff.objects.filter(pk=staff.pk).update(pin=make_password(pin))


def try_pin(*, staff: Staff, device: KnownDevice, pin: str, by: Actor, at: datetime) -> PinAnswer:
    """Tries the PIN. The try is claimed before it is judged, so that guesses sent at once are no more than five."""
    tries = KnownDevice.objects.filter(pk=device.pk, pin_misses__lt=sessions.PIN_MISSES_ALLOWED)
    if not tries.update(pin_misses=F("pin_misses") + 1):
        return PinAnswer.PASSWORD_NEEDED
    if check_password(pin, staff.pin):
        with deed("unlocked", by=by, at=at, subject=staff):
            KnownDevice.objects.filter(pk=device.pk).update(pin_misses=0)
        return PinAnswer.RIGHT
    with deed("pin_wrong", by=SYSTEM, at=at, subject=staff):
        pass
    device.refresh_from_db(fields=["pin_misses"])
    return PinAnswer.WRONG if device.pin_misses < sessions.PIN_MISSES_ALLOWED else PinAnswer.PASSWORD_NEEDED


def change_password(*, staff: Staff, password: str, by: Actor, at: datetime) -> None:
    """Stores her own new password; her other sessions end, because a session is tied to the password's hash."""
    with deed("password_changed", by=by, at=at, subject=staff):
        staff.set_password(password)
        staff.must_change_password, staff.one_time_until = False, None
        staff.save(update_fields=["password", "must_change_password", "one_time_until"])

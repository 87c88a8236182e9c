"""The ground's deeds in the words of the audit. The apps above add theirs to `registries.DEEDS`."""

from typing import Any

from django.utils.translation import gettext_lazy as _

GROUND_DEEDS: dict[str, Any] = {
    "logged_in": _("Logged in"),
    "logged_out": _("Logged out"),
    "login_failed": _("Login refused"),
    "login_locked": _("Login locked after five failures"),
    "unlocked": _("Unlocked with the PIN"),
    "pin_wrong": _("Wrong PIN"),
    "pin_set": _("PIN set"),
    "device_known": _("Called a phone her own"),
    "password_changed": _("Password changed"),
    "password_reset": _("One-time password given"),
    "staff_added": _("Staff added"),
    "staff_disabled": _("Login closed"),
    "staff_enabled": _("Login opened again"),
    "post_added": _("Post given"),
    "post_ended": _("Post ended"),
    "place_added": _("Place added"),
    "place_renamed": _("Place renamed"),
    "place_closed": _("Place closed"),
}

"""The ground's deeds in the words of the audit. The apps above add theirs to `registries.DEEDS`."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grid.models.place import KIND_LABELS
from grid.models.staff import ROLE_LABELS
from grid.registries import FactWords

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
    "helper_added": _("Helper added"),
    "helper_until": _("Helper's last day changed"),
    "helper_ended": _("Helper ended"),
    "round_handed_over": _("Round handed over"),
    "round_taken_back": _("Round taken back"),
    "round_seen": _("Round handed over: acknowledged"),
    "place_added": _("Place added"),
    "place_renamed": _("Place renamed"),
    "place_closed": _("Place closed"),
    "place_reopened": _("Place opened again"),
    "place_merged": _("Place merged into another one"),
    "places_taken_in": _("List of places taken in"),
    "place_split": _("Place split"),
    "place_moved": _("Grid moved to another community"),
    "buildings_moved": _("Buildings moved to another grid"),
    "notice_seen": _("Notice acknowledged"),
    "demo_built": _("Demo built"),
}

GROUND_SUBJECTS: dict[str, Any] = {
    "staff": pgettext_lazy("audit", "member of staff"),
    "place": pgettext_lazy("audit", "place"),
    "notice": pgettext_lazy("audit", "notice"),
}

GROUND_FACTS: dict[str, FactWords] = {
    "role": FactWords(pgettext_lazy("audit", "post"), {str(role): label for role, label in ROLE_LABELS.items()}),
    "until": FactWords(pgettext_lazy("audit", "until")),
    **dict.fromkeys(
        ("helper_added.buildings", "post_added.buildings", "staff_added.buildings"),
        FactWords(pgettext_lazy("audit", "single buildings")),
    ),
    "known_device": FactWords(pgettext_lazy("audit", "on a phone called her own")),
    "kind": FactWords(pgettext_lazy("audit", "kind"), {str(kind): label for kind, label in KIND_LABELS.items()}),
    "code": FactWords(pgettext_lazy("audit", "code")),
    "places_taken_in.counts": FactWords(
        pgettext_lazy("audit", "rows"),
        {
            "new": _("New"),
            "renamed": _("Another name"),
            "moved": _("Another community"),
            "same": _("The same"),
            "refused": _("Refused"),
        },
    ),
    "into": FactWords(pgettext_lazy("audit", "into the place"), holds="place_code"),
    "fields": FactWords(
        pgettext_lazy("audit", "changed"),
        {"name": pgettext_lazy("audit", "name of the place"), "code": pgettext_lazy("audit", "code")},
    ),
}

"""The deeds on isolation and supplies in the words of the audit."""

from typing import Any

from django.utils.translation import gettext_lazy as _

ISOLATION_DEEDS: dict[str, Any] = {
    "rule_set_made": _("Rules of isolation made"),
    "case_opened": _("Isolation started"),
    "cases_opened": _("Isolations started from a list"),
    "cases_removed": _("Isolations of a list taken back"),
    "case_closed": _("Isolation closed"),
    "check_in_recorded": _("Check-in noted"),
    "check_in_corrected": _("Check-in corrected"),
    "check_in_withdrawn": _("Check-in undone"),
    "check_in_confirmed": _("Abnormal check-in confirmed"),
    "door_asked": _("Door asked about symptoms"),
}

SUPPLY_DEEDS: dict[str, Any] = {
    "supply_asked": _("Supplies asked for"),
    "supply_delivered": _("Supplies delivered"),
    "supply_reopened": _("Delivery taken back"),
    "supply_cancelled": _("Supply request cancelled"),
}

"""The deeds of the register and of lists in the words of the audit."""

from typing import Any

from django.utils.translation import gettext_lazy as _

REGISTER_DEEDS: dict[str, Any] = {
    "household_added": _("Household added"),
    "household_edited": _("Household changed"),
    "resident_added": _("Person added"),
    "resident_edited": _("Person changed"),
    "id_revealed": _("ID number looked at"),
    "list_uploaded": _("List uploaded"),
    "list_read": _("List compared with the register"),
    "list_confirmed": _("List confirmed"),
    "list_taken_in": _("List taken in"),
    "list_taken_back": _("List taken back"),
    "list_discarded": _("List thrown away"),
    "refused_rows_fetched": _("Refused rows fetched"),
}

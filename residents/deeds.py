"""The deeds of the register in the words of the audit."""

from typing import Any

from django.utils.translation import gettext_lazy as _

REGISTER_DEEDS: dict[str, Any] = {
    "household_added": _("Household added"),
    "household_edited": _("Household changed"),
    "resident_added": _("Person added"),
    "resident_edited": _("Person changed"),
    "id_revealed": _("ID number looked at"),
}

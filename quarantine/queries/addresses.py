"""Addresses outside the portal, as an administrator may see them: whole when she types them, masked ever after."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grid.models import Place, Staff
from grid.rules.permissions import Permission
from quarantine.models import AlertAddress

SHOWN_AFTER_END = timedelta(days=1)


class Line(NamedTuple):
    """One address with what may be shown of it."""

    address: AlertAddress
    masked: str


def addresses_of(staff: Staff) -> Any:
    """Addresses at the places whose rules she keeps."""
    rows = AlertAddress.objects.visible_to(staff, Permission.MANAGE_RULES)
    return rows.select_related("grid")


def lines_of(staff: Staff, at: datetime) -> list[tuple[Place, list[Line]]]:
    """Those that stand, and those switched off since yesterday, by place, the higher places first."""
    rows = addresses_of(staff).exclude(ended_at__lt=at - SHOWN_AFTER_END)
    order = (F("ended_at").asc(nulls_first=True), "-level", "pk")
    lines: dict[int, tuple[Place, list[Line]]] = {}
    for address in rows.order_by("grid__path", *order):
        line = Line(address, masked(address.kind, address.facts))
        lines.setdefault(address.grid_id, (address.grid, []))[1].append(line)
    return list(lines.values())


def masked(kind: str, facts: Mapping[str, Any]) -> str:
    """The host, and how many it reaches: enough to tell two apart, too little to send anything."""
    if not facts:
        return _("cannot be opened any more: switch it off and add it anew")
    if kind == "email":
        count = len(facts["to"])
        people = ngettext("%(count)s person", "%(count)s people", count) % {"count": count}
        return f"{facts['server']} · {people}"
    host = urlsplit(facts["url"]).hostname or ""
    if kind == "sms":
        count = len(facts["phones"])
        return f"{host} · " + ngettext("%(count)s phone", "%(count)s phones", count) % {"count": count}
    return _("%(host)s, ends in %(tail)s") % {"host": host, "tail": facts["url"][-4:]}

"""What the result of a list says of the readings that it brought."""

from datetime import datetime
from typing import Any

from grid.models import Staff
from quarantine.queries.cases import check_ins_in_sight, slot_word
from quarantine.rules.list_readings import CHANNEL, alerting_since, uuid_of

_SHOWN = 100


def abnormal_of_list(staff: Staff, batch: Any, at: datetime) -> dict[str, Any]:
    """The panel of a list's result: who is abnormal by it, and for whom no alert was raised because it is long ago."""
    if batch.committed_at is None or batch.state != "done" or not batch.counts.get("readings_abnormal"):
        return {"rows": []}
    rows = check_ins_in_sight(staff).filter(received_at=batch.committed_at, channel=CHANNEL, abnormal=True)
    rows = rows.filter(grid__path__startswith=batch.grid.path).select_related("case__resident__household")
    since, found = alerting_since(batch.committed_at), []
    for row in rows.order_by("-local_day", "case__resident__household__walk_key", "pk"):
        if row.uuid == uuid_of(batch.pk, row.case_id, row.local_day, row.slot, row.temperature):
            found.append({"row": row, "slot": slot_word(row.slot), "alerted": row.observed_at >= since})
    return {"rows": found[:_SHOWN], "more": len(found) - _SHOWN}

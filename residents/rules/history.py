"""History: what two versions of a row, one after the other, say that somebody changed; and what can be undone of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# What an undo may put back by itself. The rest has deeds of its own: moves, leaving, merges, the ID number.
UNDOABLE = {
    "resident": frozenset(
        {"name", "sex", "birth_date", "phones", "relation", "residency", "care_tags", "away_until", "bed", "note"}
    ),
    "household": frozenset({"compound", "building", "unit", "room", "note", "empty_since"}),
}
# Deeds that only wrote fields. Any other one meant more than its fields say, and has a way back of its own.
PLAIN_DEEDS = frozenset(
    {
        "resident_edited", "household_edited", "change_undone", "list_taken_in", "presence_noted", "beds_changed",
        "resident_away", "resident_not_away",
    }
)  # fmt: skip
_MERGES = frozenset({"people_merged", "people_unmerged", "households_joined", "households_parted"})
MOVING = frozenset({"household", "grid", "street"})
LEAVING = frozenset({"left_on", "left_reason"})
MERGING = frozenset({"merged_into"})


@dataclass(frozen=True)
class Event:
    """One version of a row, as the database kept it."""

    kind: str  # model name in lower case
    number: int  # rises with time
    key: int  # id of the row
    label: str  # "insert", "update", "delete"
    at: datetime
    staff_id: int | None
    deed: str  # name of the deed; "" where none is known
    context: Any  # what belongs to one deed has the same; None: unknown
    values: Mapping[str, Any]


@dataclass(frozen=True)
class FieldChange:
    """One field, before and after."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Change:
    """What one deed did to one row. `event` is the version that the deed left."""

    event: Event
    label: str
    fields: tuple[FieldChange, ...]

    @property
    def names(self) -> frozenset[str]:
        """The fields that got another value."""
        return frozenset(field.name for field in self.fields)


def changes_of(events: Iterable[Event]) -> list[Change]:
    """The changes that versions in the order of time tell, oldest first; versions of one deed are one change.

    The first version tells a change only where it is the row's beginning: else nobody knows what was before.
    """
    changes: list[Change] = []
    last: dict[tuple[str, int], Event] = {}
    started: dict[tuple[str, int], tuple[Event | None, str]] = {}
    for event in events:
        row = (event.kind, event.key)
        before = last.get(row)
        same_deed = before is not None and event.context is not None and event.context == before.context
        if same_deed and changes and row in started:
            base, label = started[row]
            changes = [change for change in changes if change.event is not before]
        else:
            base, label = before, event.label
            started[row] = (base, label)
        last[row] = event
        if base is None and label != "insert":
            started.pop(row)
            continue
        shown = "delete" if event.label == "delete" else label
        changes.append(Change(event, shown, _differing(base, event) if shown != "delete" else ()))
    return changes


def _differing(before: Event | None, after: Event) -> tuple[FieldChange, ...]:
    fields = []
    for name, value in after.values.items():
        old = before.values.get(name) if before is not None else None
        if old != value and not (before is None and value in (None, "", [], False)):
            fields.append(FieldChange(name, old, value))
    return tuple(fields)


def why_not_undone(change: Change, now: Mapping[str, Any], *, with_number: bool) -> str:
    """Why the change cannot be undone from the history, as a code; "" where it can.

    `now` holds the row's values of now; `with_number`: the same deed changed the ID number, which has no history.
    """
    if change.label != "update" or not change.fields:
        return "nothing"
    if change.names & MERGING or change.event.deed in _MERGES:
        return "merge"
    if change.names & MOVING:
        return "move"
    if change.names & LEAVING:
        return "left"
    if with_number:
        return "number"
    if change.event.deed not in PLAIN_DEEDS:
        return "other"
    if not change.names <= UNDOABLE.get(change.event.kind, frozenset()):
        return "nothing"
    if any(now[field.name] != field.after for field in change.fields):
        return "since"
    return ""

"""A round on paper: the code of each row, and the moment that a ticked row speaks of.

A code is the last digits of the case's number and a check digit over the whole of it, the day and the slot. So it is
the same on every print of a sheet, whoever joins or leaves the round in between; a slip of one digit, and nearly every
sheet keyed under another day, meets no row. Nothing is stored of a print.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zlib import crc32

from stdnum.iso7064 import mod_11_10

from quarantine.rules import case_clock
from quarantine.rules.case_clock import Slot, SlotOfDay

_SHORT = 3  # digits of the case's number
_LETTERS = {"morning": "A", "evening": "B"}


def codes_of(case_ids: Iterable[int], day: date, slot: str) -> dict[int, str]:
    """The code of each case on one sheet. Where two would be the same, both get their whole numbers."""
    whole = {key: f"{key:0{_SHORT}}{_check_digit(key, day, slot)}" for key in case_ids}
    short = {key: code[-_SHORT - 1 :] for key, code in whole.items()}
    shared = Counter(short.values())
    return {key: whole[key] if shared[code] > 1 else code for key, code in short.items()}


def _check_digit(case_id: int, day: date, slot: str) -> str:
    # What says day and slot stands before the number: a slip in the number is then always seen.
    of_slot = crc32(f"{day.isoformat()} {slot}".encode()) % 100_000
    return mod_11_10.calc_check_digit(f"{of_slot:05}{case_id:0{_SHORT}}")  # type: ignore[no-any-return]


def sheet_number(grid_id: int, day: date, slot: str) -> str:
    """What stands on every page of a sheet: 17-0304-A."""
    return f"{grid_id}-{day:%m%d}-{_LETTERS.get(slot, slot)}"


def slot_named(day: date, name: str, slots: Sequence[Slot]) -> SlotOfDay | None:
    """The slot of that name on that day; None where the rules know none then."""
    return next((case_clock.slot_on(day, slot) for slot in slots if slot.name == name and slot.runs_on(day)), None)


def moment_in(slot: SlotOfDay, slots: Sequence[Slot], at: datetime) -> datetime | None:
    """When something was observed of which paper or a list says no more than day and slot; None before it begins.

    While the slot runs: now. Else its last minute: all that is known is that it was not later.
    """
    if at < slot.starts_at:
        return None
    coming = next(case_clock.slots_after(slot.starts_at, slots)).starts_at
    return at if at < coming else max(slot.starts_at, min(slot.until, coming) - timedelta(minutes=1))

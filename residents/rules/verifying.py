"""Names to verify: who of several lists is one person, what the lists say together, who gets which visit.

A person on several lists is one visit; two people are never made one visit by a guess. What is neither sure nor ruled
out is asked.
"""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

from residents.rules.names import key_of
from residents.rules.pinyin import pinyin_of

Door = tuple[str, str, str, str]  # compound, building, unit, room


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one list says of somebody, or all lists so far. Empty: not said, which speaks neither for nor against."""

    name: str = ""
    number: Hashable = None  # equal for the same document and only then
    id_type: str = ""
    sex: str = ""
    birth_date: date | None = None
    phones: frozenset[str] = frozenset()
    door: Door = ("", "", "", "")
    resident: int | None = None  # the only person of the register who fits, by number, or by name and door or phone


def is_same(one: Said, other: Said) -> bool | None:
    """Whether both are the same person; None where only somebody who knows them can say.

    The same document is the same person, and who is the same resident of the register; the same name with a phone or a
    whole door in common is, unless something speaks against it. The same name alone is asked about, as is one phone of
    which a list names nobody.
    """
    if one.number and other.number and one.id_type == other.id_type:
        return one.number == other.number
    if one.resident and other.resident:
        return one.resident == other.resident
    if not (one.name and other.name):
        return None if one.phones & other.phones else False
    near = bool(one.phones & other.phones) or _same_door(one.door, other.door)
    against = _contradict(one.sex, other.sex) or _contradict(one.birth_date, other.birth_date)
    if key_of(one.name) == key_of(other.name):
        if near:
            return None if against else True
        apart = against or (_differ(one.phones, other.phones) and _far_apart(one.door, other.door))
        return False if apart else None
    same_sound = pinyin_of(one.name)[0] == pinyin_of(other.name)[0]
    return None if same_sound and near and not against else False


def _same_door(one: Door, other: Door) -> bool:
    return bool(one[1] and one[3]) and one == other


def _far_apart(one: Door, other: Door) -> bool:
    """Whether two doors cannot be one written in two ways: both tell building and room, and one of these differs."""
    return all((one[1], one[3], other[1], other[3])) and (one[1], one[3]) != (other[1], other[3])


def _contradict(one: Any, other: Any) -> bool:
    return bool(one and other and one != other)


def _differ(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other) and not one & other


def together(sources: Sequence[Any]) -> dict[str, Any]:
    """What several lists say of one person, the earliest first: each fact as it was said first, and every phone.

    `sources` have the facts as attributes. The last return counts: who travelled again is looked for because of that.
    """
    facts: dict[str, Any] = {
        name: next((value for one in sources if (value := getattr(one, name))), None)
        for name in ("name", "id_type", "id_sealed", "id_digest", "id_tail_digest", "sex", "birth_date", "address")
    }
    facts["phones"] = list(dict.fromkeys(phone for one in sources for phone in one.phones))
    whole = [one for one in sources if one.building and one.room]
    door = next(iter(whole or [one for one in sources if any(door_of(one))]), None)
    facts |= dict(zip(("compound", "building", "unit", "room"), door_of(door) if door else ("",) * 4, strict=True))
    facts["first_day"] = max((one.first_day for one in sources if one.first_day), default=None)
    facts["note"] = "；".join(dict.fromkeys(one.note for one in sources if one.note))[:200]
    texts = ("name", "id_type", "sex", "address")
    return facts | {name: facts[name] or "" for name in texts}


def door_of(row: Any) -> Door:
    """The door of anything that says it in its four parts."""
    return (row.compound, row.building, row.unit, row.room)


def needs_visit_again(
    *, answered_on: date, found: bool, first_day: date | None, known_phones: Collection[str], phones: Collection[str],
    door: Door, known_door: Door,
) -> bool:  # fmt: skip
    """Whether a later list sends somebody to a person whom somebody has answered for already.

    It does where she came back after that day. Who was not found is also looked for again where the list knows more:
    another phone or door. Who was found is not visited twice for the same news.
    """
    if first_day is not None and first_day > answered_on:
        return True
    return not found and (bool(set(phones) - set(known_phones)) or (any(door) and door != known_door))


def shared_evenly(doors: Iterable[tuple[Hashable, Sequence[int]]], load: dict[int, int]) -> dict[int, int]:
    """Row → worker, so that all have about as much to do. `doors` in walking order, each with its rows; one door is one
    worker's, and neighbours stay together as far as that goes.

    `load`: worker → what she has already; at least one worker.
    """
    doors = list(doors)
    left, shared = sum(len(rows) for _door, rows in doors), {}
    workers = sorted(load, key=lambda worker: (load[worker], worker))
    goal = (left + sum(load.values())) / len(workers)
    room = {worker: max(goal - load[worker], 0) for worker in workers}
    scale = left / (sum(room.values()) or 1)  # less than 1 where somebody has more than the goal already
    ends = list(accumulate(room[worker] * scale for worker in workers))
    given = turn = 0
    for _door, rows in doors:
        # A door is theirs in whose stretch of the way its middle lies.
        while turn < len(workers) - 1 and given + len(rows) / 2 > ends[turn]:
            turn += 1
        shared.update(dict.fromkeys(rows, workers[turn]))
        given += len(rows)
    return shared

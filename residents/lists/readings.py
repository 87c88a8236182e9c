"""Lists of readings: people who are known, days across. The app that keeps cases judges and stores what they say.

Nobody is made of such a list and nothing of a person is changed: a row finds its person as in any list, and its
readings are handed, by `ListKind.readings`, to whoever keeps them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from grid.models import Place
from grid.rules.actors import Actor
from residents.lists.grids import NOT_BELOW, SHARED
from residents.lists.matching import Judged, judge, known_people
from residents.lists.rows import PersonRow
from residents.lists.temperatures import CheckIns
from residents.models import ImportBatch, ImportRow

# Reasons that say no more than that nobody of the register fits.
_NOBODY = frozenset({"door_missing", "grid_missing", "door_in_other_grid", NOT_BELOW, SHARED})


@dataclass(frozen=True, slots=True)
class Asked:
    """A row of a known person."""

    resident_id: int
    check_ins: CheckIns


@dataclass(slots=True)
class Answer:
    """What is to become of a row's readings: how many are new, stored already, not to be stored, words without a
    number; how many of the new ones are abnormal. `fault` is the code of why nothing is stored, or of what is not."""

    new: int = 0
    same: int = 0
    left: int = 0
    in_words: int = 0
    abnormal: int = 0
    fault: str = ""


@dataclass(frozen=True)
class Keeper:
    """Who keeps readings.

    `judge` answers the rows in their order, at a moment. `take_in` stores them by the list's id, in the caller's
    transaction, and answers what became of each row. `take_back` says how many it took back and how many stay.
    """

    judge: Callable[[Sequence[Asked], datetime], list[Answer]]
    take_in: Callable[..., list[Answer]]  # rows, list_id, by, at, note_progress
    take_back: Callable[..., tuple[int, int]]  # list_id, place, since, by, at


@dataclass
class Readings:
    """How many readings of a list are what."""

    numbers: Counter[str] = field(default_factory=Counter)

    def add(self, answer: Answer) -> None:
        """Counts a row."""
        self.numbers.update({
            "readings": answer.new, "readings_same": answer.same, "readings_left": answer.left,
            "readings_in_words": answer.in_words, "readings_abnormal": answer.abnormal,
            "people_abnormal": bool(answer.abnormal),
        })  # fmt: skip

    def counts(self) -> dict[str, int]:
        """As the list keeps them."""
        return {name: int(number) for name, number in self.numbers.items()}


def judge_rows(
    people: list[PersonRow], keeper: Keeper, *, place: Place, digests: list[bytes | None], at: datetime
) -> tuple[list[Judged], dict[str, int]]:
    """A verdict for every row, and how many readings are what. Of a person there may be a row for each day."""
    judged = judge(people, place=place, default_grid=None, digests=digests, once=False)
    for row in judged:
        row.differing, row.filling = [], []
        if row.verdict == "new" or _NOBODY & {code.partition(":")[0] for code in row.problems.values()}:
            row.verdict, row.problems, row.household_id, row.grid_id = "refused", {"row": "nobody_fits"}, None, None
    found = [(person, row) for person, row in zip(people, judged, strict=True) if row.verdict != "refused"]
    asked = [Asked(row.resident_id or 0, person.check_ins) for person, row in found]
    readings = Readings()
    for (_person, row), answer in zip(found, keeper.judge(asked, at), strict=True):
        readings.add(answer)
        row.verdict = verdict_of(answer)
        row.problems = {"row": answer.fault} if answer.fault else {}
    return judged, readings.counts()


def verdict_of(answer: Answer) -> str:
    """Something is stored of the row, all is stored already (or all is blank), or nothing can be."""
    if answer.new:
        return "changed"
    return "same" if answer.same or not answer.fault else "refused"


def count_again(batch: ImportBatch, keeper: Keeper, rows: Iterable[tuple[ImportRow, PersonRow]], at: datetime) -> Any:
    """How many readings of these rows are what by now."""
    readings = Readings()
    for answer in keeper.judge(_asked(rows), at):
        readings.add(answer)
    return dict.fromkeys(batch.counts.keys() & _NAMES, 0) | readings.counts()


_NAMES = {
    "readings", "readings_same", "readings_left", "readings_in_words", "readings_abnormal", "people_abnormal",
}  # fmt: skip


def take_in(
    batch: ImportBatch,
    keeper: Keeper,
    rows: list[tuple[ImportRow, PersonRow]],
    *,
    by: Actor,
    at: datetime,
    note_progress: Callable[[int], object],
) -> tuple[dict[str, list[int]], dict[str, int]]:
    """Stores the readings of the rows; code of refusal → ids of rows refused after all, and how many are what."""
    known = known_people([row.resident_id for row, _person in rows if row.resident_id], lock=True)
    here = {key for key, person in known.items() if person.grid_path.startswith(batch.grid.path)}
    refused = {"changed_meanwhile": [row.pk for row, _person in rows if row.resident_id not in here]}
    rows = [(row, person) for row, person in rows if row.resident_id in here]
    answers = keeper.take_in(_asked(rows), list_id=batch.pk, by=by, at=at, note_progress=note_progress)
    readings = Readings()
    for (row, _person), answer in zip(rows, answers, strict=True):
        readings.add(answer)
        if verdict_of(answer) == "refused":
            refused.setdefault(answer.fault, []).append(row.pk)
    return {code: ids for code, ids in refused.items() if ids}, dict.fromkeys(_NAMES, 0) | readings.counts()


def take_back(batch: ImportBatch, keeper: Keeper, *, by: Actor, at: datetime) -> None:
    """Takes back what nobody worked on since, and notes how many readings that were."""
    back, kept = keeper.take_back(list_id=batch.pk, place=batch.grid, since=batch.committed_at, by=by, at=at)
    counts = {**batch.counts, "taken_back": back, "kept": kept}
    ImportBatch.unscoped.filter(pk=batch.pk).update(counts=counts)


def _asked(rows: Iterable[tuple[ImportRow, PersonRow]]) -> list[Asked]:
    return [Asked(row.resident_id or 0, person.check_ins) for row, person in rows]

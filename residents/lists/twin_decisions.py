"""What the user says of rows that may be somebody, what follows for them, and what of it still holds at the commit."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from residents.lists.blocks import said_by
from residents.lists.commit import Ready
from residents.lists.matching import FILLED, PLAIN_FACTS, Judged, Known, compare, known_people
from residents.lists.twins import of_row, people_known
from residents.models import ImportBatch, ImportRow, ImportTwin
from residents.rules.twins import suspicion

# Of the list's decisions those about two people who are in the register now. SKIP LOCKED: whoever moves or merges one
# of them at this moment is not waited for; the night finds the pair and asks.
_KEEP_APART = """
    INSERT INTO residents_twinpair
        (first_id, second_id, grid_id, strength, reasons, found_at, decision, decided_at, decided_by_id)
    SELECT one.id, other.id, one.grid_id, pair.strength, pair.reasons, %(at)s, 'apart', %(at)s, %(by)s
    FROM residents_importtwin pair
    JOIN residents_importrow mine ON mine.id = pair.row_id AND mine.verdict = 'new' AND NOT mine.left_out
    LEFT JOIN residents_importrow its ON its.id = pair.other_id AND its.verdict <> 'refused' AND NOT its.left_out
    JOIN residents_resident one ON one.id = least(mine.resident_id, coalesce(pair.resident_id, its.resident_id))
    JOIN residents_resident other ON other.id = greatest(mine.resident_id, coalesce(pair.resident_id, its.resident_id))
    WHERE pair.batch_id = %(batch)s AND pair.decision = 'apart' AND one.id <> other.id
      AND one.merged_into_id IS NULL AND other.merged_into_id IS NULL
    ORDER BY one.id, other.id FOR KEY SHARE OF one, other SKIP LOCKED
    ON CONFLICT (first_id, second_id) DO NOTHING"""
_LINK_DOORS = """
    UPDATE residents_importrow w SET household_id = r.household_id, grid_id = r.grid_id
    FROM residents_importtwin pair, residents_resident r
    WHERE pair.batch_id = %(batch)s AND pair.decision = 'same' AND pair.row_id = w.id AND r.id = w.resident_id"""

# verdict, problems, resident, fields that differ, fields that are filled in
Outcome = tuple[str, dict[str, str], int | None, list[str], list[str] | None]
_NEW: Outcome = ("new", {}, None, [], None)


def undecided(batch: ImportBatch) -> QuerySet[ImportTwin]:
    """The suspicions on which nobody has decided, of rows that would be taken in as new."""
    both = Q(other=None) | Q(other__verdict="new", other__left_out=False)
    rows: QuerySet[ImportTwin] = batch.twins.filter(both, decision="", row__verdict="new", row__left_out=False)
    return rows


def rows_undecided(batch: ImportBatch) -> int:
    """How many rows may be somebody on whom nobody has decided."""
    return undecided(batch).order_by().values("row").distinct().count()


def counts(batch: ImportBatch) -> dict[str, Any]:
    """What decisions change of the preview's counts: rows undecided, where list and register differ, what it fills."""
    found: Counter[str] = Counter()
    filled: Counter[str] = Counter()
    differing = 0
    changed = batch.rows.filter(verdict="changed", left_out=False).order_by()
    for names, fills, rows in changed.values_list("differing", "filling").annotate(Count("pk")):
        found.update(dict.fromkeys(names, rows))
        filled.update(dict.fromkeys(fills or (), rows))
        differing += rows if set(names) - {"address"} else 0
    fields = {name: found[name] for name in PLAIN_FACTS if found[name]}
    fills = {name: filled[name] for name in FILLED if filled[name]}
    return {"fields": fields, "fills": fills, "differing": differing, "twins": rows_undecided(batch)}


# -- while it is looked at ------------------------------------------------------------------------------------------


def decide(batch: ImportBatch, pairs: Collection[ImportTwin], decision: str) -> int:
    """Notes what was said of pairs ("apart", "same", "": ask again) and what follows; how many rows could not be kept.

    A row that is told to be two people, or somebody who is not here any more, stays as it was. What rows mean follows
    from all that was said together, so that it never depends on the order in which it was said.
    """
    chosen = {pair.pk for pair in pairs}
    stood = [pair for pair in batch.twins.filter(decision="same").select_related("row") if pair.pk not in chosen]
    rows = {pair.row_id: pair.row for pair in [*stood, *pairs]}
    meant = _Meant(batch, [*stood, *(pairs if decision == "same" else [])], rows)
    kept = [rows[key] for key in sorted(rows) if meant.settle(key)]
    ImportRow.unscoped.bulk_update(kept, ["verdict", "problems", "resident_id", "differing", "filling"])
    sound = {row.pk for row in kept}
    ImportTwin.unscoped.filter(pk__in=[pair.pk for pair in pairs if pair.row_id in sound]).update(decision=decision)
    return len({pair.row_id for pair in pairs} - sound)


def settle_again(batch: ImportBatch) -> None:
    """What follows from all that was said, now that other rows are left out: of a row left out nobody is an other."""
    decide(batch, [], "same")


class _Meant:
    """Whom each row means, row after row: a row may mean an earlier one."""

    def __init__(self, batch: ImportBatch, same: list[ImportTwin], rows: dict[int, ImportRow]) -> None:
        self.rows, self.said = rows, defaultdict(list)
        listed = list(rows.values())
        self.listed = {row.pk: said[0] for row, said in zip(listed, said_by(listed), strict=True)}
        for pair in same:
            self.said[pair.row_id].append(pair)
        self.known = _people_here(batch, same)
        others = batch.rows.filter(resident_id__in=self.known, verdict__in=("changed", "same")).exclude(pk__in=rows)
        self.row_of = {row.resident_id: row.number for row in others}  # person → row that means her already
        earlier = batch.rows.filter(pk__in=[pair.other_id for pair in same if pair.other_id], left_out=False)
        self.earlier = {row.pk: rows.get(row.pk, row) for row in earlier}

    def settle(self, key: int) -> bool:
        """Sets on a row what becomes of it; False where what was said of it contradicts itself."""
        if outcome := self._outcome(key):
            row = self.rows[key]
            row.verdict, row.problems, row.resident_id, row.differing, row.filling = outcome
        return outcome is not None

    def _outcome(self, key: int) -> Outcome | None:
        people = {pair.resident_id for pair in self.said[key] if pair.resident_id}
        earlier = sorted(pair.other_id for pair in self.said[key] if pair.other_id in self.earlier)
        if not people and not earlier:
            return _NEW
        if len(people) > 1:
            return None
        person = people.pop() if people else None
        if earlier:
            first = self.earlier[earlier[0]]
            return None if person and first.resident_id != person else _twice(first.number)
        return self._outcome_of_person(self.rows[key], self.known.get(person or 0))

    def _outcome_of_person(self, row: ImportRow, known: Known | None) -> Outcome | None:
        if known is None:
            return None
        if known.id in self.row_of:
            return _twice(self.row_of[known.id])
        self.row_of[known.id] = row.number
        fills, differs = compare(self.listed[row.pk], known)
        return "changed" if fills or differs else "same", {}, known.id, sorted(differs), sorted(fills) or None


def _twice(number: int) -> Outcome:
    return "refused", {"row": f"twice_in_file:{number}"}, None, [], None


def _people_here(batch: ImportBatch, pairs: list[ImportTwin]) -> dict[int, Known]:
    """The people of pairs who are current and live in the list's place still."""
    current = people_known([pair.resident_id for pair in pairs if pair.resident_id])
    found = known_people(sorted(current))
    return {key: known for key, known in found.items() if known.grid_path.startswith(batch.grid.path)}


# -- when it is taken in --------------------------------------------------------------------------------------------


def said_of(batch: ImportBatch, ready: Sequence[Ready]) -> dict[int, ImportTwin]:
    """Place among these rows → the pair of which the user said that it is one person."""
    pairs = {pair.row_id: pair for pair in batch.twins.filter(decision="same", resident_id__isnull=False)}
    return {place: pairs[item.row.pk] for place, item in enumerate(ready) if item.row.pk in pairs}


def doubted(ready: Sequence[Ready], judged: list[Judged], said: dict[int, ImportTwin]) -> list[Judged]:
    """The verdicts, refused where the register speaks less for a pair than when the user looked at it.

    The people are locked since they were judged. One query, where anything was said.
    """
    stored = people_known([pair.resident_id for pair in said.values() if pair.resident_id]) if said else {}
    for place, pair in said.items():
        item, known = ready[place], stored.get(pair.resident_id or 0)
        seen = known and suspicion(of_row(item.person, item.row.grid_id), known)
        if judged[place].verdict != "refused" and not (seen and seen.strength >= pair.strength):
            judged[place] = Judged("refused", {"row": "changed_meanwhile"})
    return judged


def settle(batch: ImportBatch, by_id: int | None, at: datetime) -> int:
    """Keeps for the register who was told apart, so that nobody is asked again; nothing else of it is needed then.

    Returns how many rows were taken in as new though they may be somebody.
    """
    facts: dict[str, Any] = {"batch": batch.pk, "by": by_id, "at": at}
    waiting = rows_undecided(batch)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_APART, facts)
        cursor.execute(_LINK_DOORS, facts)
    batch.twins.all().delete()
    return waiting

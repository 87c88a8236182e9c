"""Rows of a list from outside → names to verify: who is one visit, what waits already, and taking that back.

Set-based: a fixed number of queries however long the list. `actions.lists` holds the transactions.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import combinations
from typing import Any

from django.db.models import F, Q

from grid.bulk import copy_rows, reserve_ids
from grid.models import Place
from grid.rules.clock import local_day
from residents.identity import identity_fields
from residents.lists.grids import Communities
from residents.lists.matching import Judged, digests_of, door_of, number_of, residents_meant
from residents.lists.rows import PersonRow
from residents.models import ImportBatch, ImportRow, NameSource, NameToVerify, Resident
from residents.models.names import FOUND
from residents.rules import addresses, verifying
from residents.rules.names import key_of
from residents.rules.verifying import Said

FACTS = (
    "name", "id_type", "id_sealed", "id_digest", "id_tail_digest", "sex", "birth_date", "phones", "address", "compound",
    "building", "unit", "room", "first_day", "note",
)  # fmt: skip
_MOST_ALIKE = 50  # compared with a row: one name and one phone a thousand times must not hold everybody up
_SOURCE_COLUMNS = ("of_id", "batch_id", "list_name", "row", "said_at", "deadline", "faults", "added_phones", *FACTS)
_NAME_COLUMNS = (
    "id", "grid_id", "street_id", "name_key", "walk_key", "deadline", "state", "created_at", "version", "tries",
    "apart", *FACTS,
)  # fmt: skip


@dataclass(eq=False)
class Visit:
    """Rows of a list that are one person, and the name of before that she is, if any."""

    said: Said
    rows: list[int] = field(default_factory=list)  # ordinals
    known: NameToVerify | None = None

    def add(self, said: Said, row: int) -> None:
        """One more row of the same person; what she was called and where she lives stays as it was said first."""
        one = self.said
        self.said = replace(
            one, name=one.name or said.name, number=one.number or said.number, id_type=one.id_type or said.id_type,
            sex=one.sex or said.sex, birth_date=one.birth_date or said.birth_date, phones=one.phones | said.phones,
            door=one.door if one.door[1] and one.door[3] else said.door, resident=one.resident or said.resident,
        )  # fmt: skip
        self.rows.append(row)


def said_by(person: PersonRow, digest: bytes | None, resident: int | None) -> Said:
    """What a row says, as far as it tells one person from another."""
    return Said(
        resident=resident,
        name=person.name, number=digest, id_type=person.id_type or "", sex=person.sex or "",
        birth_date=person.birth_date, phones=frozenset(person.phones), door=door_of(person),
    )  # fmt: skip


def said_of(name: NameToVerify, resident: int | None = None) -> Said:
    """The same of a stored name."""
    return Said(
        resident=resident, name=name.name, number=_digest(name), id_type=name.id_type, sex=name.sex,
        birth_date=name.birth_date, phones=frozenset(name.phones), door=verifying.door_of(name),
    )  # fmt: skip


def _digest(name: NameToVerify) -> bytes | None:
    return bytes(name.id_digest) if name.id_digest else None


# -- who is one visit -------------------------------------------------------------------------------------------------


def visits(
    people: list[PersonRow], digests: list[bytes | None], place: Place, at: datetime, *, lock: bool = False
) -> list[Visit]:
    """The rows by person, those first who wait at the place already; `lock` keeps these as they are to the end."""
    names = _candidates(people, digests, place, lock)
    meant = residents_meant([*names, *people], [*map(_digest, names), *digests], place)
    said = [said_by(*row) for row in zip(people, digests, meant[len(names) :], strict=True)]
    found = _Visits()
    for name, resident in zip(names, meant, strict=False):
        found.begin(Visit(said_of(name, resident), known=name))
    for row, one in enumerate(said):
        same = [visit for visit in found.near(one) if verifying.is_same(visit.said, one)]
        same = sorted(
            (visit for visit in same if not _again(visit, people[row], at)), key=lambda visit: visit.known is None
        )
        if any(verifying.is_same(visit.said, other.said) is False for visit, other in combinations(same, 2)):
            same = []  # it fits two who are not one: a visit of its own, and a person is asked
        target = same[0] if same else found.begin(Visit(one))
        target.add(one, row)
        for other in same[1:]:
            # A row that ties two together: one visit, unless both waited before; then a person is asked.
            if other.known is None:
                for ordinal in other.rows:
                    target.add(said[ordinal], ordinal)
                found.drop(other)
        found.index(target)
    return [visit for visit in found.all if visit.rows]


def _again(visit: Visit, person: PersonRow, at: datetime) -> bool:
    name = visit.known
    if name is None or name.answered_at is None:
        return False
    return verifying.needs_visit_again(
        answered_on=local_day(name.answered_at), found=name.state in FOUND, first_day=person.isolation_start,
        known_phones=name.phones, phones=person.phones, door=door_of(person), known_door=verifying.door_of(name),
    )  # fmt: skip


class _Visits:
    """Visits by what two lists can have in common, so that each row looks at few."""

    def __init__(self) -> None:
        self.all: list[Visit] = []
        self._by: dict[Any, list[Visit]] = defaultdict(list)

    def begin(self, visit: Visit) -> Visit:
        self.all.append(visit)
        self.index(visit)
        return visit

    def index(self, visit: Visit) -> None:
        for key in _keys(visit.said):
            if visit not in self._by[key]:
                self._by[key].append(visit)

    def near(self, said: Said) -> list[Visit]:
        """Those by the same number first, then in the order in which they came."""
        found = [visit for key in _keys(said) for visit in self._by.get(key, ())[:_MOST_ALIKE]]
        return list({id(visit): visit for visit in found}.values())

    def drop(self, visit: Visit) -> None:
        self.all.remove(visit)
        for waiting in self._by.values():
            if visit in waiting:
                waiting.remove(visit)


def _keys(said: Said) -> list[Any]:
    """What one of two that are surely the same has in common with the other; a name alone is none of it."""
    name, (_compound, building, _unit, room) = key_of(said.name), said.door
    return [
        *([("number", said.number)] if said.number else []),
        *([("resident", said.resident)] if said.resident else []),
        *((name, phone) for phone in sorted(said.phones) if name),
        *([(name, said.door)] if name and building and room else []),
    ]


def _candidates(
    people: Sequence[PersonRow], digests: Sequence[bytes | None], place: Place, lock: bool
) -> list[NameToVerify]:
    """Names of the place that a row may mean, open ones first: answered ones stay for a while."""
    numbers = [digest for digest in digests if digest]
    keys = list({key_of(person.name)[:60] for person in people if person.name})
    rows = NameToVerify.unscoped.filter(
        Q(id_digest__in=numbers) | Q(name_key__in=keys), grid__path__startswith=place.path
    )
    rows = rows.exclude(state="passed_on").order_by("pk")
    rows = rows.select_for_update(of=("self",)) if lock else rows
    return sorted(rows, key=lambda name: (name.state != "open", name.pk))


# -- the preview ------------------------------------------------------------------------------------------------------


def judge(people: list[PersonRow], *, place: Place, at: datetime) -> list[Judged]:
    """Every row is somebody to be found. What is damaged is told and left out: nobody is lost for a wrong digit."""
    digests = digests_of(people)
    judged = [
        Judged("verify", {str(name): problem.code for name, problem in person.problems.items()}) for person in people
    ]
    for visit in visits(people, digests, place, at):
        first, *others = visit.rows
        if visit.known is not None:
            judged[first].problems["row"] = "waits_already" if visit.known.state == "open" else "answered_already"
        for row in others:
            judged[row].problems["row"] = f"same_as_row:{people[first].row}"
    for row, elsewhere in _registered(digests, place).items():
        judged[row].problems.setdefault("row", "known_elsewhere" if elsewhere else "registered_here")
    return judged


def _registered(digests: Sequence[bytes | None], place: Place) -> dict[int, bool]:
    """Ordinal of the row → whether the person with this number is registered outside the place."""
    people = Resident.unscoped.current().filter(street=place.street_id, id_digest__in=[one for one in digests if one])
    paths = {bytes(digest or b""): path for digest, path in people.values_list("id_digest", "grid__path")}
    return {
        row: not paths[digest].startswith(place.path)
        for row, digest in enumerate(digests)
        if digest and digest in paths
    }


# -- the commit -------------------------------------------------------------------------------------------------------


def write(
    batch: ImportBatch, rows: list[tuple[ImportRow, PersonRow]], found: list[Visit], deadline: datetime, at: datetime
) -> dict[str, int]:
    """Makes the names of the visits and notes on each row which one it is; how many were made, and joined to one of
    before. `found`: the visits of these rows, locked."""
    digests = digests_of([person for _row, person in rows])
    fresh = [visit for visit in found if visit.known is None]
    ids = dict(zip(map(id, fresh), reserve_ids(NameToVerify, len(fresh)), strict=True))
    sources: dict[int, list[NameSource]] = {}
    for visit in found:
        key = visit.known.pk if visit.known else ids[id(visit)]
        sources[key] = [_source(key, batch, *rows[row], digests[row], deadline, at) for row in visit.rows]
    communities = Communities(batch.grid)

    def stands_at(visit: Visit) -> dict[str, Any]:
        named = (communities.meant(rows[row][1].community) for row in visit.rows)
        place = next(filter(None, named), batch.grid_id)  # of a whole street: the community that the list names
        return {"grid_id": place, "street_id": batch.grid.street_id, "created_at": at}

    made = (_values_of_name(ids[id(visit)], sources[ids[id(visit)]], stands_at(visit)) for visit in fresh)
    copy_rows(NameToVerify, _NAME_COLUMNS, made)
    told = [source for several in sources.values() for source in several]
    copy_rows(NameSource, _SOURCE_COLUMNS, ([_for_copy(source, name) for name in _SOURCE_COLUMNS] for source in told))
    joined = [visit.known for visit in found if visit.known]
    retell(joined)
    _add_phones(batch, joined)
    for visit in found:
        key = visit.known.pk if visit.known else ids[id(visit)]
        for row in visit.rows:
            rows[row][0].name_id = key
    ImportRow.unscoped.bulk_update([row for row, _person in rows], ["name_id"], batch_size=2000)
    return {"names": len(fresh), "joined": len(joined)}


def _source(
    name_id: int, batch: ImportBatch, row: ImportRow, person: PersonRow, digest: bytes | None, deadline: datetime,
    at: datetime,
) -> NameSource:  # fmt: skip
    note = " ".join(part for part in (person.community, person.grid, person.note) if part)
    return NameSource(
        of_id=name_id, batch=batch, list_name=batch.file_name, row=person.row, said_at=at, deadline=deadline,
        faults={name: code for name, code in row.problems.items() if name != "row"},
        name=person.name, sex=person.sex or "", birth_date=person.birth_date, phones=list(person.phones),
        address=person.address[:200], compound=person.compound[:60], building=person.building[:20],
        unit=person.unit[:20], room=person.room[:20], first_day=person.isolation_start, note=note[:200],
        **identity_fields(number_of(person), digest),
    )  # fmt: skip


def _values_of_name(key: int, sources: list[NameSource], place: dict[str, Any]) -> list[Any]:
    values = {**place, **told_by(sources), "id": key, "state": "open", "version": 1, "tries": 0, "apart": []}
    return [values[name] for name in _NAME_COLUMNS]


def _for_copy(row: Any, name: str) -> Any:
    value = getattr(row, name)
    return json.dumps(value) if name == "faults" else value


def told_by(sources: Sequence[NameSource]) -> dict[str, Any]:
    """The columns of a name that follow from what its lists say."""
    facts = verifying.together(sources)
    return {
        **facts,
        "name_key": key_of(facts["name"])[:60],
        "walk_key": _walk_key(facts),
        "deadline": min(source.deadline for source in sources),
    }


def _walk_key(facts: dict[str, Any]) -> str:
    """Who has no door comes after all doors."""
    door = [facts[part] for part in ("compound", "building", "unit", "room")]
    return addresses.walk_key(*door)[:200] if any(door) else "\U0010ffff"


def retell(names: Iterable[NameToVerify]) -> None:
    """Says anew what names are by their lists. Of a name that was answered only phones are added: it is verified."""
    names = list(names)
    said: dict[int, list[NameSource]] = defaultdict(list)
    for source in NameSource.unscoped.filter(of__in=[name.pk for name in names]).order_by("said_at", "pk"):
        said[source.of_id].append(source)
    told = [name for name in names if said[name.pk]]
    for name in told:
        facts = told_by(said[name.pk])
        for column, value in facts.items() if name.state == "open" else [("phones", facts["phones"])]:
            setattr(name, column, value)
    # The version stays: whoever has the page open may still answer.
    NameToVerify.unscoped.bulk_update(told, [*FACTS, "name_key", "walk_key", "deadline"], batch_size=500)


def _add_phones(batch: ImportBatch, names: Iterable[NameToVerify]) -> None:
    """What a later list knows of somebody who was found: her new phones, beside those that stand. Only in the list's
    place: who moved on is others' to change. What was added is noted with what the list said."""
    name_of = {name.resident_id: name for name in names if name.resident_id}
    people = Resident.unscoped.current().filter(pk__in=name_of, grid__path__startswith=batch.grid.path)
    for person in people.order_by("pk").select_for_update(of=("self",)):
        name = name_of[person.pk]
        if more := [phone for phone in name.phones if phone not in person.phones]:
            columns = {"phones": [*person.phones, *more], "version": F("version") + 1}
            Resident.unscoped.filter(pk=person.pk).update(**columns)
            NameSource.unscoped.filter(of=name, batch=batch).update(added_phones=more)


# -- taking it back ---------------------------------------------------------------------------------------------------


def held(batch: ImportBatch) -> list[NameToVerify]:
    """The names that the list's rows made or joined, kept as they are until the transaction ends."""
    rows = NameToVerify.unscoped.filter(pk__in=batch.rows.exclude(name_id=None).values("name_id"))
    return list(rows.order_by("pk").select_for_update(of=("self",)))


def take_back(batch: ImportBatch, names: Sequence[NameToVerify]) -> dict[str, int]:
    """Removes what the list said of its names (`held`). Those that it alone told go, unless somebody has tried or
    answered them: they are kept, with what it said."""
    _take_phones_back(batch)
    others = NameSource.unscoped.filter(of__in=names).exclude(batch=batch)
    told_elsewhere = set(others.values_list("of_id", flat=True))
    alone = [name for name in names if name.pk not in told_elsewhere]
    kept = [name for name in alone if name.state != "open" or name.tries]
    gone = [name.pk for name in alone if name not in kept]
    NameToVerify.unscoped.filter(pk__in=gone).delete()
    NameSource.unscoped.filter(batch=batch).exclude(of__in=kept).delete()
    batch.rows.filter(name_id__in=gone).update(name_id=None)
    retell(name for name in names if name.pk in told_elsewhere and name.state == "open")
    return {"taken_back": len(gone), "kept": len(kept)}


def _take_phones_back(batch: ImportBatch) -> None:
    """Phones that the list added to somebody of the register, as far as they still stand there."""
    told = NameSource.unscoped.filter(batch=batch, of__resident__isnull=False).exclude(added_phones=[])
    added = {source.of.resident_id or 0: source.added_phones for source in told.select_related("of")}
    for person in Resident.unscoped.filter(pk__in=added).order_by("pk").select_for_update():
        left = [phone for phone in person.phones if phone not in added[person.pk]]
        Resident.unscoped.filter(pk=person.pk).update(phones=left, version=F("version") + 1)


def forget(before: datetime) -> None:
    """Removes names answered before a moment: who lives here is in the register, of others nothing is kept.

    One passed on goes with or before the row that it became: a chain of them at once.
    """
    old = NameToVerify.unscoped.exclude(state="open").filter(answered_at__lt=before)
    younger = NameToVerify.unscoped.exclude(became=None).filter(answered_at__gte=before)
    old.exclude(pk__in=younger.values("became")).delete()

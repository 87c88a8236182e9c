"""Deeds about suspicions: find twins, keep two people apart, take that back."""
# ruff: noqa: S608  (statements are put together from constants of this module, values are bound)

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.http import Http404

from grid.actions import outbox
from grid.actions.audit import confirm_scope, deed
from grid.models import Place
from grid.rules.actors import Actor
from grid.rules.permissions import Permission
from grid.rules.places import Kind
from residents.models import Resident, TwinPair
from residents.queries import twins as queries
from residents.rules import twins as rules
from residents.rules.twins import Suspicion

Found = dict[tuple[int, int], Suspicion]

# Who of the place shares the reading of the name, or its characters, with somebody of the street, and one fact more.
# Two joins by equality: an OR between them could use no hash. What they share is judged by the rule.
_BLOCKS = """
WITH here AS (
    SELECT person.id, person.street_id, person.pinyin, person.name_key, person.birth_date, person.phones,
           person.id_type, door.compound, door.building, door.unit, door.room
    FROM residents_resident person
    JOIN grid_place place ON place.id = person.grid_id
    JOIN residents_household door ON door.id = person.household_id
    WHERE place.path LIKE %(path)s AND person.left_on IS NULL AND person.merged_into_id IS NULL
), there AS (
    SELECT person.id, person.street_id, person.pinyin, person.name_key, person.birth_date, person.phones,
           person.id_type, door.compound, door.building, door.unit, door.room
    FROM residents_resident person
    JOIN residents_household door ON door.id = person.household_id
    WHERE person.street_id IN (SELECT street_id FROM here)
      AND person.left_on IS NULL AND person.merged_into_id IS NULL
), alike AS (
    SELECT here.id AS one, there.id AS other FROM here JOIN there
      ON there.street_id = here.street_id AND there.pinyin = here.pinyin AND here.pinyin <> '' AND {shared}
    UNION
    SELECT here.id, there.id FROM here JOIN there
      ON there.street_id = here.street_id AND there.name_key = here.name_key AND {shared}
)
SELECT DISTINCT least(one, other), greatest(one, other) FROM alike WHERE one <> other
""".format(
    shared="""(there.birth_date = here.birth_date OR there.phones && here.phones
      OR (there.compound, there.building, there.unit, there.room) = (here.compound, here.building, here.unit, here.room)
      OR (there.id_type = here.id_type AND here.id_type = ANY(%(unchecked)s)))"""
)

# SKIP LOCKED: whoever moves or merges one of them just now is not waited for; the night finds the pair.
_SET_DOWN = """
INSERT INTO residents_twinpair (first_id, second_id, grid_id, strength, reasons, found_at, decision)
SELECT one.id, other.id, one.grid_id, found.strength, string_to_array(found.reasons, ','), %(at)s, ''
FROM unnest(%(firsts)s::bigint[], %(seconds)s::bigint[], %(strengths)s::int[], %(reasons)s::text[])
    AS found (first_id, second_id, strength, reasons)
JOIN residents_resident one ON one.id = found.first_id
JOIN residents_resident other ON other.id = found.second_id
FOR KEY SHARE OF one, other SKIP LOCKED
ON CONFLICT (first_id, second_id) DO NOTHING
"""


def ask_everywhere(*, at: datetime) -> None:
    """Asks for a look at every open community: the hook "night"."""
    for place_id in Place.objects.open().filter(kind=Kind.COMMUNITY).values_list("pk", flat=True):
        outbox.ask("find_twins", at=at, place_id=place_id)


def find_twins(*, place_id: int, at: datetime) -> int:
    """Compares everybody of a place with everybody of the street; how many pairs are suspected now. Harmless twice."""
    place = Place.objects.get(pk=place_id)
    with transaction.atomic():
        found = _judge(_blocks(place))
        inside = Q(first__grid__path__startswith=place.path) | Q(second__grid__path__startswith=place.path)
        _keep(found, TwinPair.unscoped.filter(inside), at)
    return len(found)


def note_twins(*, people: Iterable[int], at: datetime) -> None:
    """Sets down who looks like one of these people; belongs inside the deed that wrote them. Bounded by their names."""
    rows = list(Resident.unscoped.current().filter(pk__in=list(people)).select_related("household"))
    found: Found = {}
    for street_id in {row.street_id for row in rows}:
        mine = {row.pk: queries.known_of(row) for row in rows if row.street_id == street_id}
        for other in queries.candidates(street_id, mine.values()):
            theirs = queries.known_of(other)
            for key, known in mine.items():
                if key != other.pk and (seen := rules.suspicion(known, theirs)):
                    found[min(key, other.pk), max(key, other.pk)] = seen
    ids = [row.pk for row in rows]
    _keep(found, TwinPair.unscoped.filter(Q(first__in=ids) | Q(second__in=ids)), at)


def _blocks(place: Place) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_BLOCKS, {"path": f"{place.path}%", "unchecked": [kind.value for kind in queries.UNCHECKED]})
        return list(cursor.fetchall())


def _judge(pairs: list[tuple[int, int]]) -> Found:
    people = Resident.unscoped.filter(pk__in={key for pair in pairs for key in pair}).select_related("household")
    known = {person.pk: queries.known_of(person) for person in people.iterator(2000)}
    judged = {
        (one, other): rules.suspicion(known[one], known[other])
        for one, other in pairs
        if one in known and other in known
    }
    return {pair: seen for pair, seen in judged.items() if seen}


def _keep(found: Found, looked_at: QuerySet[TwinPair], at: datetime) -> None:
    """Brings the stored pairs in step: new ones come, open ones that are no more go, and one that was decided opens
    again only where a reason is new."""
    stored = {(pair.first_id, pair.second_id): pair for pair in looked_at}
    gone = [pair.pk for key, pair in stored.items() if not pair.decision and key not in found]
    TwinPair.unscoped.filter(pk__in=gone, decision="").delete()
    changed = []
    for key, pair in stored.items():
        seen = found.get(key)
        if seen is None or (pair.decision and not set(seen.reasons) - set(pair.reasons)):
            continue
        if pair.decision or (pair.strength, tuple(pair.reasons)) != (seen.strength, seen.reasons):
            pair.strength, pair.reasons, pair.found_at = seen.strength, list(seen.reasons), at
            pair.decision, pair.decided_at, pair.decided_by = "", None, None
            changed.append(pair)
    columns = ["strength", "reasons", "found_at", "decision", "decided_at", "decided_by"]
    TwinPair.unscoped.bulk_update(changed, columns, batch_size=500)
    _set_down({key: seen for key, seen in found.items() if key not in stored}, at)


def _set_down(new: Found, at: datetime) -> None:
    if not new:
        return
    facts: dict[str, Any] = {
        "firsts": [first for first, _second in new],
        "seconds": [second for _first, second in new],
        "strengths": [seen.strength for seen in new.values()],
        "reasons": [",".join(seen.reasons) for seen in new.values()],
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SET_DOWN, facts)


def keep_apart(*, pair: TwinPair, by: Actor, at: datetime) -> None:
    """Says that the two are two people. A pair decided already stays as it was decided."""
    _decide(pair, before="", after="apart", name="twins_kept_apart", by=by, at=at)


def take_apart_back(*, pair: TwinPair, by: Actor, at: datetime) -> None:
    """The suspicion waits again. Only for a pair that was kept apart; twice it changes nothing."""
    _decide(pair, before="apart", after="", name="twins_reopened", by=by, at=at)


def _decide(pair: TwinPair, *, before: str, after: str, name: str, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        row = TwinPair.unscoped.select_for_update().filter(pk=pair.pk).first()
        if row is None:
            raise Http404
        if row.decision != before:
            return
        with deed(name, by=by, at=at, place=row.grid_id, subject=row):
            for person in Resident.unscoped.filter(pk__in=[row.first_id, row.second_id]).select_related("grid"):
                confirm_scope(by, Permission.DECIDE_REGISTER, person.grid, at)
            decided = (
                {"decided_at": at, "decided_by": by.staff_id} if after else {"decided_at": None, "decided_by": None}
            )
            TwinPair.unscoped.filter(pk=row.pk).update(decision=after, **decided)

"""A list of places into the tree: all of it in one transaction, by COPY and one statement a kind of change."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from grid.actions import place_moves as moves
from grid.actions.audit import EditedMeanwhile, deed, hold_street
from grid.bulk import copy_rows, reserve_ids
from grid.models import Notice, Place, Post
from grid.models.notice import TOLD_ABOVE
from grid.queries.places import known_places
from grid.rules.actors import Actor, ActorKind
from grid.rules.permissions import Permission, roles_with
from grid.rules.place_lists import Judged, PlaceRow, judge
from grid.rules.places import path_of, stamp_of

_RENAME = """
    UPDATE grid_place p SET name = v.name, version = p.version + 1
    FROM unnest(%s::bigint[], %s::text[]) v (id, name) WHERE p.id = v.id"""
_REHANG = """
    UPDATE grid_place p SET parent_id = v.parent_id, path = v.path, version = p.version + 1
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) v (id, parent_id, path) WHERE p.id = v.id"""
_HOLD_PARENTS = "SELECT id FROM grid_place WHERE id = ANY(%s) AND closed_at IS NULL ORDER BY id FOR KEY SHARE"
_COLUMNS = ("id", "parent_id", "kind", "code", "name", "path", "street_id", "version")


def stamp_of_list(judged: Sequence[Judged]) -> str:
    """What a preview said, in short: the confirmation holds for exactly that."""
    return stamp_of([[*one.row, one.verdict, one.reason, one.kind, one.above] for one in judged])


def take_in_places(*, rows: Sequence[PlaceRow], seen: str, by: Actor, at: datetime) -> dict[str, int]:
    """New, renamed and moved places of a list, except its refused rows; how many rows of each verdict.

    A list that says nothing new changes nothing. Raises EditedMeanwhile where the tree is not as the preview, whose
    stamp is `seen`, showed it.
    """
    try:
        with transaction.atomic():
            for street in sorted(_streets(judge(rows, known_places(_paths(by, at))))):
                hold_street(street)
            known = known_places(_paths(by, at, hold=True))
            judged = judge(rows, known)
            counts = dict(Counter(one.verdict for one in judged))
            if not counts.keys() & {"new", "renamed", "moved"}:
                return counts
            if stamp_of_list(judged) != seen:
                raise EditedMeanwhile
            top = min((known[one.above] for one in judged if one.above in known), key=lambda place: len(place.path))
            with deed("places_taken_in", by=by, at=at, place=top.id, counts=counts):
                _write(judged, known, by, at)
            return counts
    except IntegrityError as fault:
        raise EditedMeanwhile from fault


def _write(judged: Sequence[Judged], known: dict[str, Any], by: Actor, at: datetime) -> None:
    new = [one for one in judged if one.verdict == "new"]
    moved = [one for one in judged if one.verdict == "moved"]
    renamed = [one for one in judged if one.row.code in known and known[one.row.code].name != one.row.name]
    renamed = [one for one in renamed if one.verdict in ("renamed", "moved")]
    ids = {code: place.id for code, place in known.items()}
    ids |= dict(zip([one.row.code for one in new], reserve_ids(Place, len(new)), strict=True))
    paths = {code: place.path for code, place in known.items()}
    for one in [*new, *moved]:  # parents come before what stands below them
        paths[one.row.code] = path_of(paths[one.above], ids[one.row.code])
    parents = {ids[one.above] for one in [*new, *moved] if one.above in known}
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_PARENTS, [sorted(parents)])
        if len(cursor.fetchall()) != len(parents):
            raise EditedMeanwhile
    moves.hold_places(Place.objects.filter(pk__in=[ids[one.row.code] for one in moved]))
    copy_rows(Place, _COLUMNS, (_row(one, ids, paths) for one in new))
    with connection.cursor() as cursor:
        cursor.execute(_RENAME, [[ids[one.row.code] for one in renamed], [one.row.name for one in renamed]])
        keys = [ids[one.row.code] for one in moved]
        cursor.execute(_REHANG, [keys, [ids[one.above] for one in moved], [paths[one.row.code] for one in moved]])
    _tell(moved, known, ids, by, at)


def _tell(moved: Sequence[Judged], known: dict[str, Any], ids: dict[str, int], by: Actor, at: datetime) -> None:
    """Each grid that has another community, and once both communities."""
    by_way: dict[tuple[int, int], list[int]] = defaultdict(list)
    for one in moved:
        by_way[ids[known[one.row.code].above], ids[one.above]].append(ids[one.row.code])
    told = [
        (key, key, {"into": into, TOLD_ABOVE: True}) for (_left, into), keys in by_way.items() for key in keys
    ] + [
        (community, None, {"into": way[1], "places": keys}) for way, keys in by_way.items() for community in way
    ]  # fmt: skip
    Notice.unscoped.bulk_create(
        Notice(
            grid_id=place, kind="place_moved", subject_kind="place" if subject else "", subject_id=subject,
            facts=facts, created_at=at, created_by_id=by.staff_id,
        )
        for place, subject, facts in told
    )  # fmt: skip


def _row(one: Judged, ids: dict[str, int], paths: dict[str, str]) -> tuple[Any, ...]:
    street = ids[one.street] if isinstance(one.street, str) else one.street or None
    code = one.row.code
    return ids[code], ids[one.above], one.kind, code, one.row.name, paths[code], street, 1


def _streets(judged: Sequence[Judged]) -> set[int]:
    """The streets in which a grid changes its community."""
    return {one.street for one in judged if one.verdict == "moved" and isinstance(one.street, int)}


def _paths(by: Actor, at: datetime, *, hold: bool = False) -> list[str]:
    """The paths of the places that the actor may change; held for the transaction if asked."""
    if by.kind is not ActorKind.STAFF:
        return ["/"]
    posts = Post.objects.current(at).filter(staff=by.staff_id, staff__is_active=True, building="")
    posts = posts.filter(role__in=roles_with(Permission.MANAGE_PLACES)).select_related("place").order_by("pk")
    return [post.place.path for post in (posts.select_for_update(of=("self",)) if hold else posts)]

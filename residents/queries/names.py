"""Questions about names to verify: what is left, whose it is, who of the register may be meant, who may be one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, islice
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from grid import registries
from grid.models import Place, Post, Staff
from grid.rules.permissions import Permission, roles_with
from grid.rules.places import Kind
from residents.lists.matching import residents_meant
from residents.lists.names import said_of
from residents.lists.reasons import reason_words
from residents.models import Household, NameSource, NameToVerify, Resident
from residents.rules.pinyin import pinyin_of
from residents.rules.verifying import is_same, shared_evenly

SHOWN = ("", "late", "nobody", "unasked", "isolate", "answered")
MOST_PAIRS = 50
_MOST_COMPARED = 50_000  # a thousand of one name make half a million pairs
_UNASKED = Q(state="lives_here", to_isolate=None, resident__isnull=False)


@dataclass(frozen=True)
class Left:
    """How many names are to be found, how many of these past their time or given to nobody, the next deadline; and of
    how many who were found nobody has said yet whether they isolate."""

    open: int
    late: int
    nobody: int
    unasked: int
    deadline: datetime | None


def left_for(staff: Staff, at: datetime) -> Left:
    """What a reader sees of names that are not done with: one query."""
    rows, waits = NameToVerify.objects.visible_to(staff), Q(state="open")
    found = rows.aggregate(
        open=Count("pk", filter=waits),
        late=Count("pk", filter=waits & Q(deadline__lte=at)),
        nobody=Count("pk", filter=waits & Q(worker=None)),
        unasked=Count("pk", filter=_UNASKED),
        deadline=Min("deadline", filter=waits & Q(deadline__gt=at)),
    )
    return Left(**found)


def names_for(staff: Staff, show: str, worker: int | None, at: datetime) -> QuerySet[NameToVerify]:
    """The names of a group in walking order; the answered ones with the newest first."""
    rows = NameToVerify.objects.visible_to(staff).select_related("worker", "last_try_by", "grid", "became__grid")
    rows = rows.annotate(lists=Count("sources"))
    if show == "unasked":
        rows = rows.filter(_UNASKED)
    elif show == "isolate":
        rows = rows.filter(to_isolate=True, resident__left_on=None).exclude(_isolates())
    if show in ("unasked", "isolate", "answered"):
        answered: QuerySet[NameToVerify] = rows.exclude(state="open").order_by("-answered_at", "pk")
        return answered
    rows = rows.open()
    if show == "late":
        rows = rows.filter(deadline__lte=at)
    elif show == "nobody":
        rows = rows.filter(worker=None)
    if worker is not None:
        rows = rows.filter(worker=worker)
    ordered: QuerySet[NameToVerify] = rows.in_walking_order()
    return ordered


def _isolates() -> Q:
    """Whoever was found and stands out already by what an app above knows of her: she is in isolation."""
    condition = Q(pk__in=[])
    for source in registries.MARKS:
        if source.first is not None:
            condition |= Q(resident__in=Resident.unscoped.filter(source.first()).values("pk"))
    return condition


def find_name(staff: Staff, name_id: int) -> QuerySet[NameToVerify]:
    """The name with this id, as far as it is in sight."""
    rows: QuerySet[NameToVerify] = NameToVerify.objects.visible_to(staff).filter(pk=name_id)
    return rows.select_related("grid__parent", "worker", "answered_by", "last_try_by", "became__grid")


def is_hers(staff: Staff, name: NameToVerify) -> bool:
    """Whether she may answer: she edits people in the whole community, or it is her visit while she works in it."""
    if staff.may(Permission.EDIT_PEOPLE, name.grid):
        return True
    posts = staff.posts_with(Permission.EDIT_PEOPLE)
    return name.worker_id == staff.pk and any(post.place.path.startswith(name.grid.path) for post in posts)


def sources_of(name: NameToVerify) -> list[tuple[NameSource, list[str]]]:
    """What each list said of a name in sight, and which of it was damaged, in words."""
    return [(source, reason_words(source.faults)) for source in name.sources.order_by("said_at", "pk")]


def next_open(staff: Staff, after: NameToVerify) -> NameToVerify | None:
    """Who is to be found next on her way: behind this door or the first again."""
    rows = NameToVerify.objects.visible_to(staff).open().exclude(pk=after.pk)
    mine = rows.filter(worker=staff.pk) if after.worker_id == staff.pk else rows
    behind = mine.filter(Q(walk_key__gt=after.walk_key) | Q(walk_key=after.walk_key, pk__gt=after.pk))
    found: NameToVerify | None = behind.in_walking_order().first() or mine.in_walking_order().first()
    return found


def registered(staff: Staff, names: Sequence[NameToVerify]) -> dict[int, list[Resident]]:
    """Name → who of the register in her sight may be meant: by number, else by name and phone or door. One query."""
    if not names:
        return {}
    condition = Q(id_digest__in=[name.id_digest for name in names if name.id_digest])
    for name in names:
        if name.name_key and name.phones:
            condition |= Q(name_key=name.name_key, phones__overlap=name.phones)
        if name.name_key and name.building and name.room:
            door = {f"household__{part}": getattr(name, part) for part in ("building", "unit", "room")}
            condition |= Q(name_key=name.name_key, **door)
    people = Resident.objects.visible_to(staff).current().filter(condition).select_related("household", "grid")
    found: dict[int, list[Resident]] = defaultdict(list)
    for person in people.order_by("pk"):
        for name in names:
            if _may_be(name, person):
                found[name.pk].append(person)
    return found


def registered_beside(staff: Staff, name: NameToVerify) -> Resident | None:
    """The only person whom a name can mean, where she lives in another grid of the community, out of the reader's
    sight: of her nothing but the grid is to be said."""
    meant = _meant([name])[name.pk]
    rows = Resident.unscoped.current().filter(pk=meant or 0, grid__path__startswith=name.grid.path)
    person = rows.select_related("grid").first()
    if person is None or Resident.objects.visible_to(staff).filter(pk=person.pk).exists():
        return None
    return person


def _may_be(name: NameToVerify, person: Resident) -> bool:
    if name.id_digest and person.id_digest and name.id_type == person.id_type:
        return bytes(name.id_digest) == bytes(person.id_digest)
    if not name.name_key or name.name_key != person.name_key:
        return False
    door = person.household
    same_door = (name.building, name.unit, name.room) == (door.building, door.unit, door.room) and bool(name.room)
    return same_door or bool(set(name.phones) & set(person.phones))


def people_found(staff: Staff, names: Iterable[NameToVerify]) -> dict[int, Resident]:
    """Resident id → whom the names turned out to be, as far as they are in sight."""
    keys = [name.resident_id for name in names if name.resident_id]
    people = Resident.objects.visible_to(staff).filter(pk__in=keys).select_related("household") if keys else ()
    return {person.pk: person for person in people}


# -- whose visit ------------------------------------------------------------------------------------------------------


def communities_led(staff: Staff) -> list[Place]:
    """The places at which names stand that she hands out."""
    places = Place.objects.within(staff.paths_with(Permission.MANAGE_HELPERS)).open()
    return list(places.filter(kind__in=(Kind.STREET, Kind.COMMUNITY)).in_order())


def receivers_in(paths: Sequence[str], at: datetime) -> QuerySet[Staff]:
    """Who may be given names: whoever edits people in a grid there or in the whole place, with an open login."""
    places = Place.objects.within(paths).values("pk")
    posts = Post.objects.current(at).filter(place__in=places, role__in=roles_with(Permission.EDIT_PEOPLE))
    return Staff.objects.filter(pk__in=posts.values("staff"), is_active=True).order_by("name", "pk")


def loads(staff: Staff, place: Place) -> dict[int | None, int]:
    """Worker (None: nobody) → how many names of the place are hers to find."""
    rows = NameToVerify.objects.visible_to(staff).open().filter(grid__path__startswith=place.path)
    return dict(rows.order_by().values_list("worker").annotate(Count("pk")))


def gone_with_names(loads: dict[int | None, int], workers: Sequence[Staff]) -> list[tuple[Staff, int]]:
    """Who holds names and does not work there any more, and how many: nobody finds these until they are given on."""
    keys = {key for key in loads if key} - {worker.pk for worker in workers}
    return [(one, loads[one.pk]) for one in Staff.objects.filter(pk__in=keys).order_by("name", "pk")] if keys else []


def given_to(staff: Staff, place: Place, worker: int | None) -> QuerySet[NameToVerify]:
    """The open names of a place that are a worker's, or nobody's, in walking order."""
    rows = NameToVerify.objects.visible_to(staff).open().filter(grid__path__startswith=place.path, worker=worker)
    ordered: QuerySet[NameToVerify] = rows.in_walking_order()
    return ordered


def sheets(staff: Staff, worker: int | None) -> list[tuple[Staff | None, list[NameToVerify]]]:
    """Worker → her open names in walking order; of one worker, or of all whose names are in sight. Two queries."""
    rows = NameToVerify.objects.visible_to(staff).open().select_related("worker")
    rows = rows.filter(worker=worker) if worker is not None else rows
    by_worker: dict[int | None, list[NameToVerify]] = defaultdict(list)
    for name in rows.in_walking_order():
        by_worker[name.worker_id].append(name)
    found = [(names[0].worker, names) for names in by_worker.values()]
    return sorted(found, key=lambda sheet: (sheet[0] is None, sheet[0].name if sheet[0] else "", sheet[1][0].pk))


def by_building(staff: Staff, place: Place, at: datetime) -> dict[int, int]:
    """Name → the worker of the grid in which her building or her registered door lies; only names given to nobody and
    buildings of one grid. Four queries."""
    names = list(given_to(staff, place, None))
    doors = Household.objects.visible_to(staff).current().filter(building__in={one.building for one in names} - {""})
    grids: dict[tuple[str, str], set[int]] = defaultdict(set)
    for compound, building, grid in doors.order_by().values_list("compound", "building", "grid").distinct():
        grids[compound, building].add(grid)
        grids["", building].add(grid)
    grid_of, meant = _grids_of_people(staff, names, place)
    workers = _workers_of_grids(place, at)
    shared = {}
    for name, resident in zip(names, meant, strict=True):
        here = {grid_of[resident]} if resident in grid_of else grids.get((name.compound, name.building), set())
        if len(here) == 1 and (worker := workers.get(*here)):
            shared[name.pk] = worker
    return shared


def _grids_of_people(
    staff: Staff, names: Sequence[NameToVerify], place: Place
) -> tuple[dict[int | None, int], list[int | None]]:
    """(person in her sight → grid, for each name the only person whom it can mean)."""
    meant = residents_meant(names, [bytes(name.id_digest) if name.id_digest else None for name in names], place)
    people = Resident.objects.visible_to(staff).current().filter(pk__in=[key for key in meant if key])
    return dict(people.values_list("pk", "grid")), meant


def _workers_of_grids(place: Place, at: datetime) -> dict[int, int]:
    """Grid → who works the whole of it, the longest there."""
    posts = Post.objects.current(at).of_whole_places().filter(role__in=roles_with(Permission.RECORD_CHECK_IN))
    posts = posts.filter(place__kind=Kind.GRID, place__path__startswith=place.path, staff__is_active=True)
    return dict(posts.order_by("-since", "-pk").values_list("place", "staff"))


def evenly(staff: Staff, place: Place, workers: Sequence[int]) -> dict[int, int]:
    """Name → worker, for the names given to nobody: about as many for each of these, a door to one of them."""
    doors: dict[Any, list[int]] = defaultdict(list)
    for name in given_to(staff, place, None):
        phone = tuple(name.phones[:1])
        at_door = (name.compound, name.building, name.unit, name.room) if name.room else (phone or name.pk)
        doors[at_door].append(name.pk)
    have = loads(staff, place)
    return shared_evenly(doors.items(), {worker: have.get(worker, 0) for worker in workers})


# -- who may be one ---------------------------------------------------------------------------------------------------


def pairs(staff: Staff) -> list[tuple[NameToVerify, NameToVerify]]:
    """Open names of one place that may be one person: neither sure nor ruled out, and told apart by nobody yet.

    A fixed number of queries. Where each is another person of the register they are not asked about.
    """
    places = Place.objects.within(staff.paths_with(Permission.EDIT_PEOPLE)).values("pk")
    rows = NameToVerify.objects.visible_to(staff, Permission.EDIT_PEOPLE).open().filter(grid__in=places)
    near: dict[Any, list[NameToVerify]] = defaultdict(list)
    for name in rows.select_related("grid").order_by("pk"):
        if name.name:
            near[name.grid_id, pinyin_of(name.name)[0]].append(name)
        for phone in name.phones:
            near[name.grid_id, phone].append(name)
    found: dict[tuple[int, int], tuple[NameToVerify, NameToVerify]] = {}
    couples = (couple for group in near.values() for couple in combinations(group, 2))
    for one, other in islice(couples, _MOST_COMPARED):
        if other.pk not in one.apart and is_same(said_of(one), said_of(other)) is not False:
            found[one.pk, other.pk] = (one, other)
    meant = _meant([name for pair in found.values() for name in pair])
    return [
        (one, other)
        for one, other in (found[key] for key in sorted(found))
        if is_same(said_of(one, meant.get(one.pk)), said_of(other, meant.get(other.pk))) is not False
    ]


def _meant(names: Iterable[NameToVerify]) -> dict[int, int | None]:
    """Name → the only person of the register whom it can mean; never shown, it only rules out or makes sure."""
    of_place: dict[Place, dict[int, NameToVerify]] = defaultdict(dict)
    for name in names:
        of_place[name.grid][name.pk] = name
    found: dict[int, int | None] = {}
    for place, here in of_place.items():
        rows = list(here.values())
        digests = [bytes(name.id_digest) if name.id_digest else None for name in rows]
        found |= dict(zip(here, residents_meant(rows, digests, place), strict=True))
    return found

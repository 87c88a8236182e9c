"""The search over people and doors: at most one query each, along the indexes of the register.

The word that can mean the fewest people leads: each of its meanings names a bounded number of candidates along an index
within the reader's places. The other words then only have to fit. What is found is put in order, the likeliest first.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.db.models import Case, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When

from grid import registries
from grid.models import Staff
from grid.rules.permissions import Permission
from grid.rules.places import Kind
from residents.models import Household, Resident
from residents.queries.households import with_names
from residents.queries.search_words import PhonesJoined, PhoneTails, fits, fits_door, ways_of
from residents.rules.pinyin import pinyin_of
from residents.rules.search import Sought, understand

SHOWN = 50
# Put in order at most; whoever means more people than that has typed too little for any order to help.
CANDIDATES = 500


@dataclass
class Found:
    """What a search brings: at most `SHOWN` people and doors each, and whether there are more."""

    people: list[Resident] = field(default_factory=list)
    doors: list[Household] = field(default_factory=list)
    more: bool = False
    understood: bool = True


def search(staff: Staff, text: str, at: datetime, *, with_left: bool = False) -> Found:
    """People and doors in her places that answer to every word of the text, the likeliest first, with their marks.

    People who left are found only where they are asked for. At most three queries: doors, people, and the marks where
    somebody has one.
    """
    sought = understand(text)
    if not sought:
        return Found(understood=False)
    is_place = sought.is_place and (sought.names_a_compound or not sought.name)
    doors = _doors(staff, sought) if is_place else None
    people = _people(staff, sought, doors, with_left=with_left)
    if doors is None:  # where nobody is called so, a compound may be
        doors = _doors(staff, sought) if sought.is_place and not people else []
    more = len(doors) > SHOWN or len(people) > SHOWN
    found = Found(people[:SHOWN], doors[:SHOWN], more)
    _put_marks(staff, found, at)
    return found


# -- doors ------------------------------------------------------------------------------------------------------------


def _doors(staff: Staff, sought: Sought) -> list[Household]:
    condition = Q()
    for word in sought.words:
        condition &= fits_door(word, is_one_of_several=len(sought.words) > 1)
    if not sought.is_numbered:
        # A compound alone: its pinyin begins the key that sorts doors, and an index holds that.
        condition &= Q(walk_key__startswith=pinyin_of(sought.words[0].name)[0].split(" ")[0])
    households: QuerySet[Household] = Household.objects.visible_to(staff).current().filter(condition)  # type: ignore[attr-defined]
    if first := _first(staff):
        behind = Resident.objects.visible_to(staff).current().filter(first, household=OuterRef("pk"))
        # Not Exists: for that the database reads everybody who stands out, here it asks at each door shown.
        households = households.annotate(stands_out=Subquery(behind.values("pk")[:1]))
    return list(with_names(households).select_related("grid").in_walking_order()[: SHOWN + 1])  # type: ignore[attr-defined]


# -- people -----------------------------------------------------------------------------------------------------------


def _people(staff: Staff, sought: Sought, doors: list[Household] | None, *, with_left: bool) -> list[Resident]:
    """People who answer to all words. `doors` are those that the words mean, where they were looked for already."""
    people = Resident.objects.visible_to(staff).filter(merged_into=None)
    people = people if with_left else people.current()
    if not (ways := _ways(staff, sought, doors)):
        return []
    found = people.filter(pk__in=_candidates(staff, people, ways)).select_related("household", "grid")
    order: list[str] = []
    if conditions := _likely(sought):
        found, order = found.alias(likely=_rank(*conditions)), ["likely"]
    if first := _first(staff):
        found = found.annotate(stands_out=Case(When(first, then=1), default=0, output_field=IntegerField()))
        order.append("-stands_out")
    if own := _own_grids(staff):
        found, order = found.alias(elsewhere=_rank(Q(grid__in=own))), ["elsewhere", *order]
    if with_left:
        found, order = found.alias(gone=_rank(Q(left_on=None))), ["gone", *order]
    return list(found.order_by(*order, "household__walk_key", "pk")[: SHOWN + 1])


def _candidates(staff: Staff, people: QuerySet[Resident], ways: list[Q]) -> QuerySet[Resident, Any]:
    """The ids of those who can be meant, one way after the other until there are enough; her own grids first."""
    people = cast(QuerySet[Resident], people.alias(tails=PhoneTails("phones"), joined=PhonesJoined("phones")))
    if streets := _streets(staff):
        people = people.filter(street__in=streets)  # begins the index of what stands inside a name
    own = [Q(grid__in=grids)] if (grids := _own_grids(staff)) else []
    parts = [people.filter(place, way).values("pk")[:CANDIDATES] for place in [*own, Q()] for way in ways]
    return parts[0].union(*parts[1:], all=True)[:CANDIDATES] if len(parts) > 1 else parts[0]


def _ways(staff: Staff, sought: Sought, doors: list[Household] | None) -> list[Q]:
    """The conditions along indexes that together bring everybody who answers to all words."""
    lead = max(sought.words, key=lambda word: word.narrowness)
    if not lead.name:
        leads = [lead]
    else:  # 望江 李明: each may be the person, and the other the compound
        leads = [word for word in sought.words if word.narrowness and (word.name or word.letters)]
    ways = []
    for word in leads:
        others = Q()
        for other in sought.words:
            others &= Q() if other is word else fits(other)
        ways += [way & others for way in ways_of(word)]
        if word.door and doors is None:
            behind: QuerySet[Household] = Household.objects.visible_to(staff).filter(fits_door(word))
            ways.append(Q(household__in=behind) & others)
    if doors and any(word.door and word.door.room for word in sought.words):
        ways.append(Q(household__in=[door.pk for door in doors[:SHOWN]]))
    return ways


# -- order ------------------------------------------------------------------------------------------------------------


def _likely(sought: Sought) -> list[Q]:
    """How near the words come: exactly the name or number, then the beginning, then somewhere inside."""
    conditions: list[Q] = []
    if name := sought.name:
        conditions += [Q(name_key=name), Q(name_key__startswith=name)]
    for word in sought.words:
        if word.letters:
            spelt = Q(pinyin=word.letters) | Q(pinyin__startswith=f"{word.letters} ")
            conditions += [spelt, Q(initials=word.letters), Q(pinyin__startswith=word.letters)]
        if word.phone:
            conditions.append(Q(phones__contains=[word.phone]))
    return conditions


def _rank(*conditions: Q) -> Case:
    """0 for rows that meet the first condition, 1 for the second …"""
    return Case(
        *(When(condition, then=Value(place)) for place, condition in enumerate(conditions)),
        default=Value(len(conditions)),
        output_field=IntegerField(),
    )


def _first(staff: Staff) -> Q:
    """Who comes before others, as the apps above say it ("in isolation")."""
    condition = Q()
    for source in registries.MARKS:
        if source.first and staff.may(source.permission):
            condition |= Q(source.first())
    return condition


def _own_grids(staff: Staff) -> list[int]:
    """The grids that are hers by a post of their own; none where everything she sees is."""
    posts = staff.posts_with(Permission.SEE_PEOPLE)
    own = [post.place_id for post in posts if post.place.kind == Kind.GRID]
    return own if len(own) < len(posts) else []


def _streets(staff: Staff) -> list[int]:
    """The streets that her places lie in; none where one lies above the streets."""
    streets = {post.place.street_id for post in staff.posts_with(Permission.SEE_PEOPLE)}
    known = [street for street in streets if street is not None]
    return sorted(known) if len(known) == len(streets) else []


def _put_marks(staff: Staff, found: Found, at: datetime) -> None:
    people, doors = (
        [row.pk for row in rows if getattr(row, "stands_out", False)] for rows in (found.people, found.doors)
    )
    registries.marks_for(staff, people, doors, at).put_on(found.people, found.doors)

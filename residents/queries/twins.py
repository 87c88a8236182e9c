"""Questions about twins: who looks like somebody, which suspicions wait, what was merged."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from grid.models import Place, Staff
from grid.rules.permissions import Permission
from residents import identity
from residents.models import Household, Merge, Resident, TwinPair
from residents.models.twins import TAKEN_OVER, TWIN_REASONS
from residents.rules import twins as rules
from residents.rules.addresses import Door
from residents.rules.id_numbers import IdNumber, IdType, canonical
from residents.rules.names import key_of
from residents.rules.pinyin import pinyin_of
from residents.rules.twins import Known, Suspicion

PAGE_SIZE = 20
_MOST_NAMESAKES = 500  # of one street, read for each person sought
# Documents without a check digit: a slip makes another sound number.
UNCHECKED = (IdType.PASSPORT, IdType.FOREIGNER_CARD, IdType.OTHER)


@dataclass(frozen=True)
class Likely:
    """Somebody of the register who may be the person that was typed."""

    person: Resident
    suspicion: Suspicion
    typed: str  # the name that was typed

    @property
    def same_number(self) -> bool:
        """Whether the number is hers: the street takes no second one."""
        return rules.SAME_ID in self.suspicion.reasons

    def reason_words(self) -> list[Any]:
        """Why, in words."""
        words = dict(TWIN_REASONS)
        return [words[code] for code in self.suspicion.reasons]


def door_key(grid_id: int, door: Door | Household) -> str:
    """Equal for the same door of a street, and only then."""
    return "\0".join([door.compound or str(grid_id), door.building, door.unit, door.room])


def known_of(person: Resident) -> Known:
    """What the register knows of her, the number in clear: it goes into comparing and nowhere else."""
    number = identity.unsealed(person.id_type, person.id_sealed)
    return Known(
        name=person.name,
        id_type=person.id_type,
        number=number.number if number else "",
        sex=person.sex,
        birth_date=person.birth_date,
        phones=frozenset(person.phones),
        door=door_key(person.grid_id, person.household),
    )


def candidates(street_id: int, sought: Collection[Known]) -> list[Resident]:
    """Who lives in the street under one of these names, in any writing of the same sound, or has one of these numbers
    or a number one slip away. One query along indexes; of any grid: nothing is shown before scope was asked."""
    condition, digests = Q(pk__in=[]), []
    for known in sought:
        pinyin, initials = pinyin_of(known.name)
        condition |= Q(name_key=key_of(known.name)[:60])
        if pinyin:
            condition |= Q(initials=initials[:40], pinyin=pinyin[:200])
        digests += [identity.digest_of(number) for number in _numbers_meant(known)]
    if digests:
        condition |= Q(id_digest__in=digests)
    people = Resident.unscoped.current().filter(condition, street=street_id)
    return list(people.select_related("household", "grid__parent")[: _MOST_NAMESAKES * len(sought)])


def _numbers_meant(known: Known) -> list[IdNumber]:
    """The number itself, and where nothing vouches for it those one slip away."""
    if not known.number:
        return []
    said = IdType(known.id_type) if known.id_type else None
    if known.sound and said not in UNCHECKED:
        return [IdNumber(said or IdType.RESIDENT, known.number)]
    near = (canonical(number, said) for number in [known.number, *rules.near_numbers(known.number)])
    return [number for number in near if isinstance(number, IdNumber)]


def likely(staff: Staff, street_id: int, sought: Sequence[Known], other_than: Iterable[int] = ()) -> list[Likely]:
    """The people in her places who may be one of those sought, the surest first. One query, and one where any is found.

    Nobody outside her places is named; a number that lives there is told by `forms.households.refuse_registered`.
    """
    if not sought:
        return []
    left_out = set(other_than)
    found: dict[int, Likely] = {}
    for person in candidates(street_id, sought):
        for known in sought if person.pk not in left_out else ():
            seen = rules.suspicion(known, known_of(person))
            if seen and (person.pk not in found or seen.strength > found[person.pk].suspicion.strength):
                found[person.pk] = Likely(person, seen, known.name)
    if not found:
        return []
    in_sight = set(Resident.objects.visible_to(staff).filter(pk__in=found).values_list("pk", flat=True))
    shown = [one for key, one in found.items() if key in in_sight]
    return sorted(shown, key=lambda one: (-one.suspicion.strength, one.person.pk))


def paired_with(resident: Resident) -> list[int]:
    """The others of her pairs, decided or waiting: on them somebody has looked or will look."""
    pairs = TwinPair.unscoped.filter(Q(first=resident) | Q(second=resident)).values_list("first", "second")
    return [key for pair in pairs for key in pair if key != resident.pk]


@dataclass(frozen=True)
class Waiting:
    """A suspicion as its reader may see it: both people, or hers and the community of the other."""

    pair: TwinPair
    seen: list[Resident]
    elsewhere: str  # name of the community where the other one stands; "" where both are in sight


def waiting(staff: Staff, *, reason: str = "", page: str = "1") -> "Page[Waiting]":
    """The open suspicions in which one of the two stands in her places, the surest first. Two queries."""
    paths = staff.paths_with(Permission.DECIDE_REGISTER)
    places = Place.objects.within(paths).values("pk")
    pairs = TwinPair.unscoped.filter(Q(grid__in=places) | Q(second__grid__in=places), decision="")
    pairs = pairs.filter(first__left_on=None, first__merged_into=None, second__left_on=None, second__merged_into=None)
    if reason:
        pairs = pairs.filter(reasons__contains=[reason])
    related = [f"{side}__{way}" for side in ("first", "second") for way in ("household", "grid__parent")]
    rows: Page[Any] = Paginator(pairs.select_related(*related).order_by("-strength", "pk"), PAGE_SIZE).get_page(page)
    rows.object_list = [_as_seen(staff, pair) for pair in rows.object_list]
    return rows


def _as_seen(staff: Staff, pair: TwinPair) -> Waiting:
    both = [pair.first, pair.second]
    seen = [person for person in both if staff.may(Permission.DECIDE_REGISTER, person.grid)]
    hidden = [person for person in both if person not in seen]
    return Waiting(pair, seen, str(hidden[0].grid.parent) if hidden else "")


def pairs_in_sight(staff: Staff) -> "QuerySet[TwinPair]":
    """The suspicions of which she sees both people."""
    people = Resident.objects.visible_to(staff).values("pk")
    pairs: QuerySet[TwinPair] = TwinPair.objects.visible_to(staff).filter(first__in=people, second__in=people)
    return pairs.select_related("first__grid", "first__household", "second__grid", "second__household")


def merges_in_sight(staff: Staff) -> "QuerySet[Merge]":
    """The merges of which she sees both people, or the one who stayed where the other came by an offer."""
    people = Resident.objects.visible_to(staff).values("pk")
    mine = Q(duplicate__in=people) | Q(moved__has_key=TAKEN_OVER)
    merges: QuerySet[Merge] = Merge.objects.visible_to(staff).filter(mine, kept__in=people)
    return merges.select_related(
        "kept__household", "kept__grid", "duplicate__household", "duplicate__grid__parent", "duplicate__street"
    )


def panel_of_resident(staff: Staff, resident: Resident, at: datetime) -> dict[str, Any]:
    """For the page of a person: what was merged into her, what she was merged into, and who may be her twin."""
    merges = Merge.objects.visible_to(staff).filter(kept=resident, undone_at=None).order_by("-at")
    decides, in_sight = staff.may(Permission.DECIDE_REGISTER, resident.grid), Resident.objects.visible_to(staff)
    mine = Q(first=resident) | Q(second=resident)
    pairs = pairs_in_sight(staff).filter(mine, decision="").order_by("-strength", "pk") if decides else []
    return {
        "merges": [
            (merge, merge.duplicate.household.door if staff.may_at_door(Permission.SEE_PEOPLE, merge.duplicate) else "")
            for merge in merges.select_related("duplicate__household", "duplicate__grid")
        ],
        "merged_into": resident.merged_into_id,
        "elsewhere": resident.merged_into_id is not None and not in_sight.filter(pk=resident.merged_into_id).exists(),
        "decides": decides,
        "twins": [(pair, pair.second if pair.first_id == resident.pk else pair.first) for pair in pairs],
    }

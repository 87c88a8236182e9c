"""The search over people and doors: one query each, along the indexes of the register."""

from dataclasses import dataclass, field

from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, Func, IntegerField, Q, QuerySet, TextField, Value, When

from grid.models import Staff
from residents import identity
from residents.models import Household, Resident
from residents.rules.addresses import Door
from residents.rules.search import Sought, understand

SHOWN = 50


class PhoneTails(Func):
    """The last four digits of each phone, as the index `resident_phone_tails` holds them."""

    function = "phone_tails"
    template = "%(function)s(%(expressions)s::text[])"
    output_field = ArrayField(TextField())


class PhonesJoined(Func):
    """Every phone followed by a space, so that the end of each can be compared."""

    function = "array_to_string"
    template = "(%(function)s(%(expressions)s::text[], ' ') || ' ')"
    output_field = TextField()


@dataclass
class Found:
    """What a search brings: at most `SHOWN` people and doors each, and whether there are more."""

    people: list[Resident] = field(default_factory=list)
    doors: list[Household] = field(default_factory=list)
    more: bool = False
    understood: bool = True


def search(staff: Staff, text: str) -> Found:
    """People and doors in her places that the typed text can mean, the likeliest first. At most two queries."""
    sought = understand(text)
    if not sought:
        return Found(understood=False)
    doors = _doors(staff, sought.door) if sought.door else []
    people = _people(staff, sought, doors)
    more = len(doors) > SHOWN or len(people) > SHOWN
    return Found(people=people[:SHOWN], doors=doors[:SHOWN], more=more)


def _doors(staff: Staff, door: Door) -> list[Household]:
    condition = Q(**{name: value for name, value in door._asdict().items() if value and name != "compound"})
    if door.building and door.room and not door.unit:
        # In a building of one's own "1-502" means entrance 1.
        condition |= Q(unit=door.building, room=door.room)
    if door.compound:
        condition &= Q(compound__contains=door.compound)
    households: QuerySet[Household] = Household.objects.visible_to(staff).filter(condition)
    return list(households.select_related("grid").in_walking_order()[: SHOWN + 1])  # type: ignore[attr-defined]


def _people(staff: Staff, sought: Sought, doors: list[Household]) -> list[Resident]:
    condition, rank = _meaning(sought)
    if doors:
        condition |= Q(household__in=[door.pk for door in doors[:SHOWN]])
    if not condition:
        return []
    people = (
        Resident.objects.visible_to(staff).current().alias(tails=PhoneTails("phones"), joined=PhonesJoined("phones"))
    )
    people = people.filter(condition).select_related("household", "grid").alias(likely=rank)
    return list(people.order_by("likely", "household__walk_key", "pk")[: SHOWN + 1])


def _meaning(sought: Sought) -> tuple[Q, Case]:
    """The condition along indexes for what was typed, and the order of likelihood."""
    if sought.name:
        inside = Q(name_key__contains=sought.name)
        condition = Q(name_key__startswith=sought.name)
        if len(sought.name) > 2:
            condition |= inside
        elif sought.name_sound:
            condition |= inside & Q(pinyin__contains=sought.name_sound)
        return condition, _likely(Q(name_key=sought.name), Q(name_key__startswith=sought.name))
    if sought.letters:
        condition = Q(initials__startswith=sought.letters)
        condition |= (
            Q(pinyin__contains=sought.letters) if len(sought.letters) > 2 else Q(pinyin__startswith=sought.letters)
        )
        return condition, _likely(
            Q(pinyin=sought.letters), Q(initials=sought.letters), Q(pinyin__startswith=sought.letters)
        )
    return _numbers(sought), _likely(Q(phones__contains=[sought.phone]) if sought.phone else Q(pk__in=[]))


def _numbers(sought: Sought) -> Q:
    condition = Q()
    if sought.phone:
        condition |= Q(phones__contains=[sought.phone])
    if sought.phone_end and len(sought.phone) < 11:
        # The index on the last four digits finds the few; what was typed before them decides.
        condition |= Q(tails__contains=[sought.phone_end[-4:]], joined__contains=f"{sought.phone_end} ")
    if sought.document and (digests := identity.digests_of(sought.document)):
        # The tail's index finds the few; the whole number decides.
        condition |= Q(id_tail_digest=identity.tail_digest_of(sought.document), id_digest__in=digests)
    if sought.document_end:
        condition |= Q(id_tail_digest=identity.tail_digest_of(sought.document_end))
    return condition


def _likely(*conditions: Q) -> Case:
    """0 for rows that meet the first condition, 1 for the second …"""
    return Case(
        *(When(condition, then=Value(place)) for place, condition in enumerate(conditions)),
        default=Value(len(conditions)),
        output_field=IntegerField(),
    )

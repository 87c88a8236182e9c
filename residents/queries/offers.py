"""Offers of people to another street: what was offered to one's places, and what became of one's own."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from grid import registries
from grid.models import Place, Staff
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from grid.rules.places import Kind
from residents.models import Household, MoveOffer, Resident
from residents.queries import households

# How long an answered offer is still shown.
SHOWN_FOR = timedelta(days=30)
MOST_SHOWN = 50


def received(staff: Staff, at: datetime) -> QuerySet[MoveOffer]:
    """Offers to the places where she decides, or to the street of one of her communities."""
    paths = staff.paths_with(Permission.DECIDE_REGISTER)
    above = [int(part) for path in paths for part in path.strip("/").split("/")]
    mine = Q(to_place__in=Place.objects.within(paths).values("pk"))
    mine |= Q(to_place__in=above, to_place__kind=Kind.STREET)
    return _recent(MoveOffer.unscoped.filter(mine), at)


def sent(staff: Staff, at: datetime) -> QuerySet[MoveOffer]:
    """Offers of people who stand, or stood when it was offered, in her places. After an answer only its outcome."""
    places = Place.objects.within(staff.paths_with(Permission.EDIT_PEOPLE)).values("pk")
    here = MoveOffer.objects.visible_to(staff, Permission.EDIT_PEOPLE).filter(state="open")
    return _recent(MoveOffer.unscoped.filter(Q(pk__in=here.values("pk")) | Q(from_grid__in=places)), at)


def _recent(offers: QuerySet[MoveOffer], at: datetime) -> QuerySet[MoveOffer]:
    shown = offers.filter(Q(state="open") | Q(decided_at__gte=at - SHOWN_FOR))
    places = ("from_grid__parent", "from_grid__street", "to_place__street", "household", "resident", "decided_by")
    return shown.select_related("offered_by", "grid", *places).order_by("-offered_at", "-pk")


def people_of(staff: Staff, offer: MoveOffer, receives: bool) -> list[Resident]:
    """Whom an offer names. The receiver of an open one must know whom she takes; else only who is in sight."""
    in_sight = Resident.objects.visible_to(staff).current()
    people = Resident.unscoped.current() if receives and offer.state == "open" else in_sight
    people = people.filter(household=offer.household_id)
    return list((people.filter(pk=offer.resident_id) if offer.resident_id else people).order_by("pk"))


def open_offer_of(staff: Staff, subject: Resident | Household) -> MoveOffer | None:
    """The open offer that a person or door in sight waits for."""
    household = subject if isinstance(subject, Household) else subject.household_id
    offers = MoveOffer.objects.visible_to(staff).filter(household=household, state="open")
    if isinstance(subject, Resident):
        offers = offers.filter(Q(resident=None) | Q(resident=subject))
    found: MoveOffer | None = offers.select_related("to_place").order_by("-resident", "pk").first()
    return found


def streets_beyond(street_id: int) -> list[Place]:
    """Every open street but this one, with its district, in administrative order."""
    streets = Place.objects.open().filter(kind=Kind.STREET).exclude(pk=street_id)
    return list(streets.select_related("parent").order_by("parent__code", "code", "pk"))


def communities_of(street: Place) -> list[Place]:
    """The open communities of a street."""
    return list(Place.objects.open().filter(kind=Kind.COMMUNITY, street=street).in_order())  # type: ignore[attr-defined]


def grids_to_receive(staff: Staff, offer: MoveOffer) -> list[Place]:
    """The open grids at the place that was asked where she decides."""
    grids = Place.objects.within(staff.paths_with(Permission.DECIDE_REGISTER)).open().filter(kind=Kind.GRID)
    here = grids.filter(path__startswith=offer.to_place.path)
    return list(here.select_related("parent").in_order())  # type: ignore[attr-defined]


def panel_of(staff: Staff, subject: Resident | Household, at: datetime) -> dict[str, Any]:
    """The part of a person's or door's page about moving and leaving."""
    resident = subject if isinstance(subject, Resident) else None
    away = resident.away_until if resident else None
    return {
        "resident": resident,
        "household": None if resident else subject,
        "offer": open_offer_of(staff, subject),
        "away": away is not None and away >= local_day(at),
        "left": resident is not None and resident.left_on is not None,
        "anybody": subject.merged_into_id is None,
        "may_edit": subject.merged_into_id is None and staff.may_at_door(Permission.EDIT_PEOPLE, subject),
        "may_move": staff.may(Permission.EDIT_PEOPLE, subject.grid),
    }


def panels_of(staff: Staff, offer: MoveOffer, at: datetime) -> list[dict[str, Any]]:
    """What apps above add for whoever decides on an open offer. The look is scoped to the offer, not to a place."""
    if offer.state != "open":
        return []
    panels = sorted((panel for panel in registries.PANELS if panel.page == "offer"), key=lambda panel: panel.rank)
    return [{"template": panel.template, **panel.context(staff, offer, at)} for panel in panels]


def described(staff: Staff, offers: QuerySet[MoveOffer], receives: bool) -> list[dict[str, Any]]:
    """Offers with the names of whom they are about: all of what is open to the receiver, else what is in sight."""
    rows = list(offers[:MOST_SHOWN])
    in_sight = Resident.objects.visible_to(staff).current()
    people = Resident.unscoped.current() if receives else in_sight
    doors = [offer.household_id for offer in rows if offer.state == "open" or not receives]
    # Another offer of the same door may be open: an answered one still tells its receiver nobody.
    told = {"open"} if receives else {"open", "declined", "withdrawn"}
    names: dict[int, list[Resident]] = {}
    for person in people.filter(household__in=doors).order_by("pk"):
        names.setdefault(person.household_id, []).append(person)
    return [
        {
            "offer": offer,
            "names": " ".join(
                person.name
                for person in names.get(offer.household_id, [])
                if offer.resident_id in (None, person.pk) and offer.state in told
            ),
        }
        for offer in rows
    ]


def registered_already(staff: Staff, offer: MoveOffer, people: list[Resident]) -> list[dict[str, Any]]:
    """Who of the street that was asked has the number of one of the people offered; out of sight, only that there is
    somebody. `may_join`: whether she decides there, and so may make one person of the two."""
    numbered = {bytes(person.id_digest): person for person in people if person.id_digest}
    found = households.living_with(offer.to_place.street_id or 0, numbered) if numbered else {}
    return [
        {
            "offered": numbered[digest],
            "person": person,
            "in_sight": households.is_visible(staff, person),
            "may_join": staff.may(Permission.DECIDE_REGISTER, person.grid),
        }
        for digest, person in found.items()
    ]

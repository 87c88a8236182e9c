"""What happened to people of the demo street: twins, contacts, somebody away, somebody gone, a helper."""

from datetime import timedelta

from grid.actions.audit import reserve_id
from grid.actions.demo import Demo
from grid.models import Place, Post
from grid.rules.actors import Actor
from grid.rules.clock import local_day
from grid.rules.permissions import Role
from residents.actions.contacts import ContactFacts, add_contact
from residents.actions.leaving import go_away, leave
from residents.actions.residents import add_resident
from residents.models import Contact, Household, Resident
from residents.rules.people import PersonFacts

TWINS, CONTACTS = 5, 30


def build_register_work(demo: Demo) -> None:
    """By the deeds themselves, in the community of the demo lead. After isolation was built: who leaves ends hers."""
    grid = demo.grids[0]
    for number, person in enumerate(_alone(demo)):
        _contact(demo, number, person)
    heads = Resident.unscoped.filter(grid__parent=demo.communities[0], relation="02").exclude(phones=[])
    for person in heads.order_by("pk")[1 : TWINS * 9 : 9]:
        _twin(demo, person)
    by = Actor.staff(demo.workers[grid.pk].pk)
    gone, away = Resident.unscoped.filter(grid=grid).select_related("household").order_by("-pk")[:2]
    today = local_day(demo.at)
    go_away(resident=away, version=away.version, until=today + timedelta(days=5), by=by, at=demo.at)
    leave(
        household=gone.household, people={gone.pk: gone.version}, reason="moved_out", on=today, where="", by=by,
        at=demo.at,
    )  # fmt: skip
    _helper(demo, grid)


def _alone(demo: Demo) -> list[Resident]:
    people = Resident.unscoped.filter(grid__parent=demo.communities[0], care_tags__contains=["lives_alone"])
    return list(people.order_by("pk")[:CONTACTS])


def _contact(demo: Demo, number: int, person: Resident) -> None:
    """Two of three are neighbours with a key; the third is a child who lives elsewhere."""
    near = number % 3 != 2
    facts = ContactFacts(
        name=demo.person_name(), relation="neighbour" if near else "family", phones=(f"1990000{9000 + number}",),
        has_key=near, may_report=not near,
    )  # fmt: skip
    by = Actor.staff(demo.workers[person.grid_id].pk)
    add_contact(key=reserve_id(Contact), resident=person, facts=facts, by=by, at=demo.at)


def _twin(demo: Demo, person: Resident) -> None:
    """The same name and phone once more, three doors on: somebody wrote her down without her card."""
    door = Household.unscoped.filter(grid=person.grid_id, pk__gt=person.household_id).order_by("pk")[2]
    by = Actor.staff(demo.workers[person.grid_id].pk)
    facts = PersonFacts(name=person.name, phones=tuple(person.phones))
    add_resident(key=reserve_id(Resident), household=door, facts=facts, by=by, at=demo.at)


def _helper(demo: Demo, grid: Place) -> None:
    """The worker of the grid beside helps in one building for a week."""
    door = Household.unscoped.filter(grid=grid).order_by("pk")[0]
    Post.objects.create(
        staff=demo.workers[demo.grids[1].pk], place=grid, role=Role.GRID_WORKER, since=demo.at,
        until=demo.at + timedelta(days=7), compound=door.compound, building=door.building,
    )  # fmt: skip

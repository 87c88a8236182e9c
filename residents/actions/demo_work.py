"""What happened to people of the demo street: twins, contacts, somebody away or gone, a helper, people to be found."""

from datetime import time, timedelta

from grid.actions.audit import reserve_id
from grid.actions.demo import Demo
from grid.models import Place, Post
from grid.rules.actors import Actor
from grid.rules.clock import local_day, moment
from grid.rules.permissions import Role
from residents.actions import lists
from residents.actions.contacts import ContactFacts, add_contact
from residents.actions.leaving import go_away, leave
from residents.actions.residents import add_resident
from residents.lists import staging
from residents.lists.headers import find_tables
from residents.lists.kinds import TO_FIND
from residents.lists.reading import read_sheets
from residents.models import Contact, Household, ImportBatch, Resident
from residents.rules.people import PersonFacts

TWINS, CONTACTS, PUSHED = 5, 30, 14


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
    _pushed_list(demo)


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


def _pushed_list(demo: Demo) -> None:
    """The police named people who came back; every third one is registered. The lead has taken the list in."""
    community = demo.communities[0]
    lead = Post.objects.filter(place=community, role=Role.COMMUNITY_LEAD).order_by("pk")[0]
    by, at = Actor.staff(lead.staff_id), demo.at
    known = Resident.unscoped.filter(grid__parent=community).exclude(phones=[]).select_related("household")
    people = iter(known.order_by("pk")[40 : 40 + PUSHED * 7 : 7])
    lines = ["姓名,联系电话,现住址,返乡时间,备注"]
    for number in range(PUSHED):
        day = (local_day(at) - timedelta(days=1 + number % 3)).isoformat()
        if number % 3 == 0 and (person := next(people, None)):
            door = person.household
            address = f"{door.compound}{door.building}-{door.unit}-{door.room}" if door.unit else ""
            lines.append(f"{person.name},{person.phones[0]},{address},{day},")
        else:
            lines.append(f"{demo.person_name()},1990000{8800 + number},,{day},{'只有电话' if number % 2 else ''}")
    data = "\n".join(lines).encode()
    found = find_tables(read_sheets(data))
    tables = staging.plain_tables(found)
    batch, _new = lists.receive_list(
        place=community, kind=TO_FIND.key, file_name="公安推送返乡人员.csv", data=data, tables=tables, by=by, at=at
    )
    staged = staging.stage(batch, found, tables, TO_FIND, {}, at)
    deadline = moment(local_day(at) + timedelta(days=1), time(8, 0))
    choices = {"grid": None, "isolation": None, "reason": "", "deadline": deadline.isoformat()}
    lists.keep_preview(
        batch=batch, found=found, staged=staged, tables=tables, kind=TO_FIND.key, choices=choices, by=by, at=at
    )
    lists.ask_commit(batch=batch, reading=1, use_list=[], by=by, at=at)
    lists.take_in(batch=ImportBatch.unscoped.get(pk=batch.pk), by=by, at=at)

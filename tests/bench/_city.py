"""A city for benches: any number of invented residents behind their doors, with open cases, written by COPY.

A grid holds a thousand people, a community ten grids. The first street has 20,000 people at every size, so that its
pages can be compared; the others have 50,000 to 200,000. Indexes that no constraint needs are dropped while the rows
are written, and made again behind them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from itertools import cycle, islice
from random import Random
from typing import Any

from django.db import connections
from stdnum.cn.ric import calc_check_digit

from grid.actions.demo import GIVEN, SURNAMES
from grid.bulk import copy_rows, reserve_ids
from grid.models import Place, Staff
from grid.rules.clock import local_day
from grid.rules.permissions import Role
from grid.rules.places import Kind
from quarantine.actions.demo import CASE_FIELDS
from quarantine.actions.rule_sets import rule_set_named
from quarantine.models import IsolationCase
from quarantine.rules.case_clock import DEFAULT_NAME, facts_of, last_day_of, slots_from
from residents.actions.demo import BLOOD, FAMILIES, HOUSEHOLD_FIELDS, RESIDENT_FIELDS
from residents.identity import prepare_door, prepare_person
from residents.models import Household, Resident
from residents.rules.id_numbers import IdNumber, IdType
from tests.factories.grid import make_place, make_staff

FIRST_STREET, GRID, GRIDS_OF_COMMUNITY = 20_000, 1_000, 10
STREETS = (200_000, 150_000, 100_000, 50_000)  # residents of each further street, again and again
COMPOUNDS = [
    first + second + kind
    for kind in ("花园", "小区", "新村", "家园", "宿舍", "苑")
    for first in "望江柳水长新东西南北"
    for second in "江岸秀堤桥湖山林湾城"
]
DOORS_OF_BUILDING = 100
ISOLATED = 0.005
INDEXED = ("residents_household", "residents_resident", "quarantine_isolationcase")
_PER_COPY = 50_000  # rows that the history's triggers hold at once


@dataclass
class City:
    """What was built, and who looks at it."""

    worker: Staff
    lead: Staff
    supervisor: Staff  # of the first street
    big_supervisor: Staff  # of the largest one
    grid: Place
    street: Place
    residents: int = 0
    cases: int = 0
    chance: Random = field(default_factory=lambda: Random(20200206))


def build(residents: int, at: datetime, isolated: float = ISOLATED) -> City:
    """Fills the database that both connections stand at; `isolated` is the share of people with an open case."""
    sizes = list(_sizes(residents))
    city_place = make_place(Kind.CITY, name="江城市")
    district = make_place(Kind.DISTRICT, city_place, name="临江区")
    streets = [_street(district, number, size) for number, size in enumerate(sizes)]
    first, largest = streets[0], streets[sizes.index(max(sizes))]
    city = City(
        worker=make_staff(Role.GRID_WORKER, first[1][0]),
        lead=make_staff(Role.COMMUNITY_LEAD, first[1][0].parent),
        supervisor=make_staff(Role.STREET_SUPERVISOR, first[0]),
        big_supervisor=make_staff(Role.STREET_SUPERVISOR, largest[0]),
        grid=first[1][0],
        street=first[0],
    )
    rows = _people(city, [grid for _street_place, grids in streets for grid in grids])
    with _without_indexes():
        while families := list(islice(rows, _PER_COPY // 3)):
            _write(city, families)
        _isolate(city, city_place, at, isolated)
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return city


def _sizes(residents: int) -> Iterator[int]:
    yield min(residents, FIRST_STREET)
    left = residents - FIRST_STREET
    for size in cycle(STREETS):
        if left <= 0:
            return
        yield min(size, left)
        left -= size


def _street(district: Place, number: int, size: int) -> tuple[Place, list[Place]]:
    street = make_place(Kind.STREET, district, name=f"第{number + 1}街道")
    grids: list[Place] = []
    for position in range(-(-size // GRID)):
        if position % GRIDS_OF_COMMUNITY == 0:
            community = make_place(Kind.COMMUNITY, street, name=f"第{len(grids) // GRIDS_OF_COMMUNITY + 1}社区")
        grids.append(make_place(Kind.GRID, community, name=f"第{position + 1}网格"))
    return street, grids


def _people(city: City, grids: list[Place]) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """A door and its people at a time, grid by grid."""
    born_first, number = date(1932, 1, 1), 0
    for position, grid in enumerate(grids):
        compound = COMPOUNDS[position // GRIDS_OF_COMMUNITY % len(COMPOUNDS)]
        people = 0
        for door in range(GRID):
            building = position % GRIDS_OF_COMMUNITY * 5 + door // DOORS_OF_BUILDING + 1
            flat = door % DOORS_OF_BUILDING
            words = {"building": str(building), "unit": str(flat // 50 + 1)}
            place = {"grid_id": grid.pk, "street_id": grid.street_id}
            household = prepare_door(compound=compound, room=f"{flat % 50 // 2 + 1}{flat % 2 + 1:02}", **words)
            family = []
            surname = _name(city.chance)[0]
            for relation, sex, _youngest, _oldest in city.chance.choice(FAMILIES):
                number += 1
                born = born_first + timedelta(days=number % 31_000)
                name = _name(city.chance)
                name = surname + name[1:] if relation in BLOOD else name
                is_man = sex == "M" or (not sex and number % 2 == 1)
                stem = f"420198{born:%Y%m%d}{number // 31_000 * 2 % 1000 + is_man:03}"
                document = IdNumber(IdType.RESIDENT, stem + calc_check_digit(stem + "0"))
                known = document if number % 10 else None
                phones = [f"1990{number:07}"] if relation in ("02", "10") else []
                facts = {"relation": relation, "phones": phones, "care_tags": [], **place}
                family.append({**prepare_person(name=name, id_number=known), **facts})
            yield {**household, **place}, family
            people += len(family)
            if people >= GRID:
                break


def _name(chance: Random) -> str:
    """A name whose surname is among the first of the list in most cases, as in life."""
    surname = SURNAMES[min(int(chance.expovariate(0.07)), len(SURNAMES) - 1)]
    return surname + chance.choice(GIVEN) + (chance.choice(GIVEN) if chance.random() < 0.8 else "")


def _write(city: City, families: list[tuple[dict[str, Any], list[dict[str, Any]]]]) -> None:
    doors, people = [], []
    household_ids = reserve_ids(Household, len(families))
    resident_ids = iter(reserve_ids(Resident, sum(len(family) for _door, family in families)))
    for household_id, (door, family) in zip(household_ids, families, strict=True):
        row = door | {"id": household_id, "version": 1}
        doors.append([row.get(name, "") for name in HOUSEHOLD_FIELDS])
        for person in family:
            row = person | {"id": next(resident_ids), "household_id": household_id, "version": 1}
            people.append([row.get(name, "") for name in RESIDENT_FIELDS])
    copy_rows(Household, HOUSEHOLD_FIELDS, doors)
    copy_rows(Resident, RESIDENT_FIELDS, people)
    city.residents += len(people)


def _isolate(city: City, place: Place, at: datetime, isolated: float) -> None:
    """Opens cases for a share of the people; some of the last days have come."""
    rules = rule_set_named(DEFAULT_NAME, place=place, at=at)
    slots, cases = slots_from(rules.slots), []
    people = list(Resident.unscoped.order_by("pk").values_list("pk", "grid_id"))
    chosen = city.chance.sample(people, int(len(people) * isolated))
    for case_id, (resident_id, grid_id) in zip(reserve_ids(IsolationCase, len(chosen)), chosen, strict=True):
        first_day = local_day(at) - timedelta(days=case_id % rules.isolation_days)
        last_day = last_day_of(first_day, rules.isolation_days)
        facts = facts_of([], first_day=first_day, last_day=last_day, slots=slots, closed=False, at=at)
        row = {
            "id": case_id, "resident_id": resident_id, "grid_id": grid_id, "rule_set_id": rules.pk,
            "reason": "returnee", "first_day": first_day, "last_day": last_day, "opened_at": at, "closed_at": None,
            "closed_as": "", "closed_note": "", "version": 1, "last_check_in_id": None, "stage": "isolation",
            "look_at": at, **asdict(facts),
        }  # fmt: skip
        cases.append([row[name] for name in CASE_FIELDS])
    copy_rows(IsolationCase, CASE_FIELDS, cases)
    city.cases = len(cases)


@contextmanager
def _without_indexes() -> Iterator[None]:
    """Drops the indexes that no constraint needs and makes them again behind the rows."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = ANY(%s::regclass[]) AND NOT EXISTS"
            " (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
            [list(INDEXED)],
        )
        indexes = cursor.fetchall()
        # The unique one on ID numbers stays: it is what keeps people apart.
        indexes = [(name, made_by) for name, made_by in indexes if "UNIQUE" not in made_by]
        for name, _made_by in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for _name_of_index, made_by in indexes:
            cursor.execute(made_by)
        cursor.execute("RESET maintenance_work_mem")

"""Households and people for tests, invented: ID numbers in the never-assigned area 420198, phones 1990000xxxx."""

from datetime import date
from itertools import count
from typing import Any

from stdnum.cn.ric import calc_check_digit

from grid.models import Place
from residents import identity
from residents.models import Contact, Household, Resident
from residents.rules.id_numbers import IdNumber, canonical
from tests.factories.grid import make_place

_number = count(1)


def make_id_number(birth_date: date = date(1980, 5, 17), sex: str = "F", sequence: int | None = None) -> str:
    """A sound 18-character number that belongs to nobody; a new one each time unless `sequence` (0-499) is given."""
    digits = (next(_number) if sequence is None else sequence) % 500
    body = f"420198{birth_date:%Y%m%d}{digits * 2 + (sex == 'M'):03}"
    return body + str(calc_check_digit(body + "0"))


def make_phone() -> str:
    """A mobile number that belongs to nobody, a new one each time."""
    return f"1990000{next(_number) % 10_000:04}"


def make_household(grid: Place | None = None, **columns: Any) -> Household:
    """A door; without a word about it in 望江花园, building 3, unit 1, a room of its own."""
    grid = grid or make_place()
    door = {"compound": "望江花园", "building": "3", "unit": "1", "room": str(1000 + next(_number))}
    door |= {name: columns.pop(name) for name in list(columns) if name in door}
    return Household.unscoped.create(grid=grid, street_id=grid.street_id, **identity.prepare_door(**door), **columns)


def make_resident(household: Household | None = None, name: str = "", id_number: str = "", **columns: Any) -> Resident:
    """A person, with a number only where one is given."""
    household = household or make_household()
    number = canonical(id_number) if id_number else None
    assert number is None or isinstance(number, IdNumber), number
    prepared = identity.prepare_person(
        name=name or f"测试{'甲乙丙丁戊己庚辛壬癸'[next(_number) % 10]}",
        id_number=number,
        sex=columns.pop("sex", ""),
        birth_date=columns.pop("birth_date", None),
    )
    return Resident.unscoped.create(
        household=household, grid_id=household.grid_id, street_id=household.street_id, **(prepared | columns)
    )


def make_contact(resident: Resident, name: str = "邻居", relation: str = "neighbour", **columns: Any) -> Contact:
    """Somebody to ring about a person."""
    return Contact.unscoped.create(resident=resident, grid_id=resident.grid_id, name=name, relation=relation, **columns)

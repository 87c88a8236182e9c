"""People of the demo street: 7,500 households, about 20,000 residents, all invented.

ID numbers stand in the area 420198, which was never assigned, and phones in 1990000xxxx.
"""

from datetime import date
from random import Random
from typing import Any

from stdnum.cn.ric import calc_check_digit

from grid.actions.demo import Demo
from grid.bulk import copy_rows, reserve_ids
from residents.identity import prepare_door, prepare_person
from residents.models import Household, Resident
from residents.rules.id_numbers import IdNumber, IdType

HOUSEHOLDS = 7500
COMPOUNDS = [
    "望江花园",
    "江湾里",
    "柳岸新村",
    "水秀苑",
    "机床厂宿舍",
    "望江楼",
    "长堤小区",
    "新桥家园",
]
DOORS_A_BUILDING = 40  # two entrances of ten floors with two flats each
HOUSEHOLD_FIELDS = [
    "id",
    "grid_id",
    "street_id",
    "compound",
    "building",
    "unit",
    "room",
    "walk_key",
    "note",
    "version",
]
RESIDENT_FIELDS = [
    "id", "household_id", "grid_id", "street_id", "name", "name_key", "pinyin", "initials", "id_type", "id_sealed",
    "id_digest", "id_tail_digest", "sex", "birth_date", "phones", "relation", "residency", "care_tags", "left_reason",
    "bed", "note", "version",
]  # fmt: skip
BLOOD = {"02", "20", "30", "51"}  # share the head's surname
# Who lives together: relation to the head (GB/T 4761), sex ("" = by chance), age from and to.
FAMILIES = [
    [("02", "", 62, 90)],
    [("02", "", 22, 40)],
    [("02", "M", 26, 80), ("10", "F", 25, 78)],
    [("02", "M", 26, 80), ("10", "F", 25, 78)],
    [("02", "M", 28, 50), ("10", "F", 27, 48), ("20", "M", 0, 20)],
    [("02", "F", 28, 50), ("10", "M", 27, 52), ("30", "F", 0, 20)],
    [("02", "M", 30, 48), ("10", "F", 29, 46), ("30", "F", 1, 18), ("52", "F", 58, 85)],
    [("02", "M", 32, 48), ("10", "F", 31, 46), ("20", "M", 1, 18), ("30", "F", 1, 18)],
    [("02", "F", 45, 70), ("20", "M", 20, 40)],
    [("02", "M", 30, 45), ("10", "F", 29, 44), ("30", "F", 0, 15), ("51", "M", 60, 84)],
    [("02", "M", 55, 72), ("10", "F", 54, 70), ("20", "M", 25, 40)],
]


def build_people(demo: Demo) -> None:
    """Writes households and residents by COPY."""
    household_ids = reserve_ids(Household, HOUSEHOLDS)
    families = [demo.chance.choice(FAMILIES) for _household in household_ids]
    resident_ids = iter(reserve_ids(Resident, sum(map(len, families))))
    doors, people, sequence = [], [], _Sequence(demo.chance)
    for number, (household_id, family) in enumerate(zip(household_ids, families, strict=True)):
        grid = demo.grids[number % len(demo.grids)]
        position = number // len(demo.grids)  # the door's place within its grid
        door = _door(demo.grids.index(grid), position)
        doors.append([household_id, grid.pk, demo.street.pk, *door.values(), "", 1])
        surname = demo.person_name()[0]
        for member in family:
            given = demo.person_name()
            name = surname + given[1:] if member[0] in BLOOD else given
            person = _person(demo, sequence, name, member, alone=len(family) == 1)
            person |= {
                "id": next(resident_ids),
                "household_id": household_id,
                "grid_id": grid.pk,
            }
            person |= {
                "street_id": demo.street.pk,
                "phones": [f"1990000{number:04}"] if member[0] in ("02", "10") else [],
            }
            people.append([person.get(field, "") for field in RESIDENT_FIELDS])
    copy_rows(Household, HOUSEHOLD_FIELDS, doors)
    copy_rows(Resident, RESIDENT_FIELDS, people)


def _door(grid_number: int, position: int) -> dict[str, str]:
    """The door at a position of a grid: three buildings a grid, eight grids (a community) a compound."""
    building = grid_number % 8 * 3 + position // DOORS_A_BUILDING + 1
    flat = position % DOORS_A_BUILDING
    room = f"{flat % 20 // 2 + 1}{flat % 2 + 1:02}"
    return prepare_door(
        compound=COMPOUNDS[grid_number // 8],
        building=str(building),
        unit=str(flat // 20 + 1),
        room=room,
    )


class _Sequence:
    """Hands out ID numbers, none twice."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._taken: set[str] = set()

    def number(self, born: date, sex: str) -> IdNumber:
        """A sound number for the birth date and sex (the 17th digit is odd for men)."""
        while True:
            stem = f"420198{born:%Y%m%d}{self._chance.randrange(100):02}{self._chance.randrange(5) * 2 + (sex == 'M')}"
            if stem not in self._taken:
                self._taken.add(stem)
                return IdNumber(IdType.RESIDENT, stem + calc_check_digit(stem + "0"))


def _person(
    demo: Demo,
    sequence: _Sequence,
    name: str,
    member: tuple[str, str, int, int],
    *,
    alone: bool,
) -> dict[str, Any]:
    relation, sex, youngest, oldest = member
    chance = demo.chance
    sex = sex or chance.choice("MF")
    age = chance.randint(youngest, oldest)
    born = date(demo.at.year - age - 1, chance.randint(1, 12), chance.randint(1, 28))
    tags = [tag for tag, fits in (("lives_alone", alone and age > 60), ("infant", age < 1)) if fits]
    if age > 55 and chance.random() < 0.25:
        tags.append("chronic_illness")
    return {
        **prepare_person(name=name, id_number=sequence.number(born, sex)),
        "relation": relation,
        "residency": chance.choices(["permanent", "floating"], [8, 2])[0],
        "care_tags": tags,
        "version": 1,
    }

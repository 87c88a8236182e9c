"""500 invented pairs, each labelled by how it was made: as rows of a register come to be twins in the field, and as
people come to look alike who are two. Written from the field, not from the rule; the hard ones stay in."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import cycle

from stdnum.cn.ric import calc_check_digit

from residents.rules.twins import Known

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗"
GIVEN = [
    "建国",
    "秀英",
    "志强",
    "桂兰",
    "海燕",
    "文博",
    "雨桐",
    "淑珍",
    "德明",
    "春梅",
    "立新",
    "晓东",
    "玉华",
    "永康",
    "佳怡",
    "浩然",
    "凤霞",
    "振邦",
    "美玲",
    "家豪",
]
# written by ear: one sound, other characters
BY_EAR = [
    ("建国", "建帼"), ("丽", "莉"), ("伟", "玮"), ("晓红", "小红"), ("志强", "智强"), ("艳", "燕"), ("静", "婧"),
    ("雨桐", "宇彤"), ("海燕", "海艳"), ("文博", "文波"), ("淑珍", "淑真"), ("玉华", "玉花"), ("明辉", "明晖"),
    ("佳怡", "嘉怡"), ("晓东", "小东"), ("立新", "利新"), ("永康", "勇康"), ("凤霞", "奉霞"),
]  # fmt: skip
TRADITIONAL = [
    ("张丽华", "張麗華"), ("刘国强", "劉國強"), ("陈美龄", "陳美齡"), ("杨晓东", "楊曉東"), ("黄海涛", "黃海濤"),
    ("赵凤兰", "趙鳳蘭"), ("吴汉杰", "吳漢傑"), ("孙庆龙", "孫慶龍"), ("马云飞", "馬雲飛"), ("罗义军", "羅義軍"),
]  # fmt: skip
DOTTED = ["阿依古丽·买买提", "古丽娜尔·阿不都", "艾力·吐尔逊", "尼玛·次仁", "扎西·旺堆", "MARIA LOPEZ", "John Smith"]
SIBLINGS = [("子涵", "子轩"), ("佳琪", "佳宁"), ("天佑", "天赐"), ("思雨", "思晨"), ("浩宇", "浩天")]
COMPOUNDS = ["望江花园", "柳岸新村", "机床厂宿舍", "水秀苑"]


@dataclass(frozen=True)
class Pair:
    """Two rows and the truth about them."""

    how: str
    one: Known
    other: Known
    same: bool


class Street:
    """Makes people of a street by a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.phones = iter(range(10_000))
        self.sequences = cycle(self.chance.sample(range(500), 500))  # no two people draw one number

    def phone(self) -> frozenset[str]:
        return frozenset([f"1990000{next(self.phones):04}"])

    def door(self) -> str:
        chance = self.chance
        return f"{chance.choice(COMPOUNDS)}-{chance.randint(1, 30)}-{chance.randint(1, 4)}-{chance.randint(101, 1802)}"

    def birth(self, first: int = 1940, last: int = 2015) -> date:
        return date(self.chance.randint(first, last), 1, 1) + timedelta(days=self.chance.randrange(365))

    def name(self) -> str:
        return self.chance.choice(SURNAMES) + self.chance.choice(GIVEN)

    def number(self, birth: date, sex: str) -> str:
        body = f"420198{birth:%Y%m%d}{next(self.sequences) * 2 + (sex == 'M'):03}"
        return body + calc_check_digit(body + "0")

    def person(self, name: str = "", birth: date | None = None, sex: str = "") -> Known:
        """Everything known, and sound."""
        birth, sex = birth or self.birth(), sex or self.chance.choice("MF")
        return Known(
            name=name or self.name(), id_type="resident_id", number=self.number(birth, sex), sex=sex,
            birth_date=birth, phones=self.phone(), door=self.door(),
        )  # fmt: skip


def unproven(person: Known, *, birth: bool = False) -> Known:
    """The row of a list without ID numbers; mostly without birth dates, too."""
    return replace(person, id_type="", number="", sex="", birth_date=person.birth_date if birth else None)


# --- one person, two rows -------------------------------------------------------------------------------------------


def taken_in_again(street: Street) -> tuple[Known, Known]:
    """A list of the street next door holds her with the same number."""
    person = street.person()
    return person, replace(person, phones=street.phone(), door=street.door())


def list_without_numbers(street: Street) -> tuple[Known, Known]:
    """The school's list says name and birthday."""
    person = street.person()
    return person, replace(unproven(person, birth=True), phones=frozenset(), door="")


def list_with_phones(street: Street) -> tuple[Known, Known]:
    """The chat group's list says name and phone."""
    person = street.person()
    return person, replace(unproven(person), door="")


def found_at_the_door(street: Street) -> tuple[Known, Known]:
    """Somebody knocked, wrote the name down, and asked for nothing more."""
    person = street.person()
    return person, replace(unproven(person), phones=frozenset())


def by_ear(street: Street) -> tuple[Known, Known]:
    """The name was written as it sounded on the phone."""
    surname, (right, heard) = street.chance.choice(SURNAMES), street.chance.choice(BY_EAR)
    person = street.person(surname + right)
    known = street.chance.choice(["birth", "phone", "door"])
    return person, replace(
        unproven(person, birth=known == "birth"),
        name=surname + heard,
        phones=person.phones if known == "phone" else frozenset(),
        door=person.door if known == "door" else street.door(),
    )


def damaged_number(street: Street) -> tuple[Known, Known]:
    """One digit wrong, or two neighbours in the other order; the number fails its check, the rest is empty."""
    person = street.person()
    place = street.chance.randrange(6, 16)
    number = person.number
    if street.chance.random() < 0.5:
        wrong = number[:place] + str((int(number[place]) + street.chance.randint(1, 9)) % 10) + number[place + 1 :]
    else:
        place = next(at for at in range(6, 17) if number[at] != number[at + 1])
        wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    other = Known(name=person.name, id_type="resident_id", number=wrong, sound=False, door=street.door())
    return person, other


def traditional(street: Street) -> tuple[Known, Known]:
    """A resident of Hong Kong writes her own name."""
    plain, full = street.chance.choice(TRADITIONAL)
    person = street.person(plain)
    return person, replace(unproven(person, birth=street.chance.random() < 0.5), name=full)


def dotted(street: Street) -> tuple[Known, Known]:
    """The middle dot, the space or the capitals are typed another way."""
    name = street.chance.choice(DOTTED)
    person = street.person(name)
    typed = street.chance.choice([name.replace("·", ""), name.replace("·", "•"), name.upper().replace("·", " ")])
    return person, replace(unproven(person, birth=True), name=typed, phones=frozenset())


def moved(street: Street) -> tuple[Known, Known]:
    """She stands at the old address still, with the phone of then."""
    person = street.person()
    return replace(unproven(person, birth=True), phones=street.phone()), replace(person, door=street.door())


def lunar_birthday(street: Street) -> tuple[Known, Known]:
    """Grandmother said her birthday as her family keeps it."""
    person = street.person(birth=street.birth(1930, 1955))
    said = (person.birth_date or date.min) - timedelta(days=street.chance.randint(20, 50))
    return person, replace(unproven(person), birth_date=said)


def passport_and_card(street: Street) -> tuple[Known, Known]:
    """Back from abroad: one list has the passport, the other one the card."""
    person = street.person()
    return person, replace(person, id_type="passport", number=f"E{street.chance.randrange(10**8):08}", sex="")


def known_by_another_name(street: Street) -> tuple[Known, Known]:
    """The pet name at the door, the real one on the card. Hard."""
    person = street.person()
    return person, replace(unproven(person), name=person.name[0] + "奶奶")


def look_alike_character(street: Street) -> tuple[Known, Known]:
    """Read off a bad copy: another character, another sound. Hard."""
    person = street.person(street.chance.choice(SURNAMES) + "未央")
    return person, replace(unproven(person, birth=True), name=person.name.replace("未", "末"))


def all_new(street: Street) -> tuple[Known, Known]:
    """Moved, with a new phone, and no birthday in one list. Hard: nothing but the name is left."""
    person = street.person()
    return person, replace(unproven(person), phones=street.phone(), door=street.door())


# --- two people -----------------------------------------------------------------------------------------------------


def parent_and_child(street: Street) -> tuple[Known, Known]:
    """They share the door, and the child has the parent's phone."""
    surname, sex = street.chance.choice(SURNAMES), street.chance.choice("MF")
    older, younger = street.chance.sample(GIVEN, 2)
    parent = street.person(surname + older, street.birth(1950, 1985), sex)
    child = street.person(surname + younger, street.birth(2000, 2015), sex)
    child = replace(child, phones=parent.phones, door=parent.door)
    return parent, child if street.chance.random() < 0.7 else unproven(child)


def born_together(street: Street) -> tuple[Known, Known]:
    """Twins by birth: day, door and mother's phone are one, the names differ in one character."""
    surname, (first, second) = street.chance.choice(SURNAMES), street.chance.choice(SIBLINGS)
    one = street.person(surname + first, street.birth(2000, 2015), "M")
    other = replace(street.person(surname + second, one.birth_date, "M"), phones=one.phones, door=one.door)
    if street.chance.random() < 0.5:
        return unproven(one, birth=True), unproven(other, birth=True)
    return one, other


def namesakes(street: Street) -> tuple[Known, Known]:
    """The register has many of a common name."""
    name = street.name()
    one, other = street.person(name), street.person(name)
    return one, other if street.chance.random() < 0.5 else unproven(other, birth=True)


def namesakes_who_share_a_phone(street: Street) -> tuple[Known, Known]:
    """The landlord's phone stands with all his tenants; two of them have one name, and a card each."""
    name = street.name()
    one = street.person(name, street.birth(1950, 1970))
    return one, replace(street.person(name, street.birth(1985, 2000)), phones=one.phones)


def couple(street: Street) -> tuple[Known, Known]:
    """Husband and wife."""
    man = street.person(sex="M")
    birth = (man.birth_date or date.min) + timedelta(days=street.chance.randint(-900, 900))
    return man, replace(street.person(birth=birth, sex="F"), door=man.door, phones=man.phones)


def one_phone(street: Street) -> tuple[Known, Known]:
    """The foreman's phone stands with everybody."""
    one = street.person()
    return one, replace(street.person(), phones=one.phones)


def next_in_the_office(street: Street) -> tuple[Known, Known]:
    """Born on one day, entered one after the other: the numbers are neighbours."""
    one = street.person(sex="M")
    sequence = (int(one.number[14:17]) + 2) % 1000
    body = one.number[:14] + f"{sequence:03}"
    other = street.person(birth=one.birth_date, sex="M")
    return one, replace(other, number=body + calc_check_digit(body + "0"))


def one_sound(street: Street) -> tuple[Known, Known]:
    """Strangers whose names sound alike."""
    surname, (right, heard) = street.chance.choice(SURNAMES), street.chance.choice(BY_EAR)
    return street.person(surname + right), street.person(surname + heard)


def brother_and_sister_of_one_sound(street: Street) -> tuple[Known, Known]:
    """家俊 and 佳君 …: one sound without tones, one door, other birthdays."""
    surname = street.chance.choice(SURNAMES)
    one = street.person(surname + "静怡", sex="F")
    return one, replace(street.person(surname + "敬宜", sex="M"), door=one.door, phones=one.phones)


def born_together_of_one_sound(street: Street) -> tuple[Known, Known]:
    """Twins by birth whose parents liked the sound, in a list without numbers. Hard."""
    surname = street.chance.choice(SURNAMES)
    one = unproven(street.person(surname + "雨轩", street.birth(2000, 2015), "M"), birth=True)
    return one, replace(one, name=surname + "宇轩")


def namesakes_in_one_dormitory(street: Street) -> tuple[Known, Known]:
    """Two of one name in a dormitory's one room, the list without numbers. Hard."""
    one = unproven(street.person())
    return one, replace(one, phones=street.phone())


Maker = Callable[[Street], tuple[Known, Known]]
ONE_PERSON: list[tuple[Maker, int]] = [
    (taken_in_again, 20), (list_without_numbers, 40), (list_with_phones, 35), (found_at_the_door, 25), (by_ear, 45),
    (damaged_number, 25), (traditional, 15), (dotted, 15), (moved, 20), (lunar_birthday, 10), (passport_and_card, 5),
    (known_by_another_name, 2), (look_alike_character, 3), (all_new, 3),
]  # fmt: skip
TWO_PEOPLE: list[tuple[Maker, int]] = [
    (parent_and_child, 65), (born_together, 30), (namesakes, 45), (namesakes_who_share_a_phone, 10), (couple, 25),
    (one_phone, 20), (next_in_the_office, 15), (one_sound, 17), (brother_and_sister_of_one_sound, 6),
    (born_together_of_one_sound, 2), (namesakes_in_one_dormitory, 2),
]  # fmt: skip


def labelled_pairs(seed: int = 420198) -> Iterator[Pair]:
    """The 500 pairs; another seed makes other people in the same situations."""
    street = Street(seed)
    for makers, same in ((ONE_PERSON, True), (TWO_PEOPLE, False)):
        for make, times in makers:
            for _time in range(times):
                yield Pair(make.__name__, *make(street), same=same)

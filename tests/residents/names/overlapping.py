"""Five lists of different offices that name partly the same people, and the truth of who is whom.

Every person is invented. The lists differ as such lists do: other columns, other order, numbers and phones that are
missing here and there, doors written in several ways, a second phone, a name with its padding spaces.
"""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO

from xlsxwriter import Workbook

from tests.factories.residents import make_id_number

LISTS = 5
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_GIVEN = "芳伟娜敏静强磊洋艳勇军杰娟涛明超秀霞平刚桂英华玉兰红梅建国志"


@dataclass(frozen=True)
class Person:
    """Somebody as she is; the lists know parts of her."""

    key: int
    name: str
    number: str
    phone: str
    building: int
    unit: int
    room: int
    day: date


@dataclass
class Overlap:
    """The lists as workbooks, and who stands in which row: (list, row as Excel counts) → person."""

    people: list[Person]
    books: list[bytes] = field(default_factory=list)
    truth: dict[tuple[int, int], int] = field(default_factory=dict)


def overlapping_lists(rows: int, *, seed: int = 5) -> Overlap:
    """Five lists of so many rows each, of people of whom most stand on two or three of them."""
    dice = random.Random(seed)
    people = [_person(dice, key) for key in range(rows * 5 // 2)]
    found = Overlap(people)
    for number in range(LISTS):
        chosen = dice.sample(people, rows - rows // 40)
        chosen += dice.sample(chosen, rows // 40)  # some stand twice in one list
        found.books.append(_book(dice, number, chosen))
        found.truth |= {(number, line): person.key for line, person in enumerate(chosen, start=_FIRST[number])}
    return found


def _person(dice: random.Random, key: int) -> Person:
    born = date(1940, 1, 1) + timedelta(days=dice.randrange(25_000))
    name = dice.choice(_SURNAMES) + "".join(dice.choice(_GIVEN) for _one in range(dice.choice((1, 2, 2))))
    door = key // 2  # two people a door
    return Person(
        key, name, make_id_number(born, dice.choice("MF"), key % 500), f"1990{key:07}", door // 40 + 1,
        door // 20 % 2 + 1, (door % 20 // 2 + 1) * 100 + door % 2 + 1, date(2026, 11, 10) + timedelta(days=key % 12),
    )  # fmt: skip


_FIRST = (3, 2, 4, 2, 3)  # the row in which each list begins
_HEADERS = (
    ("序号", "姓名", "身份证号码", "联系电话", "现住址", "返乡时间"),
    ("人员姓名", "手机号码", "目的地详细地址", "返回日期"),
    ("姓名", "性别", "证件号码", "联系方式", "小区", "楼栋", "单元", "房号"),
    ("被检查人姓名", "公民身份号码", "备注"),
    ("姓名", "电话", "家庭住址", "身份证", "来汉时间", "备注"),
)
_TITLES = ("返乡人员核查名单（公安推送）", "", "密接者协查名单", "", "重点地区来汉人员排查表")


def _book(dice: random.Random, number: int, people: list[Person]) -> bytes:
    book = BytesIO()
    with Workbook(book, {"strings_to_numbers": False}) as target:
        sheet = target.add_worksheet("名单")
        first = _FIRST[number] - 1
        if _TITLES[number]:
            sheet.write_string(0, 0, f"2026年11月{_TITLES[number]}")
        sheet.write_row(first - 1, 0, _HEADERS[number])
        for line, person in enumerate(people):
            sheet.write_row(first + line, 0, _row(dice, number, line, person))
    return book.getvalue()


def _row(dice: random.Random, number: int, line: int, person: Person) -> tuple[str, ...]:
    def mostly(text: str, share: float) -> str:
        return text if dice.random() < share else ""

    name = " ".join(person.name) if len(person.name) == 2 and dice.random() < 0.2 else person.name
    doors = (
        f"机床厂宿舍{person.building}-{person.unit}-{person.room}",
        f"机床厂宿舍{person.building}栋{person.unit}单元{person.room}室",
        f"机床厂宿舍{person.building}号楼{person.unit}单元{person.room}",
    )
    number_said, phone = mostly(person.number, 0.9), mostly(person.phone, 0.9)
    if number == 0:
        return (str(line + 1), name, person.number, phone, mostly(doors[0], 0.9), person.day.isoformat())
    if number == 1:
        return (name, person.phone, mostly(doors[1], 0.85), f"{person.day.month}月{person.day.day}日")
    if number == 2:
        sex = "男" if int(person.number[16]) % 2 else "女"
        return (name, sex, number_said, phone, "机床厂宿舍", str(person.building), str(person.unit), str(person.room))
    if number == 3:
        return (name, person.number, dice.choice(("", "航班同乘", "已电话联系")))
    return (name, phone, doors[2], mostly(person.number, 0.8), person.day.strftime("%Y.%m.%d"), "")

"""A real morning as numbers: 42 doors, 110 people, who answers how; a hand that counts; and the same in stock admin."""

from dataclasses import dataclass, field

from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import DateField, DateTimeField
from django.forms import BooleanField, CharField, ModelChoiceField, UUIDField
from django.forms import DateField as DateInput
from django.test import RequestFactory
from django.utils import timezone
from playwright.sync_api import Locator, Page

from grid.models import Place
from grid.rules.actors import SYSTEM
from grid.rules.clock import local_day
from quarantine.actions.cases import open_cases
from quarantine.models import CheckIn, IsolationCase
from residents.models import Household
from tests.factories.residents import make_household, make_resident

DOORS, OF_THREE = 42, 26  # 26 doors of three people, 16 of two: 110
BY_GROUP, BY_PHONE = 21, 14  # doors; the rest is walked to
NO_ANSWER = {22, 29, 36}  # 7 % of the doors
NO_THERMOMETER = {24, 27, 33, 38, 41}  # in 5 % of the people's doors, the first one of each
FEVER, UNWELL = {25, 39}, {31}  # 3 % of the people
# A family name a door, the same three given names behind each: nobody is told apart by her given name alone.
_FAMILIES = "李王张刘陈杨赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁董余苏叶吕魏"
_GIVEN = ("建国", "秀英", "小雨")


@dataclass
class Morning:
    """Who lives behind which door, and what each will say."""

    doors: list[Household]
    cases: dict[str, IsolationCase] = field(default_factory=dict)  # by name
    readings: dict[str, str] = field(default_factory=dict)  # what each thermometer shows; who has none is missing


def door_of(name: str) -> int:
    """The number of somebody's door, from 1 on."""
    return _FAMILIES.index(name[0]) + 1


def is_first(name: str) -> bool:
    """Whether she is the first one of her door."""
    return name.endswith(_GIVEN[0])


def make_morning(grid: Place) -> Morning:
    """The street as it stands at half past eight: nobody was measured yet."""
    morning, people = Morning([]), []
    for door in range(1, DOORS + 1):
        home = make_household(grid, building=str(1 + door // 15), room=str(100 + door))
        morning.doors.append(home)
        for number in range(3 if door <= OF_THREE else 2):
            phone = [f"1990000{door:02}{number:02}"]
            people.append(make_resident(home, _FAMILIES[door - 1] + _GIVEN[number], phones=phone))
    now = timezone.now()
    open_cases(first_days={one.pk: local_day(now) for one in people}, reason="returnee", by=SYSTEM, at=now)
    for case in IsolationCase.unscoped.select_related("resident", "rule_set"):
        morning.cases[case.resident.name] = case
    for name in morning.cases:
        door = door_of(name)
        if not (is_first(name) and door in NO_THERMOMETER):
            tenth = (door + len(name) + _GIVEN.index(name[1:])) % 8
            morning.readings[name] = f"38.{tenth}" if is_first(name) and door in FEVER else f"36.{tenth}"
    return morning


def chat_of(morning: Morning) -> str:
    """What the chat group wrote by half past eight: half of the doors, each as it likes, and talk between."""
    lines = ["#接龙", "早上好，请大家报一下体温", "收到[玫瑰]"]
    for door in range(1, BY_GROUP + 1):
        names = [name for name in morning.cases if door_of(name) == door]
        said, home = [(name, morning.readings[name]) for name in names], morning.doors[door - 1]
        lines += [
            f"{door}. {home.building}-{home.room} " + " ".join(f"{name}{reading}" for name, reading in said),
            f"{door}. " + "，".join(f"{name} {reading}℃" for name, reading in said) + " 谢谢大家辛苦了[玫瑰]",
            f"{door}. {home.building}栋{home.room} " + "、".join(f"{name}：{reading}度" for name, reading in said),
            f"{door}. 🌸" + " ".join(f"{name}三十六度{'零一二三四五六七'[int(reading[-1])]}" for name, reading in said),
            f"{door}. " + "\n".join(f"{name} 体温{reading} 8:10" for name, reading in said),
        ][door % 5 : door % 5 + 1]
        if door % 6 == 0:
            lines += ["今天鸡蛋36.5元一板有人要吗", "哈哈哈"]
    return "\n".join(lines)


@dataclass
class Hand:
    """What a worker's hand does: it taps and pastes. It has no keyboard, so that nothing can be typed, or twice."""

    page: Page
    taps: int = 0
    taps_of_readings: int = 0
    calls: int = 0  # dialled from the page; ringing itself is not the portal's

    def tap(self, target: Locator, *, of_reading: bool = False) -> None:
        """One tap."""
        target.click()
        self.taps += 1
        self.taps_of_readings += of_reading

    def send(self, target: Locator, *, of_reading: bool = False) -> None:
        """One tap that stores something, and the part that answers is there."""
        self.page.evaluate("() => document.getElementById('round').dataset.old = 'yes'")
        self.tap(target, of_reading=of_reading)
        self.page.wait_for_selector("#round:not([data-old])", state="attached")

    def paste(self, target: Locator, text: str) -> None:
        """Puts in what was copied: the finger rests on the field, then on "paste"."""
        target.fill(text)
        self.taps += 2


@dataclass(frozen=True)
class AdminDeeds:
    """What the same entries take in Django's stock admin."""

    taps: int
    keystrokes: int
    pages: int


def in_stock_admin(rows: list[CheckIn]) -> AdminDeeds:
    """Counted by the fields of the stock form, as its fastest user fills it in: "save and add another" after each.

    A choice is two taps (open, choose), a date or time one tap on Today or Now, a box one, text its characters. Fields
    that may stay empty are filled only where the row says something.
    """
    form = ModelAdmin(CheckIn, AdminSite()).get_form(RequestFactory().get("/"))()
    taps = keystrokes = pages = 1  # the first empty form
    for row in rows:
        for name, asked in form.fields.items():
            value = getattr(row, name)
            if not asked.required and (value in (None, "", False) or value == []):
                continue
            column = CheckIn._meta.get_field(name)
            if isinstance(asked, BooleanField):
                taps += bool(value)
            elif isinstance(column, DateTimeField):
                taps += 2
            elif isinstance(column, DateField) or isinstance(asked, DateInput):
                taps += 1
            elif isinstance(asked, ModelChoiceField) or getattr(asked, "choices", None):
                taps += 2
            elif isinstance(asked, UUIDField | CharField) or value is not None:
                taps, keystrokes = taps + 1, keystrokes + len(str(value))
        taps, pages = taps + 1, pages + 1
    return AdminDeeds(taps, keystrokes, pages)

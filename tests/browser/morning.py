"""A real morning as numbers: 42 doors, 110 people, who answers how; a hand that counts; and the same in stock admin."""

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import uuid4

from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import DateField, DateTimeField
from django.forms import BooleanField, CharField, ModelChoiceField, UUIDField
from django.forms import DateField as DateInput
from django.test import RequestFactory
from django.utils import timezone
from playwright.sync_api import Locator, Page

from grid.models import Place
from grid.rules.actors import SYSTEM, Actor
from grid.rules.clock import local_day
from quarantine.actions.cases import open_cases
from quarantine.actions.check_ins import ManyEntry, Said, record_many
from quarantine.models import CheckIn, IsolationCase
from residents.models import Household
from tests.factories.residents import make_household, make_resident

DOORS, OF_THREE = 42, 26  # 26 doors of three people, 16 of two: 110
BY_GROUP, BY_PHONE = 21, 14  # doors; the rest is walked to
NO_ANSWER = {22, 29, 36}  # 7 % of the doors
NO_THERMOMETER = {24, 27, 33, 38, 41}  # in 5 % of the people's doors, the first one of each
FEVER, UNWELL = {25, 39}, {31}  # 3 % of the people


@dataclass
class Morning:
    """Who lives behind which door, and what each will say."""

    doors: list[Household]
    cases: dict[str, IsolationCase] = field(default_factory=dict)  # by name: names are the numbers of door and person
    readings: dict[str, str] = field(default_factory=dict)  # what each thermometer shows; who has none is missing


def make_morning(grid: Place, worker: Actor) -> Morning:
    """The street as it stands at half past eight, when the chat group has answered: half of the doors."""
    morning, people = Morning([]), []
    for door in range(1, DOORS + 1):
        home = make_household(grid, building=str(1 + door // 15), room=str(100 + door))
        morning.doors.append(home)
        for number in range(3 if door <= OF_THREE else 2):
            phone = [f"1990000{door:02}{number:02}"]
            people.append(make_resident(home, f"人{door:02}{'甲乙丙'[number]}", phones=phone))
    now = timezone.now()
    open_cases(first_days={one.pk: local_day(now) for one in people}, reason="returnee", by=SYSTEM, at=now)
    for case in IsolationCase.unscoped.select_related("resident", "rule_set"):
        morning.cases[case.resident.name] = case
    for name in morning.cases:
        door, is_first = int(name[1:3]), name.endswith("甲")
        if not (is_first and door in NO_THERMOMETER):
            tenth = (door + len(name) + "甲乙丙".index(name[3])) % 8
            morning.readings[name] = f"38.{tenth}" if is_first and door in FEVER else f"36.{tenth}"
    told = [name for name in morning.cases if int(name[1:3]) <= BY_GROUP]
    record_many(
        entries=[
            ManyEntry(
                morning.cases[name].pk, uuid4(),
                Said(temperature=Decimal(morning.readings[name]), asked=True, channel="chat"), now,
            )
            for name in told
        ],
        by=worker, at=now,
    )  # fmt: skip
    return morning


@dataclass
class Hand:
    """What a worker's hand does: counted taps, typed characters and the values it typed."""

    page: Page
    taps: int = 0
    keystrokes: int = 0
    typed: list[str] = field(default_factory=list)
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

    def type(self, target: Locator, value: str) -> None:
        """Types a value."""
        target.fill(value)
        self.keystrokes += len(value)
        self.typed.append(value)


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

"""A real morning on a phone of 360×640: half of the doors told the chat group, the rest is rung and walked to.

The phone kills the tab at every fifth door and the login runs out once in the middle. What it costs the hand is written
down beside what the same entries cost in Django's stock admin.
"""

import datetime
from dataclasses import dataclass
from typing import Any

import time_machine
from playwright.sync_api import Page, expect

from quarantine.models import Alert, CheckIn, IsolationCase
from quarantine.rules import ladder
from tests.browser import steps
from tests.browser.measuring import Weights
from tests.browser.morning import (
    BY_GROUP,
    BY_PHONE,
    FEVER,
    NO_ANSWER,
    NO_THERMOMETER,
    UNWELL,
    Hand,
    Morning,
    chat_of,
    door_of,
    in_stock_admin,
    is_first,
    make_morning,
)
from tests.browser.street import Street
from tests.browsing import OpenPage

LATER_PAGE = 15 * 1024  # bytes over the wire, headers included
MOST_ALERTS = 10


@dataclass
class Walk:
    """The worker at her doors."""

    hand: Hand
    weights: Weights
    morning: Morning
    street: Street
    clock: time_machine.Traveller
    doors: int = 0
    asked_taps: int = 0
    killed: int = 0

    @property
    def page(self) -> Page:
        return self.hand.page

    def open_door(self) -> tuple[int, str]:
        """The number of the open door and who is to be noted next."""
        name = self.page.locator(".stop .name").first.inner_text()
        return door_of(name), name

    def take_in_chat(self) -> None:
        """粘贴接龙: what half of the doors wrote into the group, pasted, looked at, confirmed."""
        self.hand.tap(self.page.locator("main a", has_text="粘贴接龙"))
        self.hand.paste(self.page.locator("textarea"), chat_of(self.morning))
        self.hand.tap(self.page.get_by_role("button", name="看看认得对不对"))
        expect(self.page.get_by_role("heading", level=1)).to_have_text("看看认得对不对")
        assert self.page.locator("main input:checked").count() == 0
        told = sum(door_of(name) <= BY_GROUP for name in self.morning.cases)
        self.hand.tap(self.page.get_by_role("button", name=f"确认记下{told}条"))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(f"记下了{told}条")
        self.hand.tap(self.page.get_by_role("link", name="接着走"))

    def choose(self, order: str, way: str) -> None:
        """How she goes about it: two taps, once."""
        for words in (order, way):
            self.hand.tap(self.page.locator(".switch").get_by_role("link", name=words, exact=True).first)

    def measure(self, name: str) -> None:
        """A person's reading, or why there is none."""
        pad = self.page.locator(".pad")
        if is_first(name) and door_of(name) in UNWELL:
            return self.unwell()
        if name not in self.morning.readings:
            return self.hand.send(pad.get_by_role("button", name="没有体温计"))
        whole, tenth = self.morning.readings[name].split(".")
        self.hand.tap(pad.locator("label.degree").filter(has_text=whole), of_reading=True)
        button = pad.locator(".tenths").get_by_role("button", name=f".{tenth}", exact=True)
        if whole == "38":
            self.hand.tap(button, of_reading=True)
            return self.stand_by_it()
        self.hand.send(button, of_reading=True)

    def unwell(self) -> None:
        """Says that she is unwell: stored at once, then asked about."""
        self.hand.tap(self.page.locator("summary").filter(has_text="没联系上").first)
        self.hand.tap(self.page.locator(".stop").get_by_role("button", name="不舒服").first)
        self.stand_by_it()

    def stand_by_it(self) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("没按错？")
        self.hand.tap(self.page.get_by_role("button", name="没错，马上报告"))
        expect(self.page.locator("#round")).to_be_visible()

    def door(self) -> None:
        """All of the open door: rung or walked to, then asked once about symptoms."""
        number, _name = self.open_door()
        self.hand.calls += number <= BY_GROUP + BY_PHONE
        if number in NO_ANSWER:
            self.hand.send(self.page.get_by_role("button", name="没接电话").filter(visible=True).last)
            self.hand.send(self.page.get_by_role("button", name="1小时后再打"))
        else:
            for _person in range(sum(door_of(name) == number for name in self.morning.cases)):
                self.measure(self.open_door()[1])
            self.hand.send(self.page.get_by_role("button", name="问过，都没有"))
            self.asked_taps += 1
        self.doors += 1
        if self.doors % 5 == 0:
            self.kill_tab()

    def kill_tab(self) -> None:
        """The phone kills the tab during a call; she opens the browser again, and the same address comes back."""
        address, context = self.page.url, self.page.context
        self.page.close()
        self.hand.page = context.new_page()
        self.weights.watch(self.hand.page)
        self.hand.page.goto(address)
        self.killed += 1

    def login_runs_out(self) -> None:
        """In the middle of a person: what was tapped is kept, and goes on after the login."""
        _number, name = self.open_door()
        whole, tenth = self.morning.readings[name].split(".")
        self.hand.tap(self.page.locator("label.degree").filter(has_text=whole), of_reading=True)
        self.clock.shift(datetime.timedelta(minutes=31))
        self.hand.tap(self.page.locator(".tenths").get_by_role("button", name=f".{tenth}", exact=True), of_reading=True)
        expect(self.page.get_by_role("heading", level=1)).to_have_text("登录")
        steps.log_in(self.page, self.street.worker)  # the password is no value of the work
        self.hand.tap(self.page.get_by_role("button", name="接着保存"))
        expect(self.page.locator("#round")).to_be_visible()
        assert str(CheckIn.unscoped.get(case=self.morning.cases[name]).temperature) == f"{whole}.{tenth}"


def test_a_real_morning(
    open_page: OpenPage, street: Street, wednesday: time_machine.Traveller, record_property: Any
) -> None:
    morning = make_morning(street.grid)
    assert (len(morning.doors), len(morning.cases)) == (42, 110)
    weights, page = Weights(), open_page()
    weights.watch(page)
    walk = Walk(Hand(page), weights, morning, street, wednesday)
    steps.log_in(page, street.worker)
    to_work = len(weights.pages)

    walk.take_in_chat()
    of_chat = walk.hand.taps
    walk.choose("打电话", "打电话")
    for _door in range(BY_PHONE // 2 - 1):
        walk.door()
    walk.login_runs_out()
    number, _name = walk.open_door()
    for name in [name for name in morning.cases if door_of(name) == number][1:]:
        walk.measure(name)
    walk.hand.send(walk.page.get_by_role("button", name="问过，都没有"))
    walk.asked_taps, walk.doors = walk.asked_taps + 1, walk.doors + 1
    while walk.doors < BY_PHONE:
        walk.door()
    walk.choose("走楼", "上门")
    while walk.doors < 42 - BY_GROUP:
        walk.door()

    check_what_is_stored(walk)
    rows = list(CheckIn.unscoped.filter(corrects=None).order_by("pk"))
    admin, later = in_stock_admin(rows), weights.pages[to_work:] + weights.parts
    hand, size = walk.hand, sum(size for _address, size in later)
    measured = sum(row.temperature is not None and row.channel != "chat" for row in rows)
    table = {
        "entries stored": (len(rows), len(rows)),
        "taps": (hand.taps, admin.taps),
        "taps for the chat": (of_chat, None),
        "keystrokes": (0, admin.keystrokes),
        "pages loaded": (len(weights.pages) - to_work, admin.pages),
        "parts loaded": (len(weights.parts), 0),
        "kilobytes over the wire": (size // 1024, None),
        "taps a reading": (round(hand.taps_of_readings / measured, 2), None),
        "alerts": (Alert.unscoped.count(), None),
    }
    print("\na real morning: portal | stock admin, " + str({"calls": hand.calls, "tabs killed": walk.killed}))
    for words, (ours, theirs) in table.items():
        print(f"{words:>26}: {ours:>8} | {'—' if theirs is None else theirs:>8}")
        record_property(words, ours)
    assert hand.taps_of_readings == 2 * measured
    assert hand.taps < admin.taps / 4 and len(weights.pages) - to_work < admin.pages / 2
    assert [part for part in later if part[1] > LATER_PAGE] == []


def check_what_is_stored(walk: Walk) -> None:
    """Every reading as the thermometer showed it, every "no symptoms" asked for, alerts few and each for an act."""
    rows = CheckIn.unscoped.filter(withdrawn=False).select_related("case__resident")
    stored = {row.case.resident.name: str(row.temperature) for row in rows if row.temperature is not None}
    unreached = {name for name in walk.morning.cases if door_of(name) in NO_ANSWER}
    unwell = {name for name in walk.morning.cases if door_of(name) in UNWELL and is_first(name)}
    assert stored == {
        name: reading for name, reading in walk.morning.readings.items() if name not in unreached | unwell
    }
    assert len(NO_THERMOMETER - NO_ANSWER) == rows.filter(outcome="no_thermometer").count()
    # "No symptoms" stands only where a hand tapped that it asked, door by door; nobody asked those of the chat.
    doors_asked = {door_of(row.case.resident.name) for row in rows if row.symptoms_asked}
    assert len(doors_asked) == walk.asked_taps and not doors_asked & NO_ANSWER
    by_chat = {door_of(row.case.resident.name) for row in rows.filter(channel="chat")}
    assert by_chat == set(range(1, BY_GROUP + 1)) and not by_chat & doors_asked
    alerts = list(Alert.unscoped.all())
    assert len(alerts) == len(FEVER | UNWELL) <= MOST_ALERTS
    assert {alert.kind for alert in alerts} == {ladder.ABNORMAL}
    assert {alert.case.resident.name for alert in alerts} == {
        name for name in walk.morning.cases if is_first(name) and door_of(name) in FEVER | UNWELL
    }
    waiting = IsolationCase.unscoped.filter(call_back_at__isnull=False)
    assert {case.resident.name for case in waiting} == unreached

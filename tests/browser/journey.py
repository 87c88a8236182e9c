"""The main job, end to end: what the tests of figures, look, weight and privacy walk through, and the pictures too."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from grid.models import Staff
from tests.browser import steps
from tests.browser.steps import Figures, Look, no_look
from tests.browser.street import Street, truth_of_returnees

OpenPhone = Callable[[], Page]
LogIn = Callable[[Page, Staff], None]


def sound_people() -> list[dict[str, Any]]:
    """The rows of the list that nothing is wrong with and whose name is there once."""
    rows = [row for row in truth_of_returnees() if not row.get("problems") and row["id_number"]]
    names = [row["name"] for row in rows]
    return [row for row in rows if names.count(row["name"]) == 1 and len(row["name"]) == 3]


def door_of(row: dict[str, Any]) -> str:
    """The door as pages write it."""
    return "{compound} {building}-{unit}-{room}".format_map(row)


@dataclass
class Journey:
    """Who is followed, what the supervisor read, and the list behind one of the figures."""

    person: dict[str, Any]
    before: Figures
    waiting: Figures  # while the supplies were asked for and not delivered
    after: Figures
    listed: list[str]


def walk(open_phone: OpenPhone, street: Street, look: Look = no_look, *, log_in: LogIn = steps.log_in) -> Journey:
    """The whole journey; every page of it is shown to `look`."""
    person = sound_people()[0]
    supervisor = open_phone()
    supervisor.goto("/")
    look(supervisor, "login")
    log_in(supervisor, street.supervisor)
    look(supervisor, "figures")
    before = steps.read_figures(supervisor)

    lead = open_phone()
    log_in(lead, street.lead)
    look(lead, "today-of-grids")
    steps.take_in_list(lead, street, look)
    steps.search(lead, person["name"], look)
    steps.tap(lead, person["name"])
    look(lead, "person")
    steps.open_case(lead, timezone.localdate().isoformat(), look)

    worker = open_phone()
    log_in(worker, street.worker)
    expect(worker.get_by_text(person["name"]).first).to_be_visible()
    look(worker, "today")
    steps.take_temperature(worker, "36", "5")
    expect(worker.get_by_text("36.5℃").filter(visible=True).first).to_be_visible()
    look(worker, "today-measured")
    steps.tap(worker, "问过，都没有")
    look(worker, "today-asked")
    steps.search(worker, person["name"])
    steps.tap(worker, person["name"])
    steps.tap(worker, door_of(person))
    look(worker, "door-of-worker")
    steps.ask_for_supplies(worker, person["name"], "大米", "10", "斤", look)
    supervisor.reload()
    waiting = steps.read_figures(supervisor)
    steps.deliver(worker, look)

    supervisor.reload()
    look(supervisor, "figures-after")
    after = steps.read_figures(supervisor)
    supervisor.get_by_role("link", name=f"{street.community.name} · 已测温").click()
    look(supervisor, "figure-list")
    people = supervisor.locator("main .lines > li").all_inner_texts()
    return Journey(person, before, waiting, after, people)

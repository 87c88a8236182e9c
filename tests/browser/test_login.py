"""The day of a phone: it lies idle, its owner likes large letters, leaves pages half-written, and taps twice."""

import datetime

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Dialog, Page, expect

from quarantine.models import CheckIn
from tests.browser import steps
from tests.browser.steps import tap
from tests.browser.street import Street
from tests.factories.quarantine import make_case

PIN = "290461"


@pytest.fixture
def two_doors(street: Street) -> Street:
    """A street with two people who isolate behind two doors of the worker's grid."""
    for name in ("周桂英", "何大勇"):
        make_case(at=timezone.now(), grid=street.grid, name=name)
    return street


def stored() -> list[tuple[str, str]]:
    """Whose temperature stands in the register."""
    rows = CheckIn.unscoped.order_by("pk").select_related("case__resident")
    return [(row.case.resident.name, str(row.temperature)) for row in rows]


def test_what_was_tapped_on_an_idle_phone_is_saved_after_the_pin(
    any_phone: Page, two_doors: Street, wednesday: time_machine.Traveller
) -> None:
    page = any_phone
    steps.log_in(page, two_doors.worker, own_phone=True)
    page.get_by_label("想六位数字").fill(PIN)
    page.get_by_label("再输一遍这六位数字").fill(PIN)
    tap(page, "保存六位数字")
    expect(page.locator(".pad")).to_be_visible()

    wednesday.shift(datetime.timedelta(minutes=16))
    steps.take_temperature(page, "36", "5")
    expect(page.get_by_role("heading", level=1)).to_have_text("请输六位数字")
    assert stored() == []
    page.get_by_label("六位数字").fill(PIN)
    tap(page, "接着用")
    expect(page.get_by_role("heading", level=1)).to_have_text("刚才点的还没存上")
    tap(page, "接着保存")
    expect(page.get_by_text("36.5℃").filter(visible=True).first).to_be_visible()
    assert stored() == [("周桂英", "36.5")]


def test_a_wrong_pin_opens_nothing_and_loses_nothing(
    phone: Page, two_doors: Street, wednesday: time_machine.Traveller
) -> None:
    steps.log_in(phone, two_doors.worker, own_phone=True)
    phone.get_by_label("想六位数字").fill(PIN)
    phone.get_by_label("再输一遍这六位数字").fill(PIN)
    tap(phone, "保存六位数字")
    wednesday.shift(datetime.timedelta(minutes=16))
    steps.take_temperature(phone, "36", "5")
    for _try in range(5):
        phone.get_by_label("六位数字").fill("175302")
        tap(phone, "接着用")
    expect(phone.get_by_role("heading", level=1)).to_have_text("登录")
    assert stored() == []
    steps.log_in(phone, two_doors.worker)
    tap(phone, "接着保存")
    expect(phone.get_by_text("36.5℃").filter(visible=True).first).to_be_visible()
    assert stored() == [("周桂英", "36.5")]


def test_the_size_of_letters_is_remembered(any_phone: Page, two_doors: Street) -> None:
    any_phone.goto("/")
    any_phone.get_by_role("button", name="A++").click()
    expect(any_phone.locator("html")).to_have_class("text-a2")
    steps.log_in(any_phone, two_doors.worker)
    expect(any_phone.locator(".pad")).to_be_visible()
    steps.open_page_of_bar(any_phone, "物资")
    expect(any_phone.locator("html")).to_have_class("text-a2")
    assert any_phone.evaluate("() => getComputedStyle(document.body).fontSize") == "30px"
    any_phone.get_by_role("button", name="A", exact=False).first.click()
    expect(any_phone.locator("html")).to_have_class("text-a")


def test_the_language_is_remembered(any_phone: Page, two_doors: Street) -> None:
    steps.log_in(any_phone, two_doors.worker)
    any_phone.locator("details.menu summary").click()
    tap(any_phone, "English")
    bar = any_phone.get_by_role("navigation", name="Main pages")
    bar.get_by_role("link", name="Supplies").click()
    expect(any_phone.get_by_role("heading", level=1)).to_have_text("Supplies")
    any_phone.locator("details.menu summary").click()
    tap(any_phone, "Log out")
    expect(any_phone.get_by_role("heading", level=1)).to_have_text("Log in")
    tap(any_phone, "中文")
    expect(any_phone.get_by_role("heading", level=1)).to_have_text("登录")


def test_a_page_left_with_unsent_text_warns(phone: Page, two_doors: Street) -> None:
    warned: list[str] = []

    def stay(dialog: Dialog) -> None:
        warned.append(dialog.type)
        dialog.dismiss()

    steps.log_in(phone, two_doors.worker)
    tap(phone, "要东西")
    phone.on("dialog", stay)
    item = phone.get_by_label("东西1")
    item.fill("降压药")
    steps.open_page_of_bar(phone, "物资")
    expect(item).to_have_value("降压药")
    assert warned == ["beforeunload"]

    phone.get_by_label("周桂英", exact=True).check()
    tap(phone, "记下来")
    expect(phone.get_by_text("降压药").first).to_be_visible()
    steps.open_page_of_bar(phone, "物资")
    expect(phone.get_by_role("heading", level=1)).to_have_text("物资")
    assert warned == ["beforeunload"]


def test_a_double_tap_on_a_digit_stores_once_and_touches_nobody_else(any_phone: Page, two_doors: Street) -> None:
    steps.log_in(any_phone, two_doors.worker)
    any_phone.locator("label.degree").filter(has_text="36").click()
    any_phone.locator(".tenths").get_by_role("button", name=".5", exact=True).dblclick()
    expect(any_phone.get_by_role("link", name="何大勇").first).to_be_visible()
    expect(any_phone.locator(".pad input:checked")).to_have_count(0)
    assert stored() == [("周桂英", "36.5")]

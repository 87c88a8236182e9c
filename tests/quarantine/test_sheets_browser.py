"""A round on paper from the print to the keyed sheet: at a desk by keyboard alone, on a phone without JavaScript."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from quarantine.models import CheckIn, IsolationCase
from tests.browser.street import Street, make_street
from tests.browsing import LivePortal
from tests.factories.quarantine import make_case
from tests.factories.residents import make_household, make_resident
from tests.residents.lists.support import client_of

pytestmark = pytest.mark.usefixtures("wednesday_morning")


@pytest.fixture
def wednesday_morning():
    """Wednesday 4 March 2026, 08:30 in Shanghai, and time goes on."""
    import datetime
    from zoneinfo import ZoneInfo

    import time_machine

    with time_machine.travel(datetime.datetime(2026, 3, 4, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai")), tick=True):
        yield


def round_of(people: int) -> tuple[Street, list[IsolationCase]]:
    """A street whose first grid has so many people in isolation, each behind a door."""
    street = make_street()
    homes = (make_household(street.grid, room=str(101 + number)) for number in range(people))
    residents = (
        make_resident(home, f"测试{name}") for home, name in zip(homes, "甲乙丙丁戊己庚辛壬癸" * 3, strict=False)
    )
    return street, [make_case(at=timezone.now(), resident=resident) for resident in residents]


def as_worker(page: Page, portal: LivePortal, street: Street) -> None:
    session = client_of(street.worker).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": portal.url}])


def readings() -> dict[str, tuple[str | None, bool, bool]]:
    rows = CheckIn.unscoped.filter(withdrawn=False, corrected_by=None).select_related("case__resident")
    return {
        row.case.resident.name: (row.temperature and str(row.temperature), row.reached, row.symptoms_asked)
        for row in rows
    }


def test_printed_and_keyed_by_keyboard_alone(desk: Page, live_portal: LivePortal) -> None:
    street, _cases = round_of(20)
    as_worker(desk, live_portal, street)
    desk.goto(f"/today/{street.grid.pk}/sheet/")
    rows = desk.locator(".tick-sheet tbody tr")
    expect(rows).to_have_count(20)
    codes = {row.locator("strong").inner_text(): row.locator("th").inner_text() for row in rows.all()}
    desk.emulate_media(media="print")
    expect(desk.locator(".bar")).to_be_hidden()
    assert len(re.findall(rb"/Type\s*/Page\b", desk.pdf(format="A4", prefer_css_page_size=True))) == 2
    desk.emulate_media(media="screen")
    desk.get_by_role("link", name="录纸单").press("Enter")

    keys = desk.keyboard
    expect(desk.get_by_label("行号")).to_be_focused()
    keys.type("9999")
    keys.press("Enter")
    expect(desk.get_by_text("没有这个行号")).to_be_visible()
    keys.type(codes["测试丙"])
    expect(desk.locator("#found")).to_contain_text("测试丙")
    keys.press("Enter")
    keys.type("36.5v")
    keys.press("Enter")
    expect(desk.get_by_label("行号")).to_be_focused()
    keys.type(codes["测试甲"])
    keys.press("Enter")
    keys.type("365w")
    keys.press("Enter")
    keys.press("Enter")  # without a code: to the button
    keys.press("Enter")
    expect(desk.locator(".error-summary")).to_be_focused()
    keys.press("Tab")
    keys.press("Enter")
    wrong = desk.locator("input[aria-invalid]")
    expect(wrong).to_be_focused()
    expect(wrong).to_have_value("365")
    wrong.press("Control+a")
    keys.type("36.6")
    desk.get_by_role("button", name="存下来").press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("这张单子存好了")
    assert readings() == {"测试丙": ("36.5", True, False), "测试甲": ("36.6", False, True)}
    desk.get_by_role("button", name="撤销").press("Enter")
    expect(desk.get_by_text("已撤回2行")).to_be_visible()
    assert readings() == {}


def test_keyed_on_a_phone_without_javascript(plain_phone: Page, live_portal: LivePortal) -> None:
    street, _cases = round_of(3)
    as_worker(plain_phone, live_portal, street)
    plain_phone.goto(f"/today/?grid={street.grid.pk}")
    plain_phone.get_by_role("link", name="录纸单").click()
    plain_phone.get_by_role("link", name=re.compile("3月4日.*早")).click()
    plain_phone.get_by_label("体温 测试乙").fill("38.5")
    plain_phone.get_by_label("联系上 测试丙").check()
    assert plain_phone.evaluate("document.documentElement.scrollWidth") == 360
    plain_phone.get_by_role("button", name="存下来").click()
    expect(plain_phone.get_by_role("heading", level=1)).to_have_text("这张单子存好了")
    assert readings() == {"测试乙": ("38.5", False, False), "测试丙": (None, True, False)}
    plain_phone.get_by_role("link", name=re.compile("测试乙")).click()
    expect(plain_phone.get_by_role("button", name="没错，马上报告")).to_be_visible()


@pytest.mark.parametrize("size", ["a", "a2"])
def test_no_page_of_it_scrolls_sideways(plain_phone: Page, live_portal: LivePortal, size: str) -> None:
    street, _cases = round_of(3)
    as_worker(plain_phone, live_portal, street)
    plain_phone.context.add_cookies([{"name": "text_size", "value": size, "url": live_portal.url}])
    for where in ("", "key/", "key/?day=2026-03-04&slot=morning"):
        plain_phone.goto(f"/today/{street.grid.pk}/sheet/{where}")
        assert plain_phone.evaluate("document.documentElement.scrollWidth") == 360, where

"""住户 in a browser: what is found shows while one types, and the keyboard walks through it."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.steps import come_in, search, tap
from tests.browsing import OpenPage
from tests.factories.quarantine import make_case
from tests.factories.residents import make_household, make_resident
from tests.residents.support import make_street


def test_the_keyboard_walks_through_what_was_found(open_page: OpenPage) -> None:
    street = make_street()
    at = timezone.now()
    first = make_case(at=at - timedelta(days=4), household=make_household(street.grid, building="2"), name="张三丰")
    make_resident(
        make_household(street.grid, building="1"), "张三丰", phones=["19900001234"], care_tags=["lives_alone"]
    )
    make_resident(make_household(street.grid), "张三峰", left_on="2020-01-05", left_reason="moved_out")
    desk: Page = open_page(width=1280, height=800)
    come_in(desk, street.worker)
    search(desk, "zsf 2")
    box = desk.get_by_role("searchbox")
    expect(desk.locator("#found a.name")).to_have_count(1)
    box.fill("zsf")
    names = desk.locator("#found a.name")
    expect(names).to_have_count(2)
    expect(names.first.locator("xpath=ancestor::li")).to_contain_text("隔离中，第5/14天")
    box.press("ArrowDown")
    expect(names.first).to_be_focused()
    names.first.press("ArrowDown")
    expect(names.last).to_be_focused()
    names.last.press("ArrowDown")
    expect(names.last).to_be_focused()
    names.last.press("Escape")
    expect(box).to_be_focused()
    desk.get_by_label("也找搬走的").check()
    expect(names).to_have_count(3)
    box.press("ArrowDown")
    names.first.press("Enter")
    expect(desk).to_have_url(f"/residents/{first.resident_id}/")
    phone = open_page(javascript=False)
    come_in(phone, street.worker)
    phone.goto("/residents/")
    phone.get_by_role("searchbox").fill("张三丰 2栋")
    tap(phone, "查找")
    expect(phone.locator("#found a.name")).to_have_count(1)

"""Every page of the journey, measured in the browser: axe with AAA contrast, sizes, no sideways scrolling."""

from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.journey import walk
from tests.browser.measuring import axe_faults, set_text_size, size_faults
from tests.browser.steps import tap
from tests.browser.street import Street
from tests.browsing import OpenPage
from tests.factories.quarantine import make_case


def test_every_page_of_the_journey_is_fit_for_old_eyes_and_thick_fingers(open_page: OpenPage, street: Street) -> None:
    """On a phone at A and A++ and at a desk, in Chinese; then each of them on the phone in English."""
    faults: list[str] = []
    addresses: dict[Page, dict[str, str]] = {}

    def measure(page: Page, name: str, *, sizes: tuple[str, ...] = ("a", "a2"), with_axe: bool = True) -> None:
        for size in sizes:
            set_text_size(page, size)
            found = size_faults(page, size) + (axe_faults(page) if with_axe else [])
            faults.extend(f"{name} at {size}: {fault}" for fault in found)
        set_text_size(page, "a")

    def look(page: Page, name: str) -> None:
        measure(page, name)
        page.set_viewport_size({"width": 1280, "height": 800})
        measure(page, f"{name} at a desk", sizes=("a",))
        page.set_viewport_size({"width": 360, "height": 640})
        if name == "login":  # once somebody is in, it is not shown any more
            look_in_english(page, name, "/login/")
        else:
            addresses.setdefault(page, {})[name] = urlsplit(page.url).path

    def look_in_english(page: Page, name: str, path: str) -> None:
        steps.set_cookie(page, "django_language", "en")
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == "en"
        measure(page, f"{name} in English", with_axe=False)
        page.context.clear_cookies(name="django_language")

    walk(open_page, street, look, log_in=steps.come_in)
    for page, found in addresses.items():
        for name, path in found.items():
            look_in_english(page, name, path)
    assert not faults, f"{len(faults)}:\n" + "\n".join(faults)


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_the_whole_pad_is_in_view_without_scrolling(javascript: bool, open_page: OpenPage, street: Street) -> None:
    """At A, of the person who opens first and of the one who opens next: from the name to the last tenth."""
    for name in ("周桂英", "何大勇"):
        make_case(at=timezone.now(), grid=street.grid, name=name)
    phone = open_page(javascript=javascript)
    steps.come_in(phone, street.worker)
    for person in ("周桂英", "何大勇"):
        expect(phone.locator(".stop .name")).to_have_text(person)
        expect(phone.get_by_role("button", name="问过，都没有")).to_have_count(0)
        top_of_bar = phone.locator(".bar").bounding_box()["y"]
        name, last = phone.locator(".stop .name").bounding_box(), phone.get_by_role("button", name=".9").bounding_box()
        assert name["y"] >= 0 and last["y"] + last["height"] <= top_of_bar
        steps.take_temperature(phone, "36", "5")
        tap(phone, "问过，都没有")


def test_the_measure_finds_what_is_too_small(phone: Page) -> None:
    phone.goto("/login/")
    phone.set_content('<main><p>短<span class="x">字</span></p><a href="/">去</a><button>好</button></main>')
    assert any("base text" in fault for fault in size_faults(phone, "a"))
    assert any(fault.startswith("button") for fault in size_faults(phone, "a"))
    assert axe_faults(phone)

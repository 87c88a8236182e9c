"""Every page of the journey, measured in the browser: axe with AAA contrast, sizes, no sideways scrolling."""

from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.browser.journey import walk
from tests.browser.measuring import axe_faults, set_text_size, size_faults
from tests.browser.street import Street
from tests.browsing import OpenPage


def test_every_page_of_the_journey_is_fit_for_old_eyes_and_thick_fingers(open_page: OpenPage, street: Street) -> None:
    """On a phone at A and A++, in Chinese; then each page that has an address at A and A++ in English and at a desk."""
    faults: list[str] = []
    addresses: dict[Page, dict[str, str]] = {}

    def measure(page: Page, name: str, *, with_axe: bool = True) -> None:
        for size in ("a", "a2"):
            set_text_size(page, size)
            found = size_faults(page, size) + (axe_faults(page) if with_axe else [])
            faults.extend(f"{name} at {size}: {fault}" for fault in found)
        set_text_size(page, "a")

    def look(page: Page, name: str) -> None:
        measure(page, name)
        addresses.setdefault(page, {})[name] = urlsplit(page.url).path

    walk(open_page, street, look)
    for page, found in addresses.items():
        for name, path in found.items():
            page.set_viewport_size({"width": 1280, "height": 800})
            page.goto(path)
            measure(page, f"{name} at a desk")
            page.set_viewport_size({"width": 360, "height": 640})
            page.context.add_cookies([{"name": "django_language", "value": "en", "url": page.url}])
            page.goto(path)
            assert page.locator("html").get_attribute("lang") == "en"
            measure(page, f"{name} in English", with_axe=False)
            page.context.clear_cookies(name="django_language")
    assert not faults, f"{len(faults)}:\n" + "\n".join(faults)


def test_the_measure_finds_what_is_too_small(phone: Page) -> None:
    phone.goto("/login/")
    phone.set_content('<main><p>短<span class="x">字</span></p><a href="/">去</a><button>好</button></main>')
    assert any("base text" in fault for fault in size_faults(phone, "a"))
    assert any(fault.startswith("button") for fault in size_faults(phone, "a"))
    assert axe_faults(phone)

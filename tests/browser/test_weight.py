"""The measure of weight over the wire; the journey's pages are held to it in test_journey.py."""

from playwright.sync_api import Page

from tests.browser.measuring import Weights


def test_the_measure_counts_what_comes_over_the_wire(phone: Page) -> None:
    weights = Weights()
    weights.watch(phone)
    phone.goto("/login/", wait_until="networkidle")
    [(address, size)] = weights.pages
    bodies = phone.evaluate(
        "() => performance.getEntriesByType('resource').reduce((all, file) => all + file.transferSize, 0)"
    )
    assert address == "/login/" and size > bodies > 10_000

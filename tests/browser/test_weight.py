"""Weight over the wire, as a phone without anything in its cache meets it, compressed as production serves it."""

from playwright.sync_api import Page

from tests.browser.journey import walk
from tests.browser.measuring import Weights
from tests.browser.street import Street
from tests.browsing import OpenPage

FIRST_VISIT, LATER_PAGE = 60 * 1024, 15 * 1024  # bytes, headers included


def test_the_first_visit_and_every_later_page_stay_light(open_page: OpenPage, street: Street) -> None:
    """The first visit is the login and the page behind it, with every file they need; later pages find those cached."""
    phones: list[Weights] = []

    def open_phone() -> Page:
        page = open_page()
        phones.append(Weights())
        phones[-1].watch(page)
        return page

    walk(open_phone, street)
    assert len(phones) == 3
    for weights in phones:
        behind_the_login = [address for address, _size in weights.pages].index("/login/") + 1
        first, later = weights.pages[:behind_the_login], weights.pages[behind_the_login:] + weights.parts
        assert len(later) > 1
        assert sum(size for _address, size in first) <= FIRST_VISIT, first
        assert [page for page in later if page[1] > LATER_PAGE] == []
        assert all(size > 0 for _address, size in weights.pages)


def test_the_measure_counts_what_comes_over_the_wire(phone: Page) -> None:
    weights = Weights()
    weights.watch(phone)
    phone.goto("/login/", wait_until="networkidle")
    [(address, size)] = weights.pages
    bodies = phone.evaluate(
        "() => performance.getEntriesByType('resource').reduce((all, file) => all + file.transferSize, 0)"
    )
    assert address == "/login/" and size > bodies > 10_000

"""The main job, end to end, on a phone, with JavaScript and without: a list is taken in, somebody of it isolates, is
measured and gets what she asked for, and the street's figures move by exactly that.

Every page is weighed on the way, as a phone without anything in its cache meets it, compressed as production serves it.
"""

import pytest
from playwright.sync_api import Page

from quarantine.models import CheckIn
from residents.models import ImportBatch
from tests.browser.journey import door_of, walk
from tests.browser.measuring import Weights
from tests.browser.steps import Figures, moved
from tests.browser.street import Street, truth_of_returnees
from tests.browsing import OpenPage


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_from_a_list_to_the_figures(javascript: bool, open_page: OpenPage, street: Street) -> None:
    phones: list[Weights] = []

    def open_phone() -> Page:
        page = open_page(javascript=javascript)
        phones.append(Weights())
        phones[-1].watch(page)
        return page

    journey = walk(open_phone, street)

    rows = [row for row in truth_of_returnees() if not row.get("problems")]
    counts = ImportBatch.unscoped.get().counts
    assert (counts["new"], counts["doors"]) == (len(rows), len({door_of(row) for row in rows}))
    figures = {"在隔离": 1, "新增": 1, "应测": 1, "已测温": 1}
    assert moved(journey.before, journey.after) == at_both_places(street, figures)
    assert moved(journey.before, journey.waiting) == at_both_places(street, figures | {"物资未到": 1})
    assert [journey.person["name"] in words for words in journey.listed] == [True]
    stored = CheckIn.unscoped.order_by("pk")
    assert [(str(row.temperature), row.by.name) for row in stored if row.temperature] == [("36.5", "王芳")]
    assert [weights.too_heavy() for weights in phones] == [[], [], []]


def at_both_places(street: Street, figures: dict[str, int]) -> Figures:
    """The same figures at the community and, as the sum, at the street."""
    places = (street.community.name, street.street.name)
    return {(place, figure): number for place in places for figure, number in figures.items()}

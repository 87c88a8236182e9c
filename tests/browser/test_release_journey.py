"""From the sample to the paper: taken, negative, asked, released after a check, printed, checked by its code."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from grid.rules.clock import local_day
from quarantine.models import CasePaper, IsolationCase
from quarantine.queries.papers import token_of
from tests.browser import steps
from tests.browser.measuring import axe_faults, set_text_size, size_faults
from tests.browser.steps import tap
from tests.browser.street import Street
from tests.browsing import OpenPage
from tests.factories.quarantine import make_check_in
from tests.factories.samples import ONE_TEST, make_tested_case

A4 = {"width": 793, "height": 1122}  # CSS pixels


def look(page: Page, name: str) -> None:
    """Fit for old eyes and thick fingers, at A and A++."""
    for size in ("a", "a2"):
        set_text_size(page, size)
        faults = size_faults(page, size) + axe_faults(page)
        assert not faults, f"{name} at {size}: {faults}"
    set_text_size(page, "a")


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_from_the_sample_to_the_paper(open_page: OpenPage, street: Street, javascript: bool) -> None:
    now = timezone.now()
    case = make_tested_case(at=now, grid=street.grid, day=5, rules=ONE_TEST, name="周桂英")
    make_check_in(case, at=now, asked=True)

    worker = open_page(javascript=javascript)
    steps.come_in(worker, street.worker)
    worker.goto("/samples/")
    fit = look if javascript else lambda _page, _name: None
    fit(worker, "samples due")
    worker.get_by_label("周桂英").check()
    tap(worker, "勾选的今天已采样")
    expect(worker.get_by_role("heading", level=2)).to_have_text("结果未出：1")
    fit(worker, "results not in")

    lead = open_page(javascript=javascript)
    steps.come_in(lead, street.lead)
    lead.goto("/releases/")
    expect(lead.get_by_text("缺核酸结果")).to_be_visible()
    fit(lead, "missing")
    lead.goto("/samples/")
    lead.get_by_label("周桂英").check()
    tap(lead, "勾选的记为阴性")
    fit(lead, "negative?")
    tap(lead, "这些人都是阴性")

    lead.goto("/releases/")
    fit(lead, "ready")
    lead.get_by_label("周桂英").check()
    tap(lead, "解除勾选的人")
    fit(lead, "check")
    lead.get_by_label("我核对过").check()
    tap(lead, "解除隔离")
    expect(lead.get_by_text("1人已解除隔离。")).to_be_visible()
    assert IsolationCase.unscoped.get(pk=case.pk).closed_as == "released"

    lead.goto("/papers/due/")
    fit(lead, "papers due")
    lead.get_by_label("周桂英").check()
    tap(lead, "打印勾选的")
    fit(lead, "papers")
    _fits_one_sheet(lead)

    anybody = open_page(javascript=javascript)
    anybody.goto(f"/check/{token_of(CasePaper.unscoped.get())}/")
    expect(anybody.get_by_text("有效，解除于")).to_be_visible()
    assert "周桂英" not in anybody.content() and f"{local_day(now) - timedelta(days=4):%Y}" in anybody.content()
    fit(anybody, "check of a notice")


def _fits_one_sheet(page: Page) -> None:
    """As printed: the paper fits one page of A4 and nothing of the portal's frame is printed with it."""
    page.emulate_media(media="print")
    page.set_viewport_size(A4)
    paper = page.locator(".paper").bounding_box()
    assert paper is not None and paper["height"] < 1122 - 113 and paper["width"] <= 793  # less the margins of @page
    assert not page.locator(".screen-only").first.is_visible() and not page.locator(".foot").is_visible()
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 360, "height": 640})

"""A fever that somebody stood by or forgot: stored at once, climbing until it is taken, closed by an outcome."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Page, expect

from quarantine.actions.sweeps import sweep
from quarantine.models import Alert, IsolationCase
from tests.browser import steps
from tests.browser.measuring import axe_faults, set_text_size, size_faults
from tests.browser.steps import tap
from tests.browser.street import Street
from tests.browsing import OpenPage
from tests.factories.alerts import swept_until
from tests.factories.quarantine import make_case
from tests.factories.residents import make_household, make_resident

pytestmark = pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])


def fit(page: Page, name: str) -> None:
    """Fit for old eyes and thick fingers, at A and A++; axe needs JavaScript."""
    if page.evaluate("typeof htmx") == "undefined":
        return
    for size in ("a2", "a"):
        set_text_size(page, size)
        faults = size_faults(page, size) + axe_faults(page)
        assert not faults, f"{name} at {size}: {faults}"


def feverish(street: Street) -> IsolationCase:
    home = make_household(street.grid, room="301")
    return make_case(at=timezone.now(), resident=make_resident(home, "周桂英", phones=["19900003001"]))


def minutes_pass(clock: time_machine.Traveller, minutes: int) -> None:
    """So many minutes, each with its sweep as far as anything of it matters: the last one."""
    clock.shift(timedelta(minutes=minutes))
    swept_until(timezone.now() - timedelta(minutes=1))
    sweep(at=timezone.now())


def test_a_fever_that_nobody_takes_climbs_to_the_lead_who_sees_to_it(
    open_page: OpenPage, street: Street, wednesday: time_machine.Traveller, javascript: bool
) -> None:
    case = feverish(street)
    worker, lead = open_page(javascript=javascript), open_page(javascript=javascript)
    steps.come_in(worker, street.worker)
    steps.take_temperature(worker, "38", "5")
    expect(worker.get_by_role("heading", level=1)).to_have_text("38.5℃，没按错？")
    fit(worker, "no slip?")
    tap(worker, "接着走")  # stored already; she goes on and forgets it
    expect(worker.locator(".urgent").first).to_contain_text("周桂英")
    worker.get_by_role("navigation", name="主要页面").get_by_role("link", name=re.compile("^提醒.*1")).click()
    fit(worker, "to be seen to")

    steps.come_in(lead, street.lead)
    lead.goto("/notices/")
    expect(lead.get_by_text("现在没有提醒。")).to_be_visible()
    minutes_pass(wednesday, 11)  # the worker's ten minutes are over, and there is no stand-in
    steps.come_in(lead, street.lead)
    lead.goto("/notices/")
    expect(lead.locator("article.card")).to_contain_text("周桂英")
    fit(lead, "climbed")
    tap(lead, "我来处理")
    expect(lead.get_by_role("heading", level=1)).to_have_text("发烧或不舒服")
    fit(lead, "taken")

    worker.goto("/today/")
    expect(worker.locator(".urgent").first).to_contain_text(street.lead.name)
    tap(lead, "处理完了")  # without saying what came of it
    assert Alert.unscoped.get().closed_at is None
    lead.get_by_label("送医院了").check()
    lead.get_by_label("备注").fill("120接走了")
    tap(lead, "处理完了")
    expect(lead.get_by_text("眼下没有要处理的提醒。")).to_be_visible()
    tap(lead, "看处理完的提醒")
    fit(lead, "seen to")
    expect(lead.locator("main")).to_contain_text("送医院了 · 120接走了")
    alert = Alert.unscoped.get()
    assert (alert.outcome, alert.closed_by, alert.case) == ("to_hospital", street.lead, case)
    steps.come_in(worker, street.worker)
    worker.goto(f"/cases/{case.pk}/")
    expect(worker.get_by_text("送医院了")).to_be_visible()
    worker.get_by_role("link", name="发烧或不舒服").click()
    expect(worker.get_by_text("120接走了")).to_be_visible()


def test_a_fever_that_she_stands_by_is_with_the_lead_at_once_and_free_again_without_an_outcome(
    open_page: OpenPage, street: Street, wednesday: time_machine.Traveller, javascript: bool
) -> None:
    feverish(street)
    worker, lead = open_page(javascript=javascript), open_page(javascript=javascript)
    steps.come_in(worker, street.worker)
    steps.take_temperature(worker, "38", "5")
    tap(worker, "没错，马上报告")
    steps.come_in(lead, street.lead)
    lead.goto("/notices/")
    tap(lead, "我来处理")
    minutes_pass(wednesday, 61)
    steps.come_in(lead, street.lead)
    lead.goto("/notices/")
    expect(lead.get_by_role("button", name="我来处理")).to_be_visible()
    assert Alert.unscoped.get().taken_at is None

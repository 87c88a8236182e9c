"""A lead finds a grid that nobody walks, adds a helper; a worker hands her round over. Measured on the way."""

from django.utils import timezone
from playwright.sync_api import Page, expect

from grid.models import Staff
from grid.rules.permissions import Role
from tests.browser import steps
from tests.browser.measuring import axe_faults, set_text_size, size_faults
from tests.browser.steps import tap
from tests.browser.street import Street
from tests.browsing import OpenPage
from tests.factories.grid import make_staff
from tests.factories.quarantine import make_case

PHONE = "19900009003"


def look(page: Page, name: str) -> None:
    """Fit for old eyes and thick fingers, at A and A++."""
    for size in ("a", "a2"):
        set_text_size(page, size)
        faults = size_faults(page, size) + axe_faults(page)
        assert not faults, f"{name} at {size}: {faults}"
    set_text_size(page, "a")


def test_from_a_grid_without_a_worker_to_a_round_in_other_hands(open_page: OpenPage, street: Street) -> None:
    make_case(at=timezone.now(), grid=street.grid, name="周桂英")
    make_case(at=timezone.now(), grid=street.other_grid, name="何大勇")
    lead = open_page()
    steps.come_in(lead, street.lead)
    lead.goto("/helpers/")
    look(lead, "helpers")
    tap(lead, "看看是哪些")
    expect(lead.get_by_role("heading", level=2)).to_have_text(street.other_grid.name)
    look(lead, "without a worker")
    tap(lead, "加帮手")
    lead.get_by_label("姓名").fill("赵敏")
    lead.get_by_label("手机号").fill(PHONE)
    lead.locator("main summary", has_text="只管几栋楼").click()
    tap(lead, f"{street.other_grid.name}的楼栋")
    look(lead, "helper for buildings")
    lead.get_by_label("望江花园 3栋").check()
    lead.get_by_label("最后一天").fill("2026-03-20")
    tap(lead, "让帮手上岗")
    expect(lead.locator(".big-number")).to_be_visible()
    look(lead, "helper added")
    tap(lead, "改一下")
    look(lead, "helper changed")

    helper = Staff.objects.get(phone=PHONE)
    colleague = make_staff(Role.GRID_WORKER, street.other_grid, name="李明")
    worker = open_page()
    steps.come_in(worker, street.worker)
    tap(worker, "交班")
    expect(worker.get_by_label("交给谁").locator("option")).to_have_count(3)
    assert helper.name in worker.content()
    worker.get_by_label("交给谁").select_option(label=colleague.name)
    worker.get_by_label("到今天晚上").check()
    look(worker, "hand over")
    tap(worker, "交给这位同事")
    expect(worker.locator("main")).to_contain_text("对方还没看到")
    look(worker, "handed over")

    other = open_page()
    steps.come_in(other, colleague)
    expect(other.locator("main")).to_contain_text("王芳把第一网格交给您了")
    look(other, "round to know")
    tap(other, "知道了")
    expect(other.locator("main")).not_to_contain_text("交给您了")
    tap(other, "第一网格")
    expect(other.locator(".stop .name")).to_have_text("周桂英")
    look(other, "round of two")

"""What people do in the portal, one function a deed, led by the words they see on the page.

`look(page, name)` is called on every page of a way: the tests of look, weight and privacy hang theirs in.
"""

import re
from collections.abc import Callable

from django.conf import settings
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from grid.models import Staff
from tests.browser.street import RETURNEES, Street, work_off
from tests.factories.grid import PASSWORD

Look = Callable[[Page, str], None]
Figures = dict[tuple[str, str], int]  # (place, figure) → number


def no_look(page: Page, name: str) -> None:
    """Nothing is looked at."""


def tap(page: Page | Locator, words: str) -> None:
    """Taps the button or link that says these words, and no other."""
    exact = re.compile(rf"^{re.escape(words)}(\s|$)")
    page.get_by_role("button", name=exact).or_(page.get_by_role("link", name=exact)).filter(visible=True).click()


def log_in(page: Page, staff: Staff, *, own_phone: bool = False) -> None:
    """From the login page to the first page."""
    page.goto("/")
    page.get_by_label("用户名或手机号").fill(staff.user_name)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    if own_phone:
        page.get_by_label("这是我自己的手机").check()
    tap(page, "登录")


def set_cookie(page: Page, name: str, value: str) -> None:
    """As if the portal had set it, for all its pages."""
    page.context.add_cookies([{"name": name, "value": value, "domain": "127.0.0.1", "path": "/"}])


def come_in(page: Page, staff: Staff) -> None:
    """To the first page, as somebody who has logged in before: where the login itself is not what is looked at."""
    client = Client()
    client.force_login(staff)
    set_cookie(page, settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)
    page.goto("/")


def open_page_of_bar(page: Page, words: str) -> None:
    """Opens a page by the bar."""
    page.get_by_role("navigation", name="主要页面").get_by_role("link", name=words, exact=True).click()


def take_in_list(page: Page, street: Street, look: Look = no_look) -> None:
    """名单: the file, what was understood, what is new, 确认入库, and the result."""
    open_page_of_bar(page, "名单")
    look(page, "lists")
    page.get_by_label("选文件").set_input_files(RETURNEES)
    tap(page, "上传看看")
    expect(page.get_by_role("heading", level=1)).to_have_text("认出来的样子")
    look(page, "list-columns")
    # By itself it is a list of people to find. Into the register it goes on her word, and then more is asked.
    page.get_by_label("名单种类").select_option("residents")
    tap(page, "看看认得对不对")
    expect(page.locator(".error-summary")).to_be_visible()
    page.get_by_label("库里没有的户归哪个网格").select_option(label=street.grid.name)
    page.get_by_label("不建", exact=True).check()
    tap(page, "看看认得对不对")
    expect(page.get_by_role("heading", level=1)).to_have_text("入库前看一眼")
    look(page, "list-preview")
    tap(page, "确认入库")
    expect(page.get_by_role("heading", level=1)).to_have_text("正在入库")
    look(page, "list-progress")
    assert work_off() == 1
    if page.get_by_role("link", name="看看到哪了").is_visible():
        tap(page, "看看到哪了")
    expect(page.get_by_role("heading", level=1)).to_have_text("已入库")
    look(page, "list-result")


def search(page: Page, words: str, look: Look = no_look) -> None:
    """住户: types into the one search box."""
    open_page_of_bar(page, "住户")
    look(page, "households")
    page.get_by_label("找人、找门牌").fill(words)
    tap(page, "查找")
    look(page, "found")


def open_case(page: Page, first_day: str, look: Look = no_look) -> None:
    """On a person's page: why and from which day she isolates."""
    tap(page, "开始居家隔离")
    look(page, "case-open")
    page.get_by_label("返乡人员", exact=True).check()
    page.get_by_label("第1天").fill(first_day)
    tap(page, "开始隔离")
    expect(page.get_by_role("heading", name="每天的情况")).to_be_visible()
    look(page, "case")


def take_temperature(page: Page, degree: str, tenth: str) -> None:
    """On the open pad: two taps, and nothing else is touched."""
    degrees, tenths = page.locator("label.degree"), page.locator(".tenths")
    for target in (degrees.filter(has_text=degree), tenths.get_by_role("button", name=f".{tenth}", exact=True)):
        target.click()


def ask_for_supplies(page: Page, who: str, item: str, quantity: str, unit: str, look: Look = no_look) -> None:
    """要东西, at the door that is open."""
    tap(page, "要东西")
    look(page, "supply-form")
    page.get_by_label(who, exact=True).check()
    page.get_by_label("东西1").fill(item)
    page.get_by_label("数量1").fill(quantity)
    page.get_by_label("单位1").fill(unit)
    tap(page, "记下来")
    look(page, "door")


def deliver(page: Page, look: Look = no_look) -> None:
    """物资, 送到了: the only open request."""
    open_page_of_bar(page, "物资")
    look(page, "supplies")
    tap(page, "送到了")
    expect(page.get_by_text("都送到了")).to_be_visible()
    look(page, "supplies-delivered")


def read_figures(page: Page) -> Figures:
    """Every number of the table on 报数."""
    table = page.locator("table.figures")
    labels = [text.strip() for text in table.locator("thead th").all_inner_texts()][1:]
    found: Figures = {}
    for row in table.locator("tbody tr").all():
        place = row.locator("th").inner_text().strip()
        for label, cell in zip(labels, row.locator("td").all_inner_texts(), strict=True):
            found[place, label] = int(cell)
    return found


def moved(before: Figures, after: Figures) -> Figures:
    """By how much each figure moved; those that stood still are left out."""
    assert before.keys() == after.keys()
    return {key: after[key] - before[key] for key in after if after[key] != before[key]}

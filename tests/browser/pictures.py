"""Takes the pictures of the pages: those of the README into docs/, all of them into var/pictures/.

Not a test; by hand: make test ARGS="tests/browser/pictures.py"
"""

from pathlib import Path

from django.core.management import call_command
from django.db import connections
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.steps import tap
from tests.browser.street import RETURNEES
from tests.browsing import OpenPage

ROOT = Path(__file__).resolve().parents[2]
DOCS, ALL = ROOT / "docs", ROOT / "var" / "pictures"
OF_README = {"today-phone", "figures-desktop", "search-phone", "list-preview-phone", "case-phone"}
SIZES = {"phone": (360, 640), "desktop": (1280, 800)}
PASSWORD = "shouwang-demo"


def shoot(page: Page, name: str) -> None:
    """The page as it stands, at both sizes; the whole length goes to var/pictures/."""
    ALL.mkdir(parents=True, exist_ok=True)
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        picture = f"{name}-{size}"
        page.screenshot(path=ALL / f"{picture}.png")
        page.screenshot(path=ALL / f"{picture}-whole.png", full_page=True)
        if picture in OF_README:
            page.screenshot(path=DOCS / f"{picture}.png")
    page.set_viewport_size({"width": 360, "height": 640})


def enter(page: Page, user_name: str) -> None:
    """Logs a member of the demo's staff in."""
    page.goto("/")
    page.get_by_label("用户名或手机号").fill(user_name)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    tap(page, "登录")


def test_take_the_pictures(open_page: OpenPage, fresh_database: str, wednesday: object) -> None:
    DOCS.mkdir(exist_ok=True)
    call_command("build_demo")
    with connections["owner"].cursor() as cursor:  # the portal itself may not
        cursor.execute("ANALYZE")

    worker = open_page()
    worker.goto("/")
    shoot(worker, "login")
    enter(worker, "worker")
    shoot(worker, "today")
    steps.take_temperature(worker, "36", "5")
    expect(worker.get_by_text("36.5℃").filter(visible=True).first).to_be_visible()
    shoot(worker, "today-measured")
    steps.take_temperature(worker, "38", "5")
    expect(worker.get_by_role("heading", level=1)).to_contain_text("38.5℃")
    shoot(worker, "today-fever")
    worker.goto("/today/")
    tap(worker, "要东西")
    shoot(worker, "supply-form")
    worker.goto("/supplies/")
    shoot(worker, "supplies")

    lead = open_page()
    enter(lead, "lead")
    shoot(lead, "today-grids")
    steps.search(lead, "wf")
    shoot(lead, "search")
    lead.locator(".person .name").first.click()
    shoot(lead, "person")
    lead.goto("/today/")
    lead.locator("table.figures tbody a").first.click()
    lead.locator(".stop .person .name").first.click()
    shoot(lead, "case")
    steps.open_page_of_bar(lead, "名单")
    shoot(lead, "lists")
    lead.get_by_label("选文件").set_input_files(RETURNEES)
    tap(lead, "上传看看")
    shoot(lead, "list-columns")
    lead.get_by_label("名单种类").select_option("residents")
    lead.get_by_label("库里没有的户归哪个网格").select_option(index=1)
    lead.get_by_label("不建", exact=True).check()
    tap(lead, "看看认得对不对")
    shoot(lead, "list-preview")
    lead.goto("/households/add/")
    shoot(lead, "household-add")

    street = open_page()
    enter(street, "street")
    shoot(street, "figures")
    street.locator("table.figures tbody td a").first.click()
    shoot(street, "figure-list")

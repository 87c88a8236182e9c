"""粘贴接龙 on a phone of 360 pixels, with and without JavaScript: paste, look, confirm, undo."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from grid.models import Place
from grid.rules.permissions import Role
from quarantine.models import CheckIn, IsolationCase
from tests.browser.measuring import axe_faults, set_text_size, size_faults
from tests.browsing import LivePortal
from tests.factories.grid import make_place, make_staff
from tests.factories.quarantine import make_case
from tests.factories.residents import make_household
from tests.residents.lists.support import client_of

PEOPLE = (
    ("李明", "1", "502"),
    ("李明", "1", "702"),
    ("王芳", "1", "601"),
    ("陈国强", "2", "101"),
    ("周桂兰", "2", "202"),
)
CHAT = """#接龙
1. 3-1-502 李明 36.5
2. 🌸王芳🌸 三十六度八 早上好，谢谢大家辛苦了[玫瑰][玫瑰]
3. 李明 36.4
4. 3-2-101陈国强 38.6 有点咳嗽
收到
5. 王芳 昨天36.9
6. 鸡蛋36.5元一板"""


def isolated(grid: Place, name: str, unit: str, room: str) -> None:
    home = make_household(grid, compound="望江花园", building="3", unit=unit, room=room)
    yesterday = timezone.localdate() - timedelta(days=1)  # in the small hours the round is still that of the evening
    make_case(at=timezone.now(), household=home, name=name, first_day=yesterday)


def opened(phone: Page, portal: LivePortal) -> None:
    """The worker of a grid with five people, logged in."""
    grid = make_place()
    for name, unit, room in PEOPLE:
        isolated(grid, name, unit, room)
    session = client_of(make_staff(Role.GRID_WORKER, grid)).cookies["sessionid"].value
    phone.context.add_cookies([{"name": "sessionid", "value": session, "url": portal.url}])
    phone.goto("/today/")
    phone.locator("main a", has_text="粘贴接龙").click()


def read(phone: Page) -> None:
    phone.fill("textarea", CHAT)
    phone.locator("main button", has_text="看看认得对不对").click()
    expect(phone.locator("h1")).to_have_text("看看认得对不对")


def confirm(phone: Page) -> None:
    phone.locator("label.choice", has_text="3-1-702").first.click()
    phone.locator("main button", has_text="确认记下3条和选好的").click()
    expect(phone.locator("h1")).to_have_text("记下了4条")


def test_a_chat_is_pasted_looked_at_confirmed_and_undone(any_phone: Page, live_portal: LivePortal) -> None:
    opened(any_phone, live_portal)
    read(any_phone)
    assert any_phone.locator("main input:checked").count() == 0 and not CheckIn.unscoped.exists()
    confirm(any_phone)
    expect(any_phone.locator("main a", has_text="38.6℃")).to_be_visible()
    expect(any_phone.locator("main a", has_text="周桂兰")).to_be_visible()
    any_phone.locator("main button", has_text="全部撤销").click()
    expect(any_phone.locator(".message", has_text="撤销了4条")).to_be_visible()
    assert not IsolationCase.unscoped.exclude(last_measured_at=None).exists()


def test_the_pages_fit_a_phone(phone: Page, live_portal: LivePortal) -> None:
    opened(phone, live_portal)
    faults: list[str] = []
    for step in (lambda _page: None, read, confirm):
        step(phone)
        for size in ("a2", "a"):
            set_text_size(phone, size)
            faults += [*size_faults(phone, size), *axe_faults(phone)]
    assert not faults, "\n".join(faults)

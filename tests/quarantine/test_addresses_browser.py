"""The pages of addresses outside the portal, on a phone of 360 pixels and at a desk: fit to read and to tap."""

from django.utils import timezone
from playwright.sync_api import Page, expect

from grid.rules.permissions import Role
from grid.rules.places import Kind
from quarantine.models import AlertAddress
from quarantine.rules.ladder import Level
from tests.browser.measuring import axe_faults, set_text_size, size_faults
from tests.browser.steps import tap
from tests.browsing import LivePortal
from tests.factories.grid import make_place, make_staff
from tests.quarantine.local_servers import Robot, gateway_facts, mail_facts, serving
from tests.quarantine.test_messages import make_address
from tests.residents.support import client_of


def test_an_administrator_adds_a_robot_and_tries_it_on_her_phone(phone: Page, live_portal: LivePortal) -> None:
    community = make_place(Kind.COMMUNITY, make_place(Kind.STREET, name="望江街道"), name="花园社区")
    boss = make_staff(Role.ADMINISTRATOR, community.parent, name="赵小红")
    session = client_of(boss).cookies["sessionid"].value
    phone.context.add_cookies([{"name": "sessionid", "value": session, "url": live_portal.url}])
    faults: list[str] = []

    def look(name: str) -> None:
        for size in ("a", "a2"):
            set_text_size(phone, size)
            faults.extend(f"{name} at {size}: {fault}" for fault in [*size_faults(phone, size), *axe_faults(phone)])
        set_text_size(phone, "a")

    with serving(Robot()) as robot:
        phone.goto("/addresses/")
        look("empty")
        tap(phone, "企业微信群机器人")
        look("robot")
        phone.get_by_label("地方").select_option(label="\u3000花园社区")
        phone.get_by_label("社区负责人").check()
        phone.get_by_label("起个名字").fill("负责人群")
        phone.get_by_label("机器人的 Webhook 地址").fill(robot.url)
        tap(phone, "加上")
        tap(phone, "试发一条")
        expect(phone.locator("main .message")).to_contain_text("发出去了")
        assert robot.texts == ["【守望】这是一条试发消息。"]
        make_address(community, gateway_facts(robot), level=Level.STREET, kind="sms")
        make_address(community, mail_facts(25), kind="email")
        AlertAddress.unscoped.filter(kind="sms").update(last_failed_at=timezone.now())
        AlertAddress.unscoped.filter(kind="email").update(ended_at=timezone.now())
        phone.goto("/addresses/")
        look("list")
    for kind in ("sms", "email"):
        phone.goto(f"/addresses/add/{kind}/")
        look(kind)
    assert not faults, "\n".join(faults)

"""The pages that change places, on a phone of 360 pixels: fit to read and to tap."""

from django.utils import timezone
from playwright.sync_api import Page, expect

from grid.actions.audit import deed
from grid.actions.notices import notify
from grid.models import Post
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from grid.rules.places import Kind
from residents.models import Household
from tests.browser.measuring import axe_faults, set_text_size, size_faults
from tests.browsing import LivePortal
from tests.factories.grid import make_place, make_staff
from tests.residents.lists.support import client_of
from tests.residents.test_places_with_people import fill


def test_the_pages_fit_a_phone(phone: Page, live_portal: LivePortal) -> None:
    street = make_place(Kind.STREET, name="望江街道")
    garden = make_place(Kind.COMMUNITY, street, name="花园社区")
    first, second = (make_place(Kind.GRID, garden, name=name) for name in ("花园一网格", "花园二网格"))
    fill(first)
    boss = make_staff(Role.ADMINISTRATOR, street, name="赵小红")
    Post.objects.create(staff=boss, place=garden, role=Role.COMMUNITY_LEAD, since=timezone.now())
    with deed("demo_built", by=SYSTEM, at=timezone.now()):
        notify("place_closed", place=garden, by=SYSTEM, at=timezone.now())
    session = client_of(boss).cookies["sessionid"].value
    phone.context.add_cookies([{"name": "sessionid", "value": session, "url": live_portal.url}])
    faults: list[str] = []

    def look(then: str = "") -> None:
        faults.extend([*size_faults(phone, "a"), *axe_faults(phone)])
        if then:
            phone.locator("main button", has_text=then).first.click()

    for page in ("/places/", f"/places/{garden.pk}/split/", f"/places/{first.pk}/"):
        phone.goto(page)
        look()
    for size in ("a", "a2"):  # the count of notices is whole, and takes nothing of the name
        set_text_size(phone, size)
        count = phone.locator(".menu > summary .count").bounding_box()
        assert count and count["y"] >= 0 and count["x"] + count["width"] <= 360
        words = phone.locator(".menu > summary > span").first
        assert words.evaluate("name => name.scrollWidth <= name.clientWidth")
    phone.goto("/places/import/")
    phone.fill("textarea", f"编码\t名称\t上级编码\n42019800108\t新网格\t{garden.code}\n42X\t坏\t1")
    look("上传")
    expect(phone.locator("main li")).to_have_count(2)
    look()
    phone.goto(f"/places/{first.pk}/buildings/")
    phone.locator("label.choice").first.click()
    phone.select_option("select[name=into]", str(second.pk))
    look("看看会动什么")
    expect(phone.locator("dd", has_text="花园二网格")).to_be_visible()
    look("确认划过去")
    expect(phone.locator("main .message")).to_be_visible()
    assert not faults, "\n".join(faults)
    assert Household.unscoped.get().grid_id == second.pk

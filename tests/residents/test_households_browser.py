"""Pages of a household and of its building on a phone: fit for old eyes, without JavaScript too, and on one sheet."""

from playwright.sync_api import expect

from residents.models import Household
from tests.browser.measuring import axe_faults, set_text_size, size_faults
from tests.browser.steps import come_in, tap
from tests.browsing import OpenPage
from tests.factories.residents import make_contact, make_household, make_resident
from tests.residents.support import make_street


def test_a_household_is_split_on_a_phone_and_its_pages_are_fit_to_read(open_page: OpenPage) -> None:
    street = make_street()
    home = make_household(street.grid, room="502", note="狗凶，先打电话")
    head = make_resident(home, "李明", relation="02", phones=["19900000001"], care_tags=["lives_alone"], bed="2")
    make_resident(home, "李小红", relation="30")
    make_contact(head, "王姨", phones=["19900000002"], has_key=True)
    make_resident(make_household(street.grid, room="B101"), "赵六")
    page, faults = open_page(), []
    come_in(page, street.worker)
    page.wait_for_load_state()
    deeds = [f"/households/{home.pk}/{name}/" for name in ("split", "join", "head", "beds", "presence")]
    others = [f"/households/{home.pk}/head/?head={head.pk}", f"/residents/{head.pk}/contacts/add/", "/buildings/"]
    for path in [f"/households/{home.pk}/", *deeds, *others, f"/buildings/{home.pk}/", f"/buildings/{home.pk}/chart/"]:
        page.goto(path)
        for size in ("a", "a2"):
            set_text_size(page, size)
            found = size_faults(page, size) + (axe_faults(page) if size == "a" else [])
            faults += [f"{path} at {size}: {fault}" for fault in found]
    assert not faults, "\n".join(faults)
    page = open_page(javascript=False)
    come_in(page, street.worker)
    page.wait_for_load_state()
    page.goto(f"/households/{home.pk}/")
    page.get_by_text("更多", exact=True).click()
    tap(page, "分户")
    page.get_by_role("group", name="谁单独立户？").get_by_label("李小红").check()
    page.get_by_role("group", name="新户的户主是谁？").get_by_label("李小红").check()
    page.get_by_label("还在同一个门里").check()
    page.get_by_role("button", name="分户").click()
    expect(page.locator("#messages")).to_contain_text("已经单独立户")
    expect(page.get_by_role("heading", name="同一个门里的别的户")).to_be_visible()
    assert Household.unscoped.filter(room="502").count() == 2

"""The wizard on a phone of 360 pixels, with JavaScript and without: from the file to the register and back."""

from playwright.sync_api import Page, expect

from residents.models import Resident
from tests.browsing import LivePortal
from tests.residents.lists.support import RETURNEES, client_of, make_street, work_off


def test_a_lead_takes_a_list_in_and_back(any_phone: Page, live_portal: LivePortal) -> None:
    street = make_street()
    session = client_of(street.lead).cookies["sessionid"].value
    any_phone.context.add_cookies([{"name": "sessionid", "value": session, "url": live_portal.url}])
    send = any_phone.locator("main form button[type=submit]").first

    any_phone.goto("/lists/")
    any_phone.set_input_files("input[type=file]", str(RETURNEES))
    send.click()
    any_phone.wait_for_url("**/columns/")
    expect(any_phone.locator("select").first).to_have_value("name")
    any_phone.select_option("select[name=grid]", str(street.grid.pk))
    send.click()  # whether people isolate was not said
    expect(any_phone.locator(".error-summary")).to_be_visible()
    expect(any_phone.locator("select[name=grid]")).to_have_value(str(street.grid.pk))  # nothing is lost
    any_phone.locator("label", has=any_phone.locator("input[name=isolation][value=no]")).click()
    send.click()
    any_phone.wait_for_url("**/preview/")
    send.click()
    any_phone.wait_for_url("**/progress/")
    work_off()
    any_phone.wait_for_url("**/result/")  # by itself, one way or the other
    assert Resident.unscoped.count() == 285

    any_phone.locator("main summary", has_text="撤回这次导入").click()
    any_phone.locator("main button.danger").click()
    expect(any_phone.locator("main .message")).to_be_visible()
    assert not Resident.unscoped.exists()
    assert any_phone.evaluate("document.documentElement.scrollWidth") == 360

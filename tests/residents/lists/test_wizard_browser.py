"""The wizard on a phone of 360 pixels, with JavaScript and without: from the file to the register and back."""

from io import BytesIO
from pathlib import Path

import openpyxl
from playwright.sync_api import Page, expect

from residents.models import ImportBatch, Resident
from tests.browsing import LivePortal
from tests.residents.lists.support import RETURNEES, client_of, make_street, work_off, workbook


def test_a_lead_takes_a_list_in_and_back(any_phone: Page, live_portal: LivePortal) -> None:
    street = make_street()
    session = client_of(street.lead).cookies["sessionid"].value
    any_phone.context.add_cookies([{"name": "sessionid", "value": session, "url": live_portal.url}])
    send = any_phone.locator("main form button[type=submit]").first

    any_phone.goto("/lists/")
    any_phone.set_input_files("input[type=file]", str(RETURNEES))
    send.click()
    any_phone.wait_for_url("**/columns/")
    expect(any_phone.locator("select[name=kind]")).to_have_value("to_find")
    expect(any_phone.locator("select[name^=column]").first).to_have_value("name")
    # A list of people to find makes names to verify; here it is said to be one of the register.
    any_phone.select_option("select[name=kind]", "residents")
    any_phone.wait_for_load_state("networkidle")
    send.click()  # whether people isolate was not said
    expect(any_phone.locator(".error-summary")).to_be_visible()
    expect(any_phone.locator("select[name=kind]")).to_have_value("residents")  # nothing is lost
    any_phone.select_option("select[name=grid]", str(street.grid.pk))
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


def test_a_correction_is_remembered_and_refused_rows_come_back_mended_without_javascript(
    plain_phone: Page, live_portal: LivePortal
) -> None:
    street = make_street()
    page, session = plain_phone, client_of(street.lead).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_portal.url}])
    send = page.locator("main form button[type=submit]").first
    headers = ("姓名", "怎么找到", "住址")

    def take_in(data: bytes, name: str) -> None:
        page.goto("/lists/")
        page.set_input_files("input[type=file]", {"name": name, "mimeType": "", "buffer": data})
        send.click()
        page.wait_for_url("**/columns/")

    def confirm() -> None:
        page.select_option("select[name=grid]", str(street.grid.pk))
        send.click()
        page.wait_for_url("**/preview/")
        send.click()
        page.wait_for_url("**/progress/")
        work_off()
        page.wait_for_url("**/result/")

    rows = (("测试甲", "19900001001", "望江花园3-1-501"), ("测试乙", "199", "望江花园3-1-502"))
    take_in(workbook(*rows, headers=headers), "a.xlsx")
    page.locator("main summary").first.click()  # the column that nobody understood
    page.select_option("select[name=column-0-1]", "phones")
    confirm()
    assert [person.phones for person in Resident.unscoped.all()] == [["19900001001"]]

    with page.expect_download() as download:
        page.locator("form[action$='refused.xlsx'] button").click()
    book = openpyxl.load_workbook(BytesIO(Path(download.value.path()).read_bytes()))
    assert book.active["B2"].comment is not None
    book.active["B2"] = "19900001002"
    mended = BytesIO()
    book.save(mended)
    take_in(mended.getvalue(), "b.xlsx")
    expect(page.locator("select[name=column-0-1]")).to_have_value("phones")
    confirm()
    assert Resident.unscoped.count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") == 360

    page.locator("main summary", has_text="撤回这次导入").click()
    page.locator("main button.danger").click()
    expect(page.locator("main .message")).to_be_visible()
    assert Resident.unscoped.get().phones == ["19900001001"]
    assert ImportBatch.unscoped.filter(state="undone").count() == 1

"""Possible twins on a phone of 360 pixels, without JavaScript: looked at, decided, taken in."""

from playwright.sync_api import Page, expect

from residents.models import Resident
from tests.browsing import LivePortal
from tests.factories.residents import make_household, make_resident
from tests.residents.lists.support import client_of, make_street, to_preview, work_off, workbook

BORN = "1950-03-04"


def test_a_lead_decides_on_possible_twins_without_javascript(plain_phone: Page, live_portal: LivePortal) -> None:
    street, page = make_street(), plain_phone
    people = [make_resident(make_household(street.grid), name, birth_date=BORN) for name in ("张伟", "李娜", "王芳")]
    rows = [
        (person.name, BORN, f"1990000001{number}", f"望江花园9-1-10{number}") for number, person in enumerate(people)
    ]
    client = client_of(street.lead)
    data = workbook(*rows, headers=("姓名", "出生日期", "手机号码", "住址"))
    batch = to_preview(client, data, grid=str(street.grid.pk))
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_portal.url}])

    page.goto(f"/lists/{batch.pk}/preview/")
    page.locator("main a.button", has_text="去看看").click()
    expect(page.locator("main section.card")).to_have_count(3)
    expect(page.locator("main input[type=checkbox]:checked")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.locator("label.choice", has_text="张伟").click()
    page.locator("button[value=same]").click()
    expect(page.locator("main section.card")).to_have_count(2)
    page.locator("label.choice", has_text="李娜").click()
    page.locator("button[value=apart]").click()
    expect(page.locator("main section.card")).to_have_count(1)
    page.locator("button[value=leave_out_all]").click()
    page.wait_for_url("**/preview/")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/progress/")
    work_off()
    page.wait_for_url("**/result/")
    assert Resident.unscoped.get(pk=people[0].pk).phones == ["19900000010"]
    assert sorted(person.name for person in Resident.unscoped.all()) == sorted(["张伟", "李娜", "李娜", "王芳"])

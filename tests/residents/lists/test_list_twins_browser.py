"""Possible twins on a phone of 360 pixels, without JavaScript: looked at, decided, taken in."""

from playwright.sync_api import Page, expect

from grid.models import Place
from grid.rules.permissions import Role
from residents.models import Resident
from tests.browser.measuring import axe_faults, set_text_size, size_faults
from tests.browsing import LivePortal
from tests.factories.grid import make_staff
from tests.factories.residents import make_household, make_resident
from tests.residents.lists.support import client_of, make_street, to_preview, work_off, workbook

BORN = "1950-03-04"


def faults_of(page: Page, path: str) -> list[str]:
    """What is too small, too wide or not accessible on a page, at A and at A++."""
    page.goto(path)
    found = []
    for size in ("a", "a2"):
        set_text_size(page, size)
        found += [f"{path} at {size}: {fault}" for fault in size_faults(page, size) + axe_faults(page)]
    set_text_size(page, "a")
    return found


def test_the_pages_are_fit_for_old_eyes_and_thick_fingers(phone: Page, live_portal: LivePortal) -> None:
    """The two beside each other, the questions about grids and sexes, the list to be written."""
    street = make_street()
    Place.objects.filter(pk=street.elsewhere.pk).update(name=street.grid.name)
    make_resident(make_household(street.grid), "张伟", birth_date=BORN)
    client = client_of(make_staff(Role.COMMUNITY_LEAD, street.community.parent))
    rows = (("张伟", BORN, "望江花园9-1-101", "第1网格", "1"), ("李娜", BORN, "望江花园9-1-102", "第1网格", "2"))
    data = workbook(*rows, headers=("姓名", "出生日期", "住址", "所属网格", "性别"))
    said = {"means-1": str(street.grid.pk), "sex-1": "M", "sex-2": "unknown"}
    batch = to_preview(client, data, **said)
    session = client.cookies["sessionid"].value
    phone.context.add_cookies([{"name": "sessionid", "value": session, "url": live_portal.url}])
    faults = []
    for path in (f"/lists/{batch.pk}/twins/", f"/lists/{batch.pk}/columns/", "/lists/write/"):
        faults += faults_of(phone, path)
    assert not faults, "\n".join(faults)


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

"""From a pushed list to a name verified at the door, on a phone, with JavaScript and without."""

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from grid.models import Staff
from grid.rules.permissions import Role
from quarantine.models import IsolationCase
from residents.models import NameToVerify, Resident
from tests.browser.measuring import axe_faults, set_text_size, size_faults
from tests.browsing import LivePortal
from tests.factories.grid import make_staff
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.lists.support import client_of, make_street, work_off, workbook


def enter(page: Page, portal: LivePortal, staff: Staff) -> None:
    session = client_of(staff).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": portal.url}])


def look(page: Page, name: str, faults: list[str]) -> None:
    if not page.evaluate("'htmx' in window"):
        return  # axe is a script; without any the page is the same
    for size in ("a", "a2"):
        set_text_size(page, size)
        faults += [f"{name} at {size}: {fault}" for fault in size_faults(page, size) + axe_faults(page)]
    set_text_size(page, "a")
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_name_is_verified_at_the_door(any_phone: Page, live_portal: LivePortal) -> None:
    street, page, faults = make_street(), any_phone, list[str]()
    worker = make_staff(Role.GRID_WORKER, street.grid, name="王芳")
    make_household(street.grid, compound="望江花园", building="3", unit="2", room="501")
    known = make_resident(make_household(street.grid, compound="望江花园", building="3", unit="2", room="601"), "李强")
    send = page.locator("main form button[type=submit]").first
    rows = (
        ("赵小妹", make_id_number(), "19900000001", "望江花园3-2-502", "2026-11-20", "武汉返回"),
        ("李强", "", "19900000002", "望江花园3-2-601", "2026-11-21", ""),
        ("钱查无", "", "19900000003", "", "2026-11-21", ""),
    )

    enter(page, live_portal, street.lead)
    page.goto("/lists/")
    page.set_input_files("input[type=file]", {"name": "协查.xlsx", "mimeType": "", "buffer": workbook(*rows)})
    send.click()
    page.wait_for_url("**/columns/")
    look(page, "names-columns", faults)
    send.click()
    page.wait_for_url("**/preview/")
    look(page, "names-preview", faults)
    send.click()
    page.wait_for_url("**/progress/")
    work_off()
    page.wait_for_url("**/result/")
    look(page, "names-result", faults)
    page.locator("main a.button").first.click()
    page.wait_for_url("**/names/hand-out/")
    look(page, "names-hand-out", faults)
    page.locator("button[value=building]").click()
    expect(page.locator("main .message")).to_be_visible()
    page.locator("label", has=page.locator(f"input[name=workers][value='{worker.pk}']")).click()
    page.locator("button[value=evenly]").click()
    page.wait_for_load_state()
    assert set(NameToVerify.unscoped.values_list("worker__name", flat=True)) == {"王芳"}
    page.goto("/names/sheet/")
    look(page, "names-sheet", faults)

    enter(page, live_portal, worker)
    page.goto("/today/")
    page.locator("main a", has_text="待核查").click()
    look(page, "names-list", faults)
    page.locator("main a", has_text="赵小妹").click()
    look(page, "names-name", faults)
    page.locator("main a.button", has_text="住这里").click()
    look(page, "names-here", faults)
    expect(page.locator("input[name=room]")).to_have_value("502")
    page.locator("main form .actions button").click()
    page.wait_for_url("**/names/*/")
    person = Resident.unscoped.get(name="赵小妹")
    assert person.household.room == "502" and person.phones == ["19900000001"]
    look(page, "names-isolate", faults)
    page.locator("button[value=yes]").click()
    expect(page.locator("main .message")).to_be_visible()
    assert not IsolationCase.unscoped.exists()  # the lead decides

    page.locator("main a.button", has_text="下一个").click()
    page.locator("button", has_text="就是这位").click()
    page.locator("button[value=no]").click()
    page.locator("main a.button", has_text="下一个").click()
    page.locator("button[value=no_contact]").click()
    expect(page.locator("main .note")).to_be_visible()
    page.locator("button[value=unknown]").click()
    page.locator("main .card.done button").click()  # undo
    page.locator("button[value=unknown]").click()
    expect(page.locator("main .card.done")).to_contain_text("查无此人")
    found = {name.name: (name.state, name.resident_id, name.to_isolate) for name in NameToVerify.unscoped.all()}
    assert found == {
        "赵小妹": ("lives_here", person.pk, True), "李强": ("lives_here", known.pk, False),
        "钱查无": ("unknown", None, None),
    }  # fmt: skip
    assert not faults, "\n".join(faults)

"""Twins on a phone of 360 pixels, with JavaScript and without: told at the form, made one, made two again."""

from datetime import date

from playwright.sync_api import Page, expect

from residents.models import Merge, Resident
from tests.browsing import LivePortal
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.support import client_of, make_street


def test_a_twin_is_told_merged_and_parted(any_phone: Page, live_portal: LivePortal) -> None:
    street, born = make_street(), date(1980, 5, 17)
    here = make_household(street.grid, room="101")
    twin = make_resident(
        make_household(street.grid, room="202"), name="陈美玲", id_number=make_id_number(born), phones=["19900001111"]
    )
    session = client_of(street.lead).cookies["sessionid"].value
    any_phone.context.add_cookies([{"name": "sessionid", "value": session, "url": live_portal.url}])

    any_phone.goto(f"/households/{here.pk}/people/add/")
    any_phone.get_by_label("姓名", exact=True).fill("陈美龄")
    any_phone.get_by_label("电话").fill("1990000 1111")
    if any_phone.evaluate("typeof htmx") == "object":
        expect(any_phone.locator("#twins")).to_contain_text("陈美玲")
    any_phone.get_by_role("button", name="保存这个人").click()
    expect(any_phone.locator(".error-summary")).to_contain_text("还没有保存")
    expect(any_phone.get_by_label("姓名", exact=True)).to_have_value("陈美龄")
    any_phone.get_by_role("button", name="她是另一个人，照样保存").click()
    any_phone.wait_for_url(f"**/households/{here.pk}/")

    any_phone.goto("/twins/")
    any_phone.get_by_role("link", name="同一个人，去对比").click()
    expect(any_phone.locator("input[type=radio]:checked")).to_have_count(0)
    any_phone.get_by_role("button", name="合并为一个人").click()
    expect(any_phone.locator(".error-summary")).to_be_visible()
    any_phone.locator("label.choice", has_text="-101").click()
    any_phone.locator("fieldset", has_text="姓名").locator("label.choice", has_text="陈美玲").click()
    any_phone.get_by_role("button", name="合并为一个人").click()
    any_phone.wait_for_url("**/residents/*/")
    kept = Resident.unscoped.current().get()
    assert (kept.household_id, kept.name, kept.birth_date) == (here.pk, "陈美玲", born)

    any_phone.get_by_role("link", name="收回").click()
    any_phone.get_by_role("button", name="恢复为两个人").click()
    expect(any_phone.locator("main .message")).to_contain_text("已恢复为两个人")
    assert set(Resident.unscoped.current().values_list("name", flat=True)) == {"陈美龄", "陈美玲"}
    assert Merge.unscoped.get().undone_at
    assert Resident.unscoped.get(pk=twin.pk).id_digest
    assert any_phone.evaluate("document.documentElement.scrollWidth") == 360

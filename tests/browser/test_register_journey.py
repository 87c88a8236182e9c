"""The register at a phone's size, with JavaScript and without: somebody is found, added beside her twin, made one with
her, two again, and moved to another street that accepts her."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from grid.models import Place, Staff
from grid.rules.permissions import Role
from grid.rules.places import Kind
from quarantine.models import IsolationCase
from residents.models import Household, Resident
from tests.browser import steps
from tests.browser.steps import tap
from tests.browser.street import Street
from tests.browsing import OpenPage
from tests.factories.grid import make_place, make_staff
from tests.factories.quarantine import make_case
from tests.factories.residents import make_household, make_id_number, make_resident


@pytest.fixture
def neighbours(street: Street) -> tuple[Place, Staff]:
    """Another street of the instance: its grid and the lead there."""
    beside = make_place(Kind.STREET, name="滨江街道", code="420198002")
    community = make_place(Kind.COMMUNITY, beside, name="柳岸社区", code="420198002001")
    grid = make_place(Kind.GRID, community, name="柳岸一网格", code="420198002001001")
    return grid, make_staff(Role.COMMUNITY_LEAD, community, name="周丽")


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_found_added_moved_merged_and_two_again(
    javascript: bool, open_page: OpenPage, street: Street, neighbours: tuple[Place, Staff]
) -> None:
    old = make_household(street.grid, compound="望江花园", building="3", unit="1", room="502")
    wang = make_resident(old, "王小燕", id_number=make_id_number(), phones=["19900001234"])
    case = make_case(resident=wang, at=timezone.now())
    make_household(street.grid, compound="望江花园", building="3", unit="1", room="503")
    lead = open_page(javascript=javascript)
    steps.come_in(lead, street.lead)

    find_by_initials(lead, "wxy", javascript)
    add_a_twin(lead, "503", "王小艳", "19900001234", javascript)
    twin = Resident.unscoped.get(name="王小艳")

    make_one(lead, wang, twin)
    twin.refresh_from_db(from_queryset=Resident.unscoped.all())
    assert twin.merged_into_id == wang.pk
    tap(lead, "撤销")
    tap(lead, "撤销合并")
    expect(lead.get_by_text("已撤销合并，又是两个人。")).to_be_visible()
    twin.refresh_from_db(from_queryset=Resident.unscoped.all())
    assert twin.merged_into_id is None and twin.household.room == "503"

    offer_to_another_street(lead, wang, "滨江街道")
    wang.refresh_from_db(from_queryset=Resident.unscoped.all())
    assert wang.street_id == street.street.pk, "until it is accepted the sender keeps the duty"
    grid, receiver = neighbours
    accept(open_page(javascript=javascript), receiver)
    wang.refresh_from_db(from_queryset=Resident.unscoped.all())
    assert (wang.grid_id, wang.household.room) == (grid.pk, "801")
    assert IsolationCase.unscoped.get(pk=case.pk).grid_id == grid.pk
    assert Household.unscoped.get(pk=old.pk).grid_id == street.grid.pk, "her old door stays where it is"
    lead.goto(f"/residents/{wang.pk}/")
    expect(lead.get_by_role("heading", level=1)).not_to_contain_text("王小燕")


def find_by_initials(page: Page, letters: str, javascript: bool) -> None:
    """住户: with JavaScript the results come while one types."""
    steps.open_page_of_bar(page, "住户")
    page.get_by_label("找人、找门牌").press_sequentially(letters)
    if not javascript:
        tap(page, "查找")
    expect(page.get_by_role("link", name="王小燕")).to_be_visible()


def add_a_twin(page: Page, room: str, name: str, phone: str, javascript: bool) -> None:
    """At another door: the likely twin shows beside the form and holds nobody up for long."""
    steps.search(page, f"3-1-{room}")
    page.get_by_role("link", name=re.compile(rf"3-1-{room}")).first.click()
    tap(page, "加人")
    page.get_by_label("姓名").fill(name)
    page.get_by_label("电话").press_sequentially(phone)
    if not javascript:
        tap(page, "保存这个人")
        expect(page.get_by_text("还没有保存：已经登记了一个很像的人。")).to_be_visible()
    expect(page.get_by_text("是不是下面的人？")).to_be_visible()
    expect(page.get_by_text("王小燕").first).to_be_visible()
    tap(page, "不是同一个人，照样保存")
    expect(page.get_by_text(f"已添加{name}").or_(page.get_by_text(name)).first).to_be_visible()


def make_one(page: Page, kept: Resident, twin: Resident) -> None:
    """From 住户 to the suspected twins, side by side, one person."""
    steps.open_page_of_bar(page, "住户")
    tap(page, "有没有重复登记的人")
    tap(page, "同一个人，去对比")
    page.get_by_label(re.compile("3-1-502")).check()
    page.get_by_label("王小燕", exact=True).check()
    tap(page, "合并为一个人")
    expect(page.get_by_text("已合并为一个人。在这一页可以撤销。")).to_be_visible()


def offer_to_another_street(page: Page, person: Resident, street: str) -> None:
    """On her page: which street, the address as far as it is known."""
    page.goto(f"/residents/{person.pk}/")
    page.get_by_text("搬家、离开、外出").click()
    tap(page, "搬到别的街道")
    page.get_by_label("搬到哪个街道？").select_option(label=f"{street} 420198002")
    tap(page, "下一步")
    page.get_by_label("房号").fill("801")
    tap(page, "转交过去")
    expect(page.get_by_text("已转交。对方接收前，还归您管。")).to_be_visible()


def accept(page: Page, receiver: Staff) -> None:
    """The other street's lead hears of it in 提醒, looks, and takes her over at a door of her own."""
    steps.come_in(page, receiver)
    page.goto("/offers/")
    page.get_by_role("link", name=re.compile("王小燕")).click()
    tap(page, "住在我们这里")
    page.get_by_label("小区").fill("柳岸家园")
    page.get_by_label("楼栋").fill("8")
    page.get_by_label("房号").fill("801")
    tap(page, "接收")
    expect(page.get_by_role("heading", level=1)).to_contain_text("801")

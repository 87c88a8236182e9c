"""A list of places: shown row by row before anything is written, taken in as shown, harmless when it comes again."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from xlsxwriter import Workbook

from grid.models import AuditRecord, Notice, Place
from grid.rules.permissions import Role
from grid.rules.place_lists import PlaceRow, judge
from grid.rules.places import Kind
from tests.factories.grid import make_place, make_staff
from tests.factories.residents import make_resident
from tests.grid.place_invariants import assert_places_are_sound
from tests.residents.support import client_of, hidden

pytestmark = pytest.mark.django_db

PATH = "/places/import/"


class Town:
    """A street with two communities, a grid in the first; an administrator of the street."""

    def __init__(self) -> None:
        self.street = make_place(Kind.STREET, make_place(Kind.DISTRICT), "望江街道", "420198001")
        self.garden = make_place(Kind.COMMUNITY, self.street, "花园社区", "420198001001")
        self.river = make_place(Kind.COMMUNITY, self.street, "江边社区", "420198001002")
        self.first = make_place(Kind.GRID, self.garden, "花园一网格", "420198001001001")
        self.second = make_place(Kind.GRID, self.garden, "花园二网格", "420198001001002")
        self.client = client_of(make_staff(Role.ADMINISTRATOR, self.street))


@pytest.fixture
def town(db: None) -> Town:
    return Town()


def pasted(*rows: str) -> dict[str, str]:
    return {"pasted": "\n".join(["编码\t名称\t上级编码\t类型", *rows])}


def confirmed(page: str) -> dict[str, str]:
    return {name: hidden(page, name) for name in ("sealed", "seen")}


def counts(client: Client, form: dict) -> tuple[str, list[int]]:
    """The preview, and its numbers: refused, new, renamed, moved, same."""
    answer = client.post(PATH, form)
    page = answer.content.decode()
    assert answer.status_code == 200, page
    return page, [int(part.split("<")[0]) for part in page.split("<main")[1].split('<dd class="number">')[1:6]]


def test_a_list_is_shown_row_by_row_and_taken_in_as_shown(town: Town) -> None:
    person = make_resident()
    foreign = person.grid
    form = pasted(
        "420198001003\t山前社区\t420198001\t社区",
        "420198001003001\t山前一网格\t420198001003\t网格",
        "420198001001001\t花园第一网格\t420198001001",
        "420198001001002\t花园二网格\t420198001003",
        "420198001002\t江边社区\t420198001",
        f"{foreign.code}\t别处\t420198001001",
        "420198001009001\t没有上级\t420198001009",
        "42019800100X\t字母\t420198001",
        "420198001001003\t\t420198001001",
        "420198001001004\t网格下面\t420198001001001",
        "420198001005\t类型不对\t420198001\t网格",
        "420198001006\t甲\t420198001",
        "420198001006\t乙\t420198001",
    )
    page, found = counts(town.client, form)
    assert found == [8, 2, 1, 1, 1]
    for words in ("outside yours", "neither known", "digits only", "name is missing", "below a grid", "kind", "twice"):
        assert words in page, words
    assert Place.objects.filter(code="420198001003").count() == 0
    for _time in range(2):
        assert town.client.post(PATH, confirmed(page))["Location"] == "/places/"
    made = Place.objects.get(code="420198001003")
    assert set(Place.objects.filter(parent=made).values_list("name", flat=True)) == {"山前一网格", "花园二网格"}
    assert Place.objects.get(pk=town.first.pk).name == "花园第一网格"
    assert Place.objects.get(pk=foreign.pk).name == foreign.name
    record = AuditRecord.objects.get(deed="places_taken_in")
    assert record.facts["counts"] == {"refused": 8, "new": 2, "renamed": 1, "moved": 1, "same": 1}
    told = Notice.unscoped.filter(kind="place_moved").values_list("grid_id", flat=True)
    assert sorted(told) == sorted([town.second.pk, town.garden.pk, made.pk])
    assert_places_are_sound()
    page, found = counts(town.client, form)
    assert found == [8, 0, 0, 0, 5] and "Nothing new" in page


def test_a_list_that_begins_with_a_new_street_stands_below_the_only_district(town: Town) -> None:
    """The shape of the README: no column names the district. What is to be mended comes before what falls with it."""
    head = "街道\t街道编码\t社区\t社区编码\t网格\t网格编码\n"
    form = {"pasted": head + "江北街道\t420198002\t江北社区\t420198002001\t江北一网格\t420198002001001"}
    page, found = counts(town.client, form)
    assert found == [3, 0, 0, 0, 0], "an administrator of a street has no district"
    district = town.street.parent
    boss = client_of(make_staff(Role.ADMINISTRATOR, district))
    form["pasted"] += "\n新桥街道\t42X\t新桥社区\t420198003001\t新桥一网格\t420198003001001"
    form["pasted"] += "\n长堤街道\t420198004\t长堤社区\t4X\t长堤一网格\t420198004001001"
    page, found = counts(boss, form)
    assert found == [6 - 1, 4, 0, 0, 0] and f"below {district.code}" in page
    assert page.rindex("digits only") < page.index("is refused itself")
    told = boss.post(PATH, confirmed(page), follow=True).content.decode()
    assert "The list is taken in: Refused 5, New 4." in told
    assert Place.objects.get(code="420198002").parent == district
    assert Place.objects.get(code="420198002001001").parent.parent.name == "江北街道"
    assert_places_are_sound()
    make_place(Kind.DISTRICT)
    make_place(Kind.DISTRICT, district.parent)
    assert counts(boss, form)[1] == [5, 0, 0, 0, 4]


def test_a_workbook_with_a_title_and_nested_columns_is_read(town: Town) -> None:
    data = BytesIO()
    with Workbook(data) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["网格划分表（2026年）"])
        sheet.write_row(1, 0, ["街道", "社区", "社区编码", "网格名称", "网格编码"])
        sheet.write_row(2, 0, ["望江街道", "花园社区", "", "花园三网格", 420198001001003])
        sheet.write_row(3, 0, ["望江街道", "山前社区", "420198001003", "山前一网格", "420198001003001"])
        sheet.write_row(4, 0, ["望江街道", "山前社区", "420198001003", "山前二网格", "420198001003002"])
        sheet.write_row(5, 0, ["望江街道", "山前社区", "420198001003", "山前三网格", 42019800100300301])
        sheet.write_row(6, 0, ["望江街道", "没有的社区", "", "孤网格", "420198001004001"])
    file = SimpleUploadedFile("表.xlsx", data.getvalue())
    page, found = counts(town.client, {"file": file})
    assert found == [2, 4, 0, 0, 0]
    assert "Excel has cut the last digits" in page and "Row 6</span>" in page
    town.client.post(PATH, confirmed(page))
    assert Place.objects.filter(parent__code="420198001003").count() == 2
    assert Place.objects.get(code="420198001001003").parent_id == town.garden.pk
    assert_places_are_sound()


def test_what_changed_since_the_preview_is_shown_again(town: Town) -> None:
    page, _found = counts(town.client, pasted("420198001003\t山前社区\t420198001"))
    make_place(Kind.COMMUNITY, town.street, "别的社区", "420198001003")
    answer = town.client.post(PATH, confirmed(page))
    assert answer.status_code == 422 and "Something changed" in answer.content.decode()
    assert Place.objects.get(code="420198001003").name == "别的社区"
    torn = {"sealed": "x" + hidden(page, "sealed"), "seen": hidden(page, "seen")}
    assert town.client.post(PATH, torn).status_code == 422
    Place.objects.filter(pk=town.garden.pk).update(closed_at=timezone.now())
    page, found = counts(town.client, pasted("42019800100108\t晚了\t420198001001"))
    assert found[0] == 1 and "is closed" in page


@pytest.mark.parametrize("form", [{}, {"pasted": "只有一句话"}, {"pasted": "甲\t乙\n1\t2"}, {"pasted": " "}])
def test_what_is_no_list_is_told_in_words(town: Town, form: dict) -> None:
    answer = town.client.post(PATH, form | {"x": "1"})
    assert answer.status_code == 422 and "error-summary" in answer.content.decode()


def test_an_administrator_of_a_community_touches_nothing_beyond_it(town: Town) -> None:
    small = client_of(make_staff(Role.ADMINISTRATOR, town.garden))
    rows = ["420198001002001\t江边一网格\t420198001002", "420198001003\t山前社区\t420198001"]
    moved = "420198001001001\t花园一网格\t420198001002"
    _page, found = counts(small, pasted(*rows, moved, "420198001001009\t花园九网格\t420198001001"))
    assert found == [3, 1, 0, 0, 0]


@pytest.mark.parametrize("rows", [1, 30])
def test_a_list_costs_the_same_however_long_it_is(town: Town, rows: int) -> None:
    page, _found = counts(town.client, pasted(*(f"42019800101{n:03}\t社区{n}\t420198001" for n in range(rows))))
    with CaptureQueriesContext(connection) as found:
        town.client.post(PATH, confirmed(page))
    assert Place.objects.filter(name__startswith="社区").count() == rows and len(found) == 22


def test_places_that_name_each_other_and_a_long_chain_come_to_an_end() -> None:
    circle = [PlaceRow(1, "1", "甲", "2"), PlaceRow(2, "2", "乙", "1")]
    assert [one.reason for one in judge(circle, {})] == ["circle", "circle"]
    chain = [PlaceRow(n, str(n), "甲", str(n + 1)) for n in range(1, 20_000)]
    assert {one.reason for one in judge(chain, {})} == {"above_unknown", "above_refused"}

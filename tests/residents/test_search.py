"""住户: one box for names, pinyin, phones, doors and document numbers."""

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grid.models import Post
from grid.rules.permissions import Role
from residents.models import Household, Resident
from tests.factories.grid import LONG_AGO
from tests.factories.quarantine import make_case
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.support import Street, client_of, make_street

SEARCH = "/residents/"


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


@pytest.fixture
def client(street: Street) -> Client:
    household = make_household(street.grid, compound="望江花园", building="12", unit="3", room="502")
    make_resident(household, "张三丰", make_id_number(sequence=77), phones=["19900001234", "02788885678"])
    make_resident(make_household(street.grid, building="7", unit="2", room="1502"), "吕小红", phones=["19900007777"])
    make_resident(make_household(street.grid, building="8", unit="", room="301"), "欧阳三丰")
    return client_of(street.worker)


def found(client: Client, words: str) -> str:
    answer = client.post(SEARCH, {"words": words}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


FOUND_BY = [
    ("张三丰", ["张三丰"]),
    (" 张 ", ["张三丰"]),
    ("三丰", ["张三丰", "欧阳三丰"]),
    ("阳三丰", ["欧阳三丰"]),
    ("zsf", ["张三丰"]),
    ("ZhangSan", ["张三丰"]),
    ("zhang san feng", ["张三丰"]),
    ("sanfeng", ["张三丰", "欧阳三丰"]),
    ("lvxiao", ["吕小红"]),
    ("luxiao", ["吕小红"]),
    ("19900001234", ["张三丰"]),
    ("+86 199 0000 1234", ["张三丰"]),
    ("1234", ["张三丰"]),
    ("01234", ["张三丰"]),
    ("88885678", ["张三丰"]),
    ("5678", ["张三丰"]),
    ("12-3-502", ["张三丰"]),
    ("12栋3单元502室", ["张三丰"]),
    ("望江花园12-3-502", ["张三丰"]),
    ("502", ["张三丰"]),
    ("3-502", ["张三丰"]),
    ("1502", ["吕小红"]),
    ("8-301", ["欧阳三丰"]),
    ("張三豐", ["张三丰"]),
    ("三豐", ["张三丰", "欧阳三丰"]),
    ("张三丰 12栋", ["张三丰"]),
    ("12栋，张", ["张三丰"]),
    ("张 13栋", []),
    ("zsf 12-3-502", ["张三丰"]),
    ("12-3-502 zsf", ["张三丰"]),
    ("zsf 12-3", ["张三丰"]),
    ("12-3", ["张三丰"]),
    ("lxh 12-3-502", []),
    ("望江 张三丰", ["张三丰"]),
    ("三丰 望江花园", ["张三丰", "欧阳三丰"]),
    ("望江花园 zsf", ["张三丰"]),
    ("张 1234", ["张三丰"]),
    ("吕 1234", []),
    ("吕 1502", ["吕小红"]),
    ("12 3 502", ["张三丰"]),
    ("12 栋 3 单元 502 室", ["张三丰"]),
    ("三丰 张", ["张三丰"]),
    ("feng san", ["张三丰", "欧阳三丰"]),
    ("张 三 丰", ["张三丰"]),
    ("199 0000 1234 张", ["张三丰"]),
    ("z 502", ["张三丰"]),
    (make_id_number(sequence=77), ["张三丰"]),
    (make_id_number(sequence=77)[-4:], ["张三丰"]),
    ("王", []),
    ("34", []),
    ("0000", []),
    ("%", []),
    ("_", []),
    ("张\u0000", []),
]


def test_people_are_found_by_what_was_typed(client: Client) -> None:
    people = ("张三丰", "吕小红", "欧阳三丰")
    for words, names in FOUND_BY:
        page = found(client, words)
        assert [name for name in people if f">{name}</a>" in page] == names, words


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ("買買提·阿不都拉", ["买买提阿不都拉", "买买提•阿不都拉", "买买提 阿不都拉", "阿不都拉", "mmtabdl"]),
        ("买买提阿不都拉", ["買買提·阿不都拉"]),
        ("覃丽", ["ql", "tl", "qinli", "tanli"]),
        ("劉德華", ["刘德华", "德华", "劉", "ldh"]),
    ],
)
def test_one_name_is_found_however_it_is_written(street: Street, stored: str, words: list[str]) -> None:
    make_resident(make_household(street.grid), stored)
    client = client_of(street.worker)
    assert [word for word in words if f">{stored}</a>" not in found(client, word)] == []


def test_a_compounds_name_finds_its_doors(client: Client, street: Street) -> None:
    home = make_household(street.grid, compound="柳岸新村", building="2", unit="1", room="101")
    for name in ("周小满", "周大有"):
        make_resident(home, name)
    merged = make_household(street.grid, compound="柳岸新村", building="2", unit="1", room="102")
    Household.unscoped.filter(pk=merged.pk).update(merged_into=Household.unscoped.exclude(pk=merged.pk)[:1].get())
    for words in ("柳岸新村", "柳岸", "柳岸 2栋", "柳岸新村2栋"):
        page = found(client, words)
        assert "柳岸新村 2-1-101" in page and "望江" not in page and "2-1-102" not in page
        assert "周小满 周大有" in page


def test_her_own_grid_then_who_is_isolated_then_as_one_walks(street: Street, clock: time_machine.Traveller) -> None:
    lead = street.lead
    Post.objects.create(staff=lead, place=street.sibling, role=Role.GRID_WORKER, since=LONG_AGO)
    rows = [
        make_resident(make_household(grid, building=building), name)
        for grid, building, name in (
            (street.grid, "1", "孙一"),
            (street.grid, "2", "孙一"),
            (street.grid, "3", "孙一"),
            (street.sibling, "9", "孙一甲"),
        )
    ]
    make_case(at=timezone.now(), resident=rows[1])
    page = found(client_of(lead), "孙一")
    order = sorted(rows, key=lambda row: page.index(f"/residents/{row.pk}/"))
    assert [rows.index(row) for row in order] == [3, 1, 0, 2]
    assert page.count("In isolation, day 1/14") == 1
    assert "In isolation: 1" in found(client_of(lead), "望江花园")


def test_those_who_left_are_found_where_they_are_asked_for(client: Client, street: Street) -> None:
    household = make_household(street.grid)
    gone = make_resident(household, "钱远", left_on="2020-01-05", left_reason="moved_out")
    make_resident(household, "钱远外", away_until="2199-05-06")
    merged = make_resident(household, "钱远二")
    Resident.unscoped.filter(pk=merged.pk).update(merged_into=gone)
    answer = client.post(SEARCH, {"words": "钱远", "left": "on"})
    page = answer.content.decode()
    assert "moved out" in page and "2020" in page and "away until" in page and "钱远二" not in page
    assert page.index("钱远外") < page.index(">钱远<")  # who lives here comes first
    assert 'name="left" checked' in page
    page = found(client, "钱远")
    assert "钱远外" in page and "moved out" not in page and "钱远二" not in page


def test_the_exact_name_comes_before_the_longer_ones(client: Client, street: Street) -> None:
    make_resident(make_household(street.grid, building="1"), "张三丰子")
    make_resident(make_household(street.grid, building="1"), "老张三丰")
    page = found(client, "张三丰")
    assert page.index(">张三丰<") < page.index(">张三丰子<") < page.index(">老张三丰<")


def test_a_door_is_found_though_nobody_is_registered_behind_it(client: Client, street: Street) -> None:
    empty = make_household(street.grid, building="20", unit="1", room="909")
    assert f'href="/households/{empty.pk}/"' in found(client, "20-1-909")


def test_those_who_left_are_not_found(client: Client, street: Street) -> None:
    make_resident(make_household(street.grid), "走了人", left_on="2020-01-01", left_reason="moved_out")
    assert "走了人" not in found(client, "走了人")


def test_nobody_outside_her_places_is_found(street: Street) -> None:
    number = make_id_number()
    for place in (street.sibling, street.far, street.foreign):
        make_resident(
            make_household(place, building="5", room="999"), f"钱外人{place.pk}", number if place == street.far else "",
            phones=["19900004321"],
        )  # fmt: skip
    client = client_of(street.worker)
    for words in ("钱外人", "qwr", "19900004321", "4321", "5-1-999", "999", number, number[-4:]):
        assert "钱外人" not in found(client, words) and "5-1-999" not in found(client, words)
    assert found(client_of(street.supervisor), "钱外人").count("钱外人") == 2


def test_words_never_stand_in_an_address(client: Client) -> None:
    page = client.get(SEARCH).content.decode()
    form = page[page.index('role="search"') :].partition(">")[0]
    assert 'method="post"' in form and "hx-push-url" not in page
    assert page.count("hx-get") == page.count('hx-get="/notices/count/"') == 1  # the number beside 提醒
    assert (
        "张三丰"
        not in client.get(SEARCH, {"words": "张三丰", "grid": "0"}).content.decode().partition('<ul class="lines"')[0]
    )


def test_the_page_answers_whole_without_javascript(client: Client) -> None:
    page = client.post(SEARCH, {"words": "zsf"}).content.decode()
    assert "<html" in page and ">张三丰</a>" in page and 'value="zsf"' in page
    assert "<html" not in found(client, "zsf")


def test_nothing_found_says_what_to_try(client: Client) -> None:
    assert "Nobody found in your places." in found(client, "甲乙丙")


def test_more_than_fifty_are_cut_and_said(client: Client, street: Street) -> None:
    household = make_household(street.grid)
    for _number in range(51):
        make_resident(household, "孙多多")
    page = found(client, "孙多多")
    assert page.count(">孙多多<") == 50 and "Only the first 50 are shown" in page


@pytest.mark.parametrize("people", [1, 3])
@pytest.mark.parametrize(
    ("words", "queries_in_all"),
    [
        ("孙", 6), ("孙多多", 6), ("sdd", 6), ("孙多多 30栋", 6), ("sdd 30-1-606", 6), ("19900003333", 6),
        (make_id_number(sequence=9), 6),
        ("3333", 7), ("30-1-606", 7), ("606", 7), ("孙 606", 6),
    ],
)  # fmt: skip
def test_a_search_takes_at_most_seven_queries(street: Street, people: int, words: str, queries_in_all: int) -> None:
    for number in range(people):
        household = make_household(street.grid, building="30", unit="1", room="606")
        make_resident(household, "孙多多", make_id_number(sequence=9) if number == 0 else "", phones=["19900003333"])
    client = client_of(street.worker)
    with CaptureQueriesContext(connection) as queries:
        page = client.post(SEARCH, {"words": words}).content.decode()
    assert "孙多多" in page
    assert len(queries) == queries_in_all  # five are the frame's: session, user, posts, demo mark, notices


@pytest.mark.parametrize("doors", [1, 3])
def test_the_doors_of_her_grid_stand_as_one_walks_in_seven_queries(street: Street, doors: int) -> None:
    for number in range(doors):
        make_resident(make_household(street.grid, building=str(12 - number), room="101"), "孙多多")
    client = client_of(street.worker)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(SEARCH).content.decode()
    assert len(queries) == 7
    places = [page.index(f"{building}-1-101") for building in range(13 - doors, 13)]
    assert places == sorted(places) and page.count("孙多多") == doors


def test_a_long_grid_is_turned_over_page_by_page(street: Street) -> None:
    for number in range(51):
        make_household(street.grid, room=str(100 + number))
    client = client_of(street.worker)
    first = client.get(SEARCH).content.decode()
    assert "3-1-149" in first and "3-1-150" not in first and f"?grid={street.grid.pk}&amp;page=2" in first
    assert "3-1-150" in client.get(SEARCH, {"page": "2"}).content.decode()
    assert client.get(SEARCH, {"page": "²"}).status_code == 200


def test_a_lead_chooses_the_grid_and_never_one_outside(street: Street) -> None:
    make_household(street.sibling, room="606")
    make_household(street.far, room="707")
    client = client_of(street.lead)
    page = client.get(SEARCH).content.decode()
    assert f"?grid={street.sibling.pk}" in page and f"?grid={street.far.pk}" not in page
    assert 'href="/buildings/"' in page
    assert "606" in client.get(SEARCH, {"grid": street.sibling.pk}).content.decode()
    assert "3-1-707" not in client.get(SEARCH, {"grid": street.far.pk}).content.decode()


@pytest.mark.parametrize("words", ["z", "。", "---"])
def test_what_says_too_little_asks_for_more(client: Client, words: str) -> None:
    assert "Type a little more." in found(client, words)

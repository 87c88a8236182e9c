"""报数: every figure equals the list it links to, whoever reads it; nobody sees beyond their places."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grid import registries
from grid.models import Place, Post, Staff
from grid.rules.permissions import Permission, Role, roles_with
from grid.rules.places import Kind
from tests.factories.grid import LONG_AGO, make_place, make_staff
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.releases import release
from tests.factories.residents import make_household, make_resident
from tests.factories.supplies import make_supply_request

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

READERS = sorted(roles_with(Permission.SEE_FIGURES))
ROW = re.compile(r'<tr[^>]*><th scope="row">.*?</tr>', re.S)
CELL = re.compile(r'<td[^>]*><a href="([^"]+)"[^>]*>(\d+)</a></td>')


class Town:
    """A district of two streets, two communities each, two grids each."""

    def __init__(self) -> None:
        self.district = make_place(Kind.DISTRICT, name="望江区")
        self.streets = [make_place(Kind.STREET, self.district, name=f"{word}街道") for word in "东西"]
        self.communities = [make_place(Kind.COMMUNITY, street) for street in self.streets for _ in range(2)]
        self.grids = [make_place(Kind.GRID, community) for community in self.communities for _ in range(2)]
        self.doors: list[Place] = []

    def with_rows(self) -> "Town":
        """Rows of every kind in some of the grids."""
        self.doors = [self.grids[number] for number in (0, 0, 1, 2, 5)]
        for grid in self.doors:
            self.fill(grid)
        return self

    def fill(self, grid: Place) -> None:
        """One of everything a figure may count."""
        now = timezone.now()
        door = make_household(grid)
        make_case(household=door, at=now)
        make_check_in(make_case(household=door, at=now), at=now, temperature="36.5")
        make_check_in(make_case(household=door, at=now), at=now, temperature="38.5")
        make_check_in(make_case(household=door, at=now), at=now, outcome="no_answer", channel="phone")
        make_check_in(make_case(household=door, at=now), at=now, outcome="well", channel="phone")
        make_supply_request(at=now - timedelta(hours=2), household=door, resident=make_resident(door, name="李晓明"))
        make_supply_request(at=now, household=door, urgent=True)

    def place_of(self, role: Role) -> Place:
        """Where somebody of the role works: the first of its kind."""
        return {Role.COMMUNITY_LEAD: self.communities[0], Role.STREET_SUPERVISOR: self.streets[0]}.get(
            role, self.district
        )


@pytest.fixture
def town() -> Town:
    """Nobody lives there yet."""
    return Town()


@pytest.fixture
def lived_in() -> Town:
    return Town().with_rows()


def figures_of(content: str) -> list[list[tuple[str, int]]]:
    """Each row of the table: (address of the list, number) of its cells."""
    return [[(address, int(number)) for address, number in CELL.findall(row)] for row in ROW.findall(content)]


def length_of_list(client: Client, address: str) -> int:
    """Rows on all pages of a list, counted as rows."""
    response = client.get(address)
    assert response.status_code == 200
    further = range(2, response.context["page"].paginator.num_pages + 1)
    pages = [response, *(client.get(address, {"page": number}) for number in further)]
    return sum(len(page.context["rows"]) for page in pages)


@pytest.mark.parametrize("role", READERS)
def test_every_figure_equals_the_length_of_its_list(client: Client, lived_in: Town, role: Role) -> None:
    client.force_login(make_staff(role, lived_in.place_of(role)))
    rows = figures_of(client.get(reverse("figures")).content.decode())
    assert rows and all(len(row) == len(registries.FIGURES) for row in rows)
    for row in rows:
        for address, number in row:
            assert length_of_list(client, address) == number, address


@pytest.mark.parametrize("role", READERS)
def test_the_last_row_is_the_sum_of_the_others(client: Client, lived_in: Town, role: Role) -> None:
    client.force_login(make_staff(role, lived_in.place_of(role)))
    *children, total = figures_of(client.get(reverse("figures")).content.decode())
    assert len(children) == 2
    for column, (_address, number) in enumerate(total):
        assert number == sum(row[column][1] for row in children)


def test_the_figures_are_not_all_nothing(client: Client, lived_in: Town) -> None:
    client.force_login(make_staff(Role.DISTRICT_VIEWER, lived_in.district))
    total = figures_of(client.get(reverse("figures")).content.decode())[-1]
    by_key = {address.rstrip("/").rpartition("/")[2]: number for address, number in total}
    doors = len(lived_in.doors)
    assert by_key["supplies_open"] == 2 * doors
    assert by_key["supplies_urgent"] == doors
    assert by_key["in_isolation"] == 5 * doors
    assert by_key["measured"] == 2 * doors
    assert by_key["abnormal"] == doors


def test_a_place_leads_down_and_back_up_to_the_top_of_ones_scope(client: Client, town: Town) -> None:
    client.force_login(make_staff(Role.STREET_SUPERVISOR, town.streets[0]))
    community, grid = town.communities[0], town.grids[0]
    top = client.get(reverse("figures")).content.decode()
    assert reverse("figures_place", args=[community.pk]) in top
    down = client.get(reverse("figures_place", args=[community.pk])).content.decode()
    assert reverse("figures_place", args=[grid.pk]) in down
    lowest = client.get(reverse("figures_place", args=[grid.pk])).content.decode()
    for place in (town.streets[0], community):
        assert reverse("figures_place", args=[place.pk]) in lowest
    assert town.district.name not in lowest


def test_the_moment_is_said(client: Client, town: Town) -> None:
    client.force_login(make_staff(Role.STREET_SUPERVISOR, town.streets[0]))
    assert "08:30" in client.get(reverse("figures")).content.decode()


@pytest.mark.parametrize("role", READERS)
def test_beyond_ones_places_there_is_nothing(client: Client, town: Town, role: Role) -> None:
    outside = make_place(Kind.GRID)
    client.force_login(make_staff(role, town.place_of(role)))
    for place in (outside, outside.street):
        assert client.get(reverse("figures_place", args=[place.pk])).status_code == 404
        assert client.get(reverse("figure_list", args=[place.pk, "supplies_open"])).status_code == 404


def test_a_place_above_ones_own_is_not_shown(client: Client, town: Town) -> None:
    client.force_login(make_staff(Role.COMMUNITY_LEAD, town.communities[0]))
    assert client.get(reverse("figures_place", args=[town.streets[0].pk])).status_code == 404


def test_a_figure_nobody_registered_is_not_found(client: Client, town: Town) -> None:
    client.force_login(make_staff(Role.STREET_SUPERVISOR, town.streets[0]))
    assert client.get(reverse("figure_list", args=[town.streets[0].pk, "nonsense"])).status_code == 404


@pytest.mark.parametrize("role", [Role.GRID_WORKER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_who_reads_no_figures_is_refused(client: Client, town: Town, role: Role) -> None:
    client.force_login(make_staff(role, town.district))
    assert client.get(reverse("figures")).status_code == 403


@pytest.mark.parametrize("key", sorted(registries.FIGURES))
def test_a_district_sees_names_in_part_and_no_door(client: Client, town: Town, key: str) -> None:
    door = make_household(town.grids[0], compound="金丝雀苑", room="9907")
    secret = make_resident(door, name="欧阳晓华", phones=["19900009907"])
    case = make_case(resident=secret, at=timezone.now())
    make_check_in(case, at=timezone.now(), temperature="38.9")
    make_supply_request(
        at=timezone.now(), household=secret.household, resident=secret, items=("金丝雀药",), urgent=True
    )
    address = reverse("figure_list", args=[town.district.pk, key])
    client.force_login(make_staff(Role.DISTRICT_VIEWER, town.district))
    content = client.get(address).content.decode()
    for word in ("欧阳晓华", "金丝雀", "9907", "19900009907"):
        assert word not in content, word
    assert not re.search(r'href="/(residents|households|cases|supplies)/', content)
    if client.get(address).context["page"].paginator.count and key in {"supplies_open", "in_isolation"}:
        assert "欧**华" in content


def test_the_street_sees_the_names(client: Client, town: Town) -> None:
    town.fill(town.grids[0])
    client.force_login(make_staff(Role.STREET_SUPERVISOR, town.streets[0]))
    content = client.get(reverse("figure_list", args=[town.streets[0].pk, "supplies_open"])).content.decode()
    assert "李晓明" in content


def test_several_posts_stand_side_by_side(client: Client, town: Town) -> None:
    staff = make_staff(Role.COMMUNITY_LEAD, town.communities[0])
    add_post(staff, Role.COMMUNITY_LEAD, town.communities[2])
    client.force_login(staff)
    rows = figures_of(client.get(reverse("figures")).content.decode())
    assert [int(row[0][0].split("/")[2]) for row in rows] == [town.communities[0].pk, town.communities[2].pk]


def test_a_post_below_another_is_counted_once(client: Client, town: Town) -> None:
    staff = make_staff(Role.STREET_SUPERVISOR, town.streets[0])
    add_post(staff, Role.COMMUNITY_LEAD, town.communities[0])
    client.force_login(staff)
    *children, _total = figures_of(client.get(reverse("figures")).content.decode())
    assert len(children) == 2


def test_a_closed_place_is_shown_only_while_something_stands_there(client: Client, town: Town) -> None:
    community = town.communities[0]
    empty = make_place(Kind.GRID, community, name="空网格")
    make_supply_request(at=timezone.now(), grid=town.grids[0])
    for grid in (empty, town.grids[0]):
        Place.objects.filter(pk=grid.pk).update(closed_at=timezone.now())
    client.force_login(make_staff(Role.COMMUNITY_LEAD, community))
    content = client.get(reverse("figures")).content.decode()
    assert "空网格" not in content and town.grids[0].name in content


def test_a_released_case_leaves_one_figure_and_enters_another(client: Client, town: Town) -> None:
    thirteen_days_ago = timezone.now().date() - timedelta(days=13)
    case = make_case(grid=town.grids[0], at=timezone.now(), first_day=thirteen_days_ago)
    client.force_login(make_staff(Role.COMMUNITY_LEAD, town.communities[0]))

    def numbers() -> dict[str, int]:
        total = figures_of(client.get(reverse("figures")).content.decode())[-1]
        return {address.rstrip("/").rpartition("/")[2]: number for address, number in total}

    before = numbers()
    release(case, at=timezone.now())
    after = numbers()
    assert after["in_isolation"] == before["in_isolation"] - 1
    assert after["released_today"] == before["released_today"] + 1


@pytest.mark.parametrize("places", [1, 3])
def test_a_street_asks_as_often_for_three_communities_as_for_one(
    client: Client, places: int, django_assert_num_queries
) -> None:
    street = make_place(Kind.STREET)
    for _ in range(places):
        grid = make_place(Kind.GRID, make_place(Kind.COMMUNITY, street))
        make_supply_request(at=timezone.now(), grid=grid)
        make_case(grid=grid, at=timezone.now())
    client.force_login(make_staff(Role.STREET_SUPERVISOR, street))
    client.get(reverse("figures"))
    with django_assert_num_queries(9):
        client.get(reverse("figures"))
    with django_assert_num_queries(9):
        client.get(reverse("figures_place", args=[street.pk]))


@pytest.mark.parametrize("key", sorted(registries.FIGURES))
def test_a_list_asks_as_often_for_three_rows_as_for_one(
    client: Client, key: str, django_assert_max_num_queries
) -> None:
    street = make_place(Kind.STREET)
    grid = make_place(Kind.GRID, make_place(Kind.COMMUNITY, street))
    client.force_login(make_staff(Role.STREET_SUPERVISOR, street))
    filler = Town.__new__(Town)
    numbers = []
    for _ in (1, 3):
        filler.fill(grid)
        with django_assert_max_num_queries(11) as asked:
            client.get(reverse("figure_list", args=[street.pk, key]))
        numbers.append(len(asked))
    assert numbers[0] in (numbers[1], numbers[1] - 1)


def add_post(staff: Staff, role: Role, place: Place) -> None:
    Post.objects.create(staff=staff, place=place, role=role, since=LONG_AGO)

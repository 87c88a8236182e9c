"""户数 and 人数 on 报数 equal the lists they lead to; whoever may only count sees no names."""

from datetime import date

import pytest
from django.urls import reverse

from grid.models import Post
from grid.registries import tenants_of
from grid.rules.permissions import Role
from tests.factories.grid import LONG_AGO, make_staff
from tests.factories.residents import make_household, make_resident
from tests.residents.support import Street, client_of, make_street


@pytest.fixture
def street(db: None) -> Street:
    street = make_street()
    household = make_household(street.grid)
    make_household(street.grid)
    for name in ("李小明", "王小红", "张小刚"):
        make_resident(household, name)
    make_resident(household, "走了人", left_on=date(2020, 1, 1), left_reason="moved_out")
    make_resident(make_household(street.far), "赵小六")
    return street


@pytest.mark.parametrize(("key", "number"), [("households", 2), ("residents", 3)])
def test_the_figure_is_the_length_of_its_list(street: Street, key: str, number: int) -> None:
    client = client_of(street.lead)
    address = reverse("figure_list", args=[street.grid.pk, key])
    page = client.get(address).content.decode()
    assert page.count("<li>") - page.partition('<ul class="lines">')[0].count("<li>") == number
    table = client.get(reverse("figures_place", args=[street.grid.pk])).content.decode()
    assert f'href="{address}"' in table and f': {number}"' in table


def test_names_are_masked_for_whoever_may_only_count(street: Street) -> None:
    viewer = make_staff()
    Post.objects.create(staff=viewer, place=street.grid.street, role=Role.DISTRICT_VIEWER, since=LONG_AGO)
    page = client_of(viewer).get(reverse("figure_list", args=[street.grid.pk, "residents"])).content.decode()
    assert "李*明" in page and "李小明" not in page and 'href="/residents/' not in page


def test_a_place_with_households_says_so_before_it_is_closed(street: Street) -> None:
    assert 2 in [count for _word, count in tenants_of(street.grid)]

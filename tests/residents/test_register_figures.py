"""What the register tells the ground: what still stands at a place, and no figure that would count everybody."""

import pytest
from django.urls import reverse
from django.utils import timezone

from grid.registries import FIGURES, tenants_of
from grid.rules.permissions import Role
from tests.factories.grid import make_staff
from tests.factories.quarantine import make_case
from tests.factories.residents import make_household, make_resident
from tests.residents.support import Street, client_of, make_street


@pytest.fixture
def street(db: None) -> Street:
    street = make_street()
    for _number in range(2):
        make_household(street.grid)
    return street


def test_no_page_of_figures_counts_the_whole_register(street: Street) -> None:
    assert FIGURES and not {"households", "residents"} & FIGURES.keys()


def test_names_are_masked_for_whoever_may_only_count(street: Street) -> None:
    make_case(resident=make_resident(make_household(street.grid), "李小明"), at=timezone.now())
    viewer = make_staff(Role.DISTRICT_VIEWER, street.grid.street)
    page = client_of(viewer).get(reverse("figure_list", args=[street.grid.pk, "in_isolation"])).content.decode()
    assert "李*明" in page and "李小明" not in page and 'href="/residents/' not in page


def test_a_place_with_households_says_so_before_it_is_closed(street: Street) -> None:
    assert 2 in [count for _word, count in tenants_of(street.grid)]

"""Somebody with two posts may do at each place what that post grants there, and nothing more."""

import pytest
from django.test import Client
from django.urls import reverse

from grid import registries
from grid.models import Post, Staff
from grid.rules.permissions import Role
from tests.architecture.conftest import rolled_back
from tests.architecture.test_access_matrix import HTMX, address, found_in, outcome
from tests.architecture.world import World
from tests.factories.grid import LONG_AGO, make_staff
from tests.policy import POLICY

# The deeds of a lead on rows that a supervisor may see: 403 where she is supervisor only. Lists, offers and who helps
# where she does not even see.
UNSEEN = ("list", "offer", "helper_post", "round_given")
LEADS_DEEDS = {
    name: line for name, line in POLICY.items() if line.names and "L" in line.allowed and "S" not in line.allowed
}


@pytest.fixture(autouse=True)
def gone_afterwards(world: World, bare_refusals: None):
    """Whatever a test writes."""
    with rolled_back():
        yield


def with_posts(world: World, *posts: tuple[Role, object]) -> Client:
    """A browser of somebody with these posts."""
    staff: Staff = make_staff()
    for role, place in posts:
        Post.objects.create(staff=staff, place=place, role=role, since=LONG_AGO)
    client = Client()
    client.force_login(staff)
    return client


@pytest.mark.parametrize("name", sorted(LEADS_DEEDS))
def test_sight_from_one_post_lends_no_hand_to_the_other(world: World, name: str) -> None:
    client = with_posts(world, (Role.COMMUNITY_LEAD, world.community), (Role.STREET_SUPERVISOR, world.street))
    line = LEADS_DEEDS[name]
    beside = world.corners["next_community"]
    expected = "404" if line.names.startswith(UNSEEN) else "403"
    for method in line.methods.split():
        send = client.get if method == "GET" else client.post
        for headers in ({}, HTMX):
            with rolled_back():
                assert outcome(send(address(name, line, world.own), headers=headers), line) == "ok"
            with rolled_back():
                assert outcome(send(address(name, line, beside), headers=headers), line) == expected


@pytest.mark.parametrize("key", sorted(registries.FIGURES))
def test_figures_of_a_district_show_no_names_to_the_lead_of_a_community(world: World, key: str) -> None:
    client = with_posts(world, (Role.COMMUNITY_LEAD, world.community), (Role.DISTRICT_VIEWER, world.district))
    everybody = [word for rows in world.corners.values() for word in rows.words]
    beyond = [word for rows in world.beyond(Role.COMMUNITY_LEAD) for word in rows.words]
    for place in (world.district, world.street):
        response = client.get(reverse("figure_list", args=[place.pk, key]))
        assert response.status_code == 200
        assert found_in(response, everybody) == []
    assert found_in(client.get(reverse("figure_list", args=[world.community.pk, key])), beyond) == []


def test_people_of_the_district_stay_hidden_from_the_lead_who_may_count_them(world: World) -> None:
    client = with_posts(world, (Role.COMMUNITY_LEAD, world.community), (Role.DISTRICT_VIEWER, world.district))
    rows = world.corners["next_street"]
    for name, line in POLICY.items():
        if line.names and "L" in line.allowed and not name.startswith("figure"):
            send = client.get if "GET" in line.methods else client.post
            with rolled_back():
                assert outcome(send(address(name, line, rows)), line) == "404", name


def test_the_list_of_supplies_offers_deeds_only_where_they_are_allowed(world: World) -> None:
    client = with_posts(world, (Role.COMMUNITY_LEAD, world.community), (Role.STREET_SUPERVISOR, world.street))
    content = client.get(reverse("supply_list")).content.decode()
    assert reverse("supply_deliver", args=[world.own.supply.pk]) in content
    assert f"院{world.corners['next_community'].sign}" in content
    assert reverse("supply_deliver", args=[world.corners["next_community"].supply.pk]) not in content

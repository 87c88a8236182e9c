"""What a post opens: its place and everything below, from its first moment to its last."""

import datetime

import pytest
from django.utils import timezone

from grid.models import Place, Post, Staff
from grid.queries.places import in_tree_order
from grid.rules.permissions import Permission, Role
from grid.rules.places import Kind
from grid.rules.posts import fits
from tests.factories.grid import make_place, make_staff
from tests.grid.support import street

pytestmark = pytest.mark.django_db
LOOK = Permission.SEE_PEOPLE


def again(staff: Staff) -> Staff:
    """As the next request sees her."""
    return Staff.objects.get(pk=staff.pk)


def test_a_post_covers_its_place_and_what_stands_below() -> None:
    house = street()
    lead = make_staff(Role.COMMUNITY_LEAD, house.garden)
    assert lead.may(LOOK, house.garden) and lead.may(LOOK, house.cell)
    assert not lead.may(LOOK, house.river) and not lead.may(LOOK, house.street)


def test_a_place_whose_number_begins_alike_is_another_place() -> None:
    one = make_place(Kind.STREET)
    other = make_place(Kind.STREET)
    Place.objects.filter(pk=other.pk).update(path=f"/{one.pk}9/")
    other.refresh_from_db()
    lead = make_staff(Role.STREET_SUPERVISOR, one)
    assert not lead.may(LOOK, other)
    assert list(Place.objects.within(lead.paths_with(LOOK))) == [one]


def test_a_post_that_has_not_begun_or_is_over_opens_nothing(clock) -> None:
    house = street()
    post = Post.objects.get(staff=house.worker)
    now = timezone.now()
    for since, until in [
        (now + datetime.timedelta(minutes=1), None),
        (now - datetime.timedelta(days=2), now - datetime.timedelta(days=1)),
        (now - datetime.timedelta(days=2), now),
    ]:
        Post.objects.filter(pk=post.pk).update(since=since, until=until)
        assert not again(house.worker).may(LOOK), (since, until)
    Post.objects.filter(pk=post.pk).update(since=now, until=now + datetime.timedelta(seconds=1))
    assert again(house.worker).may(LOOK, house.cell)


def test_without_a_post_no_place_is_in_sight() -> None:
    house = street()
    nobody = make_staff()
    assert not nobody.may(LOOK) and not Place.objects.within(nobody.paths_with(LOOK)).exists()
    assert not nobody.may(LOOK, house.cell)


def test_two_posts_grant_each_its_own_in_its_own_place() -> None:
    house = street()
    both = make_staff(Role.GRID_WORKER, house.cell)
    Post.objects.create(staff=both, place=house.river, role=Role.AUDITOR, since=timezone.now())
    both = again(both)
    assert both.may(Permission.READ_AUDIT, house.river) and not both.may(Permission.READ_AUDIT, house.cell)
    assert both.may(LOOK, house.cell) and not both.may(LOOK, house.river)


def test_roles_fit_their_kinds_of_place() -> None:
    assert fits(Role.GRID_WORKER, Kind.GRID) and fits(Role.GRID_WORKER, Kind.COMMUNITY)
    assert not fits(Role.GRID_WORKER, Kind.STREET) and not fits(Role.COMMUNITY_LEAD, Kind.GRID)
    assert all(fits(Role.ADMINISTRATOR, kind) and fits(Role.AUDITOR, kind) for kind in Kind)


def test_the_tree_keeps_children_below_their_parent_whatever_their_codes() -> None:
    house = street()
    Place.objects.filter(pk=house.cell.pk).update(code="1")
    Place.objects.filter(pk=house.garden.pk).update(code="3")
    Place.objects.filter(pk=house.river.pk).update(code="2")
    rows = [(place.name, depth) for place, depth in in_tree_order(Place.objects.all())]
    assert rows == [("望江街道", 0), ("江边社区", 1), ("花园社区", 1), ("花园一网格", 2)]

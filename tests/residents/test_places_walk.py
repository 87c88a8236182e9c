"""Any number of changes of places, in any order: what holds of places holds after each, and nothing is lost."""

import random

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from grid.actions import place_changes as deeds
from grid.actions.audit import EditedMeanwhile
from grid.models import Place
from grid.queries.place_changes import Plan, buildings_of, look
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from grid.rules.places import Kind
from tests.factories.grid import make_place, make_staff
from tests.grid.place_invariants import assert_places_are_sound, standing_at
from tests.residents.test_places_with_people import fill

pytestmark = pytest.mark.django_db


def any_plan(chance: random.Random, street: Place, number: int) -> tuple[object, Plan]:
    """A deed and what it is to do, sensible or not."""
    grids, communities = (
        list(Place.objects.filter(street=street, kind=kind).order_by("pk")) for kind in (Kind.GRID, Kind.COMMUNITY)
    )
    grid, community = chance.choice(grids), chance.choice(communities)
    some = tuple(key for key in buildings_of(grid) if chance.random() < 0.5)
    below = tuple(one.pk for one in grids if one.parent_id == community.pk and chance.random() < 0.5)
    new = {"code": f"4201980{number:04}", "name": f"新{number}"}
    return chance.choice(
        [
            (deeds.merge_places, Plan(grid, chance.choice(grids))),
            (deeds.merge_places, Plan(community, chance.choice(communities))),
            (deeds.move_buildings, Plan(grid, chance.choice(grids), buildings=some)),
            (deeds.move_grid, Plan(grid, community)),
            (deeds.split_place, Plan(grid, **new, buildings=some)),
            (deeds.split_place, Plan(community, **new, grids=below)),
        ]
    )


@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_done_nothing_is_lost_and_every_place_is_sound(seed: int) -> None:
    chance, at = random.Random(seed), timezone.now()
    street = make_place(Kind.STREET)
    for community in [make_place(Kind.COMMUNITY, street) for _ in range(3)]:
        make_staff(Role.COMMUNITY_LEAD, community)
        for grid in [make_place(Kind.GRID, community) for _ in range(2)]:
            make_staff(Role.GRID_WORKER, grid)
            for building in ("1", "2"):
                fill(grid, compound=f"小区{grid.pk}", building=building)
    before, done = standing_at(street), 0
    for number in range(18):
        deed, plan = any_plan(chance, street, number)
        try:
            deed(plan=plan, seen=look(plan, at).stamp, by=SYSTEM, at=at)  # type: ignore[operator]
        except (ValidationError, EditedMeanwhile):
            continue
        done += 1
        communities = Place.objects.filter(parent=street)
        assert_places_are_sound()
        assert standing_at(street) == before
        for key, number_of_street in before.items():
            assert number_of_street == sum(standing_at(community)[key] for community in communities)
    assert done > 4

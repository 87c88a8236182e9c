"""The demo shows something on each page of the register."""

import pytest
from django.utils import timezone

from grid.actions.audit import deed
from grid.actions.demo import Demo
from grid.models import Post
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from residents.actions.demo_work import PUSHED, TWINS, build_register_work
from residents.models import Contact, NameToVerify, Resident, TwinPair
from tests.factories.grid import make_place, make_staff
from tests.factories.residents import make_household, make_resident
from tests.residents.support import client_of


@pytest.mark.django_db
def test_the_demo_has_twins_contacts_somebody_away_somebody_gone_a_helper_and_names() -> None:
    grid = make_place()
    beside = make_place(parent=grid.parent)
    workers = {place.pk: make_staff(Role.GRID_WORKER, place) for place in (grid, beside)}
    homes = [make_household(grid) for _ in range(TWINS * 9 + 3)]
    for number, home in enumerate(homes):
        make_resident(home, f"王{chr(0x4E00 + number)}", relation="02", phones=[f"1990000{number:04}"],
                      care_tags=["lives_alone"] if number < 4 else [])  # fmt: skip
    lead = client_of(make_staff(Role.COMMUNITY_LEAD, grid.parent))
    at = timezone.now()
    demo = Demo(at=at, street=grid.street, communities=[grid.parent], grids=[grid, beside], workers=workers)
    with deed("demo_built", by=SYSTEM, at=at):
        build_register_work(demo)
    assert TwinPair.unscoped.count() == TWINS
    assert set(Contact.unscoped.values_list("has_key", "may_report")) == {(True, False), (False, True)}
    assert Resident.unscoped.exclude(away_until=None).count() == Resident.unscoped.exclude(left_on=None).count() == 1
    assert Post.objects.that_help().get().building
    assert NameToVerify.unscoped.open().count() == PUSHED
    for page, words in (("/twins/", "same phone"), ("/helpers/", workers[beside.pk].name)):
        assert words in lead.get(page).content.decode()

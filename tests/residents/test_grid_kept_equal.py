"""The database itself keeps the grid and street of people equal to those of their door."""

import pytest
from django.db import IntegrityError, connection, transaction

from residents.models import Household, Resident
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.support import Street, make_street


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


def test_a_moved_door_takes_its_people_along_in_one_update(street: Street) -> None:
    household = make_household(street.grid)
    people = [make_resident(household) for _ in range(3)]
    others = make_resident(make_household(street.grid))
    Household.unscoped.filter(pk=household.pk).update(grid=street.foreign, street=street.foreign.street)
    assert set(Resident.unscoped.filter(household=household).values_list("grid", "street")) == {
        (street.foreign.pk, street.foreign.street_id)
    }
    others.refresh_from_db()
    assert len(people) == 3 and others.grid == street.grid


def test_a_person_cannot_stand_in_another_grid_than_her_door(street: Street) -> None:
    person = make_resident(make_household(street.grid))
    with pytest.raises(IntegrityError), transaction.atomic():
        Resident.unscoped.filter(pk=person.pk).update(grid=street.sibling)
        connection.check_constraints()


def test_a_door_cannot_name_another_street_than_its_grid(street: Street) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Household.unscoped.filter(pk=make_household(street.grid).pk).update(street=street.foreign.street)
        connection.check_constraints()


def test_a_number_is_unique_among_those_who_live_in_a_street(street: Street) -> None:
    number = make_id_number()
    make_resident(make_household(street.grid), "李明", number)
    make_resident(make_household(street.foreign), "李明", number)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_resident(make_household(street.far), "李明", number)

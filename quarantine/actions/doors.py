"""What quarantine does when two households become one, or one becomes two again."""

from datetime import datetime

from django.db.models import F, QuerySet

from grid.rules.actors import Actor
from quarantine.models import SupplyRequest, SupplyRequestEvent  # type: ignore[attr-defined]  # the history makes it
from residents.models import Household


def hear_households_joined(*, kept: Household, other: Household, by: Actor, at: datetime) -> None:
    """What is open at the other household is to be delivered where its people are now."""
    stand_at(kept, SupplyRequest.unscoped.open().filter(household=other))


def hear_households_parted(*, kept: Household, other: Household, joined_in: object, by: Actor, at: datetime) -> None:
    """What came along by that joining goes back, whatever became of it meanwhile."""
    came = SupplyRequestEvent.objects.filter(pgh_context=joined_in, household=kept.pk).values("pgh_obj_id")
    stand_at(other, SupplyRequest.unscoped.filter(pk__in=came, household=kept))


def stand_at(door: Household, requests: QuerySet[SupplyRequest]) -> None:
    """Has requests delivered at another door: household, grid and street in one UPDATE, as the database wants it."""
    requests.update(household=door, grid=door.grid_id, street=door.street_id, version=F("version") + 1)

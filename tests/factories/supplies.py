"""Supply requests for tests, by the deeds themselves."""

from datetime import datetime
from uuid import uuid4

from grid.models import Place
from grid.rules.actors import SYSTEM, Actor
from quarantine.actions.supplies import Line, ask_for_supplies
from quarantine.models import SupplyRequest
from residents.models import Household, Resident
from tests.factories.residents import make_household


def make_supply_request(
    *,
    at: datetime,
    grid: Place | None = None,
    household: Household | None = None,
    resident: Resident | None = None,
    items: tuple[str, ...] = ("鸡蛋",),
    urgent: bool = False,
    note: str = "",
    by: Actor = SYSTEM,
) -> SupplyRequest:
    """An open request; without a door, a new one."""
    return ask_for_supplies(
        household=household or make_household(grid),
        resident=resident,
        lines=[Line(item, None, "") for item in items],
        urgent=urgent,
        note=note,
        uuid=uuid4(),
        by=by,
        at=at,
    )

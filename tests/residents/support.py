"""What tests of the register share: a street with its staff, and forms as a browser sends them."""

import re
from dataclasses import dataclass
from typing import Any

from django.test import Client

from grid.models import Place, Staff
from grid.rules.permissions import Role
from grid.rules.places import Kind
from tests.factories.grid import make_place, make_staff


@dataclass
class Street:
    """Two communities of one street: `grid` is the worker's, `sibling` beside it, `far` in the other community."""

    grid: Place
    sibling: Place
    far: Place
    foreign: Place  # another street
    worker: Staff
    lead: Staff
    supervisor: Staff


def make_street() -> Street:
    """See `Street`."""
    street = make_place(Kind.STREET)
    community, other = make_place(Kind.COMMUNITY, street), make_place(Kind.COMMUNITY, street)
    grid, foreign = make_place(Kind.GRID, community), make_place()
    make_staff(Role.COMMUNITY_LEAD, foreign.parent)  # type: ignore[arg-type]  # who could answer an offer
    return Street(
        grid=grid,
        sibling=make_place(Kind.GRID, community),
        far=make_place(Kind.GRID, other),
        foreign=foreign,
        worker=make_staff(Role.GRID_WORKER, grid),
        lead=make_staff(Role.COMMUNITY_LEAD, community),
        supervisor=make_staff(Role.STREET_SUPERVISOR, street),
    )


def client_of(staff: Staff) -> Client:
    """A browser in which she is logged in."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(staff)
    return client


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"the page has no field {name}"
    return found[1]


def household_form(client: Client, *people: dict[str, Any], **door: Any) -> dict[str, Any]:
    """The form of a new household as the browser would send it."""
    page = client.get("/households/add/").content.decode()
    form: dict[str, Any] = {"ticket": hidden(page, "ticket"), "rows": str(max(1, len(people)))} | door
    for number, person in enumerate(people):
        form |= {f"p{number}-{name}": value for name, value in person.items()}
    return form

"""The page around a refusal, which the matrix leaves out: nothing of others stands in it either."""

import pytest

from tests.architecture.test_access_matrix import HTMX, address, leaks
from tests.architecture.world import World
from tests.policy import POLICY, ROLES

# One address for each kind of row that addresses name.
ADDRESSES = {line.names: name for name, line in POLICY.items() if line.names and "GET" in line.methods}


@pytest.mark.parametrize("who", [*ROLES, "ended", "none"])
def test_the_page_of_a_refusal_shows_nothing_of_others(world: World, who: str) -> None:
    for name in ADDRESSES.values():
        line = POLICY[name]
        let_in = who in ROLES and line.lets_in(who)
        rows = world.beyond(ROLES[who])[0] if let_in else world.own
        for headers in ({}, HTMX):
            response = world.client(who).get(address(name, line, rows), headers=headers)
            assert response.status_code == (404 if let_in else 403)
            assert "<h1" in response.content.decode(), "the whole page"
            assert leaks(world, name, who, response) == [], name

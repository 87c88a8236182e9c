"""Which role fits which kind of place."""

from grid.rules.permissions import Role
from grid.rules.places import Kind

EVERYWHERE = frozenset(Kind)
FITS: dict[Role, frozenset[Kind]] = {
    Role.GRID_WORKER: frozenset({Kind.GRID, Kind.COMMUNITY}),
    Role.COMMUNITY_LEAD: frozenset({Kind.COMMUNITY}),
    Role.STREET_SUPERVISOR: frozenset({Kind.STREET}),
    Role.DISTRICT_VIEWER: frozenset({Kind.DISTRICT, Kind.CITY}),
    Role.ADMINISTRATOR: EVERYWHERE,
    Role.AUDITOR: EVERYWHERE,
}


def fits(role: Role, kind: Kind) -> bool:
    """Whether a post of this role may stand at a place of this kind."""
    return kind in FITS[role]

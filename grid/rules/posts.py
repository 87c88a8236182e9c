"""Which role fits which kind of place, and how long somebody may help out."""

from datetime import date, datetime, time, timedelta

from grid.rules.clock import local_day, moment
from grid.rules.permissions import Role
from grid.rules.places import Kind

MOST_DAYS_OF_HELP = 90
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


def is_for_building(role: Role, kind: Kind) -> bool:
    """Whether a post of this role at a place of this kind may be for one building of it."""
    return role is Role.GRID_WORKER and kind is Kind.GRID


def end_of(last_day: date) -> datetime:
    """When a post ends that counts to the end of its last day."""
    return moment(last_day + timedelta(days=1), time())


def last_day_of(until: datetime) -> date:
    """The last day on which a post that ends then still counts."""
    return local_day(until - timedelta(microseconds=1))


def last_day_of_help(at: datetime) -> date:
    """The latest last day of a helper or stand-in, seen from now."""
    return local_day(at) + timedelta(days=MOST_DAYS_OF_HELP)


def fits_help(until: datetime, at: datetime) -> bool:
    """Whether a helper's or stand-in's post may end then."""
    return at < until <= end_of(last_day_of_help(at))

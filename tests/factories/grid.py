"""Places, staff and posts for tests."""

from datetime import datetime
from functools import cache
from itertools import count

from django.contrib.auth.hashers import make_password

from grid.authentication import HouseArgon2Hasher
from grid.models import Place, Post, Staff
from grid.rules.clock import LOCAL
from grid.rules.permissions import Role
from grid.rules.places import Kind, path_of

_number = count(1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=LOCAL)
PASSWORD = "correct horse 42"


class QuickHasher(HouseArgon2Hasher):
    """argon2id that costs next to nothing: a login in a test proves who it is, not how slow guessing would be."""

    time_cost = 1
    memory_cost = 8  # KiB


def make_place(kind: Kind = Kind.GRID, parent: Place | None = None, name: str = "", code: str = "") -> Place:
    """A place; a missing parent chain up to a street is made too."""
    above = {Kind.GRID: Kind.COMMUNITY, Kind.COMMUNITY: Kind.STREET}.get(kind)
    if parent is None and above is not None:
        parent = make_place(above)
    number = next(_number)
    place = Place(
        parent=parent, kind=kind, code=code or f"9{number:06}", name=name or f"{kind}-{number}", path=f"~{number}"
    )
    place.street = parent.street if parent is not None else None
    if kind is Kind.STREET:
        # A street names itself, so its id must be known before it is written.
        from grid.actions.audit import reserve_id

        place.pk = reserve_id(Place)
        place.street_id = place.pk
        place.path = path_of(parent.path if parent else "", place.pk)
        place.save(force_insert=True)
        return place
    place.save()
    place.path = path_of(parent.path if parent else "", place.pk)
    place.save(update_fields=["path"])
    return place


@cache
def _hash_of_password() -> str:
    """Hashed once: argon2id is slow on purpose, and every test makes staff."""
    return make_password(PASSWORD)


def make_staff(
    role: Role | None = None, place: Place | None = None, name: str = "", until: datetime | None = None
) -> Staff:
    """A member of staff, with a post where a role is named. The password is `PASSWORD`."""
    number = next(_number)
    staff = Staff(user_name=f"staff{number}", name=name or f"员工{number}")
    staff.password = _hash_of_password()
    staff.save()
    if role is not None:
        Post.objects.create(staff=staff, place=place or make_place(), role=role, since=LONG_AGO, until=until)
    return staff

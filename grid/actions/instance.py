"""Deeds of the installation itself."""

from datetime import datetime

from grid.actions import audit
from grid.models import Instance, Place, Post, Staff
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from grid.rules.places import Kind, path_of


class AlreadyBegun(Exception):
    """The instance has a first place already."""


def note_heartbeat(*, at: datetime) -> None:
    """Notes that the scheduler and a worker were alive at the moment."""
    if not Instance.objects.filter(pk=1).update(heartbeat_at=at):
        Instance.objects.bulk_create([Instance(pk=1, heartbeat_at=at)], ignore_conflicts=True)


def begin(
    *, kind: Kind, code: str, place_name: str, user_name: str, staff_name: str, password: str, at: datetime
) -> Staff:
    """The first place and its administrator. Raises ValidationError for odd values, AlreadyBegun on a second call."""
    key = audit.reserve_id(Place)
    place = Place(pk=key, kind=kind, code=code, name=place_name, path=path_of("", key))
    place.street_id = key if kind is Kind.STREET else None
    staff = Staff(user_name=user_name, name=staff_name)
    staff.set_password(password)
    place.full_clean(exclude=["parent", "street", "merged_into"], validate_constraints=False)
    staff.full_clean(exclude=["password", "pin"], validate_constraints=False)
    with audit.deed("instance_begun", by=SYSTEM, at=at):
        if Place.objects.exists():
            raise AlreadyBegun
        Instance.objects.get_or_create(pk=1)
        place.save(force_insert=True)
        staff.save()
        Post.objects.create(staff=staff, place=place, role=Role.ADMINISTRATOR, since=at)
    return staff

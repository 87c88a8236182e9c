"""Who does a deed: a member of staff, a resident's link, or the system itself."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """The three kinds of actor that audit rows can name."""

    STAFF = "staff"
    LINK = "link"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """The `by=` of an action. `staff_id` is set for staff only."""

    kind: ActorKind
    staff_id: int | None = None

    @classmethod
    def staff(cls, staff_id: int) -> "Actor":
        """A member of staff."""
        return cls(ActorKind.STAFF, staff_id)


SYSTEM = Actor(ActorKind.SYSTEM)

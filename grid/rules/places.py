"""The tree of places: which kind may stand under which, and the path that makes subtrees one comparison."""

from enum import StrEnum


class Kind(StrEnum):
    """City → district → street office → community → grid."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    GRID = "grid"


ORDER = list(Kind)


def kind_below(kind: Kind) -> Kind | None:
    """The kind that stands under this one, or None below a grid."""
    position = ORDER.index(kind) + 1
    return ORDER[position] if position < len(ORDER) else None


def path_of(parent_path: str, own_id: int) -> str:
    """Ids from the root down, each between slashes: `/1/7/42/`. Ids, because codes change."""
    return f"{parent_path or '/'}{own_id}/"

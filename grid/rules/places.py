"""The tree of places: which kind may stand under which, and the path that makes subtrees one comparison."""

import hashlib
import json
from enum import StrEnum
from typing import Any


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


def stamp_of(facts: Any) -> str:
    """A short digest of what a preview said, so that its confirmation holds for exactly that."""
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()[:16]

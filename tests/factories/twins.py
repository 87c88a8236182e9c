"""Twins and merges for tests."""

from datetime import datetime

from django.utils import timezone

from grid.rules.actors import SYSTEM
from residents.actions import merges
from residents.models import Merge, Resident, TwinPair
from residents.rules.merging import undecided


def make_twins(
    one: Resident, other: Resident, reasons: tuple[str, ...] = ("same_name", "phone"), **columns: int
) -> TwinPair:
    """A suspicion that waits."""
    first, second = sorted((one, other), key=lambda person: person.pk)
    facts = {"strength": 65, "reasons": list(reasons), "found_at": timezone.now(), "grid_id": first.grid_id} | columns
    return TwinPair.unscoped.create(first=first, second=second, **facts)


def make_merge(kept: Resident, duplicate: Resident, at: datetime | None = None, **choices: str) -> Merge:
    """By the deed itself; what is not chosen is kept."""
    asked = undecided(merges.values_of(kept), merges.values_of(duplicate))
    return merges.merge_people(
        kept=kept, duplicate=duplicate, versions=(kept.version, duplicate.version),
        choices=dict.fromkeys(asked, "kept") | choices, by=SYSTEM, at=at or timezone.now(),
    )  # fmt: skip

"""Names to verify for tests, invented."""

from datetime import datetime, timedelta
from typing import Any

from grid.models import Place, Staff
from residents.identity import identity_fields
from residents.lists.names import FACTS, told_by
from residents.models import NameSource, NameToVerify
from residents.rules.id_numbers import IdNumber, canonical


def make_name(
    place: Place, *, at: datetime, worker: Staff | None = None, id_number: str = "", **said: Any
) -> NameToVerify:
    """Somebody whom one list named, to be found at a place by tomorrow."""
    number = canonical(id_number) if id_number else None
    assert number is None or isinstance(number, IdNumber), number
    deadline = said.pop("deadline", at + timedelta(days=1))
    source = NameSource(
        list_name=said.pop("list_name", "推送.xlsx"), row=said.pop("row", 2), said_at=at, deadline=deadline,
        **identity_fields(number), **({"name": "测试待"} | said),
    )  # fmt: skip
    facts = told_by([source])
    name = NameToVerify.unscoped.create(grid=place, street_id=place.street_id, created_at=at, worker=worker, **facts)
    source.of = name
    source.save()
    assert set(FACTS) <= set(facts)
    return name

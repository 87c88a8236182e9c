"""The street in which the journeys happen: two grids of one community, and somebody for each part of the work."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone

from grid.actions import outbox
from grid.models import OutboxTask, Place, Staff
from grid.rules.permissions import Role
from grid.rules.places import Kind
from tests.factories.grid import make_place, make_staff

LISTS = Path(__file__).resolve().parents[1] / "lists"
RETURNEES = LISTS / "01-returnees.xlsx"


@dataclass(frozen=True)
class Street:
    """Places and staff."""

    street: Place
    community: Place
    grid: Place
    other_grid: Place
    lead: Staff
    worker: Staff
    supervisor: Staff


def make_street() -> Street:
    """A street without people."""
    street = make_place(Kind.STREET, name="望江街道", code="420198001")
    community = make_place(Kind.COMMUNITY, street, name="临江社区", code="420198001001")
    grid = make_place(Kind.GRID, community, name="第一网格", code="420198001001001")
    other = make_place(Kind.GRID, community, name="第二网格", code="420198001001002")
    return Street(
        street, community, grid, other,
        lead=make_staff(Role.COMMUNITY_LEAD, community, name="李建国"),
        worker=make_staff(Role.GRID_WORKER, grid, name="王芳"),
        supervisor=make_staff(Role.STREET_SUPERVISOR, street, name="陈志强"),
    )  # fmt: skip


def work_off() -> int:
    """Does what a worker would do: runs every task that waits. Returns how many."""
    rows = list(OutboxTask.objects.waiting(timezone.now()).values_list("pk", flat=True))
    return sum(outbox.run(row, at=timezone.now()) for row in rows)


def truth_of_returnees() -> list[dict[str, Any]]:
    """What each person-row of the list holds."""
    import json

    lines = RETURNEES.with_suffix(".truth.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]

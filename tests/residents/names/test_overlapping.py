"""Five overlapping lists taken in together: nobody missing, nobody visited twice, one sheet a worker."""

from collections import defaultdict
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse

from grid.rules.permissions import Role
from residents.models import NameSource, NameToVerify, Resident
from tests.factories.grid import make_staff
from tests.factories.residents import make_household, make_resident
from tests.residents.lists.support import (
    Street,
    batch_of,
    client_of,
    confirm,
    make_street,
    mapping_as_proposed,
    upload,
    work_off,
)
from tests.residents.names.overlapping import Overlap, overlapping_lists

pytestmark = pytest.mark.django_db
STRANGERS = 0.3


@dataclass
class Outcome:
    """Who was missed, visited twice or taken for another, and how often somebody was asked."""

    missing: int
    twice: int
    mixed: int
    decisions: int
    sheets: int
    workers: int


def take_in_together(overlap: Overlap, street: Street) -> Outcome:
    """The way of a lead at ten in the evening: all files at once, each as proposed, then what is asked, then out."""
    client = client_of(street.lead)
    workers = [make_staff(Role.GRID_WORKER, grid) for grid in (street.grid, street.other_grid)]
    known = [person for person in overlap.people if person.key % 10 >= STRANGERS * 10]
    for person in known:
        grid = (street.grid, street.other_grid)[person.building % 2]
        numbers = {"building": str(person.building), "unit": str(person.unit), "room": str(person.room)}
        door = make_household(grid, compound="机床厂宿舍", **numbers)
        make_resident(door, person.name, person.number, phones=[person.phone])
    people = Resident.unscoped.count()
    lists = {number: _taken_in(client, book, f"{number}.xlsx") for number, book in enumerate(overlap.books)}
    decisions = _decide(client, overlap, lists)
    for how in ({"how": "building"}, {"how": "evenly", "workers": [worker.pk for worker in workers]}):
        client.post(reverse("name_hand_out"), how)
    sheets = client.get(reverse("name_sheet")).context["sheets"]
    assert Resident.unscoped.count() == people  # nobody is in the register before somebody has found out
    assert not NameToVerify.unscoped.filter(worker=None).exists()
    visits = _visits(overlap, lists)
    of_person: dict[int, set[int]] = defaultdict(set)
    for name, keys in visits.items():
        for key in keys:
            of_person[key].add(name)
    wanted = set(overlap.truth.values())
    return Outcome(
        missing=len(wanted - of_person.keys()), twice=sum(len(names) > 1 for names in of_person.values()),
        mixed=sum(len(keys) > 1 for keys in visits.values()), decisions=decisions, sheets=len(sheets),
        workers=len(workers),
    )  # fmt: skip


def _taken_in(client: Client, book: bytes, file_name: str) -> int:
    batch = batch_of(upload(client, book, file_name))
    said = mapping_as_proposed(client, batch) | {"kind": "to_find"}
    answer = client.post(reverse("list_mapping", args=[batch.pk]), said)
    assert answer.status_code == 302, answer.context["form"].errors
    batch.refresh_from_db()
    confirm(client, batch)
    work_off()
    batch.refresh_from_db()
    assert batch.state == "done" and batch.counts["refused"] == 0
    return int(batch.pk)


def _visits(overlap: Overlap, lists: dict[int, int]) -> dict[int, set[int]]:
    """Name → the people whom its rows are about."""
    number_of = {batch: number for number, batch in lists.items()}
    found: dict[int, set[int]] = defaultdict(set)
    for name, batch, row in NameSource.unscoped.values_list("of", "batch", "row"):
        found[name].add(overlap.truth[number_of[batch], row])
    return found


def _decide(client: Client, overlap: Overlap, lists: dict[int, int]) -> int:
    """Answers what is asked as somebody would who knows the people; how often that was."""
    asked = 0
    while pairs := client.get(reverse("name_same")).context["pairs"]:
        visits = _visits(overlap, lists)
        for first, second in pairs:
            if NameToVerify.unscoped.filter(pk__in=[first.pk, second.pk]).count() != 2:
                continue  # made one with a third a moment ago
            same = bool(visits[first.pk] & visits[second.pk])
            client.post(reverse("name_same"), {"first": first.pk, "second": second.pk, "same": "yes" if same else "no"})
            visits = _visits(overlap, lists)
            asked += 1
    return asked


def test_nobody_is_missing_and_nobody_visited_twice() -> None:
    rows = 60
    outcome = take_in_together(overlapping_lists(rows), make_street())
    assert (outcome.missing, outcome.twice, outcome.mixed) == (0, 0, 0)
    assert outcome.sheets == outcome.workers == 2
    assert outcome.decisions / (5 * rows) <= 0.1

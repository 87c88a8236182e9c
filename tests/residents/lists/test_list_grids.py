"""Which grid a list means: told by the list, by the community, by the building or by the user; never by chance."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from grid.models import Place
from grid.rules.permissions import Role
from grid.rules.places import Kind
from residents.lists.grids import key_of
from residents.models import Household, ImportBatch, ImportRow, Resident
from tests.factories.grid import make_place, make_staff
from tests.factories.residents import make_household
from tests.residents.lists.support import (
    Street,
    batch_of,
    client_of,
    confirm,
    make_street,
    mapping_as_proposed,
    to_preview,
    upload,
    work_off,
    workbook,
)

pytestmark = pytest.mark.django_db
HEADERS = ("姓名", "住址", "所属网格", "所属社区")


@pytest.fixture
def street() -> Street:
    """Both communities have a 第1网格."""
    made = make_street()
    Place.objects.filter(pk=made.elsewhere.pk).update(name="第1网格")
    return made


@pytest.fixture
def client(street: Street) -> Any:
    """Of somebody who takes lists in for the whole street."""
    return client_of(make_staff(Role.COMMUNITY_LEAD, street.community.parent))


def row(number: int, grid: str = "", community: str = "") -> tuple[str, ...]:
    return ("测试" + "甲乙丙丁戊己庚"[number], f"望江花园{number + 1}-1-101", grid, community)


def look(client: Any, batch: ImportBatch, **said: str) -> Any:
    address = reverse("list_mapping", args=[batch.pk])
    form = mapping_as_proposed(client, batch) | {"isolation": "no"} | said
    answer = client.post(address, form, headers={"accept-language": "en"})
    batch.refresh_from_db()
    return answer


def grids_of(batch: ImportBatch) -> list[int | str | None]:
    rows = ImportRow.unscoped.filter(batch=batch).order_by("number")
    return [found.problems.get("grid") or found.grid_id for found in rows]


@pytest.mark.parametrize("words", [("第一网格", "1网格", "第1网格", "第１ 网格", "1"), ("机床厂网格", "机床厂")])
def test_a_grid_is_written_in_many_ways(words: tuple[str, ...]) -> None:
    assert len({key_of(word) for word in words}) == 1
    assert key_of("第11网格") != key_of("第1网格")


def test_a_name_that_two_communities_share_is_asked_and_nothing_is_chosen(client: Any, street: Street) -> None:
    batch = batch_of(upload(client, workbook(row(0, "第一网格"), row(1, "第2网格"), headers=HEADERS)))
    answer = look(client, batch, grid=str(street.other_grid.pk))  # of this nobody spoke in that row
    assert answer.status_code == 422 and list(answer.context["form"].errors) == ["means-1"]
    page = answer.content.decode()
    assert "临江社区 · 第1网格" in page and "花园社区 · 第1网格" in page and batch.state == "mapping"
    assert answer.context["form"]["means-1"].value() in ("", None)
    look(client, batch, **{"means-1": str(street.elsewhere.pk)})
    assert grids_of(batch) == [street.elsewhere.pk, street.other_grid.pk]
    confirm(client, batch)
    work_off()
    assert {person.grid_id for person in Resident.unscoped.all()} == {street.elsewhere.pk, street.other_grid.pk}


def test_what_was_said_of_a_name_still_counts_at_the_commit(client: Any, street: Street) -> None:
    """A door of the building came to stand elsewhere meanwhile, so that the row is judged again."""
    batch = batch_of(upload(client, workbook(row(0, "第1网格"), headers=HEADERS)))
    look(client, batch, **{"means-1": str(street.elsewhere.pk)})
    make_household(street.other_grid, compound="望江花园", building="1", unit="2", room="301")
    confirm(client, batch)
    work_off()
    assert Resident.unscoped.get().grid_id == street.elsewhere.pk


def test_the_community_of_the_row_tells_it(client: Any, street: Street) -> None:
    rows = workbook(
        row(0, "第1网格", "花园社区"), row(1, "第1网格", "临江"), row(2, "花园社区第1网格"), headers=HEADERS
    )
    batch = to_preview(client, rows)
    assert grids_of(batch) == [street.elsewhere.pk, street.grid.pk, street.elsewhere.pk]


def test_the_building_tells_which_of_the_two(client: Any, street: Street) -> None:
    make_household(street.elsewhere, compound="望江花园", building="1", unit="2", room="301")
    batch = to_preview(client, workbook(row(0, "第1网格"), headers=HEADERS))
    assert grids_of(batch) == [street.elsewhere.pk]


def test_a_grid_that_nobody_knows_is_refused_in_words(client: Any, street: Street) -> None:
    known = make_household(street.other_grid, compound="望江花园", building="3", unit="1", room="101")
    rows = workbook(row(0, "第9网格"), row(1, "不知道"), row(2, "第9网格"), headers=HEADERS)
    batch = to_preview(client, rows, grid=str(street.grid.pk))
    assert grids_of(batch) == ["grid_not_below", "grid_not_below", known.grid_id]  # that door stands already
    page = client.get(reverse("list_preview", args=[batch.pk]), {"show": "refused"}, headers={"accept-language": "en"})
    assert "This grid is none of those" in page.content.decode()
    look(client, batch, **{"column-0-2": "", "grid": str(street.grid.pk)})  # the column left out
    assert grids_of(batch) == [street.grid.pk, street.grid.pk, known.grid_id]


def test_nobody_takes_people_into_places_outside_her_own(street: Street) -> None:
    """By name, by code, by community, by the form, or by what is sent besides: nothing lands next door."""
    lead = client_of(street.lead)
    Place.objects.filter(pk=street.elsewhere.pk).update(name="第7网格")
    rows = (row(0, "第7网格"), row(1, street.elsewhere.code), row(2, "第1网格", "花园社区"), row(3, "第2网格"))
    batch = batch_of(upload(lead, workbook(*rows, headers=HEADERS)))
    outside = str(street.elsewhere.pk)
    assert look(lead, batch, grid=outside).status_code == 422
    look(lead, batch, **{"means-7": outside, "means-1": outside, "grid": str(street.grid.pk)})
    assert grids_of(batch) == ["grid_not_below", "grid_not_below", "grid_not_below", street.other_grid.pk]
    assert batch.choices["grids"] == {}
    confirm(lead, batch)
    work_off()
    assert [door.grid_id for door in Household.unscoped.all()] == [street.other_grid.pk]


def test_a_grid_of_another_community_cannot_be_said_for_a_shared_name(client: Any, street: Street) -> None:
    batch = batch_of(upload(client, workbook(row(0, "第1网格"), headers=HEADERS)))
    answer = look(client, batch, **{"means-1": str(street.other_grid.pk)})
    assert answer.status_code == 422 and "means-1" in answer.context["form"].errors


def test_a_closed_grid_is_no_grid(client: Any, street: Street) -> None:
    Place.objects.filter(pk=street.elsewhere.pk).update(closed_at=timezone.now())
    batch = to_preview(client, workbook(row(0, "第1网格"), headers=HEADERS))
    assert grids_of(batch) == [street.grid.pk]


def test_two_grids_of_one_community_that_are_called_alike_are_asked_too(street: Street) -> None:
    twin = make_place(Kind.GRID, street.community, name="第一网格")
    lead = client_of(street.lead)
    batch = batch_of(upload(lead, workbook(row(0, "1网格"), row(1, "第一网格", "临江社区"), headers=HEADERS)))
    answer = look(lead, batch)
    assert list(answer.context["form"].errors) == ["means-1"]
    look(lead, batch, **{"means-1": str(twin.pk)})
    assert grids_of(batch) == [twin.pk, twin.pk]

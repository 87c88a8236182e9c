"""A row meets the register: the same person is found, nobody is doubled, nothing is overwritten silently."""

from typing import Any

import pytest
from django.urls import reverse

from grid.models import Place
from residents.models import ImportRow, Resident
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.lists.support import (
    Street,
    batch_of,
    confirm,
    take_in,
    to_preview,
    upload,
    work_off,
    workbook,
)

pytestmark = pytest.mark.django_db
DOOR = "望江花园3-1-502"
COLUMNS = {"compound": "望江花园", "building": "3", "unit": "1", "room": "502"}


def preview_of(client: Any, *rows: tuple[str, ...], grid: Place) -> list[ImportRow]:
    batch = to_preview(client, workbook(*rows), grid=str(grid.pk))
    return list(ImportRow.unscoped.filter(batch=batch).order_by("number"))


def row(name: str, number: str = "", phone: str = "", door: str = DOOR, note: str = "") -> tuple[str, ...]:
    return (name, number, phone, door, "2026-03-01", note)


def test_the_same_number_is_the_same_person_at_whatever_door(client: Any, street: Street) -> None:
    number = make_id_number()
    person = make_resident(make_household(street.grid, **COLUMNS), "张伟", number, phones=["19900000001"])
    (found,) = preview_of(client, row("张伟", number, "19900000001", "望江花园9-1-101"), grid=street.grid)
    assert (found.verdict, found.resident_id, found.differing) == ("changed", person.pk, ["address"])


def test_the_same_name_at_the_same_door_is_the_same_person(client: Any, street: Street) -> None:
    person = make_resident(make_household(street.grid, **COLUMNS), "张伟", phones=["19900000001"])
    (found,) = preview_of(client, row("张伟", "", "19900000001"), grid=street.grid)
    assert (found.verdict, found.resident_id) == ("same", person.pk)


def test_the_same_name_with_the_same_phone_is_the_same_person(client: Any, street: Street) -> None:
    person = make_resident(make_household(street.grid, **COLUMNS), "张伟", phones=["19900000001", "19900000002"])
    (found,) = preview_of(client, row("张伟", "", "19900000002", "望江花园9-1-101"), grid=street.grid)
    assert found.resident_id == person.pk


def test_two_numbers_are_two_people_though_name_and_door_are_the_same(client: Any, street: Street) -> None:
    make_resident(make_household(street.grid, **COLUMNS), "张伟", make_id_number(sex="F"))
    (found,) = preview_of(client, row("张伟", make_id_number(sex="M")), grid=street.grid)
    assert (found.verdict, found.resident_id) == ("new", None)


def test_two_who_fit_are_not_guessed_between(client: Any, street: Street) -> None:
    door = make_household(street.grid, **COLUMNS)
    make_resident(door, "张伟")
    make_resident(door, "张伟")
    (found,) = preview_of(client, row("张伟"), grid=street.grid)
    assert (found.verdict, found.problems) == ("refused", {"row": "two_fit"})


def test_who_left_is_not_found_again(client: Any, street: Street) -> None:
    make_resident(
        make_household(street.grid, **COLUMNS),
        "张伟",
        number := make_id_number(),
        left_on="2026-01-01",
        left_reason="moved_out",
    )
    (found,) = preview_of(client, row("张伟", number), grid=street.grid)
    assert found.verdict == "new"


def test_the_same_person_twice_in_a_list_is_taken_once(client: Any, street: Street) -> None:
    number = make_id_number()
    first, second, third, fourth = preview_of(
        client,
        row("张伟", number),
        row("张伟", number, door="望江花园9-1-101"),
        row("李娜"),
        row("李娜"),
        grid=street.grid,
    )
    assert (first.verdict, third.verdict) == ("new", "new")
    assert second.problems == {"row": "twice_in_file:2"} and fourth.problems == {"row": "twice_in_file:4"}


def test_somebody_of_another_community_is_refused_and_nothing_of_her_is_told(client: Any, street: Street) -> None:
    number = make_id_number()
    person = make_resident(
        make_household(street.elsewhere, compound="秘园", building="77"), "张伟", number, phones=["19900007777"]
    )
    batch = to_preview(client, workbook(row("张伟", number)), grid=str(street.grid.pk))
    page = client.get(reverse("list_preview", args=[batch.pk])).content.decode()
    (found,) = ImportRow.unscoped.filter(batch=batch)
    assert found.problems == {"row": "known_elsewhere"} and found.resident_id is None
    assert "秘园" not in page and "19900007777" not in page and str(street.elsewhere) not in page
    assert f"/residents/{person.pk}" not in page


def test_a_new_door_in_a_building_of_another_community_is_refused(client: Any, street: Street) -> None:
    """Else the list of one community would draw its neighbour's building into its own grid, door by door."""
    make_household(street.elsewhere, **(COLUMNS | {"unit": "9", "room": "901"}))
    (found,) = preview_of(client, row("张伟"), grid=street.grid)
    assert found.problems == {"row": "door_elsewhere"}


def test_a_door_of_another_community_is_refused(client: Any, street: Street) -> None:
    make_household(street.elsewhere, **COLUMNS)
    (found,) = preview_of(client, row("张伟"), grid=street.grid)
    assert found.problems == {"row": "door_elsewhere"}


def test_the_building_decides_the_grid_where_it_stands_in_one(client: Any, street: Street) -> None:
    make_household(street.other_grid, compound="望江花园", building="3", unit="2", room="101")
    (found,) = preview_of(client, row("张伟"), grid=street.grid)
    assert found.grid_id == street.other_grid.pk


def test_a_building_in_two_grids_decides_nothing(client: Any, street: Street) -> None:
    make_household(street.grid, compound="望江花园", building="3", unit="2", room="101")
    make_household(street.other_grid, compound="望江花园", building="3", unit="3", room="101")
    batch = batch_of(upload(client, workbook(row("张伟"))))
    from tests.residents.lists.support import mapping_as_proposed

    said = mapping_as_proposed(client, batch) | {"isolation": "no", "kind": "residents"}
    answer = client.post(reverse("list_mapping", args=[batch.pk]), said)
    assert answer.status_code == 422 and "grid" in answer.context["form"].errors


def test_the_list_may_name_the_grid(client: Any, street: Street) -> None:
    headers = ("姓名", "住址", "所属网格")
    batch = to_preview(client, workbook(("张伟", DOOR, "第2网格"), headers=headers))
    assert ImportRow.unscoped.get(batch=batch).grid_id == street.other_grid.pk


def test_blanks_are_filled_and_nothing_else_is_touched(client: Any, street: Street) -> None:
    person = make_resident(make_household(street.grid, **COLUMNS), "张伟", phones=["19900000001"], note="独居")
    number = make_id_number(sex="M")
    batch = take_in(client, workbook(row("张伟", number, "19900000002", note="别的备注")), grid=str(street.grid.pk))
    person.refresh_from_db()
    assert person.phones == ["19900000001", "19900000002"] and person.note == "独居" and person.sex == "M"
    assert person.id_digest is not None and person.version == 2
    assert batch.counts["people_changed"] == 1 and Resident.unscoped.count() == 1


def test_the_list_wins_only_where_the_user_says_so(client: Any, street: Street) -> None:
    person = make_resident(make_household(street.grid, **COLUMNS), "张伟", note="独居")
    batch = to_preview(client, workbook(row("张伟", note="和女儿住")), grid=str(street.grid.pk))
    page = client.get(reverse("list_preview", args=[batch.pk])).content.decode()
    assert "独居" in page and "和女儿住" in page
    confirm(client, batch, use_list="note")
    work_off()
    person.refresh_from_db()
    assert person.note == "和女儿住"


def test_a_person_is_never_moved_by_a_list(client: Any, street: Street) -> None:
    number = make_id_number()
    person = make_resident(make_household(street.grid, **COLUMNS), "张伟", number)
    batch = to_preview(client, workbook(row("张伟", number, door="望江花园9-1-101")), grid=str(street.grid.pk))
    confirm(client, batch)
    work_off()
    assert Resident.unscoped.get(pk=person.pk).household_id == person.household_id


def test_a_row_without_a_door_is_refused_unless_the_person_is_known(client: Any, street: Street) -> None:
    number = make_id_number()
    make_resident(make_household(street.grid, **COLUMNS), "张伟", number)
    known, stranger = preview_of(client, row("张伟", number, door=""), row("李娜", door=""), grid=street.grid)
    assert known.verdict == "same" and stranger.problems == {"row": "door_missing"}


def test_who_comes_to_a_household_that_stands_there_is_said(client: Any, street: Street) -> None:
    make_resident(make_household(street.grid, **COLUMNS), "韦涵海")
    batch = to_preview(client, workbook(row("张伟")))
    page = client.get(reverse("list_preview", args=[batch.pk])).content.decode()
    assert "韦涵海" in page


def test_the_preview_shows_nothing_of_who_moved_out_of_the_place(client: Any, street: Street) -> None:
    person = make_resident(make_household(street.grid, **COLUMNS), "张伟", note="旧备注")
    batch = to_preview(client, workbook(row("张伟", note="新备注")))
    there = make_household(street.elsewhere, compound="别处苑", building="9")
    Resident.unscoped.filter(pk=person.pk).update(household=there, grid=there.grid_id, note="那边的话")
    page = client.get(reverse("list_preview", args=[batch.pk])).content.decode()
    assert "那边的话" not in page and "别处苑" not in page


@pytest.mark.parametrize("fault", ["row.%00", "row.x", "name.%00"])
def test_a_fault_that_does_not_exist_shows_no_rows(client: Any, street: Street, fault: str) -> None:
    batch = to_preview(client, workbook(row("张伟")), grid=str(street.grid.pk))
    address = reverse("list_preview", args=[batch.pk])
    assert client.get(f"{address}?show=refused&fault={fault}").status_code == 200

"""Rows refused because of an earlier row of the list: they count once that one is left out."""

from typing import Any

import pytest
from django.urls import reverse

from residents.models import ImportBatch, Resident
from tests.factories.residents import make_household, make_resident
from tests.residents.lists.support import (
    MAN,
    Street,
    confirm,
    to_preview,
    work_off,
    workbook,
)

pytestmark = pytest.mark.django_db
HEADERS = ("姓名", "身份证号码", "手机号码", "住址", "网格")


def preview(client: Any, street: Street, *rows: tuple[str, ...]) -> ImportBatch:
    return to_preview(client, workbook(*rows, headers=HEADERS), grid=str(street.grid.pk))


def leave_out(client: Any, batch: ImportBatch, *numbers: int, left_out: str = "yes") -> str:
    rows = list(batch.rows.filter(number__in=numbers).values_list("pk", flat=True))
    said = {"row": rows, "left_out": left_out, "reading": batch.choices["reading"]}
    answer = client.post(
        reverse("list_leave_out", args=[batch.pk]), said, follow=True, headers={"accept-language": "en"}
    )
    batch.refresh_from_db()
    return str(answer.content.decode())


def verdicts(batch: ImportBatch) -> list[str]:
    return [row.verdict for row in batch.rows.order_by("number")]


def commit(client: Any, batch: ImportBatch) -> ImportBatch:
    confirm(client, batch)
    work_off()
    batch.refresh_from_db()
    assert batch.state == "done", batch.failure
    return batch


TWICE = [("测试甲", MAN, "19900001001", "望江花园3-1-501", ""), ("测试甲", MAN, "19900001002", "望江花园3-1-502", "")]


def test_the_later_row_counts_where_the_earlier_one_is_left_out(client: Any, street: Street) -> None:
    batch = preview(client, street, *TWICE, ("测试乙", "", "", "望江花园3-1-503", ""))
    assert verdicts(batch) == ["new", "refused", "new"]
    assert "1 later row of the same person was refused until now" in leave_out(client, batch, 2)
    assert verdicts(batch) == ["new", "new", "new"] and batch.counts["new"] == 2 and batch.counts["refused"] == 0
    commit(client, batch)
    people = Resident.unscoped.order_by("pk")
    assert sorted((person.name, person.household.room) for person in people) == [("测试乙", "503"), ("测试甲", "502")]
    assert not batch.rows.exclude(verdict="refused").exclude(left_out=True).exclude(sealed_cells=None).exists()


def test_it_is_refused_again_where_the_earlier_one_comes_back(client: Any, street: Street) -> None:
    batch = preview(client, street, *TWICE)
    leave_out(client, batch, 2)
    leave_out(client, batch, 2, left_out="no")
    assert verdicts(batch) == ["new", "refused"]
    assert batch.rows.get(number=3).problems == {"row": "twice_in_file:2"}
    leave_out(client, batch, 2)
    leave_out(client, batch, 3)
    leave_out(client, batch, 2, left_out="no")
    commit(client, batch)
    assert [person.household.room for person in Resident.unscoped.all()] == ["501"]


def test_of_several_later_rows_the_first_counts(client: Any, street: Street) -> None:
    batch = preview(client, street, *TWICE, TWICE[1])
    leave_out(client, batch, 2)
    assert verdicts(batch) == ["new", "new", "refused"]
    assert batch.rows.get(number=4).problems == {"row": "twice_in_file:3"}
    leave_out(client, batch, 3)
    assert verdicts(batch) == ["new", "new", "new"] and batch.counts["new"] == 1
    commit(client, batch)
    assert Resident.unscoped.count() == 1


def test_a_later_row_of_somebody_known_completes_her(client: Any, street: Street) -> None:
    person = make_resident(make_household(street.grid), "测试甲", id_number=MAN, phones=[])
    batch = preview(client, street, *TWICE)
    assert verdicts(batch) == ["changed", "refused"]
    leave_out(client, batch, 2)
    commit(client, batch)
    person.refresh_from_db()
    assert person.phones == ["19900001002"]


def test_a_row_told_to_be_an_earlier_one_is_new_where_that_is_left_out(client: Any, street: Street) -> None:
    rows = [("张伟", "", "19900001001", f"望江花园3-1-{room}", "") for room in (501, 502)]
    batch = preview(client, street, *rows)
    said = {"reading": batch.choices["reading"], "decision": "same", "pair": [batch.twins.get().pk]}
    client.post(reverse("list_twins_decide", args=[batch.pk]), said)
    batch.refresh_from_db()
    assert verdicts(batch) == ["new", "refused"]
    leave_out(client, batch, 2)
    assert verdicts(batch) == ["new", "new"]
    commit(client, batch)
    assert [person.household.room for person in Resident.unscoped.all()] == ["502"]


def test_a_door_that_an_earlier_row_puts_into_another_grid_is_refused_in_words(client: Any, street: Street) -> None:
    rows = [
        (name, "", "", "望江花园3-1-501", grid)
        for name, grid in (("甲一", "第1网格"), ("乙二", "第2网格"), ("丙三", ""))
    ]
    batch = preview(client, street, *rows)
    assert verdicts(batch) == ["new", "refused", "new"]
    page = client.get(reverse("list_preview", args=[batch.pk]), {"show": "refused"}, headers={"accept-language": "en"})
    assert "Row 2 says another grid for this door" in page.content.decode()
    assert batch.rows.get(number=4).grid == street.grid
    leave_out(client, batch, 2)
    assert batch.rows.get(number=3).verdict == "new"
    commit(client, batch)
    assert {person.grid_id for person in Resident.unscoped.all()} == {street.other_grid.pk}

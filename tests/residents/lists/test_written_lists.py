"""Lists that the register writes out: what is declared, what leaves, and that it reads back as it was."""

from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grid import registries
from grid.models import AuditRecord, Place
from grid.rules.permissions import Role
from residents.forms.people import REVEAL_REASONS
from residents.lists import widgets
from residents.lists.fields import SYNONYMS, Field
from residents.lists.kinds import RESIDENTS
from residents.models import Resident
from residents.models.resident import RELATION_LABELS, RESIDENCY_LABELS, SEX_LABELS
from residents.rules.id_numbers import IdNumber, IdType
from residents.views import list_files
from tests.factories.grid import make_staff
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.lists.support import Street, client_of, to_preview

WHOLE = {"whole": "whole", "reason": "paper"}


# -- the declaration ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("name", ["李明", "买买提·阿不都拉", "𠮷田"]),
        ("sex", [code for code, _label in SEX_LABELS]),
        ("birth_date", [date(1950, 3, 4), None]),
        ("phones", [("19900000001",), ("19900000001", "19900000002"), ("02788881234", "19900000001"), ()]),
        ("relation", [code for code, _label in RELATION_LABELS]),
        ("residency", [code for code, _label in RESIDENCY_LABELS]),
        ("compound", ["望江花园", ""]),
        ("building", ["3", "12", "A", ""]),
        ("unit", ["1", ""]),
        ("room", ["502", "1203", "5A", ""]),
        ("note", ["独居，要送药", "=1+1", ""]),
    ],
)
def test_what_a_widget_writes_it_reads_again(name: str, values: list[Any]) -> None:
    widget = RESIDENTS.resource.fields[name].widget
    assert [widget.clean(widget.render(value)) for value in values] == values


def test_a_document_number_is_read_by_its_type() -> None:
    number = make_id_number()
    assert widgets.id_number().clean(number) == IdNumber(IdType.RESIDENT, number)
    assert set(widgets.ID_TYPE_WORDS) == {kind.value for kind in IdType}


@pytest.mark.parametrize("key", ["residents", "to_find", "ledger", "temperatures", "supplies"])
def test_every_declared_heading_means_its_field(key: str) -> None:
    kind = registries.LIST_KINDS[key]
    for name in kind.resource.fields:
        if name != Field.CHECK_IN:
            assert kind.heading(Field(name)) in SYNONYMS[Field(name)].split(), name


# -- what leaves ----------------------------------------------------------------------------------------------------


def fetch(client: Any, place: Place, **said: str) -> bytes:
    answer = client.post(reverse("list_write"), {"place": place.pk, "whole": "none", "reason": "paper"} | said)
    assert answer.status_code == 200, answer.context["form"].errors
    return b"".join(answer.streaming_content)


def cells(data: bytes) -> list[dict[str, str]]:
    head, *rows = openpyxl.load_workbook(BytesIO(data)).active.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def people(street: Street) -> list[Resident]:
    door = make_household(street.grid, building="12", unit="2", room="1203")
    odd = make_household(street.other_grid, compound="", building="A", unit="", room="5")
    return [
        make_resident(door, "李明", make_id_number(sex="M"), phones=["19900000001", "02788881234"], relation="02",
                      residency="permanent", note="=cmd|'/c calc'!A0"),
        make_resident(door, "王芳", relation="12", sex="F", birth_date=date(1951, 2, 3)),
        make_resident(odd, "买买提·阿不都拉", "E12345678", residency="floating", note="@SUM(1)"),
        make_resident(odd, "𠮷田", phones=["19900000003"], relation="99"),
    ]  # fmt: skip


@pytest.mark.parametrize("numbers", ["whole", "none"])
def test_what_is_written_reads_back_as_all_the_same(client: Any, street: Street, numbers: str) -> None:
    people(street)
    data = fetch(client, street.community, whole=numbers)
    batch = to_preview(client, data)
    assert batch.kind == "residents"
    counts = {name: batch.counts[name] for name in ("new", "changed", "same", "refused", "twins")}
    assert counts == {"new": 0, "changed": 0, "same": 4, "refused": 0, "twins": 0}, [
        (row.verdict, row.problems, row.differing) for row in batch.rows.all()
    ]


def test_a_remark_is_never_a_formula(client: Any, street: Street) -> None:
    people(street)
    book = openpyxl.load_workbook(BytesIO(fetch(client, street.community, **WHOLE)))
    found = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in found} == {"s"}
    assert "=cmd|'/c calc'!A0" in {cell.value for cell in found}


def test_numbers_leave_only_where_she_says_so_and_that_is_recorded(client: Any, street: Street) -> None:
    number = make_id_number()
    make_resident(make_household(street.grid), "李明", number)
    (without,) = cells(fetch(client, street.community))
    assert "身份证号码" not in without and number not in without.values()
    (whole,) = cells(fetch(client, street.grid, **WHOLE | {"reason": "authority"}))
    assert whole["身份证号码"] == number and whole["所属网格"] == street.grid.name
    told = AuditRecord.objects.filter(deed="list_written").order_by("pk")
    assert [record.facts for record in told] == [
        {"rows": 1, "whole": False, "reason": "paper"},
        {"rows": 1, "whole": True, "reason": "authority"},
    ]
    assert [record.place_id for record in told] == [street.community.pk, street.grid.pk]
    assert "list_written.reason" in registries.FACTS


def test_who_lives_elsewhere_left_or_was_merged_is_not_in_it(client: Any, street: Street) -> None:
    stays = make_resident(make_household(street.grid), "李明")
    make_resident(make_household(street.other_grid), "隔壁")
    make_resident(make_household(street.elsewhere), "外人")
    make_resident(make_household(street.grid), "走了", left_on="2026-01-01", left_reason="moved_out")
    make_resident(make_household(street.grid), "并了", merged_into=stays)
    assert [row["姓名"] for row in cells(fetch(client, street.grid))] == ["李明"]
    assert sorted(row["姓名"] for row in cells(fetch(client, street.community))) == ["李明", "隔壁"]


def test_nothing_is_chosen_and_a_place_outside_cannot_be(client: Any, street: Street) -> None:
    form = client.get(reverse("list_write")).context["form"]
    assert [form[name].value() for name in ("place", "whole", "reason")] == [None, None, None]
    answer = client.post(reverse("list_write"), {})
    assert answer.status_code == 422 and sorted(answer.context["form"].errors) == ["place", "reason", "whole"]
    for place in (street.elsewhere, street.elsewhere.parent, street.community.parent):
        answer = client.post(reverse("list_write"), WHOLE | {"place": place.pk})
        assert answer.status_code == 422 and "place" in answer.context["form"].errors
    assert not AuditRecord.objects.filter(deed="list_written").exists()


def test_looking_writes_nothing_and_who_may_not_import_may_not_write(client: Any, street: Street) -> None:
    people(street)
    said = WHOLE | {"place": street.grid.pk}
    assert client.get(reverse("list_write"), said)["Content-Type"].startswith("text/html")
    for role, place in ((Role.GRID_WORKER, street.grid), (Role.STREET_SUPERVISOR, street.community.parent)):
        refused = client_of(make_staff(role, place))
        assert refused.get(reverse("list_write")).status_code == 403
        assert refused.post(reverse("list_write"), said).status_code == 403
    assert not AuditRecord.objects.filter(deed="list_written").exists()


def test_a_place_of_too_many_people_is_asked_for_in_parts(
    client: Any, street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(street)
    monkeypatch.setattr(list_files, "MOST_WRITTEN", 3)
    answer = client.post(reverse("list_write"), WHOLE | {"place": street.community.pk})
    assert answer.status_code == 422 and "place" in answer.context["form"].errors
    assert len(cells(fetch(client, street.grid))) == 2


def test_it_costs_the_same_with_one_person_and_with_three(client: Any, street: Street) -> None:
    costs = []
    for count in (1, 2):
        for _number in range(count):
            make_resident(make_household(street.grid), "", make_id_number())
        with CaptureQueriesContext(connection) as queries:
            fetch(client, street.grid, **WHOLE)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_the_reasons_are_those_of_a_look_at_a_number(client: Any, street: Street) -> None:
    form = client.get(reverse("list_write")).context["form"]
    assert list(form.fields["reason"].choices) == REVEAL_REASONS

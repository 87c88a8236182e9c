"""A 性别 column of digits: asked where no ID number of the list proves which digit is which."""

from typing import Any

import pytest
from django.urls import reverse

from residents.models import Resident
from tests.factories.residents import make_id_number
from tests.residents.lists.support import (
    Street,
    batch_of,
    confirm,
    mapping_as_proposed,
    upload,
    work_off,
    workbook,
)

pytestmark = pytest.mark.django_db


def digits(*sexes: str) -> bytes:
    rows = [
        (f"测试{sign}", sex, "", f"望江花园3-1-50{place}")
        for place, (sign, sex) in enumerate(zip("甲乙丙丁", sexes, strict=False))
    ]
    return workbook(*rows, headers=("姓名", "性别", "身份证号码", "住址"))


def test_digits_that_no_number_proves_are_asked_and_nothing_is_chosen(client: Any, street: Street) -> None:
    batch = batch_of(upload(client, digits("1", "2", "9")))
    address = reverse("list_mapping", args=[batch.pk])
    form = client.get(address).context["form"]
    assert [form[f"sex-{digit}"].value() for digit in "129"] == [None, None, None]
    said = mapping_as_proposed(client, batch) | {"grid": str(street.grid.pk), "isolation": "no"}
    said = {name: value for name, value in said.items() if not name.startswith("sex-")}
    answer = client.post(address, said | {"sex-1": "F"})
    assert answer.status_code == 422 and sorted(answer.context["form"].errors) == ["sex-2", "sex-9"]
    assert answer.context["form"]["sex-1"].value() == "F"
    client.post(address, said | {"sex-1": "F", "sex-2": "M", "sex-9": "unknown"})
    batch.refresh_from_db()
    assert batch.choices["sexes"] == {"1": "F", "2": "M", "9": ""} and batch.counts["new"] == 3
    assert client.get(address).context["form"]["sex-9"].value() == "unknown"
    confirm(client, batch)
    work_off()
    assert [person.sex for person in Resident.unscoped.order_by("pk")] == ["F", "M", ""]


def test_sexes_in_words_and_digits_that_numbers_prove_are_not_asked(client: Any, street: Street) -> None:
    worded = batch_of(upload(client, digits("男", "女")))
    assert not [name for name in client.get(reverse("list_mapping", args=[worded.pk])).context["form"].fields
                if name.startswith("sex-")]  # fmt: skip
    rows = [
        (f"测试{sign}", "1", make_id_number(sex="M"), f"望江花园3-1-60{place}") for place, sign in enumerate("甲乙")
    ]
    proven = batch_of(upload(client, workbook(*rows, headers=("姓名", "性别", "身份证号码", "住址"))))
    assert "sex-1" not in client.get(reverse("list_mapping", args=[proven.pk])).context["form"].fields


def test_a_column_that_is_left_out_asks_for_no_digits(client: Any, street: Street) -> None:
    batch = batch_of(upload(client, digits("1", "2")))
    said = mapping_as_proposed(client, batch) | {"column-0-1": "", "grid": str(street.grid.pk), "isolation": "no"}
    said = {name: value for name, value in said.items() if not name.startswith("sex-")}
    assert client.post(reverse("list_mapping", args=[batch.pk]), said).status_code == 302

"""A lead takes 01-returnees.xlsx in: upload, columns, preview, background, result."""

import json
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from grid.models import AuditRecord
from residents.models import Household, ImportBatch, ImportRow, Resident
from tests.residents.lists.support import (
    RETURNEES,
    Street,
    batch_of,
    confirm,
    hear_isolation,
    mapping_as_proposed,
    take_in,
    to_preview,
    upload,
    work_off,
)

pytestmark = pytest.mark.django_db


def truth() -> list[dict[str, Any]]:
    lines = RETURNEES.with_suffix(".truth.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


SOUND = [row for row in truth() if not row.get("problems")]


def test_the_page_of_columns_says_what_was_understood(client: Any) -> None:
    batch = batch_of(upload(client, RETURNEES.read_bytes(), "返乡.xlsx"))
    page = client.get(reverse("list_mapping", args=[batch.pk]))
    form = page.context["form"]
    assert [form[f"column-0-{index}"].value() for index in (1, 2, 3, 4, 6, 9)] == [
        "name", "id_number", "sex", "phones", "isolation_start", "address",
    ]  # fmt: skip
    assert "返乡.xlsx" in page.content.decode() and "𠮷田一" in page.content.decode()


def test_the_samples_of_an_id_column_show_two_characters_only(client: Any) -> None:
    batch = batch_of(upload(client, RETURNEES.read_bytes()))
    page = client.get(reverse("list_mapping", args=[batch.pk])).content.decode()
    for row in truth():
        assert not row.get("id_number") or row["id_number"][6:16] not in page


def test_the_preview_tells_new_from_refused_and_stores_nobody(client: Any, street: Street) -> None:
    batch = to_preview(client, RETURNEES.read_bytes(), grid=str(street.grid.pk))
    assert {verdict: batch.counts[verdict] for verdict in ("new", "changed", "same", "refused")} == {
        "new": len(SOUND), "changed": 0, "same": 0, "refused": len(truth()) - len(SOUND),
    }  # fmt: skip
    assert not Resident.unscoped.exists()
    refused = client.get(reverse("list_preview", args=[batch.pk]) + "?show=refused").content.decode()
    damaged = next(row for row in truth() if row.get("problems"))
    assert damaged["name"] in refused and f"{damaged['row']}" in refused


def test_everybody_sound_is_in_the_register_as_the_list_says(client: Any, street: Street) -> None:
    batch = take_in(client, RETURNEES.read_bytes(), grid=str(street.grid.pk))
    assert batch.state == "done" and batch.counts["new"] == len(SOUND)
    people = {person.name + person.phones[0]: person for person in Resident.unscoped.select_related("household")}
    assert len(people) == len(SOUND)
    for row in SOUND:
        person = people[row["name"] + row["phones"][0]]
        door = person.household
        assert (door.compound, door.building, door.unit, door.room) == (
            row["compound"], row["building"], row["unit"], row["room"],
        )  # fmt: skip
        assert person.phones == row["phones"] and person.sex == row["sex"] and person.grid_id == street.grid.pk
        assert (person.birth_date.isoformat() if person.birth_date else None) == row.get("birth_date")
        assert (person.id_digest is not None) == bool(row["id_number"])
    doors = {(row["compound"], row["building"], row["unit"], row["room"]) for row in SOUND}
    assert Household.unscoped.count() == len(doors) == batch.counts["doors"]


def test_the_result_page_counts_and_explains(client: Any, street: Street) -> None:
    batch = take_in(client, RETURNEES.read_bytes(), grid=str(street.grid.pk))
    page = client.get(reverse("list_result", args=[batch.pk])).content.decode()
    assert f">{len(SOUND)}<" in page and f">{len(truth()) - len(SOUND)}<" in page


def test_isolation_records_are_asked_for_only_if_the_user_says_so(
    client: Any, street: Street, monkeypatch: Any
) -> None:
    told = hear_isolation(monkeypatch)
    batch = batch_of(upload(client, RETURNEES.read_bytes()))
    said = mapping_as_proposed(client, batch) | {"grid": str(street.grid.pk), "kind": "residents"}
    address = reverse("list_mapping", args=[batch.pk])
    assert client.post(address, said).status_code == 422  # neither yes nor no
    assert client.post(address, said | {"isolation": "yes"}).status_code == 422  # no reason
    client.post(address, said | {"isolation": "no"})
    batch.refresh_from_db()
    confirm(client, batch)
    work_off()
    assert told == []


def test_isolation_begins_on_the_day_the_list_states(client: Any, street: Street, monkeypatch: Any) -> None:
    told = hear_isolation(monkeypatch)
    take_in(client, RETURNEES.read_bytes(), grid=str(street.grid.pk), isolation="yes", reason="returnee")
    assert [facts["deed"] for facts in told] == ["people_taken_in"]
    names = dict(Resident.unscoped.values_list("pk", "name"))
    days = sorted((names[key], day) for key, day in told[0]["first_days"].items())
    assert days == sorted((row["name"], date.fromisoformat(row["isolation_start"])) for row in SOUND)
    assert told[0]["reason"] == "returnee"


def test_a_list_without_a_grid_asks_for_one(client: Any) -> None:
    batch = batch_of(upload(client, RETURNEES.read_bytes()))
    said = mapping_as_proposed(client, batch) | {"isolation": "no", "kind": "residents"}
    answer = client.post(reverse("list_mapping", args=[batch.pk]), said)
    assert answer.status_code == 422 and "grid" in answer.context["form"].errors
    assert ImportBatch.unscoped.get(pk=batch.pk).state == "mapping"


def test_no_id_number_stands_in_clear_anywhere(client: Any, street: Street) -> None:
    batch = take_in(client, RETURNEES.read_bytes(), grid=str(street.grid.pk))
    client.get(reverse("list_result", args=[batch.pk]))
    tables = (ImportBatch, ImportRow, AuditRecord, Resident)
    with connection.cursor() as cursor:
        dump = ""
        for model in tables:
            cursor.execute(f"SELECT t::text FROM {model._meta.db_table} t")
            dump += "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT t::text FROM residents_residentevent t")
        dump += "\n".join(row[0] for row in cursor.fetchall())
    numbers = [row["id_number"] for row in truth() if row.get("id_number")]
    assert not [number for number in numbers if number in dump or number[:17] in dump or number.encode().hex() in dump]


def test_the_file_and_the_cells_go_with_the_commit(client: Any, street: Street) -> None:
    batch = take_in(client, RETURNEES.read_bytes(), grid=str(street.grid.pk))
    assert batch.sealed_file is None
    assert set(ImportRow.unscoped.exclude(sealed_cells=None).values_list("verdict", flat=True)) == {"refused"}


def test_the_audit_names_who_the_digest_and_the_counts(client: Any, street: Street) -> None:
    batch = take_in(client, RETURNEES.read_bytes(), grid=str(street.grid.pk))
    deeds = {
        record.deed: record for record in AuditRecord.objects.filter(subject_kind="importbatch", subject_id=batch.pk)
    }
    assert {"list_uploaded", "list_read", "list_confirmed", "list_taken_in"} <= deeds.keys()
    taken = deeds["list_taken_in"]
    assert taken.staff_id == street.lead.pk and taken.facts == {
        "digest": batch.file_digest,
        "rows": len(SOUND),
        "overtaken": 0,
    }

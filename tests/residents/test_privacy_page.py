"""A person's rights over her data: all of it printed for her, who looked, the wish that it be removed."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from grid.models import AuditRecord, Notice
from residents.models import Contact, ImportBatch, ImportRow, Resident
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.factories.supplies import make_supply_request
from tests.residents.support import Street, client_of, make_street


@pytest.fixture
def street(db: None) -> Street:
    return make_street()


@pytest.fixture
def number() -> str:
    return make_id_number(date(1962, 7, 9), "M", sequence=45)


@pytest.fixture
def person(street: Street, number: str) -> Resident:
    household = make_household(street.grid, room="502", note="敲门要大声")
    return make_resident(household, "张三", number, phones=["19900000001"], relation="02", note="怕狗")


def fill(street: Street, person: Resident, times: int = 1) -> None:
    """Something of every kind that is kept of a person."""
    now = timezone.now()
    case = make_case(resident=person, at=now)
    for turn in range(times):
        make_check_in(case, at=now, temperature="36.5", note=f"睡得好{turn}")
        make_supply_request(
            at=now, household=person.household, resident=person, items=("降压药",), note=f"要小瓶{turn}"
        )
        Contact.unscoped.create(
            resident=person, grid=person.grid, name=f"李姐{turn}", relation="neighbour", phones=["19900000077"]
        )
        batch = ImportBatch.unscoped.create(
            grid=street.grid.parent, by=street.lead, created_at=now, state="done", kind="residents",
            file_name=f"返乡名单{turn}.xlsx", file_digest="x",
        )  # fmt: skip
        ImportRow.unscoped.create(batch=batch, number=2, verdict="new", resident_id=person.pk)


def test_everything_kept_of_her_stands_on_one_page_and_the_look_is_recorded(
    street: Street, person: Resident, number: str
) -> None:
    fill(street, person)
    client = client_of(street.lead)
    client.post(f"/residents/{person.pk}/id-number/", {"reason": "transfer"})
    answer = client.post(f"/residents/{person.pk}/data/file/", {"reason": "asked_by_guardian"})
    page = answer.content.decode()
    told = [
        "张三", number, "19900000001", "怕狗", "敲门要大声", person.household.door, "head of household", "李姐0",
        "19900000077", "36.5℃", "睡得好0", "降压药", "要小瓶0", "返乡名单0.xlsx", "Isolation started",
        "For a transfer or a hospital", "Her guardian asked for it",
    ]  # fmt: skip
    assert [word for word in told if word not in page] == []
    assert "no-store" in answer["Cache-Control"]
    record = AuditRecord.objects.get(deed="person_file_printed")
    assert (record.staff, record.subject_id, record.facts) == (
        street.lead, person.pk, {"reason": "asked_by_guardian"},
    )  # fmt: skip
    looks = client.get(f"/residents/{person.pk}/data/").content.decode()
    assert "Everything kept of a person printed" in looks and number not in looks and number[-4:] not in looks


def test_without_a_reason_nothing_is_shown(street: Street, person: Resident, number: str) -> None:
    answer = client_of(street.lead).post(f"/residents/{person.pk}/data/file/", {})
    assert answer.status_code == 422 and number not in answer.content.decode()
    assert not AuditRecord.objects.filter(deed="person_file_printed").exists()


@pytest.mark.parametrize("times", [1, 3])
def test_a_thicker_file_costs_no_more_queries(
    street: Street, person: Resident, times: int, django_assert_num_queries: Any
) -> None:
    fill(street, person, times)
    client = client_of(street.lead)
    client.get("/residents/")
    with django_assert_num_queries(QUERIES):
        client.post(f"/residents/{person.pk}/data/file/", {"reason": "asked_by_person"})


QUERIES = 30


def test_who_may_print_and_who_may_ask(street: Street, person: Resident) -> None:
    ways = ["data/file/", "data/removal/", "data/removal/back/"]
    for staff in (street.worker, street.supervisor):
        client = client_of(staff)
        assert client.get(f"/residents/{person.pk}/data/").status_code == 403
        assert {client.post(f"/residents/{person.pk}/{way}", {}).status_code for way in ways} == {403}
    lead, far = client_of(street.lead), make_resident(make_household(street.far))
    assert {lead.get(f"/residents/{person.pk}/{way}").status_code for way in ways} == {405}
    assert {lead.post(f"/residents/{far.pk}/{way}", {}).status_code for way in ways} == {404}
    assert lead.get(f"/residents/{far.pk}/data/").status_code == 404


def test_the_wish_is_noted_once_told_to_the_street_and_taken_back(street: Street, person: Resident) -> None:
    client = client_of(street.lead)
    address = f"/residents/{person.pk}/data/removal/"
    assert client.post(address, {}).status_code == 422
    for _twice in range(2):
        assert client.post(address, {"ground": "asked_by_person"})["Location"] == f"/residents/{person.pk}/data/"
    record = AuditRecord.objects.get(deed="removal_asked")
    assert (record.subject_id, record.facts) == (person.pk, {"ground": "asked_by_person"})
    notice = Notice.unscoped.get(kind="removal_asked")
    assert (notice.grid_id, notice.subject_id) == (person.street_id, person.pk)
    assert "张三" in client_of(street.supervisor).get("/notices/").content.decode()
    assert street.lead.name in client.get(f"/residents/{person.pk}/data/").content.decode()
    for _twice in range(2):
        assert client.post(f"{address}back/", {}).status_code == 302
    assert AuditRecord.objects.filter(deed="removal_withdrawn").count() == 1
    assert "Take the wish back" not in client.get(f"/residents/{person.pk}/data/").content.decode()
    client.post(address, {"ground": "retention_over"})
    assert AuditRecord.objects.filter(deed="removal_asked").count() == 2

"""The audit: nobody at work can change it, and auditors read it within their places."""

import datetime

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grid.actions.audit import deed, record
from grid.models import AuditRecord, Post
from grid.rules.actors import SYSTEM, Actor
from grid.rules.permissions import Role
from grid.rules.places import Kind
from tests.factories.grid import make_place, make_staff
from tests.grid.support import log_in, street

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    found = street()
    found.auditor = make_staff(Role.AUDITOR, found.street, name="审计甲")
    return found


@pytest.fixture
def auditor(client, house):
    log_in(client, house.auditor)
    return client


def note(name: str, house, place=None, at=None, by=None, **facts) -> AuditRecord:
    return record(name, by=by or Actor.staff(house.worker.pk), at=at or timezone.now(), place=place, **facts)


def found_by(client, **fields) -> str:
    today = timezone.localdate().isoformat()
    start = {"first_day": today, "last_day": today, "who": "", "deed": "", "place": ""}
    return client.post("/audit/", {**start, **fields}).content.decode().split("<tbody")[-1]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE grid_auditrecord SET deed = 'nothing'",
        "DELETE FROM grid_auditrecord",
        "TRUNCATE grid_auditrecord",
        "ALTER TABLE grid_auditrecord DISABLE TRIGGER ALL",
        "DROP TABLE grid_auditrecord",
    ],
)
def test_the_app_role_cannot_change_a_record(house, statement) -> None:
    note("place_added", house)
    denied = pytest.raises(ProgrammingError, match=r"permission denied|must be owner")
    with denied, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditRecord.objects.get().deed == "place_added"


def test_a_deed_that_fails_leaves_no_record(house) -> None:
    with pytest.raises(RuntimeError), deed("place_added", by=SYSTEM, at=timezone.now()):
        raise RuntimeError
    assert not AuditRecord.objects.exists()


def test_an_auditor_reads_deeds_in_words_newest_first(auditor, house) -> None:
    note("post_added", house, place=house.garden, at=timezone.now() - datetime.timedelta(minutes=5))
    note("place_renamed", house, place=house.garden, fields=["name"])
    note("a_deed_without_words", house, place=house.cell)
    page = found_by(auditor)
    assert page.index("改了地方的名称") < page.index("安排了岗位")
    assert "a_deed_without_words" in page and "王芳" in page and "花园社区" in page


def test_records_of_other_places_are_not_shown(auditor, house) -> None:
    note("a_foreign_deed", house, place=make_place(Kind.GRID))
    assert "a_foreign_deed" not in found_by(auditor)


def test_records_without_a_place_are_for_an_auditor_at_the_top_only(client, auditor, house) -> None:
    note("a_deed_nowhere", house)
    assert "a_deed_nowhere" in found_by(auditor)
    auditor.post("/logout/")
    log_in(client, make_staff(Role.AUDITOR, house.garden))
    assert "a_deed_nowhere" not in found_by(client)


def test_each_field_narrows_the_search(auditor, house) -> None:
    yesterday = timezone.now() - datetime.timedelta(days=1)
    note("deed_of_the_worker", house, place=house.cell)
    note("post_added", house, place=house.river, by=Actor.staff(house.administrator.pk))
    note("deed_of_yesterday", house, place=house.cell, at=yesterday)
    assert "deed_of_yesterday" not in found_by(auditor)
    assert "deed_of_yesterday" in found_by(auditor, first_day=timezone.localdate(yesterday).isoformat())
    by_name = found_by(auditor, who="王芳")
    assert "deed_of_the_worker" in by_name and "安排了岗位" not in by_name
    by_deed = found_by(auditor, deed="post_added")
    assert "安排了岗位" in by_deed and "deed_of_the_worker" not in by_deed
    by_place = found_by(auditor, place=str(house.garden.pk))
    assert "deed_of_the_worker" in by_place and "安排了岗位" not in by_place
    assert "没有记录" in found_by(auditor, who="没这人")


def test_a_foreign_place_cannot_be_asked_for(auditor, house) -> None:
    assert auditor.post("/audit/", {"place": make_place(Kind.STREET).pk}).status_code == 422


def test_days_out_of_order_are_told(auditor) -> None:
    answer = auditor.post("/audit/", {"first_day": "2026-03-04", "last_day": "2026-03-01"})
    assert answer.status_code == 422 and "在开始那天前面" in answer.content.decode()


def test_nobody_else_reads_it(client, house) -> None:
    assert client.get("/audit/")["Location"] == "/login/"
    for staff in (house.worker, house.administrator):
        log_in(client, staff)
        assert client.get("/audit/").status_code == 403
        client.post("/logout/")


def test_an_ended_post_reads_nothing(auditor, house) -> None:
    Post.objects.filter(staff=house.auditor).update(until=timezone.now())
    assert auditor.get("/audit/").status_code == 403


@pytest.mark.parametrize("records", [1, 3])
def test_the_search_costs_the_same_queries_however_much_is_found(auditor, house, records) -> None:
    for _record in range(records):
        note("post_added", house, place=house.garden, subject=house.worker)
    with CaptureQueriesContext(connection) as found:
        auditor.get("/audit/")
    assert len(found) == 8

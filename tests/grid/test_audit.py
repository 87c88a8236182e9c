"""The audit: nobody at work can change it, and auditors read it within their places."""

import ast
import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grid import registries
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


def test_an_auditor_reads_deeds_in_words_newest_first(clock, auditor, house) -> None:
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


def test_rows_and_facts_are_told_in_words(auditor, house) -> None:
    note("logged_in", house, subject=house.worker, known_device=False)
    note("place_renamed", house, place=house.cell, subject=house.cell, fields=["name", "code"])
    note("resident_edited", house, place=house.cell, changed=["name", "pinyin", "phones"])
    note("id_revealed", house, place=house.cell, reason="paper")
    note("cases_opened", house, place=house.garden, count=274, refused=2, reason="returnee")
    note("list_read", house, place=house.garden, counts={"new": 12, "changed": 3, "same": 0})
    note("post_added", house, place=house.garden, subject=house.worker, role="grid_worker")
    note("place_merged", house, place=house.cell, into=house.river.code)
    note("move_offered", house, place=house.cell, to=house.street.pk)
    note("contact_added", house, place=house.cell, contact=30)
    note("resident_moved", house, place=house.cell, left=7, household=1639, people=1, from_version=1)
    for kind in registries.SUBJECTS:
        AuditRecord.objects.create(at=timezone.now(), deed="demo_built", subject_kind=kind, subject_id=161)
    page = found_by(auditor)
    for words in (
        *("用自己登记过的手机：否", "改了：名称、编码", "改了：姓名、电话", "原因：填单子或上报要用"),
        *("几项：274", "新增 12、改了 3、一致 0", "岗位：网格员", "户第161号", "居民第161号", "隔离记录第161号"),
        *("体温记录第161号", "物资需求第161号", "名单第161号", "建了演示数据"),
        *(f"并到、划到：{house.river.name}", f"转交到：{house.street.name}", "联系人：第30号", "原来的户：第7号"),
    ):
        assert words in page, words
    assert not [
        raw for raw in ("False", "{", "&#x27;", "returnee", "pinyin", "known_device", "表单", "from_") if raw in page
    ]


def test_a_fact_without_words_is_never_shown_as_code(auditor, house) -> None:
    note("post_added", house, place=house.cell, something={"a": [1, 2], "b": True}, nothing=None)
    page = found_by(auditor)
    assert "something：a 1、2、b 是" in page and "None" not in page


ROOT = Path(__file__).resolve().parents[2]


def _texts(node: ast.AST | None, module: ast.Module) -> set[str]:
    """The texts that an expression may be: itself, both sides of a condition, or what its name is given in the file."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    if isinstance(node, ast.IfExp):
        return _texts(node.body, module) | _texts(node.orelse, module)
    found: set[str] = set()
    if isinstance(node, ast.Name):
        for part in ast.walk(module):
            if isinstance(part, ast.keyword) and part.arg == node.id and isinstance(part.value, ast.Constant):
                found |= _texts(part.value, module)
            if isinstance(part, ast.Assign) and any(ast.unparse(target) == node.id for target in part.targets):
                found |= _texts(part.value, module)
    return found


def _deeds_written() -> Iterator[tuple[str, ast.Call, set[str]]]:
    """Every call of `deed` or `record`: where it stands, the call, the names that it may write."""
    for app in ("grid", "residents", "quarantine"):
        for file in sorted((ROOT / app).rglob("*.py")):
            if file == ROOT / "grid" / "actions" / "audit.py":
                continue
            module = ast.parse(file.read_text("utf-8"))
            for call in ast.walk(module):
                if not isinstance(call, ast.Call) or "by" not in {keyword.arg for keyword in call.keywords}:
                    continue
                if call.args and ast.unparse(call.func).split(".")[-1] in {"deed", "record"}:
                    yield f"{file.relative_to(ROOT)}:{call.lineno}", call, _texts(call.args[0], module)


def test_every_deed_and_fact_that_is_written_has_words() -> None:
    calls = list(_deeds_written())
    assert len(calls) > 30
    for where, call, names in calls:
        assert names, f"{where}: which deed?"
        assert names <= set(registries.DEEDS), f"{where}: {names - set(registries.DEEDS)} has no words"
        facts = {keyword.arg for keyword in call.keywords if keyword.arg} - {"by", "at", "place", "subject"}
        for name in names:
            silent = {fact for fact in facts if not {fact, f"{name}.{fact}"} & set(registries.FACTS)}
            assert not silent, f"{where}: {silent} has no words"

"""照单录入: what is typed is kept, checked by the readers of lists, and goes the way of every list."""

import hashlib
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grid.models import AuditRecord, Post
from grid.rules.actors import Actor
from grid.rules.permissions import Role
from quarantine.models import IsolationCase
from residents.actions import lists as deeds
from residents.lists.blank_workbook import CHOICES
from residents.lists.fields import Field
from residents.lists.headers import find_tables
from residents.lists.reading import read_sheets
from residents.lists.rows import EXAMPLE, read_people
from residents.lists.typed import LINES_LIMIT, Typed
from residents.lists.values import read_relation, read_sex, read_yes_or_no
from residents.models import ImportBatch, Resident
from tests.factories.grid import LONG_AGO, PASSWORD, make_staff
from tests.factories.residents import make_id_number
from tests.residents.lists.support import Street, batch_of, client_of, confirm, make_street, upload, work_off, workbook

pytestmark = pytest.mark.django_db
DOOR = {"compound": "望江花园", "building": "3", "unit": "1"}


@pytest.fixture
def street() -> Street:
    return make_street()


@pytest.fixture
def client(street: Street) -> Any:
    return client_of(street.lead)


def begin(client: Any, kind: str = "residents", title: str = "", **said: Any) -> ImportBatch:
    page = client.get(reverse("list_begin")).context["form"]
    said = {"kind": kind, "title": title, "place": page.fields["place"].initial or ""} | said
    return batch_of(client.post(reverse("list_begin"), said))


def post(client: Any, batch: ImportBatch, lines: list[dict[str, str]], press: str = "", **said: str) -> Any:
    """The answer to the table as it stands on the page, with these lines typed into it."""
    page = client.get(reverse("list_type", args=[batch.pk])).context
    fields = {
        f"{part}-{number}": line.get(part, "")
        for number, line in enumerate(lines, 1)
        for part in page["page"].typed.columns
    }
    hidden = {"seen": page["page"].seen, "page": page["page"].page}
    pressed = {press: "1"} if press else {}
    return client.post(reverse("list_type", args=[batch.pk]), hidden | fields | pressed | said)


def typed_in(client: Any, batch: ImportBatch) -> list[dict[str, str]]:
    """What the page shows as typed."""
    typed = client.get(reverse("list_type", args=[batch.pk])).context["page"].typed
    return [{str(part): text for part, text in zip(typed.columns, line, strict=True) if text} for line in typed.lines]


def person(name: str, room: str = "501", **said: str) -> dict[str, str]:
    return {"name": name, "room": room, **DOOR, **said}


# -- the way into the register ------------------------------------------------------------------------------------


def test_what_was_typed_goes_through_preview_into_the_register_and_back(client: Any, street: Street) -> None:
    batch = begin(client, title="3栋登记表")
    number = make_id_number(sex="F")
    lines = [person("测试甲", id_number=number, relation="户主"), person("测试乙", phones="19900001002", room="502")]
    answer = post(client, batch, lines)
    assert answer["Location"] == reverse("list_mapping", args=[batch.pk]), "whose grid nobody knows is asked there"
    asked = client.get(answer["Location"]).context["form"]
    said = {name: asked[name].value() or "" for name in asked.fields} | {"grid": str(street.grid.pk)}
    answer = client.post(reverse("list_mapping", args=[batch.pk]), said)
    assert answer["Location"] == reverse("list_preview", args=[batch.pk])
    batch.refresh_from_db()
    assert [row.number for row in batch.rows.order_by("pk")] == [1, 2] and batch.counts["new"] == 2
    confirm(client, batch)
    work_off()
    people = {person.name: person for person in Resident.unscoped.select_related("household")}
    assert people["测试甲"].household.door == "望江花园 3-1-501" and people["测试甲"].sex == "F"
    assert people["测试乙"].phones == ["19900001002"]
    client.post(reverse("list_undo", args=[batch.pk]))
    assert not Resident.unscoped.exists()


def test_where_nothing_is_to_be_asked_the_preview_comes_at_once(client: Any, street: Street) -> None:
    batch = begin(client)
    post(client, batch, [person("测试甲")])
    batch.refresh_from_db()
    batch.choices = {"grid": street.grid.pk}
    batch.save()
    answer = post(client, batch, [person("测试甲"), person("测试乙")])
    assert answer["Location"] == reverse("list_preview", args=[batch.pk])


def test_a_ledger_asks_whether_people_isolate_and_opens_their_records(clock: Any, client: Any, street: Street) -> None:
    batch = begin(client, "ledger")
    line = person("测试甲", isolation_start="2026-03-01", isolation_end="2026-03-15")
    answer = post(client, batch, [line])
    asked = client.get(answer["Location"]).context["form"]
    assert asked.shows_isolation
    said = {name: asked[name].value() or "" for name in asked.fields}
    said |= {"grid": str(street.grid.pk), "isolation": "yes", "reason": "returnee"}
    client.post(answer["Location"], said)
    batch.refresh_from_db()
    confirm(client, batch)
    work_off()
    assert IsolationCase.unscoped.get().resident.name == "测试甲"


def test_a_list_without_a_day_in_it_does_not_ask_about_isolation(client: Any, street: Street) -> None:
    batch = begin(client, "to_find")
    answer = post(client, batch, [{"name": "测试甲", "address": "望江花园3-1-501"}])
    assert not client.get(answer["Location"]).context["form"].shows_isolation


def test_a_blank_line_keeps_the_numbers_of_those_below(client: Any, street: Street) -> None:
    batch = begin(client)
    post(client, batch, [person("测试甲"), {}, person("测试乙", room="503")])
    people = batch_people(client, batch, street)
    assert people == [(1, "测试甲"), (3, "测试乙")]


def batch_people(client: Any, batch: ImportBatch, street: Street) -> list[tuple[int, str]]:
    batch.refresh_from_db()
    ImportBatch.unscoped.filter(pk=batch.pk).update(choices={"grid": street.grid.pk})
    assert post(client, batch, typed_in(client, batch))["Location"] == reverse("list_preview", args=[batch.pk])
    rows = client.get(reverse("list_preview", args=[batch.pk])).context["rows"]
    return [(row.number, row.name) for row in rows]


def test_a_door_that_was_only_carried_over_is_nobody(client: Any, street: Street) -> None:
    batch = begin(client)
    post(client, batch, [person("测试甲"), DOOR])
    assert batch_people(client, batch, street) == [(1, "测试甲")]
    assert typed_in(client, batch)[1] == DOOR, "and still it is not lost"


def test_a_line_that_looks_like_the_end_of_a_sheet_is_never_dropped_in_silence(client: Any, street: Street) -> None:
    batch = begin(client)
    for name in ("合计", "联系人：张", "空户", "12", "（示例）张三"):
        answer = post(client, batch, [person("测试甲"), person(name)], "anyway")
        assert answer.status_code == 422 and [fault.line for fault in answer.context["page"].faults] == [2]


def test_the_same_word_means_the_line_above(client: Any, street: Street) -> None:
    batch = begin(client)
    post(client, batch, [person("测试甲"), {"name": "测试乙", "room": "502", **dict.fromkeys(DOOR, "同上")}])
    batch_people(client, batch, street)
    rows = client.get(reverse("list_preview", args=[batch.pk])).context["rows"]
    assert rows[1].door == "望江花园 3-1-502"


def test_the_titles_compound_building_and_year_count_for_all_lines(client: Any, street: Street) -> None:
    batch = begin(client, "ledger", title="望江花园3栋2026年隔离台账")
    post(client, batch, [{"name": "测试甲", "room": "501", "isolation_start": "3月1日", "isolation_end": "3月15日"}])
    ImportBatch.unscoped.filter(pk=batch.pk).update(choices={"grid": street.grid.pk, "isolation": False})
    post(client, batch, typed_in(client, batch))
    [row] = client.get(reverse("list_preview", args=[batch.pk])).context["rows"]
    assert (row.door, str(row.first_day)) == ("望江花园 3-501", "2026-03-01")


# -- faults ---------------------------------------------------------------------------------------------------------


def test_faults_stand_at_their_fields_and_nothing_typed_is_lost(client: Any, street: Street) -> None:
    batch = begin(client)
    damaged = make_id_number()[:-1] + "*"
    lines = [
        person("测试甲", id_number=damaged, phones="12345", note="和女儿住"),
        {"note": "没有名字"},
        person("测试丙", relation="什么"),
    ]
    answer = post(client, batch, lines)
    page = answer.content.decode()
    assert answer.status_code == 422
    found = [(fault.line, str(fault.field), fault.code) for fault in answer.context["page"].faults]
    assert found == [
        (1, "id_number", "id_masked"),
        (1, "phones", "phone_unreadable"),
        (2, "name", "name_missing"),
        (3, "relation", "relation_unknown"),
    ]
    for key in ("id_number-1", "phones-1", "name-2", "relation-3"):
        assert f'href="#{key}"' in page and f'aria-describedby="{key}-said"' in page
    assert all(text in page for text in ("测试甲", damaged, "12345", "和女儿住", "没有名字", "什么"))
    assert typed_in(client, batch) == lines, "and it is stored, too"
    assert not batch.rows.exists()


def test_what_the_paper_says_goes_on_and_is_refused_in_the_preview(client: Any, street: Street) -> None:
    batch = begin(client)
    lines = [person("测试甲"), person("测试乙", phones="12345")]
    assert post(client, batch, lines).status_code == 422
    ImportBatch.unscoped.filter(pk=batch.pk).update(choices={"grid": street.grid.pk})
    assert post(client, batch, lines, "anyway")["Location"] == reverse("list_preview", args=[batch.pk])
    rows = client.get(reverse("list_preview", args=[batch.pk])).context["rows"]
    assert [(row.number, row.verdict) for row in rows] == [(1, "new"), (2, "refused")]


def test_a_list_of_nobody_goes_nowhere(client: Any, street: Street) -> None:
    batch = begin(client)
    assert post(client, batch, [{}, DOOR]).status_code == 422
    assert typed_in(client, batch)[1] == DOOR


def test_the_page_shows_what_an_id_number_proves(client: Any, street: Street) -> None:
    batch = begin(client)
    post(client, batch, [person("测试甲", id_number="420198800517001")], "keep")  # 15 digits
    page = client.get(reverse("list_type", args=[batch.pk]), headers={"accept-language": "en"}).content.decode()
    assert "male · 1980-05-17" in page


def test_the_kind_is_not_chosen_for_her_and_no_kind_that_cannot_be_taken_in_is_offered(client: Any) -> None:
    form = client.get(reverse("list_begin")).context["form"]
    assert form["kind"].value() is None
    assert {key for key, _words in form.fields["kind"].choices} == {"residents", "to_find", "ledger"}
    answer = client.post(reverse("list_begin"), {"place": form["place"].value(), "title": "3栋"})
    assert answer.status_code == 422 and "kind" in answer.context["form"].errors
    assert answer.context["form"]["title"].value() == "3栋" and not ImportBatch.unscoped.exists()


# -- kept -----------------------------------------------------------------------------------------------------------


def test_what_was_typed_is_kept_for_later_and_opens_again(client: Any, street: Street) -> None:
    batch = begin(client, title="3栋登记表")
    lines = [person("测试甲", id_number="42019"), DOOR]
    assert post(client, batch, lines, "keep")["Location"] == reverse("list_home")
    home = client.get(reverse("list_home")).content.decode()
    assert reverse("list_type", args=[batch.pk]) in home and "正在录" in home and "3栋登记表" in home
    assert typed_in(client, batch) == lines
    batch.refresh_from_db()
    assert b"\xe6\xb5\x8b" not in bytes(batch.sealed_file or b""), "and lies sealed"


def test_more_lines_come_below_what_was_typed(client: Any, street: Street) -> None:
    batch = begin(client)
    page = client.get(reverse("list_type", args=[batch.pk])).content.decode()
    assert 'id="name-10"' in page and 'id="name-11"' not in page
    answer = post(client, batch, [person(f"测试{sign}", str(500 + at)) for at, sign in enumerate("甲乙丙丁")], "more")
    assert answer["Location"].endswith("/type/#line-5")
    page = client.get(reverse("list_type", args=[batch.pk])).content.decode()
    assert 'id="name-14"' in page and 'id="name-15"' not in page and "测试丁" in page


def test_a_list_ends_at_its_limit_and_says_so(client: Any, street: Street) -> None:
    batch = begin(client)
    post(client, batch, [person(f"测试{'甲乙丙丁戊己庚辛壬癸'[at % 10]}", str(at)) for at in range(1, 260)], "keep")
    assert len(typed_in(client, batch)) == LINES_LIMIT
    page = client.get(reverse("list_type", args=[batch.pk])).content.decode()
    assert f"{LINES_LIMIT}行" in page and f'id="name-{LINES_LIMIT + 1}"' not in page


def test_stored_twice_is_stored_once(client: Any, street: Street) -> None:
    batch = begin(client)
    for _time in range(2):
        post(client, batch, [person("测试甲")], "keep")
    assert AuditRecord.objects.filter(deed="list_typed").count() == 1
    record = AuditRecord.objects.get(deed="list_typed")
    assert (record.staff, record.place, set(record.facts)) == (street.lead, batch.grid, {"size"})


def test_the_audits_fingerprint_of_a_list_does_not_tell_what_was_typed(client: Any, street: Street) -> None:
    """The same words typed into two lists have two fingerprints: nobody finds a number by trying."""
    digests = set()
    for title in ("", "3栋"):
        batch = begin(client, title=title)
        post(client, batch, [person("测试甲")], "keep")
        batch.refresh_from_db()
        digests.add(batch.file_digest)
    assert len(digests) == 2
    plain = Typed((Field.NAME,), ("姓名",)).with_lines([("测试甲",)])
    again = Typed((Field.NAME,), ("姓名",)).with_lines([("测试甲",)])
    assert hashlib.sha256(plain.as_bytes()).digest() != hashlib.sha256(again.as_bytes()).digest()


def test_begun_twice_is_one_list(client: Any, street: Street) -> None:
    assert begin(client, title="3栋") == begin(client, title="3栋") != begin(client, title="4栋")
    assert AuditRecord.objects.filter(deed="list_begun").count() == 2
    assert begin(client, "ledger", title="3栋") != begin(client, title="3栋")


def test_a_list_that_was_typed_on_is_not_begun_again(client: Any, street: Street) -> None:
    first = begin(client)
    post(client, first, [person("测试甲")], "keep")
    assert begin(client) != first


def test_typed_on_in_another_window_nothing_is_overwritten_unseen(client: Any, street: Street) -> None:
    batch = begin(client)
    address = reverse("list_type", args=[batch.pk])
    one, other = (client.get(address).context["page"] for _window in range(2))

    def send(page: Any, name: str, **said: str) -> Any:
        return client.post(address, {"seen": page.seen, "page": page.page, "name-1": name, "keep": "1", **said})

    assert send(one, "测试甲").status_code == 302
    assert send(one, "测试乙").status_code == 302, "one page may store as often as it likes"
    answer = send(other, "测试丙")
    assert answer.status_code == 422 and "测试丙" in answer.content.decode()
    assert typed_in(client, batch) == [{"name": "测试乙"}]
    assert send(answer.context["page"], "测试丙").status_code == 302, "a second word replaces it"
    assert typed_in(client, batch) == [{"name": "测试丙"}]


def test_what_the_page_stores_by_itself_is_answered_in_a_word(client: Any, street: Street) -> None:
    batch = begin(client)
    answer = client.post(
        reverse("list_type", args=[batch.pk]),
        {"seen": batch.file_digest, "page": "p", "name-1": "测试甲", "keep": "1"},
        headers={"hx-request": "true"},
    )
    assert answer.status_code == 200 and "已存" in answer.content.decode() and b"<html" not in answer.content
    other = {"seen": batch.file_digest, "page": "q", "name-1": "测试乙", "keep": "1"}
    answer = client.post(reverse("list_type", args=[batch.pk]), other, headers={"hx-request": "true"})
    assert answer.status_code == 422 and b"<html" not in answer.content


def test_a_full_list_outlives_a_login_that_runs_out(client: Any, street: Street, clock: Any) -> None:
    batch = begin(client)
    lines = [
        person(
            "测试甲",
            str(at),
            id_number=make_id_number(),
            phones="19900001002",
            relation="户主",
            note="和女儿住，腿脚不便",
        )
        for at in range(1, LINES_LIMIT + 1)
    ]
    page = client.get(reverse("list_type", args=[batch.pk])).context["page"]
    fields = {f"{part}-{at}": line.get(part, "") for at, line in enumerate(lines, 1) for part in page.typed.columns}
    client.cookies.clear()
    client.post(reverse("login"), {"username": street.lead.user_name, "password": PASSWORD})
    clock.shift(13 * 3600)
    sent = {"seen": page.seen, "page": page.page, "keep": "1", **fields}
    assert client.post(reverse("list_type", args=[batch.pk]), sent)["Location"] == reverse("login")
    client.post(reverse("login"), {"username": street.lead.user_name, "password": PASSWORD})
    kept = client.get(reverse("continue_held")).context
    client.post(kept["path"], dict(kept["fields"]))
    assert typed_in(client, batch) == lines


# -- back from the preview --------------------------------------------------------------------------------------------


def test_from_the_preview_she_comes_back_to_what_she_typed(client: Any, street: Street) -> None:
    batch = begin(client)
    post(client, batch, [person("测试甲")])
    batch_people(client, batch, street)
    page = client.get(reverse("list_preview", args=[batch.pk])).content.decode()
    assert reverse("list_type", args=[batch.pk]) in page and "改一下录的内容" in page
    assert typed_in(client, batch) == [person("测试甲")]
    batch.refresh_from_db()
    reading = batch.choices["reading"]
    post(client, batch, [person("测试甲"), person("测试乙")], "keep")
    batch.refresh_from_db()
    assert batch.state == "mapping" and not batch.rows.exists() and not batch.blocks.exists()
    answer = client.post(reverse("list_commit", args=[batch.pk]), {"reading": reading})
    assert answer["Location"] == reverse("list_type", args=[batch.pk]) and not Resident.unscoped.exists()


def test_once_it_is_being_taken_in_nothing_is_typed_any_more(client: Any, street: Street) -> None:
    batch = begin(client)
    post(client, batch, [person("测试甲")])
    batch_people(client, batch, street)
    batch.refresh_from_db()
    confirm(client, batch)
    address = reverse("list_type", args=[batch.pk])
    sent = client.post(address, {"seen": batch.file_digest, "page": "p", "name-1": "测试乙"})
    assert sent["Location"] == client.get(address)["Location"] == reverse("list_progress", args=[batch.pk])
    with pytest.raises(deeds.ListMovedOn):
        deeds.keep_typed(
            batch=batch, data=b"{}", tables=[], seen="", page="", by=Actor.staff(street.lead.pk), at=timezone.now()
        )
    work_off()
    assert [person.name for person in Resident.unscoped.all()] == ["测试甲"]


# -- who ------------------------------------------------------------------------------------------------------------


def test_an_uploaded_list_is_not_typed(client: Any, street: Street) -> None:
    batch = batch_of(upload(client, workbook(("测试甲", "", "", "望江花园3-1-501", "", ""))))
    answer = client.get(reverse("list_type", args=[batch.pk]))
    assert answer["Location"] == reverse("list_mapping", args=[batch.pk])


def test_a_lead_of_another_community_does_not_see_that_the_list_exists(client: Any, street: Street) -> None:
    batch = begin(client)
    stranger = client_of(make_staff(Role.COMMUNITY_LEAD, street.elsewhere.parent))
    address = reverse("list_type", args=[batch.pk])
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, {"name-1": "测试甲"}).status_code == 404
    assert typed_in(client, batch) == []


def test_a_colleague_takes_the_list_on_without_seeing_its_numbers(client: Any, street: Street) -> None:
    batch, number = begin(client), make_id_number()
    post(client, batch, [person("测试甲", id_number=number)], "keep")
    colleague = client_of(make_staff(Role.COMMUNITY_LEAD, street.community))
    address = reverse("list_type", args=[batch.pk])
    sent = {"seen": batch.file_digest, "page": "p", "name-1": "测试乙"}
    for answer in (colleague.get(address), colleague.post(address, sent)):
        assert answer["Location"] == reverse("list_mapping", args=[batch.pk])
    page = colleague.get(reverse("list_mapping", args=[batch.pk]))
    assert number not in page.content.decode() and "测试甲" in page.content.decode()
    asked = page.context["form"]
    said = {name: asked[name].value() or "" for name in asked.fields} | {"grid": str(street.grid.pk)}
    answer = colleague.post(reverse("list_mapping", args=[batch.pk]), said)
    assert answer["Location"] == reverse("list_preview", args=[batch.pk])
    assert typed_in(client, batch) == [person("测试甲", id_number=number)]


def test_a_worker_types_no_lists(client: Any, street: Street) -> None:
    batch = begin(client)
    worker = client_of(make_staff(Role.GRID_WORKER, street.grid))
    for address in (reverse("list_type", args=[batch.pk]), reverse("list_begin")):
        assert worker.get(address).status_code == worker.post(address).status_code == 403


def test_a_place_outside_cannot_be_chosen(client: Any, street: Street) -> None:
    said = {"kind": "residents", "title": "", "place": street.elsewhere.parent_id}
    answer = client.post(reverse("list_begin"), said)
    assert answer.status_code == 422 and not ImportBatch.unscoped.exists()


def test_with_two_posts_the_place_is_asked(client: Any, street: Street) -> None:
    elsewhere = street.elsewhere.parent
    Post.objects.create(staff=street.lead, place=elsewhere, role=Role.COMMUNITY_LEAD, since=LONG_AGO)
    answer = client.post(reverse("list_begin"), {"kind": "residents", "place": ""})
    assert answer.status_code == 422 and "place" in answer.context["form"].errors
    assert begin(client, place=elsewhere.pk).grid == elsewhere


def test_a_lead_whose_post_ended_in_this_moment_stores_nothing(client: Any, street: Street) -> None:
    batch = begin(client)
    Post.objects.filter(staff=street.lead).update(until=timezone.now())
    with pytest.raises(PermissionDenied):
        deeds.keep_typed(
            batch=batch, data=b"{}", tables=[{}], seen=batch.file_digest, page="",
            by=Actor.staff(street.lead.pk), at=timezone.now(),
        )  # fmt: skip


def test_a_typed_list_is_thrown_away_and_forgotten_like_every_list(client: Any, street: Street) -> None:
    batch = begin(client)
    post(client, batch, [person("测试甲")], "keep")
    client.post(reverse("list_discard", args=[batch.pk]))
    assert not ImportBatch.unscoped.exists()
    begin(client)
    deeds.forget_old_lists(at=timezone.now() + deeds.KEPT)
    assert not ImportBatch.unscoped.exists()


def test_the_table_costs_the_same_with_one_line_and_with_three(client: Any, street: Street) -> None:
    costs = []
    for count in (1, 3):
        batch = begin(client, title=str(count))
        post(client, batch, [person("测试甲", str(at)) for at in range(count)], "keep")
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("list_type", args=[batch.pk]))
        costs.append(len(queries))
    assert costs == [10, 10]  # two of them read what was typed and count the notices of the frame


# -- blank lists ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["residents", "to_find", "ledger", "temperatures", "supplies"])
def test_a_blank_list_has_a_sound_example_text_cells_and_choices(client: Any, kind: str, clock: Any) -> None:
    data = b"".join(client.get(reverse("list_blank", args=[kind])).streaming_content)
    book = openpyxl.load_workbook(BytesIO(data))
    sheet = book.active
    columns = {str(cell.value): cell.column_letter for cell in sheet[3]}
    assert {cell.number_format for row in (3, 4) for cell in sheet[row]} == {"@"}
    text = [range(part.min, part.max + 1) for part in sheet.column_dimensions.values() if part.number_format == "@"]
    assert {index for part in text for index in part} >= set(range(1, len(columns) + 1)), "below the example, too"
    offered = {str(area).rstrip("0123456789") for rule in sheet.data_validations.dataValidation for area in rule.sqref}
    chosen = {"性别", "与户主关系", "人员类型", "是否紧急"} & set(columns)
    assert {area.split(":")[0].rstrip("0123456789") for area in offered} == {columns[header] for header in chosen}
    sheet["A4"] = str(sheet["A4"].value).removeprefix(EXAMPLE)
    filled = BytesIO()
    book.save(filled)
    [person] = read_people(find_tables(read_sheets(filled.getvalue())))
    assert (person.name, person.problems) == ("张三", {})


@pytest.mark.parametrize(
    ("field", "reader"),
    [
        (Field.SEX, lambda word: read_sex(word, {}, None)),
        (Field.RELATION, lambda word: read_relation(word, None)),
        (Field.URGENT, read_yes_or_no),
    ],
)
def test_whatever_a_blank_list_offers_to_choose_is_understood(field: Field, reader: Any) -> None:
    assert all(reader(word) is not None for word in CHOICES[field])

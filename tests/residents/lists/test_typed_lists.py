"""照单录入: what is typed is checked by the readers of lists, and goes the way of every list."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grid.models import Post
from grid.rules.actors import Actor
from grid.rules.permissions import Role
from quarantine.models import IsolationCase
from residents.actions import lists as deeds
from residents.actions.typed_lists import keep_typed
from residents.models import ImportBatch, Resident
from tests.factories.grid import LONG_AGO, make_staff
from tests.factories.residents import make_id_number
from tests.residents.lists.support import Street, batch_of, client_of, confirm, upload, work_off, workbook
from tests.residents.lists.typed_support import DOOR, batch_people, begin, person, post, typed_in

pytestmark = pytest.mark.django_db


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
        keep_typed(
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

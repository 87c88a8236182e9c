"""A list of people to find becomes names to verify: nobody of the register, nobody lost, one visit a person."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grid.models import AuditRecord
from grid.rules.clock import LOCAL
from grid.rules.permissions import Role
from residents.actions.lists import forget_old_lists
from residents.models import ImportBatch, ImportRow, NameSource, NameToVerify, Resident
from tests.factories.grid import make_staff
from tests.factories.names import make_name
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.lists.support import (
    RETURNEES,
    Street,
    batch_of,
    client_of,
    confirm,
    make_street,
    mapping_as_proposed,
    take_in,
    to_preview,
    upload,
    work_off,
    workbook,
)

pytestmark = pytest.mark.django_db
DOOR = "望江花园3-2-502"


@pytest.fixture
def street() -> Street:
    return make_street()


@pytest.fixture
def client(street: Street) -> Any:
    return client_of(street.lead)


def row(name: str, number: str = "", phone: str = "", door: str = DOOR, day: str = "2026-11-20", note: str = "") -> Any:
    return (name, number, phone, door, day, note)


def find(client: Any, *rows: Any) -> ImportBatch:
    return take_in(client, workbook(*rows), kind="to_find")


def names() -> dict[str, NameToVerify]:
    return {name.name: name for name in NameToVerify.unscoped.all()}


def test_everybody_of_the_list_is_to_be_found_and_nobody_is_in_the_register(client: Any, street: Street) -> None:
    batch = find(client, row("王芳", make_id_number(), "19900000001"), row("李强", phone="19900000002"))
    assert batch.state == "done" and batch.counts["names"] == 2
    told = AuditRecord.objects.get(deed="names_taken_in")
    assert (told.staff_id, told.facts) == (street.lead.pk, {"digest": batch.file_digest, "rows": 2})
    assert not Resident.unscoped.exists()
    found = names()["王芳"]
    assert (found.state, found.grid_id, found.phones) == ("open", street.community.pk, ["19900000001"])
    assert (found.compound, found.building, found.unit, found.room) == ("望江花园", "3", "2", "502")
    assert found.first_day == date(2026, 11, 20) and found.sex == "F"


def test_nobody_is_lost_for_a_damaged_value_or_a_missing_one(client: Any) -> None:
    sound = make_id_number()
    wrong = sound[:-1] + ("1" if sound[-1] != "1" else "2")
    find(
        client, row("王芳", wrong), row("李强", phone="123"), row("赵六", door="不详"), row("", make_id_number()),
        row("孙七", door="临江社区"),
    )  # fmt: skip
    assert sorted(names()) == ["", "孙七", "李强", "王芳", "赵六"]
    said = NameSource.unscoped.get(name="王芳")
    assert said.faults == {"id_number": "id_check"} and said.id_digest is None
    page = client.get(reverse("name_detail", args=[names()["王芳"].pk])).content.decode()
    assert wrong not in page and wrong[:17] not in page


def test_the_sample_list_loses_nobody(client: Any) -> None:
    lines = RETURNEES.with_suffix(".truth.jsonl").read_text(encoding="utf-8").splitlines()
    batch = take_in(client, RETURNEES.read_bytes(), kind="to_find")
    assert batch.counts["verify"] == len(lines) and batch.counts["refused"] == 0
    assert NameSource.unscoped.count() == len(lines)


def test_one_person_on_two_lists_is_one_visit_and_phones_add_up(client: Any) -> None:
    number = make_id_number()
    find(client, row("王芳", number, "19900000001"))
    batch = find(client, row("王方", number, "19900000002", door="别处9-9-999"))
    name = NameToVerify.unscoped.get()
    assert name.name == "王芳" and name.room == "502" and name.phones == ["19900000001", "19900000002"]
    assert batch.counts["names"] == 0 and batch.counts["joined"] == 1
    assert name.sources.count() == 2
    assert str(ImportRow.unscoped.get(batch=batch).name_id) == str(name.pk)


def test_of_a_list_for_a_whole_street_each_stands_at_the_community_it_names(street: Street) -> None:
    client = client_of(make_staff(Role.COMMUNITY_LEAD, street.community.parent))
    headers = ("姓名", "手机号码", "责任社区", "返乡时间")
    rows = (
        ("王芳", "19900000001", "花园社区", "2026-11-20"),
        ("李强", "", "临江", "2026-11-20"),
        ("赵六", "", "", "2026-11-20"),
    )
    take_in(client, workbook(*rows, headers=headers), kind="to_find")
    found = {name.name: name.grid.name for name in NameToVerify.unscoped.select_related("grid")}
    assert found == {"王芳": "花园社区", "李强": "临江社区", "赵六": street.community.parent.name}


def test_one_person_twice_in_a_list_is_one_visit(client: Any) -> None:
    find(client, row("王芳", phone="19900000001"), row("王芳", make_id_number(), "19900000001"))
    assert NameToVerify.unscoped.get().sources.count() == 2


def test_a_row_that_ties_two_together_makes_one_visit_of_three(client: Any) -> None:
    find(
        client, row("王芳", phone="19900000001", door=""), row("王芳", door="望江花园3-2-501"),
        row("王芳", phone="19900000001", door="望江花园3-2-501"),
    )  # fmt: skip
    assert NameToVerify.unscoped.get().sources.count() == 3


def test_of_a_row_without_a_phone_and_one_with_it_both_join_who_waits_already(client: Any) -> None:
    number = make_id_number()
    find(client, row("王芳", phone="19900000001", door=""))
    find(client, row("王芳", number, door=""), row("王芳", number, "19900000001", door=""))
    name = NameToVerify.unscoped.get()
    assert name.sources.count() == 3 and name.id_digest is not None


def test_a_row_that_fits_two_people_is_a_visit_of_its_own(client: Any) -> None:
    numbers = [make_id_number() for _two in range(2)]
    find(client, *(row("王芳", number, "19900000001") for number in numbers), row("王芳", "", "19900000001"))
    assert NameToVerify.unscoped.count() == 3


def test_namesakes_with_different_numbers_are_two_visits(client: Any) -> None:
    find(client, row("王芳", make_id_number(), "19900000001"), row("王芳", make_id_number(), "19900000001"))
    assert NameToVerify.unscoped.count() == 2


def test_the_preview_says_who_waits_already_and_who_is_registered(client: Any, street: Street) -> None:
    numbers = [make_id_number() for _one in range(3)]
    find(client, row("王芳", numbers[0]))
    make_resident(make_household(street.grid), "李强", numbers[1])
    make_resident(make_household(street.elsewhere), "秘密某", numbers[2])
    rows = [row(name, number) for name, number in zip(("王芳", "李强", "赵六"), numbers, strict=True)]
    batch = to_preview(client, workbook(*rows, row("王芳", numbers[0])), kind="to_find")
    assert [one.problems.get("row") for one in batch.rows.order_by("pk")] == [
        "waits_already", "registered_here", "known_elsewhere", "same_as_row:2",
    ]  # fmt: skip
    page = client.get(reverse("list_preview", args=[batch.pk])).content.decode()
    assert "秘密某" not in page and batch.counts["verify"] == 4
    assert not NameToVerify.unscoped.filter(name="李强").exists()  # looking stores nobody


def test_a_deadline_is_asked_for_and_proposed_for_the_next_morning(client: Any) -> None:
    with time_machine.travel(datetime(2026, 11, 25, 22, 5, tzinfo=LOCAL), tick=False):
        batch = batch_of(upload(client, workbook(row("王芳"))))
        said = mapping_as_proposed(client, batch)
        assert said["kind"] == "to_find"
        assert said["deadline"] == datetime(2026, 11, 26, 8, 0)
        address = reverse("list_mapping", args=[batch.pk])
        answer = client.post(address, said | {"deadline": ""})
        assert answer.status_code == 422 and "deadline" in answer.context["form"].errors
        client.post(address, said | {"deadline": "2026-11-26T12:00"})
        batch.refresh_from_db()
        confirm(client, batch)
        work_off()
    assert NameToVerify.unscoped.get().deadline == datetime(2026, 11, 26, 12, 0, tzinfo=LOCAL)


@pytest.mark.parametrize("said", ["0001-01-01T00:00", "2020-01-01T08:00", "9999-12-31T23:59"])
def test_a_deadline_out_of_reach_is_refused(client: Any, said: str) -> None:
    batch = batch_of(upload(client, workbook(row("王芳"))))
    sent = mapping_as_proposed(client, batch) | {"deadline": said}
    answer = client.post(reverse("list_mapping", args=[batch.pk]), sent)
    assert answer.status_code == 422 and "deadline" in answer.context["form"].errors


def test_another_kind_shows_what_it_asks_before_anything_is_checked(client: Any) -> None:
    batch = batch_of(upload(client, workbook(row("王芳"))))
    said = mapping_as_proposed(client, batch) | {"kind": "residents", "look": "1", "column-0-5": ""}
    page = client.post(reverse("list_mapping", args=[batch.pk]), said)
    form = page.context["form"]
    assert page.status_code == 200 and not form.errors
    assert 'name="grid"' in page.content.decode() and 'name="deadline"' not in page.content.decode()
    assert form["column-0-5"].value() == ""  # what was said stays
    batch.refresh_from_db()
    assert batch.state == "mapping"


# -- what was answered already -----------------------------------------------------------------------------------------


def answered(street: Street, state: str = "not_here", **said: Any) -> NameToVerify:
    name = make_name(street.community, at=timezone.now() - timedelta(days=1), **said)
    facts = {"state": state, "answered_at": timezone.now() - timedelta(hours=20)}
    NameToVerify.unscoped.filter(pk=name.pk).update(**facts)
    return name


def test_who_was_found_is_not_visited_again_and_her_new_phone_is_added(client: Any, street: Street) -> None:
    number = make_id_number()
    resident = make_resident(make_household(street.grid), "王芳", number, phones=["19900000001"])
    name = answered(street, "lives_here", name="王芳", id_number=number)
    NameToVerify.unscoped.filter(pk=name.pk).update(resident=resident)
    find(client, row("王方", number, "19900000002", day=""))
    resident.refresh_from_db()
    name.refresh_from_db()
    assert NameToVerify.unscoped.count() == 1 and name.state == "lives_here"
    assert resident.phones == ["19900000001", "19900000002"] and resident.name == "王芳"
    take_back(client, ImportBatch.unscoped.get())
    resident.refresh_from_db()
    assert resident.phones == ["19900000001"]


def test_who_moved_to_another_community_gets_no_phone_of_a_list_there(client: Any, street: Street) -> None:
    number = make_id_number()
    resident = make_resident(make_household(street.elsewhere), "王芳", number)
    name = answered(street, "lives_here", name="王芳", id_number=number)
    NameToVerify.unscoped.filter(pk=name.pk).update(resident=resident)
    find(client, row("王芳", number, "19900000002", day=""))
    resident.refresh_from_db()
    assert resident.phones == []


def test_who_was_not_found_is_looked_for_again_where_a_list_knows_more(client: Any, street: Street) -> None:
    number = make_id_number()
    answered(street, name="王芳", id_number=number)
    find(client, row("王芳", number, door="", day=""))
    assert NameToVerify.unscoped.count() == 1
    find(client, row("王芳", number, "19900000009", door="", day=""))
    assert sorted(NameToVerify.unscoped.values_list("state", flat=True)) == ["not_here", "open"]


def test_who_travelled_again_is_looked_for_again(client: Any, street: Street) -> None:
    number = make_id_number()
    answered(street, "lives_here", name="王芳", id_number=number)
    find(client, row("王芳", number, day=str((timezone.now() + timedelta(days=2)).date())))
    assert NameToVerify.unscoped.open().count() == 1


# -- back --------------------------------------------------------------------------------------------------------------


def take_back(client: Any, batch: ImportBatch) -> ImportBatch:
    client.post(reverse("list_undo", args=[batch.pk]))
    batch.refresh_from_db()
    return batch


def test_a_list_goes_back_whole_and_leaves_what_other_lists_said(client: Any) -> None:
    number = make_id_number()
    find(client, row("王芳", number, "19900000001"))
    batch = find(client, row("王芳", number, "19900000002"), row("李强"))
    batch = take_back(client, batch)
    name = NameToVerify.unscoped.get()
    assert name.phones == ["19900000001"] and name.sources.count() == 1
    assert (batch.counts["taken_back"], batch.counts["kept"]) == (1, 0)


def test_who_was_tried_or_answered_is_kept_and_listed(client: Any) -> None:
    batch = find(client, row("王芳"), row("李强"), row("赵六"))
    NameToVerify.unscoped.filter(name="王芳").update(tries=1, last_try_at=timezone.now())
    NameToVerify.unscoped.filter(name="李强").update(state="unknown", answered_at=timezone.now())
    batch = take_back(client, batch)
    assert sorted(names()) == ["李强", "王芳"] and batch.counts["kept"] == 2
    page = client.get(reverse("list_result", args=[batch.pk])).content.decode()
    assert "王芳" in page and "李强" in page and "赵六" not in page
    assert take_back(client, batch).counts["kept"] == 2  # twice: nothing more


# -- once, in time, flat ----------------------------------------------------------------------------------------------


def test_taken_in_twice_makes_nobody_twice(client: Any) -> None:
    batch = to_preview(client, workbook(row("王芳")), kind="to_find")
    confirm(client, batch)
    confirm(client, batch)
    assert work_off() == 1
    from residents.tasks import commit_list

    commit_list(batch_id=batch.pk, staff_id=batch.by_id, at=timezone.now())
    assert NameToVerify.unscoped.count() == NameSource.unscoped.count() == 1


def test_three_rows_cost_as_many_queries_as_one(client: Any) -> None:
    def queries(*rows: Any) -> int:
        confirm(client, to_preview(client, workbook(*rows), kind="to_find"))
        with CaptureQueriesContext(
            connection,
        ) as caught:
            work_off()
        return len(caught)

    assert queries(row("王芳")) == queries(row("李强"), row("赵六", make_id_number()), row("孙七", phone="19900000001"))


def test_rows_left_out_make_no_visit(client: Any) -> None:
    batch = to_preview(client, workbook(row("王芳"), row("李强")), kind="to_find")
    said = {"row": [batch.rows.order_by("pk")[0].pk], "left_out": "yes", "reading": batch.choices["reading"]}
    client.post(reverse("list_leave_out", args=[batch.pk]), said)
    batch.refresh_from_db()
    confirm(client, batch)
    work_off()
    assert sorted(names()) == ["李强"]


def test_no_cell_of_the_list_is_kept_and_no_number_in_clear(client: Any) -> None:
    number = make_id_number()
    batch = find(client, row("王芳", number, note=f"证件{number}，本人"))
    assert "本人" in NameSource.unscoped.get().note
    assert batch.sealed_file is None and not ImportRow.unscoped.exclude(sealed_cells=None).exists()
    with connection.cursor() as cursor:
        for model in (NameToVerify, NameSource, ImportRow, AuditRecord):
            cursor.execute(f"SELECT t::text FROM {model._meta.db_table} t")
            assert not [line for (line,) in cursor.fetchall() if number in line or number[6:14] in line]


def test_answered_names_are_forgotten_after_thirty_days_and_open_ones_stay(street: Street) -> None:
    old, at = timezone.now() - timedelta(days=40), timezone.now()
    gone, there = (make_name(street.community, at=old, name=name) for name in ("王芳", "李强"))
    sent, further = (make_name(street.elsewhere.parent, at=old, name=name) for name in ("赵六", "孙七"))
    NameToVerify.unscoped.filter(pk=gone.pk).update(state="not_here", answered_at=old)
    for name, became in ((sent, gone), (further, sent)):  # passed on, and on again
        NameToVerify.unscoped.filter(pk=name.pk).update(state="passed_on", answered_at=old, became=became)
    forget_old_lists(at=at)
    assert [name.pk for name in NameToVerify.unscoped.all()] == [there.pk]
    assert NameSource.unscoped.count() == 1

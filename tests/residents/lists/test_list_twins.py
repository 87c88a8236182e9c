"""Rows that may be somebody known: shown beside her, decided by the user, kept by the register, never guessed."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grid.models import AuditRecord, Place
from grid.rules.actors import Actor
from grid.rules.permissions import Role
from residents.actions import lists as deeds
from residents.actions.twins import find_twins
from residents.lists.blocks import unpack
from residents.models import ImportBatch, ImportTwin, Resident, TwinPair
from tests.factories.grid import make_staff
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.factories.twins import make_merge
from tests.residents.lists.support import (
    Street,
    client_of,
    confirm,
    mapping_as_proposed,
    to_preview,
    work_off,
    workbook,
)

pytestmark = pytest.mark.django_db
HEADERS = ("姓名", "出生日期", "手机号码", "住址", "备注")
BORN = "1950-03-04"


def known(street: Street, name: str = "张伟", grid: Place | None = None, **columns: Any) -> Resident:
    """Somebody of the register, at another door than the list says."""
    return make_resident(make_household(grid or street.grid), name, **({"birth_date": BORN} | columns))


def preview(client: Any, street: Street, *rows: tuple[str, ...]) -> ImportBatch:
    return to_preview(client, workbook(*rows, headers=HEADERS), grid=str(street.grid.pk))


def row(number: int = 1, name: str = "张伟", born: str = BORN, phone: str = "", note: str = "") -> tuple[str, ...]:
    return (name, born, phone, f"望江花园9-1-{100 + number}", note)


def page(client: Any, batch: ImportBatch, show: str = "") -> Any:
    return client.get(
        reverse("list_twins", args=[batch.pk]), {"show": show} if show else {}, headers={"accept-language": "en"}
    )


def decide(client: Any, batch: ImportBatch, decision: str, *pairs: int, **said: Any) -> Any:
    said = {"reading": batch.choices["reading"], "decision": decision, "pair": pairs} | said
    answer = client.post(reverse("list_twins_decide", args=[batch.pk]), said, headers={"accept-language": "en"})
    batch.refresh_from_db()
    return answer


def pairs_of(batch: ImportBatch) -> list[int]:
    return list(batch.twins.order_by("row", "pk").values_list("pk", flat=True))


def commit(client: Any, batch: ImportBatch, **said: Any) -> ImportBatch:
    confirm(client, batch, **said)
    work_off()
    batch.refresh_from_db()
    assert batch.state == "done", batch.failure
    return batch


# -- what is shown --------------------------------------------------------------------------------------------------


def test_a_row_that_may_be_somebody_is_counted_and_shown_beside_her(client: Any, street: Street) -> None:
    number = make_id_number()
    person = known(street, "张伟", id_number=number, birth_date=None, phones=["19900000001"])
    batch = preview(client, street, row(1, born="1980-05-17", phone="19900000002"), row(2, "李娜"))
    assert (batch.counts["new"], batch.counts["twins"]) == (2, 1)
    first = client.get(reverse("list_preview", args=[batch.pk]), headers={"accept-language": "en"}).content.decode()
    assert "1 new row may be somebody" in first and reverse("list_twins", args=[batch.pk]) in first
    answer = page(client, batch)
    (shown,) = answer.context["page"].object_list
    (pair,) = shown.pairs
    told = {str(fact.label): (fact.said, fact.stored, fact.agrees, fact.differs) for fact in pair.facts}
    assert told["Name"] == ("张伟", "张伟", True, False)
    assert told["Address"] == ("望江花园 9-1-101", person.household.door, False, True)
    assert told["ID number"] == ("", f"••••{number[-2:]}", False, False)
    words = answer.content.decode()
    assert "same name" in words and "same birth date" in words and "same phone" not in words
    assert number not in words and number[:6] not in words


def test_names_that_only_sound_alike_are_found_and_namesakes_are_not(client: Any, street: Street) -> None:
    known(street, "张玮", phones=["19900000001"])
    known(street, "李娜", birth_date="1991-01-01")
    batch = preview(client, street, row(1, phone="19900000001"), row(2, "李娜", born=""))
    assert [list(pair.reasons) for pair in batch.twins.all()] == [["same_sound", "birth_date", "phone"]]


def test_two_rows_of_the_list_may_be_one_person(client: Any, street: Street) -> None:
    batch = preview(client, street, row(1), row(2), row(3, "李娜"))
    assert batch.counts["twins"] == 1
    (shown,) = page(client, batch).context["page"].object_list
    assert (shown.row.number, shown.pairs[0].other_row) == (3, 2)


def test_of_whom_stands_elsewhere_nothing_is_shown_and_the_night_asks(client: Any, street: Street) -> None:
    known(street, grid=street.elsewhere)
    batch = preview(client, street, row(1))
    assert batch.counts["twins"] == 0 and not batch.twins.exists()
    commit(client, batch)
    find_twins(place_id=batch.grid_id, at=timezone.now())
    assert TwinPair.unscoped.get().decision == ""


def test_who_moved_out_of_sight_since_is_not_shown_any_more(client: Any, street: Street) -> None:
    person = known(street, phones=["19900000077"])
    batch = preview(client, street, row(1))
    elsewhere = make_household(street.elsewhere)
    Resident.unscoped.filter(pk=person.pk).update(household=elsewhere.pk, grid=street.elsewhere.pk)
    words = page(client, batch).content.decode()
    assert "not here any more" in words and "19900000077" not in words and str(street.elsewhere) not in words
    decide(client, batch, "same", *pairs_of(batch))
    assert batch.counts["new"] == 1 and batch.counts["twins"] == 1


# -- what is said ---------------------------------------------------------------------------------------------------


def test_undecided_rows_come_in_as_new_and_the_pair_waits(client: Any, street: Street) -> None:
    known(street)
    batch = commit(client, preview(client, street, row(1)))
    assert Resident.unscoped.count() == 2 and batch.counts["twins"] == 1 and not ImportTwin.unscoped.exists()
    result = client.get(reverse("list_result", args=[batch.pk])).content.decode()
    assert reverse("twin_list") in result
    find_twins(place_id=batch.grid_id, at=timezone.now())
    assert TwinPair.unscoped.get().decision == ""


def test_who_is_told_apart_is_new_and_never_asked_about_again(client: Any, street: Street) -> None:
    person = known(street)
    batch = preview(client, street, row(1), row(2))
    first, *others = pairs_of(batch)
    assert len(others) == 2  # the second row may be the person, or the first row
    decide(client, batch, "apart", first)
    decide(client, batch, "apart", everyone="yes", shown=others)
    assert batch.counts["twins"] == 0 and batch.counts["new"] == 2
    commit(client, batch)
    assert Resident.unscoped.count() == 3 and batch.counts["twins"] == 0
    find_twins(place_id=batch.grid_id, at=timezone.now())
    stored = TwinPair.unscoped.all()
    assert {(pair.decision, pair.decided_by_id) for pair in stored} == {("apart", street.lead.pk)} and len(stored) == 3
    assert person.pk in {stored[0].first_id, stored[1].first_id}


def test_the_same_person_is_filled_in_and_contradicted_only_where_ticked(client: Any, street: Street) -> None:
    person = known(street, sex="", note="独居", phones=["19900000001"])
    batch = preview(client, street, row(1, phone="19900000002", note="和女儿住"))
    decide(client, batch, "same", *pairs_of(batch))
    assert (batch.counts["new"], batch.counts["changed"], batch.counts["twins"]) == (0, 1, 0)
    assert batch.counts["fields"] == {"note": 1} and batch.counts["differing"] == 1
    commit(client, batch)
    person.refresh_from_db()
    assert Resident.unscoped.count() == 1
    assert (person.phones, person.note) == (["19900000001", "19900000002"], "独居")
    made = batch.rows.get()
    assert (made.resident_id, made.household_id, made.sealed_cells) == (person.pk, person.household_id, None)


def test_a_ticked_field_goes_before_the_register(client: Any, street: Street) -> None:
    person = known(street, note="独居")
    batch = preview(client, street, row(1, note="和女儿住"))
    decide(client, batch, "same", *pairs_of(batch))
    commit(client, batch, use_list=["note"])
    person.refresh_from_db()
    assert (person.note, person.version) == ("和女儿住", 2)


def test_a_row_of_the_list_told_to_be_an_earlier_one_stays_behind(client: Any, street: Street) -> None:
    batch = preview(client, street, row(1), row(2))
    decide(client, batch, "same", *pairs_of(batch))
    assert batch.rows.get(number=3).problems == {"row": "twice_in_file:2"}
    commit(client, batch)
    assert Resident.unscoped.count() == 1 and batch.counts["refused"] == 1


def test_the_later_of_two_rows_told_to_be_one_comes_back_whole_as_the_page_says(client: Any, street: Street) -> None:
    batch = preview(client, street, row(1), row(2, phone="19900000002"))
    assert "what only the later one says is not taken in" in page(client, batch).content.decode()
    decide(client, batch, "same", *pairs_of(batch))
    commit(client, batch)
    assert Resident.unscoped.get().phones == []
    (back,) = deeds.fetch_refused(batch=batch, by=Actor.staff(street.lead.pk), at=timezone.now())
    assert unpack(back)[0].phones == ("19900000002",)


def test_two_rows_told_to_be_one_person_bring_her_once(client: Any, street: Street) -> None:
    person = known(street)
    batch = preview(client, street, row(1), row(2))
    decide(client, batch, "same", everyone="yes", shown=pairs_of(batch))
    assert [found.problems for found in batch.rows.order_by("number")] == [{}, {"row": "twice_in_file:2"}]
    decide(client, batch, "again", *batch.twins.filter(row__number=2).values_list("pk", flat=True))
    assert [found.verdict for found in batch.rows.order_by("number")] == ["new", "refused"]  # the first one of two
    decide(client, batch, "again", *batch.twins.filter(other__isnull=False).values_list("pk", flat=True))
    assert batch.rows.get(number=3).resident_id == person.pk


def test_one_row_is_never_two_people(client: Any, street: Street) -> None:
    known(street)
    known(street)
    batch = preview(client, street, row(1))
    assert len(pairs_of(batch)) == 2 and batch.counts["twins"] == 1
    answer = decide(client, batch, "same", *pairs_of(batch))
    words = client.get(answer["Location"], headers={"accept-language": "en"}).content.decode()
    assert "1 row stays undecided" in words and batch.counts["new"] == 1
    assert set(batch.twins.values_list("decision", flat=True)) == {""}


def test_a_decision_can_be_undone(client: Any, street: Street) -> None:
    known(street)
    batch = preview(client, street, row(1))
    before = batch.rows.values_list("verdict", "household_id", "grid_id", "resident_id").get()
    decide(client, batch, "same", *pairs_of(batch))
    assert "the same person" in page(client, batch, "decided").content.decode()
    decide(client, batch, "again", *pairs_of(batch))
    assert batch.rows.values_list("verdict", "household_id", "grid_id", "resident_id").get() == before
    commit(client, batch)
    assert Resident.unscoped.count() == 2


def test_rows_are_left_out_one_by_one_or_all_undecided_at_once(client: Any, street: Street) -> None:
    known(street)
    known(street, "李娜")
    known(street, "王芳")
    batch = preview(client, street, row(1), row(2, "李娜"), row(3, "王芳"), row(4, "赵新"))
    first, second, _third = pairs_of(batch)
    decide(client, batch, "apart", first)
    decide(client, batch, "leave_out", second)
    assert (batch.counts["twins"], batch.counts["left_out"]) == (1, 1)
    answer = decide(client, batch, "leave_out_all")
    assert (batch.counts["twins"], batch.counts["left_out"], batch.counts["new"]) == (0, 2, 2)
    assert answer["Location"] == reverse("list_preview", args=[batch.pk])
    commit(client, batch)
    assert sorted(Resident.unscoped.filter(version=1).values_list("name", flat=True)).count("张伟") == 2
    assert Resident.unscoped.count() == 5


def test_what_was_said_is_recorded_without_a_name(client: Any, street: Street) -> None:
    known(street)
    batch = preview(client, street, row(1))
    decide(client, batch, "apart", *pairs_of(batch))
    record = AuditRecord.objects.get(deed="list_twins_decided")
    assert record.facts == {"rows": 1, "decision": "apart"} and record.staff_id == street.lead.pk


# -- twice, in two tabs, by others ----------------------------------------------------------------------------------


def test_a_double_click_and_a_stale_tab_change_nothing(client: Any, street: Street) -> None:
    known(street)
    batch = preview(client, street, row(1))
    seen = batch.choices["reading"]
    decide(client, batch, "apart", *pairs_of(batch))
    decide(client, batch, "apart", *pairs_of(batch), reading=seen)
    answer = decide(client, batch, "same", *pairs_of(batch), reading=seen)
    assert answer["Location"] == reverse("list_preview", args=[batch.pk])
    assert [pair.decision for pair in batch.twins.all()] == ["apart"]
    assert AuditRecord.objects.filter(deed="list_twins_decided").count() == 1
    decide(client, batch, "apart", *pairs_of(batch))  # by a fresh page, once more
    assert AuditRecord.objects.filter(deed="list_twins_decided").count() == 1
    confirm(client, ImportBatch(pk=batch.pk, choices={"reading": seen}))
    batch.refresh_from_db()
    assert batch.state == "preview"  # what was confirmed is not what stands now


def test_who_may_look_and_decide(client: Any, street: Street) -> None:
    known(street)
    batch = preview(client, street, row(1))
    look, say = (reverse(name, args=[batch.pk]) for name in ("list_twins", "list_twins_decide"))
    stranger = client_of(make_staff(Role.COMMUNITY_LEAD, street.elsewhere.parent))
    worker = client_of(make_staff(Role.GRID_WORKER, street.grid))
    assert (stranger.get(look).status_code, stranger.post(say).status_code) == (404, 404)
    assert (worker.get(look).status_code, worker.post(say).status_code) == (403, 403)
    assert (client.post(look).status_code, client.get(say).status_code) == (405, 405)


def test_a_pair_of_another_list_is_none_of_this(client: Any, street: Street) -> None:
    known(street)
    batch = preview(client, street, row(1))
    other = preview(client, street, row(2))
    decide(client, batch, "apart", *pairs_of(other), "x", "9" * 30)
    assert [pair.decision for pair in other.twins.all()] == [""]


def test_it_costs_the_same_with_one_row_and_with_three(client: Any, street: Street) -> None:
    looks, deeds_done = [], []
    for names in (("张伟",), ("李娜", "王芳", "赵敏")):
        for name in names:
            known(street, name)
        batch = preview(client, street, *[row(number, name) for number, name in enumerate(names)])
        with CaptureQueriesContext(connection) as queries:
            page(client, batch)
        looks.append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            decide(client, batch, "same", *pairs_of(batch))
        deeds_done.append(len(queries))
    assert looks == [11, 11] and deeds_done[0] == deeds_done[1]


# -- until it is taken in -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["left", "merged", "moved", "facts"])
def test_what_was_said_holds_only_while_she_is_as_she_was(client: Any, street: Street, what: str) -> None:
    person = known(street)
    batch = preview(client, street, row(1, phone="19900000002"))
    decide(client, batch, "same", *pairs_of(batch))
    confirm(client, batch)
    if what == "left":
        Resident.unscoped.filter(pk=person.pk).update(left_on=BORN, left_reason="moved_out")
    elif what == "merged":
        make_merge(known(street, "别人", birth_date=None), person)
    elif what == "moved":
        door = make_household(street.elsewhere)
        Resident.unscoped.filter(pk=person.pk).update(household=door.pk, grid=street.elsewhere.pk)
    else:
        Resident.unscoped.filter(pk=person.pk).update(birth_date="1999-09-09")
    before = Resident.unscoped.values_list("pk", "phones", "version").order_by("pk")
    before = list(before)
    work_off()
    batch.refresh_from_db()
    codes = {"moved": "known_elsewhere"}
    assert batch.rows.get().problems == {"row": codes.get(what, "changed_meanwhile")}
    assert list(Resident.unscoped.values_list("pk", "phones", "version").order_by("pk")) == before


def test_a_number_says_more_than_the_user(client: Any, street: Street) -> None:
    """Somebody registers the very number of the row meanwhile, for another person: nothing is written."""
    number = make_id_number()
    known(street, birth_date="1980-05-17")
    headers = ("姓名", "身份证号码", "住址")
    batch = to_preview(client, workbook(("张伟", number, "望江花园9-1-101"), headers=headers), grid=str(street.grid.pk))
    decide(client, batch, "same", *pairs_of(batch))
    make_resident(make_household(street.grid), "张伟", number)
    confirm(client, batch)
    work_off()
    assert batch.rows.get().problems == {"row": "changed_meanwhile"}
    assert Resident.unscoped.exclude(id_digest=None).count() == 1


def test_taking_the_list_back_takes_its_decisions_along(client: Any, street: Street) -> None:
    person, other = known(street), known(street, "李娜")
    batch = preview(client, street, row(1), row(2, "李娜", phone="19900000009"))
    first, second = pairs_of(batch)
    decide(client, batch, "apart", first)
    decide(client, batch, "same", second)
    commit(client, batch)
    other.refresh_from_db()
    assert other.phones == ["19900000009"] and TwinPair.unscoped.get().decision == "apart"
    deeds.take_back(batch=batch, by=deeds.Actor.staff(street.lead.pk), at=timezone.now())
    assert set(Resident.unscoped.values_list("pk", flat=True)) == {person.pk, other.pk}
    assert not TwinPair.unscoped.exists()


def test_a_decision_that_somebody_made_later_holds_the_person(client: Any, street: Street) -> None:
    known(street)
    batch = commit(client, preview(client, street, row(1)))
    find_twins(place_id=batch.grid_id, at=timezone.now())
    pair = TwinPair.unscoped.get()
    client.post(reverse("twin_apart", args=[pair.pk]))
    deeds.take_back(batch=batch, by=deeds.Actor.staff(street.lead.pk), at=timezone.now())
    assert Resident.unscoped.count() == 2


def test_a_list_read_anew_or_thrown_away_leaves_no_suspicion(client: Any, street: Street) -> None:
    known(street)
    batch = preview(client, street, row(1))
    decide(client, batch, "same", *pairs_of(batch))
    address = reverse("list_mapping", args=[batch.pk])
    client.post(address, mapping_as_proposed(client, batch) | {"isolation": "no"})
    assert [(pair.decision, pair.row.verdict) for pair in batch.twins.all()] == [("", "new")]
    client.post(reverse("list_discard", args=[batch.pk]))
    assert not ImportTwin.unscoped.exists() and not ImportBatch.unscoped.exists()

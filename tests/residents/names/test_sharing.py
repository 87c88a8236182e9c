"""Names given to workers, to another community and to paper; and two names that may be one person."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grid.models import AuditRecord, Notice, Place
from grid.rules.actors import SYSTEM, Actor
from grid.rules.permissions import Role
from residents.actions.names import hand_out as hand_out_names
from residents.models import ImportBatch, NameSource, NameToVerify
from tests.factories.grid import make_place, make_staff
from tests.factories.names import make_name
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.residents.support import Street, client_of, make_street

pytestmark = pytest.mark.django_db


@pytest.fixture
def street() -> Street:
    return make_street()


@pytest.fixture
def lead(street: Street) -> Client:
    return client_of(street.lead)


def a_name(street: Street, **said: Any) -> NameToVerify:
    return make_name(said.pop("place", street.grid.parent), at=timezone.now(), **said)


def hand_out(client: Client, how: str, **said: Any) -> Any:
    return client.post(reverse("name_hand_out"), {"how": how, **said})


def owners() -> dict[str, str]:
    return {
        name.name: name.worker.name if name.worker else "" for name in NameToVerify.unscoped.select_related("worker")
    }


# -- to workers --------------------------------------------------------------------------------------------------------


def test_by_building_the_worker_of_its_grid_gets_the_name(lead: Client, street: Street) -> None:
    other = make_staff(Role.GRID_WORKER, street.sibling)
    make_household(street.grid, building="3")
    make_household(street.sibling, building="4")
    for grid in (street.grid, street.sibling):
        make_household(grid, building="5")
    number = make_id_number()
    make_resident(make_household(street.sibling, building="8"), "李强", number)
    for name, building in (("王芳", "3"), ("赵六", "4"), ("孙七", "5"), ("周八", "77")):
        a_name(street, name=name, building=building, room="101")
    a_name(street, name="李强", id_number=number)
    hand_out(lead, "building")
    assert owners() == {
        "王芳": street.worker.name, "赵六": other.name, "孙七": "", "周八": "", "李强": other.name,
    }  # fmt: skip


def test_evenly_each_gets_about_as_much_and_a_door_stays_whole(lead: Client, street: Street) -> None:
    other = make_staff(Role.GRID_WORKER, street.sibling)
    for number in range(10):
        a_name(street, name=f"人{'一二三四五六七八九十'[number]}", building="3", room=str(100 + number // 2))
    assert hand_out(lead, "evenly").status_code == 422  # nobody is ticked beforehand
    hand_out(lead, "evenly", workers=[street.worker.pk, other.pk])
    found = owners()
    assert sorted(map(list(found.values()).count, (street.worker.name, other.name))) == [4, 6]
    assert all(found[f"人{one}"] == found[f"人{two}"] for one, two in ("一二", "三四", "五六", "七八", "九十"))


def test_one_by_one_and_to_somebody_else(lead: Client, street: Street) -> None:
    other = make_staff(Role.GRID_WORKER, street.sibling)
    name, kept = a_name(street, name="王芳"), a_name(street, name="李强")
    hand_out(lead, "chosen", names=[name.pk], worker=street.worker.pk)
    assert owners() == {"王芳": street.worker.name, "李强": ""}
    address = f"{reverse('name_hand_out')}?of={street.worker.pk}"
    lead.post(address, {"how": "chosen", "names": [name.pk], "worker": other.pk})
    assert owners() == {"王芳": other.name, "李强": ""}
    assert lead.post(address, {"how": "chosen", "names": [kept.pk], "worker": other.pk}).status_code == 422  # not hers


def test_a_stranger_gets_no_name_and_what_was_answered_stays(lead: Client, street: Street) -> None:
    stranger = make_staff(Role.GRID_WORKER, street.far)
    name = a_name(street, name="王芳")
    assert hand_out(lead, "chosen", names=[name.pk], worker=stranger.pk).status_code == 422
    NameToVerify.unscoped.filter(pk=name.pk).update(state="unknown", answered_at=timezone.now())
    assert hand_out(lead, "chosen", names=[name.pk], worker=street.worker.pk).status_code == 422
    assert owners() == {"王芳": ""}


def test_handing_out_twice_changes_nothing_more(lead: Client, street: Street) -> None:
    make_household(street.grid, building="3")
    a_name(street, name="王芳", building="3", room="1")
    for _twice in range(2):
        hand_out(lead, "building")
    assert owners() == {"王芳": street.worker.name}
    assert AuditRecord.objects.filter(deed="names_handed_out").count() == 1


def test_what_is_with_somebody_who_left_is_said_and_can_be_given_on(lead: Client, street: Street) -> None:
    gone = make_staff(Role.GRID_WORKER, street.grid, name="走了的", until=timezone.now() - timedelta(days=1))
    name = a_name(street, name="王芳", worker=gone)
    assert "走了的 does not work here any more" in lead.get(reverse("name_hand_out")).content.decode()
    address = f"{reverse('name_hand_out')}?of={gone.pk}"
    lead.post(address, {"how": "chosen", "names": [name.pk], "worker": street.worker.pk})
    assert owners() == {"王芳": street.worker.name}


def test_a_worker_hands_nothing_out(street: Street) -> None:
    assert client_of(street.worker).get(reverse("name_hand_out")).status_code == 403
    assert hand_out(client_of(street.worker), "building").status_code == 403


def test_each_worker_has_one_sheet_and_sees_her_own_only(lead: Client, street: Street) -> None:
    other = make_staff(Role.GRID_WORKER, street.sibling)
    a_name(street, name="王芳", worker=street.worker)
    a_name(street, name="李强", worker=other)
    page = lead.get(reverse("name_sheet"))
    assert [(worker.pk, [name.name for name in names]) for worker, names in page.context["sheets"]] == sorted(
        [(street.worker.pk, ["王芳"]), (other.pk, ["李强"])], key=lambda sheet: str(sheet[0])
    )
    hers = client_of(street.worker).get(reverse("name_sheet")).content.decode()
    assert "王芳" in hers and "李强" not in hers
    assert "李强" not in client_of(street.worker).get(f"{reverse('name_sheet')}?worker={other.pk}").content.decode()


def test_the_sheet_is_in_walking_order(lead: Client, street: Street) -> None:
    for name, building in (("丙", "12"), ("甲", "2"), ("丁", ""), ("乙", "3")):
        a_name(street, name=f"人{name}", worker=street.worker, building=building, room="1" if building else "")
    (sheet,) = lead.get(reverse("name_sheet")).context["sheets"]
    assert [name.name for name in sheet[1]] == ["人甲", "人乙", "人丙", "人丁"]


def test_late_ones_stand_out_on_the_first_pages_of_lead_and_worker(lead: Client, street: Street) -> None:
    late = timezone.now() - timedelta(minutes=5)
    a_name(street, name="王芳", worker=street.worker, deadline=late)
    a_name(street, name="李强")
    assert lead.get(reverse("list_home")).context["names"].late == 1
    for client, count in ((lead, "2"), (client_of(street.worker), "1")):
        page = client.get(reverse("today")).content.decode()
        assert f"To be found: {count}" in page and "late: 1" in page
    shown = lead.get(f"{reverse('name_list')}?show=late").content.decode()
    assert "王芳" in shown and "李强" not in shown


def test_three_names_cost_as_many_queries_as_one(lead: Client, street: Street) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert lead.get(reverse(url)).status_code == 200
        return len(caught)

    pages = ("name_list", "name_sheet", "name_hand_out", "name_same")
    a_name(street, name="王芳", phones=["19900000001"], worker=street.worker)
    a_name(street, name="王芳", phones=["19900000002"])
    few = {url: queries(url) for url in pages}
    for number in range(3):
        a_name(street, name="李强", phones=[f"1990000100{number}"], worker=street.worker)
        a_name(street, name="李强", phones=[f"1990000200{number}"])
    assert {url: queries(url) for url in pages} == few == {
        "name_list": 9, "name_sheet": 6, "name_hand_out": 9, "name_same": 21,
    }  # fmt: skip


# -- to another community ----------------------------------------------------------------------------------------------


@pytest.fixture
def receiver(street: Street) -> Client:
    return client_of(make_staff(Role.COMMUNITY_LEAD, street.far.parent))


def pass_on(client: Client, name: NameToVerify, to: Place, version: int = 1) -> Any:
    response = client.post(reverse("name_pass_on", args=[name.pk]), {"to": to.pk, "version": version})
    name.refresh_from_db()
    return response


def test_the_other_community_gets_all_and_the_sender_sees_what_came_of_it(
    lead: Client, street: Street, receiver: Client
) -> None:
    name = a_name(street, name="王芳", id_number=make_id_number(), phones=["19900000001"], list_name="协查.xlsx")
    pass_on(lead, name, street.far.parent)
    theirs = NameToVerify.unscoped.exclude(pk=name.pk).get()
    assert (name.state, name.became_id, theirs.grid_id) == ("passed_on", theirs.pk, street.far.parent_id)
    assert bytes(theirs.id_digest) == bytes(name.id_digest) and theirs.phones == name.phones
    page = receiver.get(reverse("name_detail", args=[theirs.pk])).content.decode()
    assert "协查.xlsx" in page
    assert receiver.get(reverse("name_detail", args=[name.pk])).status_code == 404
    assert "王芳" in receiver.get(reverse("notice_list")).content.decode()
    receiver.post(reverse("name_answer", args=[theirs.pk]), {"outcome": "unknown", "version": theirs.version})
    seen = lead.get(reverse("name_detail", args=[name.pk])).content.decode()
    assert "nobody here knows this person" in seen
    assert "nobody here knows this person" in lead.get(f"{reverse('name_list')}?show=answered").content.decode()
    assert Notice.unscoped.get(kind="name_received").seen_at is not None


def test_passed_on_twice_is_one_name_there(lead: Client, street: Street, receiver: Client) -> None:
    name = a_name(street, name="王芳")
    for _twice in range(2):
        pass_on(lead, name, street.far.parent)
    assert NameToVerify.unscoped.count() == 2 and AuditRecord.objects.filter(deed="name_passed_on").count() == 1


def test_a_number_that_waits_there_already_is_one_visit(lead: Client, street: Street, receiver: Client) -> None:
    number = make_id_number()
    there = a_name(street, place=street.far.parent, name="王芳", id_number=number, phones=["19900000001"])
    name = a_name(street, name="王芳", id_number=number, phones=["19900000002"])
    pass_on(lead, name, street.far.parent)
    there.refresh_from_db()
    assert name.became_id == there.pk and there.phones == ["19900000001", "19900000002"]


def test_it_is_taken_back_while_nobody_there_began(lead: Client, street: Street, receiver: Client) -> None:
    name = a_name(street, name="王芳")
    pass_on(lead, name, street.far.parent)
    lead.post(reverse("name_reopen", args=[name.pk]), {"version": name.version})
    name.refresh_from_db()
    assert name.state == "open" and NameToVerify.unscoped.count() == 1
    pass_on(lead, name, street.far.parent, version=name.version)
    theirs = NameToVerify.unscoped.get(grid=street.far.parent)
    receiver.post(reverse("name_answer", args=[theirs.pk]), {"outcome": "no_contact", "version": theirs.version})
    answer = lead.post(reverse("name_reopen", args=[name.pk]), {"version": name.version}, follow=True)
    name.refresh_from_db()
    assert name.state == "passed_on" and "Ring them" in answer.content.decode()


def test_what_the_receivers_own_list_names_is_not_taken_back(lead: Client, street: Street, receiver: Client) -> None:
    name = a_name(street, name="王芳", id_number=make_id_number())
    pass_on(lead, name, street.far.parent)
    theirs = NameToVerify.unscoped.get(grid=street.far.parent)
    batch = ImportBatch.unscoped.create(
        grid=street.far.parent, by=street.lead, created_at=timezone.now(), state="done", kind="to_find",
        file_name="x.xlsx", file_digest="0",
    )  # fmt: skip
    NameSource.unscoped.create(of=theirs, batch=batch, list_name="x.xlsx", row=2, said_at=timezone.now(), name="王芳",
                               deadline=timezone.now())  # fmt: skip
    lead.post(reverse("name_reopen", args=[name.pk]), {"version": name.version})
    assert NameToVerify.unscoped.filter(pk=theirs.pk).exists()
    assert NameToVerify.unscoped.get(pk=name.pk).state == "passed_on"


def test_the_same_name_and_phone_that_waits_there_is_one_visit(lead: Client, street: Street, receiver: Client) -> None:
    a_name(street, place=street.far.parent, name="王芳", phones=["19900000001"])
    name = a_name(street, name="王芳", id_number=make_id_number(), phones=["19900000001"])
    pass_on(lead, name, street.far.parent)
    there = NameToVerify.unscoped.get(grid=street.far.parent)
    assert there.id_digest is not None and there.sources.count() == 2


def test_what_somebody_else_got_meanwhile_stays_hers(lead: Client, street: Street) -> None:
    other = make_staff(Role.GRID_WORKER, street.sibling)
    name = a_name(street, name="王芳", worker=other)
    given = hand_out_names(
        place=street.grid.parent, to={name.pk: street.worker.pk}, seen=None, by=Actor.staff(street.lead.pk),
        at=timezone.now(),
    )  # fmt: skip
    assert given == 0 and owners() == {"王芳": other.name}


def test_nobody_is_passed_to_a_community_where_nobody_could_answer(lead: Client, street: Street) -> None:
    name = a_name(street, name="王芳")
    response = pass_on(lead, name, make_place().parent)
    assert response.status_code == 422 and name.state == "open" and NameToVerify.unscoped.count() == 1


# -- one person? -------------------------------------------------------------------------------------------------------


def pairs(client: Client) -> list[set[str]]:
    return [{one.note for one in pair} for pair in client.get(reverse("name_same")).context["pairs"]]


def decide(client: Client, one: NameToVerify, other: NameToVerify, same: str) -> Any:
    return client.post(reverse("name_same"), {"first": one.pk, "second": other.pk, "same": same})


def test_what_is_neither_sure_nor_ruled_out_is_asked(lead: Client, street: Street) -> None:
    a_name(street, name="王芳", phones=["19900000001"], note="甲")
    a_name(street, name="王芳", phones=["19900000002"], note="乙")
    a_name(street, name="", phones=["19900000001"], note="丙")
    a_name(street, name="李强", phones=["19900000001"], note="丁")
    assert sorted(map(sorted, pairs(lead))) == [["丁", "丙"], ["丙", "甲"], ["乙", "甲"]]


def test_one_person_is_one_visit_with_what_both_say(lead: Client, street: Street) -> None:
    one = a_name(street, name="王芳", phones=["19900000001"], worker=street.worker)
    other = a_name(street, name="王芳", phones=["19900000002"], building="3", room="502")
    NameToVerify.unscoped.filter(pk=other.pk).update(tries=1, last_try_at=timezone.now(), last_try_by=street.lead)
    for _twice in range(2):
        decide(lead, one, other, "yes")
    left = NameToVerify.unscoped.get()
    assert left.phones == ["19900000001", "19900000002"] and left.room == "502" and left.tries == 1
    assert left.worker_id == street.worker.pk and NameSource.unscoped.filter(of=left).count() == 2


def test_two_people_are_not_asked_again(lead: Client, street: Street) -> None:
    one, other = a_name(street, name="王芳", note="甲"), a_name(street, name="王芳", note="乙")
    assert len(pairs(lead)) == 1
    for _twice in range(2):
        decide(lead, one, other, "no")
    assert pairs(lead) == [] and NameToVerify.unscoped.count() == 2
    assert AuditRecord.objects.filter(deed="names_kept_apart").count() == 1


def test_different_numbers_are_never_made_one(lead: Client, street: Street) -> None:
    one, other = (a_name(street, name="王芳", id_number=make_id_number()) for _two in range(2))
    decide(lead, one, other, "yes")
    assert NameToVerify.unscoped.count() == 2


def test_names_of_others_are_not_touched(lead: Client, street: Street) -> None:
    one, far = a_name(street, name="王芳"), a_name(street, place=street.far.parent, name="王芳")
    decide(lead, one, far, "yes")
    assert NameToVerify.unscoped.count() == 2


# -- places ------------------------------------------------------------------------------------------------------------


def test_names_follow_a_merged_community_and_one_number_is_one_visit(street: Street) -> None:
    number, here, into = make_id_number(), street.grid.parent, street.far.parent
    assert here is not None and into is not None
    a_name(street, name="王芳", id_number=number)
    a_name(street, name="李强")
    a_name(street, place=into, name="王芳", id_number=number)
    from residents.actions.names import hear_place_merged

    hear_place_merged(place=here, into=into, by=SYSTEM, at=timezone.now())
    assert sorted(NameToVerify.unscoped.values_list("name", "grid")) == sorted([("王芳", into.pk), ("李强", into.pk)])


def test_a_community_with_people_to_be_found_is_not_closed(street: Street) -> None:
    from django.core.exceptions import ValidationError

    from grid.actions.places import close_place

    place = make_place(street.grid.parent.kind, street.grid.parent.parent)
    make_name(place, at=timezone.now())
    with pytest.raises(ValidationError):
        close_place(place=place, version=place.version, by=SYSTEM, at=timezone.now())
    place.refresh_from_db()
    assert place.closed_at is None

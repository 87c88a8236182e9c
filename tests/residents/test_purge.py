"""The removal of a person for good, by the owner of the database, with a proof."""

import re
from datetime import date
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db.utils import ProgrammingError
from django.utils import timezone

from grid import registries
from grid.actions.notices import notify
from grid.models import AuditRecord, Notice
from grid.rules.actors import Actor
from quarantine.actions.cases import close_case
from quarantine.models import CheckIn, IsolationCase, SupplyRequest
from residents.actions import residents as people
from residents.actions.removals import remove_person
from residents.lists.blocks import pack
from residents.lists.rows import PersonRow
from residents.models import Contact, ImportBatch, ImportRow, Merge, MoveOffer, NameToVerify, Resident, TwinPair
from residents.rules.people import PersonFacts
from tests.browser.test_privacy import dump_of_database
from tests.factories.names import make_name
from tests.factories.papers import make_paper
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_household, make_id_number, make_resident
from tests.factories.samples import make_sample
from tests.factories.supplies import make_supply_request
from tests.residents.support import Street, client_of, make_street

pytestmark = pytest.mark.usefixtures("fresh_database")

SIGN, PHONE = "龘靐齉", "19900009876"  # stand nowhere else


@pytest.fixture
def street() -> Street:
    return make_street()


@pytest.fixture
def person(street: Street) -> Resident:
    """A person of whom everything is kept that can be kept, a namesake's record made one with hers, and a neighbour."""
    now, lead = timezone.now(), Actor.staff(street.lead.pk)
    number = make_id_number(date(1962, 7, 9), "M", sequence=47)
    door = make_household(street.grid, room="502")
    resident = make_resident(door, SIGN, number, phones=[PHONE], note=f"语{SIGN}")
    neighbour = make_resident(door, "赵六")
    duplicate = make_resident(make_household(street.grid), SIGN, phones=[PHONE])
    facts = PersonFacts(name=f"{SIGN}二", phones=(PHONE,))
    people.edit_resident(resident=resident, version=1, facts=facts, by=lead, at=now)
    people.reveal_id(resident=resident, reason="transfer", by=lead, at=now)
    contact = Contact.unscoped.create(
        resident=resident, grid=street.grid, name=f"姐{SIGN}", relation="family", phones=[PHONE]
    )
    Contact.unscoped.filter(pk=contact.pk).update(note=SIGN)
    TwinPair.unscoped.create(
        first=resident, second=neighbour, grid=street.grid, strength=9, reasons=["name"], found_at=now
    )
    Resident.unscoped.filter(pk=duplicate.pk).update(merged_into=resident)
    Merge.unscoped.create(
        kept=resident, duplicate=duplicate, grid=street.grid, sealed_fields=SIGN.encode(), at=now, by=street.lead
    )
    MoveOffer.unscoped.create(
        household=door, resident=resident, grid=street.grid, street_id=door.street_id, from_grid=street.grid,
        to_place=street.foreign, note=SIGN, uuid=uuid4(), state="declined", offered_at=now, decided_at=now,
    )  # fmt: skip
    _take_in_list(street, resident)
    case = make_case(resident=resident, at=now)
    first = make_check_in(case, at=now, temperature="36.5", note=SIGN)
    CheckIn.unscoped.create(
        uuid=uuid4(), case=case, grid=street.grid, local_day=first.local_day, slot=first.slot, observed_at=now,
        received_at=now, reached=True, abnormal=False, corrects=first, note=SIGN,
    )  # fmt: skip
    make_sample(case, at=now, result="negative")
    make_paper(case, at=now)
    closed = IsolationCase.unscoped.get(pk=case.pk)
    close_case(case=closed, closed_as="to_hospital", note=SIGN, version=closed.version, by=lead, at=now)
    make_supply_request(at=now, household=door, resident=resident, note=SIGN)
    SupplyRequest.unscoped.update(state="delivered", delivered_at=now, handed_over=SIGN)
    notify("moved_in", place=street.grid, by=lead, at=now, subject=resident)
    notify("household_moved", place=street.grid, by=lead, at=now, residents=[resident.pk])
    return resident


def _take_in_list(street: Street, resident: Resident) -> None:
    batch = ImportBatch.unscoped.create(
        grid=street.grid, by=street.lead, created_at=timezone.now(), state="done", kind="residents",
        file_name="名单.xlsx", file_digest="x",
    )  # fmt: skip
    sealed = pack(PersonRow("名单", 2, name=SIGN), [SIGN])
    ImportRow.unscoped.create(batch=batch, number=2, verdict="new", resident_id=resident.pk, sealed_cells=sealed)
    # Found by a list, after two other communities had passed her on.
    at, last = timezone.now(), None
    for place in (street.grid.parent, street.sibling.parent, street.far.parent):
        name = make_name(place, at=at, name=SIGN, phones=[PHONE], note=SIGN)
        state = {"state": "passed_on", "became": last} if last else {"state": "lives_here", "resident": resident}
        NameToVerify.unscoped.filter(pk=name.pk).update(answered_at=at, **state)
        last = name
    ImportRow.unscoped.create(batch=batch, number=3, verdict="refused", sealed_cells=pack(PersonRow("名单", 3), []))


def purge(street: Street, person: Resident, *more: str, ground: str = "asked_by_person") -> str:
    """The command as the owner types it; what it printed."""
    said = StringIO()
    words = [f"--resident={person.pk}", f"--ground={ground}", f"--operator={street.lead.user_name}", *more]
    call_command("purge_people", *words, stdout=said)
    return said.getvalue()


def sealed_of(person: Resident) -> list[str]:
    """What stands in a dump of her sealed columns."""
    row = Resident.unscoped.get(pk=person.pk)
    cells = bytes(ImportRow.unscoped.get(resident_id=person.pk).sealed_cells or b"")
    return [bytes(part or b"").hex() for part in (row.id_sealed, row.id_digest, row.id_tail_digest, cells)]


def test_after_it_nothing_of_her_is_left_and_the_proof_counts_what_went(street: Street, person: Resident) -> None:
    traces = [SIGN, SIGN.encode().hex(), PHONE, *sealed_of(person)]
    before = dump_of_database()
    assert [trace for trace in traces if trace not in before] == []

    tried = purge(street, person)
    assert "Nothing was changed" in tried and Resident.unscoped.filter(pk=person.pk).exists()
    assert not AuditRecord.objects.filter(deed="person_purged").exists()
    done = purge(street, person, "--confirm")

    after = dump_of_database()
    assert [trace for trace in traces if trace in after] == []
    counted = dict(re.findall(r"^  (\w+\*?) +(\d+)$", done, re.MULTILINE))
    assert counted == dict(re.findall(r"^  (\w+\*?) +(\d+)$", tried, re.MULTILINE))
    assert counted == {
        "grid_notice": "2", "pghistory_context": counted["pghistory_context"], "quarantine_casechange": "2",
        "quarantine_casepaper": "1", "quarantine_testsample": "1",
        "quarantine_checkin": "2", "quarantine_isolationcase": "1", "quarantine_isolationcaseevent": "3",
        "residents_contact": "1",
        "residents_contactevent": "3", "residents_importrow": "1", "residents_merge": "1",
        "residents_moveoffer": "1", "residents_namesource": "3", "residents_nametoverify": "3",
        "residents_resident": "2", "residents_residentevent": "6",
        "residents_twinpair": "1", "grid_auditrecord*": counted["grid_auditrecord*"],
        "quarantine_supplyrequest*": "1", "quarantine_supplyrequestevent*": "2",
    }  # fmt: skip
    assert "stands in other rows" not in done


def test_the_audit_keeps_who_did_what_and_others_stay_whole(street: Street, person: Resident) -> None:
    door, neighbour = person.household, Resident.unscoped.get(name="赵六")
    other = make_case(resident=neighbour, at=timezone.now())
    make_check_in(other, at=timezone.now(), temperature="36.6")
    about = AuditRecord.objects.filter(subject_kind="resident", subject_id=person.pk)
    deeds = list(about.values_list("deed", flat=True))
    assert "id_revealed" in deeds and about.exclude(facts={}).exists()
    done = purge(street, person, "--confirm", ground="retention_over")
    purged = about.get(deed="person_purged")
    assert [record.deed for record in about.order_by("pk")] == [*deeds, "person_purged"]
    assert not about.exclude(facts={}).exclude(pk=purged.pk).exists()
    assert (purged.staff, purged.facts["ground"]) == (street.lead, "retention_over")
    assert purged.facts["digest"] in done and purged.facts["rows"]["residents_resident"] == 2
    opened = AuditRecord.objects.filter(deed="case_opened")
    assert opened.get(facts={}) and opened.get(facts={"resident": neighbour.pk})  # the first named her by id

    # the neighbour, the door and the rest of the list stay whole
    page = client_of(street.lead).get(f"/households/{door.pk}/").content.decode()
    assert "赵六" in page and SIGN not in page
    assert client_of(street.lead).get(f"/residents/{neighbour.pk}/history/").status_code == 200
    assert client_of(street.lead).get(f"/cases/{other.pk}/").status_code == 200
    assert CheckIn.unscoped.count() == 1 and ImportRow.unscoped.count() == 1
    assert SupplyRequest.unscoped.get().resident_id is None


def test_what_is_open_is_finished_first(street: Street, person: Resident) -> None:
    def refused(words: str, who: Resident = person) -> None:
        with pytest.raises(CommandError, match=words):
            purge(street, who, "--confirm")

    refused("no person", Resident(pk=987654))
    refused(f"person {person.pk}", Resident.unscoped.get(merged_into=person))
    ImportBatch.unscoped.update(state="preview")
    refused("A list that is not taken in")
    ImportBatch.unscoped.update(state="done")
    MoveOffer.unscoped.update(state="open", decided_at=None)
    refused("is offered")
    MoveOffer.unscoped.update(state="declined", decided_at=timezone.now())
    SupplyRequest.unscoped.update(state="open", delivered_at=None)
    refused("supply request")
    SupplyRequest.unscoped.update(state="cancelled")
    make_case(resident=person, at=timezone.now())
    refused("isolation record is open")
    assert Resident.unscoped.filter(pk=person.pk).exists()


def test_a_row_that_nobody_thought_of_stops_it_whole(
    street: Street, person: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later table with a person in it: nothing goes rather than half of her. And the portal's role cannot at all."""
    facts: dict[str, Any] = {"ground": "asked_by_person", "confirm": True, "at": timezone.now()}
    with pytest.raises(ProgrammingError):
        remove_person(resident_id=person.pk, **facts, by=Actor.staff(street.lead.pk), alias="default")
    monkeypatch.setattr(registries, "PURGES", [])
    with pytest.raises(CommandError, match=r"(?s)quarantine_.*still points"):
        purge(street, person, "--confirm")
    assert Resident.unscoped.filter(pk=person.pk).exists() and Contact.unscoped.exists()


def test_names_in_other_peoples_rows_are_pointed_at(street: Street, person: Resident) -> None:
    other = make_resident(make_household(street.far, note=f"找{SIGN}"), "孙七", phones=[PHONE])
    done = purge(street, person, "--confirm")
    assert f"residents_resident.phones {other.pk}" in done
    assert f"residents_household.note {other.household_id}" in done and SIGN not in done


def test_the_waiting_ones_are_listed(street: Street, person: Resident) -> None:
    client = client_of(street.lead)
    other = make_resident(person.household)
    for resident in (person, other):
        client.post(f"/residents/{resident.pk}/data/removal/", {"ground": "retention_over"})
    client.post(f"/residents/{other.pk}/data/removal/back/")
    said = StringIO()
    call_command("purge_people", "--waiting", stdout=said)
    assert re.fullmatch(rf"{person.pk}  retention_over  asked [\d-]+\n", said.getvalue())
    purge(street, person, "--confirm")
    said = StringIO()
    call_command("purge_people", "--waiting", stdout=said)
    assert said.getvalue() == "" and not Notice.unscoped.filter(subject_kind="resident").exists()


def test_the_history_of_whom_a_list_took_with_it_goes_too(street: Street) -> None:
    gone = make_resident(make_household(street.grid), SIGN, phones=[PHONE])
    Resident.unscoped.filter(pk=gone.pk).delete()
    assert SIGN in dump_of_database()
    assert "residents_residentevent" in purge(street, gone, "--confirm", ground="entered_in_error")
    assert SIGN not in dump_of_database()
    with pytest.raises(CommandError, match="no person"):
        purge(street, gone, "--confirm", ground="entered_in_error")


def test_who_why_and_by_whom_must_be_said() -> None:
    for words in ([], ["--resident=1"], ["--resident=1", "--ground=retention_over", "--operator=x"]):
        with pytest.raises(CommandError):
            call_command("purge_people", *words)

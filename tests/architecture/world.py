"""Two trees of places with a full set of rows in every corner, each marked by words that stand nowhere else.

    city ─ district ─ street ─ community ─ grid "own" and, beside it, grid "next door"
                             └ community ─ grid "next community"
                    └ street …             grid "next street"
         └ district …                      grid "next district"
    another city …                         grid "elsewhere"

Every role's own place covers the grid "own" and nothing beyond its kind: the worker's is that grid, the lead's its
community, and so on. What stands in the others is, for her, a sibling's or foreign.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.test import Client
from django.utils import timezone

from grid import sealing
from grid.models import Notice, Place, Post, Staff
from grid.rules.permissions import Role
from grid.rules.places import Kind
from quarantine.models import (
    Alert,
    AlertAddress,
    CaseChange,
    CasePaper,
    CheckIn,
    Question,
    QuestionAnswer,
    TestSample,
)  # fmt: skip
from residents.lists.blocks import pack
from residents.lists.fields import Field
from residents.lists.rows import PersonRow
from residents.lists.staging import FILE_CONTEXT, plain_tables
from residents.lists.typed import Typed
from residents.models import Household, ImportBatch, ImportRow, Merge, MoveOffer, NameToVerify, Resident, TwinPair
from tests.factories.grid import LONG_AGO, make_place, make_staff
from tests.factories.names import make_name
from tests.factories.papers import make_paper
from tests.factories.quarantine import make_case, make_check_in
from tests.factories.residents import make_contact, make_household, make_id_number, make_resident
from tests.factories.samples import make_sample
from tests.factories.supplies import make_supply_request
from tests.factories.twins import make_merge, make_twins
from tests.policy import ROLES

CORNERS = ["own", "next_door", "next_community", "next_street", "next_district", "elsewhere"]
# Each corner's sign: two characters that no other word of the portal holds.
SIGNS = dict(zip(CORNERS, ["鸑鷟", "鸝鶊", "鵷鶵", "鶢鶋", "鷫鸘", "鸀鳿"], strict=True))


@dataclass
class Rows:
    """What stands in one corner. The sign is in every name, door and remark; phones and rooms have their own."""

    sign: str
    grid: Place
    community: Place
    phone: str
    room: str
    household: Any
    resident: Any
    free_resident: Any  # has no case
    contact: Any
    twins: TwinPair  # of the two
    merge: Merge  # of a third record into the one that is free
    id_number: str
    case: Any
    decision: CaseChange
    check_in: CheckIn
    question: Question
    answer: QuestionAnswer
    alert: Alert  # of the fever that was just noted
    supply: Any
    sample: TestSample  # waits for its result
    paper: CasePaper  # of the start
    staff: Staff
    post: Post
    helper_post: Post  # of a worker for one building, with an end
    round_given: Post  # the worker's own round, handed over
    notice: Notice
    address: AlertAddress  # of a robot that nobody runs
    name: NameToVerify  # at the community, given to the grid's worker
    list_in_preview: ImportBatch
    list_committing: ImportBatch
    list_done: ImportBatch
    list_typed: ImportBatch
    offer_sent: MoveOffer = field(init=False)  # of somebody here to a street without readers
    offer_received: MoveOffer = field(init=False)  # from there to this community

    @property
    def words(self) -> list[str]:
        """What nobody may read who may not see these people."""
        return [
            f"人{self.sign[0]}",
            f"院{self.sign[0]}",
            f"语{self.sign[0]}",
            f"物{self.sign[0]}",
            self.phone,
            self.room,
        ]

    @property
    def place_words(self) -> list[str]:
        """What nobody may read whose places are others."""
        return [f"{word}{self.sign[0]}" for word in "格员表"]


class World:
    """See the module. Built once; each try is rolled back."""

    def __init__(self) -> None:
        city = make_place(Kind.CITY)
        self.district = make_place(Kind.DISTRICT, city)
        self.street = make_place(Kind.STREET, self.district)
        self.community = make_place(Kind.COMMUNITY, self.street)
        communities = {
            "own": self.community,
            "next_door": self.community,
            "next_community": make_place(Kind.COMMUNITY, self.street),
            "next_street": make_place(Kind.COMMUNITY, make_place(Kind.STREET, self.district)),
            "next_district": _community_under(make_place(Kind.DISTRICT, city)),
            "elsewhere": _community_under(make_place(Kind.DISTRICT, make_place(Kind.CITY))),
        }
        self.corners = {name: _fill(number, name, communities[name]) for number, name in enumerate(CORNERS)}
        far = make_household()  # in a street of its own, where nobody has a post
        for rows in self.corners.values():
            rows.offer_sent = _offer(rows.household, rows.free_resident, far.street)
            rows.offer_received = _offer(far, make_resident(far), rows.community)
        self.own = self.corners["own"]
        members = {letter: make_staff(role, self.place_of(role)) for letter, role in ROLES.items()}
        self.sessions = {letter: _log_in(staff) for letter, staff in members.items()}
        NameToVerify.unscoped.filter(pk=self.own.name.pk).update(worker=members["W"])
        Post.objects.filter(pk=self.own.round_given.pk).update(handed_over_by=members["W"])
        self.sessions["ended"] = _log_in(self._had_every_post_once())
        self.sessions["none"] = _log_in(make_staff())

    def place_of(self, role: Role) -> Place:
        """The place of the role's post."""
        places = {Role.GRID_WORKER: self.own.grid, Role.COMMUNITY_LEAD: self.community}
        return {**places, Role.STREET_SUPERVISOR: self.street}.get(role, self.district)

    def beyond(self, role: Role) -> list[Rows]:
        """What stands outside the role's place, the nearest first."""
        path = self.place_of(role).path
        return [rows for rows in self.corners.values() if not rows.grid.path.startswith(path)]

    def client(self, who: str) -> Client:
        """A browser: a role's letter, "ended", "none" or "anonymous"."""
        client = Client()
        if who != "anonymous":
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[who]
        return client

    def _had_every_post_once(self) -> Staff:
        """Every role, ended an hour ago, and again from tomorrow on."""
        staff, now = make_staff(), timezone.now()
        for role in ROLES.values():
            place = self.place_of(role)
            Post.objects.create(staff=staff, place=place, role=role, since=LONG_AGO, until=now - timedelta(hours=1))
            Post.objects.create(staff=staff, place=place, role=role, since=now + timedelta(days=1))
        return staff


def _community_under(district: Place) -> Place:
    return make_place(Kind.COMMUNITY, make_place(Kind.STREET, district))


def _log_in(staff: Staff) -> str:
    client = Client()
    client.force_login(staff)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _fill(number: int, name: str, community: Place) -> Rows:
    now, sign = timezone.now(), SIGNS[name]
    person, yard, remark, thing = (f"{word}{sign}" for word in "人院语物")
    phone, room, id_number = f"1990000{7001 + number}", f"{7788001 + number}", make_id_number()
    grid = make_place(Kind.GRID, community, name=f"格{sign}")
    household = make_household(grid, compound=yard, room=room, note=remark)
    resident = make_resident(household, name=person, phones=[phone], note=remark, id_number=id_number)
    free = make_resident(household, name=f"{person}二", phones=[phone])
    merge = make_merge(free, make_resident(household, name=f"{person}四", phones=[phone]))
    twins = make_twins(resident, free)
    contact = make_contact(resident, name=f"人{sign}三", phones=[phone], note=remark)
    case = make_case(resident=resident, at=now)
    check_in = make_check_in(case, at=now, temperature="38.6", note=remark)
    question, answer = _question(community, case, f"语{sign}")
    supply = make_supply_request(
        at=now, household=household, resident=resident, items=(thing,), note=remark, urgent=True
    )
    staff = make_staff(Role.GRID_WORKER, grid, name=f"员{sign}")
    lists = {state: _list(grid, staff, state, sign, resident) for state in ("preview", "committing", "done")}
    return Rows(
        sign=sign, grid=grid, community=community, phone=phone, room=room, household=household, resident=resident,
        free_resident=free, contact=contact, twins=twins, merge=merge,
        id_number=id_number, case=case, decision=case.decisions.get(), check_in=check_in, supply=supply,
        question=question, answer=answer,
        sample=make_sample(case, at=now), paper=make_paper(case, at=now),
        alert=Alert.unscoped.get(case=case),
        staff=staff, name=make_name(
            community, at=now, worker=staff, name=person, compound=yard, building="3", room=room, phones=[phone],
            note=remark, list_name=f"表{sign}",
        ), post=staff.posts.get(), **_helpers(grid, staff, sign, yard),
        notice=_notice(grid, household), address=_address(grid, sign),
        list_in_preview=lists["preview"], list_committing=lists["committing"],
        list_done=lists["done"], list_typed=_typed_list(community, staff, sign),
    )  # fmt: skip


def _helpers(grid: Place, staff: Staff, sign: str, yard: str) -> dict[str, Post]:
    since = {"place": grid, "role": Role.GRID_WORKER, "since": LONG_AGO}
    until = timezone.now() + timedelta(days=9)
    helper, standing_in = make_staff(name=f"员{sign}二"), make_staff(name=f"员{sign}三")
    return {
        "helper_post": Post.objects.create(staff=helper, **since, until=until, compound=yard, building="3"),
        "round_given": Post.objects.create(staff=standing_in, **since, until=until, handed_over_by=staff),
    }


def _offer(household: Household, resident: Resident, to_place: Place) -> MoveOffer:
    return MoveOffer.unscoped.create(
        household=household, resident=resident, grid_id=household.grid_id, street_id=household.street_id,
        from_grid_id=household.grid_id, to_place=to_place, uuid=uuid4(), offered_at=timezone.now(),
    )  # fmt: skip


def _question(community: Place, case: Any, text: str) -> tuple[Question, QuestionAnswer]:
    now = timezone.now()
    question = Question.unscoped.create(
        uuid=uuid4(), grid=community, text=text, kind="yes_no", asked_at=now, expires_at=now + timedelta(days=9)
    )
    return question, QuestionAnswer.unscoped.create(question=question, case=case, grid_id=case.grid_id)


def _notice(grid: Place, household: Any) -> Notice:
    subject = {"subject_kind": "household", "subject_id": household.pk}
    return Notice.unscoped.create(grid=grid, kind="moved_in", created_at=LONG_AGO, **subject)


def _address(grid: Place, sign: str) -> AlertAddress:
    sealed = AlertAddress.sealed({"url": f"http://127.0.0.1:9/?key=语{sign}-robot"})
    return AlertAddress.unscoped.create(
        grid=grid, level=1, kind="wecom", label=f"表{sign}", address_sealed=sealed, added_at=LONG_AGO
    )


def _typed_list(place: Place, staff: Staff, sign: str) -> ImportBatch:
    typed = Typed((Field.NAME, Field.NOTE), ("姓名", "备注")).with_lines([(f"人{sign}", f"语{sign}")])
    return ImportBatch.unscoped.create(
        grid=place, by=staff, created_at=timezone.now(), state="mapping", kind="residents", file_name=f"表{sign}",
        typed=True, file_digest=uuid4().hex, tables=plain_tables(typed.found()),
        sealed_file=sealing.seal(typed.as_bytes(), context=FILE_CONTEXT),
    )  # fmt: skip


def _list(grid: Place, staff: Staff, state: str, sign: str, resident: Any) -> ImportBatch:
    counts = dict.fromkeys(("new", "changed", "same", "refused", "isolation", "people_changed", "differing"), 1)
    batch = ImportBatch.unscoped.create(
        grid=grid, by=staff, created_at=timezone.now(), state=state, kind="residents", file_name=f"表{sign}.xlsx",
        file_digest=uuid4().hex, counts=counts, choices={"reading": 1},
        tables=[{"sheet": "名单", "use": True, "columns": [{"index": 0, "header": "姓名", "field": "name"}]}],
        committed_at=timezone.now() if state == "done" else None,
    )  # fmt: skip
    for number, verdict in enumerate(("new", "refused"), start=2):
        meant = resident.pk if verdict == "new" else None
        ImportRow.unscoped.create(
            batch=batch, sheet="名单", number=number, verdict=verdict, resident_id=meant,
            sealed_cells=pack(PersonRow("名单", number, name=f"人{sign}", note=f"语{sign}"), [f"人{sign}"]),
        )  # fmt: skip
    return batch

"""Work of the demo street: 300 open and 900 past cases with check-ins up to now, and supplies. All invented."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from grid.actions.demo import Demo
from grid.bulk import copy_rows, reserve_ids
from grid.rules.actors import SYSTEM
from grid.rules.clock import local_day, moment
from quarantine.actions.alerts import raise_alerts
from quarantine.actions.rule_sets import rule_set_named
from quarantine.models import CheckIn, IsolationCase, RuleSet, SupplyLine, SupplyRequest
from quarantine.rules import ladder
from quarantine.rules.case_clock import (
    DEFAULT_NAME,
    Observation,
    Slot,
    facts_of,
    is_abnormal,
    is_contact,
    is_fever,
    last_day_of,
    slot_on,
    slots_from,
)
from residents.models import Resident

OPEN, PAST = 300, 900
REQUESTS = 160
WISHES = [
    ("鸡蛋", 2, "板"),
    ("白菜", 3, "斤"),
    ("大米", 1, "袋"),
    ("牛奶", 1, "箱"),
    ("降压药", 1, "盒"),
    ("尿不湿", 1, "包"),
    ("挂面", 4, "把"),
]
CASE_FIELDS = [
    "id", "resident_id", "grid_id", "reason", "rule_set_id", "first_day", "last_day", "opened_at", "closed_at",
    "closed_as", "closed_note", "version", "next_due_at", "last_measured_at", "last_temperature", "last_asked_at",
    "last_reached_at", "last_abnormal_at", "last_try_at", "last_try_outcome", "last_try_by_id", "last_check_in_id",
    "failed_tries", "call_back_at", "stage", "look_at",
]  # fmt: skip
CHECK_IN_FIELDS = [
    "id", "uuid", "case_id", "grid_id", "local_day", "slot", "observed_at", "received_at", "temperature",
    "symptoms_asked", "symptoms", "outcome", "reached", "abnormal", "channel", "by_id", "withdrawn", "note",
]  # fmt: skip


def build_work(demo: Demo) -> None:
    """Writes cases, check-ins and supply requests by COPY."""
    rule_set = rule_set_named(DEFAULT_NAME, place=demo.street, at=demo.at)
    people = _people_of_some_doors(demo, OPEN + PAST)
    cases, check_ins = [], []
    numbered = enumerate(zip(reserve_ids(IsolationCase, OPEN + PAST), people, strict=True))
    made = [_case(demo, rule_set, case_id, person, is_open=number < OPEN) for number, (case_id, person) in numbered]
    check_in_ids = iter(reserve_ids(CheckIn, sum(len(rows) for _case_row, rows in made)))
    for case, rows in made:
        for row in rows:
            row["id"] = next(check_in_ids)
        case["last_check_in_id"] = rows[-1]["id"] if rows else None
        cases.append([case[field] for field in CASE_FIELDS])
        check_ins += [[row[field] for field in CHECK_IN_FIELDS] for row in rows]
    copy_rows(IsolationCase, CASE_FIELDS, cases)
    copy_rows(CheckIn, CHECK_IN_FIELDS, check_ins)
    _alerts(demo)
    _supplies(demo, people[:OPEN])


def _alerts(demo: Demo) -> None:
    """Whoever was found abnormal today stands in 提醒, as after a tap."""
    found = IsolationCase.unscoped.open().filter(last_abnormal_at__gte=moment(local_day(demo.at), time()))
    raise_alerts(ladder.ABNORMAL, list(found.select_related("rule_set", "grid").order_by("pk")), by=SYSTEM, at=demo.at)


def _people_of_some_doors(demo: Demo, wanted: int) -> list[Resident]:
    """People of randomly chosen doors, whole households together, as isolation comes to them."""
    rows = Resident.unscoped.order_by("household_id", "pk").only("pk", "household_id", "grid_id")
    doors = [list(family) for _door, family in groupby(rows, key=lambda person: person.household_id)]
    demo.chance.shuffle(doors)
    # The first grid is the demo worker's: it must have a round worth walking.
    doors.sort(key=lambda family: family[0].grid_id != demo.grids[0].pk or demo.chance.random() > 0.12)
    return [person for family in doors for person in family][:wanted]


def _case(
    demo: Demo, rule_set: RuleSet, case_id: int, person: Resident, *, is_open: bool
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    # The door's number seeds its days, so that a household begins and ends together.
    door = person.household_id
    days_ago = door % rule_set.isolation_days if is_open else rule_set.isolation_days + 1 + door * 7 % 200
    first_day = local_day(demo.at) - timedelta(days=days_ago)
    last_day = last_day_of(first_day, rule_set.isolation_days)
    slots = slots_from(rule_set.slots)
    worker = demo.workers[person.grid_id].pk
    rows = list(_check_ins(demo, rule_set, slots, case_id, person, worker, first_day, last_day))
    facts = facts_of(
        [_observation(row) for row in rows],
        first_day=first_day, last_day=last_day, slots=slots, closed=not is_open, at=demo.at,
    )  # fmt: skip
    closed_at = None if is_open else slot_on(last_day, slots[-1]).until
    case = {
        "id": case_id,
        "resident_id": person.pk,
        "grid_id": person.grid_id,
        "reason": ["returnee", "close_contact", "secondary_contact", "high_risk_area"][door % 4],
        "rule_set_id": rule_set.pk,
        "first_day": first_day,
        "last_day": last_day,
        "opened_at": min(slot_on(first_day, slots[0]).starts_at, demo.at),
        "closed_at": closed_at,
        "closed_as": "" if is_open else "released",
        "closed_note": "",
        "version": 1,
        # The sweep looks once at each open one and finds its stage.
        "stage": "isolation" if is_open else "closed",
        "look_at": demo.at if is_open else None,
    }
    return case | asdict(facts), rows


def _check_ins(
    demo: Demo, rule_set: RuleSet, slots: tuple[Slot, ...], case_id: int, person: Resident, worker: int,
    first_day: date, last_day: date,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """One check-in a slot up to now; some slots missed, and of the running one only a part done."""
    day = first_day
    while day <= min(last_day, local_day(demo.at)):
        for slot in slots:
            when = slot_on(day, slot)
            seen_at = when.starts_at + timedelta(minutes=60 + demo.chance.randrange(150))
            running = when.starts_at <= demo.at <= when.until
            if seen_at < demo.at and demo.chance.random() < (0.5 if running else 0.96):
                yield _check_in(demo, rule_set, case_id, person, worker, day, slot.name, seen_at)
        day += timedelta(days=1)


def _check_in(
    demo: Demo, rule_set: RuleSet, case_id: int, person: Resident, worker: int, day: date, slot: str, seen_at: datetime
) -> dict[str, Any]:
    chance = demo.chance.random()
    measured = chance < 0.93
    degrees = Decimal(demo.chance.randint(361, 369) if demo.chance.random() > 0.004 else 378) / 10
    temperature = degrees if measured else None
    outcome = "" if measured else ("no_thermometer" if chance < 0.96 else "no_answer")
    asked = measured and demo.chance.random() < 0.8
    fever = is_fever(temperature, rule_set.threshold, rule_set.at_threshold_is_fever)
    return {
        "uuid": UUID(int=demo.chance.getrandbits(128), version=4),
        "case_id": case_id,
        "grid_id": person.grid_id,
        "local_day": day,
        "slot": slot,
        "observed_at": seen_at,
        "received_at": seen_at,
        "temperature": temperature,
        "symptoms_asked": asked,
        "symptoms": [],
        "outcome": outcome,
        "reached": is_contact(outcome, said_reached=False),
        "abnormal": is_abnormal(fever, [], outcome),
        "channel": demo.chance.choice(["phone", "visit", "chat"]),
        "by_id": worker,
        "withdrawn": False,
        "note": "",
    }


def _observation(row: dict[str, Any]) -> Observation:
    return Observation(
        row["local_day"], row["slot"], row["observed_at"], row["temperature"], row["symptoms_asked"], row["reached"],
        row["abnormal"], row["outcome"], row["by_id"],
    )  # fmt: skip


def _supplies(demo: Demo, people: list[Resident]) -> None:
    """Requests of isolated doors: a third still open, one in ten of them urgent medicine."""
    doors = {person.household_id: person for person in people}
    requests, lines = [], []
    for number, request_id in enumerate(reserve_ids(SupplyRequest, REQUESTS)):
        person = demo.chance.choice(list(doors.values()))
        asked_at = demo.at - timedelta(hours=demo.chance.randint(1, 60))
        is_open = number % 3 == 0
        urgent = number % 10 == 0
        worker = demo.workers[person.grid_id].pk
        delivered_at = None if is_open else asked_at + timedelta(minutes=45)
        requests.append([
            request_id, person.household_id, None, person.grid_id, demo.street.pk,
            UUID(int=demo.chance.getrandbits(128), version=4), "open" if is_open else "delivered", urgent, "",
            asked_at, worker, delivered_at, None if is_open else worker, "", 1,
        ])  # fmt: skip
        wishes = [WISHES[4]] if urgent else demo.chance.sample(WISHES, demo.chance.randint(1, 3))
        lines += [[request_id, item, quantity, unit] for item, quantity, unit in wishes]
    copy_rows(SupplyRequest, [
        "id", "household_id", "resident_id", "grid_id", "street_id", "uuid", "state", "urgent", "note", "asked_at",
        "asked_by_id", "delivered_at", "delivered_by_id", "handed_over", "version",
    ], requests)  # fmt: skip
    copy_rows(SupplyLine, ["request_id", "item", "quantity", "unit"], lines)

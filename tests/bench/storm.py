"""Six people, and the sweep, at the same eight isolations of two grids, at random for a minute.

Run by `make bench ARGS=storm` (STORM=150 for longer, SEED=7 for other deeds). A refusal in words is an answer; a
deadlock, a broken constraint or any other error fails. Afterwards each row must say what its entries say, no alert may
be open of an isolation that is over, and nobody who is unwell by an entry that stands may be without an alert.
"""

import os
import random
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.core.exceptions import PermissionDenied, ValidationError  # noqa: E402  (the apps must be loaded first)
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from grid.actions.audit import EditedMeanwhile  # noqa: E402
from grid.rules.actors import Actor  # noqa: E402
from grid.rules.clock import local_day  # noqa: E402
from grid.rules.permissions import Role  # noqa: E402
from grid.rules.places import Kind  # noqa: E402
from quarantine.actions import (  # noqa: E402
    alert_deeds,
    case_decisions,
    cases,
    check_ins,
    many_cases,
    releases,
    samples,
    sweeps,
    tries,
    withdrawals,
)
from quarantine.actions.case_rows import lock_cases, recompute, standing_check_ins  # noqa: E402
from quarantine.actions.check_ins import ManyEntry, Said  # noqa: E402
from quarantine.models import Alert, CaseChange, CheckIn, IsolationCase, TestSample  # noqa: E402
from quarantine.rules import ladder  # noqa: E402
from residents.actions import moves  # noqa: E402
from residents.models import Household, Resident  # noqa: E402
from residents.rules.addresses import Door  # noqa: E402
from tests.databases import TestDatabases, connected_to  # noqa: E402
from tests.factories.grid import make_place, make_staff  # noqa: E402
from tests.factories.quarantine import make_case  # noqa: E402
from tests.factories.residents import make_household  # noqa: E402

SECONDS = float(os.environ.get("STORM", "60"))
SEED = int(os.environ.get("SEED", "1"))
PEOPLE = 6
REFUSALS = (ValidationError, PermissionDenied, EditedMeanwhile, alert_deeds.NotHers)
# What the entries of a case say of it; stage and next look also follow from the hour.
FACTS = ["last_check_in_id", "last_measured_at", "last_temperature", "last_asked_at", "last_reached_at",
         "last_abnormal_at", "last_try_at", "last_try_outcome", "failed_tries"]  # fmt: skip
SAID = [
    Said(temperature=Decimal("36.5")), Said(temperature=Decimal("38.5")), Said(asked=True),
    Said(asked=True, symptoms=("fever",)), Said(outcome="unwell"), Said(outcome="well"),
    Said(outcome="no_answer", channel="phone"), Said(outcome="whereabouts_unknown"),
]  # fmt: skip


class Somebody:
    """One who does deeds at random, one after the other."""

    def __init__(self, seed: int, case_ids: list[int], actors: list[Actor]) -> None:
        self.random, self.case_ids, self.actors = random.Random(seed), case_ids, actors
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.faults: list[str] = []

    def work(self, until: float) -> None:
        """Does deeds until then."""
        while time.monotonic() < until:
            self.facts = {"by": self.random.choice(self.actors), "at": timezone.now()}
            deed: Callable[[], object] = self.random.choice(DEEDS).__get__(self)
            name = deed.__name__
            try:
                deed()
                self.done[name] += 1
            except REFUSALS:
                self.refused[name] += 1
            except Exception:
                self.faults.append(f"{name}: {traceback.format_exc()}")
        connection.close()

    # --- What she picks ---

    def case(self) -> IsolationCase:
        """One of the cases as a page would show it."""
        rows = IsolationCase.unscoped.select_related("resident__household", "grid", "rule_set")
        return rows.get(pk=self.random.choice(self.case_ids))

    def some(self) -> list[int]:
        """Some of the cases."""
        return self.random.sample(self.case_ids, self.random.randint(1, 6))

    def entry(self) -> CheckIn:
        """One of the newest entries."""
        rows = CheckIn.unscoped.filter(case__in=self.case_ids, withdrawn=False).order_by("-pk")[:20]
        return self.one_of(list(rows.select_related("case__resident__household", "case__grid")))

    def alert(self) -> Alert:
        """An open alert."""
        return self.one_of(list(Alert.unscoped.open().select_related("grid", "case__rule_set")))

    def sample(self) -> TestSample:
        """A sample."""
        return self.one_of(list(TestSample.unscoped.all()))

    def one_of(self, rows: list[Any]) -> Any:
        """One of the rows; where there is none, the deed is refused."""
        if not rows:
            raise ValidationError("nothing there yet")
        return self.random.choice(rows)

    # --- What she does ---

    def notes(self) -> None:
        """A tap at a door."""
        seen = self.facts["at"] - timedelta(hours=self.random.choice([0, 0, 0, 10, 40]))
        said = self.random.choice(SAID)
        check_ins.record_check_in(case=self.case(), uuid=uuid4(), said=said, observed_at=seen, **self.facts)

    def notes_many(self) -> None:
        """A pasted chat."""
        at = self.facts["at"]
        entries = [ManyEntry(key, uuid4(), self.random.choice(SAID), at) for key in self.some() * 2]
        check_ins.record_many(entries=entries, **self.facts)

    def asks_at_door(self) -> None:
        """问过，都没有."""
        home = self.case().resident.household
        check_ins.door_asked(household=home, case_ids=self.case_ids, uuid=uuid4(), channel="", **self.facts)

    def tries_door(self) -> None:
        """One outcome of a whole door."""
        door = {"household": self.case().resident.household, "case_ids": self.case_ids, "uuid": uuid4()}
        tries.door_tried(**door, outcome=self.random.choice(["well", "no_answer"]), channel="", **self.facts)

    def corrects(self) -> None:
        """改一下."""
        row, said = self.entry(), self.random.choice(SAID)
        check_ins.correct_check_in(check_in=row, uuid=uuid4(), said=said, observed_at=row.observed_at, **self.facts)

    def withdraws(self) -> None:
        """撤销."""
        check_ins.withdraw_check_in(check_in=self.entry(), **self.facts)

    def withdraws_many(self) -> None:
        """A pasted chat taken back."""
        rows = CheckIn.unscoped.filter(case__in=self.some(), withdrawn=False).order_by("-pk")[:6]
        withdrawals.withdraw_many(check_ins=list(rows), **self.facts)

    def moves_end(self) -> None:
        """Longer or shorter."""
        case = self.case()
        last_day = case.last_day + timedelta(days=self.random.choice([-1, 1, 2]))
        case_decisions.move_end(case=case, last_day=last_day, why="x", version=case.version, **self.facts)

    def extends_many(self) -> None:
        """A day more for some."""
        versions = dict(IsolationCase.unscoped.filter(pk__in=self.some()).values_list("pk", "version"))
        many_cases.extend_many(versions=versions, days=1, why="x", **self.facts)

    def pauses(self) -> None:
        """暂停."""
        case = self.case()
        case_decisions.pause_case(case=case, why="x", version=case.version, **self.facts)

    def resumes(self) -> None:
        """The pause is over."""
        case, adds_days = self.case(), self.random.random() < 0.5
        case_decisions.resume_case(case=case, why="x", adds_days=adds_days, version=case.version, **self.facts)

    def takes_back(self) -> None:
        """The newest decision of a case is taken back: closed ones go on again."""
        decision = CaseChange.unscoped.filter(case=self.case()).order_by("-pk").first()
        case_decisions.take_back(decision=self.one_of([decision] if decision else []), **self.facts)

    def closes(self) -> None:
        """Ended before its time."""
        case, how = self.case(), self.random.choice(["to_hospital", "entered_in_error"])
        cases.close_case(case=case, closed_as=how, note="", version=case.version, **self.facts)

    def releases(self) -> None:
        """解除 of some."""
        releases.release_cases(case_ids=self.some(), checked=True, **self.facts)

    def samples(self) -> None:
        """Samples of some."""
        uuids = {key: uuid4() for key in self.some()}
        samples.note_samples(uuids=uuids, taken_on=local_day(self.facts["at"]), **self.facts)

    def notes_results(self) -> None:
        """The same result of several samples."""
        keys = list(TestSample.unscoped.filter(case__in=self.some()).values_list("pk", flat=True)[:5])
        samples.note_results(sample_ids=keys, result=self.random.choice(["negative", "positive"]), **self.facts)

    def corrects_result(self) -> None:
        """Another result, or none yet."""
        row, result = self.sample(), self.random.choice(["negative", "positive", ""])
        samples.correct_result(sample=row, result=result, version=row.version, **self.facts)

    def withdraws_sample(self) -> None:
        """A sample taken back."""
        samples.withdraw_sample(sample=self.sample(), **self.facts)

    def takes_alert(self) -> None:
        """我来处理."""
        alert_deeds.take_alert(alert=self.alert(), **self.facts)

    def finishes_alert(self) -> None:
        """处理完了."""
        alert_deeds.finish_alert(alert=self.alert(), outcome="done", **self.facts)

    def gives_alert_back(self) -> None:
        """处理不了."""
        alert_deeds.give_back_alert(alert=self.alert(), **self.facts)

    def sweeps(self) -> None:
        """What runs by the clock."""
        sweeps.sweep(at=self.facts["at"])

    def moves_person(self) -> None:
        """Somebody moves in behind another of the doors, perhaps of the other grid."""
        person = Resident.unscoped.select_related("household", "grid").get(pk=self.case().resident_id)
        door = self.one_of(list(Household.unscoped.select_related("grid").exclude(pk=person.household_id)))
        there = moves.Arrival(door.grid, Door(door.compound, door.building, door.unit, door.room), door.pk, 0)
        moves.move_resident(resident=person, version=person.version, to=there, **self.facts)


_RARE = [Somebody.closes, Somebody.releases, Somebody.pauses]
_OFTEN = [
    deed
    for name, deed in vars(Somebody).items()
    if callable(deed) and not name.startswith("_") and deed not in _RARE
    and name not in ("work", "case", "some", "entry", "alert", "sample", "one_of")
]  # fmt: skip
DEEDS: list[Any] = [*_RARE, *_OFTEN * 2, Somebody.takes_back, Somebody.resumes, Somebody.notes]


def street(at: datetime) -> tuple[list[int], list[Actor]]:
    """Two grids with two doors each, two people behind each in their last day of isolation; and who works there."""
    community = make_place(Kind.COMMUNITY)
    grids = [make_place(parent=community) for _grid in range(2)]
    first_day = local_day(at) - timedelta(days=13)
    case_ids = [
        make_case(at=at, household=home, first_day=first_day, care_tags=["lives_alone"]).pk
        for home in [make_household(grid) for grid in grids for _door in range(2)]
        for _person in range(2)
    ]
    lead = make_staff(Role.COMMUNITY_LEAD, community)
    return case_ids, [Actor.staff(make_staff(Role.GRID_WORKER, grids[0]).pk), *[Actor.staff(lead.pk)] * 2]


def untrue(case_ids: list[int], at: datetime) -> list[str]:
    """What is not as the entries say."""
    found = [
        f"alert {alert.pk} is open, its isolation is over"
        for alert in Alert.unscoped.open().filter(case__closed_at__isnull=False).exclude(kind=ladder.POSITIVE)
    ]
    with transaction.atomic():
        rows = [case for case in lock_cases(case_ids) if case.closed_at is None]
        kept = {case.pk: {name: getattr(case, name) for name in FACTS} for case in rows}
        standing = standing_check_ins(rows)
        recompute(rows, at=at)
        for case in IsolationCase.unscoped.filter(pk__in=kept):
            wrong = [name for name in FACTS if getattr(case, name) != kept[case.pk][name]]
            found += [f"case {case.pk}: {name} is not what its entries say" for name in wrong]
            alarmed = Alert.unscoped.filter(case=case, kind=ladder.ABNORMAL).exclude(outcome="slip").exists()
            if any(row.abnormal for row in standing[case.pk]) and not alarmed:
                found.append(f"case {case.pk}: unwell, and no alert was left")
        transaction.set_rollback(True)
    return found


def main() -> None:
    """Lets them work, then looks at what is there."""
    case_ids, actors = street(timezone.now())
    people = [Somebody(SEED * 100 + number, case_ids, actors) for number in range(PEOPLE)]
    until = time.monotonic() + SECONDS
    threads = [threading.Thread(target=somebody.work, args=[until]) for somebody in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done, refused = (sum((getattr(one, name) for one in people), Counter()) for name in ("done", "refused"))
    faults = [fault for somebody in people for fault in somebody.faults]
    wrong = untrue(case_ids, timezone.now())
    never = sorted({deed.__name__ for deed in DEEDS} - set(done))
    print(f"{done.total()} deeds of {len(done)} kinds done, {refused.total()} refused in words, in {SECONDS:.0f} s")
    print(f"errors: {len(faults)}, untrue afterwards: {len(wrong)}, never done: {never or 'none'}")
    if faults or wrong or never:
        raise SystemExit("\n".join(["FAILED", *faults[:3], *wrong]))


if __name__ == "__main__":
    databases = TestDatabases()
    database = databases.clone()
    with connected_to(database):
        main()
    databases.drop(database)
    databases.close()

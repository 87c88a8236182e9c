"""A grid's round in one slot as a sheet of paper: who stands on it, in walking order, and what is known already."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grid.models import Place, Staff
from grid.queries.places import grids_of
from grid.rules.clock import local_day
from grid.rules.permissions import Permission
from quarantine.models import CheckIn, IsolationCase, SupplyRequest
from quarantine.queries.cases import check_ins_in_sight, slot_word
from quarantine.queries.stops import Person
from quarantine.rules import case_clock, sheets
from quarantine.rules.case_clock import SlotOfDay
from quarantine.rules.entries import Entry, standing_of

ROWS_A_PAGE = 17  # of the height that a pen needs
DAYS_BACK = 3  # how long a ticked sheet may lie about


@dataclass(frozen=True)
class SlotOfSheet:
    """A day and a slot of which there is a sheet."""

    day: date
    name: str
    starts_at: datetime

    @property
    def query(self) -> str:
        """As addresses say it."""
        return f"day={self.day.isoformat()}&slot={self.name}"

    @property
    def words(self) -> str:
        """3月4日 星期三 早上."""
        return f"{date_format(self.day, 'MONTH_DAY_FORMAT')} {date_format(self.day, 'l')} {slot_word(self.name)}"


@dataclass
class Row:
    """A person of the sheet."""

    person: Person
    code: str
    due: list[str]
    known: str  # what was noted in the slot already, in words


@dataclass
class Sheet:
    """A grid's sheet of one slot."""

    grid: Place
    slot: SlotOfSheet
    rows: list[Row] = field(default_factory=list)

    @property
    def number(self) -> str:
        """What stands on every page."""
        return sheets.sheet_number(self.grid.pk, self.slot.day, self.slot.name)

    @property
    def pages(self) -> list[list[Row]]:
        """The rows as they are printed, some a page."""
        return [self.rows[start : start + ROWS_A_PAGE] for start in range(0, len(self.rows), ROWS_A_PAGE)]


def grid_in_sight(staff: Staff, grid_id: int, permission: Permission) -> Place | None:
    """An open grid where the permission is held, as a whole or for a building."""
    found: Place | None = grids_of(staff, permission).filter(pk=grid_id).first()
    return found


def slots_to_print(staff: Staff, grid: Place, at: datetime) -> list[SlotOfSheet]:
    """The slot that runs and those of the next day and night: a sheet for the morning is printed before it."""
    return _slots(staff, grid, at, at + timedelta(days=1))


def slots_to_key(staff: Staff, grid: Place, at: datetime) -> list[SlotOfSheet]:
    """Slots that have begun, the newest first, as long as a sheet may lie about."""
    return _slots(staff, grid, at - timedelta(days=DAYS_BACK), at)[::-1]


def _slots(staff: Staff, grid: Place, since: datetime, until: datetime) -> list[SlotOfSheet]:
    """By the rules of the grid's open cases, and by the default rules without any."""
    cases = IsolationCase.objects.visible_to(staff, Permission.SEE_ROUND).open().filter(grid=grid)
    followed = list(cases.order_by("rule_set").values_list("rule_set__slots", flat=True).distinct())
    found: dict[tuple[date, str], SlotOfSheet] = {}
    for data in followed or [case_clock.DEFAULT_SLOTS]:
        slots = case_clock.slots_from(data)
        running = case_clock.slot_at(since, slots)
        for slot in [running, *_until(case_clock.slots_after(running.starts_at, slots), until)]:
            found.setdefault((slot.day, slot.name), SlotOfSheet(slot.day, slot.name, slot.starts_at))
    return sorted(found.values(), key=lambda slot: (slot.starts_at, slot.name))


def _until(slots: Iterable[SlotOfDay], until: datetime) -> Iterable[SlotOfDay]:
    for slot in slots:
        if slot.starts_at > until:
            return
        yield slot


def sheet_of(
    staff: Staff, grid: Place, slot: SlotOfSheet, permission: Permission, at: datetime, also: Collection[int] = ()
) -> Sheet:
    """Who is due in the slot: open cases of the grid whose period holds its day, none that pauses. Four queries.

    `also`: cases that a page showed; they stand here as long as they are in sight, closed or moved meanwhile.
    """
    due = Q(closed_at=None, paused_at=None, grid=grid, first_day__lte=slot.day, last_day__gte=slot.day)
    cases = IsolationCase.objects.visible_to(staff, permission).filter(due | Q(pk__in=list(also)))
    people = [
        Person(case, of_case, at)
        for case in cases.select_related("resident__household", "grid", "rule_set").in_walking_order()
        if (of_case := slot_of_case(case, slot)) is not None
    ]
    codes = sheets.codes_of((person.case.pk for person in people), slot.day, slot.name)
    known = _known(staff, people)
    doors = {person.case.resident.household_id for person in people}
    awaited = _with_supplies(staff, doors) if doors else set()
    return Sheet(grid, slot, [
        Row(
            person, codes[person.case.pk],
            _due(person, awaited, person.case.pk in known), known.get(person.case.pk, ""),
        )
        for person in people
    ])  # fmt: skip


def slot_of_case(case: IsolationCase, slot: SlotOfSheet) -> SlotOfDay | None:
    """The slot by the case's own rules; None where they know none of that name on that day."""
    return sheets.slot_named(slot.day, slot.name, case_clock.slots_from(case.rule_set.slots))


def _with_supplies(staff: Staff, doors: Collection[int]) -> set[int]:
    rows = SupplyRequest.objects.visible_to(staff, Permission.SEE_SUPPLIES).open()
    return set(rows.filter(household__in=doors).values_list("household", flat=True))


def _due(person: Person, awaited: Collection[int], is_known: bool) -> list[str]:
    case = person.case
    words = [] if is_known else [_("temperature")]
    if case.next_test_on is not None and case.next_test_on <= person.slot.day:
        words.append(_("test"))
    return [*words, _("supplies")] if case.resident.household_id in awaited else words


def _known(staff: Staff, people: Sequence[Person]) -> dict[int, str]:
    """Case → what stands of the slot already, in words."""
    slots = {person.case.pk: person.slot for person in people}
    rows = list(check_ins_in_sight(staff).filter(case__in=slots).order_by("observed_at", "pk")) if slots else []
    stands = standing_of(Entry(row.pk, row.corrects_id, row.withdrawn) for row in rows).stands
    found: dict[int, CheckIn] = {}
    for row in rows:
        slot = slots[row.case_id]
        before = found.get(row.case_id)
        says_more = before is None or before.temperature is None or row.temperature is not None
        if (
            row.pk in stands
            and (row.local_day, row.slot) == (slot.day, slot.name)
            and _says_something(row)
            and says_more
        ):
            found[row.case_id] = row
    return {key: _words_of(row) for key, row in found.items()}


def _says_something(row: CheckIn) -> bool:
    return row.temperature is not None or row.reached or row.symptoms_asked


def _words_of(row: CheckIn) -> str:
    if row.temperature is not None:
        return f"{row.temperature}℃"
    return _("Reached, not measured") if row.reached else _("Asked, not measured")


# -- what was keyed ---------------------------------------------------------------------------------------------------


@dataclass
class Keyed:
    """What became of a sheet that was keyed, as it stands now."""

    rows: list[CheckIn]  # that stand
    taken_back: int

    @property
    def measured(self) -> int:
        """How many have a temperature."""
        return sum(row.temperature is not None for row in self.rows)

    @property
    def reached(self) -> int:
        """How many were reached."""
        return sum(row.reached for row in self.rows)

    @property
    def asked(self) -> int:
        """How many were asked about symptoms."""
        return sum(row.symptoms_asked for row in self.rows)

    @property
    def abnormal(self) -> list[CheckIn]:
        """Who is abnormal by it."""
        return [row for row in self.rows if row.abnormal]

    @property
    def received_at(self) -> datetime | None:
        """When it was keyed."""
        return max((row.received_at for row in self.rows), default=None)


def uuid_of_row(page: UUID, case_id: int) -> UUID:
    """The uuid of what a page keyed of a case: the same however often it is sent."""
    return uuid5(page, str(case_id))


def keyed_rows(staff: Staff, grid: Place, page: UUID) -> list[CheckIn]:
    """What a page keyed for people of the grid in sight, in walking order, standing or not."""
    cases = IsolationCase.objects.visible_to(staff, Permission.RECORD_CHECK_IN).filter(grid=grid)
    uuids = [uuid_of_row(page, key) for key in cases.values_list("pk", flat=True)]
    rows = check_ins_in_sight(staff, Permission.RECORD_CHECK_IN).filter(uuid__in=uuids)
    return list(
        rows.select_related("case__resident__household", "case__grid").order_by(
            "case__resident__household__walk_key", "case__resident__household_id", "case__resident_id"
        )
    )


def keyed(staff: Staff, grid: Place, page: UUID) -> Keyed:
    """What a page keyed and what of it stands: two queries more than `keyed_rows`."""
    rows = keyed_rows(staff, grid, page)
    of_cases = check_ins_in_sight(staff).filter(case__in=[row.case_id for row in rows])
    stands = standing_of(Entry(*row) for row in of_cases.values_list("pk", "corrects", "withdrawn")).stands
    standing = [row for row in rows if row.pk in stands]
    return Keyed(standing, len(rows) - len(standing))


def slot_asked(day: str, name: str, at: datetime) -> SlotOfSheet | None:
    """The day and slot of an address; None where it says none, or one out of reach."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return None
    within = abs(found - local_day(at)) <= timedelta(days=DAYS_BACK + 1)
    return SlotOfSheet(found, name, at) if within and name and len(name) <= 20 else None

"""A table → people: clean values, or every fault of the row. Nothing is guessed and nothing repaired.

A damaged value is left out and reported; what the rest of the row says stays. Sex and birth date that the list does
not hold come from a sound ID number only.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from residents.lists.above import RowAbove
from residents.lists.cells import Cell, is_empty, text_of
from residents.lists.columns import (
    Surroundings,
    building_in,
    sex_coding,
    spanned_cells,
    surroundings_of,
    unit_in,
    whole_dates,
    written_once,
)
from residents.lists.days import slot_named
from residents.lists.fields import Field
from residents.lists.headers import Table
from residents.lists.reading import Sheet
from residents.lists.temperatures import read_check_ins, slots_of
from residents.lists.values import (
    BadValue,
    read_birth_date,
    read_day,
    read_door,
    read_id,
    read_name,
    read_needs,
    read_phones,
    read_plain,
    read_relation,
    read_sex,
    read_yes_or_no,
    split_period,
)
from residents.lists.who import is_footer, is_header_again, is_left_unread, is_person, name_in
from residents.rules import addresses, dates, id_numbers, relations
from residents.rules.needs import Need, is_amount
from residents.rules.text import compact

_RESIDENCY = {
    "常住": "permanent",
    "常住人口": "permanent",
    "流动": "floating",
    "流动人口": "floating",
    "人户分离": "lives_elsewhere",
}
_TEXTS = (Field.NOTE, Field.COMMUNITY, Field.GRID, Field.REGISTERED_ADDRESS)


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of one value: its code (`faults` has the words) and the column it stands in. Never the value itself."""

    code: str
    column: int | None = None


@dataclass(slots=True)
class PersonRow:
    """One person-row of a list. What the list does not hold is empty; what is damaged is empty and in `problems`."""

    sheet: str
    row: int
    name: str = ""
    sex: str | None = None  # "M", "F"
    birth_date: date | None = None
    id_type: str | None = None
    id_number: str | None = None  # canonical
    phones: tuple[str, ...] = ()
    compound: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""
    address: str = ""  # the address column as the list writes it
    relation: str | None = None  # GB/T 4761
    household: str | None = None  # equal within a household of this file
    isolation_start: date | None = None
    isolation_end: date | None = None
    registered_address: str = ""
    residency: str | None = None  # "permanent", "floating", "lives_elsewhere"
    community: str = ""
    grid: str = ""
    note: str = ""
    check_ins: tuple[tuple[date, str, float | None], ...] = ()  # day, slot, ℃ (None: "normal" without a number)
    needs: tuple[Need, ...] = ()
    urgent: bool | None = None
    problems: dict[str, Problem] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()  # fields whose year the list does not write: taken from its context


def read_people(
    sheets: list[tuple[Sheet, Table]], filename: str = "", sex_said: dict[str, str] | None = None
) -> list[PersonRow]:
    """Every person of a file; `sheets` pairs each sheet with its table (as proposed or corrected).

    `sex_said` is what a person says of `unproven_sex_digits`: {"1": "M", "2": "F", "0": ""}.
    """
    return read_all(sheets, filename, sex_said)[0]


def read_all(
    sheets: list[tuple[Sheet, Table]], filename: str = "", sex_said: dict[str, str] | None = None
) -> tuple[list[PersonRow], list[tuple[str, int]]]:
    """(every person, as `read_people` gives them; sheet and row of every line that says something about nobody)."""
    coding = sex_coding(sheets, sex_said)
    readers = [_TableReader(sheet, table, coding, filename) for sheet, table in sheets]
    people = [person for reader in readers for person in reader.people()]
    return people, [(reader.sheet.name, number) for reader in readers for number in reader.unread]


class _TableReader:
    """Reads one table row after row; keeps what one row says about the next."""

    def __init__(self, sheet: Sheet, table: Table, coding: dict[str, str], filename: str) -> None:
        self.sheet, self.table, self.coding = sheet, table, coding
        self.around: Surroundings = surroundings_of(table, filename)
        self.spans = spanned_cells(sheet, table) if sheet.merged else {}
        self.fields = [
            (column.index, column.field)
            for column in table.columns
            if column.field and column.field is not Field.CHECK_IN
        ]
        self.index: dict[Field, int] = {}
        for index, name in self.fields:
            self.index.setdefault(name, index)
        self.known_days: dict[Field, list[date]] = {
            name: whole_dates(sheet, table, self.index[name])
            for name in (Field.ISOLATION_START, Field.ISOLATION_END, Field.DAY)
            if name in self.index
        }
        self.header = sheet.row(table.header_row) if table.header_row else None
        passports = "护照" in self._header(Field.ID_NUMBER)
        self.type_by_header = id_numbers.IdType.PASSPORT if passports else None
        # A name or number merged downward is one person's. So is the head's phone: members have their own, or none.
        heads_phone = "户主" in self._header(Field.PHONES) and "户主" not in self._header(Field.NAME)
        self.not_shared = {Field.NAME, Field.ID_NUMBER, *((Field.PHONES,) if heads_phone else ())}
        self.slots = slots_of(table, sheet.name, self.around.years)
        self.unread: list[int] = []  # rows that say something and are read as nobody
        self.heads = 0
        self.heads_at: Counter[str] = Counter()
        self.above = RowAbove(written_once(sheet, table))

    def _header(self, name: Field) -> str:
        return next((column.header for column in self.table.columns if column.field is name), "")

    def people(self) -> Iterator[PersonRow]:
        width = max((column.index for column in self.table.columns), default=-1) + 1
        for number in range(self.table.first_row, self.table.last_row + 1):
            row = self.sheet.rows[number - 1]
            if len(row) < width:
                row = row + [""] * (width - len(row))
            cells = self._cells(number, row)
            if self._is_person(number, row, cells):
                person = self._person(number, cells)
                if self.slots:
                    self._read_check_ins(person, cells, row)
                yield person
            elif not self._section(row) and self._is_unread(number, row):
                self.unread.append(number)

    # -- which rows are people ----------------------------------------------------------------------------------

    def _cells(self, number: int, row: list[Cell]) -> dict[Field, Cell]:
        """field → cell, with what is merged down over the row; several phone columns join."""
        spans = self.spans.get(number)
        cells: dict[Field, Cell] = {}
        for index, name in self.fields:
            cell = row[index]
            if spans and index in spans and name not in self.not_shared:
                cell = spans[index]
            if name in cells and not is_empty(cells[name]):
                cell = cells[name] if is_empty(cell) else _together(name, text_of(cells[name]), text_of(cell))
            cells[name] = cell
        return cells

    def _is_person(self, number: int, row: list[Cell], cells: dict[Field, Cell]) -> bool:
        if self._goes_on(number):
            return False
        if is_header_again(row, self.header):
            return False
        name = name_in(cells.get(Field.NAME, ""))
        if name:
            cells[Field.NAME] = name
        return is_person(name, row, cells.get(Field.ID_NUMBER, ""), cells.get(Field.PHONES, ""), self.index)

    def _goes_on(self, number: int) -> bool:
        """Whether the name above is merged over a row: the same person goes on."""
        return bool(self.spans) and self.index.get(Field.NAME, -1) in self.spans.get(number, ())

    def _is_unread(self, number: int, row: list[Cell]) -> bool:
        return not self._goes_on(number) and not is_header_again(row, self.header) and is_left_unread(row, self.index)

    def _section(self, row: list[Cell]) -> bool:
        """A line such as "望江花园2栋" between the rows names the building of those below it. Whether it is one."""
        texts = {text_of(cell).strip() for cell in row if not is_empty(cell)}
        if len(texts) != 1 or is_footer(row, self.index):
            return False
        text = texts.pop()
        compound, building, unit = addresses.compound_in(text), building_in(text), unit_in(text)
        if not (compound or building or unit) or len(text) > 30:
            return False
        around = self.around
        if compound or building:
            self.around = Surroundings(compound or around.compound, building, unit, around.years)
        else:
            self.around = Surroundings(around.compound, around.building, unit, around.years)
        return True

    # -- one person ---------------------------------------------------------------------------------------------

    def _person(self, number: int, cells: dict[Field, Cell]) -> PersonRow:
        person = PersonRow(self.sheet.name, number)
        for name in self.above.complete(cells):
            person.problems[name] = Problem("nothing_above", self.index[name])
        self._mark_valueless(person, number)
        self._read(person, Field.NAME, cells, read_name)
        self._read_identity(person, cells)
        self._read(person, Field.PHONES, cells, read_phones)
        self._read(person, Field.RELATION, cells, lambda cell: read_relation(cell, person.sex))
        self._read_door(person, cells)
        if self.known_days:
            self._read_period(person, cells)
        self._read(person, Field.NEEDS, cells, read_needs)
        self._read(person, Field.URGENT, cells, read_yes_or_no)
        for name in _TEXTS:
            if cell := cells.get(name):
                setattr(person, name, read_plain(cell))
        if Field.RESIDENCY in cells:
            person.residency = _RESIDENCY.get(compact(text_of(cells[Field.RESIDENCY])))
        person.household = self._household(person, cells)
        return person

    def _read(self, person: PersonRow, name: Field, cells: dict[Field, Cell], reader: Callable[[Cell], Any]) -> None:
        """Reads one value into the person, or its fault into the problems."""
        cell = cells.get(name, "")
        if cell == "" or name in person.problems:
            return
        try:
            value = reader(cell)
        except BadValue as fault:
            person.problems[name] = Problem(fault.code, self.index[name])
        else:
            if value is not None:
                setattr(person, name, value)

    def _read_identity(self, person: PersonRow, cells: dict[Field, Cell]) -> None:
        """ID number, and sex and birth date by the list and by the ID; where the two differ, neither is believed."""
        type_cell = cells.get(Field.ID_TYPE)
        said = id_numbers.type_named(text_of(type_cell)) if type_cell else None
        try:
            cell = cells.get(Field.ID_NUMBER, "") if Field.ID_NUMBER not in person.problems else "无"
            number = read_id(cell, said, self.type_by_header)
        except BadValue as fault:
            person.problems[Field.ID_NUMBER] = Problem(fault.code, self.index[Field.ID_NUMBER])
            number = None
        proven_sex = proven_birth = None
        if number:
            person.id_type, person.id_number = number.type.value, number.number
            proven_sex, proven_birth = id_numbers.sex_of(number.number), id_numbers.birth_date_of(number.number)
        if number:
            self._forgive_formulas(person, proven_sex, proven_birth)
        self._read(person, Field.SEX, cells, lambda cell: read_sex(cell, self.coding, proven_sex))
        self._read(person, Field.BIRTH_DATE, cells, lambda cell: read_birth_date(cell, proven_birth))
        if person.sex is None and Field.SEX not in person.problems:
            person.sex = proven_sex
        if person.birth_date is None and Field.BIRTH_DATE not in person.problems:
            person.birth_date = proven_birth

    def _forgive_formulas(self, person: PersonRow, sex: str | None, birth_date: date | None) -> None:
        """A sex or birth date worked out by a formula that was never calculated: the number tells it anyhow."""
        for name, proven in ((Field.SEX, sex), (Field.BIRTH_DATE, birth_date)):
            if proven and (problem := person.problems.get(name)) and problem.code == "cell_formula":
                del person.problems[name]

    def _read_door(self, person: PersonRow, cells: dict[Field, Cell]) -> None:
        address = cells.get(Field.ADDRESS, "")
        person.address = text_of(address).strip()
        try:
            door = read_door(cells, self.around.building)
        except BadValue as fault:
            person.problems[fault.field] = Problem(fault.code, self.index.get(Field(fault.field)))
            return
        person.compound = door.compound or (
            self.around.compound if door.building or door.room or not person.address else ""
        )
        person.building, person.unit, person.room = door.building, door.unit, door.room
        if not person.building and (person.unit or person.room or not person.address):
            person.building = self.around.building
        if not person.unit and person.room and self.around.building in ("", person.building):
            person.unit = self.around.unit

    def _read_period(self, person: PersonRow, cells: dict[Field, Cell]) -> None:
        start, end = cells.get(Field.ISOLATION_START, ""), cells.get(Field.ISOLATION_END, "")
        if end == "" and isinstance(start, str) and (both := split_period(start)):
            start, end = both
            self.index.setdefault(Field.ISOLATION_END, self.index[Field.ISOLATION_START])
        for name, cell in ((Field.ISOLATION_START, start), (Field.ISOLATION_END, end)):
            if cell == "" or name in person.problems:
                continue
            try:
                day = read_day(cell)
                if isinstance(day, dates.MonthDay):
                    day = self._with_year(person, name, day)
                if name is Field.ISOLATION_END and day and person.isolation_start and day < person.isolation_start:
                    raise BadValue("end_before_start")
            except BadValue as fault:
                person.problems[name] = Problem(fault.code, self.index[name])
            else:
                setattr(person, name, day)

    def _with_year(self, person: PersonRow, name: Field, part: dates.MonthDay) -> date:
        if name is Field.ISOLATION_END and (start := person.isolation_start):
            days = (part.in_year(year) for year in (start.year, start.year + 1))
            day = next((day for day in days if day and day >= start), None)
        else:
            known = self.known_days.get(name) or self.known_days.get(Field.ISOLATION_END, [])
            day = dates.complete(part, known, set(self.around.years))
        if day is None:
            raise BadValue("date_without_year")
        person.assumed += (name.value,)
        return day

    def _read_check_ins(self, person: PersonRow, cells: dict[Field, Cell], row: list[Cell]) -> None:
        slot = slot_named(text_of(cells.get(Field.SLOT, "")))
        person.check_ins, fault = read_check_ins(self.slots, row, self._own_day(cells), slot)
        if fault:
            person.problems[Field.CHECK_IN.value] = Problem(*fault)

    def _own_day(self, cells: dict[Field, Cell]) -> date | None:
        """The day of the temperatures of a row that says it itself; None where it does not say it whole."""
        day = dates.read(cells.get(Field.DAY, ""))
        if isinstance(day, dates.MonthDay):
            return dates.complete(day, self.known_days.get(Field.DAY, []), set(self.around.years))
        return day if isinstance(day, date) else None

    def _mark_valueless(self, person: PersonRow, number: int) -> None:
        if not self.sheet.valueless:
            return
        for index, name in self.fields:
            if kind := self.sheet.valueless.get((number, index)):
                person.problems[name] = Problem(f"cell_{kind}", index)

    def _household(self, person: PersonRow, cells: dict[Field, Cell]) -> str | None:
        said = cells.get(Field.HOUSEHOLD, "")
        if not is_empty(said):
            return f"{self.sheet.name}#{compact(text_of(said))}"
        if person.building and person.room:
            door = "|".join((person.compound, person.building, person.unit, person.room))
            self.heads_at[door] += person.relation == relations.HEAD
            return door if self.heads_at[door] < 2 else f"{door}|{self.heads_at[door]}"
        if Field.RELATION not in cells:
            return None
        self.heads += person.relation == relations.HEAD
        return f"{self.sheet.name}@{self.heads}"


def _together(name: Field, one: str, other: str) -> str:
    """Two cells of one field; a thing and its quantity are one."""
    apart = name is not Field.NEEDS or not (is_amount(one) or is_amount(other))
    return f"{one}；{other}" if apart else one + other

"""Lists as community workers keep them are read right, row by row and field by field."""

import json
from pathlib import Path
from typing import Any

import pytest

from residents.lists.headers import find_tables
from residents.lists.reading import read_sheets
from residents.lists.rows import read_people
from residents.management.commands.read_list import as_json

LISTS = Path(__file__).parents[2] / "lists"
FIELDS = {
    "name", "sex", "birth_date", "id_number", "phones", "compound", "building", "unit", "room", "relation",
    "isolation_start", "isolation_end", "note", "check_ins", "needs", "urgent",
}  # fmt: skip
FILES = [
    "01-returnees.xlsx", "02-households.xlsx", "03-isolation-ledger.xls", "04-screening-gbk.csv",
    "05-temperatures.xlsx", "06-supplies.xlsx",
]  # fmt: skip

Rows = dict[tuple[str | None, int], dict[str, Any]]


def read(name: str) -> Rows:
    data = (LISTS / name).read_bytes()
    people = [as_json(person) for person in read_people(find_tables(read_sheets(data, name)), name)]
    keyed = {(person.get("sheet"), person["row"]): person for person in people}
    assert len(keyed) == len(people), "a row was read twice"
    return keyed


def truth_of(name: str) -> Rows:
    lines = (LISTS / name).with_suffix(".truth.jsonl").read_text(encoding="utf-8").splitlines()
    return {(row.get("sheet"), row["row"]): row for row in map(json.loads, lines)}


@pytest.mark.parametrize("name", FILES)
def test_every_value_is_right_or_reported(name: str) -> None:
    people, truth = read(name), truth_of(name)
    assert people.keys() == truth.keys()
    wrong = []
    for key, row in truth.items():
        person, damaged = people[key], row.get("problems", [])
        assert person["problems"] == damaged, f"row {key}"
        for field in FIELDS & row.keys():
            expected = None if field in damaged else row[field]
            if (person[field] or None) != (expected or None) or (field == "urgent" and person[field] is not expected):
                wrong.append((key, field))
    assert wrong == []


def test_households_stay_apart() -> None:
    people, truth = read("02-households.xlsx"), truth_of("02-households.xlsx")
    pairs = {(row["household"], people[key]["household"]) for key, row in truth.items()}
    assert len(pairs) == len({said for said, _ in pairs}) == len({got for _, got in pairs})


def test_a_damaged_id_proves_nothing() -> None:
    people = read("01-returnees.xlsx")
    damaged = [person for person in people.values() if "id_number" in person["problems"]]
    assert len(damaged) == 15
    assert all(person["birth_date"] is None and person["sex"] for person in damaged)  # the list has a column of sexes


def test_a_year_taken_from_the_context_is_marked() -> None:
    sheets = read_sheets((LISTS / "01-returnees.xlsx").read_bytes())
    people = {person.row: person for person in read_people(find_tables(sheets))}
    assert people[5].assumed == ("isolation_start",)  # "2.2日"
    assert people[4].assumed == ()  # "2020.1.30"

"""Who of several lists is one person, what the lists say together, and how visits are shared out."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residents.rules.verifying import Said, is_same, needs_visit_again, shared_evenly, together

DOOR = ("望江花园", "3", "1", "502")
OTHER_DOOR = ("望江花园", "4", "1", "101")
PHONE, OTHER_PHONE = frozenset({"19900000001"}), frozenset({"19900000002"})


def said(**facts: Any) -> Said:
    return Said(**({"name": "王芳"} | facts))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (said(number=b"1"), said(name="王方", number=b"1"), True),
        (said(number=b"1", phones=PHONE, door=DOOR), said(number=b"2", phones=PHONE, door=DOOR), False),
        (said(number=b"1", phones=PHONE), said(phones=PHONE), True),
        (said(number=b"1", door=DOOR), said(door=DOOR), True),
        (said(number=b"1"), said(), None),
        (said(phones=PHONE), said(phones=OTHER_PHONE), None),
        (said(phones=PHONE, door=DOOR), said(phones=OTHER_PHONE, door=OTHER_DOOR), False),
        (said(phones=PHONE, sex="F"), said(phones=PHONE, sex="M"), None),
        (said(sex="F"), said(sex="M"), False),
        (said(phones=PHONE), said(name="李强", phones=PHONE), False),
        (said(name="王方", phones=PHONE), said(phones=PHONE), None),
        (said(name="王方"), said(), False),
        (said(name="", phones=PHONE), said(phones=PHONE), None),
        (said(name="", phones=PHONE), said(), False),
        (
            said(number=b"1", id_type="passport", phones=PHONE),
            said(number=b"2", id_type="resident_id", phones=PHONE),
            True,
        ),
        (said(name="買買提·阿不都拉", door=DOOR), said(name="买买提阿不都拉", door=DOOR), True),
    ],
)
def test_one_person_two_or_a_question(one: Said, other: Said, expected: bool | None) -> None:
    assert is_same(one, other) is expected
    assert is_same(other, one) is expected


_people = st.builds(
    said,
    name=st.sampled_from(["", "王芳", "王方", "李强"]), number=st.sampled_from([None, b"1", b"2"]),
    sex=st.sampled_from(["", "F", "M"]), phones=st.sampled_from([frozenset(), PHONE, OTHER_PHONE, PHONE | OTHER_PHONE]),
    door=st.sampled_from([("", "", "", ""), DOOR, OTHER_DOOR, ("望江花园", "", "", "")]),
    birth_date=st.sampled_from([None, date(1980, 1, 1), date(1981, 1, 1)]),
)  # fmt: skip


@given(_people, _people)
def test_the_answer_does_not_depend_on_who_comes_first(one: Said, other: Said) -> None:
    assert is_same(one, other) is is_same(other, one)


@given(_people, _people)
def test_nobody_is_one_visit_with_somebody_of_another_number(one: Said, other: Said) -> None:
    if one.number and other.number and one.number != other.number:
        assert is_same(one, other) is False


def source(**facts: Any) -> SimpleNamespace:
    empty = dict.fromkeys(("name", "id_type", "address", "compound", "building", "unit", "room", "note", "sex"), "")
    none = dict.fromkeys(("id_sealed", "id_digest", "id_tail_digest", "birth_date", "first_day"))
    return SimpleNamespace(**(empty | none | {"phones": []} | facts))


def test_the_first_word_stands_phones_add_up_and_the_last_return_counts() -> None:
    facts = together([
        source(name="王芳", phones=["19900000001"], compound="望江花园", first_day=date(2020, 2, 1), note="自驾"),
        source(
            name="王 芳", phones=["19900000002", "19900000001"], building="3", room="502", first_day=date(2020, 2, 9)
        ),
    ])  # fmt: skip
    assert facts["name"] == "王芳" and facts["phones"] == ["19900000001", "19900000002"]
    assert (facts["compound"], facts["building"], facts["room"]) == ("", "3", "502")  # a whole door before half of one
    assert facts["first_day"] == date(2020, 2, 9) and facts["note"] == "自驾"


@pytest.mark.parametrize(
    ("found", "first_day", "phones", "door", "again"),
    [
        (True, None, ["19900000002"], DOOR, False),
        (True, date(2020, 2, 20), [], DOOR, True),
        (False, None, [], ("", "", "", ""), False),
        (False, None, ["19900000002"], ("", "", "", ""), True),
        (False, None, [], OTHER_DOOR, True),
        (False, date(2020, 2, 9), ["19900000001"], DOOR, False),
    ],
)
def test_who_was_answered_is_visited_again_only_for_news(
    found: bool, first_day: date | None, phones: list[str], door: Any, again: bool
) -> None:
    facts = {"answered_on": date(2020, 2, 10), "known_phones": ["19900000001"], "known_door": DOOR}
    assert needs_visit_again(found=found, first_day=first_day, phones=phones, door=door, **facts) is again


@given(st.lists(st.integers(1, 4), max_size=60), st.integers(1, 6))
def test_everybody_gets_about_as_much_and_a_door_stays_with_one(sizes: list[int], workers: int) -> None:
    numbers = iter(range(10_000))
    doors = [(door, [next(numbers) for _one in range(size)]) for door, size in enumerate(sizes)]
    shared = shared_evenly(doors, dict.fromkeys(range(workers), 0))
    assert sorted(shared) == [row for _door, rows in doors for row in rows]
    assert all(len({shared[row] for row in rows}) == 1 for _door, rows in doors)
    have = [sum(worker == one for one in shared.values()) for worker in range(workers)]
    assert max(have) - sum(sizes) / workers <= 4  # no more than a door over


def test_who_has_more_already_gets_less() -> None:
    doors = [(door, [door]) for door in range(12)]
    shared = shared_evenly(doors, {1: 10, 2: 0, 3: 2})
    assert [list(shared.values()).count(worker) for worker in (1, 2, 3)] == [0, 7, 5]
